"""The embedded bus: messages a second by size of publication, and reading them in a group with commits.

    python -m bench.bus [MESSAGES]

Every publication is durable when it returns (SQLite WAL, synchronous FULL); the baseline is a bare sqlite3 insert of
the same rows in the same batches, also synchronous, in the same run.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from services.adapters.sqlite_bus import SqliteBus
from services.core.ports import Partition, Record
from services.core.topics import RAW

VALUE = b"x" * 3000
BATCH = 500


class Nobody:
    """A listener that keeps nothing."""

    async def assigned(self, partitions: frozenset[Partition], generation: int) -> None:
        """Nothing to load."""

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        """Nothing to drop."""


async def through_the_bus(folder: Path, count: int) -> tuple[float, float]:
    """Seconds to publish and to consume with a commit per poll."""
    bus = SqliteBus(folder)
    await bus.start()
    await bus.create_topics(12)
    began = time.perf_counter()
    for start in range(0, count, BATCH):
        await bus.publish([Record(RAW, str(n), VALUE) for n in range(start, min(start + BATCH, count))])
    published = time.perf_counter() - began
    began, left = time.perf_counter(), count
    async with bus.subscribe("bench", [RAW], Nobody()) as member:
        while left:
            batches = await member.poll(max_messages=BATCH, timeout=5)
            left -= sum(len(batch.messages) for batch in batches)
            await member.commit({batch.partition: batch.messages[-1].offset + 1 for batch in batches})
    consumed = time.perf_counter() - began
    await bus.close()
    return published, consumed


def bare(folder: Path, count: int) -> float:
    """Seconds to insert the same rows with nothing around it."""
    with sqlite3.connect(folder / "bare.sqlite", isolation_level=None) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE log (n INTEGER PRIMARY KEY, key TEXT, value BLOB)")
        began = time.perf_counter()
        for start in range(0, count, BATCH):
            db.execute("BEGIN")
            rows = [(n, str(n), VALUE) for n in range(start, min(start + BATCH, count))]
            db.executemany("INSERT INTO log VALUES (?, ?, ?)", rows)
            db.execute("COMMIT")
        return time.perf_counter() - began


def main(arguments: list[str]) -> None:
    """Prints messages a second of both and their ratio."""
    count = int(arguments[0]) if arguments else 20_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        baseline = bare(folder, count)
        published, consumed = asyncio.run(through_the_bus(folder / "bus", count))
    print(f"{count} messages of 3 kB, {BATCH} a publication")
    print(f"publish, durable      {count / published:8.0f} /s")
    print(f"bare insert, durable  {count / baseline:8.0f} /s")
    print(f"ratio                 {baseline / published:8.2f}")
    print(f"consume and commit    {count / consumed:8.0f} /s")


if __name__ == "__main__":
    main(sys.argv[1:])
