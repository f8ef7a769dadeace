"""One collection in tantivy: what is written of a document, what a plan asks, how an answer is put together. Blocking.

tantivy sorts and counts what is in its columns (fast fields); dates are there in milliseconds, points in steps.
"""

import shutil
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple, assert_never

import tantivy
from tantivy import Occur

from services.adapters import geo, words
from services.adapters.index_match import bucket_name, bucket_start, position
from services.adapters.index_query import Among, Condition, Has, Inside, Interval, Plan, Range
from services.adapters.index_values import Value, Values
from services.adapters.memory_index import cells
from services.core.index_fields import KINDS, Kind
from services.core.ports import Bucket, Cell, Collection

# Names of ours, apart from the paths of documents, which never begin with an underscore.
_ROW: Final = "_row"
_LAT: Final = "_lat"
_LON: Final = "_lon"
_HAS: Final = "_has"
_WORDS: Final = "words"
_HEAP_BYTES: Final = 30_000_000
_HOUR_MS: Final = 3_600_000
LAYOUT: Final = 1

_COLUMN: Final[dict[Kind, tantivy.FieldType]] = {
    "int": tantivy.FieldType.Integer,
    "bool": tantivy.FieldType.Integer,
    "date": tantivy.FieldType.Integer,
    "float": tantivy.FieldType.Float,
}


class Answer(NamedTuple):
    """What a plan gives, with hits as rows of the document store."""

    total: int
    rows: list[int]
    cursor: str | None
    facets: dict[str, list[Bucket]]
    histogram: list[Bucket]
    geo_grid: list[Cell]
    cardinality: dict[str, int]


class Found(NamedTuple):
    """One match: where it is in tantivy, and what it was sorted by."""

    key: Any
    at: tantivy.DocAddress


def _schema(collection: Collection) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name, kind in KINDS[collection].items():
        if kind == "text":
            builder.add_text_field(name, tokenizer_name=_WORDS)
        elif kind == "keyword":
            builder.add_text_field(name, tokenizer_name="raw", fast=True)
        elif kind == "float":
            builder.add_float_field(name, indexed=True, fast=True)
        else:
            builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_text_field(_HAS, tokenizer_name="raw")
    for name in (_ROW, _LAT, _LON):
        builder.add_integer_field(name, indexed=True, fast=True)
    return builder.build()


