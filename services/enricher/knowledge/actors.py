"""Actors with names of their own, and the index that finds them in a text by any of their spellings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.core.errors import ConfigError
from services.core.ontology import SECTORS
from services.enricher.knowledge.folding import fold, sound
from services.enricher.knowledge.tables import rows, values
from services.enricher.knowledge.world import is_acronym

# In running text the s of "People's" is no part of the word.
_GENITIVE: Final = re.compile("['’]s\\b")
FILES: Final = ("people.tsv", "government.tsv", "armed_groups.tsv", "parties.tsv", "organisations.tsv")


@dataclass(frozen=True, slots=True)
class KnownActor:
    """An actor of the knowledge files. `aliases` are other full names; `short_names` stand for it alone.

    `term` are the first and last year of a person's offices, as far as they are known.
    """

    id: str
    name: str
    kind: str
    country: str | None
    sector: str
    aliases: tuple[str, ...] = ()
    short_names: tuple[str, ...] = ()
    term: tuple[int, int] | None = None

    @property
    def name_key(self) -> str:
        """The transliteration key of its name."""
        return sound(self.name)


@dataclass(frozen=True, slots=True)
class Body:
    """A body that every state has: named after a country's name or adjective."""

    key: str
    sector: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class ActorIndex:
    """Actors by how they are written.

    `phrases`: names of several words by their transliteration key. `words`: names of one word, folded (one word alone
    is too little to go by sound). `acronyms`: as written, without full stops. `surnames`: people by the key of their
    last word. `longest`: by the key of a phrase's first word, the number of words of the longest phrase.
    """

    phrases: Mapping[str, tuple[KnownActor, ...]]
    words: Mapping[str, tuple[KnownActor, ...]]
    acronyms: Mapping[str, tuple[KnownActor, ...]]
    surnames: Mapping[str, tuple[KnownActor, ...]]
    longest: Mapping[str, int]


def read_actors(overlay: Path | None = None) -> tuple[KnownActor, ...]:
    """All actors of the knowledge files. Raises ConfigError for a sector that does not exist."""
    found = []
    for file in FILES:
        for key, name, kind, country, sector, aliases, short, term in rows(file, 8, overlay):
            if sector not in SECTORS:
                raise ConfigError(f"{file}: {name}: no sector {sector!r}")
            others = values(aliases), values(short)
            found.append(KnownActor(key, name, kind, country or None, sector, *others, _years(term, f"{file}: {name}")))
    return tuple(found)


def _years(term: str, where: str) -> tuple[int, int] | None:
    if not term:
        return None
    first, _, last = term.partition("-")
    if not (first.isdigit() and last.isdigit() and first <= last):
        raise ConfigError(f"{where}: {term!r} is no term like 2001-2009")
    return int(first), int(last)


def in_office(actors: Sequence[KnownActor], year: int | None) -> Sequence[KnownActor]:
    """Those of several who held office in a year or the one beside it; all where the year tells none apart."""
    if year is None or len(actors) < 2:
        return actors
    then = [actor for actor in actors if actor.term and actor.term[0] - 1 <= year <= actor.term[1] + 1]
    return then or actors


def index_actors(actors: Iterable[KnownActor]) -> ActorIndex:
    """The index over all names, aliases and short names; where several share a spelling, in the files' order."""
    phrases: dict[str, list[KnownActor]] = {}
    words: dict[str, list[KnownActor]] = {}
    acronyms: dict[str, list[KnownActor]] = {}
    surnames: dict[str, list[KnownActor]] = {}
    for actor in actors:
        for name in (actor.name, *actor.aliases, *actor.short_names):
            key = sound(_GENITIVE.sub("", name))
            if is_acronym(name) and "-" not in name and " " not in name:
                _add(acronyms, name.replace(".", ""), actor)
            elif " " in key:
                _add(phrases, key, actor)
            else:
                _add(words, bare(name), actor)
        if actor.kind == "person" and " " in (key := sound(actor.name)):
            _add(surnames, key.rpartition(" ")[2], actor)
    lengths = first_words(phrases)
    return ActorIndex(_frozen(phrases), _frozen(words), _frozen(acronyms), _frozen(surnames), lengths)


def bare(name: str) -> str:
    """A name folded to one word, without its article: "al-Shabaab" and "Shabaab" are one."""
    words = fold(name).split()
    return words[-1] if words else ""


def read_titles(overlay: Path | None = None) -> dict[str, str]:
    """Sector by folded title."""
    found: dict[str, str] = {}
    for titles, sector in rows("roles.tsv", 2, overlay):
        if sector not in SECTORS:
            raise ConfigError(f"roles.tsv: {titles[:40]}: no sector {sector!r}")
        for title in values(titles):
            found.setdefault(fold(title), sector)
    return found


def read_bodies(overlay: Path | None = None) -> dict[str, Body]:
    """Bodies of state by each of their folded names."""
    found: dict[str, Body] = {}
    for key, sector, kind, names in rows("bodies.tsv", 4, overlay):
        spellings = values(names)
        for name in spellings:
            found.setdefault(fold(name), Body(key, sector, kind, spellings[0]))
    return found


def first_words(phrases: Iterable[str]) -> dict[str, int]:
    """The number of words of the longest phrase, by first word: where a search has to look, and how far."""
    found: dict[str, int] = {}
    for phrase in phrases:
        first, count = phrase.partition(" ")[0], phrase.count(" ") + 1
        found[first] = max(found.get(first, 0), count)
    return found


def _add(index: dict[str, list[KnownActor]], key: str, actor: KnownActor) -> None:
    known = index.setdefault(key, [])
    if actor not in known:
        known.append(actor)


def _frozen(index: dict[str, list[KnownActor]]) -> dict[str, tuple[KnownActor, ...]]:
    return {key: tuple(actors) for key, actors in index.items()}


@dataclass(frozen=True, slots=True)
class Head:
    """A noun that makes the capitals beside it an organisation's name."""

    kind: str
    sector: str


def read_heads(overlay: Path | None = None) -> dict[str, Head]:
    """Organisation nouns by their folded form."""
    found: dict[str, Head] = {}
    for kind, sector, nouns in rows("heads.tsv", 3, overlay):
        if sector not in SECTORS:
            raise ConfigError(f"heads.tsv: {nouns[:40]}: no sector {sector!r}")
        for noun in values(nouns):
            found.setdefault(fold(noun), Head(kind, sector))
    return found
