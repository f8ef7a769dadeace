"""What becomes of a page task: revisions, duplicates, refusals, redirects, and every one of them accounted for."""

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.core.errors import BadInput
from services.core.ids import article_id
from services.core.models import Entry
from services.core.ports import Batch, FetchError, Message, Partition
from services.core.topics import ARTICLE_STATE, OUTCOMES, PAGES, PAGES_BULK, RAW
from tests.crawler.world import START, STORY, Answer, RecordingBus, World, done, failed, page, page_task, world


async def read_again(w: World, words: str) -> None:
    await w.wait(400, step=20)
    await w.send_task(page_task(words=words))
    await w.deliver_pages()


async def test_a_page_becomes_an_article_its_state_and_an_opened_account() -> None:
    async with world() as w:
        w.web.put(STORY, page(), etag='"p"')
        await w.own()
        await w.send_task(page_task(title="Bridge"))
        await w.deliver_pages()
        (article,) = await w.articles()
        (state,) = await w.article_states()
        (outcome,) = await w.outcomes()
        assert (article.id, article.revision, article.title) == (article_id(STORY), 1, "Bridge")
        assert article.html is not None
        assert "Tarvin" in article.html
        assert article.http is not None
        assert (article.http.status, article.http.etag) == (200, '"p"')
        assert (state.revision, state.content_hash, state.generation) == (1, article.content_hash, 1)
        assert (outcome.kind, outcome.revision, outcome.feed_id) == ("fetched", 1, "f")


async def test_every_record_says_its_schema_and_its_trace() -> None:
    async with world() as w:
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        traces = set()
        for topic, name in ((RAW, "raw-article"), (ARTICLE_STATE, "article-state"), (OUTCOMES, "outcome")):
            async for message in w.bus.read_all(topic):
                assert message.headers["dateline-schema"] == f"{name}/1"
                traces.add(message.headers["traceparent"].split("-")[1])
        assert len(traces) == 1


async def test_the_article_is_durable_before_its_state() -> None:
    async with world() as w:
        assert isinstance(w.bus, RecordingBus)
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        calls = [[record.topic for record in call] for call in w.bus.calls]
        assert calls == [[PAGES], [OUTCOMES, RAW], [ARTICLE_STATE]]


async def test_the_same_content_is_a_duplicate_and_changed_content_the_next_revision() -> None:
    async with world() as w:
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        await read_again(w, "second")
        w.web.put(STORY, page("It reopened on Tuesday."))
        await read_again(w, "third")
        assert [article.revision for article in await w.articles()] == [1, 2]
        assert [outcome.kind for outcome in await w.outcomes()] == ["fetched", "duplicate", "fetched"]
        first, second = await w.articles()
        assert second.first_fetched_at == first.first_fetched_at
        assert second.fetched_at > first.fetched_at


async def test_what_surrounds_the_article_makes_no_revision() -> None:
    async with world() as w:
        await w.own()
        for number, menu in enumerate(("Sport", "Money")):
            w.web.put(STORY, page().replace("<article>", f"<nav>{menu}</nav><script>var t={number}</script><article>"))
            await read_again(w, menu)
        assert len(await w.articles()) == 1
        assert (await w.outcomes())[-1].kind == "duplicate"


async def test_the_same_entry_in_two_feeds_is_read_once() -> None:
    async with world() as w:
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task(feed_id="a"))
        await w.send_task(page_task(feed_id="b"))
        await w.deliver_pages()
        assert len(w.web.asked(STORY)) == 1
        assert len(await w.articles()) == 1


async def test_an_entry_whose_words_change_back_is_read_again() -> None:
    async with world() as w:
        w.web.put(STORY, page())
        await w.own()
        for words in ("one", "two", "one"):
            await read_again(w, words)
        assert len(w.web.asked(STORY)) == 3


async def test_a_page_is_not_read_twice_within_its_pause() -> None:
    async with world() as w:
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task(words="one"))
        await w.send_task(page_task(words="two"))
        await w.deliver_pages()
        first, second = (at for at, url in w.web.starts if url == STORY)
        assert second - first >= 300


