"""Countries and regions that the text names by adjective or people: places of the article, but not of its events."""

import pytest

from services.core.models import ArticlePlace
from services.enricher.steps.peoples import peoples
from tests.enricher.naming import knowledge, read


def named(text: str, words: str) -> ArticlePlace | None:
    """The place that the words name once adjectives count."""
    at = text.index(words)
    found = peoples(read(text), knowledge()).places
    return next((p for p in found for m in p.mentions if m.start <= at < m.end), None)


@pytest.mark.parametrize(
    ("text", "words", "key"),
    [
        ("A Kenyan farmer sold maize.", "Kenyan", "country:KEN"),
        ("The Kenyan army sold trucks.", "Kenyan", "country:KEN"),
        ("The health ministry of Peru sent nurses.", "Peru", "country:PER"),
        ("Two South Koreans were hurt.", "South Koreans", "country:KOR"),
        ("Danish Shoe Works closed.", "Danish", "country:DNK"),
    ],
)
def test_adjectives_and_peoples_name_their_country(text: str, words: str, key: str) -> None:
    found = named(text, words)
    assert found
    assert (found.id, found.precision) == (key, "country")


@pytest.mark.parametrize(
    ("text", "words", "name"),
    [("A Siberian winter.", "Siberian", "Siberia"), ("Eastern European farmers.", "Eastern European", "Eastern Europe"),
     ("The Chechens left.", "Chechens", "Chechnya")],
)  # fmt: skip
def test_regions_have_peoples_too(text: str, words: str, name: str) -> None:
    found = named(text, words)
    assert found
    assert found.name == name


@pytest.mark.parametrize(
    ("text", "words"),
    [("She answered in French.", "French"), ("The Bank of England cut rates.", "England"),
     ("He met Jordan Hale.", "Jordan"), ("The African Union met.", "African")],
)  # fmt: skip
def test_languages_and_names_of_known_actors_name_no_country(text: str, words: str) -> None:
    assert named(text, words) is None


def test_they_join_the_country_that_is_named_too() -> None:
    (kenya,) = peoples(read("Kenyan maize is sold in Kenya by Kenyans."), knowledge()).places
    assert [mention.text for mention in kenya.mentions] == ["Kenyan", "Kenya", "Kenyans"]


def test_the_places_that_events_see_have_none_of_them() -> None:
    assert read("Kenyan maize was sold.").places == ()


def test_an_article_without_them_stays_as_it_is() -> None:
    draft = read("Rain fell in Nairobi.")
    assert peoples(draft, knowledge()) is draft
