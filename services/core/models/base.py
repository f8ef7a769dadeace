"""The base of all records: frozen, unknown fields ignored, times in RFC 3339 UTC."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer


class Model(BaseModel):
    """A record of the contract. Frozen; readers ignore fields they do not know (a later minor version's)."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")

    def to_bytes(self) -> bytes:
        """The record as it travels: one JSON object, UTF-8, snake_case, no line breaks."""
        return self.model_dump_json().encode()


def _to_utc(value: datetime) -> datetime:
    """Raises ValueError for a moment outside the years 1 to 9999 in UTC: that is a bad record's error, as others."""
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time is outside the years 1 to 9999 in UTC") from None


def format_time(value: datetime) -> str:
    """RFC 3339 in UTC with a Z; microseconds only where there are any."""
    return _to_utc(value).isoformat().replace("+00:00", "Z")


# A time without a zone is read as UTC: feeds are converted before they get here, so it can only be our own.
UtcTime = Annotated[datetime, AfterValidator(_to_utc), PlainSerializer(format_time, return_type=str, when_used="json")]
