"""What is told as done, denied, possible, planned, threatened; and what is no event."""

import pytest

from services.enricher.coding import patterns
from services.enricher.coding.intent import recode
from services.enricher.coding.match import Matcher
from services.enricher.coding.modality import modality
from tests.enricher.coding.support import parsed


def weighed(sentence: str, kind: str) -> list[str | None]:
    return [modality(c) for c in Matcher(parsed(sentence), patterns.load()).run() if c.pattern.type == kind]


@pytest.mark.parametrize(
    ("sentence", "kind", "expected"),
    [
        ("Rebels attacked the town.", "ASSAULT", "actual"),
        ("Rebels began shelling the town.", "ASSAULT", "actual"),
        ("Rebels may attack the town.", "ASSAULT", "possible"),
        ("Chad denied that its forces attacked the town.", "ASSAULT", "denied"),
        ("Chad denied attacking the town.", "ASSAULT", "denied"),
        ("Chad said it did not attack the town.", "ASSAULT", "denied"),
        ("Chad said the raid was not an attack.", "ASSAULT", "denied"),
        ("The president will visit Niger on Monday.", "CONSULT", "planned"),
        ("Rebels were planning an attack on the town.", "ASSAULT", "planned"),
        ("The envoy warned of a possible attack by rebels.", "ASSAULT", "possible"),
        ("She accused Chad of attacking the town.", "ASSAULT", "possible"),
        ("The army fired after rebels attacked the town.", "ASSAULT", "actual"),
    ],
)
def test_modality_follows_the_verb_and_what_governs_it(sentence: str, kind: str, expected: str) -> None:
    assert expected in weighed(sentence, kind)


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Chad called on rebels to leave the town.", "RETREAT"),
        ("Chad urged Niger to release the prisoners.", "RETREAT"),
        ("If rebels attack the town, people will flee.", "ASSAULT"),
        ("Chad refused to withdraw its troops.", "RETREAT"),
        ("The deal would prevent an attack on the town.", "ASSAULT"),
        ("They called for talks with Niger.", "CONSULT"),
        ("Rebels did not attack the town.", "ASSAULT"),
    ],
)
def test_what_nobody_says_happened_is_no_event(sentence: str, kind: str) -> None:
    assert [m for m in weighed(sentence, kind) if m is not None] == []


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Chad said it would support the plan.", "AGREE"),
        ("Chad said it would not provide support to Niger.", "REJECT"),
        ("Chad said it will boycott the election.", "THREATEN"),
        ("Chad plans to impose sanctions on Niger.", "THREATEN"),
        ("The minister will meet the envoy on Friday.", None),
    ],
)
def test_promises_threats_and_refusals_are_utterances(sentence: str, expected: str | None) -> None:
    found = [recode(c, modality(c)) for c in Matcher(parsed(sentence), patterns.load()).run()]
    assert next((r.type for r in found if r is not None), None) == expected
