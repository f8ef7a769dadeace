"""People, also those that no list knows: title and name, given name and surname, a name that says something."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.core.ids import digest
from services.enricher.knowledge import Knowledge, KnownActor
from services.enricher.knowledge.actors import in_office
from services.enricher.knowledge.folding import sound_word
from services.enricher.knowledge.tables import word_set
from services.enricher.steps.naming import NO_NAME, Found, Land, phrase, phrase_at
from services.enricher.steps.words import HYPHENATED, PARTED, SPACED, Words

_PARTICLES: Final = word_set("particles")
_SPEAKS: Final = word_set("speaks")
_OF_STATE: Final = frozenset({"GOV", "LEG", "MIL", "COP", "JUD", "SPY"})
_PATRONYMIC: Final = re.compile(r"\w{3,}(?:ovich|evich|ovych|evych|ovna|evna|yovych|ivna|yevich|yevych)")
_SURNAMES: Final = word_set("surnames")
_FREQUENT: Final = word_set("frequent")
_FREQUENT_SOUNDS: Final = frozenset(map(sound_word, _FREQUENT))


@dataclass(frozen=True, slots=True)
class Context:
    """What the article says about countries: where it names them, and the one that it is mostly about, if any.

    `year` is that of publication, where it is known. `by_start` has the mentions by their first word, so that looking
    around a name takes no search.
    """

    article: str
    lands: Sequence[Land]
    main: str | None
    year: int | None
    countries: frozenset[str]
    by_start: Mapping[int, Land]

    @classmethod
    def of(cls, article: str, lands: Sequence[Land], main: str | None, year: int | None) -> "Context":
        """The context of an article whose text names these countries."""
        return cls(
            article, lands, main, year, frozenset(land.country for land in lands), {land.i: land for land in lands}
        )


def titled(words: Words, taken: Sequence[bool], context: Context, knowledge: Knowledge) -> Iterator[Found]:
    """As in "Interior Minister X", "rebel commander Y", "Gen. Z": known people by surname, others as new ones."""
    longest, known = knowledge.longest["titles"], knowledge.titles
    free = 0
    for i in words.among(longest):
        n = phrase_at(words, i, longest, known) if i >= free and not taken[i] else 0
        if not n:
            continue
        start, j, sector = i, i + n, known[phrase(words, i, i + n)]
        # "army chief General X": the first title that says something about the office counts.
        while j < words.size and words.gap[j] == SPACED and (n := phrase_at(words, j, longest, known)):
            following = known[phrase(words, j, j + n)]
            sector, j = (following if sector == "UNK" else sector), j + n
        free = name_at = j
        if (
            j < words.size
            and words.gap[j] == SPACED
            and words.capital[j]
            and not taken[j]
            and words.raw(j)[0].isalpha()
        ):
            stop = name_end(words, name_at, taken)
            if stop > name_at and not (stop == name_at + 1 and words.folded[name_at] in NO_NAME):
                country = _country_before(words, start, context) or _of_land(words, j, context)
                yield person(words, name_at, stop, sector, country, context, knowledge)
                free = stop


def _of_land(words: Words, j: int, context: Context) -> str | None:
    if j + 1 < words.size and words.folded[j] == "of":
        k = j + 2 if words.folded[j + 1] == "the" else j + 1
        land = context.by_start.get(k)
        return land.country if land else None
    return None


def _country_before(words: Words, i: int, context: Context) -> str | None:
    """As in "Afghan Foreign Minister", "Kenya's newly appointed interior minister"."""
    for k in range(i - 1, max(i - 8, -1), -1):
        land = context.by_start.get(k)
        if land and land.j <= i <= land.j + 3:
            near = all(words.gap[w] != PARTED or words.possessive[w - 1] for w in range(land.j, i + 1))
            return land.country if near else None
    return None


def untitled(words: Words, taken: Sequence[bool], context: Context, knowledge: Knowledge) -> Iterator[Found]:
    """Capitals that are a person's name by their given name, or by what they do."""
    free = 0
    for i in words.capitals:
        if i < free or taken[i] or not words.text[words.start[i]].isalpha():
            continue
        if words.folded[i] in NO_NAME or (words.initial[i] and _sentence_opener(words, i, knowledge)):
            continue
        j = name_end(words, i, taken)
        if j - i - sum(words.article[i:j]) >= 2 and _is_person(words, i, j, taken, knowledge):
            yield person(words, i, j, None, None, context, knowledge)
        free = j


def _sentence_opener(words: Words, i: int, knowledge: Knowledge) -> bool:
    word = words.folded[i]
    return word in knowledge.common and word not in knowledge.given_names