async def test_a_crash_before_the_state_is_published_loses_nothing_and_doubles_nothing() -> None:
    async with world() as w:
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task())
        # The article is published while it is handled; then the process dies before the rest is.
        await w.deliver(PAGES, publish=False)
        async with world(bus=w.bus, clock=w.clock) as heir:
            heir.web.put(STORY, page())
            await heir.own(generation=2)
            await heir.deliver_pages()
            assert [article.revision for article in await heir.articles()] == [1, 1]
            assert [state.revision for state in await heir.article_states()] == [1]


async def test_revisions_go_on_where_a_former_owner_stopped() -> None:
    async with world() as w:
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        await w.lose(range(4))
        async with world(bus=w.bus, clock=w.clock) as heir:
            heir.offsets = w.offsets
            heir.web.put(STORY, page("It reopened."))
            await heir.own(generation=2)
            await read_again(heir, "second")
            assert [article.revision for article in await heir.articles()] == [1, 2]
            assert [state.generation for state in await heir.article_states()][-1] == 2


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, "not_found"), (410, "gone"), (403, "forbidden"), (451, "forbidden"), (418, "http_4xx"), (500, "http_5xx")],
)
async def test_a_status_that_is_no_article_closes_the_account_with_its_reason(status: int, reason: str) -> None:
    async with world() as w:
        w.web.put(STORY, "gone", status=status)
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        (outcome,) = await w.outcomes()
        assert (outcome.kind, outcome.reason, outcome.feed_id) == ("rejected", reason, "f")
        assert await w.articles() == []


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"", "text/html", "empty"),
        (b"<html><body><script>1</script></body></html>", "text/html", "empty"),
        (b"%PDF-1.7 ...", "text/html", "binary"),
        (b"\x00\x01\x02\x03", "text/html", "binary"),
        (b"{}", "application/json", "content_type"),
        (b"GIF89a", "image/gif", "content_type"),
    ],
)
async def test_a_body_that_is_no_page_is_rejected_with_its_reason(body: bytes, kind: str, reason: str) -> None:
    async with world() as w:
        w.web.put(STORY, body, content_type=kind)
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        assert [outcome.reason for outcome in await w.outcomes()] == [reason]


async def test_a_refused_address_is_an_outcome_and_its_neighbour_goes_on() -> None:
    async with world() as w:
        inner = "http://intranet.example/"
        w.web.pages[inner] = FetchError("refused_address", "10.0.0.1")
        w.web.pages[inner + "robots.txt"] = FetchError("refused_address", "10.0.0.1")
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task(inner))
        await w.send_task(page_task())
        await w.deliver_pages()
        assert {outcome.reason for outcome in await w.outcomes()} == {"refused_address", None}


async def test_what_fails_for_a_reason_that_passes_is_tried_again() -> None:
    async with world(page_retries=(10.0, 60.0)) as w:
        answers: Iterator[Answer] = iter([(503, {}, b""), (500, {}, b"")])
        w.web.pages[STORY] = lambda request: next(answers, (200, {"content-type": "text/html"}, page().encode()))
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        times = [at for at, url in w.web.starts if url == STORY]
        assert [round(later - earlier) for earlier, later in itertools.pairwise(times)] == [10, 60]
        assert len(await w.articles()) == 1


async def test_a_redirect_within_the_site_is_followed_and_names_the_article() -> None:
    async with world() as w:
        w.web.put(STORY, status=301, location="https://www.herald.example/new?utm_source=x")
        w.web.put("https://www.herald.example/new?utm_source=x", page())
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        (article,) = await w.articles()
        assert article.canonical_url == "https://www.herald.example/new"
        assert article.id == article_id("https://www.herald.example/new")


async def test_a_redirect_to_another_site_is_a_new_task_for_its_owner() -> None:
    async with world() as w:
        away = "https://gazette.example/story"
        w.web.put(STORY, status=302, location=away)
        w.web.put(away, page())
        await w.own()
        await w.send_task(page_task(body=None))
        (result,) = await w.deliver(PAGES)
        (record,) = done(result).outputs
        assert (record.topic, record.key, record.routing) == (PAGES, article_id(away), "gazette.example")
        assert w.web.asked(away) == []
        await w.deliver_pages()
        assert [article.url for article in await w.articles()] == [away]
        assert (await w.tasks())[-1].hops == 1


