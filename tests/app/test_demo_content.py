"""What the demo's outlets print: read as the crawler and the enricher read it, without a network."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit

import pytest

from services.app.demo.answers import Answer, Answers, after_correction, answers_of
from services.app.demo.outlets import OUTLETS, Outlet
from services.app.demo.reports import OddPage, Report, all_reports, odd_pages
from services.app.demo.site import DemoSite
from services.core.errors import Rejected
from services.core.models import EnrichedArticle, PageTask, RawArticle
from services.crawler.articles import raw_article
from services.crawler.entries import Harvest, harvest
from services.crawler.options import CrawlerOptions
from services.crawler.ownership import Verdict
from services.crawler.page import read_page, read_text
from services.crawler.pages import Article
from services.crawler.robots import RobotsRules
from services.crawler.seen import Seen
from services.crawler.sources import parse_feed
from services.crawler.work import FeedJob, ParsedFeed, run
from services.enricher.knowledge import load_knowledge
from services.enricher.pipeline import enrich

PORT = 8090
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
OPTIONS = CrawlerOptions()
FEEDS = dict(zip((outlet.id for outlet in OUTLETS), DemoSite(port=PORT).feeds, strict=True))
# Where an outlet's articles get their date from, and how precisely.
DATES = {outlet.id: ("feed", "second") for outlet in OUTLETS} | {
    "tamarisk": ("url", "day"),
    "ninefold": ("text", "day"),
}
# What becomes of an entry behind which there is no article: the status of the answer, or the reason of a rejection.
NO_ARTICLES: dict[str, int | str] = {
    "/articles/harbour-fire": "soft_404",
    "/foreign/summit-diary.htm": "consent_wall",
    "/2021/10/inside-the-talks/": "paywall_stub",
    "/story/market-blast-withdrawn": 410,
    "/print/kankara.html": "robots",
}
KINDS = {
    "lodestar": "rss",
    "quayside": "atom",
    "tamarisk": "rdf",
    "saltmarsh": "rss",
    "eastlight": "json",
    "kestrel": "rss",
    "ninefold": "rss",
    "corriedale": "rss",
    "anse": "atom",
}


def names(items: object) -> str:
    return str(getattr(items, "id", items))


@cache
def served(*, corrected: bool = False) -> Answers:
    before = answers_of(PORT, NOW)
    return after_correction(before, PORT, NOW) if corrected else before


def answer_at(url: str, *, corrected: bool = False) -> Answer:
    """The answer for a URL, redirects followed."""
    parts = urlsplit(url)
    found = served(corrected=corrected)[(parts.hostname or "", parts.path + (f"?{parts.query}" if parts.query else ""))]
    return answer_at(found.location, corrected=corrected) if found.location else found


def outlet_of(report: Report) -> Outlet:
    return next(outlet for outlet in OUTLETS if outlet.id == report.outlet)


def parsed(outlet: Outlet, *, corrected: bool = False) -> ParsedFeed:
    feed = FEEDS[outlet.id]
    answer = answer_at(feed.url, corrected=corrected)
    found = run(FeedJob(answer.body, answer.content_type, feed.url, None))
    assert isinstance(found, ParsedFeed)
    return found


def harvested(outlet: Outlet, *, seen: str = "", corrected: bool = False) -> Harvest:
    feed = FEEDS[outlet.id]
    return harvest(feed, feed.url, parsed(outlet, corrected=corrected), Seen(seen), NOW, OPTIONS)


def task_of(report: Report, *, corrected: bool = False) -> PageTask:
    title = report.after_correction().title if corrected else report.title
    tasks = harvested(outlet_of(report), corrected=corrected).tasks
    return next(task for task in tasks if task.entry is not None and task.entry.title == title)


def raw_of(task: PageTask, *, corrected: bool = False) -> RawArticle:
    """The task's article as the crawler publishes it."""
    title = task.entry.title if task.entry else None
    if task.body is not None:
        facts = read_text(task.body, title=title, max_chars=OPTIONS.max_html)
    else:
        answer = answer_at(task.url, corrected=corrected)
        headers = {"content-type": answer.content_type}
        facts = read_page(answer.body, url=task.url, headers=headers, title=title, max_chars=OPTIONS.max_html)
    return raw_article(task, Article(facts, task.url, facts.canonical_url or task.url, NOW), Verdict(1, NOW), OPTIONS)


