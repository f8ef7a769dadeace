"""The index in memory: for tests, tools on files and trials. Everything is searchable at once; nothing outlives it."""

import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence

from services.adapters import geo
from services.adapters.index_match import (
    Entry,
    bucket_name,
    bucket_start,
    matches,
    position,
    snapshot_name,
    snippets_of,
)
from services.adapters.index_query import Plan, condition, fields_of, plan
from services.adapters.index_values import checked
from services.core.errors import BadInput
from services.core.ports import (
    COLLECTIONS,
    Bucket,
    Cell,
    Collection,
    Filter,
    Hit,
    Page,
    Query,
    Upsert,
    Written,
)

FIRST_GENERATION = "1"


class _Shelves:
    """What several generations of one index share: documents by generation and collection, aliases, snapshots."""

    def __init__(self) -> None:
        self.documents: defaultdict[tuple[str, Collection], dict[str, Entry]] = defaultdict(dict)
        self.aliases: dict[Collection, str] = {}
        self.snapshots: dict[str, dict[tuple[str, Collection], dict[str, Entry]]] = {}


class MemoryIndex:
    """An Index in memory.

    It writes to `generation`; `beside` is another one whose documents it shares, as two generations of one index do.
    """

    def __init__(self, *, generation: str = FIRST_GENERATION, beside: "MemoryIndex | None" = None) -> None:
        self._generation = generation
        self._shelves: _Shelves = beside._shelves if beside else _Shelves()

    async def start(self) -> None:
        """Has nothing to connect to."""

    async def close(self) -> None:
        """Has nothing to let go of; the documents stay as long as the object."""

    async def install(self) -> list[str]:
        """Points reads at this generation where they point at none yet."""
        made = [collection for collection in COLLECTIONS if collection not in self._shelves.aliases]
        self._shelves.aliases.update(dict.fromkeys(made, self._generation))
        return list(made)

    async def upsert(self, items: Sequence[Upsert]) -> list[Written]:
        """Writes each item by itself."""
        return [self._write(item) for item in items]

    def _write(self, item: Upsert) -> Written:
        try:
            fields_of(item.collection)
            values, text = checked(item)
        except BadInput as error:
            return Written(item.id, "failed", str(error))
        documents = self._shelves.documents[self._generation, item.collection]
        stored = documents.get(item.id)
        if stored and stored.version >= item.version:
            return Written(item.id, "stale")
        documents[item.id] = Entry(item.id, item.version, text, values)
        return Written(item.id, "written")

    def _read(self, collection: Collection) -> dict[str, Entry]:
        fields_of(collection)
        return self._shelves.documents[self._shelves.aliases.get(collection, self._generation), collection]

    async def get(self, collection: Collection, document_id: str) -> Hit | None:
        """The newest version of a document."""
        entry = self._read(collection).get(document_id)
        return _hit(entry) if entry else None

    async def search(self, query: Query) -> Page:
        """Looks at every document."""
        asked = plan(query)
        found = [e for e in self._read(query.collection).values() if matches(e, asked.conditions, asked.clauses)]
        hits, cursor = _walk(asked, found)
        return Page(
            total=len(found),
            hits=[_hit(entry, asked) for entry in hits],
            cursor=cursor,
            facets={name: _facet(name, found, query.facet_size) for name in query.facets},
            histogram=_histogram(asked, found),
            geo_grid=_grid(found, query.geo_grid) if query.geo_grid is not None else (),
            cardinality={name: len(_counts(name, found)) for name in query.cardinality},
        )

    async def count(self, collection: Collection, filters: Sequence[Filter] = ()) -> int:
        """Counts by looking at every document."""
        return len(self._matching(collection, filters))

    async def scan(self, collection: Collection, filters: Sequence[Filter] = ()) -> AsyncIterator[Hit]:
        """Every matching document as of the call."""
        for entry in self._matching(collection, filters):
            yield _hit(entry)

    def _matching(self, collection: Collection, filters: Sequence[Filter]) -> list[Entry]:
        conditions = [condition(collection, item) for item in filters]
        return [entry for entry in self._read(collection).values() if matches(entry, conditions, None)]

    async def refresh(self) -> None:
        """Has nothing to do: what is written is searchable."""

    async def swap_alias(self, collection: Collection, generation: str) -> None:
        """Points reads at another generation. Raises BadInput where nothing was written to it."""
        fields_of(collection)
        if (generation, collection) not in self._shelves.documents:
            raise BadInput(f"there is no generation {generation!r} of {collection}")
        self._shelves.aliases[collection] = generation

    async def snapshot(self, name: str) -> None:
        """Keeps a copy under a name."""
        if snapshot_name(name) in self._shelves.snapshots:
            raise BadInput(f"there is a snapshot {name!r} already")
        self._shelves.snapshots[name] = {key: dict(entries) for key, entries in self._shelves.documents.items()}

    async def ping(self) -> None:
        """Always answers."""


def _hit(entry: Entry, asked: Plan | None = None) -> Hit:
    document = json.loads(entry.json)
    return Hit(entry.id, entry.version, document, snippets_of(document, asked) if asked else {})


def _walk(asked: Plan, found: Iterable[Entry]) -> tuple[list[Entry], str | None]:
    """The page after the cursor. A position is a rank and an id; without a value comes last, in either direction."""
    ranked = sorted((((*_rank(asked, entry), entry.id), entry) for entry in found), key=lambda item: item[0])
    after = position(asked, 3)
    if after is not None:
        ranked = [(key, entry) for key, entry in ranked if key > tuple(after)]
    page = ranked[: asked.query.limit]
    more = len(ranked) > len(page) > 0
    return [entry for _, entry in page], asked.cursor(page[-1][0]) if more else None


def _rank(asked: Plan, entry: Entry) -> tuple[int, float]:
    if asked.by_score:
        return 0, -sum(entry.score(clause) for clause in asked.clauses or ())
    values = entry.values.plain.get(asked.sort, ()) if asked.sort else ()
    for value in values:
        if not isinstance(value, str):
            return 0, -value if asked.query.descending else value
    return 1, 0


def _counts(name: str, found: Iterable[Entry]) -> Counter[str]:
    return Counter(bucket_name(value) for entry in found for value in entry.values.plain.get(name, ()))


def _facet(name: str, found: Iterable[Entry], size: int) -> list[Bucket]:
    ordered = sorted(_counts(name, found).items(), key=lambda item: (-item[1], item[0]))
    return [Bucket(value, count) for value, count in ordered[:size]]


def _histogram(asked: Plan, found: Iterable[Entry]) -> list[Bucket]:
    if asked.query.histogram is None:
        return []
    name, interval = asked.query.histogram
    starts = Counter(
        bucket_start(int(value), interval) for entry in found for value in entry.values.plain.get(name, ())
    )
    return [Bucket(start, starts[start]) for start in sorted(starts)]


def _grid(found: Iterable[Entry], zoom: int) -> list[Cell]:
    return cells((entry.values.point for entry in found if entry.values.point), zoom)


def cells(points: Iterable[geo.Point], zoom: int) -> list[Cell]:
    """Points counted by tile, the fullest first."""
    tiles: defaultdict[str, list[geo.Point]] = defaultdict(list)
    for place in points:
        tiles[geo.tile(place, zoom)].append(place)
    ordered = sorted(tiles.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Cell(tile, *_centre(inside), len(inside)) for tile, inside in ordered[: geo.MAX_CELLS]]


def _centre(inside: Sequence[geo.Point]) -> tuple[float, float]:
    each = [geo.degrees(place) for place in inside]
    return sum(lat for lat, _ in each) / len(each), sum(lon for _, lon in each) / len(each)
