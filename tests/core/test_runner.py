"""The promises of the runner: nothing committed before it is durable, poison set aside, order kept where asked for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from services.adapters.memory_bus import MemoryBus
from services.core.clock import SystemClock
from services.core.errors import BadInput, Lost, Unavailable
from services.core.ports import Batch, Message, Partition, RebalanceListener, Record, Subscription
from services.core.runner import Halted, Runner, RunnerOptions, Stalled
from services.core.stage import Done, Failed, Result
from services.core.topics import EVENTS, OUTCOMES, PAGES, PAGES_BULK, RAW, limit_of, size_of

FAST = RunnerOptions(poll_timeout=0.02, drain=0.3, patience=0.5, lag_interval=0.05)


@dataclass
class Echo:
    """Publishes each value to the outcomes topic; what it does with special values is in `act`."""

    act: Callable[[Message], Awaitable[Result]] | None = None
    ordered: bool = False
    batch_size: int = 10
    in_flight: int = 100
    topics: Sequence[str] = (RAW,)
    bulk_topics: Sequence[str] = ()
    name: str = "echo"
    group: str = "echo"
    seen: list[str] = field(default_factory=list)
    owned: set[Partition] = field(default_factory=set)
    waiting: "list[asyncio.Task[object]]" = field(default_factory=list)
    closed: bool = False

    async def assigned(self, partitions: frozenset[Partition], generation: int) -> None:
        self.owned |= partitions

    async def draining(self, partitions: frozenset[Partition]) -> None:
        for task in self.waiting:
            task.cancel()

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        self.owned -= partitions

    async def handle(self, batch: Batch) -> Sequence[Result]:
        return [await self._one(message) for message in batch.messages]

    async def _one(self, message: Message) -> Result:
        self.seen.append(message.key)
        if self.act is not None:
            return await self.act(message)
        return Done([Record(OUTCOMES, message.key, message.value)])

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
async def bus() -> AsyncIterator[MemoryBus]:
    memory = MemoryBus()
    await memory.start()
    await memory.create_topics(3)
    yield memory
    await memory.close()


@asynccontextmanager
async def running(bus: MemoryBus, handler: Echo, options: RunnerOptions = FAST) -> AsyncIterator[Runner]:
    stop = asyncio.Event()
    runner = Runner(bus, handler, clock=SystemClock(), options=options)
    task = asyncio.create_task(runner.run(stop))
    try:
        yield runner
    finally:
        stop.set()
        await task


async def run_until_it_breaks(bus: MemoryBus, handler: Echo) -> None:
    runner = Runner(bus, handler, clock=SystemClock(), options=FAST)
    async with asyncio.timeout(20):
        await runner.run(asyncio.Event())


async def keys(bus: MemoryBus, topic: str) -> list[str]:
    return [message.key async for message in bus.read_all(topic)]


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():  # noqa: ASYNC110 - the bus tells nobody
            await asyncio.sleep(0.01)


async def lag(bus: MemoryBus, *topics: str) -> int:
    return sum(lag.messages for lag in (await bus.lag("echo", topics or (RAW,))).values())


async def test_everything_comes_out_and_is_committed(bus: MemoryBus) -> None:
    await bus.publish([Record(RAW, str(n), b"x") for n in range(500)])
    handler = Echo()

    async def drained() -> bool:
        return await lag(bus) == 0

    async with running(bus, handler) as runner:
        await until(drained)
        assert runner.alive
        assert runner.ready
    assert sorted(await keys(bus, OUTCOMES), key=int) == [str(n) for n in range(500)]
    assert handler.closed
    assert handler.owned == set()


async def test_a_poison_message_goes_to_the_dead_letters_and_its_neighbours_go_on(bus: MemoryBus) -> None:
    async def act(message: Message) -> Result:
        if message.key == "7":
            return Failed(BadInput("no good"))
        return Done([Record(OUTCOMES, message.key, message.value)])

    await bus.publish([Record(RAW, str(n), b"x") for n in range(20)])

    async def drained() -> bool:
        return await lag(bus) == 0

    async with running(bus, Echo(act)):
        await until(drained)
    assert len(await keys(bus, OUTCOMES)) == 19
    letters = [message async for message in bus.read_all(RAW + ".dlq")]
    assert [(m.key, m.value, m.headers["dateline-dlq-message"]) for m in letters] == [("7", b"x", "no good")]


async def test_what_has_to_be_told_of_a_failure_goes_out_with_the_dead_letter(bus: MemoryBus) -> None:
    async def act(message: Message) -> Result:
        return Failed(BadInput("no good"), outputs=[Record(OUTCOMES, "told", b"x")])

    await bus.publish([Record(RAW, "a", b"x")])

    async def drained() -> bool:
        return await lag(bus) == 0

    async with running(bus, Echo(act)):
        await until(drained)
    assert (await keys(bus, RAW + ".dlq"), await keys(bus, OUTCOMES)) == (["a"], ["told"])


async def test_an_output_that_only_its_headers_bring_over_the_limit_stops_nobody(bus: MemoryBus) -> None:
    headers = {"note": "é" * 100}
    room = limit_of(OUTCOMES) - size_of(Record(OUTCOMES, "k", b"", headers))

    async def act(message: Message) -> Result:
        return Done([Record(OUTCOMES, "k", bytes(room + int(message.key)), headers)])

    await bus.publish([Record(RAW, "0", b"x"), Record(RAW, "1", b"x")])

    async def drained() -> bool:
        return await lag(bus) == 0

    async with running(bus, Echo(act)):
        await until(drained)
    assert (await keys(bus, RAW + ".dlq"), await keys(bus, OUTCOMES)) == (["1"], ["k"])


async def test_an_output_over_its_topics_limit_dead_letters_its_cause(bus: MemoryBus) -> None:
    async def act(message: Message) -> Result:
        return Done([Record(EVENTS, "e", b"x" * (3 << 20) if message.key == "big" else b"x")])

    await bus.publish([Record(RAW, "big", b"x"), Record(RAW, "small", b"x")])

    async def drained() -> bool:
        return await lag(bus) == 0

    async with running(bus, Echo(act)):
        await until(drained)
    letters = [message async for message in bus.read_all(RAW + ".dlq")]
    assert [(m.key, m.headers["dateline-dlq-error"]) for m in letters] == [("big", "TooLarge")]
    assert await keys(bus, EVENTS) == ["e"]


async def test_nothing_is_committed_over_unfinished_work(bus: MemoryBus) -> None:
    release = asyncio.Event()

    async def act(message: Message) -> Result:
        if message.key == "0":
            await release.wait()
        return Done([Record(OUTCOMES, message.key, message.value)])

    await bus.publish([Record(RAW, str(n), b"x", partition=0) for n in range(10)])

    async def others_are_out() -> bool:
        return len(await keys(bus, OUTCOMES)) == 9

    async def drained() -> bool:
        return await lag(bus) == 0

    async with running(bus, Echo(act, batch_size=1)):
        await until(others_are_out)
        await asyncio.sleep(0.1)
        assert await lag(bus) == 10
        release.set()
        await until(drained)


async def test_work_that_does_not_end_within_the_drain_is_done_again_by_the_next(bus: MemoryBus) -> None:
    async def never(message: Message) -> Result:
        await asyncio.Event().wait()
        raise AssertionError

    await bus.publish([Record(RAW, "a", b"x")])
    first = Echo(never)

    async def begun() -> bool:
        return bool(first.seen)

    async def drained() -> bool:
        return await lag(bus) == 0

    async with running(bus, first):
        await until(begun)
    assert await lag(bus) == 1
    async with running(bus, Echo()):
        await until(drained)
    assert await keys(bus, OUTCOMES) == ["a"]


async def test_what_only_waits_is_given_up_at_once_and_what_else_has_begun_ends(bus: MemoryBus) -> None:
    handler = Echo(batch_size=1)

    async def act(message: Message) -> Result:
        if message.key == "waits":
            handler.waiting.append(asyncio.current_task() or asyncio.create_task(asyncio.sleep(0)))
            await asyncio.Event().wait()
        await asyncio.sleep(0.1)
        return Done([Record(OUTCOMES, message.key, b"x")])

    handler.act = act
    await bus.publish([Record(RAW, "ends", b"x", partition=0), Record(RAW, "waits", b"x", partition=0)])

    async def begun() -> bool:
        return len(handler.seen) == 2

    # The drain is longer than the patience of the test.
    async with asyncio.timeout(20), running(bus, handler, RunnerOptions(poll_timeout=0.02, drain=1000)):
        await until(begun)
    assert await keys(bus, OUTCOMES) == ["ends"]
    assert await lag(bus) == 1


async def test_ordered_work_that_has_not_begun_is_left_to_the_next_owner(bus: MemoryBus) -> None:
    release = asyncio.Event()

    async def act(message: Message) -> Result:
        await release.wait()
        return Done([Record(OUTCOMES, message.key, b"x")])

    handler = Echo(act, ordered=True, batch_size=1)
    await bus.publish([Record(RAW, str(n), b"x", partition=0) for n in range(5)])
    stop = asyncio.Event()
    task = asyncio.create_task(Runner(bus, handler, clock=SystemClock(), options=FAST).run(stop))

    async def begun() -> bool:
        return bool(handler.seen)

    await until(begun)
    stop.set()
    await asyncio.sleep(0.1)
    release.set()
    await task
    assert handler.seen == await keys(bus, OUTCOMES) == ["0"]
    assert await lag(bus) == 4


async def test_an_ordered_handler_sees_a_partition_in_order_one_batch_at_a_time(bus: MemoryBus) -> None:
    at_work = 0

    async def act(message: Message) -> Result:
        nonlocal at_work
        at_work += 1
        assert at_work == 1
        await asyncio.sleep(0.001)
        at_work -= 1
        return Done()

    await bus.publish([Record(RAW, str(n), b"x", partition=1) for n in range(50)])
    handler = Echo(act, ordered=True, batch_size=5)

    async def drained() -> bool:
        return await lag(bus) == 0

    async with running(bus, handler):
        await until(drained)
    assert handler.seen == [str(n) for n in range(50)]


async def test_live_news_goes_before_back_fill(bus: MemoryBus) -> None:
    await bus.publish([Record(PAGES_BULK, f"old{n}", b"x") for n in range(30)])
    await bus.publish([Record(PAGES, f"new{n}", b"x") for n in range(30)])
    handler = Echo(topics=(PAGES,), bulk_topics=(PAGES_BULK,))

    async def drained() -> bool:
        return await lag(bus, PAGES, PAGES_BULK) == 0

    async with running(bus, handler):
        await until(drained)
    assert [key[:3] for key in handler.seen] == ["new"] * 30 + ["old"] * 30


async def test_when_nearly_everything_fails_the_stage_halts_before_dead_lettering_it(bus: MemoryBus) -> None:
    async def act(message: Message) -> Result:
        return Failed(BadInput("broken stage"))

    await bus.publish([Record(RAW, str(n), b"x", partition=0) for n in range(1000)])
    with pytest.raises(Halted, match=r"echo: .* messages failed.*mend the cause"):
        await run_until_it_breaks(bus, Echo(act, batch_size=100))
    assert len(await keys(bus, RAW + ".dlq")) < 100
    assert await lag(bus) == 1000


async def test_an_exception_of_the_handler_stops_the_stage_without_a_commit(bus: MemoryBus) -> None:
    async def act(message: Message) -> Result:
        raise Unavailable("the index is away")

    await bus.publish([Record(RAW, "a", b"x")])
    handler = Echo(act)
    with pytest.raises(Unavailable, match="the index is away"):
        await run_until_it_breaks(bus, handler)
    assert await lag(bus) == 1
    assert handler.closed


async def test_what_is_in_flight_is_bounded(bus: MemoryBus) -> None:
    release = asyncio.Event()

    async def act(message: Message) -> Result:
        await release.wait()
        return Done()

    await bus.publish([Record(RAW, str(n), b"x", partition=0) for n in range(200)])
    handler = Echo(act, batch_size=1, in_flight=20)

    async def drained() -> bool:
        return await lag(bus) == 0

    options = RunnerOptions(poll_timeout=0.02, drain=0.3, max_in_flight=30)
    async with running(bus, handler, options):
        await asyncio.sleep(0.3)
        assert len(handler.seen) == 20
        release.set()
        await until(drained)


class Flaky(MemoryBus):
    """Refuses the first publications of a stage's outputs."""

    def __init__(self, refusals: int) -> None:
        super().__init__()
        self.refusals = refusals

    async def publish(self, records: Sequence[Record]) -> None:
        if records and records[0].topic == OUTCOMES and self.refusals > 0:
            self.refusals -= 1
            raise Unavailable("no answer")
        await super().publish(records)


