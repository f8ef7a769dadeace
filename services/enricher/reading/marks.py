"""Lists of words and patterns from data files beside this one, each searched in linear time."""

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources


@cache
def lines_of(name: str) -> tuple[str, ...]:
    """The lines of a data file without comments and blank ones, in its order."""
    text = resources.files(__package__).joinpath("data", name).read_text(encoding="utf-8")
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def words(text: str) -> frozenset[str]:
    """The words of a string, as a set: for short lists that belong to the code."""
    return frozenset(text.split())


class Marks:
    """What to look for in class and id names: "=word" is a whole word, other lines may stand anywhere.

    Plain searches, one mark after the other, are ten times as fast as one pattern of all marks.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        """`lines` in order of rank."""
        self._marks = [
            (mark, re.compile(rf"(?<![a-z]){re.escape(mark)}(?![a-z])") if line.startswith("=") else None)
            for line in lines
            for mark in [line.lstrip("=")]
        ]

    def rank(self, name: str) -> int | None:
        """The number of the first mark that the lower-case name bears, None for none."""
        for number, (mark, whole) in enumerate(self._marks):
            if mark in name and (whole is None or whole.search(name)):
                return number
        return None


@cache
def marks_of(file: str) -> Marks:
    """The marks of a data file; a "!" before one is left to `firm_marks_of`."""
    return Marks(line.lstrip("!") for line in lines_of(file))


@cache
def firm_marks_of(file: str) -> Marks:
    """Only the marks of a data file that have a "!" before them."""
    return Marks(line.lstrip("!") for line in lines_of(file) if line.startswith("!"))
