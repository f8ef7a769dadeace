"""What a plan means for one document, in plain Python: all of the in-memory index, and the embedded one's scan."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, assert_never

from services.adapters import words
from services.adapters.index_query import Among, Condition, Has, Inside, Interval, Plan, Range
from services.adapters.index_values import Value, Values, moment
from services.core.errors import BadInput
from services.core.index_fields import KINDS, values_at
from services.core.models.base import format_time
from services.core.ports import Document

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}", re.ASCII)


@dataclass(slots=True)
class Entry:
    """A stored document, ready to be matched."""

    id: str
    version: int
    json: str
    values: Values
    _words: dict[str, list[list[str]]] = field(default_factory=dict)

    def words_of(self, name: str) -> list[list[str]]:
        """The words of each text of a field."""
        if name not in self._words:
            self._words[name] = [words.words(text) for text in self.values.texts.get(name, ())]
        return self._words[name]

    def score(self, clause: words.Clause) -> int:
        """In how many texts a clause occurs."""
        return sum(words.occurs(clause, text) for name in self.values.texts for text in self.words_of(name))


def matches(entry: Entry, conditions: Sequence[Condition], clauses: Sequence[words.Clause] | None) -> bool:
    """Whether a document meets all conditions and every clause occurs in one of its texts."""
    if not all(meets(entry, condition) for condition in conditions):
        return False
    return clauses is None or (bool(clauses) and all(entry.score(clause) for clause in clauses))


def meets(entry: Entry, condition: Condition) -> bool:
    """Whether a document meets one condition."""
    plain = entry.values.plain
    match condition:
        case Among(name, _, values, wanted):
            return wanted != set(values).isdisjoint(plain.get(name, ()))
        case Range(name, _, low, high):
            return any(
                (low is None or value >= low) and (high is None or value < high)
                for value in plain.get(name, ())
                if isinstance(value, int | float)
            )
        case Inside(boxes):
            place = entry.values.point
            return place is not None and any(box.holds(place) for box in boxes)
        case Has(name, kind, present):
            if kind == "point":
                return present == (entry.values.point is not None)
            found = any(entry.words_of(name)) if kind == "text" else name in plain
            return present == found
    assert_never(condition)


def bucket_start(value: int, interval: Interval) -> str:
    """The beginning of the UTC hour, day, week (from Monday) or month of milliseconds since 1970, as RFC 3339."""
    at = moment(value).replace(minute=0, second=0, microsecond=0)
    match interval:
        case "day":
            at = at.replace(hour=0)
        case "week":
            at = at.replace(hour=0) - timedelta(days=at.weekday())
        case "month":
            at = at.replace(hour=0, day=1)
    return format_time(at)


def bucket_name(value: Value) -> str:
    """A facet's value as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def snippets_of(document: Document, plan: Plan) -> dict[str, list[str]]:
    """The marked snippets of each text field that holds a match; none unless the query asks for them."""
    found: dict[str, list[str]] = {}
    texts_of = [field for field, kind in KINDS[plan.query.collection].items() if kind == "text"]
    for name in texts_of if plan.query.highlight else ():
        texts = [value for value in values_at(document, name) if isinstance(value, str)]
        pieces = [piece for text in texts for piece in words.snippets(text, plan.clauses or ())]
        if pieces:
            found[name] = pieces[: words.SNIPPETS]
    return found


def position(plan: Plan, size: int) -> list[Any] | None:
    """What the cursor holds, of `size` parts of which the last is an id and the others are numbers or None."""
    if plan.after is None:
        return None
    *numbers, last = plan.after if len(plan.after) == size else [None, None]
    if not isinstance(last, str) or any(not isinstance(number, int | float | None) for number in numbers):
        raise BadInput("the cursor is broken or belongs to another query: start again without one")
    return plan.after


def snapshot_name(name: str) -> str:
    """The name of a snapshot if it is a good one. Raises BadInput."""
    if not _NAME.fullmatch(name) or ".." in name:
        raise BadInput(
            f"a snapshot's name is 1 to 100 of a-z 0-9 _ . - and begins with a letter or digit, not {name!r}"
        )
    return name
