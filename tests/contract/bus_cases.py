"""The buses that the contract suite runs on, and what its tests share."""

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.core.ports import Bus, Message, Partition, Record, Subscription

PARTITIONS = 4
# Long enough for a noisy machine; nothing waits for it when all is well.
PATIENCE = 30.0
# Seconds that a member may be silent, where that can be set.
SESSION = 3.0


@dataclass
class BusCase:
    """One kind of bus. `open` gives a new client, not started, of the same log; `broken` one that reaches nothing."""

    kind: str
    open: Callable[[], Bus]
    broken: Callable[[], tuple[Bus, str]]
    prefix: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def group(self) -> str:
        """A consumer group of this test alone."""
        return f"group-{self.prefix}"

    def key(self, name: str) -> str:
        """A key of this test alone: the log may hold records of earlier tests."""
        return f"{self.prefix}-{name}"

    def ours(self, messages: Sequence[Message]) -> list[Message]:
        """The messages that this test published."""
        return [message for message in messages if message.key.startswith(self.prefix)]

    def record(self, topic: str, name: str, value: bytes | None = b"value", **more: object) -> Record:
        """A record of this test."""
        return Record(topic, self.key(name), value, **more)  # type: ignore[arg-type]


class Listener:
    """Keeps what it was told, in a list that several listeners can share."""

    def __init__(self, name: str = "", told: list[tuple[str, str, frozenset[Partition]]] | None = None) -> None:
        self.name = name
        self.told = [] if told is None else told
        self.generations: list[int] = []
        self.owned: frozenset[Partition] = frozenset()

    async def assigned(self, partitions: frozenset[Partition], generation: int) -> None:
        self.told.append((self.name, "assigned", partitions))
        self.generations.append(generation)
        self.owned |= partitions

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        # Something to wait for, so that an assignment elsewhere that does not wait comes out before the end of this.
        await asyncio.sleep(0.05)
        self.told.append((self.name, "revoked", partitions))
        self.owned -= partitions


async def until(condition: Callable[[], bool], *subscriptions: Subscription) -> list[Message]:
    """Polls these members until something is true, and returns what they received. Fails when it never is."""
    received: list[Message] = []
    async with asyncio.timeout(PATIENCE):
        while not condition():
            for subscription in subscriptions:
                for batch in await subscription.poll(max_messages=100, timeout=0.05):
                    received += batch.messages
            await asyncio.sleep(0)
    return received


async def receive(case: BusCase, subscription: Subscription, count: int) -> list[Message]:
    """The next messages of this test, as many as asked for."""
    received: list[Message] = []
    async with asyncio.timeout(PATIENCE):
        while len(received) < count:
            for batch in await subscription.poll(max_messages=100, timeout=1.0):
                received += case.ours(batch.messages)
    return received


def after(messages: Sequence[Message]) -> Mapping[Partition, int]:
    """The offsets to commit when all of these are done."""
    return {message.source: message.offset + 1 for message in sorted(messages, key=lambda message: message.offset)}


async def all_of(case: BusCase, bus: Bus, topic: str, partitions: Sequence[int] | None = None) -> list[Message]:
    """Everything of this test that a topic keeps."""
    return case.ours([message async for message in bus.read_all(topic, partitions)])


@asynccontextmanager
async def opened(bus: Bus):  # type: ignore[no-untyped-def]
    """The bus, started, and closed at the end."""
    await bus.start()
    try:
        yield bus
    finally:
        await bus.close()
