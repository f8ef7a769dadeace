"""How feeds are asked: conditionally, politely, and never so that an article can be lost."""

import itertools
from datetime import timedelta

import pytest

from services.core.errors import Unavailable
from services.core.ports import FetchError, Request
from services.core.topics import FEED_STATE, FEEDS, PAGES
from tests.crawler.world import START, STORY, Answer, RecordingBus, item, rss, world

FEED = "https://herald.example/feed.xml"


async def test_the_first_fetch_is_unconditional_and_later_ones_send_the_validators_byte_for_byte() -> None:
    async with world() as w:
        stamp = "Mon, 02 Mar 2026 07:59:00 GMT"
        w.web.put(FEED, rss(item(STORY)), etag='W/"a b"', last_modified=stamp)
        await w.add_feed(FEED)
        await w.own()
        await w.settle()
        await w.wait(3600, step=60)
        first, second = w.web.asked(FEED)[:2]
        assert not {"if-none-match", "if-modified-since"} & first.headers.keys()
        assert second.headers["if-none-match"] == 'W/"a b"'
        assert second.headers["if-modified-since"] == stamp


async def test_validators_are_never_invented() -> None:
    async with world() as w:
        w.web.put(FEED, rss(item(STORY)))
        await w.add_feed(FEED)
        await w.own()
        await w.wait(3600, step=60)
        assert len(w.web.asked(FEED)) > 1
        assert all("if-" not in name for request in w.web.requests for name in request.headers)


async def test_validators_survive_a_restart_and_a_restart_never_polls_early() -> None:
    async with world() as w:
        w.web.put(FEED, rss(item(STORY)), etag='"1"')
        feed = await w.add_feed(FEED)
        await w.own()
        await w.settle()
        due = (await w.feed_state(feed)).next_poll
        await w.lose(range(4))
        await w.wait(300)
        async with world(bus=w.bus, clock=w.clock) as heir:
            heir.web.put(FEED, status=304)
            await heir.own(generation=2)
            await heir.wait((due - w.clock.now()).total_seconds() - 2, step=5)
            assert heir.web.requests == []
            await heir.wait(5)
            (request,) = heir.web.requests
            assert request.headers["if-none-match"] == '"1"'
        assert len(w.web.asked(FEED)) == 1


async def test_a_304_with_new_validators_replaces_the_stored_ones() -> None:
    async with world() as w:
        w.web.put(FEED, rss(item(STORY)), etag='"1"')
        feed = await w.add_feed(FEED)
        await w.own()
        await w.settle()
        w.web.put(FEED, status=304, etag='"2"')
        await w.wait(1000, step=20)
        state = await w.feed_state(feed)
        assert (state.last_status, state.validators.etag) == (304, '"2"')


async def test_validators_go_to_the_url_that_gave_them_and_to_no_other() -> None:
    async with world() as w:
        other = "https://cdn.example/feed.xml"
        w.web.put(FEED, status=302, location=other)
        w.web.put(other, rss(item(STORY)), etag='"cdn"')
        await w.add_feed(FEED)
        await w.own()
        await w.wait(1800, step=20)
        assert len(w.web.asked(other)) > 1
        assert all("if-none-match" not in request.headers for request in w.web.asked(FEED))
        assert w.web.asked(other)[1].headers["if-none-match"] == '"cdn"'


async def test_tasks_are_acknowledged_before_the_state_with_validators_is_published() -> None:
    async with world() as w:
        assert isinstance(w.bus, RecordingBus)
        w.web.put(FEED, rss(item(STORY)), etag='"1"')
        await w.add_feed(FEED)
        await w.own()
        await w.settle()
        topics = [[record.topic for record in call] for call in w.bus.calls[1:]]
        assert topics == [[PAGES], [FEED_STATE]]


async def test_when_tasks_cannot_be_published_the_validators_are_not_kept() -> None:
    async with world(patience=1.0) as w:
        assert isinstance(w.bus, RecordingBus)
        w.web.put(FEED, rss(item(STORY)), etag='"1"')
        await w.add_feed(FEED)
        await w.own()
        w.bus.failure = Unavailable("away")
        await w.wait(10)
        w.bus.failure = None
        await w.wait(2000, step=20)
        assert len(w.web.asked(FEED)) > 1
        assert "if-none-match" not in w.web.asked(FEED)[1].headers
        assert [task.url for task in await w.tasks()] == [STORY]


