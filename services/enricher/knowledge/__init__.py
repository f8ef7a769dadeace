"""What the enricher knows of the world: data files with their source and licence, loaded once per process."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from services.enricher.knowledge.world import (
    AgentNoun,
    Country,
    by_demonym,
    by_name,
    read_agents,
    read_countries,
)

__all__ = ["AgentNoun", "Country", "Knowledge", "load_knowledge"]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything loaded. Shared by all steps, never changed after loading.

    `countries` by alpha-3; `country_names` and `demonyms` lower-case to alpha-3; `agents` by lower-case form, singular
    and plural.
    """

    countries: Mapping[str, Country]
    country_names: Mapping[str, str]
    demonyms: Mapping[str, str]
    agents: Mapping[str, AgentNoun]


@lru_cache(maxsize=2)
def load_knowledge(overlay: Path | None = None) -> Knowledge:
    """Reads the knowledge files, with the operator's files of the same names in `overlay` added. Cached.

    Raises ConfigError for a file that cannot be understood.
    """
    countries = read_countries(overlay)
    return Knowledge(
        countries=countries,
        country_names=by_name(countries),
        demonyms=by_demonym(countries),
        agents=read_agents(overlay),
    )
