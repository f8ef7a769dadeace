"""What every bus promises (services/core/ports.py). What one cannot do is a strict xfail with its reason."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from services.core.errors import ConfigError, Lost, TooLarge, Unavailable
from services.core.ids import partition_of
from services.core.ports import Bus, Message, Partition, Subscription
from services.core.topics import BY_NAME, FEED_STATE, MENTIONS, PAGES, PAGES_BULK, dlq_of
from tests.contract.bus_cases import (
    PARTITIONS,
    PATIENCE,
    SESSION,
    BusCase,
    Listener,
    after,
    all_of,
    opened,
    receive,
    until,
)

EVERYTHING = frozenset(Partition(PAGES, number) for number in range(PARTITIONS))


def cannot(request: pytest.FixtureRequest, kind: str, reason: str) -> None:
    """Marks the running test as a strict xfail for one kind of bus."""
    if request.node.callspec.params["case"] == kind:
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))


def values(messages: Iterable[Message]) -> list[bytes | None]:
    return [message.value for message in messages]


# ------------------------------------------------ publishing


async def test_a_message_arrives_as_it_was_sent(case: BusCase, bus: Bus) -> None:
    before = datetime.now(UTC) - timedelta(minutes=5)
    record = case.record(PAGES, "Ürün", "değer".encode(), headers={"dateline-schema": "page/1", "note": "é"})
    await bus.publish([record])
    (message,) = await all_of(case, bus, PAGES)
    assert (message.topic, message.key, message.value) == (PAGES, record.key, record.value)
    assert dict(message.headers) == {"dateline-schema": "page/1", "note": "é"}
    assert before < message.time < before + timedelta(minutes=10)


async def test_an_empty_value_is_not_a_tombstone(case: BusCase, bus: Bus) -> None:
    await bus.publish([case.record(PAGES, "empty", b""), case.record(PAGES, "none", None)])
    found = {message.key: message.value for message in await all_of(case, bus, PAGES)}
    assert found == {case.key("empty"): b"", case.key("none"): None}


async def test_order_holds_within_a_partition(case: BusCase, bus: Bus) -> None:
    expected = [str(number).encode() for number in range(60)]
    await bus.publish([case.record(PAGES, f"{v!r}", v, routing="example.org") for v in expected[:30]])
    await bus.publish([case.record(PAGES, f"{v!r}", v, routing="example.org") for v in expected[30:]])
    async with bus.subscribe(case.group, [PAGES], Listener()) as member:
        messages = await receive(case, member, 60)
    assert values(messages) == expected
    assert len({message.source for message in messages}) == 1
    assert [m.offset for m in messages] == sorted(m.offset for m in messages)


async def test_the_partition_is_that_of_the_key_or_of_the_routing_or_the_one_given(case: BusCase, bus: Bus) -> None:
    await bus.publish(
        [
            case.record(PAGES, "by-key"),
            case.record(PAGES, "by-routing", routing="example.org"),
            case.record(PAGES, "given", partition=3, routing="example.org"),
        ]
    )
    found = {message.key: message.partition for message in await all_of(case, bus, PAGES)}
    assert found == {
        case.key("by-key"): partition_of(case.key("by-key"), PARTITIONS),
        case.key("by-routing"): partition_of("example.org", PARTITIONS),
        case.key("given"): 3,
    }


async def test_everywhere_sends_a_copy_to_every_partition(case: BusCase, bus: Bus) -> None:
    await bus.publish([case.record(MENTIONS, "all", everywhere=True)])
    assert sorted(m.partition for m in await all_of(case, bus, MENTIONS)) == list(range(PARTITIONS))


async def test_a_record_over_the_limit_is_refused_before_anything_is_sent(case: BusCase, bus: Bus) -> None:
    limit = BY_NAME[MENTIONS].max_bytes
    with pytest.raises(TooLarge) as refusal:
        await bus.publish([case.record(MENTIONS, "small"), case.record(MENTIONS, "large", b"x" * limit)])
    assert (refusal.value.topic, refusal.value.limit) == (MENTIONS, limit)
    assert await all_of(case, bus, MENTIONS) == []


async def test_the_largest_record_of_every_limit_is_taken(case: BusCase, bus: Bus) -> None:
    for topic in (MENTIONS, PAGES, dlq_of(PAGES)):
        size = 1024 * 1024 if topic == MENTIONS else 12 * 1024 * 1024 if topic == PAGES else 16 * 1024 * 1024
        value = bytes(size - len(case.key("largest")))
        await bus.publish([case.record(topic, "largest", value)])
        assert [len(m.value or b"") for m in await all_of(case, bus, topic)] == [len(value)]


async def test_a_partition_or_topic_that_does_not_exist_is_a_configuration_error(case: BusCase, bus: Bus) -> None:
    for record in (case.record(PAGES, "far", partition=PARTITIONS), case.record("no-such-topic", "lost")):
        with pytest.raises(ConfigError):
            await bus.publish([record])
    with pytest.raises(ConfigError, match="no-such-topic"):
        await bus.partition_count("no-such-topic")
    for number in (-1, PARTITIONS):
        with pytest.raises(ConfigError, match=PAGES):
            await all_of(case, bus, PAGES, [0, number])


async def test_publishing_nothing_is_no_error(case: BusCase, bus: Bus) -> None:
    await bus.publish([])
    assert await all_of(case, bus, PAGES) == []


async def test_many_publish_at_once_and_nothing_is_lost(case: BusCase, bus: Bus) -> None:
    await asyncio.gather(*(bus.publish([case.record(PAGES, f"{n}-{i}") for i in range(5)]) for n in range(20)))
    assert len({message.key for message in await all_of(case, bus, PAGES)}) == 100


# ------------------------------------------------ what stays


async def test_what_was_published_and_committed_is_there_after_a_restart(
    case: BusCase, request: pytest.FixtureRequest
) -> None:
    cannot(request, "memory", "it keeps nothing when it is closed; it is for tests")
    async with opened(case.open()) as first:
        await first.create_topics(PARTITIONS)
        await first.publish([case.record(PAGES, str(n), str(n).encode(), partition=0) for n in range(6)])
        async with first.subscribe(case.group, [PAGES], Listener()) as member:
            messages = await receive(case, member, 6)
            await member.commit(after(messages[:4]))
    async with opened(case.open()) as second:
        assert await second.partition_count(PAGES) == PARTITIONS
        assert len(await all_of(case, second, PAGES)) == 6
        async with second.subscribe(case.group, [PAGES], Listener()) as member:
            assert values(await receive(case, member, 2)) == [b"4", b"5"]


async def test_a_compacted_topic_gives_the_newest_of_each_key(case: BusCase, bus: Bus) -> None:
    for version in range(3):
        await bus.publish([case.record(FEED_STATE, name, f"{name}{version}".encode()) for name in "abc"])
    await bus.publish([case.record(FEED_STATE, "b", None)])
    newest = {message.key: message.value for message in await all_of(case, bus, FEED_STATE)}
    assert newest == {case.key("a"): b"a2", case.key("b"): None, case.key("c"): b"c2"}


async def test_a_late_record_does_not_take_away_at_once_what_it_follows(case: BusCase, bus: Bus) -> None:
    for value in (b"owner", b"zombie"):
        await bus.publish([case.record(FEED_STATE, "feed", value)])
    assert values(await all_of(case, bus, FEED_STATE)) == [b"owner", b"zombie"]


async def test_a_key_is_compacted_within_its_partition_only(case: BusCase, bus: Bus) -> None:
    await bus.publish([case.record(FEED_STATE, "moved", b"old", partition=0)])
    await bus.publish([case.record(FEED_STATE, "moved", b"new", partition=1)])
    found = {message.partition: message.value for message in await all_of(case, bus, FEED_STATE)}
    assert found == {0: b"old", 1: b"new"}


async def test_a_topic_that_is_not_compacted_keeps_every_record_of_a_key(case: BusCase, bus: Bus) -> None:
    for value in (b"1", b"2", None):
        await bus.publish([case.record(PAGES, "same", value)])
    assert values(await all_of(case, bus, PAGES)) == [b"1", b"2", None]


async def test_a_reader_of_everything_stops_at_the_end_as_it_was_at_the_call(case: BusCase, bus: Bus) -> None:
    await bus.publish([case.record(PAGES, "early", partition=number) for number in range(PARTITIONS)])
    found = []
    async for message in bus.read_all(PAGES):
        found.append(message)
        if len(found) == 1:
            await bus.publish([case.record(PAGES, "late", partition=number) for number in range(PARTITIONS)])
    assert {message.key for message in case.ours(found)} == {case.key("early")}
    assert len(case.ours(found)) == PARTITIONS


async def test_a_reader_of_some_partitions_gets_no_others(case: BusCase, bus: Bus) -> None:
    await bus.publish([case.record(PAGES, "spread", partition=number) for number in range(PARTITIONS)])
    assert {message.partition for message in await all_of(case, bus, PAGES, [1, 3])} == {1, 3}
    assert await all_of(case, bus, PAGES, []) == []


async def test_reading_everything_moves_no_group(case: BusCase, bus: Bus) -> None:
    await bus.publish([case.record(PAGES, "twice")])
    assert len(await all_of(case, bus, PAGES)) == len(await all_of(case, bus, PAGES)) == 1
    async with bus.subscribe(case.group, [PAGES], Listener()) as member:
        assert len(await receive(case, member, 1)) == 1


# ------------------------------------------------ groups


async def test_what_was_not_committed_comes_again(case: BusCase, bus: Bus) -> None:
    await bus.publish([case.record(PAGES, str(n), str(n).encode(), partition=1) for n in range(5)])
    for _ in range(2):
        async with bus.subscribe(case.group, [PAGES], Listener()) as member:
            assert values(await receive(case, member, 5)) == [b"0", b"1", b"2", b"3", b"4"]


async def test_what_was_committed_does_not_come_again(case: BusCase, bus: Bus) -> None:
    await bus.publish([case.record(PAGES, str(n), str(n).encode(), partition=1) for n in range(5)])
    async with bus.subscribe(case.group, [PAGES], Listener()) as member:
        messages = await receive(case, member, 5)
        await member.commit(after(messages[:3]))
        await member.commit({})
    async with bus.subscribe(case.group, [PAGES], Listener()) as member:
        assert values(await receive(case, member, 2)) == [b"3", b"4"]


async def test_groups_do_not_disturb_each_other(case: BusCase, bus: Bus) -> None:
    await bus.publish([case.record(PAGES, "for-all")])
    for group in ("one", "two"):
        async with bus.subscribe(case.group + group, [PAGES], Listener()) as member:
            await member.commit(after(await receive(case, member, 1)))


async def test_a_poll_gives_no_more_than_asked_for_and_goes_on_where_it_stopped(case: BusCase, bus: Bus) -> None:
    await bus.publish([case.record(PAGES, str(n), str(n).encode(), partition=2) for n in range(7)])
    async with bus.subscribe(case.group, [PAGES], Listener()) as member:
        found: list[Message] = []
        while len(found) < 7:
            batches = await member.poll(max_messages=3, timeout=1.0)
            assert sum(len(batch.messages) for batch in batches) <= 3
            found += case.ours([message for batch in batches for message in batch.messages])
    assert values(found) == [b"0", b"1", b"2", b"3", b"4", b"5", b"6"]


async def test_a_poll_gives_only_partitions_asked_for_and_the_others_later(case: BusCase, bus: Bus) -> None:
    await bus.publish([case.record(PAGES, str(n), partition=n) for n in range(PARTITIONS)])
    async with bus.subscribe(case.group, [PAGES], Listener()) as member:
        some = frozenset({Partition(PAGES, 0), Partition(PAGES, 2)})
        first: set[int] = set()
        while len(first) < 2:
            for batch in await member.poll(max_messages=100, timeout=1.0, partitions=some):
                assert batch.partition in some
                first |= {message.partition for message in case.ours(batch.messages)}
        assert await member.poll(max_messages=100, timeout=0.01, partitions=frozenset()) == []
        assert {message.partition for message in await receive(case, member, 2)} == {1, 3}


async def test_a_poll_ends_when_its_time_is_over(case: BusCase, bus: Bus) -> None:
    listener = Listener()
    async with bus.subscribe(case.group, [PAGES], listener) as member:
        await until(lambda: listener.owned == EVERYTHING, member)
        while await member.poll(max_messages=1000, timeout=1.0):
            pass  # what earlier tests left
        assert await member.poll(max_messages=10, timeout=0.05) == []
        assert await member.poll(max_messages=10, timeout=0.0) == []


async def test_a_poll_that_waits_gets_what_is_published_meanwhile(case: BusCase, bus: Bus) -> None:
    async with bus.subscribe(case.group, [PAGES], Listener()) as member:
        waiting = asyncio.create_task(receive(case, member, 1))
        await asyncio.sleep(0.05)
        await bus.publish([case.record(PAGES, "news")])
        assert len(await waiting) == 1


async def test_a_cancelled_poll_loses_nothing(case: BusCase, bus: Bus) -> None:
    found: list[Message] = []
    async with bus.subscribe(case.group, [PAGES], Listener()) as member:
        for number in range(10):
            waiting = asyncio.create_task(member.poll(max_messages=10, timeout=5.0, partitions=frozenset(EVERYTHING)))
            await bus.publish([case.record(PAGES, str(number), str(number).encode(), partition=0)])
            waiting.cancel()
            await asyncio.wait({waiting})
            if not waiting.cancelled():
                found += case.ours([message for batch in waiting.result() for message in batch.messages])
        found += await receive(case, member, 10 - len(found))
        assert values(found) == [str(number).encode() for number in range(10)]


async def test_a_lone_member_is_told_that_it_owns_everything(case: BusCase, bus: Bus) -> None:
    listener = Listener()
    async with bus.subscribe(case.group, [PAGES], listener) as member:
        assert member.generation == 0
        await until(lambda: listener.owned == EVERYTHING, member)
        assert member.assignment == EVERYTHING
        assert member.generation == listener.generations[-1] > 0


async def two_members(bus: Bus, case: BusCase, topics: list[str], first: Listener, second: Listener) -> None:
    """Runs two members until both own something and all is owned; the second one comes later, and leaves first."""
    everything = {Partition(topic, number) for topic in topics for number in range(PARTITIONS)}
    async with bus.subscribe(case.group, topics, first) as one:
        await until(lambda: first.owned == everything, one)
        async with bus.subscribe(case.group, topics, second) as two:
            await until(lambda: bool(second.owned) and first.owned | second.owned == everything, one, two)
            assert (one.assignment, two.assignment) == (first.owned, second.owned)
            assert not first.owned & second.owned
            first.told.append(("", "settled", second.owned))
        await until(lambda: first.owned == everything, one)


async def test_two_members_share_and_equal_numbers_go_together(case: BusCase, bus: Bus) -> None:
    first, second = Listener(), Listener()
    await two_members(bus, case, [PAGES, PAGES_BULK], first, second)
    numbers = {topic: {p.number for p in second.owned if p.topic == topic} for topic in (PAGES, PAGES_BULK)}
    assert numbers[PAGES] == numbers[PAGES_BULK]
    assert len(numbers[PAGES]) == PARTITIONS // 2


async def test_a_partition_is_revoked_before_it_is_assigned_elsewhere(case: BusCase, bus: Bus) -> None:
    told: list[tuple[str, str, frozenset[Partition]]] = []
    await two_members(bus, case, [PAGES], Listener("first", told), Listener("second", told))
    holders: dict[Partition, str] = {}
    for name, what, partitions in told:
        for partition in partitions if what != "settled" else ():
            if what == "assigned":
                assert holders.setdefault(partition, name) == name
            else:
                assert holders.pop(partition) == name
        if what == "settled":
            assert {partition for partition, name in holders.items() if name == "second"} == partitions
            # It leaves without a word to its listener; the group knows.
            holders = {partition: name for partition, name in holders.items() if name != "second"}
    assert set(holders.values()) == {"first"}


async def test_the_generation_of_a_new_owner_is_higher_than_that_of_the_old_one(case: BusCase, bus: Bus) -> None:
    first, second = Listener(), Listener()
    await two_members(bus, case, [PAGES], first, second)
    assert first.generations[0] < second.generations[0] < first.generations[-1]
    assert first.generations == sorted(first.generations)


async def test_a_commit_of_what_was_lost_is_refused(case: BusCase, bus: Bus) -> None:
    first, second = Listener(), Listener()
    async with bus.subscribe(case.group, [PAGES], first) as one:
        await until(lambda: first.owned == EVERYTHING, one)
        async with bus.subscribe(case.group, [PAGES], second) as two:
            await until(lambda: bool(second.owned) and first.owned | second.owned == EVERYTHING, one, two)
            moved = next(iter(second.owned))
            with pytest.raises(Lost):
                await one.commit({moved: 1})
            await two.commit({moved: 0})


async def test_a_commit_within_the_revocation_is_taken(case: BusCase, bus: Bus) -> None:
    await bus.publish([case.record(PAGES, str(n), partition=n) for n in range(PARTITIONS)])
    seen: list[Message] = []

    class Careful(Listener):
        member: Subscription

        async def revoked(self, partitions: frozenset[Partition]) -> None:
            await self.member.commit(after([message for message in seen if message.source in partitions]))
            await super().revoked(partitions)

    first, second = Careful(), Listener()
    async with bus.subscribe(case.group, [PAGES], first) as first.member:
        seen += await receive(case, first.member, PARTITIONS)
        async with bus.subscribe(case.group, [PAGES], second) as two:
            again = await until(lambda: bool(second.owned), first.member, two)
            again += [m for batch in await two.poll(max_messages=100, timeout=0.5) for m in batch.messages]
            assert not [message for message in case.ours(again) if message.source in second.owned]


async def test_a_poll_during_a_long_revocation_comes_back_in_time_and_empty(case: BusCase, bus: Bus) -> None:
    released, waiting = asyncio.Event(), asyncio.Event()

    class Slow(Listener):
        async def revoked(self, partitions: frozenset[Partition]) -> None:
            waiting.set()
            await released.wait()
            await super().revoked(partitions)

    first, second = Slow(), Listener()
    async with bus.subscribe(case.group, [PAGES], first) as one:
        await until(lambda: first.owned == EVERYTHING, one)
        async with bus.subscribe(case.group, [PAGES], second) as two:
            await until(waiting.is_set, one, two)
            await bus.publish([case.record(PAGES, str(n), partition=n) for n in range(PARTITIONS)])
            for _ in range(3):
                for batch in await one.poll(max_messages=100, timeout=0.05):
                    # Only a bus that moves single partitions may go on with the ones that stay.
                    assert batch.partition not in second.owned
            assert not second.owned
            released.set()
            await until(lambda: bool(second.owned), one, two)


async def test_a_member_that_loads_its_state_for_longer_than_a_session_stays_in(case: BusCase, bus: Bus) -> None:
    class Thorough(Listener):
        async def assigned(self, partitions: frozenset[Partition], generation: int) -> None:
            await asyncio.sleep(1.3 * SESSION)
            await super().assigned(partitions, generation)

    listener = Thorough()
    async with bus.subscribe(case.group, [PAGES], listener) as member:
        await until(lambda: listener.owned == EVERYTHING, member)
        await member.commit(dict.fromkeys(EVERYTHING, 0))
        assert [what for _, what, _ in listener.told] == ["assigned"]


async def test_a_failing_listener_is_heard_of_at_the_next_poll(case: BusCase, bus: Bus) -> None:
    class Failing(Listener):
        async def assigned(self, partitions: frozenset[Partition], generation: int) -> None:
            raise RuntimeError("no state to be had")

    async with bus.subscribe(case.group, [PAGES], Failing()) as member:
        with pytest.raises(RuntimeError, match="no state"):
            await until(lambda: False, member)


async def test_a_named_member_that_comes_back_owns_what_it_owned(case: BusCase, bus: Bus) -> None:
    for _ in range(2):
        listener = Listener()
        async with bus.subscribe(case.group, [PAGES], listener, member="stage-0") as member:
            await until(lambda listener=listener: listener.owned == EVERYTHING, member)  # type: ignore[misc]


async def test_subscribing_to_a_topic_that_does_not_exist_is_a_configuration_error(case: BusCase, bus: Bus) -> None:
    with pytest.raises(ConfigError, match="no-such-topic"):
        async with bus.subscribe(case.group, ["no-such-topic"], Listener()):
            pass


async def test_lag_is_what_was_not_committed_and_since_when(case: BusCase, bus: Bus) -> None:
    place = Partition(PAGES, 0)
    await bus.publish([case.record(PAGES, str(n), partition=0) for n in range(5)])
    async with bus.subscribe(case.group, [PAGES], Listener()) as member:
        messages = await receive(case, member, 5)
        assert (await bus.lag(case.group, [PAGES]))[place].messages >= 5
        await member.commit(after(messages[:2]))
        lag = await bus.lag(case.group, [PAGES])
        assert set(lag) == EVERYTHING
        assert (lag[place].messages, lag[place].oldest) == (3, messages[2].time)
        await member.commit(after(messages))
        assert (await bus.lag(case.group, [PAGES]))[place].messages == 0
        assert (await bus.lag(case.group, [PAGES]))[place].oldest is None


# ------------------------------------------------ topics and connection


async def test_creating_the_topics_again_creates_nothing(case: BusCase, bus: Bus) -> None:
    assert await bus.create_topics(PARTITIONS) == []
    assert {await bus.partition_count(name) for topic in BY_NAME for name in (topic, dlq_of(topic))} == {PARTITIONS}


async def test_another_number_of_partitions_is_a_configuration_error(case: BusCase, bus: Bus) -> None:
    with pytest.raises(ConfigError, match="partitions"):
        await bus.create_topics(PARTITIONS + 1)
    assert await bus.partition_count(PAGES) == PARTITIONS


async def test_a_bus_that_is_there_answers(case: BusCase, bus: Bus) -> None:
    await bus.ping()
    await bus.start()
    await bus.ping()


async def test_a_bus_that_cannot_be_reached_says_where_it_was_looked_for(
    case: BusCase, request: pytest.FixtureRequest
) -> None:
    cannot(request, "memory", "it is always there")
    bus, address = case.broken()
    with pytest.raises(Unavailable, match=address):
        await bus.start()
    with pytest.raises(Unavailable, match=address):
        await bus.ping()
    await bus.close()


async def test_a_closed_bus_refuses_work_and_may_be_closed_again(case: BusCase) -> None:
    bus = case.open()
    await bus.start()
    await bus.close()
    await bus.close()
    with pytest.raises(Unavailable):
        await bus.ping()
    with pytest.raises(Unavailable):
        await bus.publish([case.record(PAGES, "late")])


async def test_members_that_come_and_go_under_load_lose_nothing_and_never_hold_a_partition_together(
    case: BusCase, bus: Bus
) -> None:
    handled: list[tuple[Partition, int, str]] = []

    async def work(stop: asyncio.Event) -> None:
        async with bus.subscribe(case.group, [PAGES], Listener()) as member:
            while not stop.is_set():
                for batch in await member.poll(max_messages=20, timeout=0.05):
                    generation = member.generation
                    handled.extend((batch.partition, generation, message.key) for message in case.ours(batch.messages))
                    try:
                        await member.commit(after(batch.messages))
                    except Lost:
                        pass  # its next owner does it again

    async def publish() -> None:
        for number in range(60):
            await bus.publish([case.record(PAGES, f"{number}-{n}", partition=n) for n in range(PARTITIONS)])
            await asyncio.sleep(0.02)

    stops = [asyncio.Event() for _ in range(3)]
    async with asyncio.timeout(2 * PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(work(stops[0]))
        publishing = group.create_task(publish())
        await asyncio.sleep(0.3)
        group.create_task(work(stops[1]))
        group.create_task(work(stops[2]))
        await publishing
        stops[0].set()
        stops[1].set()
        expected = {case.key(f"{number}-{n}") for number in range(60) for n in range(PARTITIONS)}
        while {key for _, _, key in handled} != expected:  # noqa: ASYNC110 - several members write to the list
            await asyncio.sleep(0.05)
        stops[2].set()
    for partition in EVERYTHING:
        generations = [generation for place, generation, _ in handled if place == partition]
        assert generations == sorted(generations)
