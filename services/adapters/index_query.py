"""What a query means: names checked, values brought to their kinds, cursors opened. Adapters translate the plan."""

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from services.adapters import geo, words
from services.adapters.index_values import Value, milliseconds, whole
from services.core.errors import BadInput
from services.core.index_fields import HAS_LOCATION, KINDS, LOCATION, Kind
from services.core.ports import COLLECTIONS, AnyOf, Between, Collection, Exists, Filter, NoneOf, Query, Within

MAX_LIMIT: Final = 1_000
MAX_FACET: Final = 1_000
MAX_VALUES: Final = 1_000

Interval = Literal["hour", "day", "week", "month"]
COUNTED: Final[frozenset[Kind]] = frozenset({"keyword", "int", "bool"})


@dataclass(frozen=True, slots=True)
class Among:
    """The field holds one of these values, or none of them."""

    field: str
    kind: Kind
    values: tuple[Value, ...]
    wanted: bool


@dataclass(frozen=True, slots=True)
class Range:
    """The number, or the date in milliseconds, is at least `low` and below `high`."""

    field: str
    kind: Kind
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Inside:
    """The point is in one of these boxes."""

    boxes: tuple[geo.Box, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """The field has a value, or has none. A text has one when it has a word."""

    field: str
    kind: Kind | Literal["point"]
    present: bool


Condition = Among | Range | Inside | Has


@dataclass(frozen=True, slots=True)
class Plan:
    """A query that is known to make sense.

    `clauses` is None without text, and empty where a text has no words: then nothing matches. `sort` is None
    for the best match first, by id where there is no text. `after` is what the cursor holds.
    """

    query: Query
    clauses: tuple[words.Clause, ...] | None
    conditions: tuple[Condition, ...]
    sort: str | None
    after: list[Any] | None

    @property
    def by_score(self) -> bool:
        """Whether the best match comes first."""
        return self.sort is None and self.clauses is not None

    def cursor(self, position: Sequence[Any]) -> str:
        """An opaque text from which the same query reads on after this position (JSON values)."""
        payload = json.dumps(list(position), separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(_seal(self.query, payload) + payload).decode().rstrip("=")


def plan(query: Query) -> Plan:
    """Checks a query. Raises BadInput, naming what is wrong and what is allowed."""
    fields_of(query.collection)  # refuses a collection that there is not
    _check_sizes(query)
    for name in (*query.facets, *query.cardinality):
        _allowed(query.collection, name, COUNTED, "counted")
    if query.histogram is not None:
        _allowed(query.collection, query.histogram[0], {"date"}, "a histogram")
        if query.histogram[1] not in ("hour", "day", "week", "month"):
            raise BadInput(f"a histogram is by hour, day, week or month, not {query.histogram[1]!r}")
    if query.geo_grid is not None and query.collection not in HAS_LOCATION:
        raise BadInput(f"{query.collection} have no location for a geo grid")
    if query.sort is not None:
        _allowed(query.collection, query.sort, {"date", "int", "float"}, "sorted by")
    asked = words.clauses(query.text) if query.text and query.text.strip() else None
    conditions = tuple(condition(query.collection, item) for item in query.filters)
    after = _open(query) if query.cursor is not None else None
    return Plan(query, asked, conditions, query.sort, after)


def fields_of(collection: Collection) -> dict[str, Kind]:
    """The kinds of a collection's fields. Raises BadInput for an unknown collection."""
    if collection not in COLLECTIONS:
        raise BadInput(f"no collection {collection!r}; there are {', '.join(COLLECTIONS)}")
    return KINDS[collection]


def condition(collection: Collection, asked: Filter) -> Condition:
    """A filter with its values brought to the field's kind. Raises BadInput."""
    match asked:
        case AnyOf(name, values) | NoneOf(name, values):
            kind = _allowed(collection, name, {"keyword", "int", "float", "bool"}, "compared with values")
            if len(values) > MAX_VALUES:
                raise BadInput(f"field {name}: more than {MAX_VALUES} values")
            return Among(name, kind, tuple(_asked(name, kind, value) for value in values), isinstance(asked, AnyOf))
        case Between(name, low, high):
            kind = _allowed(collection, name, {"date", "int", "float"}, "a range")
            return Range(name, kind, _bound(name, kind, low), _bound(name, kind, high))
        case Within():
            if collection not in HAS_LOCATION:
                raise BadInput(f"{collection} have no location")
            return Inside(geo.boxes(asked))
        case Exists(name, present):
            if name == LOCATION and collection in HAS_LOCATION:
                return Has(name, "point", present)
            return Has(name, _allowed(collection, name, None, "asked for"), present)
    raise BadInput(f"no such filter: {asked!r}")


def _allowed(collection: Collection, name: str, kinds: set[Kind] | frozenset[Kind] | None, use: str) -> Kind:
    known = fields_of(collection)
    if name not in known:
        raise BadInput(f"{collection} have no field {name!r}; there are {', '.join(sorted(known))}")
    if kinds is not None and known[name] not in kinds:
        fitting = sorted(field for field, kind in known.items() if kind in kinds)
        raise BadInput(f"field {name} of {collection} cannot be {use}; these can: {', '.join(fitting)}")
    return known[name]


def _check_sizes(query: Query) -> None:
    if not 0 <= query.limit <= MAX_LIMIT:
        raise BadInput(f"limit {query.limit} is not between 0 and {MAX_LIMIT}")
    if not 1 <= query.facet_size <= MAX_FACET:
        raise BadInput(f"facet_size {query.facet_size} is not between 1 and {MAX_FACET}")
    if query.geo_grid is not None and not 0 <= query.geo_grid <= geo.MAX_ZOOM:
        raise BadInput(f"geo_grid {query.geo_grid} is not a zoom between 0 and {geo.MAX_ZOOM}")


def _asked(name: str, kind: Kind, value: object) -> Value:
    """A value to compare with; numbers and truth values may come as text, as from an address line."""
    try:
        match kind, value:
            case "keyword", bool():
                return "true" if value else "false"
            case "keyword", str() | int():
                return str(value)
            case "bool", bool():
                return value
            case "bool", "true" | "false":
                return value == "true"
            case "int", str() | int() | float() if not isinstance(value, bool):
                return whole(int(value) if isinstance(value, str) else value)
            case "float", str() | int() | float() if not isinstance(value, bool) and math.isfinite(float(value)):
                return float(value)
    except (ValueError, OverflowError):
        pass  # It says the same as a value of the wrong type does.
    raise BadInput(f"field {name}: {value!r} is no {kind}")


def _bound(name: str, kind: Kind, value: float | datetime | None) -> float | None:
    match kind, value:
        case _, None:
            return None
        case "date", datetime():
            return milliseconds(value)
        case "int", int() | float() if math.isfinite(value) and abs(value) < 2**63:
            # Below 2.5 is below 3, and at least 2.5 is at least 3.
            return math.ceil(value)
        case "float", int() | float() if math.isfinite(value):
            return float(value)
    raise BadInput(f"field {name}: {value!r} is no bound for a {kind}")


def _seal(query: Query, payload: bytes) -> bytes:
    """Ties a cursor to what it walks over: with another text, filter or sort it would skip or repeat."""
    walked = (query.collection, query.text, query.filters, query.sort, query.descending)
    return hashlib.blake2b(repr(walked).encode("utf-8", "surrogatepass") + payload, digest_size=9).digest()


def _open(query: Query) -> list[Any]:
    broken = BadInput("the cursor is broken or belongs to another query: start again without one")
    try:
        text = str(query.cursor)
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if raw[:9] != _seal(query, raw[9:]):
            raise broken
        position = json.loads(raw[9:])
    except (binascii.Error, ValueError) as error:
        raise broken from error
    if not isinstance(position, list):
        raise broken
    return position
