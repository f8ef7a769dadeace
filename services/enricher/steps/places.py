"""Which places the text names: candidates of the gazetteer, and of several the one that the article can mean."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from services.core.models import ArticlePlace, PlacePrecision, TextSpan
from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge, PlaceFacts
from services.enricher.knowledge.tables import word_set
from services.enricher.steps.naming import LOCATIVE, NO_NAME, lands
from services.enricher.steps.organisations import NEW_ORGANISATION
from services.enricher.steps.which_place import Around, Spot, comma_name, kilometres
from services.enricher.steps.words import HYPHENATED, PARTED, SPACED, Words, words_of

_LONGEST: Final = 5
_PLACE_NOUNS: Final = word_set("place_nouns")
_DIVISIONS: Final = word_set("divisions")
_JOINED: Final = word_set("joined")
_NO_PLACE: Final = word_set("no_place")
_ADDRESSES: Final = word_set("addresses")
# "Rep. Ann Lee (R-Reading)"
_PARTIES: Final = frozenset({"R", "D", "I", "DFL", "Rep", "Dem"})
PRECISION: Final[dict[str, PlacePrecision]] = {
    "country": "country", "region": "admin1", "admin1": "admin1", "county": "admin1", "city": "city", "point": "point",
}  # fmt: skip


def places(draft: Draft, knowledge: Knowledge) -> Draft:
    """Step: the places named, one id each, with all spans in text order. Needs the entities."""
    words = words_of(draft.text, tuple(sentence.start for sentence in draft.sentences))
    where = lands(words, knowledge)
    spots = list(_spots(words, inside_actors(words, draft, knowledge, open_to=(NEW_ORGANISATION,)), knowledge))
    around = Around(where, spots, draft, words)
    return replace(draft, places=_records(words, [(spot, around.choose(spot)) for spot in spots]))


def inside_actors(
    words: Words, draft: Draft, knowledge: Knowledge, *, open_to: tuple[str, ...] = (), only: str = ""
) -> list[bool]:
    """For each word whether it is inside a name of an actor whose id begins with `only` and with none of `open_to`.

    A country that acts stays a place, and so does what a new organisation is called after ("Leeds Police"); the
    names of known ones ("Bank of England") hold no places.
    """
    taken = [False] * words.size
    for entity in draft.entities:
        if entity.id.startswith(open_to) or not entity.id.startswith(only):
            continue
        for mention in entity.mentions:
            i = bisect_left(words.start, mention.start)
            country = knowledge.words_of_countries.get(" ".join(_folded(words, i, mention.end)))
            if country is None or country.demonym:
                while i < words.size and words.start[i] < mention.end:
                    taken[i] = True
                    i += 1
    return taken


def _folded(words: Words, i: int, end: int) -> Iterator[str]:
    while i < words.size and words.start[i] < end:
        yield words.folded[i]
        i += 1


def _spots(words: Words, taken: Sequence[bool], knowledge: Knowledge) -> Iterator[Spot]:
    spans = [span for i in words.capitals if not taken[i] for span in _names_at(words, i, taken)]
    names = [" ".join(words.folded[i:j]) for i, j in spans]
    found = dict(zip(names, knowledge.towns.find(names), strict=True))
    free = 0
    for (i, j), name in zip(spans, names, strict=True):
        # The longest span of each start comes first.
        if i < free or not (found[name] or name in knowledge.regions):
            continue
        options = _options(words, i, j, name, found[name], knowledge)
        if options and (spot := _spot(words, i, j, options, knowledge)):
            yield spot
            free = j


def _names_at(words: Words, i: int, taken: Sequence[bool]) -> list[tuple[int, int]]:
    """Spans of capitals that begin at word i, the longest first."""
    if words.text[words.start[i]].isdigit():
        return []
    spans = [(i, i + 1)]
    for j in range(i + 1, min(i + _LONGEST, words.size)):
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
    if len(name) <= 2 and not raw.isupper():
        # "AL" is Alabama, "Al" is not, but "Ky." after a town is Kentucky.
        return regions if _dotted(words, j) and _after_comma(words, i) else ()
    if raw.isupper() and len(raw.replace(".", "")) <= 3 and not (entry and not entry.demonym):
        # "PA", "IN", "CT": a state of the United States only after a comma, as in "Reading, PA".
        return regions if _after_comma(words, i) and len(raw) <= 4 else ()
    known = {region.id for region in regions}
    options = (*regions, *(town for town in towns if town.id not in known))
    division_noun = j < words.size and words.gap[j] == SPACED and words.folded[j] in _DIVISIONS
    if division_noun:
        return tuple(o for o in options if o.kind in ("admin1", "region", "county")) or options
    return tuple(o for o in options if not _called_after_town(o, options))


def _dotted(words: Words, j: int) -> bool:
    return words.text[words.end[j - 1] : words.end[j - 1] + 1] == "."


def _called_after_town(division: PlaceFacts, options: Sequence[PlaceFacts]) -> bool:
    """Whether a division is called after a large town in it: "Aleppo" is the city, "Aleppo province" is not."""
    return division.kind == "admin1" and any(
        option.kind == "city"
        and option.country == division.country
        and option.weight > max(20_000, division.weight / 20)
        and kilometres(option, division) < 150
        for option in options
    )


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
    if _dotted(words, j) and _after_comma(words, i) and any(option.kind == "admin1" for option in options):
        return Spot(i, j, options, True)  # "Gary, Ind.": though an everyday word
    if j - i == 1 and _is_other_word(words, i, options, evident, knowledge):
        return None
    if not evident and all(o.kind == "city" and o.weight < 1_000 for o in options):
        return None
    return Spot(i, j, options, evident)


def _is_other_word(words: Words, i: int, options: Sequence[PlaceFacts], evident: bool, knowledge: Knowledge) -> bool:
    """Whether a single word is rather a common word, a person's name, or part of a longer one."""
    word, weight = words.folded[i], max(option.weight for option in options)
    if word in knowledge.common:
        return words.initial[i] or not evident
    if evident:
        return False
    small = weight < 100_000
    if (small and (len(word) <= 3 or word in knowledge.given_names)) or not _inside_name(words, i, i + 1):
        return small and (len(word) <= 3 or word in knowledge.given_names)
    # "Queensland Police", "Boston Mayor Ann Lee", "the Texas Rangers": what follows is of the place.
    led = not (i and _part_of_name(words, i - 1) and words.gap[i] in (SPACED, HYPHENATED))
    follower = words.folded[i + 1] if i + 1 < words.size else ""
    office = follower in knowledge.heads or follower in knowledge.longest["titles"]
    if word not in knowledge.given_names or (i and words.folded[i - 1] == "the"):
        # "the Texas Rangers", "the Honolulu Star", "in Bergen County": of the place, whatever the rest is.
        named = any(option.own_name and (option.kind == "admin1" or not small) for option in options)
        office = office or named or (follower in knowledge.common and follower not in _ADDRESSES)
    return not (led and office)


