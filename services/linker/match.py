"""Whether two mentions tell of the same happening: named features, weights that a person can read, a probability.

docs/linking.md explains the model. Every feature is between -1 (speaks against) and 1 (speaks for); 0 says nothing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.core.models import Place
from services.linker.copies import COPY_SIMILARITY, similarity
from services.linker.traits import PRECISE, Traits, Window

# Log odds: what a feature at 1 adds. The bias is how unlikely it is that two mentions in one block belong together.
BIAS: Final = -3.0
WEIGHTS: Final[Mapping[str, float]] = {
    "type": 1.0,
    "date": 1.6,
    "place": 2.0,
    "who": 1.8,
    "toll": 0.8,
    "text": 2.2,
    "headline": 1.8,
    "copy": 3.0,
}
THRESHOLD: Final = 0.5
# What must agree before likeness counts at all; see `_anchors`.
NEEDED_ANCHORS: Final = 1.5
# The logit of a pair that is ruled out, and the bound on any single pair's say within an event.
RULED_OUT: Final = -4.0

_NEAR_KM: Final = 25.0
_FAR_KM: Final = 150.0
# Days beyond both windows at which two mentions cannot be one happening: certain days, and publication windows.
_APART_CERTAIN: Final = 2
_APART_VAGUE: Final = 7
# Modes that reporters take for one another; an abduction is not taken for an air strike.
_ARMS: Final = frozenset({"firearms", "explosives", "aerial", "drone", "heavy-weapons", "targeted", "destroy"})
# Cosine of two sentences' words: below the first they are unlike, at the second as good as the same.
_UNLIKE: Final = 0.15
_ALIKE: Final = 0.6
_ENOUGH_WORDS: Final = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """A scored pair: `logit` in log odds, features by name, and what rules it out or leaves it without footing."""

    logit: float
    features: Mapping[str, float]
    anchors: float
    against: str | None = None

    @property
    def probability(self) -> float:
        """The estimate that both are one happening, 0 to 1."""
        return 1 / (1 + math.exp(-self.logit))

    @property
    def same(self) -> bool:
        """The verdict."""
        return self.probability > THRESHOLD


def match(one: Traits, other: Traits) -> Decision:
    """Compares two mentions; symmetric."""
    against = _contradiction(one, other)
    if against is not None:
        return Decision(RULED_OUT, {}, 0.0, against)
    text, headline = likeness(one.words, other.words), likeness(one.headline, other.headline)
    features = {
        "type": _type(one, other),
        "date": _date(one, other),
        "place": _place(one.place, other.place),
        "who": _who(one, other),
        "toll": _toll(one, other),
        "text": _scaled(text),
        "headline": max(0.0, _scaled(headline)),
        "copy": _copy(one, other, text),
    }
    logit = BIAS + sum(WEIGHTS[name] * value for name, value in features.items())
    logit = max(RULED_OUT, min(-RULED_OUT, logit))
    anchors = _anchors(features, one, other, text, headline)
    if anchors < NEEDED_ANCHORS:
        return Decision(min(logit, -1.0), features, anchors, "too little to go by")
    return Decision(logit, features, anchors)


def match_all(one: Traits, others: Sequence[Traits]) -> float:
    """The mean log odds of a mention against the mentions that stand for an event; where it is over 0, exactly.

    The mean, not the best: a hub that one of its mentions resembles must not swallow what the others do not.
    """
    total = 0.0
    for left, other in zip(range(len(others) - 1, -1, -1), others, strict=True):
        total += match(one, other).logit
        # Even if all that are left spoke as loudly for it as they can, it would not do.
        if total - RULED_OUT * left <= 0:
            return RULED_OUT
    return total / len(others) if others else RULED_OUT


def cosine(one: frozenset[str], other: frozenset[str]) -> float:
    """Likeness of two sets of words, 0 to 1."""
    return len(one & other) / math.sqrt(len(one) * len(other)) if one and other else 0.0


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Cosine, less where few words are shared: that three words agree is little, however short the sentences."""
    return cosine(one, other) * min(1.0, len(one & other) / _ENOUGH_WORDS)


def _contradiction(one: Traits, other: Traits) -> str | None:
    if one.family != other.family:
        return "another kind of event"
    if _days_apart(one.window, other.window) > _allowed_gap(one.window, other.window):
        return "too far apart in time"
    if one.place and other.place and one.place.country and other.place.country:
        if one.place.country != other.place.country and _km(one.place, other.place) > _NEAR_KM:
            return "another country"
        if _both(one.place, other.place) and _km(one.place, other.place) > _FAR_KM:
            return "too far apart"
    return None


def _type(one: Traits, other: Traits) -> float:
    if one.type != other.type:
        return 0.0
    if one.mode and other.mode and one.mode != other.mode:
        return 0.2 if one.mode in _ARMS and other.mode in _ARMS else -0.5
    if one.acled and other.acled and one.acled != other.acled:
        return 0.2
    return 1.0 if one.mode == other.mode or one.acled == other.acled is not None else 0.5


def _days_apart(one: Window | None, other: Window | None) -> int:
    if one is None or other is None:
        return 0
    return max(0, max(one.first, other.first) - min(one.last, other.last))


