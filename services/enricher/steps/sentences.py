"""Cuts the text into sentences: a full stop ends one unless an abbreviation, initial, number or ellipsis has it.

One pass over the places where a sentence can end; what is looked at around each is bounded, so it is linear.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from services.enricher.draft import Draft, Sentence
from services.enricher.knowledge import Knowledge
from services.enricher.reading.marks import lines_of, words

# A possible end: the stops, quotation marks and brackets that close behind them, white space (or the end of the text).
_STOP: Final = re.compile(r"(?P<stops>[.!?…。！？]{1,6})(?P<closers>[\"'”’»)\]]{0,4})(?P<space>\s{1,50}|$)")
_NEXT: Final = re.compile(r"[\"'“‘«(\[—–-]{0,4}\s?(?P<first>\S)")
_LAST_WORD: Final = re.compile(r"[\w.&'’-]{1,24}$")
_INITIAL: Final = re.compile(r"[^\W\d_]")
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.){1,4}[^\W\d_]")
_PARAGRAPH_END: Final = re.compile(r"\n\s{0,50}\n|\n")
# A sentence that is longer is cut at a space: nothing downstream should meet an endless one.
_MAX_SENTENCE: Final = 2_000
# Words that begin a sentence more often than they follow an abbreviation within one.
_OPENERS: Final = words(
    "The A An In On At It He She They We I But And This That These Those There His Her Its Their Our If When While "
    "After Before As By For From With Since Some Many Most Several No One Two Three Other Another Both Under Over "
    "Last However Meanwhile Earlier Later Officials Police Authorities According Also Only What Who Why How Where"
)


def sentences(draft: Draft, knowledge: Knowledge) -> Draft:
    """Sets `sentences`: in order, apart, without white space at their edges, each within one paragraph."""
    return replace(draft, sentences=tuple(split(draft.text)))


def split(text: str) -> Iterator[Sentence]:
    """The sentences of a text whose paragraphs are parted by line breaks."""
    for number, (start, end) in enumerate(_paragraphs(text)):
        for first, last in _within(text, start, end):
            yield Sentence(first, last, number)


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _PARAGRAPH_END.finditer(text):
        if text[start : match.start()].strip():
            yield start, match.start()
        start = match.end()
    if text[start:].strip():
        yield start, len(text)


def _within(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for match in _STOP.finditer(text, start, end):
        if match.end() < end and not _ends_here(text, begin, match, end):
            continue
        yield from _trimmed(text, begin, match.end("closers"))
        begin = match.end()
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > _MAX_SENTENCE:
        cut = text.rfind(" ", start + 1, start + _MAX_SENTENCE)
        cut = cut if cut > start else start + _MAX_SENTENCE
        yield start, cut
        start = cut + (text[cut] == " ")
    if start < end:
        yield start, end


def _ends_here(text: str, begin: int, stop: re.Match[str], end: int) -> bool:
    following = _NEXT.match(text, stop.end(), end)
    first = following["first"] if following else ""
    if first.islower() and "。" not in stop["stops"]:
        # "...", he said" and "What?" she asked go on; so does a full stop before a small letter.
        return False
    if stop["stops"] in ("...", "…", "..") and not stop["closers"]:
        return first.isupper()
    if stop["stops"] != "." or stop["closers"]:
        return True
    return not _belongs_to_word(text, begin, stop.start(), stop.end(), first)


def _belongs_to_word(text: str, begin: int, dot: int, after: int, first: str) -> bool:
    """Whether the full stop at `dot` is part of an abbreviation or initial and ends no sentence as well."""
    word = _LAST_WORD.search(text, max(begin, dot - 24), dot)
    if word is None:
        return False
    token = word[0].lstrip("'’-.")
    listed = _abbreviations().get(token)
    if listed is not None:
        either = listed and not (first.isdigit() and token[:1].isupper() and len(token) <= 4)
        return not (either and _opens_sentence(text, after))
    if _INITIAL.fullmatch(token):
        # "J. Smith", but also "Vitamin C. The": an initial stands at the beginning or behind a capitalised word.
        return first.isupper() and not _opens_sentence(text, after)
    if _INITIALS.fullmatch(token):
        return not _opens_sentence(text, after)
    return False


def _opens_sentence(text: str, at: int) -> bool:
    word = re.compile(r"[\"'“‘(]{0,2}([^\W\d_]{1,20})").match(text, at)
    return word is not None and word[1] in _OPENERS


@cache
def _abbreviations() -> dict[str, bool]:
    """Each abbreviation, and whether it may end a sentence as well."""
    return {line.rstrip("+"): line.endswith("+") for line in lines_of("abbreviations.txt")}