async def test_a_publication_that_failed_is_tried_again_before_anything_is_committed() -> None:
    bus = Flaky(1)
    await bus.start()
    await bus.create_topics(1)
    await bus.publish([Record(RAW, "a", b"x")])

    async def drained() -> bool:
        return await lag(bus) == 0

    async with running(bus, Echo()):
        await until(drained)
    assert await keys(bus, OUTCOMES) == ["a"]


async def test_a_bus_that_stays_away_stops_the_stage_uncommitted() -> None:
    bus = Flaky(10_000)
    await bus.start()
    await bus.create_topics(1)
    await bus.publish([Record(RAW, "a", b"x")])
    with pytest.raises(Unavailable, match="no answer"):
        await run_until_it_breaks(bus, Echo())
    assert await lag(bus) == 1


class Forgetful(MemoryBus):
    """Its members' first commits, or polls after the first, get no answer; or its polls stay empty."""

    def __init__(self, *, commits: int = 0, polls: bool = True, silent: bool = False) -> None:
        super().__init__()
        self.commits, self.polls, self.silent = commits, polls, silent

    def subscribe(
        self, group: str, topics: Sequence[str], listener: RebalanceListener, *, member: str | None = None
    ) -> AbstractAsyncContextManager[Subscription]:
        return self._wrapped(super().subscribe(group, topics, listener, member=member))

    @asynccontextmanager
    async def _wrapped(self, joining: AbstractAsyncContextManager[Subscription]) -> AsyncIterator[Subscription]:
        async with joining as subscription:
            commit, poll = subscription.commit, subscription.poll

            async def no_commit(offsets: Mapping[Partition, int]) -> None:
                if self.commits > 0:
                    self.commits -= 1
                    raise Unavailable("no answer")
                await commit(offsets)

            async def no_poll(**arguments: object) -> list[Batch]:
                if self.silent:
                    await asyncio.sleep(0.01)
                    return []
                batches = await poll(**arguments)  # type: ignore[arg-type]
                if not batches and not self.polls:
                    raise Unavailable("no answer")
                return batches

            subscription.commit, subscription.poll = no_commit, no_poll  # type: ignore[method-assign]
            yield subscription


