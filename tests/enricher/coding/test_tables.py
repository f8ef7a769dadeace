"""The tables beside this file: invented news for every type, what is no event, and tolls."""

import re
from functools import cache
from pathlib import Path

import pytest

from services.core.models import ArticlePlace, EventMention
from services.enricher.coding.casualties import casualties
from tests.enricher.coding.support import code, knowledge, parsed, place

TABLES = Path(__file__).parent / "tables"
# Sides of equals may stand either way round
EQUALS = ("AGREE", "CONSULT", "COOPERATE", "RETREAT", "ASSAULT")
# Everyday sentences in which somebody does act; a reader may well call them events
DEFENSIBLE = 8


def rows(name: str, columns: int) -> list[list[str]]:
    lines = (TABLES / f"{name}.txt").read_text("utf-8").splitlines()
    return [line.split("|", columns - 1) for line in lines if line and not line.startswith("#")]


@cache
def countries() -> dict[str, str]:
    return {country.name: alpha3 for alpha3, country in knowledge().countries.items()}


def coded(text: str) -> tuple[EventMention, ...]:
    """The events of a sentence, the countries that it names being known as places."""
    named: list[ArticlePlace] = [
        place(text, name, alpha3, "country")
        for name, alpha3 in countries().items()
        if name in text and re.search(rf"\b{re.escape(name)}\b", text)
    ]
    return code(text, *named)


@pytest.mark.parametrize(("kind", "actor", "recipient", "text"), rows("types", 4) + rows("agency", 4))
def test_each_type_is_found_with_its_sides(kind: str, actor: str, recipient: str, text: str) -> None:
    fitting = [m for m in coded(text) if m.type == kind]
    assert fitting
    actors = {a.country for m in fitting for a in m.actors}
    recipients = {a.country for m in fitting for a in m.recipients}
    if kind in EQUALS:
        actors = recipients = actors | recipients
    assert not actor or actor in actors
    assert not recipient or recipient in recipients


def test_a_sentence_of_one_action_has_hardly_more_than_one_event() -> None:
    texts = [row[3] for row in rows("types", 4)]
    assert sum(len(coded(text)) for text in texts) < 1.15 * len(texts)


def test_sport_business_science_culture_and_mishaps_are_hardly_ever_events() -> None:
    found = [row[0] for row in rows("nothing", 1) if coded(row[0])]
    assert len(found) <= DEFENSIBLE, found


@pytest.mark.parametrize(("killed", "injured", "text"), rows("tolls", 3))
def test_tolls_are_read_with_their_bounds(killed: str, injured: str, text: str) -> None:
    found = casualties(parsed(text))
    counts = (found.killed, found.injured) if found is not None else (None, None)
    said = ["" if c is None else f"{'' if c.min is None else c.min}-{'' if c.max is None else c.max}" for c in counts]
    assert said == [killed, injured]
