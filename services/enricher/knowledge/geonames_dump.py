"""Loading a GeoNames dump, of the world or of a country, into the gazetteer of an operator.

A dump is a text file, or a zip that holds one: a place per line, nineteen columns parted by tabs, as GeoNames
documents them. What it has is added to the installed towns; a place that both have is the dump's.
"""

import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

from services.core.errors import ConfigError
from services.enricher.knowledge.gazetteer import compile_towns, installed_towns, operators_folder

_COLUMNS: Final = 19
# Feature codes of places that are no more, and of those beside towns that news names.
_GONE: Final = frozenset({"PPLH", "PPLQ", "PPLW", "PPLCH"})
_POINTS: Final = frozenset(
    {"AIRP", "AIRB", "AIRF", "CMPRF", "DAM", "INSM", "ISL", "MILB", "MN", "MT", "OILR", "PASS", "PRT", "PS", "PSN",
     "STDM", "UNIV", "VLC"}
)  # fmt: skip


def load_dump(path: Path, *, minimum_population: int = 0) -> int:
    """Compiles a dump into the operator's gazetteer and gives the number of places that it added or replaced.

    Populated places below `minimum_population` are left out (most villages have none in GeoNames and count as 0).
    Processes take the new gazetteer when they start. An earlier load is replaced. Raises ConfigError, naming the
    line, for a file that is no such dump; the gazetteer then stays as it is.
    """
    with _opened(path) as lines:
        loaded = {place["geonameid"]: place for place in _places(path, lines, minimum_population)}
    if not loaded:
        raise ConfigError(f"{path}: no places in it")
    _install([*(town for town in installed_towns() if town["geonameid"] not in loaded), *loaded.values()])
    return len(loaded)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                member = next((n for n in packed.namelist() if n.endswith(".txt") and n != "readme.txt"), None)
                if member is None:
                    raise ConfigError(f"{path}: no dump in the zip")
                with packed.open(member) as binary:
                    yield io.TextIOWrapper(binary, "utf-8", newline="\n")
        else:
            with path.open(encoding="utf-8", newline="\n") as text:
                yield text
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path}: {error}") from None


def _places(path: Path, lines: Iterable[str], minimum_population: int) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        cells = line.rstrip("\r\n").split("\t")
        try:
            place = _place(cells, minimum_population)
        except (ValueError, IndexError):
            raise ConfigError(f"{path}:{number}: no line of a GeoNames dump: {line[:80]!r}") from None
        if place:
            yield place


def _place(cells: list[str], minimum_population: int) -> dict[str, Any] | None:
    """One line in the fields of `compile_towns`; None for what is no town and none of the points."""
    if len(cells) != _COLUMNS:
        raise ValueError("columns")
    number, name, _, others, lat, lon, feature_class, feature, country, _, admin1 = cells[:11]
    town = feature_class == "P" and feature not in _GONE
    population = int(cells[14] or 0)
    if not (town and population >= minimum_population) and feature not in _POINTS:
        return None
    if not (-90 <= float(lat) <= 90 and -180 <= float(lon) <= 180 and 0 < int(number) < 2**32):
        raise ValueError("numbers")
    return {
        "geonameid": int(number), "name": name, "latitude": float(lat), "longitude": float(lon),
        "countrycode": country, "admin1code": admin1, "population": min(max(population, 0), 2**32 - 1),
        "alternatenames": others.split(",") if others else [], "kind": "city" if town else "point",
    }  # fmt: skip


def _install(places: Iterable[Mapping[str, Any]]) -> None:
    folder = operators_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="towns-", dir=folder.parent))
    try:
        compile_towns(places, made)
        if folder.exists():
            shutil.rmtree(folder)
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
