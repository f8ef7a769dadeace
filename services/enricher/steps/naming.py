"""Finding what the knowledge files name: countries, known actors, bodies of state, governments that act."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.enricher.knowledge import Body, Knowledge, KnownActor
from services.enricher.knowledge.actors import in_office
from services.enricher.knowledge.folding import fold
from services.enricher.knowledge.tables import word_set
from services.enricher.steps.words import HYPHENATED, PARTED, SPACED, Words

LOCATIVE: Final = word_set("locative")
_DEALT_WITH: Final = word_set("dealt_with")
NO_NAME: Final = word_set("no_name")
_ACTS: Final = word_set("acts")


@dataclass(frozen=True, slots=True)
class Land:
    """A country's name, adjective or people at words i to j (exclusive)."""

    i: int
    j: int
    country: str
    demonym: bool


@dataclass(frozen=True, slots=True)
class Found:
    """An actor at words i to j (exclusive)."""

    i: int
    j: int
    id: str
    name: str
    kind: str
    country: str | None
    sector: str | None


def phrase_at(words: Words, i: int, longest: Mapping[str, int], known: Container[str]) -> int:
    """How many words from i on make the longest known folded phrase; 0 for none."""
    limit = longest.get(words.folded[i], 0)
    if not limit:
        return 0
    phrase, best = words.folded[i], int(words.folded[i] in known)
    for j in range(i + 1, min(i + limit, words.size)):
        if words.gap[j] == PARTED or words.possessive[j - 1]:
            break
        phrase += " " + words.folded[j]
        if phrase in known:
            best = j - i + 1
    return best


def phrase(words: Words, i: int, j: int) -> str:
    """The folded words i to j."""
    return " ".join(words.folded[i:j])


@lru_cache(maxsize=4)
def lands(words: Words, knowledge: Knowledge) -> tuple[Land, ...]:
    """Where the text names countries and their people, in order. Remembered for the steps of one article."""
    found = []
    longest, known = knowledge.longest["countries"], knowledge.words_of_countries
    free = 0
    for i in words.capitals:
        if i < free or words.folded[i] not in longest:
            continue
        n = phrase_at(words, i, longest, known)
        entry = known[phrase(words, i, i + n)] if n else None
        if entry and (not entry.shouted or words.span(i, i + n).replace(".", "").isupper()):
            found.append(Land(i, i + n, entry.country, entry.demonym))
            free = i + n
    return tuple(found)


def known_actors(
    words: Words, knowledge: Knowledge, countries: Container[str], year: int | None = None
) -> Iterator[Found]:
    """Actors of the knowledge files, the longest name first; among namesakes the one whose country is mentioned.

    Where several are left, the one in office in the year of publication.
    """
    free = 0
    for i in _openings(words):
        if i < free:
            continue
        end, actors = _longest_name(words, i, knowledge)
        if actors:
            near = [actor for actor in actors if actor.country in countries]
            actor = in_office(near or actors, year)[0]
            yield Found(_with_article(words, i), end, actor.id, actor.name, actor.kind, actor.country, actor.sector)
            free = end


def _openings(words: Words) -> Iterator[int]:
    """Where a name can begin: capitals, and whatever follows an Arabic article."""
    if not any(words.article):
        return iter(words.capitals)
    capital, article = words.capital, words.article
    return (i for i in range(words.size) if not article[i] and (capital[i] or (i > 0 and article[i - 1])))


def _middle_initial(words: Words, j: int) -> bool:
    """As the V. in "Vladimir V. Putin"."""
    dotted = words.text[words.end[j] : words.end[j] + 1] == "."
    return (
        dotted and len(words.folded[j]) == 1 and words.capital[j] and j + 1 < words.size and words.gap[j + 1] == SPACED
    )


def _with_article(words: Words, i: int) -> int:
    return i - 1 if i and words.article[i - 1] and words.capital[i - 1] | (words.gap[i] == HYPHENATED) else i


def _longest_name(words: Words, i: int, knowledge: Knowledge) -> tuple[int, tuple[KnownActor, ...]]:
    index = knowledge.actors
    best = _one_word(words, i, knowledge)
    key, count, last = words.sound(i), 1, i
    limit = index.longest.get(key, 0) if words.capital[i] else 0
    if not limit:
        return best
    for j in range(i + 1, min(i + limit + 3, words.size)):
        if words.gap[j] == PARTED:
            break
        if words.article[j] or _middle_initial(words, j):
            continue
        key, count, last = f"{key} {words.sound(j)}", count + 1, j
        if count > limit:
            break
        if key in index.phrases and (words.capital[j] or words.article[j - 1]):
            best = (last + 1, index.phrases[key])
    return best


def _one_word(words: Words, i: int, knowledge: Knowledge) -> tuple[int, tuple[KnownActor, ...]]:
    raw = words.raw(i).replace(".", "")
    if raw in knowledge.actors.acronyms and not (i + 1 < words.size and words.gap[i + 1] == HYPHENATED and
                                                 words.raw(i + 1).isupper()):  # fmt: skip
        return i + 1, knowledge.actors.acronyms[raw]
    actors = knowledge.actors.words.get(words.folded[i])
    if not actors or _part_of_a_name(words, i, knowledge):
        return i, ()
    return (i, ()) if words.initial[i] and words.folded[i] in knowledge.common else (i + 1, actors)


