"""Dates that a page shows its readers: labelled ones, those below the headline, the only one there is."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, Literal, NamedTuple

from services.enricher.reading.dates import find_date, has_year
from services.enricher.reading.facts import Marked, near_headline
from services.enricher.reading.marks import lines_of
from services.enricher.reading.plain import is_date_line

Kind = Literal["published", "changed"]

_MAX_LINE: Final = 120
_MAX_LABEL: Final = 40
_MAX_LINES: Final = 2_000
# Between a label and its date stand a preposition, a weekday, a colon.
_MAX_GAP: Final = 16
_AFTER: Final = r"(?: (?:on|at|am|le|el|em|il|op|den|dne))?\s?:?"


class _Labelled(NamedTuple):
    kind: Kind
    text: str


def shown_times(marked: Marked, lines: list[str], headings: tuple[str, ...]) -> tuple[str, ...]:
    """All texts with a date, the surest first, those of a change last where the page tells the publication too.

    Sure marks of the page's markup come first, then what a label calls the publication, then a line below the
    headline that is nothing but a date, then the other marks. Without any of these: a date somewhere near the
    headline, or the only day that the page shows.
    """
    labelled = list(_labelled(lines[:_MAX_LINES]))
    published = [found.text for found in labelled if found.kind == "published"][:1]
    changed: set[object] = set()
    if published:
        changed = {_day(found.text) for found in labelled if found.kind == "changed"} - {_day(published[0])}
    near = [line for line in near_headline(lines, headings) if _day(line)]
    alone = [line for line in near[:1] if is_date_line(line)]
    texts = [*marked.sure, *published, *alone, *marked.other]
    if not any(_day(text) for text in texts):
        texts += near or _only_date(lines)
    return tuple(dict.fromkeys(sorted(texts, key=lambda text: _day(text) in changed)))


def _day(text: str) -> object:
    # Which of two numbers is the month matters not here: a date is only compared with others of the same page.
    date = find_date(text, order="day first")
    return date.time.date() if date else None


def _labelled(lines: list[str]) -> Iterator[_Labelled]:
    """Dates behind a label, on its line or on the next one."""
    labels = _labels()
    for number, line in enumerate(lines):
        if len(line) > _MAX_LINE or not has_year(line):
            continue
        before = lines[number - 1] if number else ""
        if len(before) <= _MAX_LABEL and labels.fullmatch(before.lower().strip()):
            line = f"{before} {line}"
        for label in labels.finditer(line.lower()):
            rest = line[label.end() : label.end() + 60]
            date = find_date(rest, order="day first")
            # "Published/updated: …" tells of the change.
            if date is not None and date.start <= _MAX_GAP and not labels.search(rest.lower(), 0, date.start):
                yield _Labelled("published" if label.lastgroup == "published" else "changed", rest.strip())


@cache
def _labels() -> re.Pattern[str]:
    kinds: dict[str, list[str]] = {"published": [], "changed": []}
    for line in lines_of("date_labels.tsv"):
        kind, labels = line.split("\t")
        kinds[kind] += labels.split("|")
    # Longer labels first: "last updated" begins where "last update" does.
    groups = (
        rf"(?P<{kind}>{'|'.join(re.escape(label) for label in sorted(labels, key=len, reverse=True))})"
        for kind, labels in kinds.items()
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(groups)})(?!\w){_AFTER}")


def _only_date(lines: list[str]) -> list[str]:
    """The date that stands alone on a line, where the page has but one such day: several belong to other stories."""
    found = [line for line in lines[:_MAX_LINES] if len(line) <= 60 and is_date_line(line)]
    days = {date.time.date() for line in found if (date := find_date(line))}
    return found[:1] if len(days) == 1 else []
