"""Date phrases and the days they mean, counted from the publication date.

Weekdays look back (and forward only for planned events); without a publication date only absolute dates resolve.
"""

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from services.core.models import DateRange

_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december"]  # fmt: skip
_SHORT = {m[:3]: i for i, m in enumerate(_MONTHS, 1)} | {"sept": 9} | {m: i for i, m in enumerate(_MONTHS, 1)}
_COUNTS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "ten": 10,
}
_MONTH = "|".join(_MONTHS) + r"|jan\.?|feb\.?|aug\.?|sept?\.?|oct\.?|nov\.?|dec\.?"
_PART = r"(?:\s(?:morning|afternoon|evening|night))?"
_PHRASE = re.compile(
    rf"\b(?:"
    rf"(?P<iso>\d{{4}}-\d\d-\d\d)"
    rf"|(?P<dmy>(?:the\s)?(?P<d1>\d\d?)(?:st|nd|rd|th)?(?:\sof)?\s(?P<m1>{_MONTH})(?:,?\s(?P<y1>(?:19|20)\d\d))?)(?!\d)"
    rf"|(?P<mdy>(?P<m2>{_MONTH})\s(?P<d2>\d\d?)(?:st|nd|rd|th)?(?:,?\s(?P<y2>(?:19|20)\d\d))?)(?![\d,]\d)"
    rf"|(?P<this>the\s(?P<d3>\d\d?)(?:st|nd|rd|th)\sof\sthis\smonth)"
    rf"|(?P<month>(?P<pm>(?:in|since|during|last|this|next|early|late|until|of)\s|(?:beginning|start|end)\sof\s(?:last\s)?)"
    rf"(?P<m3>{_MONTH})(?:\s(?:of\s)?(?P<y3>(?:19|20)\d\d))?)\b"
    rf"|(?P<wd>(?:(?P<pw>last|this|next|late|early|on)\s)?(?P<day>{'|'.join(_DAYS)}){_PART})"
    rf"|(?P<rel>today|yesterday|tomorrow|tonight|overnight|this\s(?:morning|afternoon|evening)|last\snight)"
    rf"|(?P<span>(?:(?:earlier|later|early|late)\s)?(?P<which>this|last|next|past)\s(?P<unit>weekend|week|month|year))"
    rf"|(?P<ago>(?P<n>\d\d?|an?|one|two|three|four|five|six|seven|eight|ten)\s(?P<u2>day|week|month|year)s?\s(?:ago|earlier))"
    rf"|(?P<year>(?P<py>in|since|during|from|the)\s(?P<y4>(?:19|20)\d\d))(?![\d-])"
    rf")",
    re.I,
)


class Found(NamedTuple):
    """A date phrase: where it stands, what it means, and whether it opens a span that goes on ("since 2011")."""

    start: int
    end: int
    range: DateRange
    since: bool


def find(text: str, start: int, end: int, published: date | None, planned: bool = False) -> Iterator[Found]:
    """The date phrases of a stretch of text that can be resolved."""
    for match in _PHRASE.finditer(text, start, end):
        days = _resolve(match, published, planned)
        if days is not None:
            first, last, precision = days
            phrase = " ".join(match[0].split())
            found = DateRange(start=first, end=last, precision=precision, text=phrase)
            yield Found(match.start(), match.end(), found, phrase.lower().startswith(("since", "from")))


def nearest(found: list[Found], position: int) -> Found | None:
    """The phrase closest to a position, those behind it first where two are as close."""
    return min(
        found, key=lambda f: f.start - position if f.start >= position else (position - f.end) * 1.5, default=None
    )


def _resolve(match: re.Match[str], published: date | None, planned: bool) -> tuple[date, date, str] | None:
    groups = match.groupdict()
    try:
        return _absolute(groups, published, planned) or (_relative(groups, published, planned) if published else None)
    except (ValueError, OverflowError):  # the 31st of June, the year 0
        return None


