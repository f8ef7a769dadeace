"""What an HTML page says about itself: meta elements, JSON-LD, headings, by-lines and times."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.enricher.reading.marks import lines_of
from services.enricher.reading.page import JsonObject

# https://schema.org/Article and its kin, and what sites use in their place.
_ARTICLE_TYPES: Final = frozenset(
    "Article NewsArticle ReportageNewsArticle AnalysisNewsArticle OpinionNewsArticle BackgroundNewsArticle "
    "ReviewNewsArticle BlogPosting LiveBlogPosting SocialMediaPosting DiscussionForumPosting TechArticle Report "
    "ScholarlyArticle WebPage Review Recipe HowTo ItemPage".split()
)
_MAX_LINKED_BYTES: Final = 400_000
_MAX_LINKED_OBJECTS: Final = 200
_MAX_FACT: Final = 400
_BROKEN_LINKED: Final = re.compile(r"[\x00-\x1f]+|<!--|-->|//<!\[CDATA\[|//\]\]>")
_HEADLINE_TEXT: Final = "h1, [itemprop=headline], .headline, .entry-title, .post-title, .article-title"


def meta_of(parser: LexborHTMLParser) -> dict[str, tuple[str, ...]]:
    """Values of meta elements by lower-case name, property or itemprop, in the page's order."""
    found: dict[str, list[str]] = {}
    for node in parser.css("meta[content]"):
        attributes = node.attributes
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        value = " ".join((attributes.get("content") or "").split())
        if name and value:
            found.setdefault(name.strip().lower(), []).append(value)
    return {name: tuple(values) for name, values in found.items()}


def linked_of(parser: LexborHTMLParser) -> tuple[JsonObject, ...]:
    """The JSON-LD objects of article types, those of news articles before mere pages."""
    found = [
        item
        for script in parser.css("script[type='application/ld+json']")
        for item in _objects(_parse(script.text(deep=True)))
        if _types(item) & _ARTICLE_TYPES
    ]
    return tuple(sorted(found, key=lambda item: _types(item) <= {"WebPage", "ItemPage"}))


def _parse(text: str) -> Any:
    if len(text) > _MAX_LINKED_BYTES:
        return None
    for attempt in (text, _BROKEN_LINKED.sub(" ", text).strip().rstrip(";")):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _objects(value: Any) -> Iterator[JsonObject]:
    todo, seen = [value], 0
    while todo and seen < _MAX_LINKED_OBJECTS:
        item = todo.pop(0)
        seen += 1
        if isinstance(item, list):
            todo.extend(item)
        elif isinstance(item, dict):
            yield item
            todo.extend(item[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in item)


def _types(item: JsonObject) -> set[str]:
    kinds = item.get("@type")
    return {str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])}


def person_names(value: Any) -> list[str]:
    """The names in a JSON-LD author: a string, an object with a name, or a list of them."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return person_names(value.get("name"))
    if isinstance(value, list):
        return [name for item in value[:20] if not isinstance(item, list) for name in person_names(item)]
    return []


def headings_of(parser: LexborHTMLParser) -> tuple[str, ...]:
    """Texts of headline elements, h1 first come, first served."""
    texts = (" ".join(node.text(separator=" ").split()) for node in parser.css(_HEADLINE_TEXT)[:12])
    return tuple(dict.fromkeys(text for text in texts if 0 < len(text) <= _MAX_FACT))


def bylines_of(parser: LexborHTMLParser) -> tuple[str, ...]:
    """Texts of elements that markup calls the author's, the surest selectors first."""
    found: list[str] = []
    for selector in lines_of("byline_selectors.txt"):
        for node in parser.css(selector)[:4]:
            text = " ".join((node.attributes.get("content") or node.text(separator=" ")).split())
            if 0 < len(text) <= _MAX_FACT and not _in_comment(node):
                found.append(text)
    return tuple(dict.fromkeys(found))


def times_of(parser: LexborHTMLParser) -> tuple[str, ...]:
    """Dates that markup marks as such: machine-readable ones as they are, then visible ones."""
    found: list[str] = []
    for selector in lines_of("time_selectors.txt"):
        for node in parser.css(selector)[:4]:
            if _in_comment(node):
                continue
            attributes = node.attributes
            text = attributes.get("datetime") or attributes.get("content") or attributes.get("title") or ""
            visible = " ".join(node.text(separator=" ").split())
            found += [value for value in (text.strip(), visible) if 0 < len(value) <= 160]
    return tuple(dict.fromkeys(found))


def _in_comment(node: LexborNode) -> bool:
    current: LexborNode | None = node
    for _ in range(8):
        if current is None:
            break
        attributes = current.attributes
        if "comment" in f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower():
            return current.tag != "body"
        if current.tag == "aside":
            return True
        current = current.parent
    return False
