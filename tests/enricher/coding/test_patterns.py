"""The pattern files: every line is understood, and the most specific line wins."""

import pytest

from services.core.errors import ConfigError
from services.core.ontology import ACLED_SUB_TYPES, CONTEXTS, EVENT_TYPES, TYPES
from services.enricher.coding import acled, contexts, lexicon, patterns
from services.enricher.coding.match import Matcher
from tests.enricher.coding.support import parsed, words

LOADED = patterns.load()
ALL = [p for table in (LOADED.verbs, LOADED.nouns) for lines in table.values() for p in lines]


def found(sentence: str) -> list[tuple[str, str | None, list[str | None], list[str | None]]]:
    return [
        (c.pattern.type, c.mode or c.pattern.mode, [words(g) for g in c.actors], [words(g) for g in c.recipients])
        for c in Matcher(parsed(sentence), LOADED).run()
    ]


def test_every_pattern_says_only_what_the_ontology_knows() -> None:
    for p in (p for p in ALL if p.type):
        facts = next(f for name, f in TYPES.items() if name == p.type)
        assert p.mode is None or p.mode in facts.modes, p.rule
        assert 1 <= int(p.root) <= 20, p.rule
        assert set(p.contexts) <= set(CONTEXTS), p.rule


def test_every_type_has_verbs_and_several_hundred_words_start_events() -> None:
    types = {p.type for p in ALL}
    assert set(EVENT_TYPES) <= types
    assert len(LOADED.verbs) + len(LOADED.nouns) > 400


def test_acled_hints_lead_to_sub_types() -> None:
    known = {sub for subs in ACLED_SUB_TYPES.values() for sub in subs}
    for hint in {p.acled for p in ALL if p.acled}:
        named = acled.acled(hint, (), (), ())
        assert named is not None, hint
        assert named.sub_event_type in known


def test_context_words_and_word_classes_load() -> None:
    assert set(contexts.words().values()) <= set(CONTEXTS)
    assert "said" not in lexicon.word_class("clauses.speech")
    with pytest.raises(KeyError):
        lexicon.word_class("no.such")


@pytest.mark.parametrize(
    "line",
    [
        "hit | | NOTHING | 19 | | |",
        "hit | | ASSAULT/strike | 19 | | |",
        "hit | | ASSAULT | 21 | | |",
        "hit | | ASSAULT | 19 | sports | |",
        "hit | | ASSAULT | 19 | | BANG |",
        "hit | obj:@nothing | ASSAULT | 19 | | |",
        "hit | ASSAULT | 19",
    ],
)
def test_a_line_that_the_ontology_does_not_know_is_refused(line: str) -> None:
    with pytest.raises(ConfigError, match="verbs"):
        patterns.read(line, "verbs", {})


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Rebels attacked the town.", ("ASSAULT", None, ["Rebels"], ["the town"])),
        ("The town was attacked by rebels.", ("ASSAULT", None, ["rebels"], ["The town"])),
        ("Rebels launched an attack on the town.", ("ASSAULT", None, ["Rebels"], ["the town"])),
        ("An attack on the town was launched by rebels.", ("ASSAULT", None, ["rebels"], ["the town"])),
        ("Rebels launched rockets at the town.", ("ASSAULT", "heavy-weapons", ["Rebels"], ["the town"])),
        ("Rebels took control of the town.", ("ASSAULT", None, ["Rebels"], ["the town"])),
        ("Police arrested five men.", ("COERCE", "arrest", ["Police"], ["five men"])),
        ("Chad called for a ceasefire.", ("REQUEST", "yield", ["Chad"], [])),
        ("Chad called on rebels to leave.", ("REQUEST", "change", ["Chad"], ["rebels"])),
        ("Chad and Niger signed an agreement.", ("AGREE", None, ["Chad + Niger", "Niger"], [])),
        ("Chad signed an agreement with Niger.", ("AGREE", None, ["Chad"], ["Niger"])),
        ("Chad held talks with Niger.", ("CONSULT", None, ["Chad"], ["Niger"])),
        ("The minister met the envoy.", ("CONSULT", None, ["The minister"], ["the envoy"])),
        ("Chad imposed sanctions on Niger.", ("SANCTION", "discontinue", ["Chad"], ["Niger"])),
        ("Chad released 12 prisoners.", ("RETREAT", "release", ["Chad"], ["12 prisoners"])),
        ("Chad rejected a call by Niger.", ("REJECT", None, ["Chad"], ["Niger"])),
        ("Chad refused to meet the envoy.", ("REJECT", "meet", ["Chad"], ["the envoy"])),
        ("Chad threatened to attack Niger.", ("THREATEN", "violence", ["Chad"], ["Niger"])),
        ("Chad accused Niger of spying.", ("ACCUSE", "allege", ["Chad"], ["Niger"])),
        ("Chad praised Niger.", ("SUPPORT", None, ["Chad"], ["Niger"])),
        ("Chad apologised to Niger.", ("CONCEDE", None, ["Chad"], ["Niger"])),
        ("Chad cooperates with Niger.", ("COOPERATE", None, ["Chad"], ["Niger"])),
        ("Chad sent food to Niger.", ("AID", None, ["Chad"], ["Niger"])),
        ("Chad deployed troops along the border.", ("MOBILIZE", "troops", ["Chad"], ["the border"])),
        ("Protesters marched against the law.", ("PROTEST", "demo", ["Protesters"], ["the law"])),
        ("Protesters demanded elections.", ("PROTEST", "demo", ["Protesters"], [])),
        ("Workers went on strike.", ("PROTEST", "strike", ["Workers"], [])),
        ("The president resigned.", ("RETREAT", "resign", ["The president"], [])),
        (
            "A suicide bomber blew himself up in a market.",
            ("ASSAULT", "suicide-attack", ["A suicide bomber"], ["a market"]),
        ),
        ("Clashes erupted between rebels and soldiers.", ("ASSAULT", None, [], ["rebels + soldiers", "soldiers"])),
        ("An air strike killed five civilians.", ("ASSAULT", "aerial", [], ["five civilians"])),
    ],
)
def test_patterns_find_the_event_and_its_sides(
    sentence: str, expected: tuple[str, str | None, list[str], list[str]]
) -> None:
    assert found(sentence)[0] == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "Firefighters battled the blaze.",
        "The company met its targets.",
        "Shares rallied on Monday.",
        "Rain hit the north of the country.",
        "The university released a report.",
        "The firm released a new phone.",
        "The agency launched a rocket with a satellite.",
        "The court struck down the law.",
        "The company fired 200 workers.",
        "The team defended its title.",
        "He spoke to reporters.",
        "The agency warned of floods.",
    ],
)
def test_everyday_senses_are_no_events(sentence: str) -> None:
    assert found(sentence) == []
