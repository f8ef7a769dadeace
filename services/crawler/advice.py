"""What a server and its feed say about when to come back (RFC 9110 section 10.2.3, RFC 9111 section 5). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Advice:
    """Wishes of one answer; seconds, hours of the day in GMT, weekdays (Monday 0)."""

    max_age: float | None = None
    retry_after: float | None = None
    ttl: float | None = None
    update_period: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


def http_date(value: str | None) -> datetime | None:
    """An HTTP date in any of its three forms, in UTC; None for what is none."""
    if not value:
        return None
    try:
        time = parsedate_to_datetime(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that Retry-After asks for, given as seconds or as a date; None where it says nothing legible."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:10])
    date = http_date(value)
    return max(0.0, (date - now).total_seconds()) if date else None


def max_age(headers: Mapping[str, str]) -> float | None:
    """Seconds for which the answer stays fresh: Cache-Control max-age less Age, else Expires less Date."""
    directives = dict(_directive(part) for part in headers.get("cache-control", "").split(","))
    if {"no-cache", "no-store"} & directives.keys():
        return None
    given = directives.get("max-age")
    if given is not None:
        return max(0.0, float(given[:10]) - _number(headers.get("age", ""))) if _is_number(given) else None
    expires, date = http_date(headers.get("expires")), http_date(headers.get("date"))
    if expires is None or date is None:
        return None
    return max(0.0, (expires - date).total_seconds())


def _directive(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().lower(), value.strip().strip('"')


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _number(text: str) -> float:
    return float(text.strip()[:10]) if _is_number(text.strip()) else 0.0
