"""Times and durations as people type them."""

import re
from datetime import UTC, datetime, timedelta

from services.core.errors import ConfigError

_DURATION = re.compile(r"(\d{1,5})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """ "90s", "30m", "2h" or "7d". Raises ConfigError."""
    if (found := _DURATION.fullmatch(text)) is None:
        raise ConfigError(f"{text!r} is no duration: write a number and s, m, h or d, as in 30m")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def moment(text: str, now: datetime) -> datetime:
    """A time in ISO 8601 (UTC where it names no zone), or a duration: so long before `now`. Raises ConfigError."""
    if _DURATION.fullmatch(text):
        return now - duration(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text!r} is no time: write 2026-05-12T10:00:00Z, or 2h for two hours ago") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
