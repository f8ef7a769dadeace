"""What the embedded bus does beyond the contract: several processes, kill -9, retention, compaction on disk."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.adapters.bus_log import Log
from services.adapters.bus_records import all_topics
from services.adapters.sqlite_bus import SqliteBus
from services.core.clock import ManualClock
from services.core.errors import ConfigError, Unavailable
from services.core.ports import Partition, Record
from services.core.topics import DAY_MS, EVENTS, FEED_STATE, PAGES, SUPERSEDED_MS, dlq_of
from tests.contract.bus_cases import Listener, opened, until

ROOT = Path(__file__).resolve().parents[2]
DAY = DAY_MS / 1000
EVERYTHING = frozenset(Partition(PAGES, number) for number in range(4))


async def worker(directory: Path, what: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.adapters.bus_worker", directory, what, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )


async def lines(process: asyncio.subprocess.Process, count: int) -> list[str]:
    assert process.stdout is not None
    async with asyncio.timeout(60):
        return [(await process.stdout.readline()).decode().strip() for _ in range(count)]


async def kill(process: asyncio.subprocess.Process) -> str:
    """Kills it and gives what it had said by then and was not read."""
    process.kill()
    assert process.stdout is not None
    rest = (await process.stdout.read()).decode()
    await process.wait()
    return rest


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[SqliteBus]:
    async with opened(SqliteBus(tmp_path)) as started:
        await started.create_topics(4)
        yield started


async def keys(bus: SqliteBus, topic: str = PAGES) -> list[str]:
    return [message.key async for message in bus.read_all(topic)]


async def test_a_killed_writer_loses_nothing_that_was_acknowledged(bus: SqliteBus, tmp_path: Path) -> None:
    process = await worker(tmp_path, "publish")
    acknowledged = await lines(process, 30)
    acknowledged += (await kill(process)).split()
    found = await keys(bus)
    assert len(found) == len(set(found))
    assert {str(number) for number in range(int(acknowledged[-1]))} <= set(found)


async def test_a_process_sees_what_another_publishes(bus: SqliteBus, tmp_path: Path) -> None:
    async with bus.subscribe("group", [PAGES], Listener()) as member:
        process = await worker(tmp_path, "publish")
        received: set[str] = set()
        try:
            async with asyncio.timeout(60):
                while len(received) < 100:
                    for batch in await member.poll(max_messages=100, timeout=1.0):
                        received |= {message.key for message in batch.messages}
        finally:
            await kill(process)


async def test_processes_share_a_group_and_a_killed_ones_partitions_come_back(bus: SqliteBus, tmp_path: Path) -> None:
    listener = Listener()
    async with bus.subscribe("group", [PAGES], listener) as member:
        await until(lambda: listener.owned == EVERYTHING, member)
        process = await worker(tmp_path, "join")
        told = asyncio.create_task(lines(process, 1))
        await until(lambda: told.done() and len(listener.owned) == 2, member)
        _, count, generation = told.result()[0].split()
        assert int(count) == 2
        await kill(process)
        await until(lambda: listener.owned == EVERYTHING, member)
        assert listener.generations[-1] > int(generation) > listener.generations[0]


async def test_two_clients_of_one_process_share_a_directory(bus: SqliteBus, tmp_path: Path) -> None:
    async with opened(SqliteBus(tmp_path)) as other, other.subscribe("group", [PAGES], Listener()) as member:
        await bus.publish([Record(PAGES, "a", b"1")])
        received = [
            message.key for batch in await member.poll(max_messages=1, timeout=30) for message in batch.messages
        ]
        assert received == ["a"]


async def test_records_go_when_their_time_is_over(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    async with opened(SqliteBus(tmp_path, clock=clock)) as bus:
        await bus.create_topics(1)
        for topic in (PAGES, dlq_of(PAGES), EVENTS, FEED_STATE):
            await bus.publish([Record(topic, "old", b"1")])
        clock.advance(6 * DAY)
        await bus.publish([Record(PAGES, "new", b"2")])
        await bus.maintain()
        assert await keys(bus) == ["old", "new"]
        clock.advance(2 * DAY)
        await bus.maintain()
        assert await keys(bus) == ["new"]
        assert await keys(bus, dlq_of(PAGES)) == await keys(bus, EVENTS) == ["old"]
        clock.advance(24 * DAY)
        await bus.maintain()
        assert await keys(bus, dlq_of(PAGES)) == await keys(bus, EVENTS) == []
        assert await keys(bus, FEED_STATE) == ["old"]


async def test_a_group_goes_on_where_records_are_gone(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    async with opened(SqliteBus(tmp_path, clock=clock)) as bus:
        await bus.create_topics(1)
        await bus.publish([Record(PAGES, "expired", b"1")])
        clock.advance(8 * DAY)
        await bus.maintain()
        await bus.publish([Record(PAGES, "kept", b"2")])
        assert (await bus.lag("group", [PAGES]))[Partition(PAGES, 0)].messages == 1
        async with bus.subscribe("group", [PAGES], Listener()) as member:
            (batch,) = await member.poll(max_messages=10, timeout=30)
            assert [(message.key, message.offset) for message in batch.messages] == [("kept", 1)]


async def test_tombstones_are_kept_for_a_day_so_that_readers_see_them(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    async with opened(SqliteBus(tmp_path, clock=clock)) as bus:
        await bus.create_topics(1)
        await bus.publish([Record(FEED_STATE, "gone", b"1"), Record(FEED_STATE, "stays", b"1")])
        await bus.publish([Record(FEED_STATE, "gone", None)])
        clock.advance(0.9 * DAY)
        await bus.maintain()
        assert await keys(bus, FEED_STATE) == ["stays", "gone"]
        clock.advance(0.2 * DAY)
        await bus.maintain()
        assert await keys(bus, FEED_STATE) == ["stays"]


async def test_a_compacted_topic_does_not_grow_with_its_updates(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))

    def size() -> int:
        with sqlite3.connect(tmp_path / "bus.sqlite") as db:
            (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.close()
        return int(pages)

    async with opened(SqliteBus(tmp_path, clock=clock)) as bus:

        async def update() -> None:
            await bus.publish([Record(FEED_STATE, str(number), bytes(2000)) for number in range(50)])
            clock.advance(SUPERSEDED_MS / 1000 + 1)
            await bus.maintain()

        await bus.create_topics(4)
        await update()
        await update()
        before = size()
        for _ in range(20):
            await update()
        assert size() <= before * 1.5
        clock.advance(SUPERSEDED_MS / 1000 + 1)
        await bus.maintain()
        assert sorted(await keys(bus, FEED_STATE), key=int) == [str(number) for number in range(50)]


async def test_what_a_record_supersedes_stays_until_compaction_so_that_a_zombies_can_be_told(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    async with opened(SqliteBus(tmp_path, clock=clock)) as bus:
        await bus.create_topics(1)
        for value in (b"owner", b"zombie"):
            await bus.publish([Record(FEED_STATE, "feed", value), Record(FEED_STATE, "other", value)])
        clock.advance(SUPERSEDED_MS / 1000 - 1)
        await bus.maintain()
        found = [message.value async for message in bus.read_all(FEED_STATE) if message.key == "feed"]
        assert found == [b"owner", b"zombie"]
        await bus.publish([Record(FEED_STATE, "feed", b"mended")])
        clock.advance(2)
        await bus.maintain()
        found = [message.value async for message in bus.read_all(FEED_STATE) if message.key == "feed"]
        assert found == [b"zombie", b"mended"]
        clock.advance(SUPERSEDED_MS / 1000)
        await bus.maintain()
        assert [message.value async for message in bus.read_all(FEED_STATE)] == [b"zombie", b"mended"]
        assert await keys(bus, FEED_STATE) == ["other", "feed"]


async def test_one_publication_may_hold_a_key_twice(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    async with opened(SqliteBus(tmp_path, clock=clock)) as bus:
        await bus.create_topics(1)
        await bus.publish([Record(FEED_STATE, "k", b"1"), Record(FEED_STATE, "k", None), Record(FEED_STATE, "k", b"3")])
        clock.advance(2 * DAY)
        await bus.maintain()
        assert [message.value async for message in bus.read_all(FEED_STATE)] == [b"3"]


async def test_a_log_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "bus.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(ConfigError, match="newer version"):
        await SqliteBus(tmp_path).start()


async def test_a_damaged_log_says_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "bus.sqlite").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(Unavailable, match=str(tmp_path)):
        await SqliteBus(tmp_path).start()


async def test_a_publish_that_fails_stores_nothing_of_it(bus: SqliteBus) -> None:
    with pytest.raises(ConfigError):
        await bus.publish([Record(PAGES, "first", b"1"), Record(PAGES, "second", b"2", partition=99)])
    assert await keys(bus) == []


def test_a_full_disk_is_unavailable_until_there_is_room_and_loses_nothing(tmp_path: Path) -> None:
    log = Log(tmp_path / "bus.sqlite")
    log.create_topics(1)
    # A limit of the connection's own, which SQLite reports as a full disk.
    log._db.execute("PRAGMA max_page_count = 200")
    acknowledged = 0

    def append(times: int) -> None:
        nonlocal acknowledged
        for _ in range(times):
            log.append([Record(PAGES, str(acknowledged), bytes(20_000))], 0)
            acknowledged += 1

    for _ in range(2):
        with pytest.raises(Unavailable, match="full"):
            append(1000)
    assert acknowledged > 0
    log._db.execute("PRAGMA max_page_count = 100000")
    append(1)
    found = log.read(Partition(PAGES, 0), 0, 1000)
    assert [message.key for message in found] == [str(number) for number in range(acknowledged)]
    assert [message.offset for message in found] == list(range(acknowledged))
    log.close()


async def test_clients_that_open_a_new_directory_at_once_make_one_log(tmp_path: Path) -> None:
    clients = [SqliteBus(tmp_path / "new") for _ in range(5)]
    try:
        await asyncio.gather(*(client.start() for client in clients))
        created = await asyncio.gather(*(client.create_topics(4) for client in clients))
        assert sorted(map(len, created)) == [0, 0, 0, 0, len(all_topics())]
    finally:
        await asyncio.gather(*(client.close() for client in clients))
