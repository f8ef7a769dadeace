"""Tokens: offsets, tags and lemmas."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enricher.coding.tokens import tag, tokenize


def tags(sentence: str) -> dict[str, str]:
    return {t.text: t.tag for t in tag(tokenize(sentence))}


@given(st.text(max_size=300))
def test_every_token_is_the_text_at_its_offsets(text: str) -> None:
    found = tag(tokenize(text))
    assert all(text[t.start : t.end] == t.text for t in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@given(st.text(alphabet="abc -'’.,(“”\"1 $", max_size=400))
def test_every_token_has_a_tag_and_a_lemma(text: str) -> None:
    assert all(t.tag and t.lemma for t in tag(tokenize(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("U.S. troops", ["U.S.", "troops"]),
        ("Gen. Ray didn't go", ["Gen", "Ray", "did", "n't", "go"]),
        ("Al-Shabab's rebel-held town", ["Al-Shabab", "'s", "rebel-held", "town"]),
        ("1,200 people", ["1,200", "people"]),
        ("a 41-year-old man", ["a", "41-year-old", "man"]),
        ("SPLM/A said", ["SPLM/A", "said"]),
    ],
)
def test_words_are_cut_as_news_writes_them(text: str, expected: list[str]) -> None:
    assert [t.text for t in tokenize(text)] == expected


@pytest.mark.parametrize(
    ("sentence", "word", "expected"),
    [
        ("Government forces attacked the town.", "forces", "N"),
        ("The president forces ministers to resign.", "forces", "z"),
        ("Bombers target a church in Lima.", "target", "b"),
        ("Bombers hit the target.", "target", "N"),
        ("The soldiers killed in the attack were from the north.", "killed", "n"),
        ("The soldiers killed three men.", "killed", "d"),
        ("The town was captured by rebels.", "captured", "n"),
        ("The captured town burned.", "captured", "J"),
        ("They shelled the port, killing two.", "killing", "g"),
        ("The killing of two men was condemned.", "killing", "N"),
        ("He rejected calls for talks.", "calls", "N"),
        ("The minister calls for talks.", "calls", "z"),
        ("The militia's push failed.", "push", "N"),
        ("We welcome the decision.", "welcome", "b"),
        ("The US rejected it.", "US", "P"),
        ("At that time they fled.", "that", "D"),
        ("Five people died.", "Five", "#"),
        ("Libya's internationally recognised government fell.", "recognised", "J"),
        ("The widely criticised law passed.", "criticised", "J"),
        ("The family fled Syria.", "family", "N"),
        ("The family fled Syria.", "fled", "d"),
    ],
)
def test_the_context_chooses_the_reading(sentence: str, word: str, expected: str) -> None:
    assert tags(sentence)[word] == expected


@pytest.mark.parametrize(
    ("form", "lemma"),
    [("militiamen", "militiaman"), ("clashes", "clash"), ("found", "find"), ("overran", "overrun"), ("left", "leave"),
     ("retaken", "retake"), ("countries", "country"), ("said", "say"), ("fed", "feed")],
)  # fmt: skip
def test_forms_lead_to_their_lemma(form: str, lemma: str) -> None:
    token = tag(tokenize(f"rebels {form} it"))[1]
    assert token.lemma == lemma


def test_words_of_a_headline_are_read_in_lower_case() -> None:
    found = tags("Mob Lynches Young Man Accused Of Theft")
    assert found["Lynches"] == "z"
    assert found["Accused"] == "n"
