"""Documents with external versions in SQLite: the truth of the embedded index. Blocking; one thread writes.

A write is on disk when `write` returns (WAL, synchronous FULL). Every write gets the next `seq`, so that whatever is
made of the documents can catch up.
"""

import json
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from services.adapters.index_values import checked
from services.core.errors import BadInput
from services.core.ports import Collection, Hit, Upsert, Written

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    row INTEGER PRIMARY KEY,
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    month TEXT NOT NULL,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (collection, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS documents_seq ON documents (seq);
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
# The condition makes an older or equal version change nothing; then no row comes back.
_UPSERT = """
INSERT INTO documents (collection, id, version, month, seq, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (collection, id) DO UPDATE SET version = excluded.version, seq = excluded.seq, body = excluded.body
WHERE excluded.version > version
RETURNING row
"""
_SELECT = "SELECT row, id, version, seq, body FROM documents WHERE "


class Stored(NamedTuple):
    """A document as stored. `row` stays over its versions."""

    row: int
    id: str
    version: int
    seq: int
    body: str

    def hit(self) -> Hit:
        """The document without snippets."""
        return Hit(self.id, self.version, json.loads(self.body), {})


def connect(path: Path) -> sqlite3.Connection:
    """A connection for use by one thread at a time."""
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


class DocumentStore:
    """One database file with a connection to write, and one to read beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = connect(path)
        self._writer.executescript(_SCHEMA)
        self._reader = connect(path)
        self._lock = Lock()
        self._seq = int(self._writer.execute("SELECT coalesce(max(seq), 0) FROM documents").fetchone()[0])

    def close(self) -> None:
        """Closes both connections."""
        with self._lock:
            self._reader.close()
            self._writer.close()

    def write(self, items: Sequence[Upsert]) -> list[Written]:
        """Writes each item by itself in one transaction; durable when it returns."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            results = [self._write(item) for item in items]
            self._writer.execute("COMMIT")
        except BaseException:
            self._writer.execute("ROLLBACK")
            raise
        return results

    def _write(self, item: Upsert) -> Written:
        try:
            _, body = checked(item)
        except BadInput as error:
            return Written(item.id, "failed", str(error))
        row = (item.collection, item.id, item.version, item.month, self._seq + 1, body)
        if self._writer.execute(_UPSERT, row).fetchone() is None:
            return Written(item.id, "stale")
        self._seq += 1
        return Written(item.id, "written")

    def get(self, collection: Collection, document_id: str) -> Hit | None:
        """The newest version of a document."""
        found = self._select("collection = ? AND id = ?", (collection, document_id))
        return found[0].hit() if found else None

    def rows(self, rows: Sequence[int]) -> dict[int, Stored]:
        """Documents by their row."""
        return {item.row: item for item in self._select("row IN (SELECT value FROM json_each(?))", (json.dumps(rows),))}

    def changed(self, collection: Collection, after: int, limit: int) -> list[Stored]:
        """Documents of a collection written after this seq, in its order."""
        # The unary plus keeps SQLite on the index by seq.
        where = "seq > ? AND +collection = ? ORDER BY seq LIMIT ?"
        return self._select(where, (after, collection, limit))

    def _select(self, where: str, values: tuple[object, ...]) -> list[Stored]:
        with self._lock:
            found = self._reader.execute(_SELECT + where, values)
            return [Stored(*row) for row in found]

    def walk(self, collection: Collection) -> Generator[Stored, None, None]:
        """Every document of a collection as it was at the first step, on a connection of its own."""
        with closing(connect(self.path)) as connection:
            connection.execute("BEGIN")
            for row in connection.execute(_SELECT + "collection = ?", (collection,)):
                yield Stored(*row)

    def mark(self, name: str) -> str | None:
        """A value set with set_mark."""
        with self._lock:
            row = self._reader.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def set_mark(self, name: str, value: str) -> None:
        """Keeps a small value under a name, durably. For the writing thread."""
        self._writer.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def copy_to(self, path: Path) -> None:
        """A consistent copy of the whole in a new file. For the writing thread."""
        self._writer.execute("VACUUM INTO ?", (str(path),))
