"""Clauses: who does what to whom, in active and passive, main and dependent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enricher.coding.clauses import parse
from services.enricher.coding.tokens import tag, tokenize
from tests.enricher.coding.support import clause, parsed, words


@pytest.mark.parametrize(
    ("sentence", "lemma", "agent", "patient"),
    [
        ("Rebels attacked the town on Sunday.", "attack", "Rebels", "the town"),
        ("The town was attacked by rebels.", "attack", "rebels", "The town"),
        ("The town attacked by rebels burned.", "attack", "rebels", "The town"),
        ("Police said rebels attacked the town.", "attack", "rebels", "the town"),
        ("Police said that rebels attacked the town.", "attack", "rebels", "the town"),
        ("Adan, whose men attacked the town, fled.", "attack", "whose men", "the town"),
        ("The men who attacked the town fled.", "attack", "The men", "the town"),
        ("The rebels shelled the port, killing two.", "kill", "The rebels", "two"),
        ("Israel and Egypt signed a treaty.", "sign", "Israel + Egypt", "a treaty"),
        ("Peru, Chile and Bolivia signed a treaty.", "sign", "Peru + Chile + Bolivia", "a treaty"),
        ("Rebels attacked the town and burned the market.", "burn", "Rebels", "the market"),
        ("Rebels attacked the town and soldiers fled.", "flee", "soldiers", None),
        ("The army urged rebels to leave the town.", "leave", "rebels", "the town"),
        ("The army called on rebels to leave the town.", "leave", "rebels", "the town"),
        ("The army promised rebels to leave the town.", "leave", "The army", "the town"),
        ("She accused Chad of attacking rebels.", "attack", "Chad", "rebels"),
        ("Soldiers fired after crowds attacked a bank.", "attack", "crowds", "a bank"),
        ("Two men were killed and six others wounded in the raid.", "wound", None, "six others"),
        ("Militants killed or wounded 26 men.", "kill", "Militants", "26 men"),
        ("Hundreds of students blocked the road.", "block", "Hundreds of students", "the road"),
        ("Chad, backed by France, attacked the town.", "attack", "Chad", "the town"),
        ("Forces loyal to Adan continue their assault.", "continue", "Forces", "their assault"),
    ],
)
def test_roles_are_found(sentence: str, lemma: str, agent: str | None, patient: str | None) -> None:
    found = clause(sentence, lemma)
    assert (words(found.agent), words(found.patient)) == (agent, patient)


@pytest.mark.parametrize(
    ("sentence", "lemma", "kind", "parent"),
    [
        ("Police said that rebels fled.", "flee", "said", "say"),
        ("Rebels fled, leaving guns.", "leave", "participle", "flee"),
        ("Rebels who fled returned.", "flee", "relative", None),
        ("Rebels agreed to leave.", "leave", "infinitive", "agree"),
        ("Rebels left after losing men.", "lose", "gerund", "leave"),
        ("Rebels left because soldiers came.", "come", "adverbial", "leave"),
    ],
)
def test_clauses_know_what_they_hang_on(sentence: str, lemma: str, kind: str, parent: str | None) -> None:
    found = clause(sentence, lemma)
    assert found.kind == kind
    assert (found.parent.verb.lemma if found.parent else None) == parent


def test_who_speaks_at_the_end_is_not_the_object() -> None:
    found = parsed("Rebels attacked the town on Sunday, Kenyan officials and local witnesses said.")
    assert words(found.clauses[0].object) == "the town"
    assert words(found.clauses[1].subject) == "Kenyan officials + local witnesses"


def test_an_apposition_is_not_a_list() -> None:
    found = clause("The group leader, Omar Adan, met the mayor.", "meet")
    assert words(found.subject) == "The group leader"


@given(
    st.lists(
        st.sampled_from(
            [
                "rebels",
                "said",
                "that",
                "who",
                "attacked",
                "the",
                "town",
                ",",
                "and",
                "of",
                "in",
                "were",
                "killed",
                "by",
                "to",
                "he",
                "after",
                "(",
                ")",
                ";",
                "not",
                "had",
                "12",
            ]
        ),
        max_size=60,
    )
)
def test_any_row_of_words_is_parsed(row: list[str]) -> None:
    tokens = tag(tokenize(" ".join(row)))
    found = parse(tokens)
    assert all(0 <= c.verb.i < c.verb.j <= len(tokens) for c in found.clauses)
    assert all(0 <= g.i <= g.head < g.j <= len(tokens) for g in found.groups)
