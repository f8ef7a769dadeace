"""Where an event took place: the clause's places first, then the sentence's, the dateline's, the one named before."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from services.core.models import ArticlePlace, Place
from services.enricher.coding.lexicon import word_class

_FINE = {"point": 0, "city": 1, "admin1": 2, "country": 3}
_AT = word_class("where.at")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place named at `start`, and the word before it."""

    start: int
    end: int
    place: ArticlePlace
    before: str


def spots(text: str, places: Sequence[ArticlePlace]) -> list[Spot]:
    """All mentions of places in text order."""
    found = [Spot(m.start, m.end, p, _word_before(text, m.start)) for p in places for m in p.mentions]
    return sorted(found, key=lambda s: s.start)


def _word_before(text: str, start: int) -> str:
    words = text[max(0, start - 40) : start].lower().split()
    while words and words[-1] in (
        "the",
        "city",
        "town",
        "village",
        "of",
        "capital",
        "central",
        "northern",
        "southern",
        "eastern",
        "western",
    ):
        words.pop()
    return words[-1].strip(",.") if words else ""


def choose(
    found: Sequence[Spot], start: int, end: int, trigger: int, targets: Sequence[tuple[int, int]] = ()
) -> tuple[Place, float] | None:
    """The target if it is a place, else the most precise of the sentence, nearest to the trigger; how sure, 0-1."""
    first = bisect_left(found, start, key=lambda s: s.start)  # a long article has many places: look at the sentence's
    inside = found[first : bisect_left(found, end, lo=first, key=lambda s: s.start)]
    for spot in inside:
        if spot.place.precision != "country" and any(a <= spot.start < b for a, b in targets):
            return bare(spot.place), 1.0
    led = [s for s in inside if s.before in _AT or s.place.precision != "country"]
    if not led:
        return None
    best = min(
        led,
        key=lambda s: (_FINE[s.place.precision] > 1, s.before not in _AT, s.start < trigger, abs(s.start - trigger)),
    )
    return bare(best.place), 1.0 if best.before in _AT else 0.7


def bare(place: ArticlePlace) -> Place:
    """The place without its mentions."""
    return Place(id=place.id, name=place.name, country=place.country, admin1=place.admin1, lat=place.lat, lon=place.lon,
                 precision=place.precision)  # fmt: skip
