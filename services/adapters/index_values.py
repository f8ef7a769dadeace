"""A document's searchable values, as strictly as the strictest index takes them, so that all refuse the same ones."""

import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from services.adapters import geo
from services.core.errors import BadInput
from services.core.index_fields import FIELDS, HAS_LOCATION, LOCATION, Kind
from services.core.ports import Collection, Document, Upsert

Value = str | int | float | bool

# A longer keyword is stored but not searchable: Lucene takes no term over 32 kB, so 8,191 characters are always safe.
MAX_KEYWORD: Final = 8191
MAX_ID_BYTES: Final = 512
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))?", re.ASCII)
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)


class Values(NamedTuple):
    """What of a document can be searched.

    `plain` holds keywords without doubles, numbers, bools, and dates in milliseconds since 1970; `texts` the texts as
    they are; both only for fields that have something.
    """

    plain: dict[str, list[Value]]
    texts: dict[str, list[str]]
    point: geo.Point | None


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970, rounded down. A time without a zone is UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (aware - _EPOCH) // _MILLISECOND


def moment(value: int) -> datetime:
    """The UTC time of milliseconds since 1970."""
    return _EPOCH + value * _MILLISECOND


def values_of(collection: Collection, document: Document) -> Values:
    """The searchable values. Raises BadInput, naming the field, where one is not of its kind."""
    plain: dict[str, list[Value]] = {}
    texts: dict[str, list[str]] = {}
    for name, kind in FIELDS[collection]:
        try:
            found = list(_at(document, name.split(".")))
            if not found:
                continue
            if kind == "text":
                texts[name] = [_text(value) for value in found]
            else:
                read = [_read(kind, value) for value in found]
                if kind == "keyword":
                    read = [
                        value for value in dict.fromkeys(read) if len(str(value).encode("utf-16-le")) <= 2 * MAX_KEYWORD
                    ]
                elif len(read) > 1:
                    raise ValueError("takes one value, not several")
                if read:
                    plain[name] = read
        except (ValueError, TypeError, OverflowError) as error:
            raise BadInput(f"field {name}: {error}") from error
    return Values(plain, texts, _point(document) if collection in HAS_LOCATION else None)


def checked(item: Upsert) -> tuple[Values, str]:
    """The searchable values of an item and its document as JSON. Raises BadInput where it can never be written."""
    if not 0 < len(item.id.encode("utf-8", "surrogatepass")) <= MAX_ID_BYTES:
        raise BadInput(f"an id has 1 to {MAX_ID_BYTES} bytes")
    if item.document.get("id") != item.id:
        raise BadInput("the document's own id is not the item's")
    if not _MONTH.fullmatch(item.month):
        raise BadInput(f"month {item.month!r} is not YYYY-MM")
    if not 0 <= item.version < 2**63:
        raise BadInput(f"version {item.version} is not a positive 64-bit number")
    values = values_of(item.collection, item.document)
    try:
        text = json.dumps(item.document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise BadInput(f"the document is no JSON: {error}") from error
    return values, text


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    """All values at a path, lists flattened, nulls left out; what is no object on the way there is an error."""
    if value is None:
        return
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _at(inner, path)
    elif not path:
        yield value
    elif isinstance(value, dict):
        yield from _at(value.get(path[0]), path[1:])
    else:
        raise ValueError(f"{path[0]!r} is expected inside an object, found {type(value).__name__}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where text is expected")
    return value


def _read(kind: Kind, value: Any) -> Value:
    match kind, value:
        case "keyword", str():
            return value
        case "keyword", bool():
            return "true" if value else "false"
        case "keyword", int():
            return str(value)
        case "bool", bool():
            return value
        case "int", int() | float() if not isinstance(value, bool):
            return whole(value)
        case "float", int() | float() if not isinstance(value, bool) and math.isfinite(value):
            return float(value)
        case "date", str():
            return _date(value)
    raise TypeError(f"{str(value)[:40]!r} ({type(value).__name__}) where {kind} is expected")


def whole(value: float) -> int:
    """A 64-bit integer. Raises ValueError for what is none."""
    number = int(value)
    if number != value or not -(2**63) <= number < 2**63:
        raise ValueError(f"{value} is not a 64-bit integer")
    return number


def _date(value: str) -> int:
    if not _DATE.fullmatch(value):
        raise ValueError(f"{value[:40]!r} is neither RFC 3339 nor YYYY-MM-DD")
    return milliseconds(datetime.fromisoformat(value))


def _point(document: Document) -> geo.Point | None:
    match document.get(LOCATION):
        case None:
            return None
        case {"lat": int() | float() as lat, "lon": int() | float() as lon}:
            try:
                return geo.point(lat, lon)
            except ValueError as error:
                raise BadInput(f"field {LOCATION}: {error}") from error
    raise BadInput(f"field {LOCATION}: not an object of numbers lat and lon")