def name_end(words: Words, i: int, taken: Sequence[bool]) -> int:
    """Where the name that begins at word i ends: capitals, with particles between them, at most six words."""
    j = i + 1
    while j < words.size and j - i < 6 and words.gap[j] in (SPACED, HYPHENATED) and not words.possessive[j - 1]:
        if taken[j] or (words.capital[j] and (words.folded[j] in NO_NAME or not words.raw(j)[0].isalpha())):
            break
        if not words.capital[j]:
            particle = words.folded[j] in _PARTICLES or words.article[j]
            ahead = j + 1 < words.size and words.capital[j + 1] and words.gap[j + 1] != PARTED and not taken[j + 1]
            # "Khan of Pakistan" is a man and where he is from; "of" joins in no personal name but is a particle above
            # for brigades called after imams, so it is left to organisations.
            if not (particle and ahead) or words.folded[j] == "of":
                break
        j += 1
    return j


def _is_person(words: Words, i: int, j: int, taken: Sequence[bool], knowledge: Knowledge) -> bool:
    folded = words.folded[i:j]
    if any(word in knowledge.heads for word in folded) or words.raw(j - 1).isupper():
        return False
    given = folded[0] in knowledge.given_names or (folded[1] in knowledge.given_names and folded[0] in _PARTICLES)
    if given and (folded[-1] not in knowledge.common or folded[-1] in _SURNAMES):
        return not _is_place(folded, knowledge)
    if any(word in knowledge.common and word not in knowledge.given_names for word in folded):
        return False
    speaks = j < words.size and words.gap[j] == SPACED and words.folded[j] in _SPEAKS
    return speaks and not _is_place(folded, knowledge)


def _is_place(folded: Sequence[str], knowledge: Knowledge) -> bool:
    name = " ".join(folded)
    return name in knowledge.regions or bool(knowledge.towns.find([name])[0])


def person(
    words: Words, i: int, j: int, sector: str | None, country: str | None, context: Context, knowledge: Knowledge
) -> Found:
    """The person named: a known one where surname, office and country leave no doubt, else a new one."""
    known = _known(words, i, j, sector, country, context, knowledge)
    if known:
        return Found(i, j, known.id, known.name, known.kind, known.country, known.sector)
    country = country or (context.main if sector in _OF_STATE else None)
    name = " ".join(words.span(i, j).split())
    return Found(i, j, person_id(words, i, j, country, context), name, "person", country, sector)


def _known(
    words: Words, i: int, j: int, sector: str | None, country: str | None, context: Context, knowledge: Knowledge
) -> KnownActor | None:
    key = " ".join(words.sound(k) for k in range(i, j) if not words.article[k])
    full = knowledge.actors.phrases.get(key, ())
    if full:
        return next((a for a in full if a.country == country), full[0])
    last = knowledge.actors.surnames.get(words.sound(j - 1), ())
    if j - i > 1 and not words.article[i]:
        # "Vladimir V. Putin": a middle name more or less.
        named = [a for a in last if a.name_key.partition(" ")[0] == words.sound(i) and country in (None, a.country)]
        if len(named) == 1:
            return named[0]
    if j - i > 2 or (j - i == 2 and not words.article[i]) or sector in (None, "UNK", "CVL", "MED", "EDU", "JRN"):
        return None
    people: Sequence[KnownActor] = last
    if country:
        people = tuple(a for a in last if a.country in (country, None))
    elif len(people) > 1:
        people = tuple(a for a in people if a.country in context.countries)
    people = in_office(people, context.year)
    return people[0] if len(people) == 1 else None


def person_id(words: Words, i: int, j: int, country: str | None, context: Context) -> str:
    """One id for all spellings of a name; with the country, else the article, where the name says too little."""
    folded = [words.folded[k] for k in range(i, j) if not words.article[k] and len(words.folded[k]) > 1]
    folded = _without_middle(folded)
    key = " ".join(name_sounds(folded)) or words.folded[i]
    telling = len(folded) > 1 and not all(sound_word(word) in _FREQUENT_SOUNDS for word in folded)
    return "person:" + digest("person", key, "" if telling else country or context.article)


def _without_middle(folded: list[str]) -> list[str]:
    """First and last name where they tell enough: middle names, fathers' names and initials come and go in print."""
    if len(folded) < 3 or any(word in _PARTICLES for word in folded[1:-1]):
        return folded
    if folded[0] not in _FREQUENT and folded[-1] not in _FREQUENT:
        return [folded[0], folded[-1]]
    return [folded[0], *(word for word in folded[1:-1] if not _PATRONYMIC.fullmatch(word)), folded[-1]]


def name_sounds(folded: Sequence[str]) -> list[str]:
    """The transliteration keys of a person's names."""
    return [sound_word(word) for word in folded]
