"""The bus over a SQLite log, for one machine: what SqliteBus and MemoryBus are made of.

Writes go through one thread and reads through another, so that the event loop never waits for the disk.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from services.adapters.bus_groups import Groups
from services.adapters.bus_log import Log
from services.adapters.bus_presence import Presence
from services.adapters.bus_records import check, chosen, known
from services.adapters.bus_signal import Signal
from services.adapters.embedded_subscription import EmbeddedSubscription
from services.core.clock import Clock, SystemClock
from services.core.errors import Unavailable
from services.core.ports import Lag, Message, Partition, RebalanceListener, Record, Subscription

T = TypeVar("T")

_MAINTENANCE_SECONDS = 60.0
_READ_AT_ONCE = 500
_CLOSE_SECONDS = 10.0


class EmbeddedBus:
    """A Bus whose log is the database at `path`, or one in memory (None).

    `session` is how long, in seconds, a member may be silent before its partitions go to others; `pulse` how often
    changes of other processes are looked for. Records of this process are seen at once.
    """

    def __init__(
        self, path: Path | None, *, clock: Clock | None = None, session: float = 10.0, pulse: float = 0.1
    ) -> None:
        self.clock = clock or SystemClock()
        self.session = session
        self.records = Signal()
        self.members = Signal()
        self._pulse = pulse
        self._path = path
        self._log: Log | None = None
        self._view: Log | None = None
        self._writer: ThreadPoolExecutor | None = None
        self._reader: ThreadPoolExecutor | None = None
        self._presence: Presence | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # ------------------------------------------------ start and end

    async def start(self) -> None:
        """Opens the log. Raises Unavailable where the directory cannot be used."""
        if self._log is not None:
            return
        if self._path is None:
            self._log = self._view = Log(None)
        else:
            self._writer = ThreadPoolExecutor(1, "bus-writer")
            self._reader = ThreadPoolExecutor(1, "bus-reader")
            try:
                self._log = await self._run(self._writer, lambda: Log(self._path))
                self._view = await self._run(self._reader, lambda: Log(self._path))
                self._presence = Presence(self._path.parent)
            except BaseException:
                await self.close()
                raise
        self._tasks = [asyncio.create_task(self._maintain())]
        if self._path is not None:
            self._tasks.append(asyncio.create_task(self._watch()))

    async def close(self) -> None:
        """Closes the log; nothing is committed."""
        for task in self._tasks:
            task.cancel()
            await asyncio.wait({task}, timeout=_CLOSE_SECONDS)
        self._tasks = []
        # The thread ends what it is at first, so that no acknowledged write is cut off.
        if self._view is not None and self._view is not self._log:
            await self._run(self._reader, self._view.close)
        if self._log is not None:
            await self._run(self._writer, self._log.close)
        if self._presence is not None:
            self._presence.close()
            self._presence = None
        for thread in (self._reader, self._writer):
            if thread is not None:
                thread.shutdown(wait=False)
        self._log = self._view = self._writer = self._reader = None

    async def _maintain(self) -> None:
        while True:
            # An error here comes back to whoever publishes or polls next: they use the same database.
            with contextlib.suppress(Unavailable):
                await self.maintain()
            await asyncio.sleep(_MAINTENANCE_SECONDS)

    async def maintain(self) -> int:
        """Removes what has expired (it happens every minute by itself); returns how many records."""
        removed = 0
        while count := await self.write(lambda log: log.maintain(self._now_ms())):
            removed += count
        return removed

    # ------------------------------------------------ threads

    async def _run(self, thread: ThreadPoolExecutor | None, work: Callable[[], T]) -> T:
        if thread is None:
            return work()
        return await asyncio.get_running_loop().run_in_executor(thread, work)

    async def write(self, work: Callable[[Log], T]) -> T:
        """Does something with the log on the writer's thread."""
        log = self._opened(self._log)
        return await self._run(self._writer, lambda: work(log))

    async def read(self, work: Callable[[Log], T]) -> T:
        """Does something with the log on the reader's thread."""
        log = self._opened(self._view)
        return await self._run(self._reader, lambda: work(log))

    def _opened(self, log: Log | None) -> Log:
        if log is None:
            where = f"embedded:{self._path.parent}" if self._path else "memory"
            raise Unavailable(f"the bus at {where} is not open")
        return log

    def _now_ms(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    async def _watch(self) -> None:
        """Looks out for what other processes write."""
        seen = -1
        while True:
            with contextlib.suppress(Unavailable):
                version = await self.read(lambda log: log.version())
                if version != seen:
                    self.records.give()
                    self.members.give()
                seen = version
            await asyncio.sleep(self._pulse)

    # ------------------------------------------------ the port

    async def create_topics(self, partitions: int) -> list[str]:
        """Creates what is missing of core.topics and its dead-letter topics; returns the names created."""
        return await self.write(lambda log: log.create_topics(partitions))

    async def partition_count(self, topic: str) -> int:
        """The number of partitions. Raises ConfigError for a topic that does not exist."""
        return await self.read(lambda log: log.partition_count(known(topic)))

    async def publish(self, records: Sequence[Record]) -> None:
        """Stores the records in one transaction: all or none."""
        check(records)
        if records:
            now = self._now_ms()
            await self.write(lambda log: log.append(records, now))
            self.records.give()

    def subscribe(
        self, group: str, topics: Sequence[str], listener: RebalanceListener, *, member: str | None = None
    ) -> AbstractAsyncContextManager[Subscription]:
        """Joins a group; only partitions that have to move are revoked in a rebalance."""
        return self._subscribe(group, topics, listener, member)

    @asynccontextmanager
    async def _subscribe(
        self, group: str, topics: Sequence[str], listener: RebalanceListener, name: str | None
    ) -> AsyncIterator[Subscription]:
        for topic in topics:
            await self.partition_count(topic)
        subscription = EmbeddedSubscription(self, group, topics, listener, name)
        await subscription.start()
        try:
            yield subscription
        finally:
            await subscription.stop()

    async def read_all(self, topic: str, partitions: Sequence[int] | None = None) -> AsyncIterator[Message]:
        """Every message kept, to the ends as they were at the start, partition by partition."""
        numbers = chosen(topic, partitions, await self.partition_count(topic))
        ends = await self.read(lambda log: log.ends(topic))
        for number in numbers:
            position, end = 0, ends[number]
            while position < end:
                messages = await self._read_on(Partition(topic, number), position, end)
                if not messages:
                    break
                for message in messages:
                    yield message
                position = messages[-1].offset + 1

    async def _read_on(self, partition: Partition, position: int, end: int) -> list[Message]:
        return await self.read(lambda log: log.read(partition, position, _READ_AT_ONCE, end))

    async def lag(self, group: str, topics: Sequence[str]) -> dict[Partition, Lag]:
        """How far the group's commits are behind the ends."""
        return await self.read(lambda log: dict(log.lag(group, topics)))

    async def ping(self) -> None:
        """Raises Unavailable unless the log can be read."""
        await self.read(lambda log: log.version())

    def groups(self, log: Log) -> Groups:
        """The group tables of a log."""
        return Groups(log, self.session, self._presence.is_gone if self._presence else lambda client: False)

    @property
    def client(self) -> str:
        """The name under which other processes see that we live."""
        return self._presence.id if self._presence else ""