def _absolute(g: dict[str, str | None], published: date | None, planned: bool) -> tuple[date, date, str] | None:
    if g["iso"]:
        day = date.fromisoformat(g["iso"])
        return day, day, "day"
    if g["year"]:
        year = int(g["y4"] or 0)
        return date(year, 1, 1), date(year, 12, 31), "year"
    for form, day_name, month_name, year_name in (("dmy", "d1", "m1", "y1"), ("mdy", "d2", "m2", "y2")):
        if g[form]:
            month, number = _month(g[month_name]), int(g[day_name] or 0)
            if g[year_name]:
                day = date(int(g[year_name] or 0), month, number)
            elif published:
                day = _around(published, month, number, planned)
            else:
                return None
            return day, day, "day"
    if g["month"]:
        month = _month(g["m3"])
        if g["y3"]:
            return *_whole_month(int(g["y3"]), month), "month"
        if published and (g["m3"] or "")[:1].isupper():
            year = published.year - (month > published.month and not planned)
            if (g["pm"] or "").strip().lower() == "last" and month == published.month:
                year -= 1
            return *_whole_month(year, month), "month"
    return None


def _month(name: str | None) -> int:
    return _SHORT[(name or "").lower().rstrip(".")]


def _around(published: date, month: int, day: int, planned: bool) -> date:
    """The day of that month that the story means: the last one, for plans the next; a day ahead is a time zone."""
    found = date(published.year, month, day)
    if found > published + timedelta(days=2 if not planned else 300):
        return date(published.year - 1, month, day)
    return found


def _whole_month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _relative(g: dict[str, str | None], published: date, planned: bool) -> tuple[date, date, str] | None:
    if g["this"]:
        day = published.replace(day=int(g["d3"] or 0))
        return day, day, "day"
    if g["wd"]:
        back = (published.weekday() - _DAYS.index((g["day"] or "").lower())) % 7
        prefix = (g["pw"] or "").lower()
        if prefix == "next" or (planned and prefix in ("on", "this", "")):
            day = published + timedelta(days=(7 - back) % 7 or 7)
        else:
            day = published - timedelta(days=back or (7 if prefix == "last" else 0))
        return day, day, "day"
    if g["rel"]:
        word = (g["rel"] or "").lower()
        move = {"yesterday": -1, "last night": -1, "tomorrow": 1}.get(" ".join(word.split()), 0)
        day = published + timedelta(days=move)
        first = day - timedelta(days=1) if word == "overnight" else day
        return first, day, "day" if first == day else "range"
    if g["span"]:
        return _span(published, (g["which"] or "").lower(), (g["unit"] or "").lower())
    if g["ago"]:
        return _ago(published, _COUNTS.get((g["n"] or "").lower()) or int(g["n"] or 0), (g["u2"] or "").lower())
    return None


def _span(published: date, which: str, unit: str) -> tuple[date, date, str]:
    move = {"last": -1, "past": -1, "next": 1}.get(which, 0)
    monday = published - timedelta(days=published.weekday())
    if unit == "week":
        first = monday + timedelta(weeks=move)
        return first, first + timedelta(days=6) if move else max(published, first), "week"
    if unit == "weekend":
        saturday = monday + timedelta(days=5) + timedelta(weeks=move if which != "past" else 0)
        if saturday > published and move <= 0:
            saturday -= timedelta(weeks=1)
        return saturday, saturday + timedelta(days=1), "range"
    if unit == "month":
        index = published.year * 12 + published.month - 1 + move
        first, last = _whole_month(index // 12, index % 12 + 1)
        return first, last if move else max(published, first), "month"
    return date(published.year + move, 1, 1), date(published.year + move, 12, 31), "year"


def _ago(published: date, n: int, unit: str) -> tuple[date, date, str]:
    if unit == "day":
        day = published - timedelta(days=n)
        return day, day, "day"
    if unit == "week":
        day = published - timedelta(weeks=n)
        return day - timedelta(days=3), day + timedelta(days=3), "week"
    if unit == "month":
        index = published.year * 12 + published.month - 1 - n
        return *_whole_month(index // 12, index % 12 + 1), "month"
    return date(published.year - n, 1, 1), date(published.year - n, 12, 31), "year"
