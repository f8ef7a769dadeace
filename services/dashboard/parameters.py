"""From the address line to a Query. Named filters and plain text only; everything else is refused by name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NoReturn, cast

from services.core.ports import AnyOf, Between, Filter, Query, Within
from services.dashboard import shapes
from services.dashboard.shapes import Named, Shape

INTERVALS: Final = ("hour", "day", "week", "month")
_COMMON: Final = frozenset({"q", "sort", "all", "box"})
_PAGING: Final = frozenset({"limit", "cursor", "facet", "facet_size", "histogram", "grid", "highlight"})
_HOURS: Final = timedelta(days=31)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,12})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,10}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

Values = Mapping[str, Sequence[str]]


class BadParameter(Exception):
    """A parameter that cannot be answered, with what is allowed."""

    def __init__(self, parameter: str, error: str) -> None:
        super().__init__(error)
        self.parameter = parameter
        self.error = error


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, and for each facet that is filtered the query that counts it without its own filter."""

    query: Query
    apart: Mapping[str, Query]


def read(shape: Shape, values: Values, *, paging: bool = True) -> Asked:
    """The query that the parameters ask for. Raises BadParameter. Exports have no `paging`."""
    _check_names(shape, values, paging)
    named = {item.name: _any_of(item, values[item.name]) for item in shape.named if item.name in values}
    moments = {item.name: _moment(item.name, values, upper=item.upper) for item in shape.moments}
    others = [*_ranges(shape, values, moments), *_box(values), *_shown(shape, values)]
    text = _text(values)
    sort, descending = _sort(shape, values, text)
    query = Query(
        shape.collection,
        text=text,
        filters=(*named.values(), *others),
        sort=sort,
        descending=descending,
    )
    if not paging:
        return Asked(query, {})
    facets = _facets(shape, values)
    size = _whole(values, "facet_size", shapes.DEFAULT_FACET_SIZE, 1, shapes.MAX_FACET_SIZE)
    apart = {
        name: replace(
            query,
            filters=(*(item for key, item in named.items() if key != name), *others),
            limit=0,
            facets=(shape.field_of(name),),
            facet_size=size,
        )
        for name in facets
        if name in named
    }
    query = replace(
        query,
        limit=_whole(values, "limit", shapes.DEFAULT_LIMIT, 0, shapes.MAX_LIMIT),
        cursor=_cursor(values),
        facets=tuple(shape.field_of(name) for name in facets if name not in apart),
        facet_size=size,
        histogram=_histogram(shape, values, moments),
        geo_grid=_whole(values, "grid", 0, 0, shapes.MAX_ZOOM) if "grid" in values else None,
        highlight=_flag(values, "highlight"),
    )
    return Asked(query, apart)


def _check_names(shape: Shape, values: Values, paging: bool) -> None:
    named = {item.name for item in shape.named}
    single = _COMMON | {item.name for item in shape.moments} | {item.name for item in shape.minimums}
    single |= _PAGING if paging else set()
    if not shape.located:
        single -= {"box", "grid"}
    if not shape.hidden:
        single -= {"all"}
    for name, given in values.items():
        if name not in named | single:
            _refuse(name, f"there is no such parameter; there are {', '.join(sorted(named | single))}")
        if name in single and name != "facet" and len(given) > 1:
            _refuse(name, "give it once")
        for value in given:
            if _CONTROL.search(value):
                _refuse(name, "control characters are not allowed")


def _refuse(parameter: str, error: str) -> NoReturn:
    raise BadParameter(parameter[:100], error)


def _any_of(item: Named, given: Sequence[str]) -> AnyOf:
    if len(given) > shapes.MAX_VALUES:
        _refuse(item.name, f"at most {shapes.MAX_VALUES} values")
    for value in given:
        if not 0 < len(value) <= shapes.MAX_VALUE:
            _refuse(item.name, f"a value has 1 to {shapes.MAX_VALUE} characters")
        if item.allowed and value not in item.allowed:
            _refuse(item.name, f"must be one of {', '.join(item.allowed)}")
    return AnyOf(item.field, tuple(sorted(set(given))))


