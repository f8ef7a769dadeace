from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from services.adapters.memory_index import MemoryIndex
from services.core.index_fields import KINDS
from services.dashboard.shapes import SHAPES
from tests.dashboard.conftest import Reader
from tests.dashboard.hostile import hostile_upserts
from tests.dashboard.newsroom import Newsroom

FULL = {"facet": "type,source", "histogram": "day", "highlight": "true", "q": "the"}


def schema_of(document: dict[str, Any], path: str, status: int) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][path]["get"]["responses"][str(status)]["content"]["application/json"]
    return {**found["schema"], "components": document["components"]}


def check(document: dict[str, Any], path: str, answer: Any) -> None:
    validator = jsonschema.Draft202012Validator(schema_of(document, path, answer.status_code))
    validator.validate(answer.json())


@pytest.fixture
async def document(reader: Reader) -> dict[str, Any]:
    found: dict[str, Any] = await reader.json("/api/v1/openapi.json")
    return found


async def test_answers_are_what_the_document_says(reader: Reader, document: dict[str, Any], room: Newsroom) -> None:
    check(document, "/api/v1/events", await reader.get("/api/v1/events", FULL | {"grid": "3", "limit": "100"}))
    check(document, "/api/v1/articles", await reader.get("/api/v1/articles", {**FULL, "limit": "100"}))
    check(document, "/api/v1/mentions", await reader.get("/api/v1/mentions", {**FULL, "limit": "100"}))
    check(document, "/api/v1/status", await reader.get("/api/v1/status"))
    for event in room.events():
        check(document, "/api/v1/events/{id}", await reader.get(f"/api/v1/events/{event.id}"))
    for article in room.articles:
        check(document, "/api/v1/articles/{id}", await reader.get(f"/api/v1/articles/{article.id}"))


async def test_answers_about_hostile_records_too(readers: Callable[..., Reader], document: dict[str, Any]) -> None:
    index = MemoryIndex()
    await index.upsert(hostile_upserts())
    reader = readers(index=index)
    for name in ("events", "articles", "mentions"):
        answer = await reader.get(f"/api/v1/{name}")
        assert answer.json()["total"] == 1
        check(document, f"/api/v1/{name}", answer)


async def test_refusals_are_what_the_document_says(reader: Reader, document: dict[str, Any]) -> None:
    check(document, "/api/v1/events", await reader.get("/api/v1/events", {"colour": "red"}))
    check(document, "/api/v1/events/{id}", await reader.get("/api/v1/events/nowhere"))
    check(document, "/api/v1/events", await reader.get("/api/v1/events", host="evil.example"))


async def test_every_parameter_of_the_document_is_taken(reader: Reader, document: dict[str, Any]) -> None:
    examples: dict[str, str] = {"box": "0,0,1,1", "facet": "type", "histogram": "day", "grid": "1", "q": "x"}
    for path, operations in document["paths"].items():
        for parameter in operations["get"]["parameters"]:
            if parameter["in"] == "path" or parameter["name"] == "cursor":
                continue
            name, schema = parameter["name"], parameter["schema"]
            one = schema.get("items", schema)
            kinds = {"integer": "1", "boolean": "true", "string": "2026-05-12"}
            value = examples.get(name) or (one["enum"][0] if "enum" in one else kinds[one["type"]])
            answer = await reader.get(path, {name: value})
            assert answer.status_code == 200, (path, name, answer.text)


async def test_every_reference_of_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if "$ref" in value else []
            return own + [found for inner in value.values() for found in references(inner)]
        return [found for inner in value for found in references(inner)] if isinstance(value, list) else []

    names = {reference.rpartition("/")[2] for reference in references(document)}
    assert names
    assert names <= set(document["components"]["schemas"])


def test_every_filter_is_on_a_field_that_the_index_knows() -> None:
    for shape in SHAPES:
        known = KINDS[shape.collection]
        fields = [f.field for f in shape.named] + [f.field for f in shape.moments] + [f.field for f in shape.minimums]
        fields += [shape.histogram, *(field for field, _ in shape.sorts.values())]
        assert set(fields) <= set(known)
        assert len({f.name for f in shape.named}) == len(shape.named)
