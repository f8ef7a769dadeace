"""Noun groups and verb groups."""

import pytest

from services.enricher.coding.groups import NounGroup, VerbGroup, chunk
from services.enricher.coding.tokens import tag, tokenize


def nouns(sentence: str) -> list[str]:
    found = chunk(tag(tokenize(sentence)))
    return [" ".join(t.text for t in g.tokens[g.i : g.j]) for g in found if isinstance(g, NounGroup)]


def verbs(sentence: str) -> list[VerbGroup]:
    return [g for g in chunk(tag(tokenize(sentence))) if isinstance(g, VerbGroup)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("At least 11 government soldiers fled the town.", ["At least 11 government soldiers", "the town"]),
        ("Haftar's self-styled army met the mayor.", ["Haftar 's self-styled army", "the mayor"]),
        ("The rebels left the city Sunday.", ["The rebels", "the city", "Sunday"]),
        ("Police at two markets fired.", ["Police", "two markets"]),
        ("Three Reserve Police Force (RPF) men died.", ["Three Reserve Police Force ( RPF ) men"]),
        ("Forces loyal to Adan fled.", ["Forces", "Adan"]),
        ("They wounded up to 16 men.", ["They", "up to 16 men"]),
    ],
)
def test_noun_groups_hold_what_belongs_together(sentence: str, expected: list[str]) -> None:
    assert nouns(sentence) == expected


def test_a_possessive_makes_an_owner() -> None:
    group = next(g for g in chunk(tag(tokenize("the president's guards fled"))) if isinstance(g, NounGroup))
    assert group.lemma == "guard"
    assert group.owner is not None
    assert group.owner.lemma == "president"


@pytest.mark.parametrize(
    ("sentence", "lemma", "tense", "passive", "negated", "modal"),
    [
        ("They attacked it.", "attack", "past", False, False, ""),
        ("They have not yet been killed.", "kill", "perfect", True, True, ""),
        ("They had attacked it.", "attack", "pluperfect", False, False, ""),
        ("They will attack it.", "attack", "future", False, False, "will"),
        ("They may have attacked it.", "attack", "none", False, False, "may"),
        ("They did not attack it.", "attack", "past", False, True, ""),
        ("They are being held there.", "hold", "present", True, False, ""),
        ("They attack it.", "attack", "present", False, False, ""),
    ],
)
def test_verb_groups_say_tense_voice_negation_and_modal(
    sentence: str, lemma: str, tense: str, passive: bool, negated: bool, modal: str
) -> None:
    group = verbs(sentence)[0]
    assert (group.lemma, group.tense, group.passive, group.negated, group.modal) == (
        lemma,
        tense,
        passive,
        negated,
        modal,
    )
    assert group.finite


def test_infinitives_and_participles_are_not_finite() -> None:
    found = verbs("They agreed to leave, ending the siege.")
    assert [(g.lemma, g.finite) for g in found] == [("agree", True), ("leave", False), ("end", False)]


def test_a_particle_belongs_to_its_verb() -> None:
    assert verbs("The minister stepped down on Sunday.")[0].particle == "down"
