"""The dateline that opens a story ("LIMA, Peru (Desk) - …", "Paris, 3 May — …"): where the story itself begins."""

import re
from collections.abc import Sequence

from services.enricher.coding.where import Spot

_LONGEST = 90
_DASH = re.compile(r"\s?(?:—|–|--)\s?|\s-\s")
_BRACKETS = re.compile(r"\([^()]{1,40}\)")
_WORD = re.compile(r"[^\s,./]+")
# Small words within names of places.
_SMALL = frozenset(
    ("al", "and", "da", "de", "del", "des", "di", "do", "du", "el", "la", "las", "le", "les", "los", "of", "on", "the")
)


def after(text: str, start: int, end: int, spots: Sequence[Spot]) -> int:
    """Where the story begins in a sentence: behind its dateline, else at `start`.

    A dateline begins with a place that the text names there or elsewhere, or with a word in capitals and a comma or
    bracket; it holds only names, numbers and brackets, and ends with a dash before a capital, a quotation mark or a
    figure.
    """
    dash = _DASH.search(text, start, min(end, start + _LONGEST))
    if dash is None or dash.end() >= end or text[dash.end()].islower():
        return start
    head = _BRACKETS.sub("", text[start : dash.start()])
    words = _WORD.findall(head)
    if not words or any(w[0].islower() and w not in _SMALL for w in words):
        return start
    town = re.split(r"[,(]", head, maxsplit=1)[0].strip().casefold()
    placed = any(spot.start == start or text[spot.start : spot.end].casefold() == town for spot in spots)
    capitals = len(words[0]) > 2 and words[0].isupper() and ("," in head or "(" in text[start : dash.start()])
    return dash.end() if placed or capitals else start
