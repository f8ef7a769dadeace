"""The embedded index: documents and versions in SQLite, searched with tantivy, all in one directory.

SQLite is the truth: an upsert is durable when it returns, and `get` and `scan` read it. tantivy follows in batches, and
catches up from SQLite after a crash; where its files are gone, broken or of another layout it is built anew. A hit's
document is the newest stored one, even where an older version of it was what matched.
"""

import asyncio
import hashlib
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from services.adapters.document_store import DocumentStore, Stored
from services.adapters.index_match import Entry, matches, snapshot_name, snippets_of
from services.adapters.index_query import Condition, Plan, condition, fields_of, plan
from services.adapters.index_values import values_of
from services.adapters.memory_index import FIRST_GENERATION
from services.adapters.tantivy_search import LAYOUT, TantivyCollection
from services.core.errors import BadInput, ConfigError, Unavailable
from services.core.index_fields import FIELDS
from services.core.ports import COLLECTIONS, Collection, Filter, Hit, Page, Query, Upsert, Written

T = TypeVar("T")
_CHUNK: Final = 500
_ALIASES: Final = "aliases.json"
_GENERATION = re.compile(r"[a-z0-9][a-z0-9_]{0,39}", re.ASCII)


class _Generation:
    """One generation on disk: a database and a tantivy index per collection. Its methods block."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.store = DocumentStore(directory / "documents.sqlite")
        self.indices = {collection: self._open(collection) for collection in COLLECTIONS}
        self.catch_up()

    def _open(self, collection: Collection) -> TantivyCollection:
        path = self._directory / "tantivy" / collection
        mark = f"layout of {collection}"
        layout = hashlib.sha256(f"{LAYOUT} {FIELDS[collection]}".encode()).hexdigest()
        if self.store.mark(mark) != layout or not TantivyCollection.exists(path):
            return self._anew(collection, path, mark, layout)
        try:
            return TantivyCollection(collection, path)
        except ValueError as error:
            if "lock" in str(error).lower():
                raise ConfigError(f"{self._directory} is in use by another process: stop it first") from error
            return self._anew(collection, path, mark, layout)

    def _anew(self, collection: Collection, path: Path, mark: str, layout: str) -> TantivyCollection:
        TantivyCollection.remove(path)
        self.store.set_mark(f"indexed {collection}", "0")
        self.store.set_mark(mark, layout)
        return TantivyCollection(collection, path)

    def catch_up(self) -> None:
        """Makes searchable what was written since the last time. For the writing thread."""
        for collection, index in self.indices.items():
            done = int(self.store.mark(f"indexed {collection}") or 0)
            last = done
            while changed := self.store.changed(collection, last, _CHUNK):
                for item in changed:
                    index.put(item.row, item.id, values_of(collection, json.loads(item.body)))
                last = changed[-1].seq
            if last > done:
                # The mark follows the commit: a crash between them only repeats work.
                index.commit()
                self.store.set_mark(f"indexed {collection}", str(last))

    def close(self) -> None:
        """Commits what is left and closes the files."""
        self.catch_up()
        for index in self.indices.values():
            index.close()
        self.store.close()

    def page(self, asked: Plan) -> Page:
        """The answer to a plan with its documents."""
        answer = self.indices[asked.query.collection].answer(asked)
        stored = self.store.rows(answer.rows)
        hits = [stored[row].hit() for row in answer.rows]
        return Page(
            total=answer.total,
            hits=[hit._replace(snippets=snippets_of(hit.document, asked)) for hit in hits],
            cursor=answer.cursor,
            facets=answer.facets,
            histogram=answer.histogram,
            geo_grid=answer.geo_grid,
            cardinality=answer.cardinality,
        )


class TantivyIndex:
    """An Index in a directory, for one process.

    Writes become searchable `commit_seconds` after the first of them, or once there are `commit_count`. It writes to
    `generation` (a directory of its own) and reads from what each collection's alias names.
    """

    def __init__(
        self,
        directory: Path,
        *,
        generation: str = FIRST_GENERATION,
        commit_seconds: float = 0.5,
        commit_count: int = 2000,
    ) -> None:
        if not _GENERATION.fullmatch(generation):
            raise ConfigError(f"generation {generation!r} is not 1 to 40 of a-z 0-9 _")
        self._directory = directory
        self._generation = generation
        self._commit_seconds = commit_seconds
        self._commit_count = commit_count
        self._open: dict[str, _Generation] = {}
        self._pending = 0
        self._dirty = asyncio.Event()
        self._full = asyncio.Event()
        self._committer: asyncio.Task[None] | None = None
        self._writing = ThreadPoolExecutor(1, "index-write")
        self._reading = ThreadPoolExecutor(2, "index-read")

    async def start(self) -> None:
        """Opens the files and catches up after a crash. Raises Unavailable where the directory cannot be used."""
        await self._run(self._writing, self._opened, self._generation)
        self._committer = asyncio.create_task(self._commit_in_batches())

    async def close(self) -> None:
        """Makes all searchable and closes the files."""
        if self._committer:
            self._committer.cancel()
            with suppress(asyncio.CancelledError, Unavailable):
                await self._committer
        for generation in self._open.values():
            await self._run(self._writing, generation.close)
        self._open.clear()
        self._writing.shutdown()
        self._reading.shutdown()

    async def install(self) -> list[str]:
        """Points reads at this generation where they point at none yet."""
        aliases = self._aliases()
        made = [collection for collection in COLLECTIONS if collection not in aliases]
        if made:
            await self._run(self._writing, self._point, {**aliases, **dict.fromkeys(made, self._generation)})
        return list(made)

    async def upsert(self, items: Sequence[Upsert]) -> list[Written]:
        """Writes each item by itself, all in one transaction."""
        bad = {
            n: Written(i.id, "failed", "no such collection") for n, i in enumerate(items) if i.collection not in FIELDS
        }
        good = [item for number, item in enumerate(items) if number not in bad]
        generation = await self._run(self._writing, self._opened, self._generation)
        results = iter(await self._run(self._writing, generation.store.write, good))
        self._pending += len(good)
        self._dirty.set()
        if self._pending >= self._commit_count:
            self._full.set()
        return [bad[number] if number in bad else next(results) for number in range(len(items))]

    async def get(self, collection: Collection, document_id: str) -> Hit | None:
        """The newest version of a document, from SQLite."""
        generation = await self._read(collection)
        return await self._run(self._reading, generation.store.get, collection, document_id)

    async def search(self, query: Query) -> Page:
        """Answers from tantivy's last commit."""
        asked = plan(query)
        generation = await self._read(query.collection)
        return await self._run(self._reading, generation.page, asked)

    async def count(self, collection: Collection, filters: Sequence[Filter] = ()) -> int:
        """Counts in tantivy's last commit."""
        conditions = [condition(collection, item) for item in filters]
        generation = await self._read(collection)
        return await self._run(self._reading, generation.indices[collection].count, conditions)

    async def scan(self, collection: Collection, filters: Sequence[Filter] = ()) -> AsyncIterator[Hit]:
        """Walks over SQLite as of the first step, so that a commit in between neither hides nor repeats anything."""
        conditions = [condition(collection, item) for item in filters]
        generation = await self._read(collection)
        walk = generation.store.walk(collection)
        try:
            while chunk := await self._run(self._reading, lambda: list(islice(walk, _CHUNK))):
                for hit in await self._run(self._reading, _matching, collection, chunk, conditions):
                    yield hit
        finally:
            walk.close()

    async def refresh(self) -> None:
        """Commits to tantivy now."""
        for generation in list(self._open.values()):
            await self._run(self._writing, generation.catch_up)

    async def swap_alias(self, collection: Collection, generation: str) -> None:
        """Points reads at another generation. Raises BadInput where there is none of that name."""
        fields_of(collection)
        if not _GENERATION.fullmatch(generation) or not (self._directory / generation).is_dir():
            raise BadInput(f"there is no generation {generation!r} of {collection}")
        await self._run(self._writing, self._point, {**self._aliases(), collection: generation})

    async def snapshot(self, name: str) -> None:
        """Copies the databases of the generation written to under snapshots/<name>; tantivy is built anew from it."""
        target = self._directory / "snapshots" / snapshot_name(name)
        generation = await self._run(self._writing, self._opened, self._generation)
        try:
            target.mkdir(parents=True)
        except FileExistsError as error:
            raise BadInput(f"there is a snapshot {name!r} already") from error
        await self._run(self._writing, generation.store.copy_to, target / "documents.sqlite")

    async def ping(self) -> None:
        """Raises Unavailable where the files cannot be read, or tantivy no longer follows."""
        generation = await self._run(self._writing, self._opened, self._generation)
        await self._run(self._reading, generation.store.mark, "ping")
        if self._committer and self._committer.done():
            raise Unavailable(f"index in {self._directory}: commits ended with {self._committer.exception()!r}")

    async def _commit_in_batches(self) -> None:
        while True:
            await self._dirty.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), self._commit_seconds)
            self._dirty.clear()
            self._full.clear()
            self._pending = 0
            generation = await self._run(self._writing, self._opened, self._generation)
            await self._run(self._writing, generation.catch_up)

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[..., T], *values: object) -> T:
        """Runs blocking work on a thread; what the disk refuses becomes Unavailable with the directory."""
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work, *values)
        except (OSError, sqlite3.OperationalError, sqlite3.DatabaseError) as error:
            raise Unavailable(
                f"index in {self._directory}: {error}; see that it can be written and has room"
            ) from error

    async def _read(self, collection: Collection) -> _Generation:
        fields_of(collection)
        name = self._aliases().get(collection, self._generation)
        return await self._run(self._writing, self._opened, name) if name not in self._open else self._open[name]

    def _opened(self, name: str) -> _Generation:
        if name not in self._open:
            self._open[name] = _Generation(self._directory / name)
        return self._open[name]

    def _aliases(self) -> dict[Collection, str]:
        path = self._directory / _ALIASES
        try:
            found: dict[Collection, str] = json.loads(path.read_bytes()) if path.exists() else {}
        except ValueError:
            raise ConfigError(f"{path} is not what we wrote: put it back, or remove it to read generation 1") from None
        return found

    def _point(self, aliases: dict[Collection, str]) -> None:
        new = self._directory / f"{_ALIASES}.new"
        new.write_text(json.dumps(aliases))
        new.replace(self._directory / _ALIASES)


def _matching(collection: Collection, chunk: Sequence[Stored], conditions: Sequence[Condition]) -> list[Hit]:
    found: list[Hit] = []
    for item in chunk:
        hit = item.hit()
        if matches(Entry(item.id, item.version, item.body, values_of(collection, hit.document)), conditions, None):
            found.append(hit)
    return found
