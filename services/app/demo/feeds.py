"""The outlets' feeds: RSS 2.0, RSS 1.0, Atom and JSON Feed, with the faults that feeds have."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final
from xml.sax.saxutils import escape

from services.app.demo.outlets import Outlet
from services.app.demo.pages import body_html, iso
from services.app.demo.reports import OddPage, Report

_NAMED: Final = {"—": "&mdash;", "–": "&ndash;", "’": "&rsquo;"}


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a feed. `whole` is the whole text as HTML."""

    url: str
    title: str
    summary: str
    at: datetime
    updated: datetime | None = None
    author: str | None = None
    whole: str = ""
    language: str = "en"


def items_of(outlet: Outlet, reports: Sequence[Report], odd: Sequence[OddPage], base: str) -> list[Item]:
    """The entries of an outlet's feed, the newest first."""
    items = [_item(outlet, report, base) for report in reports]
    items += [Item(base + page.path, page.title, page.title + ".", page.at) for page in odd]
    return sorted(items, key=lambda item: item.at, reverse=True)


def render_feed(outlet: Outlet, items: Sequence[Item], base: str) -> bytes:
    """The feed as bytes in the outlet's charset."""
    match outlet.form:
        case "rss":
            text = _rss(outlet, items, base)
        case "rdf":
            text = _rdf(outlet, items, base)
        case "atom":
            text = _atom(outlet, items, base)
        case "json":
            text = _json(outlet, items, base)
    return text.encode(outlet.charset)


def _item(outlet: Outlet, report: Report, base: str) -> Item:
    path = report.moved_from or outlet.path(report) + outlet.tracking
    whole = ""
    if outlet.whole:
        link = f'<a href="{base}{outlet.path(report)}">{escape(report.title)}</a>'
        whole = body_html(report) + f"\n<p>The post {link} appeared first on {escape(outlet.name)}.</p>"
    return Item(
        base + path, report.title, report.text[0], report.at, report.updated, report.signature, whole, report.language
    )


def _rss(outlet: Outlet, items: Sequence[Item], base: str) -> str:
    name = outlet.name if outlet.entities else escape(outlet.name)
    entries = "".join(_rss_item(outlet, item) for item in items)
    text = (
        f'<?xml version="1.0" encoding="{outlet.charset}"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f"<channel>\n<title>{name}</title>\n<link>{base}/</link>\n<description>News</description>\n"
        f"<language>{outlet.language}</language>\n{entries}</channel>\n</rss>\n"
    )
    return _with_named_entities(text) if outlet.entities else text


def _rss_item(outlet: Outlet, item: Item) -> str:
    lines = [
        f"<title>{escape(item.title)}</title>",
        f"<link>{escape(item.url)}</link>",
        f'<guid isPermaLink="false">{outlet.id}:{escape(item.url.partition("?utm")[0])}</guid>',
        f"<description>{escape(item.summary)}</description>",
    ]
    if item.author:
        lines.append(f"<dc:creator>{escape(item.author)}</dc:creator>")
    if outlet.dated:
        lines.append(f"<pubDate>{format_datetime(item.at, usegmt=True)}</pubDate>")
    if item.whole:
        lines.append(f"<content:encoded><![CDATA[{item.whole}]]></content:encoded>")
    return "<item>\n" + "\n".join(lines) + "\n</item>\n"


def _with_named_entities(text: str) -> str:
    """The text with names that XML does not know, as software for HTML writes them. Within a tag nothing changes."""
    head, channel, rest = text.partition("<channel>")
    for character, name in _NAMED.items():
        rest = rest.replace(character, name)
    return head + channel + rest


def _rdf(outlet: Outlet, items: Sequence[Item], base: str) -> str:
    listed = "".join(f'<rdf:li rdf:resource="{escape(item.url)}"/>\n' for item in items)
    entries = "".join(
        f'<item rdf:about="{escape(item.url)}">\n<title>{escape(item.title)}</title>\n<link>{escape(item.url)}</link>\n'
        f"<description>{escape(item.summary)}</description>\n</item>\n"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">\n'
        f'<channel rdf:about="{base}{outlet.feed}">\n<title>{escape(outlet.name)}</title>\n<link>{base}/</link>\n'
        f"<description>News</description>\n<items><rdf:Seq>\n{listed}</rdf:Seq></items>\n</channel>\n{entries}</rdf:RDF>\n"
    )


def _atom(outlet: Outlet, items: Sequence[Item], base: str) -> str:
    newest = max((item.updated or item.at for item in items), default=None)
    entries = "".join(
        f'<entry xml:lang="{item.language}">\n<id>{escape(item.url)}</id>\n<title>{escape(item.title)}</title>\n'
        f'<link rel="alternate" href="{escape(item.url)}"/>\n<published>{iso(item.at)}</published>\n'
        f"<updated>{iso(item.updated or item.at)}</updated>\n<summary>{escape(item.summary)}</summary>\n"
        + (f"<author><name>{escape(item.author)}</name></author>\n" if item.author else "")
        + "</entry>\n"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">\n'
        f"<id>{base}/</id>\n<title>{escape(outlet.name)}</title>\n"
        f'<link rel="self" href="{base}{outlet.feed}"/>\n<link href="{base}/"/>\n'
        + (f"<updated>{iso(newest)}</updated>\n" if newest else "")
        + f"{entries}</feed>\n"
    )


def _json(outlet: Outlet, items: Sequence[Item], base: str) -> str:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{base}/",
        "feed_url": base + outlet.feed,
        "language": outlet.language,
        "items": [_json_item(item) for item in items],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _json_item(item: Item) -> dict[str, object]:
    entry: dict[str, object] = {
        "id": item.url,
        "url": item.url,
        "title": item.title,
        "summary": item.summary,
        "date_published": iso(item.at),
    }
    if item.author:
        entry["authors"] = [{"name": item.author}]
    return entry
