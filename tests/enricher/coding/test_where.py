"""Which of the places of a sentence an event gets."""

import pytest

from services.enricher.coding.where import choose, spots
from tests.enricher.coding.support import place


@pytest.mark.parametrize(
    ("sentence", "trigger", "expected"),
    [
        ("Rebels attacked a base in Karo, Chad, on Sunday.", "attacked", "Karo"),
        ("In Chad, rebels attacked a base.", "attacked", "Chad"),
        ("Rebels attacked near Mongo and fled to Karo.", "attacked", "Mongo"),
        ("The town of Karo was shelled, Chad said.", "shelled", "Karo"),
        ("Rebels attacked a base.", "attacked", None),
    ],
)
def test_the_nearest_precise_place_is_chosen(sentence: str, trigger: str, expected: str | None) -> None:
    known = [place(sentence, "Karo", "TCD"), place(sentence, "Mongo", "TCD"), place(sentence, "Chad", "TCD", "country")]
    chosen = choose(spots(sentence, known), 0, len(sentence), sentence.index(trigger))
    assert (chosen[0].name if chosen else None) == expected


def test_a_place_that_is_the_target_wins() -> None:
    text = "He captured Karo, 90 km east of Mongo."
    known = spots(text, [place(text, "Karo", "TCD"), place(text, "Mongo", "TCD")])
    chosen = choose(known, 0, len(text), 3, [(text.index("Karo"), text.index("Karo") + 4)])
    assert chosen is not None
    assert chosen[0].name == "Karo"


def test_a_country_that_only_acts_is_no_place() -> None:
    text = "Chad attacked the base."
    assert choose(spots(text, [place(text, "Chad", "TCD", "country")]), 0, len(text), 5) is None


def test_places_of_other_sentences_are_not_looked_at() -> None:
    text = "Rebels fled from Karo. They attacked a base."
    known = spots(text, [place(text, "Karo", "TCD")])
    assert choose(known, 23, len(text), 28) is None
