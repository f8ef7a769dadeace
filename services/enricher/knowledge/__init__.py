"""What the enricher knows of the world: data files with their source and licence, loaded once per process."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from services.enricher.knowledge.actors import (
    ActorIndex,
    Body,
    Head,
    KnownActor,
    first_words,
    index_actors,
    read_actors,
    read_bodies,
    read_heads,
    read_titles,
)
from services.enricher.knowledge.gazetteer import (
    PlaceFacts,
    Towns,
    admin1_names,
    adopt_ids,
    compiled,
    read_peoples,
    read_regions,
)
from services.enricher.knowledge.tables import FOLDER
from services.enricher.knowledge.world import (
    AgentNoun,
    Country,
    CountryWord,
    by_demonym,
    by_name,
    country_words,
    read_agents,
    read_countries,
)

__all__ = [
    "ActorIndex",
    "AgentNoun",
    "Body",
    "Country",
    "Knowledge",
    "KnownActor",
    "PlaceFacts",
    "common_words",
    "load_knowledge",
]


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """Everything loaded. Shared by all steps, never changed after loading.

    `countries` by alpha-3; `country_names` and `demonyms` lower-case to alpha-3; `agents` by lower-case form, singular
    and plural. `words_of_countries`, `seats`, `titles`, `bodies`, `heads`, `regions`, `peoples` (of regions) by folded
    phrase; `longest` gives for each of these the longest phrase by first word. `country_places` by alpha-3. `common`
    are everyday English words, `given_names` folded.
    """

    countries: Mapping[str, Country]
    country_names: Mapping[str, str]
    demonyms: Mapping[str, str]
    agents: Mapping[str, AgentNoun]
    words_of_countries: Mapping[str, CountryWord]
    seats: Mapping[str, str]
    actors: ActorIndex
    titles: Mapping[str, str]
    bodies: Mapping[str, Body]
    heads: Mapping[str, Head]
    regions: Mapping[str, tuple[PlaceFacts, ...]]
    country_places: Mapping[str, PlaceFacts]
    peoples: Mapping[str, PlaceFacts]
    towns: Towns
    common: frozenset[str]
    given_names: frozenset[str]
    longest: Mapping[str, Mapping[str, int]]
    overlay: Path | None = None  # where the operator's own files are


@lru_cache(maxsize=2)
def load_knowledge(overlay: Path | None = None) -> Knowledge:
    """Reads the knowledge files, with the operator's files of the same names in `overlay` added. Cached.

    The first call on a machine compiles the town gazetteer (gazetteer.py). Raises ConfigError for a file that cannot
    be understood.
    """
    countries = read_countries(overlay)
    words = country_words(countries)
    seats = {seat: code for code, country in countries.items() for seat in country.folded_seats}
    titles, bodies, heads = read_titles(overlay), read_bodies(overlay), read_heads(overlay)
    towns = Towns(compiled(), countries, admin1_names(overlay))
    regions = adopt_ids(read_regions(countries, overlay), towns)
    peoples = read_peoples(regions, towns, overlay)
    return Knowledge(
        countries=countries,
        country_names=by_name(countries),
        demonyms=by_demonym(countries),
        agents=read_agents(overlay),
        words_of_countries=words,
        seats=seats,
        actors=index_actors(read_actors(overlay)),
        titles=titles,
        bodies=bodies,
        heads=heads,
        regions=regions,
        country_places={o.country: o for known in regions.values() for o in known if o.kind == "country" and o.country},
        peoples=peoples,
        towns=towns,
        common=common_words(),
        given_names=_lines("given_names.txt"),
        longest={
            "countries": first_words(words), "seats": first_words(seats), "titles": first_words(titles),
            "bodies": first_words(bodies), "heads": first_words(heads), "peoples": first_words(peoples),
        },
        overlay=overlay,
    )  # fmt: skip


def _lines(name: str) -> frozenset[str]:
    text = (FOLDER / name).read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Everyday English words in lower case: of the lexicon, the function words and the nouns."""
    # The lexicon holds everyday forms in lower case but no plain nouns; neither file holds names.
    lexicon = gzip.decompress((FOLDER / "lexicon.tsv.gz").read_bytes()).decode()
    closed = " ".join(line.partition("\t")[2] for line in _lines("function_words.tsv"))
    forms = (line.partition("\t")[0] for line in lexicon.splitlines() if not line.startswith("#"))
    return frozenset(forms) | {form.partition("=")[0] for form in closed.split()} | _lines("common_nouns.txt")
