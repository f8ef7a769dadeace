"""Places to keep an index in, one per adapter, and the documents and queries that all of them must agree on."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from opensearchpy import AsyncOpenSearch, NotFoundError

from services.adapters.memory_index import MemoryIndex
from services.adapters.opensearch_index import OpenSearchIndex, OpenSearchOptions
from services.adapters.tantivy_index import TantivyIndex
from services.core.ports import (
    AnyOf,
    Between,
    Exists,
    Filter,
    Index,
    NoneOf,
    Query,
    Upsert,
    Within,
)

DAY = datetime(2026, 10, 30, tzinfo=UTC)


class Place(Protocol):
    """Where an index is kept over several openings."""

    def open(self, generation: str = "1") -> Index:
        """An adapter on it, not started."""
        ...

    async def prepare(self) -> None:
        """Makes it empty."""
        ...


class MemoryPlace:
    def __init__(self) -> None:
        self._first = MemoryIndex()

    def open(self, generation: str = "1") -> Index:
        return MemoryIndex(generation=generation, beside=self._first)

    async def prepare(self) -> None:
        self._first = MemoryIndex()


class TantivyPlace:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def open(self, generation: str = "1") -> Index:
        return TantivyIndex(self._directory, generation=generation, commit_seconds=0.05)

    async def prepare(self) -> None:
        assert not self._directory.exists()


class OpenSearchPlace:
    def __init__(self, address: str) -> None:
        self._address = address

    def open(self, generation: str = "1") -> Index:
        options = OpenSearchOptions(replicas=0, generation=generation, bulk_items=50, timeout=60)
        return OpenSearchIndex(self._address, options=options)

    async def prepare(self) -> None:
        client = AsyncOpenSearch(hosts=[self._address.removeprefix("opensearch+")], timeout=60)
        try:
            await client.indices.delete(index="dateline-*")
            with suppress(NotFoundError):
                await client.indices.delete_index_template(name="dateline-*")
        finally:
            await client.close()


@asynccontextmanager
async def running(place: Place, generation: str = "1") -> AsyncIterator[Index]:
    """An adapter between start and close."""
    index = place.open(generation)
    await index.start()
    try:
        await index.install()
        yield index
    finally:
        await index.close()


def mention(number: int, **fields: Any) -> Upsert:
    """A mention document with these fields."""
    name = f"m{number:04}"
    version = fields.pop("version", 1)
    return Upsert("mentions", name, version, fields.pop("month", "2026-11"), {"id": name, **fields})


def library() -> list[Upsert]:
    """200 mentions with gaps, doubles, ties, several scripts, points at edges and over two months."""
    chance = random.Random(20261121)
    titles = (
        "Fighting near Abū Qarīn",
        "Кәсіподақ ереуілі қаласында",
        "利比亚西部发生冲突",
        "U.S. envoy's visit: talks fail",
        "اشتباكات في أبو قرين",
    )
    countries = ("LBY", "SDN", "FRA", "CHN", "")
    items: list[Upsert] = []
    for number in range(200):
        published = DAY + timedelta(hours=chance.randrange(24 * 40), microseconds=chance.choice((0, 999, 999_999)))
        place = {"id": f"p{number % 17}", "country": chance.choice(countries)}
        document: dict[str, Any] = {
            "title": chance.choice(titles) + f" {number % 10}",
            "sentence": {
                "text": chance.choice(
                    ("Both sides <b>deny</b> it.", "Mörser & Raketen, rockets fired", "—", "冲突 冲突")
                )
            },
            "type": chance.choice(("FIGHT", "PROTEST", "CONSULT")),
            "contexts": chance.choices(("military", "election", "health"), k=chance.randrange(4)),
            "actors": [
                {"id": f"a{chance.randrange(9)}", "country": chance.choice(countries)}
                for _ in range(chance.randrange(3))
            ],
            "place": chance.choice((place, None)),
            "quad_class": chance.choice((1, 2, 3, 4, None)),
            "confidence": chance.choice((0.25, 0.5, 0.75, None)),
            "background": chance.choice((True, False)),
            "date": chance.choice(({"start": published.date().isoformat()}, None)),
            "casualties": chance.choice(({"killed": {"max": chance.randrange(5)}}, None)),
        }
        if number % 7:
            document["published"] = published.isoformat().replace("+00:00", "Z")
        if number % 3:
            document["location"] = {
                "lat": chance.choice((-90, 90, 10.1, -17.713371, 85.06, chance.uniform(-90, 90))),
                "lon": chance.choice((-180, 180, 179.9, -179.9, 20.2, chance.uniform(-180, 180))),
            }
        items.append(mention(number, month=f"{published:%Y-%m}", **document))
    return items


FILTERS: tuple[Filter, ...] = (
    AnyOf("type", ("FIGHT", "PROTEST")),
    AnyOf("contexts", ("military",)),
    AnyOf("type", ()),
    AnyOf("place.country", ("",)),
    AnyOf("quad_class", (1, "4")),
    AnyOf("background", (True,)),
    AnyOf("confidence", (1,)),
    NoneOf("contexts", ("military", "health")),
    NoneOf("quad_class", (2,)),
    NoneOf("background", (True,)),
    NoneOf("type", ()),
    Between("published", DAY + timedelta(days=3), DAY + timedelta(days=20)),
    Between("published", None, DAY + timedelta(days=20)),
    Between("date.start", DAY),
    Between("published"),
    Between("confidence", 0.5),
    Between("confidence", 0.25, 0.75),
    Between("quad_class", 1.5, 3),
    Between("casualties.killed.max", -1, 0),
    Exists("published"),
    Exists("published", False),
    Exists("location", False),
    Exists("contexts", False),
    Exists("sentence.text"),
    Exists("sentence.text", False),
    Within(90, -90, -180, 180),
    Within(10.1, 10.1, 20.2, 20.2),
    Within(0, -90, 170, -170),
    Within(90, 10.1, 20.2, 180),
)

TEXTS = (
    "fighting", "ABU qarin", "abu 9", '"abu qarin"', '"qarin abu"', "Кәсіподақ", "冲突", "利比亚", "突冲", "U.S.", "us",
    "envoys", "envoy's talks", '"visit talks"', "morser rockets", "أبو", "ابو", "b deny", "—", "7 fighting",
    'deny "fighting near',
)  # fmt: skip

QUERIES: tuple[Query, ...] = (
    *(Query("mentions", filters=(one,)) for one in FILTERS),
    *(Query("mentions", text=text) for text in TEXTS),
    Query("mentions", text="fighting", filters=(FILTERS[0], FILTERS[11])),
)

SORTS: tuple[tuple[str | None, bool], ...] = (
    (None, True), ("published", True), ("published", False), ("quad_class", True), ("quad_class", False),
    ("confidence", True), ("confidence", False), ("date.start", True),
)  # fmt: skip
