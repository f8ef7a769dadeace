"""The one loop that drives every stage: read, process, publish and wait, commit.

At least once: an offset is committed only after all that follows from its message is durable. A message that can not
be processed goes to the dead-letter topic, and its neighbours go on. When nearly everything fails, the stage halts
instead of dead-lettering the world. What is read but not committed is bounded per partition and in all.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from services.core import metrics
from services.core.clock import Clock
from services.core.envelope import dead_letter
from services.core.errors import DatelineError, Lost, Unavailable
from services.core.lanes import Chunk, Lane
from services.core.outbox import Outbox
from services.core.ports import Batch, Bus, Lag, Message, Partition, Record, Subscription
from services.core.stage import Done, Failed, Handler, Result
from services.core.topics import too_large
from services.core.version import VERSION

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """Numbers of the loop. Times in seconds."""

    poll_timeout: float = 0.2
    max_in_flight: int = 4000
    drain: float = 10.0
    patience: float = 120.0
    lag_interval: float = 5.0
    stalled_after: float = 60.0
    halt_window: int = 200
    halt_minimum: int = 50
    halt_share: float = 0.9


class Halted(DatelineError):
    """Nearly everything fails: that is no poison message but a broken stage or dependency."""


class Stalled(DatelineError):
    """Messages wait and none comes: the consumer has stopped without a word."""


class Runner:
    """Runs one handler as a member of its group, until told to stop or until something breaks."""

    def __init__(
        self,
        bus: Bus,
        handler: Handler,
        *,
        clock: Clock,
        options: RunnerOptions | None = None,
        member: str | None = None,
    ) -> None:
        self._bus = bus
        self._handler = handler
        self._clock = clock
        self._options = options or RunnerOptions()
        self._member = member
        self._stage = handler.name
        self._outbox = Outbox(bus, clock, stage=handler.name, patience=self._options.patience)
        self._lanes: dict[Partition, Lane] = {}
        self._subscription: Subscription | None = None
        self._commit_lock = asyncio.Lock()
        self._finished = asyncio.Event()
        self._broken: BaseException | None = None
        self._recent: deque[bool] = deque(maxlen=self._options.halt_window)
        self._last_round = self._last_message = clock.monotonic()
        self._joined = False

    # ------------------------------------------------------------ health

    @property
    def alive(self) -> bool:
        """Whether the loop went round lately; depends on nothing outside the process."""
        return self._clock.monotonic() - self._last_round < self._options.stalled_after

    @property
    def ready(self) -> bool:
        """Whether the group gave this member its assignment (which may be empty)."""
        return self._joined and self._broken is None

    # ------------------------------------------------------------ the loop

    async def run(self, stop: asyncio.Event) -> None:
        """Returns after a drain when `stop` is set. Raises what broke the stage, after draining the rest."""
        metrics.start_at_zero(self._stage, [*self._handler.topics, *self._handler.bulk_topics], VERSION)
        topics = [*self._handler.topics, *self._handler.bulk_topics]
        lag = asyncio.create_task(self._watch_lag(topics))
        try:
            async with self._bus.subscribe(self._handler.group, topics, self, member=self._member) as subscription:
                self._subscription = subscription
                try:
                    while not stop.is_set() and self._broken is None:
                        await self._round(subscription)
                finally:
                    # Also when the bus broke: no work of ours may go on behind the next owner's back.
                    await self._give_up(frozenset(self._lanes))
        finally:
            lag.cancel()
            await self._handler.close()
        if self._broken is not None:
            raise self._broken

    async def _round(self, subscription: Subscription) -> None:
        self._last_round = self._clock.monotonic()
        metrics.LAST_PROGRESS.labels(self._stage).set(self._clock.now().timestamp())
        await self._commit()
        room = self._options.max_in_flight - sum(lane.in_flight for lane in self._lanes.values())
        limit = self._handler.in_flight
        # Lanes with room for a whole batch: a poll takes no more than the fullest of them has room for.
        least = min(self._handler.batch_size, limit)
        ready = {p: limit - lane.in_flight for p, lane in self._lanes.items() if limit - lane.in_flight >= least}
        if room <= 0 or (self._lanes and not ready):
            await self._wait_for_a_chunk()
            return
        for batch in await self._poll(subscription, frozenset(ready), min([room, *ready.values()])):
            self._admit(batch)

    async def _poll(self, subscription: Subscription, ready: frozenset[Partition], room: int) -> list[Batch]:
        """Live news first; back-fill only where no live message waits."""
        timeout = self._options.poll_timeout
        if not self._handler.bulk_topics:
            return await subscription.poll(max_messages=room, timeout=timeout, partitions=ready)
        bulk_topics = set(self._handler.bulk_topics)
        live = frozenset(p for p in ready if p.topic not in bulk_topics)
        batches = await subscription.poll(max_messages=room, timeout=timeout / 4, partitions=live)
        return batches or await subscription.poll(max_messages=room, timeout=timeout / 4, partitions=ready - live)

    async def _wait_for_a_chunk(self) -> None:
        self._finished.clear()
        try:
            async with asyncio.timeout(self._options.poll_timeout):
                await self._finished.wait()
        except TimeoutError:
            pass

    def _admit(self, batch: Batch) -> None:
        lane = self._lanes.get(batch.partition)
        if lane is None or lane.closing:
            return  # taken away while it was on its way; its new owner reads it again
        metrics.MESSAGES_IN.labels(self._stage, batch.partition.topic).inc(len(batch.messages))
        self._last_message = self._clock.monotonic()
        messages = iter(batch.messages)
        while part := list(islice(messages, self._handler.batch_size)):
            previous = lane.chunks[-1] if lane.chunks and self._handler.ordered else None
            chunk = Chunk(Batch(batch.partition, part))
            lane.admit(chunk)
            chunk.task = asyncio.create_task(self._run_chunk(lane, chunk, previous))
        self._count_in_flight()

    # ------------------------------------------------------------ one chunk

    async def _run_chunk(self, lane: Lane, chunk: Chunk, previous: Chunk | None) -> None:
        try:
            if previous is not None and previous.task is not None:
                await asyncio.wait([previous.task])
                if not previous.done:
                    return  # order would be broken; what stopped it stops the lane
            if not lane.closing and self._broken is None:
                await self._process(chunk)
        except Exception as error:
            if isinstance(error, Lost) and lane.closing:
                _log.warning("work was taken away: %s", error, extra={"stage": self._stage})
                return
            metrics.ERRORS.labels(self._stage, metrics.error_class(error)).inc()
            self._broken = self._broken or error
        finally:
            self._finished.set()

    async def _process(self, chunk: Chunk) -> None:
        began = self._clock.monotonic()
        results = await self._handler.handle(chunk.batch)
        if len(results) != chunk.size:
            raise DatelineError(f"{self._stage}: {len(results)} results for {chunk.size} messages; this is a bug")
        records = [record for message, result in zip(chunk.batch.messages, results, strict=True)
                   for record in self._records_of(message, result)]  # fmt: skip
        self._halt_when_all_fails()
        await self._outbox.publish(records)
        chunk.done = True
        seconds = self._clock.monotonic() - began
        metrics.BATCH_SECONDS.labels(self._stage).observe(seconds)
        metrics.MESSAGE_SECONDS.labels(self._stage).observe(seconds / chunk.size)

    def _records_of(self, message: Message, result: Result) -> Sequence[Record]:
        if isinstance(result, Done):
            oversize = next((error for record in result.outputs if (error := too_large(record))), None)
            if oversize is None:
                self._recent.append(True)
                return result.outputs
            result = Failed(oversize)
        return [self._dead_letter(message, result), *result.outputs]

    def _dead_letter(self, message: Message, failed: Failed) -> Record:
        self._recent.append(False)
        metrics.ERRORS.labels(self._stage, metrics.error_class(failed.error)).inc()
        metrics.DEAD_LETTERS.labels(self._stage).inc()
        where = f"{message.topic}[{message.partition}]@{message.offset}"
        _log.error("dead-lettered %s: %s", where, failed.error, extra={"stage": self._stage, "key": message.key})
        return dead_letter(message, failed.error, stage=self._stage, attempts=failed.attempts, code_version=VERSION,
                           now=self._clock.now())  # fmt: skip

    def _halt_when_all_fails(self) -> None:
        failed = self._recent.count(False)
        if len(self._recent) >= self._options.halt_minimum and failed >= self._options.halt_share * len(self._recent):
            raise Halted(
                f"{self._stage}: {failed} of the last {len(self._recent)} messages failed; stopped before "
                "dead-lettering the rest. Look at the newest dead letters, mend the cause, and start the stage again."
            )

    # ------------------------------------------------------------ commits and rebalances

    async def _commit(self) -> None:
        async with self._commit_lock:
            offsets = {p: offset for p, lane in self._lanes.items() if (offset := lane.advance()) is not None}
            if not offsets or self._subscription is None:
                return
            try:
                await self._subscription.commit(offsets)
            except (Lost, Unavailable) as error:
                # Tried again in the next round; where it never succeeds the work is done again, with the same ids.
                metrics.COMMIT_FAILURES.labels(self._stage).inc()
                _log.warning("a commit failed: %s", error, extra={"stage": self._stage})
            else:
                for partition, offset in offsets.items():
                    if (lane := self._lanes.get(partition)) is not None:
                        lane.committed(offset)
        self._count_in_flight()

    async def assigned(self, partitions: frozenset[Partition], generation: int) -> None:
        """Part of RebalanceListener."""
        metrics.REBALANCES.labels(self._stage).inc()
        await self._handler.assigned(partitions, generation)
        self._lanes.update({partition: Lane(partition) for partition in partitions})
        self._last_message = self._clock.monotonic()
        self._joined = True

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        """Part of RebalanceListener."""
        await self._give_up(partitions)

    async def _give_up(self, partitions: frozenset[Partition]) -> None:
        """Lets what has begun end, within the drain time; commits what did; forgets the rest."""
        lanes = [lane for partition in partitions if (lane := self._lanes.get(partition))]
        for lane in lanes:
            lane.closing = True
        if lanes:
            await self._handler.draining(frozenset(lane.partition for lane in lanes))
        running = [task for lane in lanes for task in lane.unfinished()]
        if running:
            _, late = await asyncio.wait(running, timeout=self._options.drain)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        await self._commit()
        for lane in lanes:
            self._lanes.pop(lane.partition, None)
        if lanes:
            await self._handler.revoked(frozenset(lane.partition for lane in lanes))

    # ------------------------------------------------------------ gauges

    def _count_in_flight(self) -> None:
        metrics.IN_FLIGHT.labels(self._stage).set(sum(lane.in_flight for lane in self._lanes.values()))

    async def _watch_lag(self, topics: Sequence[str]) -> None:
        while True:
            try:
                by_partition = await self._bus.lag(self._handler.group, topics)
            except Unavailable as error:
                # A bus that is away is another trouble, and the consumer needs a moment when it is back.
                self._last_message = self._clock.monotonic()
                _log.warning("no lag to show: %s", error, extra={"stage": self._stage})
            else:
                lags = by_partition.values()
                self._check_progress(by_partition)
                metrics.LAG_MESSAGES.labels(self._stage).set(sum(lag.messages for lag in lags))
                oldest = min((lag.oldest for lag in lags if lag.oldest), default=None)
                age = (self._clock.now() - oldest).total_seconds() if oldest else 0.0
                metrics.LAG_SECONDS.labels(self._stage).set(max(0.0, age))
            await self._clock.sleep(self._options.lag_interval)

    def _check_progress(self, lags: Mapping[Partition, Lag]) -> None:
        # Where something is in flight it is the handler that takes its time.
        if any(lane.chunks for lane in self._lanes.values()):
            self._last_message = self._clock.monotonic()
        idle = self._clock.monotonic() - self._last_message
        # Without a time there is no message: compaction leaves ends that nothing can be read up to.
        waiting = [p for p in self._lanes if p in lags and lags[p].oldest is not None]
        if waiting and idle > self._options.stalled_after:
            where = ", ".join(f"{p.topic}[{p.number}]" for p in waiting[:3])
            self._broken = self._broken or Stalled(
                f"{self._stage}: for {idle:.0f} s nothing came of {where}, where messages wait; start the stage again"
            )
