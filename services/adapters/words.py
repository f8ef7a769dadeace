"""The words of a text: what every index adapter indexes and asks for, so that all of them find the same documents.

A word is a run of letters, digits and their marks, case-folded, without accents, not stemmed. Scripts that put no
spaces between words give one word per character, so that a phrase of them finds what is written.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from services.core.errors import BadInput

MAX_WORD: Final = 100
MAX_ASKED: Final = 200
SNIPPETS: Final = 3
_AROUND: Final = 120

Clause = tuple[str, ...]

# Thai and Lao, Burmese, Khmer, kana, Han (with compatibility forms and the supplementary planes).
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff"
)
# Letters that Unicode does not decompose, as readers type them without a special keyboard.
_LETTERS: Final = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
    }
)


def _marks() -> str:
    """Soft hyphen, joiners and all combining marks, as the inside of a character class."""
    codes = [code for code in range(0x300, 0x20000) if unicodedata.category(chr(code))[0] == "M"]
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "\u00ad\u200c\u200d\ufe00-\ufe0f" + "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_MARKS = _marks()
_WORD = re.compile(rf"[{_UNSPACED}][{_MARKS}]*|[^\W_{_UNSPACED}]+(?:[{_MARKS}]+[^\W_{_UNSPACED}]*)*")
_ASCII_WORD = re.compile(r"[a-z0-9]+")


class Span(NamedTuple):
    """A word and where it stands in its text."""

    word: str
    start: int
    end: int


def _is_accent(char: str) -> bool:
    # Canonical classes: 10-35 are Hebrew and Arabic points, 200 and over the accents. Marks that spell a syllable
    # (vowel signs, viramas, kana's voicing) have others and stay.
    combining = unicodedata.combining(char)
    return (
        combining >= 200 or 10 <= combining <= 35 or unicodedata.category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f"
    )


@lru_cache(maxsize=100_000)
def _fold(token: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", token).casefold())
    kept = "".join(char for char in folded if not _is_accent(char)).translate(_LETTERS)
    # Some ligatures decompose into several words; a word never holds a space.
    return "".join(unicodedata.normalize("NFC", kept).split())[:MAX_WORD] or token[:MAX_WORD]


def words(text: str) -> list[str]:
    """The words of a text in order."""
    if text.isascii():
        return [word[:MAX_WORD] for word in _ASCII_WORD.findall(text.lower())]
    return [_fold(token) for token in _WORD.findall(text)]


def spans(text: str) -> list[Span]:
    """The words of a text with their places, in characters."""
    return [Span(_fold(match.group()), match.start(), match.end()) for match in _WORD.finditer(text)]


def clauses(text: str) -> tuple[Clause, ...]:
    """What a plain text asks for: each clause is words that must occur next to each other.

    Quoted text is one clause, and so is each other piece between spaces ("U.S." asks for "u" before "s"). A quotation
    mark without a partner is none. Raises BadInput for more than 200 words.
    """
    pieces = re.sub("[“”„«»]", '"', text).split('"')
    if len(pieces) % 2 == 0:
        pieces[-2:] = [" ".join(pieces[-2:])]
    asked: list[Clause] = []
    for number, piece in enumerate(pieces):
        asked += [tuple(words(part)) for part in ([piece] if number % 2 else piece.split())]
    if sum(map(len, asked)) > MAX_ASKED:
        raise BadInput(f"the text asks for more than {MAX_ASKED} words: shorten it")
    return tuple(dict.fromkeys(clause for clause in asked if clause))


def occurs(clause: Clause, text_words: Sequence[str]) -> bool:
    """Whether these words stand next to each other there."""
    return next(_places(clause, text_words), None) is not None


def _places(clause: Clause, text_words: Sequence[str]) -> Iterator[int]:
    size = len(clause)
    for number, word in enumerate(text_words):
        if word == clause[0] and (size == 1 or tuple(text_words[number : number + size]) == clause):
            yield number


def snippets(text: str, asked: Sequence[Clause]) -> list[str]:
    """Up to three pieces of the text with the matches between <mark> and </mark>, everything else escaped as HTML."""
    found = spans(text)
    only_words = [span.word for span in found]
    marked: set[int] = set()
    for clause in asked:
        for place in _places(clause, only_words):
            marked.update(range(place, place + len(clause)))
    pieces: list[str] = []
    shown = 0
    for number in sorted(marked):
        if len(pieces) == SNIPPETS:
            break
        if found[number].start >= shown:
            start, end = _window(text, found[number], shown)
            pieces.append(_marked(text, start, end, [found[n] for n in sorted(marked)]))
            shown = end
    return pieces


def _window(text: str, span: Span, earliest: int) -> tuple[int, int]:
    """A stretch around a word that begins and ends at a space where there is one near."""
    start = max(earliest, span.start - _AROUND)
    if start > earliest:
        space = text.find(" ", start, span.start)
        start = space + 1 if space >= 0 else start
    end = min(len(text), span.end + _AROUND)
    if end < len(text):
        space = text.rfind(" ", span.end, end)
        end = space if space >= 0 else end
    return start, end


def _marked(text: str, start: int, end: int, matches: Sequence[Span]) -> str:
    out: list[str] = []
    at = start
    for span in matches:
        if span.start >= at and span.end <= end:
            out += [html.escape(text[at : span.start]), f"<mark>{html.escape(text[span.start : span.end])}</mark>"]
            at = span.end
    return "".join([*out, html.escape(text[at:end])]).strip()
