"""Whether an event is told as history: old dates, "since 2011", the pluperfect with an old date."""

import re
from datetime import date, timedelta

from services.enricher.coding.clauses import Clause
from services.enricher.coding.dates import Found

_OLD_AFTER = timedelta(days=60)
_HISTORY = re.compile(
    r"\b(?:has been (?:torn|plagued|wracked|gripped|the scene)|in recent (?:years|decades)|over the (?:years|decades|"
    r"past (?:\w+ )?(?:years|decade|decades))|for (?:years|decades)|(?:years|decades) of|decades ago|years ago|"
    r"former dictator|"
    r"last (?:january|february|march|april|may|june|july|august|september|october|november|december)|"
    r"since the (?:start|beginning|ouster|fall|outbreak|overthrow))\b",
    re.I,
)


def background(sentence: str, when: Found | None, clause: Clause | None, published: date | None) -> bool:
    """Whether a careful reader takes it for context and not for news."""
    if when is not None and published is not None and when.range.end < published - _OLD_AFTER:
        return True
    if when is not None and (when.since and when.range.precision == "year"):
        return True
    if when is not None and published is None and when.range.precision == "year":
        return True
    if clause is not None and clause.verb.tense == "pluperfect" and when is not None and published is not None:
        return when.range.end < published - timedelta(days=21)
    return bool(_HISTORY.search(sentence)) and (when is None or when.range.precision != "day")
