"""Whole articles: what a careful reader lists, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.models import RawArticle
from services.enricher.draft import Draft
from services.enricher.steps.events import events
from tests.enricher.coding.support import PUBLISHED, code, draft, entity, knowledge, place, summary

ASSAULT = (
    "Rebels of the Red Front attacked the town of Karo in northern Chad on Sunday, killing at least 12 soldiers, the "
    "defence ministry said. The group had seized Karo in 2019."
)


def test_an_attack_carries_who_whom_where_when_and_how_many() -> None:
    found = code(
        ASSAULT, entity(ASSAULT, "Red Front", "armed_group", "TCD", "REB"), place(ASSAULT, "Karo", "TCD"),
        place(ASSAULT, "Chad", "TCD", "country"),
    )  # fmt: skip
    attack = found[0]
    assert (attack.type, attack.cameo_root, attack.quad_class) == ("ASSAULT", "19", 4)
    assert attack.actors[0].name == "Red Front"
    assert [a.sector for a in attack.recipients][-1] == "MIL"
    assert attack.place is not None
    assert attack.place.name == "Karo"
    assert attack.date is not None
    assert str(attack.date.start) == "2024-05-12"
    assert attack.casualties is not None
    assert attack.casualties.killed is not None
    assert (attack.casualties.killed.min, attack.casualties.killed.max) == (12, None)
    assert attack.attribution is not None
    assert attack.attribution.cue == "said"
    assert attack.acled is not None
    assert attack.acled.sub_event_type == "Armed clash"
    assert not attack.background


def test_a_pronoun_never_means_what_only_belongs_to_a_country() -> None:
    before = "In March, the army began a campaign to take control of Chad's south and its mines."
    text = f"{before} On Monday they agreed on a truce."
    agreed = [m for m in code(text, place(text, "Chad", "TCD", "country")) if m.trigger.text == "agreed"]
    assert agreed
    assert all("mines" not in actor.name for m in agreed for actor in m.actors)


def test_history_is_marked_as_background() -> None:
    found = code(ASSAULT, entity(ASSAULT, "Red Front", "armed_group", "TCD", "REB"), place(ASSAULT, "Karo", "TCD"))
    seized = found[-1]
    assert seized.background
    assert seized.acled is not None
    assert seized.acled.sub_event_type == "Non-state actor overtakes territory"
    assert seized.actors[0].name == "Red Front"


def test_offsets_are_those_of_the_text() -> None:
    for mention in code(ASSAULT, place(ASSAULT, "Karo", "TCD")):
        for part in (mention.sentence, mention.trigger):
            assert ASSAULT[part.start : part.end] == part.text


def test_one_action_in_many_words_is_one_event() -> None:
    text = "Militants stormed a base in Mali, killing four soldiers and wounding six, officials said."
    found = code(text, place(text, "Mali", "MLI", "country"))
    assert [m.type for m in found] == ["ASSAULT"]
    killed, injured = found[0].casualties.killed, found[0].casualties.injured  # type: ignore[union-attr]
    assert killed is not None
    assert injured is not None
    assert (killed.min, injured.min) == (4, 6)


def test_two_actors_in_turn_are_two_events() -> None:
    text = "Government forces regained the town hours after rebels had seized it in Chad."
    found = code(text, place(text, "Chad", "TCD", "country"))
    assert [summary(m)[0] for m in found] == ["ASSAULT", "ASSAULT"]
    assert {m.acled.sub_event_type for m in found if m.acled} == {
        "Government regains territory", "Non-state actor overtakes territory",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("France and Germany signed an agreement on Monday.", ("AGREE", None, ["FRA"], ["DEU"])),
        ("Turkey's foreign minister met his Greek counterpart in Athens.", ("CONSULT", None, ["TUR"], ["GRC"])),
        ("Kenya praised Uganda for the ceasefire.", ("SUPPORT", None, ["KEN"], ["UGA"])),
        ("Japan sent food aid to Haiti after the earthquake.", ("AID", None, ["JPN"], ["HTI"])),
        ("Sudan rejected a call by Egypt for talks.", ("REJECT", None, ["SDN"], ["EGY"])),
        ("Iran threatened to attack Israel.", ("THREATEN", "violence", ["IRN"], ["ISR"])),
        ("The United States imposed sanctions on Belarus.", ("SANCTION", "discontinue", ["USA"], ["BLR"])),
        ("Russia expelled two Polish diplomats.", ("SANCTION", "expel", ["RUS"], ["POL"])),
        ("Nigerian police arrested five Cameroonian activists.", ("COERCE", "arrest", ["NGA"], ["CMR"])),
        ("Ethiopia deployed troops along the Somali border.", ("MOBILIZE", "troops", ["ETH"], ["SOM"])),
        ("Thousands of Chilean students protested against the government.", ("PROTEST", "demo", ["CHL"], ["CHL"])),
        ("Colombia released 12 Venezuelan prisoners.", ("RETREAT", "release", ["COL"], ["VEN"])),
        ("Serbia accused Kosovo of violating the deal.", ("ACCUSE", "allege", ["SRB"], ["XKX"])),
        ("Peru apologised to Ecuador on Tuesday.", ("CONCEDE", None, ["PER"], ["ECU"])),
        ("Norway called on Sweden to open the border.", ("REQUEST", "change", ["NOR"], ["SWE"])),
    ],
)
def test_each_type_is_coded_with_both_countries(
    text: str, expected: tuple[str, str | None, list[str], list[str]]
) -> None:
    assert expected in [summary(m) for m in code(text)]


@pytest.mark.parametrize(
    "text",
    [
        "An earthquake killed at least 40 people in western Nepal on Friday.",
        "A bus crash killed 12 passengers near the town.",
        "Chad won the match against Niger on Sunday.",
        "The singer released a new album.",
        "Prices rose by 5 percent in April, the bank said.",
        "Firefighters battled a blaze in the hills.",
    ],
)
def test_disasters_sport_and_business_are_no_events(text: str) -> None:
    assert code(text) == ()


def test_the_speaker_and_for_whom_he_speaks() -> None:
    text = "Mali's army spokesman said militants attacked a convoy. He added that the militants killed two men."
    first, second = code(text)
    for mention in (first, second):
        assert mention.attribution is not None
        assert mention.attribution.speaker is not None
        assert mention.attribution.speaker.country == "MLI"
    assert second.attribution is not None
    assert second.attribution.cue == "added"


def test_a_denial_keeps_the_event_and_names_who_denies() -> None:
    text = "Chad denied that its troops attacked the village."
    (denied,) = code(text)
    assert (denied.type, denied.modality) == ("ASSAULT", "denied")
    assert denied.attribution is not None
    assert denied.attribution.stance == "denies"
    assert denied.attribution.speaker is not None
    assert denied.attribution.speaker.country == "TCD"


def test_a_claim_points_to_the_deed_in_its_sentence() -> None:
    text = "Niger condemned the attack on the village by rebels."
    found = {m.type: m for m in code(text)}
    assert found["ACCUSE"].about == found["ASSAULT"].id


def test_pronouns_lead_to_who_was_named() -> None:
    text = "President Ruto visited Somalia on Monday. He met Somali leaders."
    assert [summary(m)[2] for m in code(text, entity(text, "Ruto", "person", "KEN", "GOV"))] == [["KEN"], ["KEN"]]


def test_the_place_of_the_sentence_before_is_used_where_none_is_named() -> None:
    text = "Fighting raged in Karo on Monday. Rebels attacked a hospital."
    found = code(text, place(text, "Karo", "TCD"))
    assert [m.place.name if m.place else None for m in found] == ["Karo", "Karo"]
    assert found[1].confidence < 0.9


def test_equal_sentences_have_different_ids_and_the_same_text_the_same() -> None:
    text = "Rebels attacked the town. Rebels attacked the town."
    ids = [m.id for m in code(text)]
    assert len(set(ids)) == 2
    assert ids == [m.id for m in code(text)]


def test_other_languages_are_passed_on_without_events() -> None:
    text = "Rebels attacked the town."
    plain = draft(text)
    german = Draft(raw=plain.raw, text=text, language="de", sentences=plain.sentences)
    assert events(german, knowledge()).events == ()


def test_an_article_without_sentences_has_no_events() -> None:
    raw = RawArticle(id="x", text=" ", fetched_at=PUBLISHED, first_fetched_at=PUBLISHED)
    assert events(Draft(raw=raw), knowledge()).events == ()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_coded_without_an_error(text: str) -> None:
    for mention in code(text):
        assert text[mention.trigger.start : mention.trigger.end] == mention.trigger.text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(ASSAULT.split()), max_size=80))
def test_any_order_of_news_words_is_coded_without_an_error(row: list[str]) -> None:
    code(" ".join(row), published=None)
