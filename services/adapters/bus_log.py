"""The records of the embedded bus in SQLite: append, read, compact, expire. Synchronous; one object per connection.

A record of a compacted topic that a later one of its key and partition supersedes stays for a while, as it does in
Kafka: only so can a reader tell a zombie's late record by its generation, and go on with the one before it. Offsets are
never used twice, so a compacted or expired log has gaps.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from services.adapters.bus_records import all_topics, is_compacted, partitions_for, retention_ms
from services.core.errors import ConfigError, Unavailable
from services.core.ports import Lag, Message, Partition, Record
from services.core.topics import DAY_MS, SUPERSEDED_MS

SCHEMA_VERSION = 2
BUSY_SECONDS = 30.0
# What one read brings into memory at most, beyond its first message: page bodies are up to 12 MiB each.
READ_BYTES = 32 * 1024 * 1024
TOMBSTONE_MS = DAY_MS
_EXPIRE_AT_ONCE = 5_000

# `value` comes last, so that reading a time or a key does not touch the pages of a large body.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY, partitions INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ends (
    topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, partition)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
    topic TEXT, partition INTEGER, offset INTEGER, compacted INTEGER NOT NULL, time INTEGER NOT NULL,
    key TEXT NOT NULL, headers TEXT NOT NULL, value BLOB, PRIMARY KEY (topic, partition, offset));
CREATE INDEX IF NOT EXISTS newest ON messages (topic, partition, key) WHERE compacted = 1;
CREATE INDEX IF NOT EXISTS tombstones ON messages (time) WHERE compacted = 1 AND value IS NULL;
CREATE TABLE IF NOT EXISTS superseded (
    time INTEGER, topic TEXT, partition INTEGER, offset INTEGER,
    PRIMARY KEY (time, topic, partition, offset)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offsets (
    grp TEXT, topic TEXT, partition INTEGER, offset INTEGER NOT NULL,
    PRIMARY KEY (grp, topic, partition)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS groups (grp TEXT PRIMARY KEY, generation INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS members (
    grp TEXT, id TEXT, client TEXT NOT NULL, name TEXT, topics TEXT NOT NULL, joined INTEGER NOT NULL,
    seen REAL NOT NULL, PRIMARY KEY (grp, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS owners (
    grp TEXT, topic TEXT, partition INTEGER, member TEXT NOT NULL, PRIMARY KEY (grp, topic, partition)) WITHOUT ROWID;
"""
_INSERT = "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_SUPERSEDE = (
    "INSERT INTO superseded SELECT ?, topic, partition, max(offset) FROM messages "
    "WHERE compacted = 1 AND topic = ? AND partition = ? AND key = ? GROUP BY topic, partition"
)
_SELECT = "SELECT offset, time, key, headers, value FROM messages WHERE topic = ? AND partition = ? AND offset >= ?"


