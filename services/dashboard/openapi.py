"""The OpenAPI 3.1 document, made of the same tables and models that answer the requests."""

from functools import lru_cache
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from services.core.models.base import Model
from services.core.version import VERSION
from services.dashboard import answers, shapes
from services.dashboard.parameters import INTERVALS
from services.dashboard.shapes import ARTICLES, EVENTS, MENTIONS, Shape

_TIME: Final = "a day (2026-05-12) or a time (2026-05-12T09:30:00Z)"
_INFO: Final = (
    "Events coded from the world's news, with who says what about them. Named filters and plain text only; answers "
    "carry ETags; errors are {error, parameter}."
)


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole document."""
    _, schemas = models_json_schema(
        [(model, "serialization") for model in answers.MODELS], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Dateline", "version": VERSION, "description": _INFO},
        "paths": {
            "/api/v1/events": _get("Events", answers.Events, _search_parameters(EVENTS)),
            "/api/v1/events.csv": _export("text/csv", "Events as CSV, one row each"),
            "/api/v1/events.geojson": _export("application/geo+json", "Events as a GeoJSON FeatureCollection"),
            "/api/v1/events/{id}": _get(
                "An event with its claims and reports", answers.EventAnswer, [_ID], missing=True
            ),
            "/api/v1/articles": _get("Articles", answers.Articles, _search_parameters(ARTICLES)),
            "/api/v1/articles/{id}": _get(
                "An article with its evidence", answers.ArticleAnswer, [_ID], missing=True, secured=True
            ),
            "/api/v1/mentions": _get("Mentions of events", answers.Mentions, _search_parameters(MENTIONS)),
            "/api/v1/status": _get("How much there is, and how fresh", answers.Status, []),
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "opens full texts"}},
        },
    }


def _parameter(name: str, schema: dict[str, Any], description: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema} | more


_ID: Final = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


def _filter_parameters(shape: Shape) -> list[dict[str, Any]]:
    parameters = [_parameter("q", {"type": "string", "maxLength": shapes.MAX_TEXT}, "words that must all occur")]
    for item in shape.named:
        one: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": shapes.MAX_VALUE}
        if item.allowed:
            one = {"type": "string", "enum": list(item.allowed)}
        schema = {"type": "array", "items": one, "maxItems": shapes.MAX_VALUES}
        parameters.append(_parameter(item.name, schema, item.meaning + "; repeat for any of several", explode=True))
    parameters += [_parameter(m.name, {"type": "string"}, f"{m.meaning}: {_TIME}") for m in shape.moments]
    parameters += [_parameter(m.name, {"type": "integer", "minimum": 0}, m.meaning) for m in shape.minimums]
    if shape.located:
        parameters.append(_parameter("box", {"type": "string"}, "west,south,east,north in degrees"))
    if shape.hidden:
        parameters.append(_parameter("all", {"type": "boolean"}, f"also {shape.hides}"))
    sorts = {"type": "string", "enum": [*shape.sorts, "relevance"]}
    parameters.append(_parameter("sort", sorts, f"default relevance where there is a text, else {shape.default_sort}"))
    return parameters


def _search_parameters(shape: Shape) -> list[dict[str, Any]]:
    facets = {"type": "array", "items": {"type": "string", "enum": list(shape.facets)}}
    paging = [
        _parameter("limit", _whole(shapes.DEFAULT_LIMIT, 0, shapes.MAX_LIMIT), "items per page"),
        _parameter("cursor", {"type": "string"}, "where the page before ended; of the same query only"),
        _parameter(
            "facet", facets, "what to count; each is counted without its own filter", style="form", explode=False
        ),
        _parameter("facet_size", _whole(shapes.DEFAULT_FACET_SIZE, 1, shapes.MAX_FACET_SIZE), "values per facet"),
        _parameter("histogram", {"type": "string", "enum": list(INTERVALS)}, f"counts over {shape.histogram}"),
        _parameter("highlight", {"type": "boolean"}, "snippets: the match between <mark> and </mark>, else escaped"),
    ]
    if shape.located:
        paging.append(_parameter("grid", _whole(None, 0, shapes.MAX_ZOOM), "counts by map tile of this zoom"))
    return _filter_parameters(shape) + paging


def _whole(default: int | None, low: int, high: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer", "minimum": low, "maximum": high}
    return schema if default is None else schema | {"default": default}


def _content(model: type[Model]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


def _get(
    summary: str, model: type[Model], parameters: list[dict[str, Any]], *, missing: bool = False, secured: bool = False
) -> dict[str, Any]:
    problem = _content(answers.Problem)
    responses = {
        "200": {"description": summary, "content": _content(model)},
        "304": {"description": "what If-None-Match names is still right"},
        "400": {"description": "a parameter is wrong", "content": problem},
        "421": {"description": "the Host is not answered here", "content": problem},
        "503": {"description": "the index does not answer in time", "content": problem},
    }
    if missing:
        responses["404"] = {"description": "there is none", "content": problem}
    operation = {"summary": summary, "parameters": parameters, "responses": responses}
    return {"get": operation | ({"security": [{}, {"token": []}]} if secured else {})}


def _export(media_type: str, summary: str) -> dict[str, Any]:
    operation = _get(summary, answers.Events, _filter_parameters(EVENTS))
    operation["get"]["responses"]["200"] = {
        "description": summary,
        "content": {media_type: {"schema": {"type": "string"}}},
    }
    del operation["get"]["responses"]["304"]
    return operation