async def test_two_sites_cannot_play_ping_pong() -> None:
    async with world() as w:
        away = "https://gazette.example/story"
        w.web.put(STORY, status=302, location=away)
        w.web.put(away, status=302, location=STORY)
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        assert [outcome.reason for outcome in await w.outcomes()] == ["too_many_hops"]


async def test_a_redirect_to_the_front_page_is_no_article() -> None:
    async with world() as w:
        w.web.put(STORY, status=302, location="/")
        w.web.put("https://herald.example/", page())
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        assert [outcome.reason for outcome in await w.outcomes()] == ["soft_404"]


async def test_a_canonical_link_counts_on_its_own_site_only() -> None:
    async with world() as w:
        own, foreign = STORY + "?page=1", "https://herald.example/other"
        w.web.put(own, page(head='<link rel="canonical" href="/story-1">'))
        w.web.put(foreign, page("Other.", head='<link rel=canonical href="https://gazette.example/theirs">'))
        await w.own()
        await w.send_task(page_task(own))
        await w.send_task(page_task(foreign))
        await w.deliver_pages()
        assert {article.canonical_url for article in await w.articles()} == {STORY, foreign}


async def test_robots_txt_keeps_us_out_and_is_asked_once_for_many_pages() -> None:
    async with world() as w:
        w.web.put("https://herald.example/robots.txt", "User-agent: *\nDisallow: /private/", content_type="text/plain")
        w.web.put(STORY, page())
        await w.own()
        for url in (STORY, "https://herald.example/private/1", "https://herald.example/private/2"):
            await w.send_task(page_task(url))
        await w.deliver_pages()
        assert sorted(outcome.reason or "" for outcome in await w.outcomes()) == ["", "robots", "robots"]
        assert w.web.asked_for_pages() == [STORY]
        assert len(w.web.asked("https://herald.example/robots.txt")) == 1


async def test_robots_txt_is_asked_again_after_a_day() -> None:
    async with world() as w:
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        await w.wait(86400 + 60, step=600)
        await w.send_task(page_task(words="later"))
        await w.deliver_pages()
        assert len(w.web.asked("https://herald.example/robots.txt")) == 2


async def test_where_robots_txt_cannot_be_had_nothing_is_fetched_until_it_can() -> None:
    async with world() as w:
        robots = "https://herald.example/robots.txt"
        w.web.put(robots, status=503)
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task())
        await w.deliver(PAGES)
        assert w.web.asked(STORY) == []
        w.web.put(robots, "")
        await w.deliver_pages()
        assert len(await w.articles()) == 1
        assert len(w.web.asked(robots)) == 2


async def test_crawl_delay_lengthens_the_pause() -> None:
    async with world() as w:
        w.web.put("https://herald.example/robots.txt", "User-agent: *\nCrawl-delay: 7", content_type="text/plain")
        urls = [f"https://herald.example/{number}" for number in range(3)]
        await w.own()
        for url in urls:
            w.web.put(url, page(url))
            await w.send_task(page_task(url))
        await w.deliver_pages()
        times = [at for at, url in w.web.starts if url in urls]
        assert all(later - earlier >= 7 for earlier, later in itertools.pairwise(times))


async def test_a_held_host_sends_its_tasks_to_the_end_of_the_queue() -> None:
    async with world() as w:
        second = page_task("https://herald.example/2")
        w.web.put(STORY, status=429, retry_after="7200")
        w.web.put(second.url, page())
        await w.own()
        await w.send_task(page_task())
        await w.deliver(PAGES)
        assert await w.outcomes() == []
        await w.send_task(second)
        results = await w.deliver(PAGES)
        outputs = [record for result in results for record in done(result).outputs]
        assert {(record.topic, record.key) for record in outputs} == {(PAGES, page_task().id), (PAGES, second.id)}
        assert w.web.asked_for_pages() == [STORY]
        w.web.put(STORY, page("It reopened."))
        await w.deliver_pages()
        assert len(await w.articles()) == 2
        assert all(at >= 7200 for at, url in w.web.starts[2:])