async def test_a_server_that_answers_304_for_ever_is_asked_for_the_whole_after_eight_days_once_a_day() -> None:
    async with world(max_interval=4 * 3600.0) as w:
        w.web.put(FEED, rss(item(STORY)), etag='"1"')
        await w.add_feed(FEED)
        await w.own()
        await w.settle()
        w.web.put(FEED, status=304)
        await w.wait(7.5 * 86400, step=300)
        assert all("if-none-match" in request.headers for request in w.web.asked(FEED)[1:])
        known = len(w.web.asked(FEED))
        await w.wait(2.5 * 86400, step=300)
        whole = [request for request in w.web.asked(FEED)[known:] if "if-none-match" not in request.headers]
        assert len(whole) == 2


async def test_the_same_bytes_count_as_unchanged() -> None:
    async with world() as w:
        w.web.put(FEED, rss(item(STORY)))
        feed = await w.add_feed(FEED)
        await w.own()
        await w.settle()
        before = (await w.feed_state(feed)).interval
        await w.wait(1000, step=20)
        state = await w.feed_state(feed)
        assert "same bytes" in state.next_poll_reason
        assert state.interval > before
        assert len(await w.tasks()) == 1


async def test_a_known_entry_makes_no_task_and_a_changed_one_does() -> None:
    async with world() as w:
        w.web.put(FEED, rss(item(STORY), item(STORY + "b")))
        await w.add_feed(FEED)
        await w.own()
        await w.settle()
        assert len(await w.tasks()) == 2
        w.web.put(FEED, rss(item(STORY, text="It reopened."), item(STORY + "b"), item(STORY + "c")))
        await w.wait(1000, step=20)
        assert {task.url for task in (await w.tasks())[2:]} == {STORY, STORY + "c"}
        assert len(await w.tasks()) == 4


async def test_a_permanent_redirect_is_stored_after_five_in_a_row_to_the_same_target() -> None:
    async with world(max_interval=600.0) as w:
        target = "https://herald.example/new.xml"
        w.web.put(FEED, status=301, location="/new.xml")
        w.web.put(target, rss(item(STORY)))
        feed = await w.add_feed(FEED)
        await w.own()
        await w.wait(5)
        for count in range(1, 5):
            assert (await w.feed_state(feed)).redirect_count == count
            assert (await w.feed_state(feed)).url == FEED
            await w.wait(610)
        assert (await w.feed_state(feed)).url == target
        asked = len(w.web.asked(FEED))
        await w.wait(1300, step=20)
        assert len(w.web.asked(FEED)) == asked


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_a_temporary_redirect_is_never_stored(status: int) -> None:
    async with world(max_interval=600.0) as w:
        w.web.put(FEED, status=status, location="/new.xml")
        w.web.put("https://herald.example/new.xml", rss(item(STORY)))
        feed = await w.add_feed(FEED)
        await w.own()
        await w.wait(8 * 620, step=20)
        state = await w.feed_state(feed)
        assert (state.url, state.redirect_count) == (FEED, 0)


async def test_410_disables_the_feed_at_once_until_an_operator_asks_for_it() -> None:
    async with world() as w:
        w.web.put(FEED, status=410)
        feed = await w.add_feed(FEED)
        await w.own()
        await w.wait(3 * 86400, step=600)
        assert (await w.feed_state(feed)).state == "gone"
        assert len(w.web.asked(FEED)) == 1
        w.web.put(FEED, rss(item(STORY)))
        await w.add_feed(FEED, refresh_at=w.clock.now())
        await w.deliver(FEEDS)
        await w.wait(30)
        assert (await w.feed_state(feed)).state == "ok"


@pytest.mark.parametrize(
    ("answer", "weight"),
    [
        ((404, {}, b""), 0.5),
        ((500, {}, b""), 0.5),
        ((503, {}, b""), 0.25),
        ((403, {}, b""), 1.0),
        ((200, {}, b"<html><body>no feed</body></html>"), 1.0),
        (FetchError("dns", "no such host"), 0.25),
        (FetchError("tls", "expired"), 1.0),
    ],
)
async def test_failures_weigh_by_kind(answer: Answer | FetchError, weight: float) -> None:
    async with world() as w:
        w.web.pages[FEED] = answer
        feed = await w.add_feed(FEED)
        await w.own()
        await w.settle()
        state = await w.feed_state(feed)
        assert (state.state, state.failures) == ("failing", weight)
        assert state.last_error


