"""What every Index promises (services/core/ports.py), held on each adapter; OpenSearch is a real node."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.adapters.memory_index import MemoryIndex
from services.adapters.opensearch_index import OpenSearchIndex
from services.adapters.tantivy_index import TantivyIndex
from services.core.errors import BadInput, Unavailable
from services.core.ports import AnyOf, Between, Bucket, Exists, Index, Page, Query, Upsert, Within
from tests.contract.index_cases import (
    QUERIES,
    SORTS,
    MemoryPlace,
    OpenSearchPlace,
    Place,
    TantivyPlace,
    library,
    mention,
    running,
)
from tests.services.process import free_port

ALL = Query("mentions", limit=1000)


@pytest.fixture(params=["memory", "tantivy", "opensearch"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    chosen: Place
    if request.param == "memory":
        chosen = MemoryPlace()
    elif request.param == "tantivy":
        chosen = TantivyPlace(tmp_path / "index")
    else:
        chosen = OpenSearchPlace(request.getfixturevalue("opensearch_address"))
    await chosen.prepare()
    return chosen


@pytest.fixture
async def index(place: Place) -> AsyncIterator[Index]:
    async with running(place) as started:
        yield started


async def put(index: Index, *items: Upsert) -> list[str]:
    results = [written.result for written in await index.upsert(items)]
    await index.refresh()
    return list(results)


def ids(page: Page) -> list[str]:
    return [hit.id for hit in page.hits]


async def walk(index: Index, query: Query) -> list[str]:
    """The ids of all pages, following cursors to the end."""
    found: list[str] = []
    cursor = None
    while True:
        page = await index.search(replace(query, cursor=cursor))
        found += ids(page)
        if page.cursor is None:
            return found
        cursor = page.cursor


async def test_an_older_or_equal_version_changes_nothing_and_a_newer_one_wins(index: Index) -> None:
    assert await put(index, mention(1, type="A", version=5)) == ["written"]
    assert await put(index, mention(1, type="B", version=4), mention(1, type="C", version=5)) == ["stale", "stale"]
    assert await put(index, mention(1, type="D", version=6), mention(1, type="E", version=7)) == ["written", "written"]
    hit = await index.get("mentions", "m0001")
    assert hit is not None
    assert (hit.version, hit.document) == (7, {"id": "m0001", "type": "E"})
    assert [(found.id, found.version) for found in (await index.search(ALL)).hits] == [("m0001", 7)]
    assert (await index.search(replace(ALL, filters=(AnyOf("type", ("A", "D")),)))).total == 0


@pytest.mark.parametrize(
    "bad",
    [
        {"published": "yesterday"},
        {"quad_class": "many"},
        {"quad_class": [1, 2]},
        {"place": "Tripoli"},
        {"location": {"lat": 91, "lon": 0}},
        {"title": 5},
        {"background": "perhaps"},
        {"confidence": float("nan")},
        {"id": "another"},
        {"month": "November"},
    ],
)
async def test_one_bad_item_fails_alone_and_names_its_field(index: Index, bad: dict[str, Any]) -> None:
    results = await index.upsert([mention(1, type="A"), mention(2, **bad), mention(3, type="A")])
    assert [(item.id, item.result) for item in results] == [
        ("m0001", "written"),
        ("m0002", "failed"),
        ("m0003", "written"),
    ]
    assert next(iter(bad)) in results[1].error
    await index.refresh()
    assert await index.count("mentions") == 2


async def test_get_sees_what_search_may_not_yet(index: Index) -> None:
    assert await index.get("mentions", "m0001") is None
    await index.upsert([mention(1, nested={"kept": ["as", None, 1.5]})])
    hit = await index.get("mentions", "m0001")
    assert hit is not None
    assert hit.document == {"id": "m0001", "nested": {"kept": ["as", None, 1.5]}}
    assert await index.get("events", "m0001") is None


async def test_all_adapters_give_the_same_ids_counts_and_walks(index: Index) -> None:
    reference = MemoryIndex()
    items = library()
    assert set(await put(index, *items)) == set(await put(reference, *items)) == {"written"}
    for query in QUERIES:
        whole = replace(query, limit=1000)
        expected, found = await reference.search(whole), await index.search(whole)
        assert (found.total, sorted(ids(found))) == (expected.total, sorted(ids(expected))), query
        if query.text is None:
            assert await index.count("mentions", query.filters) == expected.total, query
    for field, descending in SORTS:
        query = replace(ALL, sort=field, descending=descending)
        expected = await reference.search(query)
        assert ids(await index.search(query)) == ids(expected), query
        assert await walk(index, replace(query, limit=23)) == ids(expected), query
    scored = await walk(index, Query("mentions", text="fighting", limit=7))
    assert sorted(scored) == sorted(ids(await reference.search(Query("mentions", text="fighting", limit=1000))))
    counted = Query(
        "mentions",
        facets=("type", "contexts", "quad_class", "background", "actors.country", "place.id"),
        cardinality=("actors.id", "contexts", "quad_class"),
        facet_size=8,
        limit=0,
    )
    for interval in ("hour", "day", "week", "month"):
        query = replace(counted, histogram=("published", interval))
        expected, found = await reference.search(query), await index.search(query)
        assert (found.facets, found.cardinality) == (expected.facets, expected.cardinality)
        assert list(found.histogram) == list(expected.histogram), interval
    for zoom in (0, 1, 5, 12, 29):
        cells = (await index.search(Query("mentions", geo_grid=zoom))).geo_grid
        expected_cells = (await reference.search(Query("mentions", geo_grid=zoom))).geo_grid
        assert [(c.tile, c[3]) for c in cells] == [(c.tile, c[3]) for c in expected_cells]
        assert [v for c in cells for v in (c.lat, c.lon)] == pytest.approx(
            [v for c in expected_cells for v in (c.lat, c.lon)], abs=1e-4
        )
    assert sorted([hit.id async for hit in index.scan("mentions")]) == [item.id for item in items]


async def test_words_are_found_without_case_and_accents_and_phrases_only_in_order(index: Index) -> None:
    await put(
        index, mention(1, title="Kämpfe in Abū Qarīn"), mention(2, title="Qarin", sentence={"text": "abu, in peace"})
    )
    for text, expected in {
        "ABU QARIN": ["m0001", "m0002"],
        '"abu qarin"': ["m0001"],
        "kampfe": ["m0001"],
        '"qarin abu"': [],
        "abu war": [],
        "!": [],
        " ": ["m0001", "m0002"],
    }.items():
        assert sorted(ids(await index.search(replace(ALL, text=text)))) == expected, text


async def test_facets_count_documents_and_not_values(index: Index) -> None:
    await put(index, mention(1, contexts=["x", "x", "y"]), mention(2, contexts=["x"]), mention(3))
    page = await index.search(Query("mentions", facets=("contexts",), cardinality=("contexts",), limit=0))
    assert page.facets["contexts"] == [Bucket("x", 2), Bucket("y", 1)]
    assert (page.total, page.cardinality, page.hits, page.cursor) == (3, {"contexts": 2}, [], None)


async def test_weeks_begin_on_monday_and_all_buckets_in_utc(index: Index) -> None:
    await put(
        index,
        mention(1, published="2026-11-01T23:59:59Z"),
        mention(2, published="2026-11-02T00:00:00Z"),
        mention(3, published="2026-11-02T00:30:00+02:00"),
    )
    page = await index.search(Query("mentions", histogram=("published", "week")))
    assert list(page.histogram) == [Bucket("2026-10-26T00:00:00Z", 2), Bucket("2026-11-02T00:00:00Z", 1)]
    page = await index.search(Query("mentions", histogram=("published", "hour")))
    assert list(page.histogram) == [
        Bucket("2026-11-01T22:00:00Z", 1),
        Bucket("2026-11-01T23:00:00Z", 1),
        Bucket("2026-11-02T00:00:00Z", 1),
    ]


async def test_a_box_may_cross_the_date_line(index: Index) -> None:
    fiji, samoa, mali = ({"lat": -17.7, "lon": 178.0}, {"lat": -13.8, "lon": -172.1}, {"lat": 12.6, "lon": -8.0})
    await put(index, mention(1, location=fiji), mention(2, location=samoa), mention(3, location=mali))
    assert sorted(ids(await index.search(replace(ALL, filters=(Within(0, -20, 170, -170),))))) == ["m0001", "m0002"]
    assert ids(await index.search(replace(ALL, filters=(Within(20, 0, -10, 0),)))) == ["m0003"]


async def test_snippets_mark_the_match_and_escape_everything_else(index: Index) -> None:
    await put(index, mention(1, title='<script>alert("x")</script> shelling & rockets'))
    [hit] = (await index.search(replace(ALL, text="script shelling", highlight=True))).hits
    [snippet] = hit.snippets["title"]
    assert "<mark>shelling</mark> &amp; rockets" in snippet
    assert "<script" not in snippet
    assert "&lt;<mark>script</mark>&gt;" in snippet


@pytest.mark.parametrize(
    "query",
    [
        replace(ALL, filters=(AnyOf("nonsense", ("x",)),)),
        replace(ALL, filters=(Exists("title.raw"),)),
        replace(ALL, filters=(Between("type", 1),)),
        replace(ALL, filters=(AnyOf("quad_class", ("many",)),)),
        replace(ALL, filters=(Within(0, 10, 0, 0),)),
        replace(ALL, sort="nonsense"),
        replace(ALL, sort="title"),
        replace(ALL, facets=("title",)),
        replace(ALL, histogram=("type", "day")),
        replace(ALL, cursor="nonsense"),
        replace(ALL, cursor=""),
        replace(ALL, limit=-1),
        replace(ALL, limit=100_000),
        replace(ALL, text="word " * 500),
        Query("articles", geo_grid=3),
    ],
)
async def test_what_makes_no_sense_is_bad_input(index: Index, query: Query) -> None:
    with pytest.raises(BadInput):
        await index.search(query)


async def test_a_cursor_of_another_query_is_bad_input(index: Index) -> None:
    await put(index, *(mention(number, type="A") for number in range(5)))
    cursor = (await index.search(Query("mentions", limit=2))).cursor
    assert cursor is not None
    with pytest.raises(BadInput, match="cursor"):
        await index.search(Query("mentions", limit=2, sort="published", cursor=cursor))
    with pytest.raises(BadInput, match="cursor"):
        await index.search(Query("mentions", limit=2, cursor=cursor[:-2] + "zz"))


async def test_installing_twice_changes_nothing(place: Place) -> None:
    index = place.open()
    await index.start()
    try:
        assert await index.install()
        assert await index.install() == []
        assert await index.count("events") == 0
    finally:
        await index.close()


async def test_a_swap_moves_reads_to_another_generation_at_once(place: Place) -> None:
    async with running(place) as old:
        await put(old, mention(1, type="A"))
        with pytest.raises(BadInput):
            await old.swap_alias("mentions", "2")
        async with running(place, "2") as new:
            await put(new, mention(2, type="A"))
            assert ids(await old.search(ALL)) == ["m0001"]
            await new.swap_alias("mentions", "2")
            assert ids(await new.search(ALL)) == ["m0002"]
            assert await new.get("mentions", "m0001") is None


async def test_what_was_acknowledged_is_there_after_closing_and_opening(
    place: Place, request: pytest.FixtureRequest
) -> None:
    if isinstance(place, MemoryPlace):
        request.applymarker(pytest.mark.xfail(strict=True, reason="memory ends with its object"))
        async with running(place) as index:
            await index.upsert([mention(1, type="A")])
        await place.prepare()
    else:
        async with running(place) as index:
            await index.upsert([mention(1, type="A")])
    async with running(place) as index:
        await index.refresh()
        assert ids(await index.search(ALL)) == ["m0001"]


_WRITER = """
import asyncio, sys
from pathlib import Path
from services.adapters.tantivy_index import TantivyIndex
from tests.contract.index_cases import mention

