import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from services.adapters.memory_index import MemoryIndex
from services.core import examples
from services.dashboard.export import COLUMNS, row, safe_cell
from services.sink.document import event_upsert
from tests.dashboard.conftest import Reader
from tests.dashboard.newsroom import Newsroom


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def test_csv_has_a_row_for_every_event_that_matches(reader: Reader, room: Newsroom) -> None:
    answer = await reader.get("/api/v1/events.csv", {"type": "ASSAULT", "sort": "happened"})
    rows = rows_of(answer.text)
    assert answer.headers["content-disposition"] == 'attachment; filename="events.csv"'
    assert [r["date_start"] for r in rows] == sorted((r["date_start"] for r in rows), reverse=True)
    [shelling] = [r for r in rows if r["id"] == room.event_id("shelling")]
    assert tuple(shelling) == COLUMNS
    assert (shelling["killed_low"], shelling["killed_high"]) == ("4", "11")
    assert shelling["denied_by"] == "Syrian defence ministry"
    assert (shelling["latitude"], shelling["longitude"]) == ("35.1", "36.7")


async def test_geojson_has_a_feature_for_every_event(reader: Reader) -> None:
    answer = await reader.get("/api/v1/events.geojson", {"country": "SRB"})
    found = json.loads(answer.text)
    assert answer.headers["content-type"].startswith("application/geo+json")
    assert found["type"] == "FeatureCollection"
    assert [f["geometry"] for f in found["features"]] == [{"type": "Point", "coordinates": [21.2, 43.9]}] * 2


async def test_an_event_without_a_place_is_a_feature_without_geometry(readers: Callable[..., Reader]) -> None:
    index = MemoryIndex()
    await index.upsert([event_upsert(examples.EVENT.model_copy(update={"place": None}))])
    found = json.loads((await readers(index=index).get("/api/v1/events.geojson")).text)
    assert [f["geometry"] for f in found["features"]] == [None]


async def test_an_export_of_nothing_is_whole(reader: Reader) -> None:
    assert rows_of((await reader.get("/api/v1/events.csv", {"q": "zebra"})).text) == []
    assert json.loads((await reader.get("/api/v1/events.geojson", {"q": "zebra"})).text)["features"] == []


async def test_an_export_reads_on_over_pages_and_stops_at_its_limit(readers: Callable[..., Reader]) -> None:
    index = MemoryIndex()
    many = [examples.EVENT.model_copy(update={"id": f"e{n:04}"}) for n in range(1200)]
    await index.upsert([event_upsert(event) for event in many])
    everything = rows_of((await readers(index=index).get("/api/v1/events.csv")).text)
    some = rows_of((await readers(index=index, export_rows=700).get("/api/v1/events.csv")).text)
    assert len({r["id"] for r in everything}) == 1200
    assert len({r["id"] for r in some}) == len(some) == 700


async def test_an_export_refuses_what_a_search_refuses(reader: Reader) -> None:
    for name in ("limit", "cursor", "facet", "colour"):
        answer = await reader.get("/api/v1/events.csv", {name: "1"})
        assert (answer.status_code, answer.json()["parameter"]) == (400, name)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"), ("\rx", "'\rx"),
        ("a=1", "a=1"), (-33.5, -33.5), (None, None), ("", ""),
    ],
)  # fmt: skip
def test_no_cell_begins_like_a_formula(value: Any, cell: Any) -> None:
    assert safe_cell(value) == cell


async def test_every_text_column_is_made_safe(readers: Callable[..., Reader]) -> None:
    evil = '=cmd|"/c calc"!A1\nnext'
    place = examples.EVENT.place.model_copy(update={"name": evil}) if examples.EVENT.place else None
    event = examples.EVENT.model_copy(update={"title": evil, "place": place, "sources": (evil,)})
    index = MemoryIndex()
    await index.upsert([event_upsert(event)])
    [cells] = rows_of((await readers(index=index).get("/api/v1/events.csv")).text)
    assert [cells["title"], cells["place"], cells["sources"]] == ["'" + evil] * 3


def test_a_row_has_every_column() -> None:
    assert set(row(examples.EVENT)) == set(COLUMNS)
