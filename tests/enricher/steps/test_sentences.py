"""Where sentences end."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enricher.steps.sentences import split


def cut(text: str) -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in split(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Rebels took the town.", "The army fled."],
        ["Who did it?", "Nobody knows!", "The police are looking."],
        ["Mr. Petrel met Gen. Holm on Monday.", "They talked."],
        ["Lt. Col. Jan A. Lerner was killed.", "His deputy took over."],
        ["J. R. Holm said so.", "He left."],
        ["He lives in the U.S. state of Ohio.", "She does not."],
        ["They met in the U.S.", "The talks failed."],
        ["He moved to Washington, D.C.", "In March he came back."],
        ["About 3.5 million people fled.", "Some 1,200 died."],
        ["The bomb weighed 2.5 kg.", "It did not go off."],
        ["The talks begin at 10 a.m. on Friday.", "They end at 5 p.m.", "The envoys will stay."],
        ["Kesra Mining Co. Ltd. closed its pit.", "Miners protested."],
        ["It happened on Jan. 5 near Kesra.", "It happened again on Feb. 7."],
        ["Article No. 7 of the law applies.", "It was passed in May."],
        ["St. Anna fell on Sunday.", "Mt. Kesra did not."],
        ["Envoys from Kesra, Lund etc. met.", "They agreed."],
        ["“We will fight on.”", "He left the room."],
        ["“We will fight on,” he said.", "“We will win.”"],
        ["“Will they come?” she asked.", "Nobody answered."],
        ["(They fled at dawn.)", "The army followed."],
        ["They waited... and waited.", "Then they left."],
        ["They waited…", "Then they left."],
        ["The site kesra.example.com was blocked.", "It is back."],
        ["Troops shelled Kesra.", "“It was hell,” said a resident."],
        ["He said 'no.'", "She said yes."],
        ["Police arrested 12.", "Three escaped."],
        ["The group (al-Kesra Front) denied it.", "So did others."],
    ],
)
def test_sentences_of_a_paragraph(sentences: list[str]) -> None:
    assert cut(" ".join(sentences)) == sentences


def test_paragraphs_end_sentences_and_are_counted() -> None:
    text = "A headline without a stop\n\nFirst sentence. Second sentence.\n\nThird sentence"
    assert [(text[s.start : s.end], s.paragraph) for s in split(text)] == [
        ("A headline without a stop", 0),
        ("First sentence.", 1),
        ("Second sentence.", 1),
        ("Third sentence", 2),
    ]


def test_a_dateline_belongs_to_its_sentence() -> None:
    assert cut("KESRA (Courier) — Rebels took the town. They held it.") == [
        "KESRA (Courier) — Rebels took the town.",
        "They held it.",
    ]


def test_other_scripts_have_their_own_stops() -> None:
    assert cut("叛军占领了城镇。 军队撤退了。") == ["叛军占领了城镇。", "军队撤退了。"]


def test_nothing_gives_nothing() -> None:
    assert cut("") == []
    assert cut(" \n\n \n ") == []


def test_endless_sentences_are_cut_at_spaces() -> None:
    text = "word " * 3_000
    assert all(len(sentence) <= 2_000 and not sentence.endswith("wor") for sentence in cut(text))
    assert "".join(cut(text)).replace(" ", "") == text.replace(" ", "")


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab AB.!?…\"'”()12\n“Mr"), max_size=300))
def test_sentences_cover_the_text_in_order(text: str) -> None:
    found = list(split(text))
    assert all(0 <= s.start < s.end <= len(text) for s in found)
    assert all(text[s.start : s.end].strip() == text[s.start : s.end] for s in found)
    assert all(a.end <= b.start and a.paragraph <= b.paragraph for a, b in pairwise(found))
    assert "".join(cut(text)).replace(" ", "").replace("\n", "") == "".join(text.split())
