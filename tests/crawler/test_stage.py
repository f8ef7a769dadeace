"""The stage as the runner sees it: feeds as data, partitions that come and go, state that is read back."""

import itertools

import pytest

from services.core.envelope import record_of
from services.core.errors import BadInput
from services.core.ports import Batch, Message, Partition
from services.core.stage import Handler
from services.core.topics import FEED_STATE, FEEDS, PAGES
from services.crawler import metrics
from tests.crawler.world import START, STORY, Answer, failed, item, rss, world

FEED = "https://herald.example/feed.xml"


async def test_the_handler_is_one_for_the_runner() -> None:
    async with world() as w:
        handler: Handler = w.handler
        assert handler.topics == (FEEDS, PAGES)
        assert not handler.ordered
        assert handler.batch_size == 1


async def test_a_feed_that_is_added_is_polled_at_once() -> None:
    async with world() as w:
        await w.own()
        w.web.put(FEED, rss(item(STORY)))
        await w.add_feed(FEED)
        await w.deliver(FEEDS)
        await w.settle()
        assert [task.url for task in await w.tasks()] == [STORY]


async def test_a_feed_that_is_removed_is_not_polled_again_and_its_state_goes() -> None:
    async with world() as w:
        await w.own()
        w.web.put(FEED, rss(item(STORY)))
        feed = await w.add_feed(FEED)
        await w.deliver(FEEDS)
        await w.settle()
        await w.remove_feed(feed)
        await w.deliver(FEEDS)
        await w.wait(7200, step=60)
        assert len(w.web.asked(FEED)) == 1
        assert [message.value is None async for message in w.bus.read_all(FEED_STATE)][-1]


async def test_a_feed_removed_during_its_poll_publishes_nothing() -> None:
    async with world() as w:
        await w.own()
        w.web.seconds = 20.0
        w.web.put(FEED, rss(item(STORY)))
        feed = await w.add_feed(FEED)
        await w.deliver(FEEDS)
        await w.settle()
        assert w.web.active == 1
        await w.remove_feed(feed)
        await w.deliver(FEEDS)
        await w.wait(60)
        assert await w.tasks() == []


async def test_pause_and_resume_take_effect_at_once() -> None:
    async with world() as w:
        w.web.put(FEED, rss(item(STORY)))
        feed = await w.add_feed(FEED, paused=True)
        await w.own()
        await w.wait(3600, step=60)
        assert w.web.requests == []
        await w.add_feed(FEED)
        await w.deliver(FEEDS)
        await w.settle()
        assert (await w.feed_state(feed)).state == "ok"
        await w.add_feed(FEED, paused=True)
        await w.deliver(FEEDS)
        assert (await w.feed_state(feed)).state == "paused"
        asked = len(w.web.requests)
        await w.wait(86400, step=600)
        assert len(w.web.requests) == asked


async def test_a_refresh_that_an_operator_forces_comes_now_and_stays_conditional() -> None:
    async with world() as w:
        w.web.put(FEED, rss(item(STORY)), etag='"1"')
        await w.add_feed(FEED)
        await w.own()
        await w.wait(30)
        await w.add_feed(FEED, refresh_at=w.clock.now())
        await w.deliver(FEEDS)
        await w.wait(5)
        assert [request.headers.get("if-none-match") for request in w.web.asked(FEED)] == [None, '"1"']
        await w.wait(60)
        assert len(w.web.asked(FEED)) == 2


async def test_records_that_the_state_was_loaded_with_change_nothing_when_they_come_by() -> None:
    async with world() as w:
        feed = await w.add_feed(FEED)
        await w.remove_feed(feed)
        await w.own()
        await w.deliver(FEEDS)
        await w.wait(60)
        assert w.web.requests == []


async def test_a_broken_feed_record_is_dead_lettered_and_the_others_are_polled() -> None:
    async with world() as w:
        w.web.put(FEED, rss(item(STORY)))
        await w.own()
        message = Message(FEEDS, 0, 0, "k", b"{}", {}, START)
        (result,) = await w.handler.handle(Batch(Partition(FEEDS, 0), [message]))
        assert isinstance(failed(result).error, BadInput)
        await w.add_feed(FEED)
        await w.deliver(FEEDS)
        await w.settle()
        assert len(w.web.requests) == 1


async def test_a_revoked_owner_stops_before_it_publishes() -> None:
    async with world() as w:
        w.web.seconds = 20.0
        w.web.put(FEED, rss(item(STORY)))
        await w.add_feed(FEED)
        await w.own()
        await w.settle()
        assert w.web.active == 1
        await w.lose(range(4))
        assert w.web.active == 0
        await w.wait(120)
        assert await w.tasks() == []
        assert len(w.web.requests) == 1