def enriched(raw: RawArticle) -> EnrichedArticle:
    return enrich(raw, knowledge=load_knowledge(), now=NOW)


def body_of(article: EnrichedArticle, report: Report) -> str:
    """The article's text without a by-line that stayed above it."""
    head, _, rest = article.text.partition("\n\n")
    is_byline = bool(report.signature) and (report.signature or "") in head and len(head) < 60
    return rest if is_byline else article.text


@pytest.mark.parametrize("outlet", OUTLETS, ids=names)
def test_every_feed_is_read_with_all_of_its_entries(outlet: Outlet) -> None:
    listed = [(report.at, report.title) for report in all_reports() if report.outlet == outlet.id]
    assert len(listed) >= 2
    listed += [(page.at, page.title) for page in odd_pages() if page.outlet == outlet.id]
    document = parsed(outlet).document
    assert (document.kind, document.title) == (KINDS[outlet.id], outlet.name)
    assert [entry.title for entry in document.entries] == [title for _, title in sorted(listed, reverse=True)]
    assert all((entry.published is not None) == outlet.dated for entry in document.entries)
    assert harvested(outlet).no_link == 0


@pytest.mark.parametrize("report", all_reports(), ids=names)
def test_every_report_is_found_clean_with_title_author_and_date(report: Report) -> None:
    task = task_of(report)
    article = enriched(raw_of(task))
    basis, precision = DATES[report.outlet]
    published = report.at if precision == "second" else report.at.replace(hour=0, minute=0, second=0)
    assert body_of(article, report) == "\n\n".join(report.text)
    assert (article.title, article.author, article.language) == (report.title, report.signature, report.language)
    assert (article.published, article.published_basis, article.published_precision) == (published, basis, precision)
    assert article.source.name == outlet_of(report).name


@pytest.mark.parametrize("report", all_reports(), ids=names)
def test_every_report_in_english_has_events_and_no_other_has(report: Report) -> None:
    article = enriched(raw_of(task_of(report)))
    assert bool(article.events) == (report.language == "en")
    assert ("language_unsupported" in article.flags) == (report.language != "en")


@pytest.mark.parametrize("odd", odd_pages(), ids=lambda odd: odd.path)
def test_what_is_no_article_is_rejected_with_its_reason(odd: OddPage) -> None:
    outlet = next(outlet for outlet in OUTLETS if outlet.id == odd.outlet)
    (task,) = [task for task in harvested(outlet).tasks if task.url.endswith(odd.path)]
    assert becomes_of(task, outlet) == NO_ARTICLES[odd.path]


def becomes_of(task: PageTask, outlet: Outlet) -> int | str:
    """The status or the reason for which a task gives no article; "article" where it gives one."""
    if not RobotsRules(200, outlet.robots.encode()).allows(task.url, OPTIONS.robots_agent):
        return "robots"
    answer = answer_at(task.url)
    if answer.status != 200:
        return answer.status
    try:
        enriched(raw_of(task))
    except Rejected as rejected:
        return rejected.reason
    return "article"


def test_all_pages_that_are_no_article_are_told_in_the_table() -> None:
    assert {page.path for page in odd_pages()} == set(NO_ARTICLES)


def test_the_robots_of_every_outlet_lets_its_reports_be_read() -> None:
    for report in all_reports():
        outlet = outlet_of(report)
        rules = RobotsRules(200 if outlet.robots else 404, outlet.robots.encode())
        assert rules.allows(outlet.base(PORT) + outlet.path(report), OPTIONS.robots_agent)


def test_a_page_that_moved_redirects_to_where_it_is_now() -> None:
    (report,) = [report for report in all_reports() if report.moved_from]
    assert task_of(report).url.endswith(report.moved_from or "-")
    moved = served()[(outlet_of(report).host, report.moved_from or "")]
    assert (moved.status, moved.location) == (301, outlet_of(report).base(PORT) + outlet_of(report).path(report))


def test_links_lose_what_only_counts_readers() -> None:
    (outlet,) = [outlet for outlet in OUTLETS if outlet.tracking]
    assert all(
        "utm_" in (entry.url or "") for entry in parsed(outlet).document.entries if "summit" not in str(entry.url)
    )
    assert all("utm_" not in task.url for task in harvested(outlet).tasks)


