"""Dead letters are found, go back as they were, and stay where they were put."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from services.adapters.kafka_bus import KafkaBus, KafkaOptions
from services.adapters.memory_bus import MemoryBus
from services.app.dlq import STATES, Selection, drop, find, original, topic_named
from services.core.clock import ManualClock
from services.core.envelope import dead_letter, record_of, tombstone
from services.core.errors import BadInput, ConfigError, Unavailable, WorkerStopped
from services.core.examples import FEED
from services.core.ports import Record
from services.core.topics import CORRECTIONS, DLQ_MAX_BYTES, DLQ_STATE, FEEDS, MENTIONS, RAW, dlq_of
from tests.app.letters import HEADERS, NOW, failed, ids, letters, memory, replay, there
from tests.contract import bus_cases

ANY = Selection(states=STATES)

# ---------------------------------------------------------------- finding


async def test_a_letter_tells_what_failed_and_why() -> None:
    async with memory(failed(error=WorkerStopped("took too long"))) as bus:
        (letter,) = await letters(bus)
    assert (letter.id, letter.state) == ("dateline.articles.raw/1/41", "waiting")
    assert (letter.told.stage, letter.told.error, letter.told.message) == ("enricher", "WorkerStopped", "took too long")
    assert (letter.told.time, letter.told.schema_version) == (NOW, "raw-article/1")


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        (Selection(), {"1", "2", "3", "4"}),
        (Selection(topic=MENTIONS), {"2"}),
        (Selection(stage="linker"), {"2"}),
        (Selection(error="WorkerStopped"), {"3"}),
        (Selection(key="b"), {"4"}),
        (Selection(since=NOW - timedelta(seconds=60)), {"1", "2", "3"}),
        (Selection(until=NOW - timedelta(seconds=60)), {"4"}),
        (Selection(ids=[f"{RAW}/1/3", f"{MENTIONS}/1/2"]), {"2", "3"}),
        (Selection(topic=RAW, key="b", stage="linker"), set()),
        (Selection(topic=MENTIONS, ids=[f"{RAW}/1/3"]), set()),
        (Selection(states=("replayed", "dropped")), set()),
    ],
)
async def test_letters_are_chosen_by_all_that_is_given(selection: Selection, found: set[str]) -> None:
    async with memory(
        failed(1), failed(2, topic=MENTIONS, stage="linker"), failed(3, error=WorkerStopped("dead")),
        failed(4, key="b", ago=90),
    ) as bus:  # fmt: skip
        assert {letter_id.rpartition("/")[2] for letter_id in ids(await letters(bus, selection))} == found


async def test_no_more_come_than_were_asked_for() -> None:
    async with memory(*(failed(offset) for offset in range(5))) as bus:
        assert ids(await letters(bus, Selection(limit=2))) == [f"{RAW}/1/0", f"{RAW}/1/1"]


async def test_a_message_set_aside_twice_is_one_letter() -> None:
    async with memory(failed(), failed()) as bus:
        assert len(await letters(bus)) == 1
        assert [obstacle for _, obstacle in await replay(bus)] == [None]
        assert len(await there(bus)) == 1


async def test_what_is_no_letter_is_told_and_the_others_come() -> None:
    stray = replace(failed(7, topic=MENTIONS), topic=dlq_of(RAW))
    async with memory(Record(dlq_of(RAW), "k", b"x", HEADERS), stray, failed()) as bus:
        bad: list[BadInput] = []
        assert [letter.id async for letter in find(bus, Selection(), bad)] == [f"{RAW}/1/41"]
    stranger, misplaced = sorted(str(error).partition(": ")[2] for error in bad)[::-1]
    assert "of its headers are missing" in stranger
    assert misplaced == "a letter of dateline.mentions does not belong here"


@pytest.mark.parametrize("name", [RAW, "articles.raw", dlq_of(RAW), "articles.raw.dlq"])
def test_a_topic_is_named_with_or_without_its_ends(name: str) -> None:
    assert topic_named(name) == RAW


def test_an_unknown_topic_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"dateline\.mentions"):
        topic_named("articles")


# ---------------------------------------------------------------- replaying


@pytest.mark.parametrize("value", [b"\x00\xffbytes", b"", None])
async def test_a_message_goes_back_to_its_place_as_it_was(value: bytes | None) -> None:
    async with memory(failed(value=value, key="ключ", partition=2)) as bus:
        assert await replay(bus) == [(f"{RAW}/2/41", None)]
        (message,) = await there(bus)
    assert (message.partition, message.key, message.value) == (2, "ключ", value)
    assert dict(message.headers) == HEADERS


async def test_what_was_replayed_waits_no_longer_but_can_be_asked_for_again() -> None:
    async with memory(failed()) as bus:
        await replay(bus)
        assert await replay(bus) == []
        assert [letter.state for letter in await letters(bus, ANY)] == ["replayed"]
        assert await replay(bus, ANY) == [(f"{RAW}/1/41", None)]
        first, second = await there(bus)
    assert (first.key, first.value, first.headers) == (second.key, second.value, second.headers)


async def test_a_message_that_fails_once_more_is_a_letter_of_its_own() -> None:
    async with memory(failed()) as bus:
        await replay(bus)
        (back,) = await there(bus)
        again = dead_letter(back, BadInput("still"), stage="enricher", attempts=1, code_version="9", now=NOW)
        await bus.publish([again])
        assert [(letter.id, letter.told.message) for letter in await letters(bus)] == [(f"{RAW}/1/0", "still")]


async def test_a_letter_that_came_after_the_mark_waits() -> None:
    clock = ManualClock(NOW)
    bus = MemoryBus(clock=clock)
    await bus.start()
    await bus.create_topics(3)
    await bus.publish([failed()])
    await replay(bus, clock=ManualClock(NOW, auto=True))
    clock.advance(5)
    await bus.publish([failed()])
    assert [letter.state for letter in await letters(bus, ANY)] == ["replayed", "waiting"]
    await bus.close()


async def test_no_more_go_back_in_a_second_than_allowed() -> None:
    clock = ManualClock(NOW, auto=True)
    async with memory(*(failed(offset) for offset in range(40))) as bus:
        assert len(await replay(bus, clock=clock, rate=2.0)) == 40
    assert 19.0 <= clock.monotonic() <= 20.0


async def test_fractions_of_a_message_a_second_are_a_rate_too() -> None:
    clock = ManualClock(NOW, auto=True)
    async with memory(failed(1), failed(2), failed(3)) as bus:
        await replay(bus, clock=clock, rate=0.1)
    assert clock.monotonic() == pytest.approx(20.0)


async def test_a_letter_of_which_only_the_beginning_was_kept_cannot_go_back() -> None:
    async with memory(failed(1, value=b"x" * (DLQ_MAX_BYTES + 5)), failed(2)) as bus:
        (large, obstacle), (small, none) = await replay(bus)
        assert (large, small, none) == (f"{RAW}/1/1", f"{RAW}/1/2", None)
        assert obstacle == f"only the first 65536 of its {DLQ_MAX_BYTES + 5} bytes were kept: it can not be replayed"
        assert ids(await letters(bus)) == [f"{RAW}/1/1"]
        assert len(await there(bus)) == 1


async def test_a_letter_for_a_partition_that_is_no_more_cannot_go_back() -> None:
    gone = failed(1, partition=2)
    headers = {**gone.headers, "dateline-dlq-partition": "9"}
    async with memory(replace(gone, headers=headers)) as bus:
        ((_, obstacle),) = await replay(bus)
    assert obstacle == "dateline.articles.raw has 3 partitions now: there is no partition 9"


async def test_into_a_compacted_topic_nothing_goes_that_would_undo_something_newer() -> None:
    old = record_of(FEEDS, FEED.id, FEED, partition=1)
    letter = failed(0, topic=FEEDS, key=FEED.id, value=old.value, stage="crawler")
    removed = failed(1, topic=FEEDS, key="other", value=b"{}", stage="crawler")
    async with memory(old, Record(FEEDS, "other", b"{}", partition=1), letter, removed) as bus:
        paused = FEED.model_copy(update={"paused": True})
        await bus.publish([tombstone(FEEDS, "other", partition=1)])
        assert await replay(bus, Selection(key=FEED.id)) == [(f"{FEEDS}/1/0", None)]
        await bus.publish([record_of(FEEDS, FEED.id, paused, partition=1)])
        refused = await replay(bus, ANY)
        assert [letter_id for letter_id, _ in refused] == [f"{FEEDS}/1/0", f"{FEEDS}/1/1"]
        assert all(obstacle is not None and "newer record of its key" in obstacle for _, obstacle in refused)
        assert (await there(bus, FEEDS))[-1].value == paused.to_bytes()


class Failing(MemoryBus):
    """Goes away at the publication of a topic."""

    away = ""

    async def publish(self, records: Sequence[Record]) -> None:
        if any(record.topic == self.away for record in records):
            raise Unavailable("away")
        await super().publish(records)


@pytest.mark.parametrize(("away", "sent"), [(RAW, 0), (DLQ_STATE, 1)])
async def test_a_bus_that_goes_away_loses_no_letter(away: str, sent: int) -> None:
    bus = Failing()
    await bus.start()
    await bus.create_topics(3)
    await bus.publish([failed()])
    bus.away = away
    with pytest.raises(Unavailable):
        await replay(bus)
    bus.away = ""
    assert len(await there(bus)) == sent
    assert await replay(bus) == [(f"{RAW}/1/41", None)]
    assert len(await there(bus)) == sent + 1
    await bus.close()


# ---------------------------------------------------------------- dropping


async def test_what_was_dropped_is_neither_listed_nor_replayed() -> None:
    async with memory(failed(1), failed(2)) as bus:
        await drop(bus, await letters(bus, Selection(ids=[f"{RAW}/1/1"])), now=NOW, reason="spam")
        assert await replay(bus) == [(f"{RAW}/1/2", None)]
        states = {letter.id: letter.state for letter in await letters(bus, ANY)}
        assert states == {f"{RAW}/1/1": "dropped", f"{RAW}/1/2": "replayed"}


async def test_dropping_nothing_is_no_trouble() -> None:
    async with memory() as bus:
        await drop(bus, [], now=NOW)
        assert await there(bus, DLQ_STATE) == []


# ---------------------------------------------------------------- Kafka


@pytest.mark.kafka
async def test_over_kafka_a_letter_goes_back_once_and_as_it_was(kafka_address: str) -> None:
    case = bus_cases.BusCase("kafka", MemoryBus, lambda: (MemoryBus(), ""))
    selection = Selection(key=case.key("page"), topic=CORRECTIONS)
    async with bus_cases.opened(KafkaBus(kafka_address, options=KafkaOptions(client_id="dlq"))) as bus:
        await bus.create_topics(bus_cases.PARTITIONS)
        await bus.publish([case.record(CORRECTIONS, "page", b"\xff{", headers=HEADERS, partition=2)])
        (message,) = case.ours(await there(bus, CORRECTIONS))
        letter = dead_letter(message, BadInput("x"), stage="linker", attempts=1, code_version="9", now=NOW)
        await bus.publish([letter, letter])
        assert await replay(bus, selection) == [(f"{CORRECTIONS}/2/{message.offset}", None)]
        assert await replay(bus, selection) == []
        back = case.ours(await there(bus, CORRECTIONS))[-1]
        (kept,) = await letters(bus, Selection(key=selection.key, topic=CORRECTIONS, states=STATES[1:2]))
    assert (back.partition, back.key, back.value, back.headers) == (2, message.key, b"\xff{", message.headers)
    assert back.offset > message.offset
    assert original(kept).headers == message.headers
