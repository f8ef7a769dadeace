"""The bulk loop."""

import asyncio

import pytest

from services.core.clock import ManualClock
from services.core.errors import DatelineError
from services.core.ports import Upsert, Written
from services.sink import metrics
from services.sink.write import WriteOptions, Writer
from tests.sink.records import NOW, CountingClock, ScriptedIndex, as_index


def _item(key: str, version: int = 1) -> Upsert:
    return Upsert("articles", key, version, "2026-03", {"id": key})


async def test_of_a_mixed_bulk_only_the_refused_item_is_sent_again() -> None:
    index, clock = ScriptedIndex(), CountingClock()
    index.put(_item("old", 5))
    index.refusals = {"bad": ["failed"], "busy": ["retry", "retry"]}
    results = await Writer(as_index(index), clock).write([_item(k) for k in ("good", "bad", "old", "busy")])
    assert [w.result for w in results] == ["written", "failed", "stale", "written"]
    assert index.requests == [["good", "bad", "old", "busy"], ["busy"], ["busy"]]


async def test_pauses_grow_with_jitter_up_to_a_bound() -> None:
    index, clock = ScriptedIndex(), CountingClock()
    index.refusals = {"busy": ["retry"] * 12}
    await Writer(as_index(index), clock, WriteOptions(first_pause=1.0, longest_pause=8.0)).write([_item("busy")])
    longest = [min(8.0, 2.0**n) for n in range(12)]
    assert all(0.5 * most <= pause <= most for pause, most in zip(clock.pauses, longest, strict=True))
    assert len(set(clock.pauses[4:])) > 1


async def test_a_request_without_an_answer_is_sent_again_whole() -> None:
    index, clock = ScriptedIndex(), CountingClock()
    index.outages = 3
    before = metrics.UNAVAILABLE._value.get()
    results = await Writer(as_index(index), clock).write([_item("a"), _item("b")])
    assert [w.result for w in results] == ["written", "written"]
    assert index.requests == [["a", "b"]]
    assert len(clock.pauses) == metrics.UNAVAILABLE._value.get() - before == 3


async def test_requests_are_cut_into_chunks_and_results_keep_the_order() -> None:
    index = ScriptedIndex()
    keys = [f"k{n}" for n in range(7)]
    results = await Writer(as_index(index), CountingClock(), WriteOptions(chunk=3)).write([_item(k) for k in keys])
    assert [w.id for w in results] == keys
    assert [len(request) for request in index.requests] == [3, 3, 1]


async def test_nothing_to_write_sends_nothing() -> None:
    index = ScriptedIndex()
    assert await Writer(as_index(index), CountingClock()).write([]) == []
    assert index.requests == []


async def test_a_full_index_shows_as_retrying_until_it_takes_the_item() -> None:
    index, clock = ScriptedIndex(), ManualClock(NOW)
    index.refusals = {"busy": ["retry", "retry"]}
    before = metrics.RETRYING._value.get()
    task = asyncio.create_task(Writer(as_index(index), clock).write([_item("busy"), _item("good")]))
    await _until(lambda: len(index.requests) == 1)
    assert metrics.RETRYING._value.get() == before + 1
    for tries in (2, 3):
        clock.advance(60)
        await _until(lambda tries=tries: len(index.requests) == tries)
    assert [w.result for w in await task] == ["written", "written"]
    assert metrics.RETRYING._value.get() == before


async def test_a_cancelled_retry_ends_at_once_and_leaves_no_trace_in_the_gauge() -> None:
    index, clock = ScriptedIndex(), ManualClock(NOW)
    index.refusals = {"busy": ["retry"] * 9}
    before = metrics.RETRYING._value.get()
    task = asyncio.create_task(Writer(as_index(index), clock).write([_item("busy")]))
    await _until(lambda: len(index.requests) == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert metrics.RETRYING._value.get() == before


async def test_an_index_that_answers_for_fewer_items_is_a_bug_and_not_a_loss() -> None:
    class Short(ScriptedIndex):
        async def upsert(self, items: object) -> list[Written]:
            return []

    with pytest.raises(DatelineError, match="0 results for 1"):
        await Writer(as_index(Short()), CountingClock()).write([_item("a")])


async def _until(condition: object) -> None:
    for _ in range(100):
        if condition():  # type: ignore[operator]
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")
