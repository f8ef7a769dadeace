"""Dates as feeds write them, to UTC. Zone names are read by our own table: libraries take CET, BST, IST for UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser as dateutil_parser

from services.core.errors import BadInput
from services.crawler.knowledge import read_lines

_MAX_LENGTH = 64
_MONTHS = {
    name: number + 1
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split())  # noqa: SIM905
}
_RFC_822 = re.compile(
    r"(?:[A-Za-z]+\.?,?\s+)?(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]*\.?[\s,-]+(\d{4}|\d{2})"
    r"(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(.*))?\Z",
    re.DOTALL,
)
_ISO = re.compile(
    r"(\d{4})-?(\d{2})(?:-?(\d{2})(?:[Tt\s]\s*(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?\s*(.*))?)?\Z", re.DOTALL
)
_OFFSET = re.compile(r"(?:GMT|UTC|UT)?\s*([+-])(\d{1,2}):?(\d{2})?(?:\s*\([^()]*\))?\Z")
_ZONE_NAME = re.compile(r"\(?([A-Za-z]+)\)?\Z")


def _offset(text: str) -> timedelta:
    hours, minutes = text[1:].split(":")
    size = timedelta(hours=int(hours), minutes=int(minutes))
    return -size if text[0] == "-" else size


_ZONES = {name: _offset(offset) for name, offset in (line.split() for line in read_lines("zones.txt"))}


def parse_date(raw: str, zone: str | None = None) -> datetime | None:
    """The moment a feed's date names, in UTC to the second; None where it names none.

    `zone` (IANA) holds for dates that carry no zone, and says which zone an ambiguous name means; without it a date
    with no zone is read as UTC, and so is one with a zone name nobody knows.
    """
    text = " ".join(raw[: _MAX_LENGTH * 2].split())
    if not text or len(text) > _MAX_LENGTH:
        return None
    return _parse(text, zone)


@lru_cache(maxsize=8192)
def _parse(text: str, zone: str | None) -> datetime | None:
    try:
        return _rfc_822(text, zone) or _iso(text, zone) or _other(text, zone)
    except (ValueError, OverflowError, ArithmeticError):
        return None


def find_zone(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises BadInput where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(f"no such time zone: {name!r}; give an IANA name such as Europe/Berlin") from error


def _rfc_822(text: str, zone: str | None) -> datetime | None:
    match = _RFC_822.match(text)
    if not match or (month := _MONTHS.get(match[2].lower())) is None:
        return None
    year = int(match[3])
    if len(match[3]) == 2:
        year += 1900 if year > 68 else 2000
    return _moment((year, month, int(match[1])), match.group(4, 5, 6), match[7], zone)


def _iso(text: str, zone: str | None) -> datetime | None:
    match = _ISO.match(text)
    if not match:
        return None
    return _moment((int(match[1]), int(match[2]), int(match[3] or 1)), match.group(4, 5, 6), match[7], zone)


def _moment(
    day: tuple[int, int, int], clock: tuple[str | None, ...], written: str | None, zone: str | None
) -> datetime | None:
    hour, minute, second = (int(part or 0) for part in clock)
    if hour > 24 or minute > 59 or second > 60:
        return None
    # Hour 24 is the next day's midnight, second 60 a leap second: both are added, not stored.
    local = datetime(*day) + timedelta(hours=hour, minutes=minute, seconds=second)
    return _to_utc(local, (written or "").strip(), zone)


def _to_utc(local: datetime, written: str, zone: str | None) -> datetime:
    if match := _OFFSET.match(written):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return (local + offset if match[1] == "-" else local - offset).replace(tzinfo=UTC)
    named = _ZONE_NAME.match(written)
    name = named[1].upper() if named else ""
    own = local.replace(tzinfo=find_zone(zone)) if zone else None
    if own is not None and (name == own.tzname() or name not in _ZONES):
        return own.astimezone(UTC)
    return local.replace(tzinfo=timezone(_ZONES.get(name, timedelta()))).astimezone(UTC)


def _other(text: str, zone: str | None) -> datetime | None:
    # dateutil fills what is missing from a default day: what differs between two defaults was never in the text.
    first, second = (
        dateutil_parser.parse(text, default=default, tzinfos=_zone_offset)
        for default in (datetime(2001, 1, 1), datetime(2004, 2, 2))
    )
    if first.replace(tzinfo=None) != second.replace(tzinfo=None):
        return None
    return first.astimezone(UTC) if first.tzinfo else _to_utc(first, "", zone)


def _zone_offset(name: str | None, offset: int | None) -> int | None:
    if offset is not None:
        return offset
    known = _ZONES.get((name or "").upper())
    return None if known is None else int(known.total_seconds())