def _ranges(shape: Shape, values: Values, moments: Mapping[str, datetime | None]) -> list[Filter]:
    filters: list[Filter] = []
    for item in shape.moments:
        bound = moments[item.name]
        if bound is not None:
            filters.append(Between(item.field, high=bound) if item.upper else Between(item.field, low=bound))
    asked = (least for least in shape.minimums if least.name in values)
    return [*filters, *(Between(least.field, low=_whole(values, least.name, 0, 0, 10**9)) for least in asked)]


def _moment(name: str, values: Values, *, upper: bool) -> datetime | None:
    if name not in values:
        return None
    value = values[name][0]
    try:
        if _DAY.fullmatch(value):
            # The end of a day is the beginning of the next; the last day of the calendar has none.
            return datetime.fromisoformat(value).replace(tzinfo=UTC) + timedelta(days=upper)
        if _TIME.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # It is told what a time looks like, below.
    _refuse(name, "must be a day as 2026-05-12 or a time as 2026-05-12T09:30:00Z")


def _box(values: Values) -> list[Filter]:
    if "box" not in values:
        return []
    parts = values["box"][0].split(",")
    if len(parts) != 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        _refuse("box", "must be west,south,east,north in degrees")
    west, south, east, north = map(float, parts)
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        _refuse("box", "longitudes are within ±180, latitudes within ±90, south is not over north")
    return [Within(north=north, south=south, west=west, east=east)]


def _shown(shape: Shape, values: Values) -> tuple[Filter, ...]:
    return () if _flag(values, "all") else shape.hidden


def _text(values: Values) -> str | None:
    text = values.get("q", [""])[0].strip()
    if len(text) > shapes.MAX_TEXT:
        _refuse("q", f"at most {shapes.MAX_TEXT} characters")
    return text or None


def _sort(shape: Shape, values: Values, text: str | None) -> tuple[str | None, bool]:
    name = values.get("sort", ["relevance" if text else shape.default_sort])[0]
    if name == "relevance" and text:
        return None, True
    if name not in shape.sorts:
        _refuse("sort", f"must be one of {', '.join(shape.sorts)}, or relevance where there is a text")
    return shape.sorts[name]


def _facets(shape: Shape, values: Values) -> list[str]:
    asked = [name for value in values.get("facet", ()) for name in value.split(",")]
    for name in asked:
        if name not in shape.facets:
            _refuse("facet", f"must be among {', '.join(shape.facets)}")
    return list(dict.fromkeys(asked))


def _cursor(values: Values) -> str | None:
    cursor = values.get("cursor", [None])[0]
    if cursor is not None and len(cursor) > shapes.MAX_CURSOR:
        _refuse("cursor", "this is none that we gave")
    return cursor


def _histogram(
    shape: Shape, values: Values, moments: Mapping[str, datetime | None]
) -> tuple[str, Literal["hour", "day", "week", "month"]] | None:
    if "histogram" not in values:
        return None
    interval = values["histogram"][0]
    if interval not in INTERVALS:
        _refuse("histogram", f"must be one of {', '.join(INTERVALS)}")
    low, high = (moments[name] for name in shape.histogram_bounds)
    if interval == "hour" and (low is None or high is None or high - low > _HOURS):
        _refuse("histogram", f"by hour needs {' and '.join(shape.histogram_bounds)} within {_HOURS.days} days")
    return shape.histogram, cast(Literal["hour", "day", "week", "month"], interval)


def _whole(values: Values, name: str, default: int, low: int, high: int) -> int:
    value = values.get(name, [str(default)])[0]
    if not _WHOLE.fullmatch(value) or not low <= int(value) <= high:
        _refuse(name, f"must be a whole number from {low} to {high}")
    return int(value)


def _flag(values: Values, name: str) -> bool:
    value = values.get(name, ["false"])[0]
    if value not in ("true", "false"):
        _refuse(name, "must be true or false")
    return value == "true"


def grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Parameters by name, in the order given."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
