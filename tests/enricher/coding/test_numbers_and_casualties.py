"""How many were killed, injured, captured and displaced; and which numbers count nobody."""

import pytest

from services.enricher.coding.casualties import casualties
from services.enricher.coding.numbers import Bounds
from tests.enricher.coding.support import parsed

Toll = dict[str, tuple[int | None, int | None]]


def toll(sentence: str) -> Toll:
    found = casualties(parsed(sentence))
    return {kind: (count.min, count.max) for kind, count in found if count is not None} if found else {}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The blast killed five people.", {"killed": (5, 5)}),
        ("At least 11 soldiers were killed and 10 others wounded.", {"killed": (11, None), "injured": (10, 10)}),
        ("More than 2,300 villagers were killed.", {"killed": (2301, None)}),
        ("Rebels killed up to 16 soldiers.", {"killed": (None, 16)}),
        ("The attack left five people dead and ten injured.", {"killed": (5, 5), "injured": (10, 10)}),
        ("Gunmen attacked a bar, killing six men and wounding dozens.", {"killed": (6, 6), "injured": (12, None)}),
        ("Several people were hurt in the raid.", {"injured": (3, None)}),
        ("Hundreds of people were injured.", {"injured": (100, None)}),
        ("Two hundred people were injured.", {"injured": (200, 200)}),
        ("Twenty-three villagers died in the attack.", {"killed": (23, 23)}),
        ("A soldier and two civilians were killed.", {"killed": (3, 3)}),
        ("A teacher and watchman sustained injuries in the attack.", {"injured": (2, 2)}),
        ("Police shot dead four protesters.", {"killed": (4, 4)}),
        ("The death toll rose to 45.", {"killed": (45, 45)}),
        ("The blast claimed 12 lives.", {"killed": (12, 12)}),
        ("Nobody was hurt by the attack.", {"injured": (0, 0)}),
        ("Officers arrested 12 students.", {"captured": (12, 12)}),
        ("Militants abducted 30 schoolgirls.", {"captured": (30, 30)}),
        ("The fighting displaced 4,000 people.", {"displaced": (4000, 4000)}),
        ("The grenade exploded, causing injuries to 8 pedestrians.", {"injured": (8, 8)}),
        ("Six killed, 23 injured in attack in Kabul", {"killed": (6, 6), "injured": (23, 23)}),
    ],
)
def test_tolls_are_read_as_they_are_said(sentence: str, expected: Toll) -> None:
    assert toll(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "A 41-year-old man was seen on March 11.",
        "Rebels killed 50 cattle.",
        "The army destroyed 12 vehicles.",
        "The town is 20 km from the border.",
        "Lawmakers killed the bill by 40 votes.",
        "The group may kill 20 hostages.",
        "Soldiers were killed.",
    ],
)
def test_other_numbers_are_no_tolls(sentence: str) -> None:
    assert toll(sentence) == {}


def test_victims_are_listed_by_kind() -> None:
    found = casualties(parsed("Two children and a nurse were killed."))
    assert found is not None
    assert found.killed is not None
    assert [(v.kind, v.count) for v in found.killed.victims] == [("child", 2), ("nurse", 1)]
    assert found.killed.text == "Two children and a nurse"


def test_bounds_add_up_and_stay_open() -> None:
    assert Bounds(3, None) + Bounds(2, 2) == Bounds(5, None)
    assert Bounds(None, 4) + Bounds(1, 1) == Bounds(1, 5)