async def started(bus: MemoryBus) -> MemoryBus:
    await bus.start()
    await bus.create_topics(1)
    await bus.publish([Record(RAW, "a", b"x")])
    return bus


async def test_a_commit_without_an_answer_is_made_again_though_nothing_new_comes() -> None:
    bus = await started(Forgetful(commits=2))

    async def drained() -> bool:
        return await lag(bus) == 0

    async with running(bus, Echo()) as runner:
        await until(drained)
        assert runner.ready
    assert await keys(bus, OUTCOMES) == ["a"]


async def test_when_polling_breaks_no_work_goes_on_behind_it() -> None:
    bus = await started(Forgetful(polls=False))
    ended = asyncio.Event()

    async def never(message: Message) -> Result:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    handler = Echo(never)
    with pytest.raises(Unavailable, match="no answer"):
        await run_until_it_breaks(bus, handler)
    assert not handler.seen or ended.is_set()
    assert handler.owned == set()


async def test_work_lost_though_its_partition_is_ours_stops_the_stage(bus: MemoryBus) -> None:
    async def act(message: Message) -> Result:
        raise Lost("fenced")

    await bus.publish([Record(RAW, "a", b"x")])
    with pytest.raises(Lost, match="fenced"):
        await run_until_it_breaks(bus, Echo(act))
    assert await lag(bus) == 1


async def test_a_consumer_that_stops_without_a_word_while_messages_wait_ends_the_stage() -> None:
    bus = await started(Forgetful(silent=True))
    options = RunnerOptions(poll_timeout=0.02, drain=0.3, lag_interval=0.02, stalled_after=0.2)
    runner = Runner(bus, Echo(), clock=SystemClock(), options=options)
    with pytest.raises(Stalled, match=r"nothing came of dateline.articles.raw\[0\], where messages wait"):
        async with asyncio.timeout(20):
            await runner.run(asyncio.Event())


async def test_a_stage_that_takes_its_time_or_has_nothing_to_do_is_not_stalled(bus: MemoryBus) -> None:
    async def act(message: Message) -> Result:
        await asyncio.sleep(0.4)
        return Done()

    await bus.publish([Record(RAW, "a", b"x")])
    options = RunnerOptions(poll_timeout=0.02, drain=0.3, lag_interval=0.02, stalled_after=0.2)

    async def drained() -> bool:
        return await lag(bus) == 0

    async with running(bus, Echo(act), options) as runner:
        await until(drained)
        await asyncio.sleep(0.4)
        assert runner.ready
