"""Lists of words and patterns from data files beside this one, each compiled to one linear pattern."""

import re
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


@cache
def name_pattern(file: str, *, firm: bool = False) -> re.Pattern[str]:
    """What to search for in class and id names: "=word" is a whole word, other lines may stand anywhere.

    With `firm` only the lines that begin with "!" count, else all.
    """
    lines = [line.lstrip("!") for line in lines_of(file) if line.startswith("!") or not firm]
    anywhere = [re.escape(line) for line in lines if not line.startswith("=")]
    whole = [re.escape(line[1:]) for line in lines if line.startswith("=")]
    parts = anywhere + ([rf"(?<![a-z])(?:{'|'.join(whole)})(?![a-z])"] if whole else [])
    return re.compile("|".join(parts))