async def test_success_clears_failures() -> None:
    async with world() as w:
        feed = await w.add_feed(FEED)
        await w.own()
        await w.settle()
        w.web.put(FEED, rss(item(STORY)))
        await w.wait(4000, step=60)
        state = await w.feed_state(feed)
        assert (state.state, state.failures, state.last_error) == ("ok", 0.0, None)


async def test_retry_after_holds_back_the_whole_host_and_no_other() -> None:
    async with world() as w:
        neighbour, other = "https://herald.example/b.xml", "https://gazette.example/feed.xml"
        w.web.put(FEED, status=429, retry_after="600")
        w.web.put(other, rss(item("https://gazette.example/1")))
        await w.add_feed(FEED)
        await w.own()
        await w.settle()
        await w.add_feed(neighbour)
        await w.add_feed(other)
        await w.deliver(FEEDS)
        await w.wait(590, step=5)
        w.web.put(FEED, rss(item(STORY)))
        assert w.web.asked(neighbour) == []
        assert len(w.web.asked(other)) == 1
        await w.wait(30)
        assert len(w.web.asked(neighbour)) == 1


async def test_many_feeds_of_one_host_wait_their_turn_while_other_hosts_are_read() -> None:
    async with world(max_polls=8) as w:
        for number in range(30):
            await w.add_feed(f"https://big.example/{number}.xml")
        for number in range(20):
            await w.add_feed(f"https://small{number}.example/feed.xml")
        await w.own()
        await w.wait(8)
        small = [url for _, url in w.web.starts if "small" in url]
        assert len(small) == 20
        await w.wait(60)
        times = [at for at, url in w.web.starts if "big" in url]
        assert len(times) >= 25
        assert all(later - earlier >= 2.0 for earlier, later in itertools.pairwise(times))


async def test_a_feed_that_redirects_in_a_circle_fails_with_a_sentence() -> None:
    async with world() as w:
        w.web.put(FEED, status=302, location="/b")
        w.web.put("https://herald.example/b", status=302, location="/feed.xml")
        feed = await w.add_feed(FEED)
        await w.own()
        await w.wait(20)
        assert "circle" in ((await w.feed_state(feed)).last_error or "")


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://user:pw@herald.example/", "http://0x7f.1/", ""])
async def test_a_redirect_to_what_may_not_be_fetched_is_refused(location: str) -> None:
    async with world() as w:
        w.web.put(FEED, status=302, location=location)
        feed = await w.add_feed(FEED)
        await w.own()
        await w.settle()
        assert len(w.web.requests) == 1
        assert (await w.feed_state(feed)).state == "failing"


async def test_a_poll_sends_no_cookie_no_referer_and_no_changed_query() -> None:
    async with world() as w:
        w.web.put(FEED, rss(), set_cookie="a=1")
        await w.add_feed(FEED)
        await w.own()
        await w.wait(2000, step=50)
        assert {request.url for request in w.web.requests} == {FEED}
        assert not {"cookie", "referer"} & {name for request in w.web.requests for name in request.headers}


async def test_next_poll_and_its_reason_are_kept() -> None:
    async with world() as w:
        w.web.put(FEED, rss(item(STORY), extra="<ttl>90</ttl>"), cache_control="max-age=60")
        feed = await w.add_feed(FEED)
        await w.own()
        await w.settle()
        state = await w.feed_state(feed)
        assert state.next_poll == START + timedelta(minutes=90)
        assert "ttl" in state.next_poll_reason


async def test_a_feed_is_polled_by_one_task_at_a_time() -> None:
    async with world() as w:
        w.web.seconds = 120.0
        w.web.put(FEED, rss(item(STORY)))
        await w.add_feed(FEED)
        await w.own()
        for _ in range(3):
            await w.add_feed(FEED, refresh_at=w.clock.now())
            await w.deliver(FEEDS)
            await w.wait(5)
        assert w.web.most_active == 1


async def test_a_request_sees_the_answer_of_its_own_url_only() -> None:
    async with world() as w:

        def answer(request: Request) -> Answer:
            return (
                (304, {}, b"")
                if "if-none-match" in request.headers
                else (200, {"etag": '"x"'}, rss(item(STORY)).encode())
            )

        w.web.pages[FEED] = answer
        feed = await w.add_feed(FEED)
        await w.own()
        await w.wait(3000, step=30)
        assert (await w.feed_state(feed)).last_status == 304
        assert len(await w.tasks()) == 1