async def test_the_state_of_partitions_that_stay_is_kept_over_a_rebalance() -> None:
    async with world() as w:
        feeds = [await w.add_feed(f"https://host{number}.example/feed.xml") for number in range(12)]
        for feed in feeds:
            w.web.put(feed.url, rss(item(feed.url + "/1")))
        await w.own()
        await w.wait(30)
        await w.lose([0, 1])
        await w.own([0], generation=2)
        await w.wait(60)
        assert all(len(w.web.asked(feed.url)) == 1 for feed in feeds)
        await w.wait(1800, step=30)
        states = [await w.feed_state(feed) for feed in feeds]
        assert {state.generation for state in states} == {1, 2}
        polled = {feed.url for feed in feeds if len(w.web.asked(feed.url)) > 1}
        assert 0 < len(polled) < len(feeds)


async def test_state_that_cannot_be_read_costs_one_early_poll_and_no_more() -> None:
    async with world() as w:
        w.web.put(FEED, rss(item(STORY)))
        feed = await w.add_feed(FEED)
        record = record_of(FEED_STATE, feed.id, feed, routing="herald.example")
        await w.bus.publish([record])
        await w.own()
        await w.settle()
        assert (await w.feed_state(feed)).state == "ok"


async def test_closing_ends_everything() -> None:
    async with world() as w:
        w.web.seconds = 60.0
        await w.add_feed(FEED)
        await w.own()
        await w.settle()
        await w.handler.close()
        assert (w.web.active, w.web.closed) == (0, True)


async def test_a_parser_that_breaks_is_a_failure_of_that_feed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with world() as w:

        def breaks(*args: object, **more: object) -> None:
            raise RecursionError("too deep")

        monkeypatch.setattr("services.crawler.work.parse_feed", breaks)
        w.web.put(FEED, rss(item(STORY)))
        feed = await w.add_feed(FEED)
        await w.own()
        await w.settle()
        state = await w.feed_state(feed)
        assert (state.state, state.failures) == ("failing", 1.0)
        assert "RecursionError" in (state.last_error or "")


async def test_nothing_is_fetched_twice_within_its_pause_over_half_a_day() -> None:
    async with world(jitter_share=0.1) as w:
        for number in range(40):
            url = f"https://host{number % 10}.example/{number}.xml"

            def answer(request: object, url: str = url) -> Answer:
                hour = int(w.clock.monotonic() // 3600)
                return 200, {}, rss(*(item(f"{url}/{story}") for story in range(hour, hour + 5))).encode()

            w.web.pages[url] = answer
            await w.add_feed(url)
        await w.own()
        await w.wait(43200, step=4)
        by_host: dict[str, list[float]] = {}
        by_url: dict[str, list[float]] = {}
        for at, url in w.web.starts:
            by_host.setdefault(url.split("/")[2], []).append(at)
            by_url.setdefault(url, []).append(at)
        for times in by_host.values():
            assert all(later - earlier >= 2.0 for earlier, later in itertools.pairwise(times))
        for times in by_url.values():
            assert len(times) > 5
            assert all(later - earlier >= 300.0 for earlier, later in itertools.pairwise(times))
        assert len({task.id for task in await w.tasks()}) == len(await w.tasks()) == 40 * 16


async def test_gauges_tell_feeds_by_state_and_how_many_are_overdue() -> None:
    async with world() as w:
        w.web.put(FEED, rss(item(STORY)))
        w.web.seconds = 4000.0
        await w.add_feed(FEED)
        await w.add_feed("https://gazette.example/feed.xml", paused=True)
        await w.own()
        await w.wait(1000, step=5)
        assert metrics.FEEDS.labels("new")._value.get() == 1
        assert metrics.FEEDS.labels("paused")._value.get() == 1
        assert metrics.OVERDUE._value.get() == 1


async def test_feed_settings_reach_the_articles() -> None:
    async with world() as w:
        w.web.put(FEED, rss(item(STORY), extra="<language>en-GB</language>"))
        await w.add_feed(FEED, source={})
        await w.own()
        await w.settle()
        (task,) = await w.tasks()
        assert (task.source.id, task.source.name, task.source.language) == ("herald.example", "Herald", "en")


async def test_when_polling_itself_breaks_the_stage_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    async with world() as w:

        def breaks() -> None:
            raise MemoryError

        monkeypatch.setattr(w.handler._loop, "_start_due", breaks)
        await w.own()
        await w.settle()
        await w.add_feed(FEED)
        with pytest.raises(MemoryError):
            await w.deliver(FEEDS)


async def test_a_rebalance_that_brings_nothing_new_reads_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with world() as w:
        await w.own()
        monkeypatch.setattr(w.bus, "read_all", None)
        await w.own(generation=2)
