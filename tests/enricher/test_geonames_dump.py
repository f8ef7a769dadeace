"""An operator's GeoNames dump becomes the gazetteer, or is refused with the line that is wrong."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from services.core.errors import ConfigError
from services.enricher.knowledge.gazetteer import PlaceFacts, Towns, compiled, operators_folder
from services.enricher.knowledge.geonames_dump import load_dump
from services.enricher.knowledge.world import read_countries

INSTALLED: list[dict[str, Any]] = [
    {"geonameid": 11, "name": "Oldtown", "latitude": 1.0, "longitude": 2.0, "countrycode": "KE", "admin1code": "05",
     "population": 900, "alternatenames": []},
    {"geonameid": 12, "name": "Stone", "latitude": 3.0, "longitude": 4.0, "countrycode": "KE", "admin1code": "05",
     "population": 7000, "alternatenames": ["Pierre"]},
]  # fmt: skip


def line(number: int, name: str, **given: str) -> str:
    """A line of a dump in GeoNames' columns."""
    cells = {
        "id": str(number), "name": name, "ascii": name, "others": "", "lat": "10.5", "lon": "20.25", "class": "P",
        "code": "PPL", "country": "KE", "cc2": "", "admin1": "05", "admin2": "", "admin3": "", "admin4": "",
        "population": "0", "elevation": "", "dem": "12", "timezone": "Africa/Nairobi", "modified": "2020-01-01",
    } | given  # fmt: skip
    return "\t".join(cells.values()) + "\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, and few installed towns."""
    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("services.enricher.knowledge.geonames_dump.installed_towns", lambda: INSTALLED)
    return tmp_path


def dump(folder: Path, *lines: str) -> Path:
    """A file with these lines."""
    path = folder / "KE.txt"
    path.write_text("".join(lines), "utf-8")
    return path


def found(name: str) -> list[PlaceFacts]:
    """What the gazetteer that a new process would take knows by a folded name."""
    (places,) = Towns(compiled(), read_countries(), {"KEN.05": "Coast"}).find([name])
    return list(places)


def test_the_dumps_places_are_found_by_name_and_by_other_spellings(folder: Path) -> None:
    assert load_dump(dump(folder, line(21, "Mwembe", others="Muembe,Mwembé Mkuu", population="40"))) == 1
    (place,) = found("mwembe")
    assert (place.id, place.kind, place.country, place.admin1) == ("geonames:21", "city", "KEN", "Coast")
    assert (place.lat, place.lon, place.weight, place.own_name) == (10.5, 20.25, 40, True)
    assert [(p.id, p.own_name) for p in found("mwembe mkuu")] == [("geonames:21", False)]


def test_installed_towns_stay_and_those_that_the_dump_has_are_the_dumps(folder: Path) -> None:
    load_dump(dump(folder, line(11, "Newtown", others="Oldtown", population="1200")))
    assert [(p.name, p.weight, p.own_name) for p in found("oldtown")] == [("Newtown", 1200, False)]
    assert [p.id for p in found("pierre")] == ["geonames:12"]


def test_airports_and_camps_are_points_and_streams_and_ruins_are_left_out(folder: Path) -> None:
    lines = (line(31, "Hill Field", **{"class": "S", "code": "AIRP"}), line(32, "Mto", **{"class": "H", "code": "STM"}),
             line(33, "Gede", code="PPLQ"))  # fmt: skip
    assert load_dump(dump(folder, *lines)) == 1
    assert [p.kind for p in found("hill field")] == ["point"]
    assert found("mto") == found("gede") == []


def test_small_places_can_be_left_out(folder: Path) -> None:
    lines = line(41, "Big", population="500"), line(42, "Small", population="499"), line(43, "Unknown")
    assert load_dump(dump(folder, *lines), minimum_population=500) == 1
    assert [p.id for p in found("big")] == ["geonames:41"]


def test_a_second_load_replaces_the_first(folder: Path) -> None:
    load_dump(dump(folder, line(51, "First")))
    load_dump(dump(folder, line(52, "Second")))
    assert found("first") == []
    assert found("second")
    assert [path.name for path in operators_folder().parent.iterdir()] == [operators_folder().name]


def test_a_zip_is_read_as_it_is_distributed(folder: Path) -> None:
    path = folder / "KE.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("readme.txt", "About this file")
        packed.writestr("KE.txt", line(61, "Packed"))
    assert load_dump(path) == 1
    assert found("packed")


@pytest.mark.parametrize(
    "bad",
    ["one\ttwo\n", line(71, "X", lat="north"), line(71, "X", lat="91"), line(71, "X", population="many"),
     line(0, "X"), "<html>\n"],
)  # fmt: skip
def test_what_is_no_dump_is_refused_with_its_line_and_changes_nothing(folder: Path, bad: str) -> None:
    load_dump(dump(folder, line(81, "Kept")))
    with pytest.raises(ConfigError, match=r"KE\.txt:2"):
        load_dump(dump(folder, line(82, "Good"), bad))
    assert found("kept")
    assert found("good") == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"PK\x03\x04broken"])
def test_files_of_another_kind_are_refused(folder: Path, content: bytes) -> None:
    path = folder / "strange"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="strange"):
        load_dump(path)


def test_a_file_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        load_dump(folder / "nowhere.txt")


def test_a_zip_without_a_dump_is_refused(folder: Path) -> None:
    path = folder / "empty.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("readme.txt", "About this file")
    with pytest.raises(ConfigError, match="no dump in the zip"):
        load_dump(path)
