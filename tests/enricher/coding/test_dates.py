"""Date phrases against the publication date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enricher.coding.dates import find, nearest

THURSDAY = date(2024, 5, 16)


def resolved(text: str, published: date | None = THURSDAY, planned: bool = False) -> list[tuple[str, str, str]]:
    return [
        (str(f.range.start), str(f.range.end), f.range.precision) for f in find(text, 0, len(text), published, planned)
    ]


@pytest.mark.parametrize(
    ("phrase", "start", "end", "precision"),
    [
        ("on Sunday", "2024-05-12", "2024-05-12", "day"),
        ("late Thursday", "2024-05-16", "2024-05-16", "day"),
        ("last Thursday", "2024-05-09", "2024-05-09", "day"),
        ("Wednesday evening", "2024-05-15", "2024-05-15", "day"),
        ("yesterday", "2024-05-15", "2024-05-15", "day"),
        ("today", "2024-05-16", "2024-05-16", "day"),
        ("overnight", "2024-05-15", "2024-05-16", "range"),
        ("last week", "2024-05-06", "2024-05-12", "week"),
        ("earlier this week", "2024-05-13", "2024-05-16", "week"),
        ("last weekend", "2024-05-11", "2024-05-12", "range"),
        ("last month", "2024-04-01", "2024-04-30", "month"),
        ("the 12th of this month", "2024-05-12", "2024-05-12", "day"),
        ("in April", "2024-04-01", "2024-04-30", "month"),
        ("in October", "2023-10-01", "2023-10-31", "month"),
        ("last May", "2023-05-01", "2023-05-31", "month"),
        ("on 3 March", "2024-03-03", "2024-03-03", "day"),
        ("on Dec. 3", "2023-12-03", "2023-12-03", "day"),
        ("March 11, 2021", "2021-03-11", "2021-03-11", "day"),
        ("in 2011", "2011-01-01", "2011-12-31", "year"),
        ("two years ago", "2022-01-01", "2022-12-31", "year"),
        ("three days ago", "2024-05-13", "2024-05-13", "day"),
        ("2024-01-02", "2024-01-02", "2024-01-02", "day"),
    ],
)
def test_phrases_look_back_from_the_publication(phrase: str, start: str, end: str, precision: str) -> None:
    assert resolved(f"It happened {phrase} there.") == [(start, end, precision)]


def test_plans_look_ahead() -> None:
    assert resolved("They will meet on Monday.", planned=True) == [("2024-05-20", "2024-05-20", "day")]
    assert resolved("They will meet in June.", planned=True) == [("2024-06-01", "2024-06-30", "month")]


def test_without_a_publication_date_only_absolute_dates_resolve() -> None:
    assert resolved("on Sunday, last month, in April, on 3 March", None) == []
    assert resolved("on 3 March 2020", None) == [("2020-03-03", "2020-03-03", "day")]


@pytest.mark.parametrize(
    "text", ["on 31 February", "they may attack", "march on the town", "room 2011", "45,000 people"]
)
def test_what_is_no_date_is_left_alone(text: str) -> None:
    assert resolved(text) == []


def test_the_nearest_phrase_belongs_to_the_trigger() -> None:
    text = "On Monday he fled; rebels attacked on Tuesday."
    chosen = nearest(list(find(text, 0, len(text), THURSDAY)), text.index("attacked"))
    assert chosen is not None
    assert chosen.range.text == "on Tuesday"


@given(st.text(max_size=300), st.dates())
def test_any_text_gives_ordered_ranges(text: str, published: date) -> None:
    assert all(f.range.start <= f.range.end for f in find(text, 0, len(text), published))
