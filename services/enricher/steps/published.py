"""When it was published, how we know and how precisely. Never a guess: no date is better than a wrong one."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from services.core.models import PublishedBasis, PublishedPrecision, RawArticle
from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge
from services.enricher.reading.dates import Dated, Order, find_date
from services.enricher.reading.page import Page
from services.enricher.reading.stamps import change_stamps, publication_stamps, vague_stamps

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
    yield from _of_stamps(publication_stamps(page.linked, page.meta, order))
    yield from _of_url(raw.url or raw.canonical_url, _URL_DAY)
    yield from _of_times(page, order)
    yield from _of_stamps(vague_stamps(page.meta, order))
    yield from _of_stamps(change_stamps(page.linked, page.meta, order))
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


def _of_stamps(dates: Iterable[Dated]) -> Iterator[Found]:
    for date in dates:
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
