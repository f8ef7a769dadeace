"""Readings into records: the RawArticle, its state and its outcome. Pure."""

from datetime import datetime

from services.core.ids import article_id, fetch_id
from services.core.models import ArticleState, Outcome, OutcomeKind, PageTask, RawArticle, Source
from services.crawler.options import CrawlerOptions
from services.crawler.ownership import Verdict
from services.crawler.page import PageFacts
from services.crawler.pages import Article
from services.crawler.text import clean_line
from services.crawler.urls import site_of


def raw_article(task: PageTask, article: Article, verdict: Verdict, options: CrawlerOptions) -> RawArticle:
    """The article as it goes on: what the page gave, completed by what the feed's entry said."""
    facts, entry = article.facts, task.entry
    published = entry.published if entry else None
    flags = list(facts.flags)
    if published is not None and published > article.fetched_at:
        published = article.fetched_at
        flags.append("future_date")
    if task.body is not None:
        flags.append("feed_text")
    return RawArticle(
        id=article_id(article.canonical_url),
        revision=verdict.revision,
        content_hash=facts.content_hash,
        url=article.url,
        canonical_url=article.canonical_url,
        source=_source(task, article.url),
        feed_id=task.feed_id,
        title=facts.title,
        html=facts.html,
        text=facts.text,
        summary=(entry.summary or "")[: options.max_summary] or None if entry else None,
        author=clean_line(entry.author, options.max_line) if entry else None,
        published=published,
        published_raw=clean_line(entry.published_raw, options.max_line) if entry else None,
        fetched_at=article.fetched_at,
        first_fetched_at=verdict.first_fetched_at,
        http=article.http,
        flags=tuple(flags),
    )


def given_article(given: RawArticle, facts: PageFacts, verdict: Verdict) -> RawArticle:
    """An article that came whole, with its number and its text as it was read."""
    numbered = {
        "revision": verdict.revision,
        "content_hash": facts.content_hash,
        "first_fetched_at": verdict.first_fetched_at,
        "title": facts.title,
        "html": facts.html,
        "text": facts.text,
        "flags": tuple(dict.fromkeys((*given.flags, *facts.flags))),
    }
    return given.model_copy(update=numbered)


def state_of(raw: RawArticle, generation: int) -> ArticleState:
    """What is kept of an article after this fetch of it."""
    return ArticleState(
        article_id=raw.id,
        generation=generation,
        url=raw.canonical_url or raw.url or "",
        content_hash=raw.content_hash,
        revision=raw.revision,
        first_fetched_at=raw.first_fetched_at,
        last_fetched_at=raw.fetched_at,
        http=raw.http,
    )


def outcome(
    article: str,
    task: PageTask,
    kind: OutcomeKind,
    fetched_at: datetime,
    now: datetime,
    *,
    revision: int | None = None,
    reason: str | None = None,
) -> Outcome:
    """What became of one fetch, for the accounts."""
    return Outcome(
        id=fetch_id(article, fetched_at),
        article_id=article,
        revision=revision,
        fetched_at=fetched_at,
        feed_id=task.feed_id,
        source_id=task.source.id,
        kind=kind,
        reason=reason,
        stage="crawler",
        time=now,
    )


def _source(task: PageTask, url: str) -> Source:
    if task.source.id:
        return task.source
    return task.source.model_copy(update={"id": site_of(url), "name": task.source.name or site_of(url)})
