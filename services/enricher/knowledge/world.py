"""Countries and generic agents: the smallest tables, which everything else refers to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.core.errors import ConfigError
from services.core.ontology import SECTORS
from services.enricher.knowledge.folding import fold
from services.enricher.knowledge.tables import rows, values


@dataclass(frozen=True, slots=True)
class Country:
    """A country or territory. `seats` are places and buildings that stand for its government when they act."""

    alpha3: str
    alpha2: str
    name: str
    aliases: tuple[str, ...]
    demonyms: tuple[str, ...]
    capitals: tuple[str, ...]
    seats: tuple[str, ...]
    lat: float
    lon: float
    population: int

    @property
    def names(self) -> tuple[str, ...]:
        """All names that mean the country itself."""
        return (self.name, *self.aliases)

    @property
    def folded_seats(self) -> tuple[str, ...]:
        """The seats of its government as running text is matched with them."""
        return tuple(fold(seat) for seat in self.seats)


@dataclass(frozen=True, slots=True)
class CountryWord:
    """What a folded word or phrase says: a country by its name, or by its adjective or people (`demonym`).

    `shouted` where it counts only in capitals ("US", "CAR").
    """

    country: str
    demonym: bool
    shouted: bool


@dataclass(frozen=True, slots=True)
class AgentNoun:
    """A noun for people or groups that act without a name. `kind` is person or group."""

    lemma: str
    plural: str
    sector: str
    kind: str


def is_acronym(name: str) -> bool:
    """Whether a name is only itself when written in capitals: CAR is a country, "car" is none."""
    letters = name.replace(".", "")
    return letters.isupper() and len(letters) <= 6


def read_countries(overlay: Path | None = None) -> dict[str, Country]:
    """Countries by alpha-3 code; a later line for a code adds its names to the earlier one's."""
    found: dict[str, Country] = {}
    for alpha3, alpha2, name, *several, lat, lon, people in rows("countries.tsv", 10, overlay):
        aliases, demonyms, capitals, seats = map(values, several)
        known = found.get(alpha3)
        if known is None:
            found[alpha3] = Country(
                alpha3, alpha2, name, aliases, demonyms, capitals, seats, float(lat), float(lon), int(people or 0)
            )
        else:
            found[alpha3] = Country(
                alpha3, known.alpha2, known.name, (*known.aliases, *aliases), (*known.demonyms, *demonyms),
                (*known.capitals, *capitals), (*known.seats, *seats), known.lat, known.lon, known.population,
            )  # fmt: skip
    return found


def read_agents(overlay: Path | None = None) -> dict[str, AgentNoun]:
    """Agent nouns by their lower-case singular and plural. Raises ConfigError for a sector that does not exist."""
    found: dict[str, AgentNoun] = {}
    for lemma, plural, sector, kind in rows("agents.tsv", 4, overlay):
        if sector not in SECTORS:
            raise ConfigError(f"agents.tsv: {lemma}: no sector {sector}")
        noun = AgentNoun(lemma, plural, sector, kind)
        for form in (lemma.lower(), plural.lower()):
            found[form] = noun
    return found


def by_demonym(countries: Mapping[str, Country]) -> dict[str, str]:
    """Lower-case demonym or adjective to alpha-3. Without bare acronyms: "us" is a pronoun."""
    return {word: country.alpha3 for country, word in _words(countries, "demonyms")}


def by_name(countries: Mapping[str, Country]) -> dict[str, str]:
    """Lower-case country name to alpha-3. Without acronyms, which count only in capitals."""
    return {word: country.alpha3 for country, word in _words(countries, "names")}


def country_words(countries: Mapping[str, Country]) -> dict[str, CountryWord]:
    """Countries by each folded name and demonym; where a word is both, it is the name."""
    found: dict[str, CountryWord] = {}
    for demonym in (False, True):
        for country in countries.values():
            for word in country.demonyms if demonym else country.names:
                found.setdefault(fold(word), CountryWord(country.alpha3, demonym, is_acronym(word)))
    return found


def _words(countries: Mapping[str, Country], field: str) -> Iterator[tuple[Country, str]]:
    for country in countries.values():
        for word in getattr(country, field):
            if not is_acronym(word) or "." in word:
                yield country, word.lower()
