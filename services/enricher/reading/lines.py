"""Judges single lines: boilerplate, captions, the line after which the article is over. Each in linear time."""

import re
from functools import cache, lru_cache
from typing import Final

from services.enricher.reading.marks import lines_of

# Longer lines are running text: patterns are not even tried on them, which bounds their cost as well.
_MAX_LINE: Final = 600
_TAIL_BRACKET: Final = re.compile(r"\s*[\[(](?P<inside>[^\[\]()]{2,80})[\])]\s*$")
_ANY_MARKS: Final = r"\W*"
_SENTENCE_END: Final = frozenset(".!?…\"'”’»")
_MAX_CAPTION: Final = 250
_LEADS: Final = (
    r"(?:(?:written|posted|reported|published|created|geschrieben|verfasst|text|ein artikel|escrito|publié) )?"
    r"(?:by|von|por|par|di|autor|autorin|autoren|author|authors|text|redaktion|auteur)\s?:?"
)
BYLINE_LEAD: Final = re.compile(_LEADS, re.IGNORECASE)
# A line that is a by-line: "By" and what can be names, no sentence.
BYLINE: Final = re.compile(_LEADS + r" (?=[^\W\d_])[^.!?;:]{1,40}(?:\.[^.!?;:]{0,30}){0,3}", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[/,|:–—-]|\bvia\b|\bby\b|\bthrough\b")


@cache
def _whole(file: str) -> re.Pattern[str]:
    """One pattern for lines in lower case, as ignoring case is slow; a common beginning is tried once."""
    lines = lines_of(file)
    free = [f"(?:{line.removeprefix(_ANY_MARKS)})" for line in lines if line.startswith(_ANY_MARKS)]
    fixed = [line for line in lines if not line.startswith(_ANY_MARKS)]
    return re.compile("|".join(f"(?:{line})" for line in [*fixed, rf"{_ANY_MARKS}(?:{'|'.join(free)})"]))


@cache
def _agencies() -> frozenset[str]:
    return frozenset(lines_of("photo_agencies.txt"))


# A line is judged where its page is read and again by each extractor that finds it.
@lru_cache(maxsize=2048)
def is_boilerplate(line: str) -> bool:
    """Whether the whole line is a share button, a counter, a pointer to another story, a caption and the like."""
    return len(line) <= _MAX_LINE and (
        _whole("boilerplate_lines.txt").fullmatch(line.lower()) is not None or is_caption(line)
    )


def closes_article(line: str) -> bool:
    """Whether what follows this line is comments or other stories."""
    return len(line) <= 80 and _whole("closing_lines.txt").fullmatch(line.lower()) is not None


def is_caption(line: str) -> bool:
    """Whether the line is a picture's caption: short, no full sentence, and credited in brackets at its end."""
    credit = _credit(line)
    if credit is None or len(line) > _MAX_CAPTION:
        return False
    before = line[: credit.start()].rstrip()
    return not before or before[-1] not in _SENTENCE_END or (credit[0].strip()[0] == "[" and before.count(". ") == 0)


def without_credit(line: str) -> str:
    """The line without an agency's name in brackets behind its last sentence."""
    credit = _credit(line)
    return line[: credit.start()].rstrip() if credit else line


def _credit(line: str) -> re.Match[str] | None:
    # Only the end is searched, so that a long line costs no more than a short one.
    match = _TAIL_BRACKET.search(line, max(0, len(line) - 90))
    if match is None:
        return None
    parts = [part.strip(" .©").casefold() for part in _SEPARATORS.split(match["inside"])]
    return match if any(part in _agencies() for part in parts) else None


def article_part(lines: list[str]) -> list[str]:
    """The lines without boilerplate, up to the line that closes the article, if that leaves the greater part."""
    total = sum(map(len, lines))
    seen = 0
    kept: list[str] = []
    for line in lines:
        if closes_article(line) and 2 * seen >= total:
            break
        seen += len(line)
        if not is_boilerplate(line):
            kept.append(without_credit(line))
    return kept
