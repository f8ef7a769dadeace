"""The words of a text with what name matching asks about them: folded forms, capitals, what stands between them."""

import re
from bisect import bisect_left
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.enricher.knowledge.folding import ARTICLES, fold_word, sound_word
from services.enricher.knowledge.tables import word_set

# Initials with full stops are one word; marks that combine belong to their letter, an apostrophe belongs to its word
# unless an English possessive follows.
_WORD: Final = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_][\w\u0300-\u036f]*(?:['’ʼ‘`](?!s\b)[^\W_][\w\u0300-\u036f]*)*")
_ABBREVIATED: Final = word_set("abbreviated")
_ARABIC: Final = frozenset({"al", "el", "ul", "il"})
APOSTROPHES: Final = "'’ʼ‘`"

# What stands between a word and the one before: nothing that a name may contain, a space, a hyphen, 's.
PARTED, SPACED, HYPHENATED, GENITIVE = 0, 1, 2, 3


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Parallel lists, one item for each of the `size` words. `folded` is its key, `gap` what stands before it.

    `capital` is true where it begins with a capital or a digit, or with a letter of a script without case;
    `possessive` where 's follows; `initial` where it begins a sentence; `article` where it is an Arabic article.
    `capitals` are the numbers of the words with `capital`: most searches look at these few alone.
    """

    text: str
    start: list[int]
    end: list[int]
    folded: list[str]
    capital: list[bool]
    capitals: list[int]
    gap: list[int]
    possessive: list[bool]
    initial: list[bool]
    article: list[bool]
    size: int

    def raw(self, i: int) -> str:
        """The word as written."""
        return self.text[self.start[i] : self.end[i]]

    def span(self, i: int, j: int) -> str:
        """The text from word i to before word j."""
        return self.text[self.start[i] : self.end[j - 1]]

    def sound(self, i: int) -> str:
        """The transliteration key of a word."""
        return sound_word(self.folded[i])

    def among(self, first: Container[str]) -> list[int]:
        """The numbers of the words whose folded form is one of these."""
        return [i for i, word in enumerate(self.folded) if word in first]


@lru_cache(maxsize=4)
def words_of(text: str, sentence_starts: tuple[int, ...]) -> Words:
    """The words of a text. `sentence_starts` are offsets, in order. Remembered for the steps of one article."""
    spans, genitives = _spans(text)
    start, end = [a for a, _ in spans], [b for _, b in spans]
    raw = [text[a:b] for a, b in spans]
    folded = [fold_word(word) for word in raw]
    capital = [not word[0].islower() for word in raw]
    size = len(spans)
    # Nearly all words follow a space; only the others are looked at closely.
    between = [text[a:b] for a, b in zip(end, start[1:], strict=False)]
    gap = [SPACED if gap == " " else _gap(gap, word) for gap, word in zip(between, folded, strict=False)]
    gap = [PARTED, *gap] if size else []
    possessive = [False] * size
    for i in genitives:
        possessive[i] = True
    initial = _initials(start, sentence_starts)
    article = [False] * size
    for i, word in enumerate(folded):
        if word in ARTICLES and i + 1 < size:
            article[i] = gap[i + 1] == HYPHENATED or (word in _ARABIC and gap[i + 1] > 0)
    capitals = [i for i, upper in enumerate(capital) if upper]
    return Words(text, start, end, folded, capital, capitals, gap, possessive, initial, article, size)


def _spans(text: str) -> tuple[list[tuple[int, int]], list[int]]:
    """The offsets of the words, and the numbers of those that an 's follows, which is no word itself."""
    spans = [match.span() for match in _WORD.finditer(text)]
    marks = {
        k for k, (a, b) in enumerate(spans)
        if k and b - a == 1 and text[a] in "sS" and text[a - 1] in APOSTROPHES and spans[k - 1][1] == a - 1
    }  # fmt: skip
    kept = [span for k, span in enumerate(spans) if k not in marks] if marks else spans
    return kept, [k - 1 - skipped for skipped, k in enumerate(sorted(marks))]


def _gap(between: str, before: str) -> int:
    if between == "\u00a0":
        return SPACED
    if between in ("-", "\u2010", "\u2011", "\u2013"):
        return HYPHENATED
    if between in ("'s ", "’s "):
        return GENITIVE
    # A plural's genitive ends in an apostrophe alone: "Workers' Party".
    if between in ("' ", "’ ") and before.endswith("s"):
        return SPACED
    if between == ". " and (len(before) == 1 or before in _ABBREVIATED):
        return SPACED
    return PARTED


def _initials(start: list[int], sentence_starts: tuple[int, ...]) -> list[bool]:
    initial = [False] * len(start)
    for offset in sentence_starts:
        i = bisect_left(start, offset)
        if i < len(start):
            initial[i] = True
    return initial
