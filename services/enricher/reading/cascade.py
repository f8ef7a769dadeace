"""The body of an HTML page by three extractors: the fast ones where they agree, the thorough one where not.

Our own walk costs about 1.5 ms, Resiliparse 2 ms, trafilatura 30 ms, and they are wrong on different pages. The second
is asked where the first leaves much of what a reader sees; the third where these two differ, or where the page's own
metadata holds the text and the first misses it.
"""

import logging
import re
from typing import Final

from resiliparse.extract.html2text import extract_plain_text
from selectolax.lexbor import LexborHTMLParser

from services.enricher.reading.lines import article_part
from services.enricher.reading.page import Page

_AGREEMENT: Final = 0.6
# Where the page's metadata holds the article's text, this share of its words must be found.
_COVERAGE: Final = 0.7
# With this share of all visible text outside links and menus, nothing that matters can be missing.
_MOST: Final = 0.5
# So many different words are an article, whatever else stands on its page.
_LONG: Final = 400
# Where both hold nearly the same words, no other extractor is asked.
_SAME_TEXT: Final = 0.85
_MAX_THOROUGH: Final = 2_000_000
# What trafilatura would drop itself, at a third of its cost.
_NEVER_BODY: Final = ["script", "style", "svg", "template", "iframe", "link", "meta", "nav", "footer", "aside"]
_WORD: Final = re.compile(r"\w+")
_log = logging.getLogger(__name__)


def article_lines(html: str, page: Page) -> list[str]:
    """The article's paragraphs, boilerplate removed; empty where no extractor finds any. `html` has no surrogates."""
    own = article_part(list(page.blocks))
    own_words = _words(own)
    stated = frozenset(_WORD.findall(_stated_body(page)))
    if len(stated) >= 50:
        coverage, surplus = _share(stated, own_words), _share(own_words, stated)
        if coverage < _COVERAGE:
            return _thorough(html) or own
        if min(coverage, surplus) >= _SAME_TEXT:
            return own
    if len(own_words) >= _LONG or _MOST * page.visible <= sum(map(len, own)) <= page.visible:
        return own
    quick_words = _words(_quick(html))
    union = own_words | quick_words
    if own_words and len(own_words & quick_words) >= _AGREEMENT * len(union):
        return own
    return _thorough(html) or own


def _words(lines: list[str]) -> frozenset[str]:
    return frozenset(word for line in lines for word in _WORD.findall(line))


def _share(wanted: frozenset[str], found: frozenset[str]) -> float:
    return len(wanted & found) / max(1, len(wanted))


def _stated_body(page: Page) -> str:
    for item in page.linked:
        body = item.get("articleBody")
        if isinstance(body, str):
            return body[:100_000]
    return ""


def _quick(html: str) -> list[str]:
    text = extract_plain_text(
        html, preserve_formatting=True, main_content=True, list_bullets=False, alt_texts=False, links=False
    )
    return [text]


def _thorough(html: str) -> list[str]:
    if len(html) > _MAX_THOROUGH:
        return []
    # Imported where it is needed: it brings 30 MB with it, and some workers never meet such a page.
    import trafilatura

    parser = LexborHTMLParser(html)
    parser.strip_tags(_NEVER_BODY, recursive=True)
    try:
        text = trafilatura.extract(parser.html or "", fast=True, include_comments=False) or ""
    except Exception as error:  # its failures have no common base; the page has another extractor's text
        _log.debug("trafilatura failed", extra={"error": repr(error)})
        return []
    return article_part([line.removeprefix("- ").strip() for line in text.split("\n") if line.strip()])
