"""Only sentences that can hold an event are parsed."""

import pytest

from services.enricher.coding import triggers


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Rebels attacked the town.", True),
        ("Clashes went on in the north.", True),
        ("Rebels took control of the town.", True),
        ("The bus took the long road home.", False),
        ("The weather was good on Sunday.", False),
        ("It was a good year for apples and pears.", False),
        ("The army was put on alert.", True),
    ],
)
def test_a_sentence_fires_by_its_words(sentence: str, expected: bool) -> None:
    assert triggers.load().fire(sentence) is expected
