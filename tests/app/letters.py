"""Dead letters for tests, and a bus to put them on."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from services.adapters.memory_bus import MemoryBus
from services.app.dlq import Letter, Selection, find
from services.app.dlq_replay import Replay
from services.core.clock import Clock, ManualClock
from services.core.envelope import dead_letter
from services.core.errors import BadInput
from services.core.ports import Bus, Message, Record
from services.core.topics import RAW

NOW = datetime(2024, 5, 12, 10, tzinfo=UTC)
PARTITIONS = 3
HEADERS = {"dateline-schema": "raw-article/1", "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"}


def failed(
    offset: int = 41, *, topic: str = RAW, partition: int = 1, key: str = "a1", value: bytes | None = b'{"id": "\xff"}',
    stage: str = "enricher", error: Exception | None = None, ago: float = 0.0,
) -> Record:  # fmt: skip
    """The dead letter of a message that failed so many seconds before NOW."""
    message = Message(topic, partition, offset, key, value, HEADERS, NOW)
    return dead_letter(message, error or BadInput("no good"), stage=stage, attempts=1, code_version="9",
                       now=NOW - timedelta(seconds=ago))  # fmt: skip


@asynccontextmanager
async def memory(*records: Record) -> AsyncIterator[MemoryBus]:
    """A bus with its topics and these records."""
    bus = MemoryBus()
    await bus.start()
    await bus.create_topics(PARTITIONS)
    await bus.publish(records)
    try:
        yield bus
    finally:
        await bus.close()


async def letters(bus: Bus, selection: Selection | None = None) -> list[Letter]:
    """The letters selected; fails where there is something that is none."""
    bad: list[BadInput] = []
    found = [letter async for letter in find(bus, selection or Selection(), bad)]
    assert bad == []
    return found


async def replay(
    bus: Bus, selection: Selection | None = None, *, clock: Clock | None = None, rate: float = 1000.0
) -> list[tuple[str, str | None]]:
    """Replays, and gives each letter with what stood in its way."""
    told: list[tuple[str, str | None]] = []
    worker = Replay(bus, clock or ManualClock(NOW, auto=True), rate=rate,
                    tell=lambda letter, obstacle: told.append((letter.id, obstacle)))  # fmt: skip
    await worker.run(find(bus, selection or Selection(), []))
    return told


async def there(bus: Bus, topic: str = RAW) -> list[Message]:
    """All messages of a topic."""
    return [message async for message in bus.read_all(topic)]


def ids(found: Sequence[Letter]) -> list[str]:
    return [letter.id for letter in found]
