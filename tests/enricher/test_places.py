"""Where: which words are places, and which of several places they mean."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.enricher.naming import place, place_id, read


def country(text: str, words: str, *, source: str | None = None) -> str | None:
    """The country of the place that the words name; None where they name none."""
    found = place(read(text, country=source), words)
    return found.country if found else None


@pytest.mark.parametrize("name", ["Abu Qurayn", "Abu Qarin", "Abu Garin", "Abugrein", "Abu Qurain", "Abu-Grein"])
def test_all_spellings_of_a_village_have_one_id(name: str) -> None:
    assert place_id(f"Shells fell near {name} at night.", name) == "place:lby-abu-qurayn"


@pytest.mark.parametrize(
    ("one", "other"), [("Kiev", "Kyiv"), ("Deir el-Zour", "Deir ez-Zor"), ("Rangoon", "Yangon"), ("Idleb", "Idlib")]
)
def test_spellings_of_a_town_have_one_id(one: str, other: str) -> None:
    assert place_id(f"They met in {one} again.", one) == place_id(f"They met in {other} again.", other)


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        ("Crowds filled the streets of Tripoli on Friday.", "Tripoli", "LBY"),
        ("Crowds filled the streets of Tripoli, Lebanon, on Friday.", "Tripoli", "LBN"),
        ("In Beirut the Lebanese army moved in. Shots rang out in Tripoli.", "Tripoli", "LBN"),
        ("A fire broke out in Valencia, Venezuela.", "Valencia", "VEN"),
        ("A fire broke out in Valencia in Spain.", "Valencia", "ESP"),
        ("Two men were held in Cordoba, Argentina.", "Cordoba", "ARG"),
        ("Two men were held in Paris, Texas.", "Paris", "USA"),
        ("Two men were held in London, Ky., on Friday.", "London", "USA"),
        ("Niger closed its border.", "Niger", "NER"),
        ("Nigeria closed its border.", "Nigeria", "NGA"),
        ("The Republic of Congo signed.", "Republic of Congo", "COG"),
        ("DR Congo signed.", "DR Congo", "COD"),
        ("Voters in Georgia and the mayor of Tbilisi waited.", "Georgia", "GEO"),
        ("Voters in Georgia, the mayor of Atlanta and a judge in Savannah waited.", "Georgia", "USA"),
    ],
)
def test_context_decides_between_namesakes(text: str, words: str, code: str) -> None:
    assert country(text, words) == code


def test_a_division_draws_the_towns_in_it() -> None:
    found = place(read("Oregon lawmakers met. A fire in Portland and one in Salem were put out."), "Salem")
    assert found
    assert found.admin1 == "Oregon"


def test_the_sources_country_decides_where_the_text_says_nothing() -> None:
    text = "A lorry hit a bridge in Newcastle."
    assert country(text, "Newcastle", source="AUS") == "AUS"
    assert country(text, "Newcastle", source="GBR") == "GBR"


def test_what_the_article_settles_holds_for_the_name_everywhere() -> None:
    text = "Rain fell in Tripoli, Lebanon. Police in Tripoli closed two roads."
    (tripoli,) = [p for p in read(text).places if p.name == "Tripoli"]
    assert len(tripoli.mentions) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Paris Hilton smiled.", "Paris"),
        ("The Tripoli government objected.", "Tripoli"),
        ("The Bank of England cut rates.", "England"),
        ("Reading is good for children.", "Reading"),
        ("Police said it was a nice day.", "Police"),
        ("Mobile phones were banned.", "Mobile"),
        ("Prime Minister Lamine Dakar resigned.", "Dakar"),
        ("They hold us in contempt.", "us"),
        ("Ahmed Al Nadiri left, said Al Basri.", "Al Basri"),
    ],
)
def test_names_of_people_bodies_and_things_are_no_places(text: str, words: str) -> None:
    assert place(read(text), words) is None


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        ("Two were shot in Reading, England.", "Reading", "GBR"),
        ("She went on holiday in Nice.", "Nice", "FRA"),
        ("Tanks rolled into Khan Sheikhoun.", "Khan Sheikhoun", "SYR"),
        ("Troops left the Gaza Strip.", "Gaza Strip", "PSE"),
        ("Clashes went on across Idlib province.", "Idlib", "SYR"),
        ("Villages in Cabo Delgado burned.", "Cabo Delgado", "MOZ"),
        ("Refugees from Darfur crossed.", "Darfur", "SDN"),
        ("Some U.S. officials flew in.", "U.S.", "USA"),
        ("Atlanta Mayor Rhea Lund resigned.", "Atlanta", "USA"),
        ("Iraq's Mosul was quiet.", "Mosul", "IRQ"),
        ("They held Pul-e Khumri for a day.", "Pul-e Khumri", "AFG"),
    ],
)
def test_words_around_a_name_make_it_a_place(text: str, words: str, code: str) -> None:
    assert country(text, words) == code


def test_seas_lie_in_no_country() -> None:
    found = place(read("A ship was hit in the Red Sea."), "Red Sea")
    assert found
    assert found.country is None
    assert found.precision == "admin1"


def test_a_place_tells_where_it_is() -> None:
    found = place(read("Shells fell on Mosul, Iraq."), "Mosul")
    assert found
    assert (found.country, found.precision) == ("IRQ", "city")
    assert found.lat == pytest.approx(36.3, abs=0.3)
    assert found.lon == pytest.approx(43.1, abs=0.3)


def test_a_town_is_not_the_division_called_after_it() -> None:
    town = place(read("Bombs fell on Aleppo."), "Aleppo")
    division = place(read("Bombs fell on Aleppo province."), "Aleppo")
    assert town
    assert division
    assert (town.precision, division.precision) == ("city", "admin1")


def test_a_distance_from_a_town_still_names_the_town() -> None:
    assert country("A mine exploded 30 km east of Mosul.", "Mosul") == "IRQ"


def test_country_acting_is_place_and_actor() -> None:
    draft = read("Sudan rejected the plan.")
    assert place(draft, "Sudan") is not None
    assert [e.id for e in draft.entities] == ["gov:SDN:government"]


def test_offsets_are_those_of_the_words() -> None:
    draft = read("In Sana'a, N'Djamena and São Paulo people waited.")
    assert [m.text for p in draft.places for m in p.mentions] == ["Sana'a", "N'Djamena", "São Paulo"]
    assert all(draft.text[m.start : m.end] == m.text for p in draft.places for m in p.mentions)


PIECES = st.lists(
    st.sampled_from(
        ["Abu", "al-", "Paris", ",", "'s", "’", " ", "  ", "\n", "of", "the", "President", "U.S.", "(PFR)", "-",
         "Ghani", "Ministry", "Niger", "said", ".", "H\u0331", "٣", "李", "Front", "Gen.", "_", "\x00", "1"]
    ) | st.text(max_size=3),
    max_size=40,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(PIECES)
def test_any_text_gives_mentions_whose_offsets_hold(pieces: list[str]) -> None:
    draft = read(" ".join(pieces))
    for mentions in [*(e.mentions for e in draft.entities), *(p.mentions for p in draft.places)]:
        assert mentions
        assert all(draft.text[m.start : m.end] == m.text for m in mentions)


def test_a_long_text_without_sense_is_read() -> None:
    draft = read("Al-" * 2000 + "President " * 2000 + "of " * 2000 + "A" * 5000)
    assert len(draft.places) < 10


@pytest.mark.parametrize(
    ("text", "words", "name"),
    [
        ("Snow fell in Akron, Ohio. A Toledo baker closed.", "Toledo", "Toledo"),
        ("Readers of the Honolulu Weekly complained.", "Honolulu", "Honolulu"),
        ("The bill of Ann Lee, R-Dayton, failed.", "Dayton", "Dayton"),
        ("A barn burnt in Gary, Ind., at noon.", "Ind", "Indiana"),
        ("Fans of The Texas Cowboys sang.", "Texas", "Texas"),
        ("A ferry to Bohol sank.", "Bohol", "Bohol"),
        ("Two hikers died in the Pyrenees.", "Pyrenees", "Pyrenees"),
    ],
)
def test_names_beside_capitals_and_of_the_supplement_are_found(text: str, words: str, name: str) -> None:
    found = place(read(text), words)
    assert found
    assert found.name == name


def test_the_names_of_a_local_story_draw_each_other_into_one_state() -> None:
    found = place(
        read("Mayors of Tulsa, Norman and Lawton met those of Enid and Miami on roads in Ardmore."), "Ardmore"
    )
    assert found
    assert found.admin1 == "Oklahoma"


def test_streets_and_parks_are_not_the_towns_that_they_are_called_after() -> None:
    assert place(read("They met on Danbury Road."), "Danbury") is None
