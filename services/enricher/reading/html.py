"""Reads an HTML page: one parse, its paragraphs and its facts. Any string gives a Page."""

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from services.enricher.reading import facts
from services.enricher.reading.body import Block, main_blocks
from services.enricher.reading.lines import is_boilerplate
from services.enricher.reading.page import Page

_MOSTLY_LINKS: Final = 0.5
_LONG: Final = 300
_FORMS: Final = {
    "password": "input[type=password]",
    "captcha": "[class*=captcha], [id*=captcha], [class*=challenge-form], iframe[src*=captcha]",
    "paywall": "[class*=paywall], [id*=paywall], [class*=piano], [class*=subscribe-wall]",
    "consent": "[class*=consent], [id*=consent], [class*=cookie-wall], [id*=onetrust]",
}
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?=[-_]|$)")


def read_html(html: str) -> Page:
    """The page's own words, nothing judged: see Page."""
    parser = LexborHTMLParser(html)
    title = parser.css_first("title")
    root = parser.css_first("html")
    return Page(
        blocks=tuple(_kept(main_blocks(parser))),
        language=_language(root.attributes.get("lang") if root is not None else None),
        title_tag=" ".join(title.text().split())[:1000] if title is not None else "",
        headings=facts.headings_of(parser),
        meta=facts.meta_of(parser),
        linked=facts.linked_of(parser),
        bylines=facts.bylines_of(parser),
        times=facts.times_of(parser),
        forms=frozenset(name for name, selector in _FORMS.items() if parser.css_first(selector) is not None),
    )


def _language(attribute: str | None) -> str | None:
    match = _LANGUAGE.match(attribute or "")
    return match[0].lower() if match else None


def _kept(blocks: list[Block]) -> list[str]:
    """The blocks that read like an article's: no lists of links, no boilerplate lines, no headings over nothing."""
    kept: list[Block] = []
    for block in blocks:
        mostly_links = block.linked > _MOSTLY_LINKS * len(block.text) and len(block.text) < _LONG
        if mostly_links and not block.is_heading or is_boilerplate(block.text):
            continue
        if block.is_heading and kept and kept[-1].is_heading:
            kept.pop()
        kept.append(block)
    while kept and kept[-1].is_heading:
        kept.pop()
    return [block.text for block in kept]
