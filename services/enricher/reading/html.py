"""Reads an HTML page: one parse, its paragraphs and its facts. Any string gives a Page."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from services.enricher.reading import facts
from services.enricher.reading.body import Block, main_blocks
from services.enricher.reading.lines import BYLINE, is_boilerplate
from services.enricher.reading.names import stated_author
from services.enricher.reading.page import Page
from services.enricher.reading.shown import shown_times
from services.enricher.reading.stamps import publication_stamps

_MOSTLY_LINKS: Final = 0.5
_LONG: Final = 300
_MANY_TAGS: Final = 10_000
_MAX_NESTING: Final = 1_500
# Elements that stay open until they are closed; a new p, li, tr or td closes the one before by itself.
_NESTING_TAG: Final = re.compile(
    r"<(/?)(?:div|span|section|article|main|table|ul|ol|dl|blockquote|font|center|form|fieldset|a|b|i|u|em|strong|small|"
    r"big|s|sub|sup|code|ins|del|details|nav|aside|header|footer|figure)[\s/>]",
    re.IGNORECASE,
)
_LONG_TAG: Final = 10_000
_MAX_ATTRIBUTES: Final = 2_000
# Scripts compare with "<", too, but then no space follows the name.
_TAG_START: Final = re.compile(r"[A-Za-z][\w-]*[\s/]")
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_ATTRIBUTE: Final = re.compile(r"[\s/=][^\s/=]")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?=[-_]|$)")


def read_html(html: str) -> Page:
    """The page's own words, nothing judged: see Page."""
    parser = LexborHTMLParser(html)
    title = parser.css_first("title")
    root = parser.css_first("html")
    blocks = main_blocks(parser)
    meta, linked = facts.meta_of(parser), facts.linked_of(parser)
    # Where the metadata tells, nobody asks what the markup of the page marks as date or author.
    dated = next(publication_stamps(linked, meta, None), None) is not None
    signed = stated_author(linked, meta) is not None
    page = Page(
        blocks=tuple(_kept(blocks)),
        dropped=tuple(block.text for block in blocks if is_boilerplate(block.text)),
        language=_language(root.attributes.get("lang") if root is not None else None),
        title_tag=" ".join(title.text().split())[:1000] if title is not None else "",
        headings=facts.headings_of(parser),
        meta=meta,
        linked=linked,
        bylines=() if signed else facts.bylines_of(parser),
    )
    marked = None if dated else facts.times_of(parser)
    # The last look at the tree, for it takes menus and forms out.
    lines, visible = facts.visible_of(parser)
    return replace(
        page,
        visible=visible,
        times=shown_times(marked, lines, page.headings) if marked else (),
        bylines=page.bylines if signed or page.bylines else _bylines_near(lines, page.headings),
    )


def is_too_deep(html: str) -> bool:
    """Whether elements are nested so deeply that parsers would need quadratic time. Linear, and free for most pages."""
    if html.count("<") < _MANY_TAGS:
        return False
    depth = 0
    for tag in _NESTING_TAG.finditer(html):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > _MAX_NESTING:
            return True
    return False


def has_endless_tag(html: str) -> bool:
    """Whether one tag has so many attributes that parsers, which compare each with all, would need quadratic time."""
    tags = (piece.partition(">")[0] for piece in _long_pieces(html) if _TAG_START.match(piece))
    return any(len(_ATTRIBUTE.findall(_QUOTED.sub("", tag))) > _MAX_ATTRIBUTES for tag in tags)


def _long_pieces(html: str) -> Iterator[str]:
    """What stands behind a "<" and goes on for _LONG_TAG characters without another: few windows have none."""
    at, window = 0, _LONG_TAG // 2
    while at < len(html):
        end = at + window
        if html.find("<", at, end) < 0:
            start, end = html.rfind("<", 0, at) + 1, html.find("<", end)
            end = end if end >= 0 else len(html)
            yield html[start:end]
        at = end


def _bylines_near(lines: list[str], headings: tuple[str, ...]) -> tuple[str, ...]:
    """By-lines around the headline, where the markup does not tell them."""
    near = facts.near_headline(facts.with_bylines_joined(lines), headings)
    return tuple(line for line in near if BYLINE.fullmatch(line))


def _language(attribute: str | None) -> str | None:
    match = _LANGUAGE.match(attribute or "")
    return match[0].lower() if match else None


def _kept(blocks: list[Block]) -> list[str]:
    """The blocks that read like an article's: no lists of links, no boilerplate lines, no headings over nothing."""
    kept: list[Block] = []
    for block in blocks:
        mostly_links = block.linked > _MOSTLY_LINKS * len(block.text) and len(block.text) < _LONG
        if (mostly_links and not block.is_heading) or is_boilerplate(block.text):
            continue
        if block.is_heading and kept and kept[-1].is_heading:
            kept.pop()
        kept.append(block)
    while kept and kept[-1].is_heading:
        kept.pop()
    return [block.text for block in kept]