def _part_of_a_name(words: Words, i: int, knowledge: Knowledge) -> bool:
    """Whether a given name stands right before: "Hassan Amal" is a man, not the movement."""
    return i > 0 and words.gap[i] == SPACED and words.capital[i - 1] and words.folded[i - 1] in knowledge.given_names


def bodies(words: Words, where: Sequence[Land], knowledge: Knowledge) -> Iterator[Found]:
    """As in "The Kenyan parliament", "Ukraine's defence ministry", "Ministry of Defence of Ukraine"."""
    longest, known = knowledge.longest["bodies"], knowledge.bodies
    by_start = {land.i: land for land in where}
    for land in where:
        j = land.j
        if j < words.size and (words.gap[j] == SPACED or words.possessive[j - 1]):
            if not words.possessive[j - 1] and words.folded[j] in ("former", "central", "interim", "new", "caretaker"):
                j += 1
            n = phrase_at(words, j, longest, known) if j < words.size else 0
            # "Libya government" is headline English; a name without 's needs the body's noun right after it.
            if n and not (
                n == 1 and words.folded[j] in _PEOPLE and not land.demonym and not words.possessive[land.j - 1]
            ):
                yield _body(land.i, j + n, known[phrase(words, j, j + n)], land.country, knowledge)
    yield from _of_country(words, by_start, knowledge)
    yield from _of_capital(words, knowledge)


def _of_country(words: Words, by_start: Mapping[int, Land], knowledge: Knowledge) -> Iterator[Found]:
    longest, known = knowledge.longest["bodies"], knowledge.bodies
    for i in words.among(longest):
        n = phrase_at(words, i, longest, known)
        j = i + n
        if n and j + 1 < words.size and words.folded[j] == "of" and words.gap[j] == SPACED:
            k = j + 2 if words.folded[j + 1] == "the" else j + 1
            follower = by_start.get(k)
            if follower and not follower.demonym:
                yield _body(i, follower.j, known[phrase(words, i, j)], follower.country, knowledge)


def _of_capital(words: Words, knowledge: Knowledge) -> Iterator[Found]:
    """As in "The Tripoli government", "the Sanaa-based authorities"."""
    for i in words.among(_GOVERNS):
        if i and words.gap[i] == SPACED:
            based = words.folded[i - 1] == "based" and words.gap[i - 1] == HYPHENATED
            k = i - 2 if based else i - 1
            country = knowledge.seats.get(words.folded[k]) if k >= 0 and words.capital[k] else None
            if country:
                yield _government(k, i + 1, country, knowledge)


_GOVERNS: Final = frozenset({"government", "authorities", "regime", "administration"})
_PEOPLE: Final = frozenset({"officials", "leaders", "state", "lawmakers", "court", "courts", "intelligence", "police"})


def _body(i: int, j: int, body: Body, country: str, knowledge: Knowledge) -> Found:
    return state_body(i, j, body.key, body.name, body.kind, body.sector, country, knowledge)


def state_body(
    i: int, j: int, key: str, name: str, kind: str, sector: str, country: str, knowledge: Knowledge
) -> Found:
    """A body of state as an actor, called after the country's adjective where it has one."""
    demonyms = knowledge.countries[country].demonyms
    title = f"{demonyms[0] if demonyms else knowledge.countries[country].name} {name}"
    return Found(i, j, f"gov:{country}:{key}", title, kind, country, sector)


def acting_governments(words: Words, where: Sequence[Land], knowledge: Knowledge) -> Iterator[Found]:
    """Countries, capitals and seats that act: "Ankara rejected", "accused Tehran of", "the Kremlin said"."""
    for land in where:
        if not land.demonym and acts(words, land.i, land.j):
            yield _government(land.i, land.j, land.country, knowledge)
    longest, seats = knowledge.longest["seats"], knowledge.seats
    for i in words.capitals:
        n = phrase_at(words, i, longest, seats) if words.folded[i] in longest else 0
        if n:
            country = seats[phrase(words, i, i + n)]
            building = phrase(words, i, i + n) not in _capitals(knowledge.countries[country].capitals)
            if acts(words, i, i + n) or (building and not _place_before(words, i)):
                yield _government(i, i + n, country, knowledge)


@lru_cache(maxsize=500)
def _capitals(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, names))


def _government(i: int, j: int, country: str, knowledge: Knowledge) -> Found:
    return state_body(i, j, "government", "government", "government", "GOV", country, knowledge)


def _place_before(words: Words, i: int) -> bool:
    before = i - 1
    if before >= 0 and words.folded[before] == "the":
        before -= 1
    return before >= 0 and words.gap[i] != PARTED and words.folded[before] in LOCATIVE


def acts(words: Words, i: int, j: int) -> bool:
    """Whether a country or city at i to j does something, or is dealt with as somebody who does."""
    if _place_before(words, i):
        return False
    before = words.folded[i - 1] if i and words.gap[i] == SPACED else ""
    if before == "and" and i > 2 and words.folded[i - 3] in ("between", "from"):
        return False  # "flights between Lagos and Accra stopped"
    if before in _DEALT_WITH:
        return not (j < words.size and words.gap[j] == SPACED and words.capital[j])
    named_before = i and words.gap[i] == SPACED and words.capital[i - 1] and not words.initial[i - 1]
    if named_before and before not in NO_NAME:
        return False
    if j >= words.size or words.possessive[j - 1] or words.gap[j] != SPACED or words.capital[j]:
        return False
    after = words.folded[j]
    return after in _ACTS or (after.endswith("ed") and len(after) > 4)
