"""Reads an HTML page: one parse, its paragraphs and its facts. Any string gives a Page."""

import re
from dataclasses import replace
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from services.enricher.reading import facts
from services.enricher.reading.body import Block, main_blocks
from services.enricher.reading.dates import find_date
from services.enricher.reading.lines import BYLINE, is_boilerplate
from services.enricher.reading.names import stated_author
from services.enricher.reading.page import Page
from services.enricher.reading.plain import is_date_line
from services.enricher.reading.stamps import publication_stamps

_MOSTLY_LINKS: Final = 0.5
_LONG: Final = 300
_MAX_DATE_LINES: Final = 2_000
_MANY_TAGS: Final = 10_000
_MAX_NESTING: Final = 1_500
# Elements that stay open until they are closed; a new p, li, tr or td closes the one before by itself.
_NESTING_TAG: Final = re.compile(
    r"<(/?)(?:div|span|section|article|main|table|ul|ol|dl|blockquote|font|center|form|fieldset|a|b|i|u|em|strong|small|"
    r"big|s|sub|sup|code|ins|del|details|nav|aside|header|footer|figure)[\s/>]",
    re.IGNORECASE,
)
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
        times=() if dated else facts.times_of(parser),
    )
    lines, visible = facts.visible_of(parser)
    return replace(page if dated and signed else _with_visible(page, lines), visible=visible)


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


def _with_visible(page: Page, lines: list[str]) -> Page:
    """The page with date and by-line as they stand in its text, where its markup does not tell them."""
    dated = any(find_date(time, order="day first") for time in page.times)
    if dated and page.bylines:
        return page
    lines = facts.with_bylines_joined(lines)
    near = facts.near_headline(lines, page.headings)
    times = [line for line in near if find_date(line, order="day first")] or _only_date(lines)
    bylines = [line for line in near if BYLINE.fullmatch(line)]
    return replace(
        page, times=page.times if dated else page.times + tuple(times), bylines=page.bylines + tuple(bylines)
    )


def _only_date(lines: list[str]) -> list[str]:
    """The date that stands alone on a line, where the page has but one such day: several belong to other stories."""
    found = [line for line in lines[:_MAX_DATE_LINES] if len(line) <= 60 and is_date_line(line)]
    days = {date.time.date() for line in found if (date := find_date(line))}
    return found[:1] if len(days) == 1 else []


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
