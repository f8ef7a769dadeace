"""Reads a plain text as scrapers leave it: a headline, dates and by-lines as lines of their own, trailers."""

import html
import re
from typing import Final

from services.enricher.reading.dates import find_date
from services.enricher.reading.lines import BYLINE, article_part, is_boilerplate
from services.enricher.reading.page import Page

# How far down a headline, a date or a by-line may stand.
_HEAD_LINES: Final = 12
_MAX_HEADLINE: Final = 200
# No text within the bound on its length has more, and it bounds what lines of a letter each can cost.
_MAX_LINES: Final = 50_000
_LABEL: Final = (
    r"(?:date|published(?: on| at)?|posted(?: on| at)?|publication date|updated(?: on| at)?|last updated|created|"
    r"first published|release date)"
)
_DATE_PREFIX: Final = re.compile(rf"\W{{0,3}}{_LABEL}\s?[:=]?\s{{1,3}}(?=\S)", re.IGNORECASE)
_DATE_REST: Final = re.compile(
    rf"{_LABEL}|mon(day)?|tue(s|sday)?|wed(nesday)?|thu(rs|rsday)?|fri(day)?|sat(urday)?|sun(day)?|at|on|by|"
    r"hrs|local time|modified|edited|edt|est|gmt|utc|ist|cet|bst|pst|pdt|"
    r"[ap]\.?m\.?|\d{1,2}[:.]\d{2}(:\d{2})?|[+-]\d{4}|\W",
    re.IGNORECASE,
)
_ENDS_SENTENCE: Final = re.compile(r"[.!?…]['\"”’»)]?$|[;:,]$")
_WORD: Final = re.compile(r"\w+")
_DIGIT: Final = re.compile(r"\d")
_WRAPPED_WIDTH: Final = range(50, 101)


def read_text(text: str, *, title: str | None = None) -> Page:
    """The text's paragraphs and what its first lines say. `title` is known already where it is given."""
    if "&" in text:
        text = html.unescape(text)
    lines = _lines(text)
    lines, times = _without_dates(lines)
    lines, bylines = _without_bylines(lines)
    lines = article_part(lines)
    headline = title or _headline(lines)
    if headline:
        lines = _without_headline(lines, headline)
    return Page(
        blocks=tuple(lines),
        headings=(headline,) if headline else (),
        times=tuple(times),
        bylines=tuple(bylines),
    )


def _lines(text: str) -> list[str]:
    """Paragraphs: lines, or what blank lines part where the text was wrapped at a fixed width."""
    groups = [
        [" ".join(line.split()) for line in group.split("\n") if line.strip()]
        for group in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    ]
    lines = [line for group in groups for line in (_unwrapped(group) if _is_wrapped(group) else group)]
    return lines[:_MAX_LINES]


def _is_wrapped(group: list[str]) -> bool:
    # All but the last line of a wrapped paragraph are about as wide as the widest.
    if len(group) < 2:
        return False
    widest = max(map(len, group))
    inner = group[:-1]
    full = sum(len(line) >= widest - 15 for line in inner)
    open_ended = sum(not _ENDS_SENTENCE.search(line) for line in inner)
    return widest in _WRAPPED_WIDTH and full >= 0.8 * len(inner) and open_ended >= 0.6 * len(inner)


def _unwrapped(group: list[str]) -> list[str]:
    return [" ".join(group)]


def _without_dates(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines without those that are nothing but a date, and these; also without a labelled date before the text."""
    kept: list[str] = []
    times: list[str] = []
    for number, line in enumerate(lines):
        in_reach = number < _HEAD_LINES or number >= len(lines) - 5
        if in_reach and is_date_line(line):
            times.append(line)
            continue
        rest = _after_date_label(line) if number < 3 else None
        if rest is not None:
            times.append(line[: len(line) - len(rest)])
            line = rest
        if line:
            kept.append(line)
    return kept, times


def is_date_line(line: str) -> bool:
    """Whether a short line holds a full date and besides it only labels, weekdays and clock times."""
    if len(line) > 90:
        return False
    date = find_date(line)
    return date is not None and not _DATE_REST.sub("", line[: date.start] + " " + line[date.end :])


def _after_date_label(line: str) -> str | None:
    label = _DATE_PREFIX.match(line)
    if label is None:
        return None
    date = find_date(line[label.end() : label.end() + 40])
    return line[label.end() + date.end :].lstrip(" .,:;|-–—") if date is not None and date.start == 0 else None


def _without_bylines(lines: list[str]) -> tuple[list[str], list[str]]:
    found = [line for line in lines[:_HEAD_LINES] if BYLINE.fullmatch(line)]
    return [line for line in lines if line not in found], found


def _headline(lines: list[str]) -> str | None:
    """The first line where it stands over running text and reads like a headline, not like a sentence."""
    if len(lines) < 3 or not looks_like_headline(lines[0]):
        return None
    below = lines[1 : _HEAD_LINES + 1]
    return lines[0] if any(len(line) > 80 and _ENDS_SENTENCE.search(line) for line in below) else None


def looks_like_headline(line: str) -> bool:
    """Whether a line is short, does not end like a sentence, and is no dateline's paragraph."""
    words = len(_WORD.findall(line))
    return 3 <= words <= 30 and len(line) <= _MAX_HEADLINE and not re.search(r"[.…;:,]['\"”’»)]?$", line)


def _without_headline(lines: list[str], headline: str) -> list[str]:
    """The lines without the headline, and without a second headline below it that says the same."""
    words = content_words(headline)
    kept: list[str] = []
    for number, line in enumerate(lines):
        same = content_words(line)
        if number < 4 and words and same == words:
            continue
        repeats = len(same & words) >= 0.5 * min(len(same), len(words)) and looks_like_headline(line)
        if number in (1, 2) and len(lines) > 3 and words and same and repeats and not is_boilerplate(line):
            continue
        kept.append(line)
    return kept


def content_words(text: str) -> frozenset[str]:
    """The words of more than three letters or with a digit, folded, for telling whether two lines say the same."""
    return frozenset(word for word in _WORD.findall(text.casefold()) if len(word) > 3 or _DIGIT.search(word))
