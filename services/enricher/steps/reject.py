"""Tells pages that are no article, and rejects them with the reason."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from services.core.errors import Rejected
from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge
from services.enricher.reading.marks import lines_of
from services.enricher.reading.text import one_line

# Every reason that this step gives, so that it can be a metric's label.
REASONS: Final = ("empty", "no_text", "soft_404", "captcha", "consent_wall", "paywall_stub")
# A longer text is an article, whatever words it holds: reporters write about cookies and captchas, too.
_MAX_NOTICE: Final = 1_500
# A page whose title says so may carry a search form and links to the newest stories.
_MAX_TITLED_NOTICE: Final = 4_000
_MIN_CHARACTERS: Final = 40
_APOSTROPHES: Final = str.maketrans("’‘", "''")


def reject(draft: Draft, knowledge: Knowledge) -> Draft:
    """The same draft; raises Rejected with one of REASONS where it is no article.

    Plain text is judged only by whether there is any: whoever gives a text means it.
    """
    raw = draft.raw
    body = raw.html if raw.html is not None else raw.text or ""
    if not body.strip():
        raise Rejected("empty", "the body holds nothing")
    if raw.html is not None:
        for reason, phrase in _notices(draft):
            raise Rejected(reason, f'the page says "{phrase}"')
    if not any(char.isalpha() for char in draft.text) or (raw.html is not None and len(draft.text) < _MIN_CHARACTERS):
        raise Rejected("no_text", "nothing in it reads like an article")
    return draft


def _notices(draft: Draft) -> Iterator[tuple[str, str]]:
    text = draft.text.translate(_APOSTROPHES).casefold() if len(draft.text) <= _MAX_NOTICE else ""
    titles = [draft.page.title_tag, *draft.page.headings[:1]] if len(draft.text) <= _MAX_TITLED_NOTICE else []
    title = one_line(" ".join(titles)).translate(_APOSTROPHES).casefold()
    # What asks the reader to subscribe is boilerplate in a whole article; in a short one it says that it is cut.
    asks = " ".join(draft.page.dropped).translate(_APOSTROPHES).casefold() if text else ""
    for reason, field, phrase in _phrases():
        if phrase in (title if field == "title" else text) or (reason == "paywall_stub" and phrase in asks):
            yield reason, phrase


@cache
def _phrases() -> tuple[tuple[str, str, str], ...]:
    rows = (line.split("\t") for line in lines_of("no_article.tsv"))
    return tuple((reason, field, phrase) for reason, field, phrase in rows)