class TantivyCollection:
    """The searchable form of one collection in a directory. One thread writes, any searches."""

    def __init__(self, collection: Collection, directory: Path) -> None:
        self._kinds = KINDS[collection]
        self._schema = _schema(collection)
        directory.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(self._schema, str(directory))
        spaces = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer(_WORDS, spaces)
        self._writer = self._index.writer(_HEAP_BYTES, 1)
        self._index.reload()

    @staticmethod
    def exists(directory: Path) -> bool:
        """Whether there is an index already."""
        return directory.exists() and tantivy.Index.exists(str(directory))

    @staticmethod
    def remove(directory: Path) -> None:
        """Deletes an index, to be built again from the documents."""
        shutil.rmtree(directory, ignore_errors=True)

    def put(self, row: int, document_id: str, values: Values) -> None:
        """Replaces a document; searchable after commit."""
        document = tantivy.Document()
        document.add_integer(_ROW, row)
        for name, found in values.plain.items():
            for value in found:
                self._add(document, name, value)
        for name, texts in values.texts.items():
            split = [words.words(text) for text in texts]
            for text_words in split:
                document.add_text(name, " ".join(text_words))
            if any(split):
                document.add_text(_HAS, name)
        if values.point:
            document.add_integer(_LAT, values.point.lat)
            document.add_integer(_LON, values.point.lon)
        self._writer.delete_documents_by_term("id", document_id)
        self._writer.add_document(document)

    def _add(self, document: tantivy.Document, name: str, value: Value) -> None:
        match self._kinds[name]:
            case "keyword":
                document.add_text(name, str(value))
            case "float":
                document.add_float(name, float(value))
            case _:
                document.add_integer(name, int(value))

    def commit(self) -> None:
        """Makes what was put durable and searchable."""
        self._writer.commit()
        self._index.reload()

    def close(self) -> None:
        """Waits for merges and gives up the writer's lock."""
        self._writer.wait_merging_threads()

    def count(self, conditions: Sequence[Condition]) -> int:
        """How many documents meet the conditions."""
        return _total(self._index.searcher(), self._query(conditions, None))

    def answer(self, asked: Plan) -> Answer:
        """Everything that a plan asks for, of one state of the index."""
        search = _Search(self._index.searcher(), self._query(asked.conditions, asked.clauses), self)
        page, cursor = search.page(asked)
        query = asked.query
        return Answer(
            total=search.total,
            rows=search.column(_ROW, page),
            cursor=cursor,
            facets={name: search.facet(name, query.facet_size) for name in query.facets},
            histogram=search.histogram(*query.histogram) if query.histogram else [],
            geo_grid=search.grid(query.geo_grid) if query.geo_grid is not None else [],
            cardinality={name: len(search.counts(name)) for name in query.cardinality},
        )

    def kind(self, name: str) -> Kind:
        """The kind of a field."""
        return self._kinds[name]

    def between(self, name: str, low: float | None, high: float | None, *, closed: bool = False) -> tantivy.Query:
        """Values of a column from `low` on and below `high` (with it when closed)."""
        kind = _COLUMN[self._kinds[name]] if name in self._kinds else tantivy.FieldType.Integer
        if low is None and high is None:
            return tantivy.Query.exists_query(name)
        return tantivy.Query.range_query(self._schema, name, kind, low, high, include_upper=closed or high is None)

    def _query(self, conditions: Sequence[Condition], clauses: Sequence[words.Clause] | None) -> tantivy.Query:
        parts = [(Occur.Must, self._condition(condition)) for condition in conditions]
        if clauses is not None:
            parts += [(Occur.Must, self._clause(clause)) for clause in clauses]
            if not clauses:
                return tantivy.Query.empty_query()
        return both(*(query for _, query in parts))

    def _clause(self, clause: words.Clause) -> tantivy.Query:
        texts = [name for name, kind in self._kinds.items() if kind == "text"]
        if len(clause) == 1:
            return either(*(tantivy.Query.term_query(self._schema, name, clause[0]) for name in texts))
        return either(*(tantivy.Query.phrase_query(self._schema, name, list(clause)) for name in texts))

    def _condition(self, condition: Condition) -> tantivy.Query:
        match condition:
            case Among(name, kind, values, wanted):
                typed = [int(value) if kind == "bool" else value for value in values]
                found = tantivy.Query.term_set_query(self._schema, name, typed) if typed else None
                query = found or tantivy.Query.empty_query()
                return query if wanted else but_not(query)
            case Range(name, _, low, high):
                return self.between(name, low, high)
            case Inside(boxes):
                return either(*(self._box(box) for box in boxes))
            case Has(name, kind, present):
                if kind == "text":
                    query = tantivy.Query.term_query(self._schema, _HAS, name)
                else:
                    query = tantivy.Query.exists_query(_LAT if kind == "point" else name)
                return query if present else but_not(query)
        assert_never(condition)

    def _box(self, box: geo.Box) -> tantivy.Query:
        rows = self.between(_LAT, box.south, box.north, closed=True)
        return both(rows, self.between(_LON, box.west, box.east, closed=True))