async def main():
    index = TantivyIndex(Path(sys.argv[1]), commit_seconds=0.01)
    await index.start()
    await index.install()
    for number in range(100_000):
        [written] = await index.upsert([mention(number, type="A", title="rockets")])
        print(number, flush=True)

asyncio.run(main())
"""


async def test_the_embedded_index_keeps_all_it_acknowledged_when_it_is_killed(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    writer = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, "-c", _WRITER, str(tmp_path / "index")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    )
    assert writer.stdout is not None
    acknowledged = [await asyncio.to_thread(writer.stdout.readline) for _ in range(150)]
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged += writer.stdout.read().split("\n")
    writer.stdout.close()
    writer.wait()
    last = max(int(line) for line in acknowledged if line.strip())
    async with running(TantivyPlace(tmp_path / "index")) as index:
        found = ids(await index.search(replace(ALL, text="rockets")))
        assert await index.count("mentions") in (last + 1, last + 2)
        assert len(found) >= 150


async def test_the_embedded_index_is_built_anew_where_its_search_files_are_gone(tmp_path: Path) -> None:
    place = TantivyPlace(tmp_path / "index")
    async with running(place) as index:
        await put(index, *(mention(number, title="rockets") for number in range(30)))
    for path in (tmp_path / "index" / "1" / "tantivy" / "mentions").iterdir():
        path.write_bytes(b"broken")
    async with running(place) as index:
        assert (await index.search(replace(ALL, text="rockets"))).total == 30


async def test_a_snapshots_name_is_taken_once(tmp_path: Path) -> None:
    for index in (MemoryIndex(), TantivyIndex(tmp_path / "index")):
        await index.start()
        await index.upsert([mention(1, type="A")])
        await index.snapshot("monday")
        with pytest.raises(BadInput, match="monday"):
            await index.snapshot("monday")
        with pytest.raises(BadInput, match="name"):
            await index.snapshot("../monday")
        await index.close()
    copy = TantivyIndex(tmp_path / "copy")
    (tmp_path / "copy" / "1").mkdir(parents=True)
    (tmp_path / "index" / "snapshots" / "monday" / "documents.sqlite").rename(
        tmp_path / "copy" / "1" / "documents.sqlite"
    )
    await copy.start()
    assert await copy.count("mentions") == 1
    await copy.close()


async def test_a_cluster_that_is_not_there_is_unavailable_with_its_address() -> None:
    address = f"opensearch+http://127.0.0.1:{free_port()}"
    index = OpenSearchIndex(address)
    try:
        with pytest.raises(Unavailable, match=address.replace("+", r"\+")):
            await index.start()
        with pytest.raises(Unavailable):
            await index.upsert([mention(1, type="A")])
    finally:
        await index.close()


async def test_a_directory_that_cannot_be_used_is_unavailable_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file")
    index = TantivyIndex(tmp_path / "index")
    with pytest.raises(Unavailable, match=str(tmp_path)):
        await index.start()
    await index.close()


async def test_a_scan_is_as_of_its_beginning(index: Index) -> None:
    await put(index, *(mention(number, type="A") for number in range(3)), mention(9, type="B"))
    scan = index.scan("mentions", (AnyOf("type", ("A",)),))
    found = [(await anext(scan)).id]
    await put(index, mention(4, type="A"))
    found += [hit.id async for hit in scan]
    assert sorted(found) == ["m0000", "m0001", "m0002"]


async def test_times_without_a_zone_are_utc(index: Index) -> None:
    await put(index, mention(1, published="2026-11-02T00:00:00Z"))
    for low in (datetime(2026, 11, 2), datetime(2026, 11, 2, tzinfo=UTC)):
        assert await index.count("mentions", (Between("published", low, None),)) == 1
    assert await index.count("mentions", (Between("published", None, datetime(2026, 11, 2, tzinfo=UTC)),)) == 0
