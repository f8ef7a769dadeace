"""Entries into tasks: which are new, whose text is believed, and what a feed may throw at us."""

from datetime import timedelta
from typing import Literal

import pytest

from services.core.ids import article_id
from services.core.models import Entry, Feed, PageTask, Source
from services.crawler.entries import Harvest, harvest, source_of
from services.crawler.options import CrawlerOptions
from services.crawler.seen import Seen, entry_hash
from services.crawler.sources import FeedDocument
from services.crawler.work import ParsedFeed
from tests.crawler.world import START

FEED = Feed(id="f", url="https://herald.example/feed.xml")
WHOLE = "<p>" + "A sentence of the story. " * 80 + "</p>"


def gather(
    *entries: Entry, feed: Feed = FEED, url: str | None = None, seen: str = "", options: CrawlerOptions | None = None
) -> Harvest:
    parsed = ParsedFeed(FeedDocument("rss", entries=entries), tuple(len(entry.content or "") for entry in entries))
    return harvest(feed, url or feed.url, parsed, Seen(seen), START, options or CrawlerOptions())


def entry(number: int = 1, **fields: object) -> Entry:
    link = f"https://www.herald.example/{number}"
    return Entry.model_validate({"id": link, "url": link, "title": f"Title {number}", **fields})


def only(found: Harvest) -> PageTask:
    (task,) = found.tasks
    return task


def test_an_entry_becomes_a_task_under_its_canonical_url() -> None:
    task = only(gather(entry(url="HTTPS://WWW.Herald.example:443/1?utm_source=rss#top")))
    assert task.url == "https://www.herald.example/1"
    assert task.id == article_id(task.url)
    assert (task.feed_id, task.found_at, task.hops) == ("f", START, 0)


def test_known_entries_make_no_tasks_and_stay_known() -> None:
    first = gather(entry(1), entry(2))
    second = gather(entry(2), entry(3), seen=first.seen)
    assert [task.url[-1] for task in second.tasks] == ["3"]
    assert (second.known, second.total) == (1, 2)
    assert gather(entry(1), entry(2), entry(3), seen=second.seen).tasks == ()


@pytest.mark.parametrize("change", [{"title": "New"}, {"content": "New"}, {"summary": "New"}, {"updated": START}])
def test_an_entry_whose_words_or_updated_changed_makes_a_task_again(change: dict[str, object]) -> None:
    first = gather(entry())
    assert len(gather(entry().model_copy(update=change), seen=first.seen).tasks) == 1


@pytest.mark.parametrize(
    "link", [None, "", "mailto:desk@herald.example", "javascript:alert(1)", "ftp://h.example/", "http://[", "/x"]
)
def test_an_entry_without_a_link_to_a_page_is_counted_and_left(link: str | None) -> None:
    found = gather(entry(url=link), entry(2))
    assert (len(found.tasks), found.no_link) == (1, 1)


def test_the_same_article_twice_in_a_feed_is_one_task() -> None:
    assert len(gather(entry(), entry(title="Again")).tasks) == 1


def test_no_more_entries_are_read_than_can_be_remembered_and_the_newest_go_first() -> None:
    entries = [entry(number, published=START + timedelta(minutes=number)) for number in range(30)]
    options = CrawlerOptions(max_seen=10)
    found = gather(*entries, options=options)
    assert [task.url.rpartition("/")[2] for task in found.tasks] == [str(number) for number in range(29, 19, -1)]
    assert found.beyond == 20
    assert gather(*entries, seen=found.seen, options=options).tasks == ()


@pytest.mark.parametrize(
    ("feed_url", "link", "text_from", "content", "stands"),
    [
        (FEED.url, "https://www.herald.example/1", "auto", WHOLE, True),
        (FEED.url, "https://www.herald.example/1", "page", WHOLE, False),
        (FEED.url, "https://www.herald.example/1", "auto", "A teaser.", False),
        (FEED.url, "https://www.herald.example/1", "feed", "A teaser.", True),
        (FEED.url, "https://www.herald.example/1", "auto", WHOLE + "<p>Read on […]</p></div>", False),
        (FEED.url, "https://www.herald.example/1", "auto", None, False),
        # No feed can write about another publisher's article, whatever it says and wherever it is served from.
        (FEED.url, "https://gazette.example/1", "auto", WHOLE, False),
        (FEED.url, "https://gazette.example/1", "feed", WHOLE, False),
        ("https://gazette.example/f", "https://www.herald.example/1", "auto", WHOLE, False),
    ],
)
def test_feed_text_stands_for_a_page_of_its_own_site_where_it_is_whole(
    feed_url: str, link: str, text_from: Literal["auto", "feed", "page"], content: str | None, stands: bool
) -> None:
    feed = FEED.model_copy(update={"text_from": text_from})
    task = only(gather(entry(url=link, content=content), feed=feed, url=feed_url))
    assert (task.body is not None) is stands
    assert task.entry is not None
    assert task.entry.content is None


def test_an_operator_may_trust_an_aggregator_by_name() -> None:
    options = CrawlerOptions(trusted_sites=frozenset({"herald.example"}))
    task = only(gather(entry(url="https://gazette.example/1", content=WHOLE), options=options))
    assert task.body == WHOLE


def test_the_source_is_what_the_operator_said_completed_by_the_feed() -> None:
    assert source_of(FEED, "The Herald", "de-AT") == Source(id="herald.example", name="The Herald", language="de")
    given = FEED.model_copy(update={"source": Source(id="h", name="H", country="AUT", language="en")})
    assert source_of(given, "The Herald", "de") == given.source
    assert source_of(FEED, None, "nonsense!").language is None


def test_what_is_remembered_is_bounded_and_the_newest_stays_longest() -> None:
    hashes = [entry_hash(entry(number)) for number in range(3000)]
    seen = Seen(Seen().renewed(hashes, 2000))
    assert len(seen) == 2000
    assert hashes[0] in seen
    assert hashes[-1] not in seen
    assert len(seen.renewed([], 2000)) < 22_000


@pytest.mark.parametrize("broken", ["!", "YWJj", "é"])
def test_broken_memory_is_no_memory(broken: str) -> None:
    assert len(Seen(broken)) == 0


def test_a_feed_puts_no_words_over_the_page_of_another_site() -> None:
    foreign = entry(url="https://other.example/1", author="A. Liar", summary="Lies", published=START)
    told = only(gather(foreign)).entry
    assert told is not None
    assert (told.title, told.author, told.summary, told.content) == (None, None, None, None)
    trusted = CrawlerOptions(trusted_sites=frozenset({"herald.example"}))
    told = only(gather(foreign, options=trusted)).entry
    assert told is not None
    assert (told.title, told.author, told.summary) == ("Title 1", "A. Liar", "Lies")
    moved = only(gather(entry(), url="https://elsewhere.example/feed")).entry
    assert moved is not None
    assert moved.title is None
