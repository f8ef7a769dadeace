"""ACLED sub-types from the hint, the weapons and the sides."""

import pytest

from services.core.models import Actor
from services.enricher.coding.acled import acled, weapon
from services.enricher.coding.tokens import tag, tokenize


def actor(sector: str) -> tuple[Actor, ...]:
    return (Actor(id=sector, name=sector, sector=sector),)


@pytest.mark.parametrize(
    ("hint", "by", "to", "sentence", "expected"),
    [
        ("FIGHT", "REB", "MIL", "Rebels attacked soldiers.", "Armed clash"),
        ("FIGHT", "REB", "CVL", "Rebels attacked villagers.", "Attack"),
        ("FIGHT", "MIL", "REB", "Warplanes attacked rebels.", "Air/drone strike"),
        ("FIGHT", "REB", "MIL", "Rebels attacked with rockets.", "Shelling/artillery/missile attack"),
        ("FIGHT", "REB", "MIL", "A suicide bomber attacked soldiers.", "Suicide bomb"),
        ("FIGHT", "UAF", "CVL", "Gunmen threw a grenade.", "Grenade"),
        ("FIGHT", "COP", "CVL", "Police shot protesters.", "Excessive force against protesters"),
        ("TAKE", "MIL", "REB", "The army took the town.", "Government regains territory"),
        ("TAKE", "REB", "MIL", "Rebels took the town.", "Non-state actor overtakes territory"),
        ("BOMB", "REB", "CVL", "Rebels bombed a market.", "Remote explosive/landmine/IED"),
        ("ARRESTS", "COP", "CVL", "Police arrested a man.", "Arrests"),
        ("ARRESTS", "COP", "CVL", "Police arrested protesters.", "Protest with intervention"),
        ("PEACE", "CVL", "GOV", "People marched.", "Peaceful protest"),
        ("HQ", "MIL", "GOV", "The army built a base.", "Headquarters or base established"),
    ],
)
def test_sub_types_follow_hint_weapons_and_sides(hint: str, by: str, to: str, sentence: str, expected: str) -> None:
    found = acled(hint, actor(by), actor(to), tag(tokenize(sentence)))
    assert found is not None
    assert found.sub_event_type == expected


@pytest.mark.parametrize(
    ("sentence", "mode"),
    [
        ("A drone hit the base.", "drone"),
        ("Jets hit the base.", "aerial"),
        ("Mortars hit the base.", "heavy-weapons"),
        ("Gunmen hit the base.", "firearms"),
        ("Crowds hit the base.", ""),
    ],
)
def test_the_weapon_gives_the_mode(sentence: str, mode: str) -> None:
    assert weapon(tag(tokenize(sentence)))[1] == mode
