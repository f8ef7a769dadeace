"""When it was published, how we know and how precisely. Never a guess: no date is better than a wrong one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from services.core.models import PublishedBasis, PublishedPrecision, RawArticle
from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge
from services.enricher.reading.dates import Order, find_date, parse_stamp
from services.enricher.reading.page import Page

_META: Final = (
    "article:published_time", "article:published", "og:published_time", "og:article:published_time",
    "datepublished", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime", "pubdate", "publishdate", "publish-date", "publish_date", "dc.date.issued",
    "dcterms.issued", "dcterms.created", "dc.date.created", "article.published", "published_time",
    "published-date", "publication_date", "citation_publication_date", "citation_date", "originalpublicationdate",
    "rnews:datepublished", "article_date_original",
)  # fmt: skip
# Dates of a page that do not say of what: asked only where nothing marked as publication is found.
_META_VAGUE: Final = ("dc.date", "dcterms.date", "displaydate", "date")
_LINKED: Final = ("datePublished", "dateCreated", "uploadDate")
# A later change is no publication: asked only where nothing tells that.
_META_CHANGED: Final = ("article:modified_time", "og:updated_time", "last-modified", "dcterms.modified", "datemodified")
_LINKED_CHANGED: Final = ("dateModified",)
_URL_DAY: Final = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)[/_.-]?(?P<m>0[1-9]|1[0-2]|[1-9](?=[/_.-]))[/_.-]?(?P<d>0[1-9]|[12]\d|3[01]|[1-9](?=[/_.-]))(?!\d)"
)
_URL_MONTH: Final = re.compile(r"/(?P<y>(?:19|20)\d\d)/(?P<m>0[1-9]|1[0-2])/")
_CLOCK: Final = re.compile(r"\d:\d\d")
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_AHEAD: Final = timedelta(days=1)
# Where month and day are both numbers, these countries and languages put the month first.
_MONTH_FIRST_COUNTRIES: Final = frozenset({"USA", "PHL", "FSM", "MHL", "PLW"})

Found = tuple[datetime, PublishedPrecision, PublishedBasis]


def published(draft: Draft, knowledge: Knowledge) -> Draft:
    """Sets `published` with basis and precision from the first source that gives a possible date.

    A date later than a day after the fetch is not taken; where that is the feed's, the flag `future_date` is set.
    """
    latest = draft.raw.fetched_at + _AHEAD
    flags = draft.flags
    if draft.raw.published is not None and draft.raw.published > latest and "future_date" not in flags:
        flags = (*flags, "future_date")
    for time, precision, basis in _candidates(draft):
        if _EARLIEST <= time <= latest:
            return replace(draft, published=time, published_precision=precision, published_basis=basis, flags=flags)
    return replace(draft, flags=flags)


def _candidates(draft: Draft) -> Iterator[Found]:
    raw, page, order = draft.raw, draft.page, date_order(draft)
    yield from _of_feed(raw)
    yield from _of_metadata(page, order, _LINKED, _META)
    yield from _of_url(raw.url or raw.canonical_url, _URL_DAY)
    yield from _of_times(page, order)
    yield from _of_metadata(page, order, (), _META_VAGUE)
    yield from _of_metadata(page, order, _LINKED_CHANGED, _META_CHANGED)
    yield from _of_url(raw.url or raw.canonical_url, _URL_MONTH)


def date_order(draft: Draft) -> Order | None:
    """How the site writes all-numeric dates: known for its country or for the region that the page's language has."""
    country = draft.raw.source.country
    if country is not None:
        return "month first" if country in _MONTH_FIRST_COUNTRIES else "day first"
    locale = (draft.page.first_meta("og:locale", "language", "content-language") or "").replace("-", "_").casefold()
    language = draft.page.language or locale[:2]
    if locale == "en_us":
        return "month first"
    return "day first" if language and (language != "en" or locale in ("en_gb", "en_au", "en_in", "en_ie")) else None


def _of_feed(raw: RawArticle) -> Iterator[Found]:
    # A date that the crawler found to lie in the future says nothing, also where it put the time of the fetch instead.
    if raw.published is not None and "future_date" not in raw.flags:
        exact = raw.published.time() != datetime.min.time() or bool(_CLOCK.search(raw.published_raw or ""))
        yield raw.published, "second" if exact else "day", "feed"


def _of_metadata(page: Page, order: Order | None, linked: tuple[str, ...], meta: tuple[str, ...]) -> Iterator[Found]:
    stamps = [item.get(name) for name in linked for item in page.linked]
    stamps += [value for name in meta for value in page.meta.get(name, ())]
    for stamp in stamps:
        date = parse_stamp(stamp, order=order) if isinstance(stamp, str) else None
        if date is not None:
            yield date.time, date.precision, "meta"


def _of_times(page: Page, order: Order | None) -> Iterator[Found]:
    for text in page.times:
        date = find_date(text, order=order)
        if date is not None:
            yield date.time, date.precision, "text"


def _of_url(url: str | None, pattern: re.Pattern[str]) -> Iterator[Found]:
    match = pattern.search(_path(url)) if url else None
    if match is None:
        return
    day = match.groupdict().get("d")
    try:
        time = datetime(int(match["y"]), int(match["m"]), int(day or 1), tzinfo=UTC)
    except ValueError:
        return
    yield time, "day" if day else "month", "url"


def _path(url: str) -> str:
    try:
        return urlsplit(url[:2000]).path
    except ValueError:
        return ""
