"""The running linker over a bus."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from services.adapters.memory_bus import MemoryBus
from services.core.clock import ManualClock
from services.core.envelope import record_of
from services.core.errors import BadInput, Unavailable
from services.core.models import ArticleRevision, Correction, Event, LinkState, Model
from services.core.ports import Batch, Message, Partition, Record
from services.core.stage import Done, Failed, Result
from services.core.topics import CORRECTIONS, EVENTS, LINKER_STATE, MENTIONS
from services.linker import metrics
from services.linker.stage import LinkerHandler, LinkerOptions
from tests.linker.reports import NOON, SEBHA, report

MINE = frozenset({Partition(MENTIONS, 1), Partition(CORRECTIONS, 1)})


@pytest.fixture
async def bus() -> AsyncIterator[MemoryBus]:
    bus = MemoryBus(clock=ManualClock(NOON, auto=True))
    await bus.start()
    await bus.create_topics(3)
    yield bus
    await bus.close()


def batch(*models: Model | bytes, topic: str = MENTIONS, offset: int = 0) -> Batch:
    messages = []
    for at, model in enumerate(models):
        record = Record(topic, "k", model) if isinstance(model, bytes) else record_of(topic, "k", model)
        when = NOON + timedelta(minutes=offset + at)
        messages.append(Message(topic, 1, offset + at, record.key, record.value, record.headers, when))
    return Batch(Partition(topic, 1), messages)


def events_of(results: Sequence[Result]) -> list[Event]:
    records = [record for result in results if isinstance(result, Done) for record in result.outputs]
    assert {(record.topic, record.partition) for record in records} <= {(EVENTS, 1)}
    return [Event.model_validate_json(record.value or b"") for record in records]


async def handler_on(bus: MemoryBus, generation: int = 1, options: LinkerOptions | None = None) -> LinkerHandler:
    handler = LinkerHandler(bus, ManualClock(NOON, auto=True), options)
    await handler.assigned(MINE, generation)
    return handler


def revision(article: str, number: int, *mentions: str) -> ArticleRevision:
    return ArticleRevision(article_id=article, revision=number, coder_number=1, mention_ids=mentions)


async def states(bus: MemoryBus) -> dict[str, LinkState | None]:
    found: dict[str, LinkState | None] = {}
    async for message in bus.read_all(LINKER_STATE):
        assert message.partition == 1
        found[message.key] = None if message.value is None else LinkState.model_validate_json(message.value)
    return found


async def test_an_event_goes_out_in_the_partition_it_came_from_with_the_message_that_made_it(bus: MemoryBus) -> None:
    handler = await handler_on(bus)
    results = await handler.handle(
        batch(revision("a1", 1, "a1-m1"), report("a1"), report("a2"), report("a3", place=SEBHA))
    )
    outputs = [len(result.outputs) for result in results if isinstance(result, Done)]
    assert outputs == [0, 0, 1, 1]
    assert sorted(event.mention_count for event in events_of(results)) == [1, 2]


async def test_an_event_carries_on_the_trace_of_its_message(bus: MemoryBus) -> None:
    handler = await handler_on(bus)
    work = batch(report("a1"))
    (result,) = await handler.handle(work)
    assert isinstance(result, Done)
    assert result.outputs[0].headers["traceparent"][:35] == work.messages[0].headers["traceparent"][:35]


async def test_state_is_durable_before_events_are_handed_on(bus: MemoryBus) -> None:
    handler = await handler_on(bus, generation=4)
    (event,) = events_of(await handler.handle(batch(report("a1"))))
    kept = await states(bus)
    assert set(kept) == {"owner:4", "a1-m1", f"event:{event.id}"}
    mention = kept["a1-m1"]
    assert mention is not None
    assert (mention.event_id, mention.mention, mention.generation) == (event.id, report("a1"), 4)


async def test_a_new_owner_goes_on_and_a_replay_changes_nothing(bus: MemoryBus) -> None:
    first = await handler_on(bus)
    told = events_of(await first.handle(batch(report("a1"), report("a2", place=SEBHA))))
    second = await handler_on(bus, generation=2)
    assert sorted(events_of(await second.handle(batch(report("a1"), report("a2", place=SEBHA)))), key=_id) == sorted(
        told, key=_id
    )
    assert events_of(await second.handle(batch(report("a1"), report("a2", place=SEBHA)))) == []
    (event,) = events_of(await second.handle(batch(report("a3"), offset=9)))
    assert event.mention_count == 2
    assert event.version > told[0].version


def _id(event: Event) -> str:
    return event.id


async def test_a_zombies_late_state_is_ignored(bus: MemoryBus) -> None:
    zombie = await handler_on(bus, generation=1)
    await handler_on(bus, generation=2)
    before = metrics.IGNORED_STATE.labels("zombie")._value.get()
    await zombie.handle(batch(report("a1")))
    heir = await handler_on(bus, generation=3)
    assert metrics.IGNORED_STATE.labels("zombie")._value.get() == before + 2
    (event,) = events_of(await heir.handle(batch(report("a2"))))
    assert event.mention_count == 1
    after = await handler_on(bus, generation=4)
    (event,) = events_of(await after.handle(batch(report("a3"))))
    assert {ref.mention_id for ref in event.mentions} == {"a2-m1", "a3-m1"}


async def test_the_marks_of_former_owners_are_cleared_away(bus: MemoryBus) -> None:
    for generation in (1, 2, 5):
        await handler_on(bus, generation=generation)
    assert [key for key, record in (await states(bus)).items() if record] == ["owner:5"]


async def test_state_outlives_a_group_whose_generations_began_anew(bus: MemoryBus) -> None:
    await (await handler_on(bus, generation=9)).handle(batch(report("a1")))
    await (await handler_on(bus, generation=1)).handle(batch(report("a2"), offset=5))
    third = await handler_on(bus, generation=2)
    (event,) = events_of(await third.handle(batch(report("a3"), offset=9)))
    assert event.mention_count == 3


async def test_malformed_state_is_left_out_and_the_partition_goes_on(bus: MemoryBus) -> None:
    await (await handler_on(bus)).handle(batch(report("a1")))
    await bus.publish([Record(LINKER_STATE, "broken", b"{]", partition=1)])
    before = metrics.IGNORED_STATE.labels("malformed")._value.get()
    again = await handler_on(bus, generation=2)
    assert metrics.IGNORED_STATE.labels("malformed")._value.get() == before + 1
    (event,) = events_of(await again.handle(batch(report("a2"))))
    assert event.mention_count == 2


async def test_a_malformed_message_fails_alone(bus: MemoryBus) -> None:
    handler = await handler_on(bus)
    results = await handler.handle(batch(b"\x00", report("a1"), b"{}"))
    assert [type(result) for result in results] == [Failed, Done, Failed]
    assert isinstance(results[0], Failed)
    assert isinstance(results[0].error, BadInput)
    assert len(events_of(results)) == 1


async def test_a_message_that_no_state_record_can_hold_fails_alone(bus: MemoryBus) -> None:
    handler = await handler_on(bus)
    huge = report("a1", "word " * 220_000)
    assert len(huge.to_bytes()) > 1024 * 1024
    results = await handler.handle(batch(huge, report("a2")))
    assert [type(result) for result in results] == [Failed, Done]
    assert [event.mention_count for event in events_of(results)] == [1]


async def test_revisions_withdraw_over_the_bus(bus: MemoryBus) -> None:
    handler = await handler_on(bus)
    await handler.handle(batch(revision("a1", 1, "a1-m1"), report("a1")))
    (gone,) = events_of(await handler.handle(batch(revision("a1", 2), offset=5)))
    assert gone.retracted
    kept = await states(bus)
    withdrawn = kept["a1-m1"]
    assert withdrawn is not None
    assert (withdrawn.mention, withdrawn.event_id) == (None, gone.id)
    assert "revision:a1" in kept


async def test_corrections_are_honoured_when_they_come_and_after_a_restart(bus: MemoryBus) -> None:
    order = Correction(id="c1", kind="link", mention_ids=("a1-m1", "a2-m1", "a3-m1"), time=NOON)
    await bus.publish([record_of(CORRECTIONS, order.id, order, partition=1)])
    handler = LinkerHandler(bus, ManualClock(NOON, auto=True))
    await handler.assigned(frozenset({Partition(MENTIONS, 1)}), 1)
    await handler.handle(batch(report("a1"), report("a2", place=SEBHA)))
    (event,) = events_of(await handler.handle(batch(report("a3", type="AID"), offset=5)))
    assert event.mention_count == 3
    results = await handler.handle(batch(order, topic=CORRECTIONS))
    assert events_of(results) == []


async def test_a_correction_of_what_is_there_takes_effect(bus: MemoryBus) -> None:
    handler = await handler_on(bus)
    await handler.handle(batch(report("a1"), report("a2", place=SEBHA)))
    order = Correction(id="c1", kind="link", mention_ids=("a1-m1", "a2-m1"), time=NOON)
    told = events_of(await handler.handle(batch(order, topic=CORRECTIONS)))
    assert sorted((event.merged_into is None, event.mention_count) for event in told) == [(False, 0), (True, 2)]


async def test_a_revoked_partition_is_forgotten_and_the_topics_of_a_number_stay_together(bus: MemoryBus) -> None:
    handler = await handler_on(bus)
    await handler.handle(batch(report("a1")))
    assert metrics.WINDOW_MENTIONS._value.get() == 1
    await handler.revoked(MINE)
    assert metrics.WINDOW_MENTIONS._value.get() == 0
    await handler.assigned(frozenset({Partition(MENTIONS, 1)}), 2)
    await handler.assigned(frozenset({Partition(CORRECTIONS, 1)}), 2)
    assert metrics.WINDOW_MENTIONS._value.get() == 1


async def test_what_leaves_the_window_leaves_tombstones(bus: MemoryBus) -> None:
    options = LinkerOptions(window=timedelta(minutes=1), idle=timedelta(minutes=1))
    handler = await handler_on(bus, options=options)
    (old,) = events_of(await handler.handle(batch(report("a1"))))
    later = timedelta(days=9)
    await handler.handle(batch(report("a2", day=(NOON + later).date(), published=NOON + later), offset=9 * 24 * 60))
    kept = await states(bus)
    assert kept["a1-m1"] is None
    assert kept[f"event:{old.id}"] is None
    assert kept["a2-m1"] is not None


async def test_an_outage_of_the_bus_is_waited_out_and_a_long_one_stops_the_stage(bus: MemoryBus) -> None:
    publish, outages = bus.publish, 3

    async def flaky(records: Sequence[Record]) -> None:
        nonlocal outages
        if outages:
            outages -= 1
            raise Unavailable("away")
        await publish(records)

    handler = await handler_on(bus)
    bus.publish = flaky  # type: ignore[method-assign]
    assert len(events_of(await handler.handle(batch(report("a1"))))) == 1
    outages = 10**6
    with pytest.raises(Unavailable):
        await handler.handle(batch(report("a2")))


async def test_decisions_and_events_are_counted(bus: MemoryBus) -> None:
    def counts() -> dict[str, float]:
        decisions = {name: metrics.MENTIONS.labels(name)._value.get() for name in metrics.DECISIONS}
        return {**decisions, **{name: metrics.EVENTS.labels(name)._value.get() for name in metrics.KINDS}}

    before = counts()
    handler = await handler_on(bus)
    await handler.handle(batch(report("a1"), report("a2"), report("a3", place=SEBHA)))
    await handler.handle(batch(revision("a3", 2), revision("a3", 1), report("a3", place=SEBHA), offset=9))
    grown = {name: value - before[name] for name, value in counts().items() if value != before[name]}
    assert grown == {"joined": 1, "founded": 2, "withdrawn": 1, "stale": 1, "told": 2, "retracted": 1}
