"""Full dates in strings: ISO 8601, "28 January, 2020", "Jan 28, 2020 3:15 pm", "28.01.2020". Never a guess."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Final, Literal, NamedTuple

from services.enricher.reading.marks import lines_of

Precision = Literal["second", "day", "month"]
Order = Literal["day first", "month first"]

_EARLIEST_YEAR: Final = 1980
# Years of two digits are read behind two dots only: "23.09.22" is a day, "9/23/22" could be another one.
_YEAR: Final = re.compile(r"(?:19|20)\d\d|\d\.\d\d?\.\d\d(?!\d)")
_ISO: Final = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"
    r"(?:(?:T|\s{1,3})(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
_COMPACT: Final = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?:T(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)?Z?)?(?!\d)"
)
_DAY_MONTH: Final = re.compile(
    r"(?<!\d)(?P<d>\d{1,2})(?:st|nd|rd|th|\.|º|er)?\s{0,2}(?:de |of )?(?P<name>[^\W\d_]{3,12})\.?,?\s{0,2}"
    r"(?:de |del )?(?P<y>(?:19|20)\d\d)(?!\d)"
)
_MONTH_DAY: Final = re.compile(
    r"(?<![^\W\d_])(?P<name>[^\W\d_]{3,12})\.?\s{1,2}(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s{1,2}(?P<y>(?:19|20)\d\d)(?!\d)"
)
_NUMBERS: Final = re.compile(r"(?<![\d/.])(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<y>(?:19|20)\d\d)(?!\d)")
_SHORT: Final = re.compile(r"(?<![\d.])(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d\d)(?![\d.]\d|\d)")
_HAN: Final = re.compile(r"(?P<y>(?:19|20)\d\d)\s?年\s?(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})\s?日")
_CLOCK: Final = re.compile(
    r"(?<![\d:])(?P<h>[01]?\d|2[0-3])[:.](?P<min>[0-5]\d)(?::(?P<s>[0-5]\d))?\s?(?P<half>[ap]\.?m\.?)?\s?"
    r"(?P<zone>UTC|GMT|Z\b|[+-]\d{2}:?\d{2}|E[SD]T|C[SD]T|M[SD]T|P[SD]T|BST|CES?T|IST)?(?!\d)",
    re.IGNORECASE,
)
# Only zones that mean one offset in news use; IST (India, Israel, Ireland) is not among them.
_ZONES: Final = {
    "utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "bst": 1, "cet": 1, "cest": 2,
}  # fmt: skip


class Dated(NamedTuple):
    """A moment in UTC, how precisely it is known, and where in the string it stood. A bare day is its midnight UTC."""

    time: datetime
    precision: Precision
    start: int
    end: int


@cache
def _months() -> dict[str, int]:
    return {
        name: int(number)
        for line in lines_of("months.tsv")
        for number, names in [line.split("\t")]
        for name in names.split()
    }


def find_date(text: str, *, order: Order | None = None) -> Dated | None:
    """The first full date in a string of at most 300 characters read; None where day, month or year is missing.

    "01/02/2020" has two readings: it is a date only where `order` says which one the site uses. With dots the day
    comes first everywhere.
    """
    text = text[:300]
    if not has_year(text):
        return None
    found = [match for match in (_iso(text), _named(text), _numeric(text, order), _short(text), _han(text)) if match]
    return min(found, key=lambda date: date.start, default=None) or _compact(text)


def has_year(text: str) -> bool:
    """Whether a text can hold a full date at all: a quick look, for most lines hold none."""
    return _YEAR.search(text) is not None


def parse_stamp(text: str, *, order: Order | None = None) -> Dated | None:
    """The date that makes up a machine-readable stamp, as in datetime attributes and JSON-LD."""
    found = find_date(text.strip(), order=order)
    return found if found is not None and found.start <= 12 else None


def _iso(text: str) -> Dated | None:
    match = _ISO.search(text)
    if match is None:
        return None
    day = _day(int(match["y"]), int(match["m"]), int(match["d"]))
    if day is None:
        return None
    if not match["time"]:
        return Dated(day, "day", match.start(), match.end())
    numbers = [int(part) for part in re.split(r"[:.,]", match["time"])[:3]]
    return _at(day, numbers, match["zone"], match.start(), match.end())


def _named(text: str) -> Dated | None:
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(text):
            month = _months().get(match["name"].lower())
            day = _day(int(match["y"]), month, int(match["d"])) if month else None
            if day is not None:
                return _with_clock(day, text, match.start(), match.end())
    return None


def _numeric(text: str, order: Order | None) -> Dated | None:
    match = _NUMBERS.search(text)
    if match is None:
        return None
    a, b, year = int(match["a"]), int(match["b"]), int(match["y"])
    if max(a, b) <= 12 and a != b and match["sep"] != "." and order is None:
        return None
    month_first = b > 12 or (a <= 12 and match["sep"] != "." and order == "month first")
    day = _day(year, a if month_first else b, b if month_first else a)
    return _with_clock(day, text, match.start(), match.end()) if day else None


def _short(text: str) -> Dated | None:
    match = _SHORT.search(text)
    day = _day(2000 + int(match["y"]), int(match["m"]), int(match["d"])) if match else None
    return _with_clock(day, text, match.start(), match.end()) if match and day else None


def _han(text: str) -> Dated | None:
    match = _HAN.search(text)
    day = _day(int(match["y"]), int(match["m"]), int(match["d"])) if match else None
    return _with_clock(day, text, match.start(), match.end()) if match and day else None


def _compact(text: str) -> Dated | None:
    match = _COMPACT.search(text)
    day = _day(int(match["y"]), int(match["m"]), int(match["d"])) if match else None
    if match is None or day is None:
        return None
    if match["H"] is None:
        return Dated(day, "day", match.start(), match.end())
    return _at(day, [int(match["H"]), int(match["M"]), int(match["S"] or 0)], "Z", match.start(), match.end())


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC) if year >= _EARLIEST_YEAR else None
    except ValueError:
        return None


def _with_clock(day: datetime, text: str, start: int, end: int) -> Dated:
    """The day with the clock time that stands behind it or right before it, if any ("10:15 GMT, 28 January 2020")."""
    clock = _CLOCK.search(text, end, min(len(text), end + 20))
    if clock is None and start:
        clock = _CLOCK.search(text, max(0, start - 18), start)
    if clock is None or (not clock["half"] and clock["zone"] is None and "." in clock[0]):
        return Dated(day, "day", start, end)
    hour = int(clock["h"])
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"][0] in "pP" else 0)
    numbers = [hour, int(clock["min"]), int(clock["s"] or 0)]
    return _at(day, numbers, clock["zone"], min(start, clock.start()), max(end, clock.end()))


def _at(day: datetime, numbers: list[int], zone: str | None, start: int, end: int) -> Dated:
    hour, minute, second = [*numbers, 0, 0][:3]
    if hour > 23 or minute > 59 or second > 60:
        return Dated(day, "day", start, end)
    if hour == minute == second == 0:
        # Midnight in the site's own zone is how programs write a bare day: moving it to UTC would name the day before.
        return Dated(day, "day", start, end)
    offset = _offset(zone)
    local = day + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    if offset is None:
        # A clock time without a zone can be half a day off: only the day is known.
        return Dated(day, "day", start, end)
    return Dated(local.replace(tzinfo=offset).astimezone(UTC), "second", start, end)


def _offset(zone: str | None) -> timezone | None:
    if not zone:
        return None
    hours = _ZONES.get(zone.strip().lower())
    if hours is not None:
        return timezone(timedelta(hours=hours))
    digits = zone[1:].replace(":", "")
    if zone[0] not in "+-" or not digits.isdigit():
        return None
    minutes = int(digits[:2]) * 60 + int(digits[2:4] or 0)
    return timezone(timedelta(minutes=minutes if zone[0] == "+" else -minutes)) if minutes < 24 * 60 else None
