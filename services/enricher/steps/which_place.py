"""Which of the places that share a name an article means."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.enricher.draft import Draft
from services.enricher.knowledge import PlaceFacts
from services.enricher.steps.naming import Land
from services.enricher.steps.words import SPACED, Words

# Distances are taken to so many of the sure places, so that a long list of places costs no square of its length.
_ANCHORS: Final = 40
# What it counts for a place that other names can be in its division too, beside the logarithm of its population.
SHARED: Final = 0.8


@dataclass(frozen=True, slots=True)
class Spot:
    """A name at words i to j with the places that it can mean. `evident` where the words around it say it is one."""

    i: int
    j: int
    options: tuple[PlaceFacts, ...]
    evident: bool


def comma_name(words: Words, j: int) -> bool:
    """Whether a comma and then a name follow before word j: "Reading, England"."""
    return j < words.size and words.capital[j] and words.text[words.end[j - 1] : words.start[j]] == ", "


class Around:
    """What the article says about where it is: countries, containment, and places already sure."""

    def __init__(self, where: Sequence[Land], spots: Sequence[Spot], draft: Draft, words: Words) -> None:
        self.words = words
        self.countries = Counter(land.country for land in where)
        if draft.raw.source.country:
            self.countries[draft.raw.source.country] += 1
        self.by_start = {spot.i: spot for spot in spots}
        self.where = where
        self.memory: dict[str, PlaceFacts] = {}
        self.chosen: dict[str, PlaceFacts] = {}
        self.sure: dict[str, PlaceFacts] = {}
        self.divisions: Counter[tuple[str | None, str | None]] = Counter()
        self.shared = _shared(spots)
        self._settle(spots)
        self.anchors = list(self.sure.values())[:_ANCHORS]

    def _settle(self, spots: Sequence[Spot]) -> None:
        """First what needs no context: what is contained in another, and what is large or the only one."""
        for spot in spots:
            inner = self._contained(spot)
            if inner:
                self._remember(spot, inner)
        for spot in spots:
            # A division that is named draws the towns in it, whatever else its name can mean.
            named = {(o.country, o.admin1) for o in spot.options if o.kind == "admin1" and o.own_name}
            self.divisions.update(named)
            best = max(spot.options, key=_fame)
            others = [option for option in spot.options if option.id != best.id]
            twin = best.kind == "country" and any(o.kind == "admin1" for o in others)
            if self._name(spot) not in self.memory and not twin and all(_fame(best) - _fame(o) > 1.5 for o in others):
                self.sure[best.id] = best
                self.countries[best.country or ""] += 1

    def _name(self, spot: Spot) -> str:
        return " ".join(self.words.folded[spot.i : spot.j])

    def _remember(self, spot: Spot, place: PlaceFacts) -> None:
        self.memory[self._name(spot)] = place
        self.sure[place.id] = place
        self.countries[place.country or ""] += 2
        self.divisions[(place.country, place.admin1)] += 1

    def _contained(self, spot: Spot) -> PlaceFacts | None:
        """As in "X, Y" and "X in Y" with Y a country or division that holds an X."""
        words, j = self.words, spot.j
        k = j + 1 if j < words.size and words.folded[j] in ("in", "of") and words.gap[j] == SPACED else j
        if k == j and not comma_name(words, j):
            return None
        holder = self.by_start.get(k) or (
            self.by_start.get(k + 1) if k < words.size and words.folded[k] == "the" else None
        )
        if holder is None:
            return None
        wider = [o for o in holder.options if o.kind in ("country", "admin1", "region", "county")]
        held = [
            (option.weight + 100_000 * option.own_name, option.id, option)
            for option in spot.options
            for outer in wider
            if option.id != outer.id and _holds(outer, option)
        ]
        return max(held)[2] if held else None

    def choose(self, spot: Spot) -> PlaceFacts:
        """The option that fits best; what the article settled about a name holds everywhere in it."""
        if len(spot.options) == 1:
            return spot.options[0]
        name = self._name(spot)
        if name not in self.chosen:
            known = self.memory.get(name) or self._country_or_division(spot)
            self.chosen[name] = known or max(spot.options, key=lambda option: (self._score(option), option.id))
        return self.chosen[name]

    def _country_or_division(self, spot: Spot) -> PlaceFacts | None:
        """A country whose name another country's division bears too (Georgia): where the rest of the article is."""
        country = next((o for o in spot.options if o.kind == "country"), None)
        division = next((o for o in spot.options if o.kind == "admin1" and o.own_name), None)
        if country is None or division is None or division.weight < country.weight:
            return country
        within = [place.country for place in self.sure.values() if place.kind != "country"]
        own = sum(land.country == country.country and land.demonym for land in self.where)
        for_country = own + within.count(country.country)
        for_division = within.count(division.country)
        return division if for_division > for_country else country

    def _score(self, option: PlaceFacts) -> float:
        total = sum(self.countries.values()) or 1
        share = self.countries[option.country or ""] / total
        near = max((_nearness(option, place) for place in self.anchors if place.id != option.id), default=0.0)
        named = 1.0 if option.kind != "admin1" and self.divisions[(option.country, option.admin1)] else 0.0
        others = self.shared[(option.country, option.admin1)] - 1 if option.admin1 else 0
        return _fame(option) + 3.0 * math.sqrt(share) + near + named + SHARED * math.log1p(max(others, 0))


def _shared(spots: Sequence[Spot]) -> Counter[tuple[str | None, str | None]]:
    """How many of the names can mean a place in each division: a local story's names have theirs in common."""
    by_name = {spot.options for spot in spots}
    return Counter(key for options in by_name for key in {(o.country, o.admin1) for o in options if o.admin1})


def _fame(option: PlaceFacts) -> float:
    kind = {"country": 3.0, "admin1": -0.7, "county": -0.3}.get(option.kind, 0.0)
    return math.log10(option.weight + 300) + (0.0 if option.own_name else -0.8) + kind


def _holds(outer: PlaceFacts, inner: PlaceFacts) -> bool:
    if outer.kind == "country":
        return inner.country == outer.country and inner.kind != "country"
    if outer.kind == "admin1":
        return inner.country == outer.country and (inner.admin1 == outer.admin1 or kilometres(outer, inner) < 60)
    return (
        (outer.country in (inner.country, None)) and kilometres(outer, inner) < 400 and inner.kind in ("city", "point")
    )


def _nearness(a: PlaceFacts, b: PlaceFacts) -> float:
    if b.kind == "country":
        return 0.0
    return math.exp(-kilometres(a, b) / 300)


def kilometres(a: PlaceFacts, b: PlaceFacts) -> float:
    """Distance on a sphere; good to a percent, which is enough to compare."""
    x = math.radians(b.lon - a.lon) * math.cos(math.radians((a.lat + b.lat) / 2))
    return 6371 * math.hypot(x, math.radians(b.lat - a.lat))