def _evident(words: Words, i: int, j: int) -> bool:
    if i and words.gap[i] == HYPHENATED and words.raw(i - 1) in _PARTIES:
        return True
    before = words.folded[i - 1] if i and words.gap[i] in (SPACED, HYPHENATED) else ""
    if before == "the" and i > 1 and words.gap[i - 1] == SPACED:
        before = words.folded[i - 2]
    if before in LOCATIVE and not (j < words.size and words.gap[j] == SPACED and words.capital[j]):
        return True
    if j < words.size and words.gap[j] == SPACED and words.folded[j] in _PLACE_NOUNS:
        return True
    if i > 1 and words.folded[i - 1] == "of" and words.folded[i - 2] in _PLACE_NOUNS | {"city", "outskirts", "suburbs"}:
        return True
    return comma_name(words, j)


def _inside_name(words: Words, i: int, j: int) -> bool:
    before = i > 0 and words.gap[i] in (SPACED, HYPHENATED) and _part_of_name(words, i - 1)
    after = j < words.size and words.gap[j] in (SPACED, HYPHENATED) and words.capital[j]
    return before or after


def _part_of_name(words: Words, i: int) -> bool:
    """Whether a word can be part of a name: a capital that neither its sentence nor a small word asks for."""
    return words.capital[i] and not words.initial[i] and words.folded[i] not in NO_NAME


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
        precision=PRECISION[place.kind],
        mentions=tuple(
            TextSpan(text=words.span(s.i, s.j), start=words.start[s.i], end=words.end[s.j - 1]) for s in spots
        ),
    )