async def test_a_task_whose_host_never_answers_is_given_up_after_a_day() -> None:
    async with world() as w:
        w.web.put("https://herald.example/robots.txt", status=500)
        await w.own()
        await w.send_task(page_task())
        await w.deliver(PAGES)
        assert await w.outcomes() == []
        w.clock.advance(2 * 86400)
        await w.deliver_pages()
        assert [outcome.reason for outcome in await w.outcomes()] == ["host_unavailable"]


async def test_the_feeds_text_stands_for_the_page_without_a_request() -> None:
    async with world() as w:
        await w.own()
        await w.send_task(page_task(body="<p>The whole story.</p>", title="Bridge"))
        await w.deliver_pages()
        (article,) = await w.articles()
        assert (article.html, article.title, article.http) == ("<p>The whole story.</p>", "Bridge", None)
        assert article.flags == ("feed_text",)
        assert w.web.requests == []


async def test_a_future_date_is_clamped_flagged_and_its_words_are_kept() -> None:
    async with world() as w:
        w.web.put(STORY, page())
        await w.own()
        entry = Entry(id="x", url=STORY, published=START + timedelta(days=3), published_raw="Thu, 5 Mar 2026 08:00 GMT")
        await w.send_task(page_task(entry=entry))
        await w.deliver_pages()
        (article,) = await w.articles()
        assert article.published == article.fetched_at
        assert article.published_raw == "Thu, 5 Mar 2026 08:00 GMT"
        assert "future_date" in article.flags


async def test_reservations_of_the_publisher_are_flagged() -> None:
    async with world() as w:
        w.web.put(STORY, page(head='<meta name="robots" content="index, NOARCHIVE">'), tdm_reservation="1")
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        assert set((await w.articles())[0].flags) == {"noarchive", "tdm_reserved"}


async def test_a_page_over_the_limit_is_cut_and_flagged() -> None:
    async with world(max_html=2000) as w:
        w.web.put(STORY, page("word " * 2000))
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        (article,) = await w.articles()
        assert len(article.html or "") == 2000
        assert article.flags == ("truncated",)


async def test_no_nul_control_or_surrogate_gets_past() -> None:
    async with world() as w:
        w.web.put(STORY, page("a\x07b\x1bc &#xD800; d"))
        await w.own()
        await w.send_task(page_task(title="T\u0000i\u0008tle"))
        await w.deliver_pages()
        (article,) = await w.articles()
        text = (article.html or "") + (article.title or "")
        assert not [char for char in text if (ord(char) < 32 and char not in "\n\t") or 0xD800 <= ord(char) < 0xE000]


async def test_a_broken_task_is_dead_lettered_by_itself() -> None:
    async with world() as w:
        await w.own()
        message = Message(PAGES, 0, 0, "k", b'{"id": 3}', {}, START)
        (result,) = await w.handler.handle(Batch(Partition(PAGES, 0), [message]))
        assert isinstance(failed(result).error, BadInput)


async def test_back_fill_pages_go_to_the_back_fill_topic() -> None:
    async with world() as w:
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task(), PAGES_BULK)
        await w.deliver(PAGES_BULK)
        assert (await w.articles(), len(await w.bulk_articles())) == ([], 1)


async def test_at_most_two_requests_at_once_per_host_and_many_hosts_in_parallel() -> None:
    async with world() as w:
        w.web.seconds = 30.0
        await w.own()
        for number in range(6):
            w.web.put(f"https://herald.example/{number}", page(str(number)))
            await w.send_task(page_task(f"https://herald.example/{number}"))
        await w.deliver_pages()
        assert w.web.most_active == 2
        w.web.most_active = 0
        for number in range(20):
            await w.send_task(page_task(f"https://host{number}.example/a"))
        await w.deliver_pages()
        assert w.web.most_active == 20


async def test_article_state_is_removed_a_month_after_the_last_sight() -> None:
    async with world() as w:
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task())
        await w.deliver_pages()
        await w.wait(29 * 86400, step=3600)
        assert [message.value is None async for message in w.bus.read_all(ARTICLE_STATE)] == [False]
        await w.wait(2 * 86400, step=3600)
        assert [message.value is None async for message in w.bus.read_all(ARTICLE_STATE)][-1]
