"""A dateline is where a story was written, and no part of what it says."""

import pytest

from services.enricher.coding.opening import after
from services.enricher.coding.where import spots
from tests.enricher.coding.support import code, place

STORY = "Gunmen killed at least 14 soldiers near the town on Monday."


def begins(text: str, *named: str) -> str:
    found = spots(text, [place(text, name, "PER") for name in named])
    return text[after(text, 0, len(text), found) :]


@pytest.mark.parametrize(
    ("opening", "named"),
    [
        ("LIMA — ", ("LIMA",)),
        ("LIMA, Peru - ", ("LIMA", "Peru")),
        ("LIMA (Desk) – ", ()),
        ("LIMA, Nov 20 (Desk) -- ", ()),
        ("Port-au-Prince, 3 May — ", ("Port-au-Prince",)),
        ("BAB AL-HAWA, Syria — ", ()),
    ],
)
def test_the_story_begins_behind_its_dateline(opening: str, named: tuple[str, ...]) -> None:
    assert begins(opening + STORY, *named) == STORY


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("The talks — held in Lima for three days — ended without a deal.", ("Lima",)),
        ("Peru and Chile - long at odds - signed a treaty.", ("Peru", "Chile")),
        ("Carlos Ruiz — The Mayor of Cusco — resigned.", ("Cusco",)),
        ("Lima - based officials resigned.", ("Lima",)),
        ("Gunmen killed 14 soldiers in Lima.", ("Lima",)),
        ("LIMA —", ("LIMA",)),
    ],
)
def test_a_dash_within_a_sentence_is_no_dateline(text: str, named: tuple[str, ...]) -> None:
    assert begins(text, *named) == text


def test_a_toll_right_behind_a_dateline_counts() -> None:
    text = "CUSCO, Peru (Desk) - At least 14 soldiers were killed on Monday when rebels attacked a base."
    mentions = code(text, place(text, "CUSCO", "PER"), place(text, "Peru", "PER", "country"))
    tolls = [m.casualties.killed for m in mentions if m.casualties is not None]
    assert [(toll.min, toll.max) for toll in tolls if toll is not None] == [(14, None)]
    assert all(actor.name not in {"CUSCO", "Desk"} for m in mentions for actor in m.actors)
