"""A member of a Kafka consumer group, on aiokafka's consumer."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import CommitFailedError, IllegalStateError

from services.adapters.kafka_options import KafkaOptions, ended, reaching
from services.core.errors import Lost
from services.core.ports import Batch, Message, Partition, RebalanceListener

# What one fetch brings into memory at most, compressed.
FETCH_BYTES = 16 * 1024 * 1024

# The group has given our partitions to another member.
_GONE = (CommitFailedError, IllegalStateError)


def to_message(record: ConsumerRecord) -> Message:
    """A record of aiokafka in our words."""
    return Message(
        record.topic,
        record.partition,
        record.offset,
        (record.key or b"").decode("utf-8", "replace"),
        record.value,
        {name: value.decode("utf-8", "replace") for name, value in record.headers},
        datetime.fromtimestamp(record.timestamp / 1000, UTC),
    )


class KafkaSubscription(ConsumerRebalanceListener):  # type: ignore[misc]
    """A Subscription. Every rebalance revokes everything (Kafka's eager protocol) and assigns anew.

    What goes wrong in the listener is raised by the next poll or commit.
    """

    def __init__(
        self, address: str, options: KafkaOptions, group: str, listener: RebalanceListener, member: str | None
    ) -> None:
        self._address = address
        self._options = options
        self._listener = listener
        self._generation = 0
        self._owned: frozenset[Partition] = frozenset()
        # Owned, and its listener has been told and is done.
        self._ready: frozenset[Partition] = frozenset()
        self._held: dict[Partition, list[Message]] = {}
        self._fetching: asyncio.Task[dict[Any, list[ConsumerRecord]]] | None = None
        self._activating: asyncio.Task[None] | None = None
        self._activated = asyncio.Event()
        self._failure: BaseException | None = None
        self._consumer = AIOKafkaConsumer(
            **options.connection(address),
            group_id=group,
            group_instance_id=member,
            # Auto-commit would commit work that was not done, at the latest when it stops.
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            # By ranges of each topic: members with the same topics get the same numbers of all of them.
            partition_assignment_strategy=[RangePartitionAssignor],
            session_timeout_ms=int(options.session_timeout * 1000),
            heartbeat_interval_ms=int(options.session_timeout * 1000 / 3),
            rebalance_timeout_ms=int(options.rebalance_timeout * 1000),
            max_poll_interval_ms=int(options.poll_interval * 1000),
            fetch_max_bytes=FETCH_BYTES,
        )

    async def start(self, topics: Sequence[str]) -> None:
        """Connects and joins. Raises Unavailable."""
        try:
            with reaching(self._address, "joining a group"):
                async with asyncio.timeout(self._options.request_timeout):
                    await self._consumer.start()
        except BaseException:
            await self.stop()
            raise
        # Only now: a start with a subscription would wait for the first assignment, without end.
        self._consumer.subscribe(topics, listener=self)

    async def stop(self) -> None:
        """Leaves the group (unless it is a named member) within a bounded time. Does not commit."""
        for task in (self._activating, self._fetching):
            if task is not None:
                task.cancel()
                await asyncio.wait({task})
        # The broker may be gone; then the group notices by itself that we are.
        if not await ended(self._consumer.stop(), self._options.close_timeout):
            await ended(self._consumer._client.close(), self._options.close_timeout)
        self._owned = self._ready = frozenset()

    # ------------------------------------------------ the port

    @property
    def generation(self) -> int:
        """The group's generation of the present assignment."""
        return self._generation

    @property
    def assignment(self) -> frozenset[Partition]:
        """What this member owns now."""
        return self._owned

    async def poll(
        self, *, max_messages: int, timeout: float, partitions: frozenset[Partition] | None = None
    ) -> list[Batch]:
        """Returns as soon as there is a message. May be cancelled: what was fetched comes with the next poll."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            self._check()
            if batches := self._take(max_messages, partitions):
                return batches
            wanted = self._ready if partitions is None else self._ready & partitions
            left = deadline - loop.time()
            if wanted and max_messages > 0:
                await self._fetch(wanted, max_messages, max(left, 0.0))
                if batches := self._take(max_messages, partitions):
                    return batches
            elif left > 0:
                await self._wait_for_activation(left)
            if deadline <= loop.time():
                return []

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Stores the offsets. Raises Lost where a partition is not ours, Unavailable where no answer comes."""
        self._check()
        if not offsets:
            return
        for partition in offsets:
            if partition not in self._owned:
                raise Lost(f"{partition.topic} {partition.number} is no longer ours")
        with reaching(self._address, "a commit"):
            try:
                async with asyncio.timeout(self._options.request_timeout):
                    await self._consumer.commit({TopicPartition(*each): offset for each, offset in offsets.items()})
            except _GONE as error:
                raise Lost(f"the group moved on before this commit: {error}") from error

    # ------------------------------------------------ fetching

    async def _fetch(self, wanted: frozenset[Partition], limit: int, seconds: float) -> None:
        # `getmany` is never cancelled, which would lose what it took, and during a rebalance it waits without end:
        # so it has a task of its own, and one that is not done in time is taken up by the next poll.
        if self._fetching is None:
            places = [TopicPartition(*partition) for partition in wanted]
            self._fetching = asyncio.create_task(
                self._consumer.getmany(*places, timeout_ms=int(seconds * 1000), max_records=limit)
            )
        task = self._fetching
        await asyncio.wait({task}, timeout=max(seconds, 0.01))
        if not task.done() or task is not self._fetching:
            return
        self._fetching = None
        with reaching(self._address, "reading"):
            for place, records in task.result().items():
                self._held.setdefault(Partition(*place), []).extend(map(to_message, records))

    def _take(self, limit: int, partitions: frozenset[Partition] | None) -> list[Batch]:
        batches = []
        for partition in list(self._held):
            if limit <= 0:
                break
            if partition in self._ready and (partitions is None or partition in partitions):
                messages = self._held.pop(partition)
                if messages[limit:]:
                    self._held[partition] = messages[limit:]
                batches.append(Batch(partition, messages[:limit]))
                limit -= len(batches[-1].messages)
        return batches

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _wait_for_activation(self, seconds: float) -> None:
        self._activated.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._activated.wait()

    # ------------------------------------------------ rebalances

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Called by aiokafka, which goes on with the rebalance when this returns; heartbeats go on meanwhile."""
        self._ready = frozenset()
        self._held.clear()
        if self._fetching is not None and self._fetching.done():
            self._fetching = None
        if self._activating is not None:
            await asyncio.wait({self._activating})
            self._activating = None
            self._ready = frozenset()
        if self._owned:
            await self._tell(self._listener.revoked(self._owned))
        self._owned = frozenset()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Called by aiokafka, which sends no heartbeats until this returns: loading state has a task of its own."""
        self._owned = frozenset(Partition(*place) for place in assigned)
        # aiokafka shows it nowhere else.
        self._generation = self._consumer._coordinator.generation
        self._activating = asyncio.create_task(self._activate(self._owned, self._generation))

    async def _activate(self, partitions: frozenset[Partition], generation: int) -> None:
        if partitions:
            await self._tell(self._listener.assigned(partitions, generation))
        self._ready = partitions
        self._activated.set()

    async def _tell(self, work: Any) -> None:
        try:
            await work
        except Exception as error:
            # aiokafka would only log it.
            self._failure = error
            self._activated.set()
