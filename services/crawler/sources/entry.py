"""One item of an XML feed to an Entry: which element says what, best first."""

import base64
import binascii
import re
from collections import defaultdict
from dataclasses import dataclass

from lxml import etree

from services.core.models import Entry
from services.crawler.sources.dates import parse_date
from services.crawler.sources.text import absolute, body_text, one_line, plain, web_link
from services.crawler.sources.tree import attribute, base_of, children, language_of, markup_of, text_of

Fields = dict[str, list[etree._Element]]

_IDS = ("guid", "id", "dc:identifier")
_TITLES = ("title", "dc:title", "media:title", "itunes:title")
_AUTHORS = ("author", "dc:creator", "itunes:author", "dc:author", "dcterms:creator")
_PUBLISHED = (
    "pubdate",
    "published",
    "issued",
    "dc:date",
    "dcterms:issued",
    "dcterms:created",
    "created",
    "dcterms:date",
)
_UPDATED = ("updated", "modified", "dcterms:modified", "lastbuilddate")
_SUMMARIES = ("description", "summary", "abstract", "dc:description", "dcterms:abstract", "itunes:summary")
_LATE_SUMMARIES = ("media:description", "itunes:subtitle")
_BODIES = ("content:encoded", "content", "xhtml:body", "xhtml:div", "body", "fullitem", "fulltext")
_HTTP = re.compile(r"https?://", re.IGNORECASE)
_NO_PAGE = frozenset(
    ("self", "edit", "hub", "enclosure", "replies", "next", "prev", "first", "last", "license", "icon")
)
_MAX_AUTHORS = 10


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an item takes from its feed where it says nothing itself."""

    base: str | None = None
    language: str | None = None
    author: str | None = None
    zone: str | None = None


def fields_of(element: etree._Element) -> Fields:
    """The children of an element by name; those of a media:group count as the item's own."""
    fields: Fields = defaultdict(list)
    for name, child in children(element):
        fields[name].append(child)
        if name in ("media:group", "media:content"):
            for inner, grandchild in children(child):
                fields[inner].append(grandchild)
    return fields


def read_entry(item: etree._Element, around: Surroundings) -> Entry:
    """An item or entry element as an Entry. Nothing is made up: what it does not say stays empty."""
    fields = fields_of(item)
    base = base_of(item, around.base)
    published_raw = _first_date(fields, _PUBLISHED) or attribute(item, "lastmod")
    updated_raw = _first_date(fields, _UPDATED)
    summary = _first_text(fields, _SUMMARIES) or _first_text(fields, _LATE_SUMMARIES)
    bodies = [text for name in _BODIES for element in fields.get(name, ()) if (text := body_text(construct(element)))]
    url = link_of(item, fields, base)
    return Entry(
        id=one_line(_id_of(item, fields)) or "",
        url=url,
        title=title_of(fields),
        author=author_of(fields) or around.author,
        published=parse_date(published_raw, around.zone) if published_raw else None,
        published_raw=one_line(published_raw),
        updated=parse_date(updated_raw, around.zone) if updated_raw else None,
        summary=summary,
        content=max([*bodies, summary or ""], key=len) or None,
        language=one_line(language_of(item)) or _text(fields, "dc:language") or around.language,
    )


def title_of(fields: Fields) -> str | None:
    """The title as one line of text."""
    for name in _TITLES:
        for element in fields.get(name, ()):
            kind = (attribute(element, "type") or "").lower()
            literal = kind in ("text", "text/plain") and len(element) == 0
            if title := (one_line if literal else plain)(construct(element)):
                return title
    return None


def author_of(fields: Fields) -> str | None:
    """The names of the authors, joined by ", ", with e-mail addresses where there is nothing else."""
    for name in _AUTHORS:
        names = [who for element in fields.get(name, ())[:_MAX_AUTHORS] if (who := _person(element))]
        if names:
            return ", ".join(dict.fromkeys(names))
    source = fields.get("source", ())
    return author_of(fields_of(source[0])) if source and len(source[0]) else None


def link_of(element: etree._Element, fields: Fields, base: str | None) -> str | None:
    """The page an item or feed is about. What a feed service wrapped comes back as the publisher's own link."""
    candidates = [_text(fields, "feedburner:origlink"), *_alternates(fields, base), _permalink(fields)]
    candidates += [attribute(element, "href"), attribute(element, "about"), _text(fields, "id"), *_leftovers(fields)]
    return next((link for candidate in candidates if (link := web_link(candidate, base))), None)


def rel_link(fields: Fields, rel: str, base: str | None) -> str | None:
    """The target of the first link with this relation."""
    for element in fields.get("link", ()):
        if (attribute(element, "rel") or "").lower() == rel and (target := attribute(element, "href")):
            return web_link(target, base_of(element, base))
    return None


def construct(element: etree._Element) -> str:
    """What a text construct holds, as HTML or text: escaped, inline markup or base64 (RFC 4287 4.1.3, Atom 0.3)."""
    mode = (attribute(element, "mode") or "").lower()
    kind = (attribute(element, "type") or "").lower()
    if mode == "base64" or _is_base64(kind):
        return _base64(text_of(element))
    return markup_of(element)


def _is_base64(kind: str) -> bool:
    return "/" in kind and not kind.startswith("text/") and not kind.endswith(("xml", "html"))


def _base64(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text


def _text(fields: Fields, name: str) -> str | None:
    return next((text for element in fields.get(name, ()) if (text := one_line(text_of(element)))), None)


def _first_text(fields: Fields, names: tuple[str, ...]) -> str | None:
    found = (body_text(construct(element)) for name in names for element in fields.get(name, ()))
    return next((text for text in found if text), None)


def _first_date(fields: Fields, names: tuple[str, ...]) -> str | None:
    return next((text for name in names if (text := _text(fields, name))), None)


def _id_of(item: etree._Element, fields: Fields) -> str | None:
    return next((text for name in _IDS if (text := _text(fields, name))), None) or attribute(item, "about")


def _permalink(fields: Fields) -> str | None:
    guid = fields.get("guid", ())
    if not guid or (attribute(guid[0], "ispermalink") or "true").lower() == "false":
        return None
    text = one_line(text_of(guid[0]))
    return text if text and _HTTP.match(text) else None


def _alternates(fields: Fields, base: str | None) -> list[str]:
    """Links to the page itself: RSS's text, or Atom's alternate, HTML before other types."""
    found: list[tuple[int, str]] = []
    for element in (*fields.get("link", ()), *fields.get("a", ())):
        target = attribute(element, "href")
        rel = (attribute(element, "rel") or "alternate").lower()
        if target and rel == "alternate":
            html = (attribute(element, "type") or "text/html").lower() in ("text/html", "application/xhtml+xml")
            found.append((1 if html else 2, absolute(target, base_of(element, base)) or target))
        elif not target and (text := absolute(text_of(element), base_of(element, base))):
            found.append((0, text))
    return [link for _, link in sorted(found, key=lambda pair: pair[0])]


def _leftovers(fields: Fields) -> list[str]:
    links = fields.get("link", ())
    return [
        target
        for element in links
        if (target := attribute(element, "href")) and (attribute(element, "rel") or "").lower() not in _NO_PAGE
    ]


def _person(element: etree._Element) -> str | None:
    parts = fields_of(element)
    return _text(parts, "name") or _text(parts, "email") or (plain(text_of(element)) if not parts else None)
