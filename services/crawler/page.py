"""What the crawler must know of a page: its text's hash, its canonical URL, and what its publisher reserves. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from services.core.errors import BadInput, Rejected
from services.core.ids import digest
from services.crawler.sources.text import clean
from services.crawler.text import charset_of, clean_line, decode, looks_binary
from services.crawler.urls import canonical_url, same_site

NOARCHIVE: Final = "noarchive"
TDM_RESERVED: Final = "tdm_reserved"
TextKind = Literal["html", "text"]
HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml"})
# Not part of what the article says: a change there is no revision.
_FURNITURE: Final = "noscript,svg,iframe,nav,footer,aside"
_MARKUP: Final = re.compile(r"<[A-Za-z/!?]")
_TITLE_LIMIT: Final = 2000


@dataclass(frozen=True, slots=True)
class PageFacts:
    """A page as read. Either `html` or `text` is there; `title` is the one given; `flags` are those of RawArticle."""

    content_hash: str
    title: str | None
    html: str | None = None
    text: str | None = None
    canonical_url: str | None = None
    flags: tuple[str, ...] = ()


def read_page(
    body: bytes, *, url: str, headers: Mapping[str, str], title: str | None, max_chars: int, agent: str = "dateline"
) -> PageFacts:
    """The facts of a fetched page; `title` is the feed's, which goes before the page's own in the content hash.

    Raises Rejected (empty, content_type, binary) where this is no text.
    """
    content_type = headers.get("content-type")
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind and kind not in HTML_TYPES and kind != "text/plain":
        raise Rejected("content_type", f"the server says {kind[:100]}")
    if not body.strip():
        raise Rejected("empty", "the body is empty")
    if looks_binary(body):
        raise Rejected("binary", "the body is no text")
    decoded = decode(body, charset=charset_of(content_type))
    flags = _header_flags(headers, agent)
    if kind == "text/plain" or not _MARKUP.search(decoded[:65536]):
        return facts_of(None, decoded, title=title, max_chars=max_chars, flags=flags)
    return facts_of(decoded, None, title=title, max_chars=max_chars, flags=flags, url=url)


def read_text(body: str, *, title: str | None, max_chars: int, kind: TextKind | None = None) -> PageFacts:
    """The facts of a text that came without its page: what a feed or a file carried."""
    if kind == "html" or (kind is None and _MARKUP.search(body)):
        return facts_of(body, None, title=title, max_chars=max_chars)
    return facts_of(None, body, title=title, max_chars=max_chars)


def facts_of(
    html: str | None,
    text: str | None,
    *,
    title: str | None,
    max_chars: int,
    flags: tuple[str, ...] = (),
    url: str | None = None,
) -> PageFacts:
    """The facts of HTML or of plain text. With `url` its canonical link is looked at. Raises Rejected (empty)."""
    body = clean(html if html is not None else text or "")
    found = list(flags) + ["truncated"] * (len(body) > max_chars)
    body = body[:max_chars]
    given = clean_line(title, _TITLE_LIMIT)
    if html is None:
        return PageFacts(_hash(given, " ".join(body.split())), given, text=body, flags=tuple(found))
    tree = LexborHTMLParser(body)
    own = _own_title(tree)
    canonical = _canonical(tree, url) if url else None
    unique = tuple(dict.fromkeys((*_meta_flags(tree), *found)))
    return PageFacts(_hash(given or own, visible_text(tree)), given, html=body, canonical_url=canonical, flags=unique)


def visible_text(tree: LexborHTMLParser) -> str:
    """The text a reader sees, without what surrounds the article, words joined by single spaces. Changes the tree."""
    whole = _words(tree)
    for node in tree.css(_FURNITURE):
        node.decompose()
    # Some pages put everything into what is furniture elsewhere, or never close a noscript.
    return _words(tree) or whole


def visible_length(html: str) -> int:
    """How many characters of an HTML fragment a reader sees."""
    return len(visible_text(LexborHTMLParser(html))) if _MARKUP.search(html) else len(" ".join(html.split()))


def _hash(title: str | None, visible: str) -> str:
    if not visible:
        raise Rejected("empty", "no text that a reader would see")
    return digest("content", title or "", visible)


def _words(tree: LexborHTMLParser) -> str:
    body = tree.body
    if body is None:
        return ""
    for node in tree.css("script,style,template"):
        node.decompose()
    return " ".join(body.text(separator=" ").split())


def _own_title(tree: LexborHTMLParser) -> str | None:
    for name, content in _metas(tree):
        if name == "og:title" and (line := clean_line(content, _TITLE_LIMIT)):
            return line
    for selector in ("head title", "h1"):
        node = tree.css_first(selector)
        if node is not None and (line := clean_line(node.text(), _TITLE_LIMIT)):
            return line
    return None


def _metas(tree: LexborHTMLParser) -> list[tuple[str, str]]:
    """Names (lower case) and contents of the meta elements."""
    found = []
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        name = attributes.get("name") or attributes.get("property") or attributes.get("http-equiv") or ""
        found.append((name.strip().lower(), attributes.get("content") or ""))
    return found


def _canonical(tree: LexborHTMLParser, url: str) -> str | None:
    """The page's rel=canonical where it is on the same site, canonically spelt.

    One that names the front page from below it is a template's mistake: it would make one article of all.
    """
    for node in tree.css("link[rel][href]"):
        if "canonical" not in (node.attributes.get("rel") or "").lower().split():
            continue
        try:
            target = canonical_url(urljoin(url, (node.attributes.get("href") or "").strip()))
        except (BadInput, ValueError):
            continue
        is_front = urlsplit(target).path == "/" and not urlsplit(target).query
        if same_site(target, url) and not (is_front and urlsplit(url).path not in ("", "/")):
            return target
    return None


def _meta_flags(tree: LexborHTMLParser) -> tuple[str, ...]:
    flags = []
    for name, content in _metas(tree):
        if name == "robots" and NOARCHIVE in _directives(content):
            flags.append(NOARCHIVE)
        if name == "tdm-reservation" and content.strip() == "1":
            flags.append(TDM_RESERVED)
    return tuple(flags)


def _header_flags(headers: Mapping[str, str], agent: str) -> tuple[str, ...]:
    """Flags of X-Robots-Tag (where it is for all or for us) and of TDMRep's tdm-reservation."""
    flags = []
    audience = ""
    for part in headers.get("x-robots-tag", "").lower().split(","):
        name, colon, rest = part.partition(":")
        if colon and name.strip() != "unavailable_after":
            audience, part = name.strip(), rest
        if part.strip() == NOARCHIVE and audience in ("", "*", agent.lower()):
            flags.append(NOARCHIVE)
    if headers.get("tdm-reservation", "").strip() == "1":
        flags.append(TDM_RESERVED)
    return tuple(flags)


def _directives(content: str) -> list[str]:
    return [part.strip() for part in content.lower().split(",")]
