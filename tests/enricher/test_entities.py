"""Who is named: one id for one actor, and no joining of different ones."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.enricher.draft import Draft
from services.enricher.steps.entities import entities
from services.enricher.steps.sentences import sentences
from tests.enricher.articles import raw
from tests.enricher.naming import entity, entity_id, knowledge, place, read


@pytest.mark.parametrize(
    ("text", "words", "key", "country", "sector"),
    [
        ("Fighters of Hizbollah withdrew from the ridge.", "Hizbollah", "group:hezbollah", "LBN", "REB"),
        ("Al Shabab raided the base at dawn.", "Shabab", "group:al-shabaab", "SOM", "ISM"),
        ("The IDF opened an inquiry.", "IDF", "gov:ISR:military", "ISR", "MIL"),
        ("The Israeli army opened an inquiry.", "Israeli army", "gov:ISR:military", "ISR", "MIL"),
        ("Talks in the Kenyan parliament stalled.", "Kenyan parliament", "gov:KEN:parliament", "KEN", "LEG"),
        ("Peru's foreign ministry summoned him.", "Peru's foreign", "gov:PER:foreign-ministry", "PER", "GOV"),
        ("The Ministry of Defence of Estonia paid.", "Ministry", "gov:EST:defence-ministry", "EST", "MIL"),
        ("A vote in the Duma was put off.", "Duma", "gov:RUS:parliament", "RUS", "LEG"),
        ("Volodymyr Zelenskiy thanked the crew.", "Zelenskiy", "person:volodymyr-zelensky", "UKR", "GOV"),
        ("President Vladimir V. Putin spoke.", "Putin", "person:vladimir-putin", "RUS", "GOV"),
        ("He met Khalifa Hifter on Monday.", "Hifter", "person:khalifa-haftar", "LBY", "MIL"),
        ("Aid from the World Food Programme arrived.", "World Food", "org:world-food-programme", None, "IGO"),
        ("The Kremlin kept silent.", "Kremlin", "gov:RUS:government", "RUS", "GOV"),
        ("The Tripoli government kept silent.", "Tripoli", "gov:LBY:government", "LBY", "GOV"),
        ("The Sanaa-based authorities kept silent.", "Sanaa", "gov:YEM:government", "YEM", "GOV"),
    ],
)
def test_known_actors_have_their_id(text: str, words: str, key: str, country: str | None, sector: str) -> None:
    found = entity(read(text), words)
    assert found
    assert (found.id, found.country, found.sector) == (key, country, sector)


def test_mentions_cover_the_words_that_name_the_actor() -> None:
    draft = read("On Friday the Kenyan parliament met. Later the Kenyan parliament voted.")
    (parliament,) = [e for e in draft.entities if e.id == "gov:KEN:parliament"]
    assert [draft.text[m.start : m.end] for m in parliament.mentions] == ["Kenyan parliament"] * 2
    assert [m.text for m in parliament.mentions] == ["Kenyan parliament"] * 2


@pytest.mark.parametrize(
    ("text", "words", "country"),
    [
        ("Ankara rejected the report.", "Ankara", "TUR"),
        ("On Monday Tehran said that it had no plans.", "Tehran", "IRN"),
        ("The envoy accused Damascus of using gas.", "Damascus", "SYR"),
        ("Envoys said Washington would wait.", "Washington", "USA"),
    ],
)
def test_a_capital_that_acts_is_its_government(text: str, words: str, country: str) -> None:
    draft = read(text)
    found = entity(draft, words)
    assert found
    assert (found.id, found.kind) == (f"gov:{country}:government", "government")
    assert place(draft, words) is None


@pytest.mark.parametrize(
    "text", ["He flew to Ankara on Monday.", "Crowds gathered in Ankara.", "A man from Ankara died."]
)
def test_a_capital_where_something_happens_is_a_place(text: str) -> None:
    draft = read(text)
    assert entity(draft, "Ankara") is None
    assert place(draft, "Ankara") is not None


@pytest.mark.parametrize(
    ("text", "words", "name", "country", "sector"),
    [
        ("Chadian Interior Minister Abel Tokoro spoke.", "Tokoro", "Abel Tokoro", "TCD", "GOV"),
        ("Kenya's newly appointed defence minister Wanja Tirop spoke.", "Tirop", "Wanja Tirop", "KEN", "GOV"),
        ("In a letter rebel commander Deng Akol gave in.", "Akol", "Deng Akol", None, "REB"),
        ("Police chief Jorge Maldera said so.", "Maldera", "Jorge Maldera", None, "COP"),
        ("Ayatollah Reza Sadiqi preached.", "Sadiqi", "Reza Sadiqi", None, "REL"),
    ],
)
def test_a_title_makes_an_unknown_person(text: str, words: str, name: str, country: str | None, sector: str) -> None:
    found = entity(read(text), words)
    assert found
    assert (found.name, found.kind, found.country, found.sector) == (name, "person", country, sector)


def test_short_forms_are_joined_to_the_full_name() -> None:
    text = "Interior Minister Abel Tokoro resigned. Tokoro gave no reason. The minister Tokoro left by car."
    (tokoro,) = [e for e in read(text).entities if e.kind == "person"]
    assert [m.text for m in tokoro.mentions] == ["Abel Tokoro", "Tokoro", "Tokoro"]


def test_an_unknown_person_keeps_the_id_over_articles_and_spellings() -> None:
    first = entity_id("Governor Khalid Rashidi resigned.", "Rashidi", article="a1")
    second = entity_id("Critics of Governor Khalid Rachidi cheered.", "Rachidi", article="a2")
    assert first == second


def test_a_name_that_many_bear_is_not_one_person_over_articles() -> None:
    first = entity_id("Mohammed Hassan, a farmer, fled.", "Mohammed", article="a1")
    second = entity_id("Mohammed Hassan, a teacher, stayed.", "Mohammed", article="a2")
    assert first != second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bashar al-Assad", "Hafez al-Assad"),
        ("Hassan Rouhani", "Hassan Nasrallah"),
        ("Joseph Kabila", "Laurent Kabila"),
        ("Mohammed bin Salman", "Mohammed bin Zayed"),
        ("Carlos Menendo", "Carla Menendo"),
        ("the Iraqi army", "the Iranian army"),
        ("the Nigerian army", "the Nigerien army"),
    ],
)
def test_different_actors_stay_apart(one: str, other: str) -> None:
    assert entity_id(f"It was {one} said so.", one) != entity_id(f"It was {other} said so.", other)


def test_a_surname_in_office_is_the_known_person() -> None:
    text = "Afghan President Ghani left the palace."
    assert entity_id(text, "Ghani") == "person:ashraf-ghani"


def test_an_unknown_organisation_with_its_acronym_is_one() -> None:
    text = "The People's Front for Renewal (PFR) claimed the raid. The army blamed the PFR."
    (front,) = [e for e in read(text).entities if e.kind == "armed_group"]
    assert [m.text for m in front.mentions] == ["People's Front for Renewal", "PFR", "PFR"]


def test_word_order_does_not_make_two_brigades() -> None:
    first = entity_id("Fighters of the Umar Salim Qadri Brigades left.", "Umar")
    assert first == entity_id("Fighters of the Brigades of Omar Salim Qadri left.", "Brigades")


def test_the_names_country_decides_between_bearers_of_an_acronym() -> None:
    assert entity_id("In Sudan the RSF shelled Omdurman.", "RSF") == "group:sudanese-rapid-support-forces"


@pytest.mark.parametrize("text", ["Dawn broke over the hills.", "They gave us a car.", "It is what it is."])
def test_ordinary_words_name_nobody(text: str) -> None:
    assert read(text).entities == ()


def test_empty_text_names_nobody() -> None:
    draft = read("")
    assert draft.entities == ()
    assert draft.places == ()


def test_of_namesakes_the_one_in_office_when_the_article_appeared_is_meant() -> None:
    def bush(year: int) -> str | None:
        text = "In Washington the American president Bush spoke."
        published = datetime(year, 5, 1, tzinfo=UTC)
        draft = sentences(replace(Draft(raw=raw(text=text), text=text), published=published), knowledge())
        found = entity(entities(draft, knowledge()), "Bush")
        return found.id if found else None

    assert (bush(1990), bush(2005)) == ("person:george-h-w-bush", "person:george-w-bush")


@pytest.mark.parametrize("name", ["Vladimir V. Putin", "Donald J. Trump", "Barack H. Obama"])
def test_a_middle_initial_is_part_of_a_known_name(name: str) -> None:
    found = entity(read(f"{name} spoke at noon."), name)
    assert found
    assert [mention.text for mention in found.mentions] == [name]


@pytest.mark.parametrize("name", ["John Harlow", "Lucy Brown", "Mark Field", "Grant White", "Maria Santos"])
def test_names_that_are_everyday_words_too_are_names_behind_a_given_name(name: str) -> None:
    found = entity(read(f"A letter to {name} was lost."), name)
    assert found
    assert (found.name, found.kind) == (name, "person")


@pytest.mark.parametrize("words", ["Rose gardens", "Mark them", "Grant applications", "Joy spread"])
def test_everyday_words_that_are_given_names_are_no_people_alone(words: str) -> None:
    assert read(f"{words} this week in the villages.").entities == ()
