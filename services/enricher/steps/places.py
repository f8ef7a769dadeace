"""Which places the text names: candidates of the gazetteer, and of several the one that the article can mean."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.core.models import ArticlePlace, PlacePrecision, TextSpan
from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge, PlaceFacts
from services.enricher.knowledge.tables import word_set
from services.enricher.steps.naming import LOCATIVE, Land, lands
from services.enricher.steps.organisations import NEW_ORGANISATION
from services.enricher.steps.words import HYPHENATED, PARTED, SPACED, Words, words_of

_LONGEST: Final = 5
_PLACE_NOUNS: Final = word_set("place_nouns")
_JOINED: Final = word_set("joined")
_NO_PLACE: Final = word_set("no_place")
_PRECISION: Final[dict[str, PlacePrecision]] = {
    "country": "country", "region": "admin1", "admin1": "admin1", "county": "admin1", "city": "city", "point": "point",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """A name at words i to j with the places that it can mean. `evident` where the words around it say it is one."""

    i: int
    j: int
    options: tuple[PlaceFacts, ...]
    evident: bool


def places(draft: Draft, knowledge: Knowledge) -> Draft:
    """Step: the places named, one id each, with all spans in text order. Needs the entities."""
    words = words_of(draft.text, tuple(sentence.start for sentence in draft.sentences))
    where = lands(words, knowledge)
    spots = list(_spots(words, _taken(words, draft, knowledge), knowledge))
    around = _Around(where, spots, draft, words)
    chosen = [(spot, place) for spot in spots if (place := around.choose(spot))]
    return replace(draft, places=_records(words, chosen))


def _taken(words: Words, draft: Draft, knowledge: Knowledge) -> list[bool]:
    """Words inside names of actors.

    A country that acts stays a place, and so does what a new organisation is called after ("Leeds Police"); the
    names of known ones ("Bank of England") hold no places.
    """
    starts = {offset: i for i, offset in enumerate(words.start)}
    taken = [False] * len(words)
    for entity in draft.entities:
        for mention in entity.mentions:
            i = starts[mention.start]
            country = knowledge.words_of_countries.get(" ".join(_folded(words, i, mention.end)))
            if (country is None or country.demonym) and not entity.id.startswith(NEW_ORGANISATION):
                while i < len(words) and words.start[i] < mention.end:
                    taken[i] = True
                    i += 1
    return taken


def _folded(words: Words, i: int, end: int) -> Iterator[str]:
    while i < len(words) and words.start[i] < end:
        yield words.folded[i]
        i += 1


def _spots(words: Words, taken: Sequence[bool], knowledge: Knowledge) -> Iterator[Spot]:
    spans = [span for i in range(len(words)) for span in _names_at(words, i, taken)]
    names = [" ".join(words.folded[i:j]) for i, j in spans]
    found = dict(zip(names, knowledge.towns.find(names), strict=True))
    free = 0
    for (i, j), name in zip(spans, names, strict=True):
        # The longest span of each start comes first.
        if i < free:
            continue
        options = _options(words, i, j, name, found[name], knowledge)
        if options and (spot := _spot(words, i, j, options, knowledge)):
            yield spot
            free = j


def _names_at(words: Words, i: int, taken: Sequence[bool]) -> list[tuple[int, int]]:
    """Spans of capitals that begin at word i, the longest first."""
    if not words.capital[i] or taken[i] or words.text[words.start[i]].isdigit():
        return []
    spans = [(i, i + 1)]
    for j in range(i + 1, min(i + _LONGEST, len(words))):
        if words.gap[j] == PARTED or words.possessive[j - 1] or taken[j]:
            break
        if words.capital[j] or words.folded[j] in _PLACE_NOUNS:
            spans.append((i, j + 1))
        elif words.folded[j] not in _JOINED and not words.article[j]:
            break
    return spans[::-1]


def _options(
    words: Words, i: int, j: int, name: str, towns: Sequence[PlaceFacts], knowledge: Knowledge
) -> tuple[PlaceFacts, ...]:
    if j - i == 1 and name in _NO_PLACE:
        return ()
    entry = knowledge.words_of_countries.get(name)
    if entry and entry.shouted and not words.span(i, j).replace(".", "").isupper():
        return ()
    regions = knowledge.regions.get(name, ())
    raw = words.span(i, j)
    if raw.isupper() and len(raw.replace(".", "")) <= 3 and not (entry and not entry.demonym):
        # "PA", "IN", "CT": a state of the United States only after a comma, as in "Reading, PA".
        return regions if _after_comma(words, i) and len(raw) <= 4 else ()
    return (*regions, *towns)


def _after_comma(words: Words, i: int) -> bool:
    return i > 0 and words.text[words.end[i - 1] : words.start[i]].strip() == ","


def _spot(words: Words, i: int, j: int, options: tuple[PlaceFacts, ...], knowledge: Knowledge) -> Spot | None:
    """The spot, if it can be one: common words and parts of longer names need more than capitals."""
    evident = _evident(words, i, j)
    if any(option.kind == "country" for option in options) and any(o.own_name or j - i > 1 for o in options):
        person = (
            i > 0 and words.gap[i] == SPACED and words.folded[i - 1] in knowledge.given_names and words.capital[i - 1]
        )
        return None if person and not evident else Spot(i, j, options, True)
    single = j - i == 1
    common = single and words.folded[i] in knowledge.common
    weight = max(option.weight for option in options)
    if common and not (evident and not words.initial[i]):
        return None
    if (
        single
        and not evident
        and (_inside_name(words, i, j) or (words.folded[i] in knowledge.given_names and weight < 100_000))
    ):
        return None
    if single and len(words.folded[i]) <= 3 and not evident and weight < 100_000:
        return None
    if not evident and weight < 1_000 and all(o.kind == "city" for o in options):
        return None
    return Spot(i, j, options, evident)


def _evident(words: Words, i: int, j: int) -> bool:
    before = words.folded[i - 1] if i and words.gap[i] in (SPACED, HYPHENATED) else ""
    if before == "the" and i > 1 and words.gap[i - 1] == SPACED:
        before = words.folded[i - 2]
    if before in LOCATIVE and not (j < len(words) and words.gap[j] == SPACED and words.capital[j]):
        return True
    if j < len(words) and words.gap[j] == SPACED and words.folded[j] in _PLACE_NOUNS:
        return True
    if i > 1 and words.folded[i - 1] == "of" and words.folded[i - 2] in _PLACE_NOUNS | {"city", "outskirts", "suburbs"}:
        return True
    return _comma_name(words, j)


def _comma_name(words: Words, j: int) -> bool:
    return j < len(words) and words.capital[j] and words.text[words.end[j - 1] : words.start[j]] == ", "


def _inside_name(words: Words, i: int, j: int) -> bool:
    before = i > 0 and words.gap[i] != PARTED and words.capital[i - 1] and not words.initial[i - 1]
    after = j < len(words) and words.gap[j] != PARTED and words.capital[j] and not words.possessive[j - 1]
    return before or after


class _Around:
    """What the article says about where it is: countries, containment, and places already sure."""

    def __init__(self, where: Sequence[Land], spots: Sequence[Spot], draft: Draft, words: Words) -> None:
        self.words = words
        self.countries = Counter(land.country for land in where)
        if draft.raw.source.country:
            self.countries[draft.raw.source.country] += 1
        self.by_start = {spot.i: spot for spot in spots}
        self.where = where
        self.memory: dict[str, PlaceFacts] = {}
        self.sure: list[PlaceFacts] = []
        self.divisions: Counter[tuple[str | None, str | None]] = Counter()
        self._settle(spots)

    def _settle(self, spots: Sequence[Spot]) -> None:
        """First what needs no context: what is contained in another, and what is large or the only one."""
        for spot in spots:
            inner = self._contained(spot)
            if inner:
                self._remember(spot, inner)
        for spot in spots:
            best = max(spot.options, key=_fame)
            others = [option for option in spot.options if option.id != best.id]
            twin = best.kind == "country" and any(o.kind == "admin1" for o in others)
            if self._name(spot) not in self.memory and not twin and all(_fame(best) - _fame(o) > 1.5 for o in others):
                self.sure.append(best)
                self.countries[best.country or ""] += 1

    def _name(self, spot: Spot) -> str:
        return " ".join(self.words.folded[spot.i : spot.j])

    def _remember(self, spot: Spot, place: PlaceFacts) -> None:
        self.memory[self._name(spot)] = place
        self.sure.append(place)
        self.countries[place.country or ""] += 2
        self.divisions[(place.country, place.admin1)] += 1

    def _contained(self, spot: Spot) -> PlaceFacts | None:
        """ "X, Y" and "X in Y" with Y a country or division that holds an X."""
        words, j = self.words, spot.j
        k = j + 1 if j < len(words) and words.folded[j] in ("in", "of") and words.gap[j] == SPACED else j
        if k == j and not _comma_name(words, j):
            return None
        holder = self.by_start.get(k) or (
            self.by_start.get(k + 1) if k < len(words) and words.folded[k] == "the" else None
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

    def choose(self, spot: Spot) -> PlaceFacts | None:
        """The option that fits best; what the article settled about this name holds everywhere in it."""
        known = self.memory.get(self._name(spot)) or self._country_or_division(spot)
        if known:
            return known
        return max(spot.options, key=lambda option: (self._score(option), option.id))

    def _country_or_division(self, spot: Spot) -> PlaceFacts | None:
        """A country whose name another country's division bears too (Georgia): where the rest of the article is."""
        country = next((o for o in spot.options if o.kind == "country"), None)
        division = next((o for o in spot.options if o.kind == "admin1" and o.own_name), None)
        if country is None or division is None or country.country == division.country:
            return country
        own = sum(land.country == country.country and land.demonym for land in self.where)
        for_country = own + sum(place.country == country.country for place in self.sure)
        for_division = sum(place.country == division.country for place in self.sure)
        return division if for_division > for_country else country

    def _score(self, option: PlaceFacts) -> float:
        total = sum(self.countries.values()) or 1
        share = self.countries[option.country or ""] / total
        near = max((_nearness(option, place) for place in self.sure if place.id != option.id), default=0.0)
        division = 0.5 if self.divisions[(option.country, option.admin1)] else 0.0
        return _fame(option) + 3.0 * math.sqrt(share) + 1.0 * near + division


