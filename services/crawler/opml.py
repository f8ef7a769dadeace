"""OPML 2.0 in and out (http://opml.org/spec2.opml): how lists of feeds travel between readers."""

from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree import ElementTree

from lxml import etree

from services.core import ids
from services.core.errors import BadInput
from services.core.models import Feed, Source
from services.crawler.urls import canonical_url, site_of


def feed_of(url: str, *, name: str = "", tags: Iterable[str] = (), **settings: Any) -> Feed:
    """A feed record for a URL. Raises BadInput where it is no absolute http(s) URL, and says why; it shows no password.

    The source is the feed's site until articles say better.
    """
    url = canonical_url(url)
    return Feed(
        id=ids.feed_id(url),
        url=url,
        source=Source(id=site_of(url), name=name or site_of(url)),
        tags=tuple(tags),
        **settings,
    )


def read_feed_list(content: bytes) -> Iterator[Feed | BadInput]:
    """The feeds of an OPML file, or of a text file with one URL a line (# begins a comment); one error per bad line."""
    if content.lstrip().startswith((b"<", b"\xef\xbb\xbf<")):
        yield from _read_opml(content)
        return
    for number, line in enumerate(content.decode("utf-8-sig", "replace").splitlines(), 1):
        url = "" if line.lstrip().startswith("#") else line.strip()
        if url:
            yield _feed_or_error(url, f"line {number}")


def _read_opml(content: bytes) -> Iterator[Feed | BadInput]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    root = etree.fromstring(content, parser)
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise BadInput("not an OPML file: its root element is not <opml>")
    for outline in root.iter("outline"):
        url = outline.get("xmlUrl") or outline.get("xmlurl")
        if url:
            tags = [text for parent in outline.iterancestors("outline") if (text := parent.get("text"))]
            name = outline.get("title") or outline.get("text") or ""
            yield _feed_or_error(url.strip(), f"line {outline.sourceline}", name=name, tags=reversed(tags))


def _feed_or_error(url: str, where: str, *, name: str = "", tags: Iterable[str] = ()) -> Feed | BadInput:
    try:
        return feed_of(url, name=name, tags=tags)
    except BadInput as error:
        return BadInput(f"{where}: {error}")


def write_opml(feeds: Iterable[Feed]) -> bytes:
    """One flat OPML 2.0 document, feeds in order of their URL."""
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = "Dateline feeds"
    body = ElementTree.SubElement(root, "body")
    for feed in sorted(feeds, key=lambda feed: feed.url):
        name = feed.source.name or feed.url
        outline = {"type": "rss", "text": name, "title": name, "xmlUrl": feed.url}
        if feed.tags:
            outline["category"] = ",".join(feed.tags)
        ElementTree.SubElement(body, "outline", outline)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()
