"""The words of a text with what name matching asks about them: folded forms, capitals, what stands between them."""

import re
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


@dataclass(frozen=True, slots=True)
class Words:
    """Parallel lists, one item for each of the `size` words. `folded` is its key, `gap` what stands before it.

    `capital` is true where it begins with a capital or a digit, or with a letter of a script without case;
    `possessive` where 's follows; `initial` where it begins a sentence; `article` where it is an Arabic article.
    """

    text: str
    start: list[int]
    end: list[int]
    folded: list[str]
    capital: list[bool]
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


@lru_cache(maxsize=4)
def words_of(text: str, sentence_starts: tuple[int, ...]) -> Words:
    """The words of a text. `sentence_starts` are offsets, in order. Remembered for the steps of one article."""
    start: list[int] = []
    end: list[int] = []
    possessive: list[bool] = []
    for match in _WORD.finditer(text):
        a, b = match.span()
        if b - a == 1 and text[a] in "sS" and a and text[a - 1] in APOSTROPHES and end and end[-1] == a - 1:
            possessive[-1] = True
            continue
        start.append(a)
        end.append(b)
        possessive.append(False)
    folded = [fold_word(text[a:b]) for a, b in zip(start, end, strict=True)]
    capital = [not text[a].islower() for a in start]
    gap = [_gap(text, end[i - 1], start[i], folded[i - 1]) if i else PARTED for i in range(len(start))]
    initial = _initials(start, sentence_starts)
    article = [
        word in ARTICLES and i + 1 < len(start) and (gap[i + 1] == HYPHENATED or (word in _ARABIC and gap[i + 1] > 0))
        for i, word in enumerate(folded)
    ]
    return Words(text, start, end, folded, capital, gap, possessive, initial, article, len(start))


def _gap(text: str, end: int, start: int, before: str) -> int:
    between = text[end:start]
    if between in (" ", "\u00a0"):
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
    i = 0
    for offset in sentence_starts:
        while i < len(start) and start[i] < offset:
            i += 1
        if i < len(start):
            initial[i] = True
    return initial