class _Search:
    """One query on one state of the index."""

    def __init__(self, searcher: tantivy.Searcher, query: tantivy.Query, collection: TantivyCollection) -> None:
        self._searcher = searcher
        self._query = query
        self._in = collection
        self.total = _total(searcher, query)
        self._all: list[tantivy.DocAddress] | None = None

    def _everything(self) -> list[tantivy.DocAddress]:
        if self._all is None:
            self._all = [found.at for found in self._top(self._query, self.total)]
        return self._all

    def _top(self, query: tantivy.Query, size: int, offset: int = 0, **order: Any) -> list[Found]:
        if size <= 0:
            return []
        return [Found(*hit) for hit in self._searcher.search(query, size, count=False, offset=offset, **order).hits]

    def column(self, name: str, at: list[tantivy.DocAddress]) -> list[Any]:
        """The values of a column for these documents."""
        return self._searcher.fast_field_values(name, at) if at else []

    def page(self, asked: Plan) -> tuple[list[tantivy.DocAddress], str | None]:
        """The documents after the cursor, and the cursor after them."""
        limit = asked.query.limit
        if limit == 0:
            return [], None
        if asked.by_score:
            # The best match first has no stable position but the number of those before.
            done = position(asked, 2)
            before = int(done[0] or 0) if done else 0
            top = self._top(self._query, limit + 1, max(0, min(before, self.total)))
            place: list[Any] = [before + limit, ""]
            return [found.at for found in top[:limit]], asked.cursor(place) if len(top) > limit else None
        keyed = self._sorted(asked, position(asked, 2), limit + 1)
        more = asked.cursor(keyed[limit - 1][0]) if len(keyed) > limit else None
        return [at for _, at in keyed[:limit]], more

    def _sorted(
        self, asked: Plan, after: list[Any] | None, size: int
    ) -> list[tuple[tuple[Any, str], tantivy.DocAddress]]:
        """The first documents after a position (value or None, id): those with a value, then those without."""
        name = asked.sort
        if name is None:
            return self._ties(self._query, None, after[1] if after else None, size)
        found: list[tuple[tuple[Any, str], tantivy.DocAddress]] = []
        if after is None or after[0] is not None:
            found = self._valued(asked, name, after, size)
            after = None
        without = both(self._query, but_not(tantivy.Query.exists_query(name)))
        return found + self._ties(without, None, after[1] if after else None, size - len(found))

    def _valued(
        self, asked: Plan, name: str, after: list[Any] | None, size: int
    ) -> list[tuple[tuple[Any, str], tantivy.DocAddress]]:
        """Runs of equal values, each by id: tantivy itself breaks ties by where a document happens to lie."""
        found = self._equal(name, after[0], after[1], size) if after else []
        down = asked.query.descending
        rest = self._query
        if after:
            beyond = self._beyond(name, after[0], down)
            rest = both(self._query, beyond)
        else:
            rest = both(self._query, tantivy.Query.exists_query(name))
        order = tantivy.Order.Desc if down else tantivy.Order.Asc
        top = self._top(rest, size - len(found), order_by_field=name, order=order)
        for value in dict.fromkeys(self.column(name, [item.at for item in top])):
            found += self._equal(name, value, None, size - len(found))
        return found

    def _beyond(self, name: str, value: float, down: bool) -> tantivy.Query:
        if down:
            return self._in.between(name, None, value)
        return both(self._in.between(name, value, None), but_not(self._in.between(name, value, value, closed=True)))

    def _equal(
        self, name: str, value: float, after_id: str | None, size: int
    ) -> list[tuple[tuple[Any, str], tantivy.DocAddress]]:
        same = both(self._query, self._in.between(name, value, value, closed=True))
        return self._ties(same, value, after_id, size)

    def _ties(
        self, query: tantivy.Query, value: Any, after_id: str | None, size: int
    ) -> list[tuple[tuple[Any, str], tantivy.DocAddress]]:
        """Documents by id, after an id. There is no range over text columns, so what comes before is read too."""
        if size <= 0:
            return []
        wanted = size if after_id is None else self.total
        by_id = self._top(query, wanted, order_by_field="id", order=tantivy.Order.Asc)
        first = 0 if after_id is None else bisect_right(by_id, after_id, key=lambda found: str(found.key))
        return [((value, str(found.key)), found.at) for found in islice(by_id, first, first + size)]

    def counts(self, name: str) -> dict[str, int]:
        """In how many documents each value of a field occurs."""
        kind = self._in.kind(name)
        if kind == "keyword":
            return dict(self._searcher.terms_with_prefix(name, "", self._query, None))
        values = (value for value in self.column(name, self._everything()) if value is not None)
        return Counter(bucket_name(bool(value) if kind == "bool" else value) for value in values)

    def facet(self, name: str, size: int) -> list[Bucket]:
        """The most frequent values."""
        ordered = sorted(self.counts(name).items(), key=lambda item: (-item[1], item[0]))
        return [Bucket(value, count) for value, count in ordered[:size]]

    def histogram(self, name: str, interval: Interval) -> list[Bucket]:
        """Documents by hour, day, week or month of a date."""
        values = self.column(name, self._everything())
        hours = Counter(value // _HOUR_MS for value in values if value is not None)
        starts: Counter[str] = Counter()
        for hour, count in hours.items():
            starts[bucket_start(hour * _HOUR_MS, interval)] += count
        return [Bucket(start, starts[start]) for start in sorted(starts)]

    def grid(self, zoom: int) -> list[Cell]:
        """Documents by tile."""
        everything = self._everything()
        pairs = zip(self.column(_LAT, everything), self.column(_LON, everything), strict=True)
        return cells((geo.Point(lat, lon) for lat, lon in pairs if lat is not None), zoom)


def _total(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    # The library's type stubs leave `count` out.
    return int(searcher.search(query, 1).count)  # type: ignore[attr-defined]


def both(*queries: tantivy.Query) -> tantivy.Query:
    """All of them; everything where there is none."""
    if not queries:
        return tantivy.Query.all_query()
    return tantivy.Query.boolean_query([(Occur.Must, query) for query in queries])


def either(*queries: tantivy.Query) -> tantivy.Query:
    """At least one of them."""
    return tantivy.Query.boolean_query([(Occur.Should, query) for query in queries])


def but_not(query: tantivy.Query) -> tantivy.Query:
    """Everything else."""
    return tantivy.Query.boolean_query([(Occur.Must, tantivy.Query.all_query()), (Occur.MustNot, query)])
