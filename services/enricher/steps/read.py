"""Reads the body, HTML or text, into a Page: its paragraphs and what it says about itself."""

import re
from dataclasses import replace
from typing import Final

from services.core.errors import BadInput
from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge
from services.enricher.reading.html import has_endless_tag, is_too_deep, read_html
from services.enricher.reading.plain import read_text
from services.enricher.reading.text import encodable, one_line, tidy

_TAG: Final = re.compile(r"</?(?:p|div|br|html|body|span|li|article|strong|em|a)(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)
_MARKUP_WITHIN: Final = 20_000


def read(draft: Draft, knowledge: Knowledge) -> Draft:
    """Fills `page`. Raises BadInput for a body that is no text."""
    raw = draft.raw
    body = raw.html if raw.html is not None else raw.text or ""
    if body.count("\0") > len(body) // 20:
        raise BadInput("the body is binary data, not text")
    if raw.html is not None or is_markup(body):
        if is_too_deep(body):
            raise BadInput("its elements are nested too deeply for a page that people wrote")
        if has_endless_tag(body):
            raise BadInput("it has a tag with too many attributes for a page that people wrote")
        return replace(draft, page=read_html(encodable(body)))
    return replace(draft, page=read_text(tidy(body), title=one_line(raw.title) if raw.title else None))


def is_markup(text: str) -> bool:
    """Whether what should be plain text is HTML after all: two tags near its beginning."""
    found = _TAG.finditer(text[:_MARKUP_WITHIN])
    return next(found, None) is not None and next(found, None) is not None
