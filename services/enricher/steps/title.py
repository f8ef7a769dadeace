"""The headline, without the site's name."""

import re
from dataclasses import replace
from typing import Final

from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge
from services.enricher.reading.dates import find_date
from services.enricher.reading.page import Page
from services.enricher.reading.plain import content_words
from services.enricher.reading.text import one_line

_MAX_TITLE: Final = 500
_LIKE: Final = 0.3
_SITE_PARTS: Final = re.compile(r"\s+[|»«·•:—–-]+\s+|\s*[|»«]\s*")
_SITE_META: Final = ("og:site_name", "application-name", "al:ios:app_name", "publisher")
_MIN_WORDS: Final = 3
_HEADLINE_META: Final = ("og:title", "twitter:title", "dc.title", "dcterms.title", "sailthru.title", "parsely-title")


def title(draft: Draft, knowledge: Knowledge) -> Draft:
    """Sets `title`: the feed's where there is one, else what the page's headline, metadata and title agree on."""
    given = one_line(draft.raw.title or "")
    found = given or title_of(draft.page)
    return replace(draft, title=found[:_MAX_TITLE] or None)


def title_of(page: Page) -> str:
    """The page's title, empty where it has none: the heading that the metadata repeats most nearly, else metadata."""
    stated = _stated(page)
    headings = [text for text in map(one_line, page.headings) if len(text) > 3]
    best = max(headings, key=lambda heading: _likeness(heading, stated), default="")
    if best and _likeness(best, stated) >= _LIKE:
        return _without_frame(best, stated, page)
    parts = [heading for heading in headings if _is_part(heading, stated, page)]
    if parts:
        return max(parts, key=len)
    if stated:
        return without_site(stated[0], page)
    return headings[0] if headings else ""


def _stated(page: Page) -> list[str]:
    texts = [item.get("headline") for item in page.linked]
    texts += [page.first_meta(name) for name in _HEADLINE_META]
    texts += [page.title_tag]
    stated = [one_line(text) for text in texts if isinstance(text, str) and text.strip()]
    whole = stated[-1] if stated else ""
    # An attribute ends at the headline's own quotation mark where a site forgets to escape it.
    return [whole if whole.startswith(text) and whole[len(text) :].lstrip()[:1] == '"' else text for text in stated]


def _without_frame(heading: str, stated: list[str], page: Page) -> str:
    """The heading without a date before it or a site's name behind it, where the metadata states it so."""
    for text in stated[:2]:
        if len(text.split()) >= _MIN_WORDS and heading.startswith(text) and _SITE_PARTS.match(heading[len(text) :]):
            return text
        bare = without_site(text, page)
        before = heading.removesuffix(bare)
        date = find_date(before) if before != heading else None
        if date is not None and not (before[: date.start] + before[date.end :]).strip(" :|–—-"):
            return bare
    return heading


def _is_part(heading: str, stated: list[str], page: Page) -> bool:
    """Whether a heading is one of the parts of a longer title and not the site's name."""
    name = "".join(filter(str.isalnum, heading.casefold()))
    site = "".join(filter(str.isalnum, (page.first_meta(*_SITE_META) or "").casefold()))
    return len(name) > 3 and name != site and any(heading in _SITE_PARTS.split(text)[:1] for text in stated[:2])


def _likeness(heading: str, stated: list[str]) -> float:
    """How much of the first two titles in the metadata a heading repeats, 0 to 1, best of both."""
    words = content_words(heading)
    shares = [
        len(words & other) / len(words | other) for text in stated[:2] if (other := content_words(text)) and words
    ]
    exact = any(heading.casefold() == text.casefold() for text in stated[:2])
    return max([*shares, float(exact)], default=0.0)


def without_site(text: str, page: Page) -> str:
    """The title without a part that is the site's name, or, where that is not told, without a short last part."""
    parts = [(match.start(), match.end()) for match in _SITE_PARTS.finditer(text)]
    if not parts:
        return text
    site = content_words(page.first_meta(*_SITE_META) or "")
    first, last = text[: parts[0][0]], text[parts[-1][1] :]
    if site and content_words(first) and content_words(first) <= site:
        return text[parts[0][1] :]
    head = text[: parts[-1][0]]
    named = bool(site) and bool(content_words(last)) and content_words(last) <= site
    short = len(last.split()) <= 4 and len(head.split()) >= 3 and len(head) > len(last)
    return without_site(head, page) if named or short else text
