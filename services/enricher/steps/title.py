"""The headline, without the site's name."""

import re
from dataclasses import replace
from typing import Final

from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge
from services.enricher.reading.page import Page
from services.enricher.reading.plain import content_words
from services.enricher.reading.text import one_line

_MAX_TITLE: Final = 500
_SITE_PARTS: Final = re.compile(r"\s+[|»«·•:—–-]+\s+|\s*[|»«]\s*")
_HEADLINE_META: Final = ("og:title", "twitter:title", "dc.title", "dcterms.title", "sailthru.title", "parsely-title")


def title(draft: Draft, knowledge: Knowledge) -> Draft:
    """Sets `title`: the feed's where there is one, else what the page's headline, metadata and title agree on."""
    given = one_line(draft.raw.title or "")
    found = given or title_of(draft.page)
    return replace(draft, title=found[:_MAX_TITLE] or None)


def title_of(page: Page) -> str:
    """The page's title, empty where it has none. A heading that the metadata repeats is surest."""
    stated = _stated(page)
    headings = [one_line(text) for text in page.headings]
    for heading in headings:
        if len(heading) > 3 and any(_says(text, heading) for text in stated):
            return heading
    if stated:
        return without_site(stated[0], page)
    if headings and len(headings[0]) > 3:
        return headings[0]
    return without_site(one_line(page.title_tag), page)


def _stated(page: Page) -> list[str]:
    texts = [item.get("headline") for item in page.linked]
    texts += [page.first_meta(name) for name in _HEADLINE_META]
    texts += [page.title_tag]
    return [one_line(text) for text in texts if isinstance(text, str) and text.strip()]


def _says(stated: str, heading: str) -> bool:
    """Whether the metadata's title begins with or is the heading, punctuation and case aside."""
    a, b = content_words(stated), content_words(heading)
    return heading.casefold() in stated.casefold() or (len(b) >= 3 and len(a & b) >= 0.8 * len(a | b))


def without_site(text: str, page: Page) -> str:
    """The title without a part that is the site's name, or, where that is not told, without a short last part."""
    parts = [(match.start(), match.end()) for match in _SITE_PARTS.finditer(text)]
    if not parts:
        return text
    site = content_words(page.first_meta("og:site_name", "application-name", "al:ios:app_name", "publisher") or "")
    first, last = text[: parts[0][0]], text[parts[-1][1] :]
    if site and content_words(first) and content_words(first) <= site:
        return text[parts[0][1] :]
    head = text[: parts[-1][0]]
    named = bool(site) and bool(content_words(last)) and content_words(last) <= site
    short = len(last.split()) <= 4 and len(head.split()) >= 3 and len(head) > len(last)
    return without_site(head, page) if named or short else text