class Log:
    """One connection to the log of a directory (`path` is its database), or to one in memory (`path` None).

    Every method raises Unavailable, with the address, where the database cannot be used.
    """

    def __init__(self, path: Path | None) -> None:
        self.address = f"embedded:{path.parent}" if path else "memory"
        self._path = path
        self._counts: dict[str, int] = {}
        with self._guarded():
            self._db = self._connect()

    def _connect(self) -> sqlite3.Connection:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        # Used by one thread at a time; which one, the bus decides.
        db = sqlite3.connect(
            self._path or ":memory:", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        db.execute("PRAGMA journal_mode = WAL")
        # FULL: an acknowledged record survives a power cut, not only a crash of ours.
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA journal_size_limit = {64 * 1024 * 1024}")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            db.close()
            raise ConfigError(f"{self.address} was written by a newer version: its format is {version}")
        if version < SCHEMA_VERSION:
            db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        return db

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, sqlite3.DatabaseError, sqlite3.ProgrammingError, OSError) as error:
            raise Unavailable(f"the bus at {self.address} cannot be used: {error}; see to the directory") from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One durable change: all of it or nothing."""
        with self._guarded():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                # On some errors, a full disk for one, SQLite has rolled back already.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view."""
        with self._guarded():
            self._db.execute("BEGIN")
            try:
                yield self._db
            finally:
                self._db.execute("COMMIT")

    def close(self) -> None:
        """Closes the connection."""
        self._db.close()

    def version(self) -> int:
        """A number that changes whenever another connection, of any process, has written."""
        with self._guarded():
            value: int = self._db.execute("PRAGMA data_version").fetchone()[0]
            return value

    def create_topics(self, partitions: int) -> list[str]:
        """Creates what is missing. Raises ConfigError where a topic has another number of partitions."""
        with self.transaction() as db:
            present: dict[str, int] = dict(db.execute("SELECT name, partitions FROM topics"))
            for name, count in present.items():
                if count != partitions:
                    raise ConfigError(f"{self.address}: {name} has {count} partitions, not {partitions}; see `migrate`")
            missing = [name for name in all_topics() if name not in present]
            db.executemany("INSERT INTO topics VALUES (?, ?)", [(name, partitions) for name in missing])
            numbers = [(name, number) for name in missing for number in range(partitions)]
            db.executemany("INSERT INTO ends VALUES (?, ?, 0)", numbers)
            return missing

    def partition_count(self, topic: str) -> int:
        """The number of partitions. Raises ConfigError for a topic that does not exist."""
        if topic not in self._counts:
            with self._guarded():
                row = self._db.execute("SELECT partitions FROM topics WHERE name = ?", (topic,)).fetchone()
            if row is None:
                raise ConfigError(
                    f"{self.address}: there is no topic {topic!r}; create it with `dateline topics create`"
                )
            self._counts[topic] = row[0]
        return self._counts[topic]

    def append(self, records: Sequence[Record], time_ms: int) -> None:
        """Stores all records, in their order, in one durable transaction."""
        placed = [
            (record, Partition(record.topic, number))
            for record in records
            for number in partitions_for(record, self.partition_count(record.topic))
        ]
        with self.transaction() as db:
            ends: dict[Partition, int] = {}
            for partition in {target for _, target in placed}:
                row = db.execute("SELECT next FROM ends WHERE topic = ? AND partition = ?", partition).fetchone()
                ends[partition] = row[0]
            for record, target in placed:
                self._insert(db, record, target, ends[target], time_ms)
                ends[target] += 1
            db.executemany(
                "UPDATE ends SET next = ? WHERE topic = ? AND partition = ?",
                [(end, target.topic, target.number) for target, end in ends.items()],
            )

    def _insert(self, db: sqlite3.Connection, record: Record, target: Partition, offset: int, time_ms: int) -> None:
        compacted = is_compacted(record.topic)
        if compacted:
            db.execute(_SUPERSEDE, (time_ms, *target, record.key))
        headers = json.dumps(dict(record.headers), ensure_ascii=False)
        db.execute(_INSERT, (*target, offset, int(compacted), time_ms, record.key, headers, record.value))

    def read(self, partition: Partition, start: int, limit: int, end: int | None = None) -> list[Message]:
        """At most `limit` messages from offset `start` up to, not including, `end`; fewer where they are large."""
        found: list[Message] = []
        size = 0
        query = _SELECT + (" AND offset < ?" if end is not None else "") + " ORDER BY offset LIMIT ?"
        bounds = (start,) if end is None else (start, end)
        with self._guarded():
            cursor = self._db.execute(query, (*partition, *bounds, limit))
            for offset, time_ms, key, headers, value in cursor:
                found.append(Message(*partition, offset, key, value, json.loads(headers), _time(time_ms)))
                size += len(value or b"")
                if size >= READ_BYTES:
                    break
            cursor.close()
        return found

    def read_many(self, positions: Sequence[tuple[Partition, int]], limit: int) -> dict[Partition, list[Message]]:
        """Messages of several partitions, each from its own offset, at most `limit` in all, in the order given."""
        found: dict[Partition, list[Message]] = {}
        size = 0
        for partition, start in positions:
            if limit <= 0 or size >= READ_BYTES:
                break
            if messages := self.read(partition, start, limit):
                found[partition] = messages
                limit -= len(messages)
                size += sum(len(message.value or b"") for message in messages)
        return found

    def ends(self, topic: str) -> dict[int, int]:
        """The next offset of each partition of a topic."""
        with self._guarded():
            return dict(self._db.execute("SELECT partition, next FROM ends WHERE topic = ?", (topic,)))

    def committed(self, group: str, topics: Iterable[str]) -> dict[Partition, int]:
        """The stored offsets of a group."""
        with self._guarded():
            rows = self._db.execute("SELECT topic, partition, offset FROM offsets WHERE grp = ?", (group,)).fetchall()
        wanted = set(topics)
        return {Partition(topic, number): offset for topic, number, offset in rows if topic in wanted}

    def lag(self, group: str, topics: Sequence[str]) -> Mapping[Partition, Lag]:
        """How far a group is behind in each partition; from the first message kept where it never committed."""
        committed = self.committed(group, topics)
        return {
            partition: self._lag(partition, committed.get(partition, 0), end)
            for topic in topics
            if self.partition_count(topic)
            for number, end in self.ends(topic).items()
            for partition in (Partition(topic, number),)
        }

    def _lag(self, partition: Partition, position: int, end: int) -> Lag:
        query = "SELECT offset, time FROM messages WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset"
        with self._guarded():
            row = self._db.execute(query + " LIMIT 1", (*partition, position)).fetchone()
        return Lag(end - row[0], _time(row[1])) if row and row[0] < end else Lag(0)

    def maintain(self, now_ms: int) -> int:
        """Removes a bounded number of superseded records, old records and old tombstones. Returns how many."""
        with self.transaction() as db:
            removed = self._compact(db, now_ms - SUPERSEDED_MS)
            removed += db.execute(
                "DELETE FROM messages WHERE rowid IN (SELECT rowid FROM messages "
                "WHERE compacted = 1 AND value IS NULL AND time < ? LIMIT ?)",
                (now_ms - TOMBSTONE_MS, _EXPIRE_AT_ONCE),
            ).rowcount
            for topic, number in db.execute("SELECT topic, partition FROM ends").fetchall():
                kept = retention_ms(topic)
                if kept is not None and removed < _EXPIRE_AT_ONCE:
                    removed += self._expire(db, Partition(topic, number), now_ms - kept)
        return removed

    def _compact(self, db: sqlite3.Connection, before_ms: int) -> int:
        query = "SELECT time, topic, partition, offset FROM superseded WHERE time < ? ORDER BY time LIMIT ?"
        old = db.execute(query, (before_ms, _EXPIRE_AT_ONCE)).fetchall()
        where = "WHERE topic = ? AND partition = ? AND offset = ?"
        db.executemany(f"DELETE FROM messages {where}", [place for _, *place in old])  # noqa: S608 - a literal
        db.executemany(f"DELETE FROM superseded WHERE time = ? AND {where[6:]}", old)  # noqa: S608 - a literal
        return len(old)

    def _expire(self, db: sqlite3.Connection, partition: Partition, before_ms: int) -> int:
        # By offset, which is the order of time, and no further than the first record that is young enough.
        rows = db.execute(
            "SELECT offset, time FROM messages WHERE topic = ? AND partition = ? ORDER BY offset LIMIT ?",
            (*partition, _EXPIRE_AT_ONCE),
        )
        expired = -1
        for offset, time_ms in rows:
            if time_ms >= before_ms:
                break
            expired = offset
        rows.close()
        return db.execute(
            "DELETE FROM messages WHERE topic = ? AND partition = ? AND offset <= ?", (*partition, expired)
        ).rowcount


def _time(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)
