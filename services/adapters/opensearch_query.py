"""A plan as a request to OpenSearch, and its answer as a page."""

from collections.abc import Sequence
from typing import Any, Final, assert_never

from services.adapters import geo, words
from services.adapters.index_match import snippets_of
from services.adapters.index_query import Among, Condition, Has, Inside, Plan, Range
from services.adapters.index_values import moment
from services.adapters.opensearch_templates import WORDS
from services.core.index_fields import KINDS, LOCATION
from services.core.models.base import format_time
from services.core.ports import Bucket, Cell, Collection, Document, Hit

# Each shard counts this many values of a facet before counts are joined; the answer says when that was too few.
SHARD_SIZE: Final = 10_000


def query_of(
    collection: Collection, conditions: Sequence[Condition], clauses: Sequence[words.Clause] | None
) -> dict[str, Any]:
    """The query: clauses score, conditions only filter."""
    if clauses is not None and not clauses:
        return {"match_none": {}}
    texts = [f"{WORDS}.{name}" for name, kind in KINDS[collection].items() if kind == "text"]
    must = [_either([{"match_phrase": {name: " ".join(clause)}} for name in texts]) for clause in clauses or ()]
    return {"bool": {"must": must, "filter": [_condition(condition) for condition in conditions]}}


def body_of(asked: Plan) -> dict[str, Any]:
    """The search request for one page, with one hit more than asked to know whether there are more."""
    query = asked.query
    body: dict[str, Any] = {
        "query": query_of(query.collection, asked.conditions, asked.clauses),
        "size": query.limit + 1 if query.limit else 0,
        "track_total_hits": True,
        "version": True,
        "sort": _sort(asked),
        "aggs": _aggregations(asked),
    }
    if asked.after is not None:
        body["search_after"] = asked.after
    return body


def hit_of(raw: dict[str, Any], asked: Plan | None = None) -> Hit:
    """A hit of a search or the answer to a get."""
    document: Document = raw["_source"]
    document.pop(WORDS, None)
    return Hit(raw["_id"], int(raw["_version"]), document, snippets_of(document, asked) if asked else {})


def histogram_of(answer: dict[str, Any]) -> list[Bucket]:
    """The filled buckets of the histogram."""
    found = answer.get("aggregations", {}).get("histogram", {}).get("buckets", ())
    return [Bucket(format_time(moment(int(bucket["key"]))), bucket["doc_count"]) for bucket in found]


def grid_of(answer: dict[str, Any]) -> list[Cell]:
    """The cells of the geo grid, the fullest first."""
    found = answer.get("aggregations", {}).get("grid", {}).get("buckets", ())
    cells = [
        Cell(cell["key"], cell["centre"]["location"]["lat"], cell["centre"]["location"]["lon"], cell["doc_count"])
        for cell in found
    ]
    return sorted(cells, key=lambda cell: (-cell[3], cell.tile))


def facet_of(raw: dict[str, Any]) -> list[Bucket] | None:
    """The buckets of a terms aggregation; None where they are not exact."""
    if raw["doc_count_error_upper_bound"]:
        return None
    return [Bucket(str(b.get("key_as_string", b["key"])), b["doc_count"]) for b in raw["buckets"]]


def _either(queries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"bool": {"should": queries, "minimum_should_match": 1}}


def _condition(condition: Condition) -> dict[str, Any]:
    match condition:
        case Among(name, _, values, wanted):
            return _unless(wanted, {"terms": {name: list(values)}})
        case Range(name, kind, low, high):
            ends = {key: value for key, value in (("gte", low), ("lt", high)) if value is not None}
            # Numbers of milliseconds, whatever the format of the field.
            return {"range": {name: {**ends, **({"format": "epoch_millis"} if kind == "date" else {})}}}
        case Inside(boxes):
            return _either([_box(box) for box in boxes])
        case Has(name, kind, present):
            return _unless(present, {"exists": {"field": f"{WORDS}.{name}" if kind == "text" else name}})
    assert_never(condition)


def _unless(wanted: bool, query: dict[str, Any]) -> dict[str, Any]:
    return query if wanted else {"bool": {"must_not": [query]}}


def _box(box: geo.Box) -> dict[str, Any]:
    south, west = geo.degrees((box.south, box.west))
    # Half a step more rounds down to the same one; OpenSearch refuses a box without height.
    north, east = geo.degrees((box.north + 0.5, box.east + 0.5))
    return {"geo_bounding_box": {LOCATION: {"top": north, "bottom": south, "left": west, "right": east}}}


def _sort(asked: Plan) -> list[dict[str, Any]]:
    ties = {"id": {"order": "asc"}}
    if asked.by_score:
        return [{"_score": {"order": "desc"}}, ties]
    if asked.sort is None:
        return [ties]
    return [{asked.sort: {"order": "desc" if asked.query.descending else "asc", "missing": "_last"}}, ties]


def _aggregations(asked: Plan) -> dict[str, Any]:
    query = asked.query
    found: dict[str, Any] = {
        f"facet {name}": {"terms": {"field": name, "size": query.facet_size, "shard_size": SHARD_SIZE}}
        for name in query.facets
    }
    if query.histogram:
        name, interval = query.histogram
        found["histogram"] = {
            "date_histogram": {"field": name, "calendar_interval": interval, "min_doc_count": 1, "time_zone": "UTC"}
        }
    if query.geo_grid is not None:
        found["grid"] = {
            "geotile_grid": {"field": LOCATION, "precision": query.geo_grid, "size": geo.MAX_CELLS},
            "aggs": {"centre": {"geo_centroid": {"field": LOCATION}}},
        }
    return found
