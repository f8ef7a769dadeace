"""What an HTML page says about itself: meta elements, JSON-LD, headings, by-lines and times."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.enricher.reading.lines import BYLINE_LEAD
from services.enricher.reading.marks import marks_of, words
from services.enricher.reading.page import JsonObject

# https://schema.org/Article and its kin, and what sites use in their place.
_ARTICLE_TYPES: Final = words(
    "Article NewsArticle ReportageNewsArticle AnalysisNewsArticle OpinionNewsArticle BackgroundNewsArticle "
    "ReviewNewsArticle BlogPosting LiveBlogPosting SocialMediaPosting DiscussionForumPosting TechArticle Report "
    "ScholarlyArticle WebPage Review Recipe HowTo ItemPage"
)
_MAX_LINKED_BYTES: Final = 400_000
_MAX_LINKED_OBJECTS: Final = 200
_MAX_FACT: Final = 400
_MAX_TIME: Final = 120
_MAX_MARKED: Final = 400
_MAX_RANKED: Final = 25
# The first marks of the list, up to the time element, are made for the date of publication.
_SURE_RANK: Final = 4
_MAX_SCANNED: Final = 200_000
_MIN_START: Final = 12
_MAX_LEAD: Final = 30
_NO_TEXT: Final = sorted(words("script style noscript template nav footer aside form select svg"))
_BYLINE_ELEMENTS: Final = (
    "[itemprop~=author], [itemprop~=author] [itemprop~=name], [rel~=author], [class*=byline i], [class*=author i], "
    "[class*=autor i], [class*=posted-by], [class~=fn], [id*=author]"
)
_TIME_ELEMENTS: Final = (
    "time, [itemprop^=date], [class*=date i], [class*=publish], [class*=posted-on], "
    "[class*=timestamp], [class*=datum], [class*=fecha], [class*=meta], [class*=byline], [id*=date]"
)
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
    # WordPress plugins tell the author as a pair of label and value.
    for number in "12":
        if any(BYLINE_LEAD.fullmatch(label) for label in found.get(f"twitter:label{number}", ())):
            found.setdefault("author", []).extend(found.get(f"twitter:data{number}", ()))
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
    """Texts of elements that markup calls the author's, the surest first."""
    found: list[str] = []
    for _, node in _ranked(parser, _BYLINE_ELEMENTS, "byline_marks.txt"):
        text = " ".join((node.attributes.get("content") or node.text(separator=" ")).split())
        if 0 < len(text) <= _MAX_FACT:
            found.append(text)
    return tuple(dict.fromkeys(found))


class Marked(NamedTuple):
    """Texts of elements that markup marks as dates: surely the publication's, or perhaps something else's."""

    sure: tuple[str, ...]
    other: tuple[str, ...]


def times_of(parser: LexborHTMLParser) -> Marked:
    """Dates that markup marks as such, the surest first: of each the machine-readable one, then the visible one."""
    ranked = _ranked(parser, _TIME_ELEMENTS, "time_marks.txt")
    sure = [node for rank, node in ranked if rank <= _SURE_RANK]
    return Marked(_stated_times(sure), _stated_times([node for rank, node in ranked if rank > _SURE_RANK]))


def _stated_times(nodes: list[LexborNode]) -> tuple[str, ...]:
    found: list[str] = []
    for node in nodes:
        attributes = node.attributes
        stated = attributes.get("datetime") or attributes.get("content") or attributes.get("title") or ""
        visible = " ".join(node.text(separator=" ").split())
        found += [text for text in (stated.strip(), visible) if 0 < len(text) <= _MAX_TIME]
    return tuple(dict.fromkeys(found))


def _ranked(parser: LexborHTMLParser, selector: str, marks: str) -> list[tuple[int, LexborNode]]:
    """Elements whose names bear one of the marks, with its rank, ordered by it, then as on the page."""
    known = marks_of(marks)
    ranked: list[tuple[int, int, LexborNode]] = []
    for place, node in enumerate(parser.css(selector)[:_MAX_MARKED]):
        attributes = node.attributes
        names = " ".join(
            f"{key}={attributes[key]}" for key in ("itemprop", "rel", "class", "id") if attributes.get(key)
        )
        rank = known.rank(f"tag={node.tag} {names}"[:_MAX_FACT].lower())
        if rank is not None and not _in_comment(node):
            ranked.append((rank, place, node))
        if len(ranked) == _MAX_RANKED:
            break
    return [(rank, node) for rank, _, node in sorted(ranked, key=lambda item: item[:2])]


def visible_of(parser: LexborHTMLParser) -> tuple[list[str], int]:
    """The page's lines outside menus, forms and footers, and their length without links. Changes the tree."""
    parser.strip_tags(_NO_TEXT, recursive=True)
    body = parser.body
    if body is None:
        return [], 0
    text = body.text(deep=True, separator="\n")[:_MAX_SCANNED]
    lines = [" ".join(line.split()) for line in map(str.strip, text.split("\n")) if line]
    linked = sum(len(" ".join(link.text().split())) for link in body.css("a"))
    return lines, max(0, sum(map(len, lines)) + len(lines) - linked)


def with_bylines_joined(lines: list[str]) -> list[str]:
    """The lines; "By" and the name on the next are one."""
    joined: list[str] = []
    for line in lines:
        if joined and len(joined[-1]) <= _MAX_LEAD and BYLINE_LEAD.fullmatch(joined[-1]):
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
    return joined


def near_headline(lines: list[str], headings: tuple[str, ...]) -> list[str]:
    """The short lines around the last place of a headline, where pages without markup put date and author."""
    starts: dict[str, list[str]] = {}
    for heading in headings:
        starts.setdefault(heading[:_MIN_START], []).append(heading)
    places = [
        number
        for number, line in enumerate(lines)
        if (same := starts.get(line[:_MIN_START])) and any(_same_start(line, heading) for heading in same)
    ]
    if not places:
        return []
    window = lines[places[-1] + 1 : places[-1] + 25] + lines[max(0, places[-1] - 6) : places[-1]]
    return [line for line in window if len(line) <= _MAX_TIME]


def _same_start(line: str, heading: str) -> bool:
    shorter = min(len(line), len(heading))
    return shorter >= _MIN_START and line[:shorter] == heading[:shorter]


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
