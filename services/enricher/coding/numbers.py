"""Numbers as news gives them: "at least 11", "dozens", "a soldier", "up to 16", as bounds."""

from collections.abc import Sequence
from typing import NamedTuple

from services.enricher.coding.groups import NounGroup
from services.enricher.coding.lexicon import word_class
from services.enricher.coding.tokens import Token

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = {word: n for n, word in enumerate(_SMALL.split())}
_UNITS |= {word: 10 * n for n, word in enumerate(_TENS.split(), 2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 10**9}
# The conservative reading that ACLED publishes
VAGUE = {"several": 3, "few": 3, "many": 3, "tens": 10, "dozen": 12, "dozens": 12, "scores": 20, "hundreds": 100,
         "thousands": 1000, "millions": 1_000_000}  # fmt: skip
_AT_LEAST = (("at", "least"), ("no", "less", "than"), ("no", "fewer", "than"), ("not", "less", "than"))
_MORE = (("more", "than"), ("over",))
_UP_TO = (("up", "to"), ("many", "as"), ("at", "most"))


class Bounds(NamedTuple):
    """Least and most; None where open."""

    low: int | None
    high: int | None

    def __add__(self, other: object) -> "Bounds":
        """The bounds of both together."""
        if not isinstance(other, Bounds):
            return NotImplemented
        low = None if self.low is None and other.low is None else (self.low or 0) + (other.low or 0)
        high = None if self.high is None or other.high is None else self.high + other.high
        return Bounds(low, high)


def word_value(low: str) -> int | None:
    """ "twelve", "1,000", "twenty-three" as a number; None for anything else."""
    if low in _UNITS:
        return _UNITS[low]
    plain = low.replace(",", "")
    if plain.isdecimal() and plain.isascii() and len(plain) < 10:
        return int(plain)
    tens, dash, unit = low.partition("-")
    if dash and tens in _UNITS and unit in _UNITS:
        return _UNITS[tens] + _UNITS[unit]
    return None


def number_at(tokens: Sequence[Token], i: int, end: int) -> tuple[int, int] | None:
    """The value of the number that starts at i and the index behind it ("two hundred" is one number)."""
    value = word_value(tokens[i].low)
    if value is None:
        return None
    k = i + 1
    while k < end and tokens[k].low in _SCALES:
        value *= _SCALES[tokens[k].low]
        k += 1
    return value, k


def bounds(group: NounGroup) -> Bounds | None:
    """How many a group says there are; None where it does not say ("soldiers")."""
    tokens, end = group.tokens, group.j
    if tokens[group.i].low in ("no", "nobody", "none"):
        return Bounds(0, 0)
    for i in range(group.i, end):
        low = tokens[i].low
        if low in VAGUE and not (low == "many" and tokens[i - 1].low == "as"):
            many = VAGUE[low]
            number = number_at(tokens, i - 1, i) if i > group.i else None
            return Bounds(many * number[0] if number else many, None)
        number = number_at(tokens, i, end)
        if number is not None and not _no_count(tokens, i, number[1], end):
            if number[1] < end and tokens[number[1]].low in ("dozen", "hundreds", "thousands"):
                return Bounds(number[0] * VAGUE[tokens[number[1]].low], None)
            return _with_words(tuple(t.low for t in tokens[max(0, i - 3) : i]), number[0])
    first = tokens[group.i].low
    if first in ("someone", "somebody", "he", "she", "him", "her") or (
        group.is_pronoun and first in ("himself", "herself")
    ):
        return Bounds(1, 1)
    head = tokens[group.head]
    singular = head.tag == "P" or (head.lemma == head.low and not head.low.endswith("s"))
    if first in ("a", "an", "another") and head.low not in (
        "number",
        "group",
        "people",
        "total",
        "series",
        "few",
        "lot",
    ):
        return Bounds(1, 1)
    names = [t for t in tokens[group.i : group.j] if t.tag == "P" and t.low not in _MONTHS]
    if len(names) > 1 and head.tag == "P" and not head.low.endswith("s") and first not in ("the", "their"):
        return Bounds(1, 1)
    if singular and head.low in _PERSONS:
        return Bounds(1, 1)
    return None


_PERSONS = word_class("numbers.persons")


def _no_count(tokens: Sequence[Token], i: int, after: int, end: int) -> bool:
    """Ages, money, dates and measures count nobody: "41-year-old", "$5", "5 km", "March 11"."""
    if i and (tokens[i - 1].text in "$€£" or tokens[i - 1].low in _MONTHS):
        return True
    low = tokens[i].low
    if low.endswith(("st", "nd", "rd", "th")) or ":" in low or "." in low.rstrip("."):
        return True
    return (after < end and tokens[after].low in _MEASURES) or (
        len(low) == 4 and low.isdecimal() and i + 1 == end and low[:2] in ("19", "20")
    )


_MONTHS = word_class("numbers.months")
_MEASURES = word_class("numbers.measures")


def _with_words(before: tuple[str, ...], n: int) -> Bounds:
    def ends(choices: tuple[tuple[str, ...], ...]) -> bool:
        return any(before[-len(c) :] == c for c in choices)

    if ends(_AT_LEAST):
        return Bounds(n, None)
    if ends(_MORE):
        return Bounds(n + 1, None)
    if ends(_UP_TO):
        return Bounds(None, n)
    if ends((("nearly",), ("almost",), ("less", "than"), ("fewer", "than"))):
        return Bounds(None, n) if before[-1] == "than" else Bounds(n, None)
    return Bounds(n, n)