def _fame(option: PlaceFacts) -> float:
    kind = {"country": 1.5, "admin1": -0.7, "county": -0.3}.get(option.kind, 0.0)
    return math.log10(option.weight + 300) + (0.0 if option.own_name else -0.8) + kind


def _holds(outer: PlaceFacts, inner: PlaceFacts) -> bool:
    if outer.kind == "country":
        return inner.country == outer.country and inner.kind != "country"
    if outer.kind == "admin1":
        return inner.country == outer.country and (inner.admin1 == outer.admin1 or _kilometres(outer, inner) < 60)
    return (
        (outer.country in (inner.country, None)) and _kilometres(outer, inner) < 400 and inner.kind in ("city", "point")
    )


def _nearness(a: PlaceFacts, b: PlaceFacts) -> float:
    if b.kind == "country":
        return 0.0
    return math.exp(-_kilometres(a, b) / 300)


def _kilometres(a: PlaceFacts, b: PlaceFacts) -> float:
    """Distance on a sphere; good to a percent, which is enough to compare."""
    x = math.radians(b.lon - a.lon) * math.cos(math.radians((a.lat + b.lat) / 2))
    return 6371 * math.hypot(x, math.radians(b.lat - a.lat))


def _records(words: Words, chosen: Sequence[tuple[Spot, PlaceFacts]]) -> tuple[ArticlePlace, ...]:
    by_id: dict[str, list[Spot]] = {}
    facts: dict[str, PlaceFacts] = {}
    for spot, place in chosen:
        by_id.setdefault(place.id, []).append(spot)
        facts.setdefault(place.id, place)
    return tuple(_record(words, facts[key], spots) for key, spots in by_id.items())


def _record(words: Words, place: PlaceFacts, spots: Sequence[Spot]) -> ArticlePlace:
    return ArticlePlace(
        id=place.id,
        name=place.name,
        country=place.country,
        admin1=place.admin1,
        lat=place.lat,
        lon=place.lon,
        precision=_PRECISION[place.kind],
        mentions=tuple(
            TextSpan(text=words.span(s.i, s.j), start=words.start[s.i], end=words.end[s.j - 1]) for s in spots
        ),
    )