def _allowed_gap(one: Window | None, other: Window | None) -> int:
    return _APART_CERTAIN - 1 if one and other and one.certain and other.certain else _APART_VAGUE


def _date(first: Traits, second: Traits) -> float:
    one, other = first.window, second.window
    # History told as context without a date can be of any time but hardly of the one that the news is of.
    if first.history != second.history:
        return -1.0
    if one is None or other is None:
        return 0.0
    gap = _days_apart(one, other)
    if one.certain and other.certain:
        return -1.0 if gap else 1.0
    if gap:
        return -0.5 if gap == 1 else -1.0
    widest = max(one.last - one.first, other.last - other.first)
    return (0.5 if one.certain or other.certain else 0.3) if widest <= 7 else 0.1


def _place(one: Place | None, other: Place | None) -> float:
    if one is None or other is None:
        return 0.0
    if one.id == other.id:
        return 1.0 if one.precision in PRECISE else 0.5 if one.precision == "admin1" else 0.2
    if _both(one, other):
        distance = _km(one, other)
        return 0.7 if distance <= _NEAR_KM else -0.5 if distance <= 2 * _NEAR_KM else -1.0
    if one.country != other.country:
        return 0.0
    if one.admin1 and other.admin1:
        return 0.4 if one.admin1 == other.admin1 else -0.7
    return 0.2


def _both(one: Place, other: Place) -> bool:
    return one.precision in PRECISE and other.precision in PRECISE


def _km(one: Place, other: Place) -> float:
    """Kilometres along a great circle; endless without coordinates."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return math.inf
    a, b, c, d = map(math.radians, (one.lat, one.lon, other.lat, other.lon))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 12742 * math.asin(min(1.0, math.sqrt(half)))


def _who(one: Traits, other: Traits) -> float:
    # In a fight each side attacks the other, so the sides may be told in either order.
    straight = _sides(one.actors, other.actors, one.recipients, other.recipients)
    crossed = _sides(one.actors, other.recipients, one.recipients, other.actors)
    best = max(straight, crossed)
    if best <= 0 and one.countries & other.countries:
        return 0.1
    return best


def _sides(a: frozenset[str], b: frozenset[str], c: frozenset[str], d: frozenset[str]) -> float:
    first, second = _side(a, b), _side(c, d)
    if first is None and second is None:
        return 0.0
    if first is None or second is None:
        return 0.6 * (first or 0.0) + 0.6 * (second or 0.0)
    return (first + second) / 2


def _side(one: frozenset[str], other: frozenset[str]) -> float | None:
    if not one or not other:
        return None
    shared = len(one & other)
    return shared / min(len(one), len(other)) if shared else -0.6


def _toll(one: Traits, other: Traits) -> float:
    known = {kind: (low, high) for kind, low, high in other.tolls}
    said = [_count(low, high, *known[kind]) for kind, low, high in one.tolls if kind in known]
    return max(said, default=0.0)


def _count(low: int | None, high: int | None, other_low: int | None, other_high: int | None) -> float:
    if low is not None and (low, high) == (other_low, other_high):
        # Everybody has one or two dead; that seventeen occurs twice is no chance.
        return 1.0 if low > 3 else 0.3
    top, other_top = (high if high is not None else math.inf), (other_high if other_high is not None else math.inf)
    if (low or 0) <= other_top and (other_low or 0) <= top:
        return 0.3
    # Tolls rise and sides differ, so another number speaks against only where it is of another order.
    small, large = sorted((low or high or 0, other_low or other_high or 0))
    return 0.0 if large <= 3 * max(small, 1) else -0.5


def _scaled(likeness: float) -> float:
    return max(-0.3, min(1.0, (likeness - _UNLIKE) / (_ALIKE - _UNLIKE)))


def _copy(one: Traits, other: Traits, text: float) -> float:
    # Copies tell the same happenings, each in the same sentence: the article's likeness alone is not the event's.
    if one.article_id == other.article_id or text < _ALIKE:
        return 0.0
    return 1.0 if similarity(one.signature, other.signature) >= COPY_SIMILARITY else 0.0


def _anchors(features: Mapping[str, float], one: Traits, other: Traits, text: float, headline: float) -> float:
    """How much both say that ties them to one spot: day, precise place, participants, or the very words.

    Mentions without place, date or participants are joined on strong text evidence only.
    """
    anchors = {1.0: 1.0, 0.5: 0.5, 0.3: 0.5}.get(features["date"], 0.0)
    precise = one.place is not None and other.place is not None and _both(one.place, other.place)
    anchors += 1.0 if precise and features["place"] > 0.5 else 0.5 if features["place"] >= 0.4 else 0.0
    shared = (one.actors | one.recipients) & (other.actors | other.recipients)
    anchors += min(1.5, float(len(shared))) if features["who"] > 0 else 0.0
    anchors += 0.5 if features["toll"] == 1.0 else 0.0
    anchors += 1.5 if text >= 0.6 else 1.0 if text >= 0.4 else 0.5 if text >= 0.25 else 0.0
    anchors += 1.0 if headline >= 0.5 else 0.5 if headline >= 0.35 else 0.0
    return anchors + features["copy"]
