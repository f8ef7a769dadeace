"""The clean body: the article's paragraphs, parted by blank lines, and nothing else."""

from dataclasses import replace
from typing import Final

from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge
from services.enricher.reading.cascade import article_lines
from services.enricher.reading.plain import content_words, is_date_line, looks_like_headline
from services.enricher.reading.text import encodable, one_line
from services.enricher.steps.read import is_markup

MAX_TEXT: Final = 1_000_000
_PARAGRAPH: Final = "\n\n"


def clean(draft: Draft, knowledge: Knowledge) -> Draft:
    """Sets `text`; what is over the bound is cut at a paragraph and flagged `truncated`."""
    raw = draft.raw
    markup = raw.html if raw.html is not None else raw.text if raw.text and is_markup(raw.text) else None
    if markup is None:
        lines = list(draft.page.blocks)
    else:
        lines = _without_headlines(article_lines(encodable(markup), draft.page), draft)
    text, cut = _joined([one_line(line) for line in lines])
    flags = draft.flags if not cut or "truncated" in draft.flags else (*draft.flags, "truncated")
    return replace(draft, text=text, flags=flags)


def _without_headlines(lines: list[str], draft: Draft) -> list[str]:
    """The lines without the page's own headline and date above them, which are no part of the body."""
    headlines = {content_words(text) for text in (*draft.page.headings, draft.raw.title or "") if text}
    head = [
        line
        for line in lines[:6]
        if not is_date_line(line)
        and not (looks_like_headline(line) and content_words(line) in headlines - {frozenset()})
    ]
    return head + lines[6:]


def _joined(lines: list[str]) -> tuple[str, bool]:
    size = 0
    for number, line in enumerate(lines):
        size += len(line) + len(_PARAGRAPH)
        if size > MAX_TEXT:
            kept = lines[:number] or [line[:MAX_TEXT]]
            return _PARAGRAPH.join(kept), True
    return _PARAGRAPH.join(line for line in lines if line), False