def test_the_feed_with_whole_texts_stands_for_its_pages_and_says_the_same() -> None:
    (outlet,) = [outlet for outlet in OUTLETS if outlet.whole]
    for report in all_reports():
        if report.outlet == outlet.id:
            task = task_of(report)
            from_page = enriched(raw_of(task.model_copy(update={"body": None})))
            assert task.body is not None
            assert from_page.text == enriched(raw_of(task)).text


def test_a_named_entity_that_xml_does_not_know_is_read_as_its_character() -> None:
    (outlet,) = [outlet for outlet in OUTLETS if outlet.entities]
    assert b"&mdash;" in answer_at(FEEDS[outlet.id].url).body
    assert any(" — " in (entry.summary or "") for entry in parsed(outlet).document.entries)


def test_a_page_in_an_old_charset_tells_it_itself() -> None:
    (outlet,) = [outlet for outlet in OUTLETS if outlet.charset != "utf-8"]
    report = next(one for one in all_reports() if one.outlet == outlet.id and any("’" in part for part in one.text))
    answer = answer_at(task_of(report).url)
    assert "charset" not in answer.content_type
    assert b"\x92" in answer.body
    assert "’" in enriched(raw_of(task_of(report))).text


def test_a_feed_that_its_server_calls_a_page_is_read() -> None:
    answer = answer_at(FEEDS["corriedale"].url)
    assert answer.content_type == "text/html"
    assert parse_feed(answer.body, content_type=answer.content_type).kind == "rss"


@dataclass(frozen=True)
class Copy:
    original: Report
    copy: Report


def copies() -> list[Copy]:
    first = {report.text[0]: report for report in all_reports() if report.by}
    return [Copy(first[report.text[0]], report) for report in all_reports() if report.credit]


def test_two_outlets_carry_the_wires_report_and_credit_it() -> None:
    found = copies()
    assert len({one.copy.outlet for one in found}) == len(found) == 2
    for one in found:
        assert set(one.copy.text) <= set(one.original.text)
        assert one.copy.credit == outlet_of(one.original).name
        assert enriched(raw_of(task_of(one.copy))).author == "Lodestar Wire"


def test_the_correction_changes_one_feed_and_one_page_and_gives_a_new_task() -> None:
    (report,) = [report for report in all_reports() if report.corrected]
    outlet = outlet_of(report)
    before, after = served(), served(corrected=True)
    changed = {key for key in before if before[key].body != after[key].body}
    assert {(outlet.host, outlet.feed), (outlet.host, outlet.path(report))} <= changed
    assert {host for host, _ in changed} == {outlet.host}
    seen = harvested(outlet).seen
    assert harvested(outlet, seen=seen).tasks == ()
    (task,) = harvested(outlet, seen=seen, corrected=True).tasks
    assert task.id == task_of(report).id
    assert task.entry is not None
    assert task.entry.updated is not None


def test_the_corrected_page_is_read_with_the_corrected_toll() -> None:
    (report,) = [report for report in all_reports() if report.corrected]
    first = raw_of(task_of(report))
    second = raw_of(task_of(report, corrected=True), corrected=True)
    assert first.content_hash != second.content_hash
    assert (first.id, second.published) == (second.id, first.published)
    article = enriched(second)
    assert body_of(article, report) == "\n\n".join(report.after_correction().text)
    assert "At least 14 soldiers" in enriched(first).text
    assert "At least 11 soldiers" in article.text
    assert {event.type for event in article.events} >= {"ASSAULT"}


def test_there_are_some_thirty_reports_on_various_events() -> None:
    types = {event.type for report in all_reports() for event in enriched(raw_of(task_of(report))).events}
    assert len(all_reports()) >= 35
    assert len({report.id for report in all_reports()}) == len(all_reports())
    assert {"ASSAULT", "COERCE", "PROTEST", "AGREE", "AID", "ACCUSE", "REJECT", "SANCTION", "RETREAT"} <= types


def test_no_two_answers_share_an_address_and_everything_linked_is_there() -> None:
    paths = [(outlet_of(report).host, outlet_of(report).path(report)) for report in all_reports()]
    assert len(set(paths)) == len(paths)
    assert set(paths) <= set(served())
