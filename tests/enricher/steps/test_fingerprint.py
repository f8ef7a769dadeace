"""Copies of one text share bands, other texts do not."""

from dataclasses import replace
from typing import Any

import pytest

from services.enricher.steps.fingerprint import (
    BANDS,
    PERMUTATIONS,
    bands_of,
    decode,
    encode,
    fingerprint,
    minhash,
    similarity,
)
from tests.enricher.articles import BODY, draft

TEXT = " ".join(BODY)
OTHER = (
    "Parliament passed the budget after a night of debate, with the opposition walking out before the final vote. "
    "The finance minister spoke of a sound plan, while unions called for a strike in schools and hospitals next week."
)


def shared(a: str, b: str) -> int:
    return len(set(bands_of(minhash(a))) & set(bands_of(minhash(b))))


def test_the_same_words_in_other_case_and_spacing_have_the_same_fingerprint() -> None:
    assert minhash(TEXT) == minhash(TEXT.upper().replace(" ", "\n\n"))


def test_an_edited_copy_shares_bands_and_another_text_does_not() -> None:
    edited = TEXT.replace("at least seven", "at least nine").replace("Anna Petrel", "Petrel")
    assert shared(TEXT, edited) >= 1
    assert shared(TEXT, OTHER) == 0


def test_similarity_is_estimated() -> None:
    whole, other = encode(minhash(TEXT)), encode(minhash(OTHER))
    assert similarity(whole, whole) == 1.0
    assert similarity(whole, other) < 0.1
    assert similarity(whole, "") == 0.0


def test_fingerprints_are_stable_text() -> None:
    values = minhash(TEXT)
    assert len(values) == PERMUTATIONS
    assert decode(encode(values)) == values
    # Stored fingerprints are compared with new ones: these characters may change only with a new coder number.
    assert encode(minhash("the quick brown fox"))[:16] == encode(minhash("The  quick brown FOX"))[:16]


def test_what_is_no_fingerprint_is_refused() -> None:
    with pytest.raises(ValueError, match=r"padding|fingerprint"):
        decode("abc")


def test_the_step_fills_both_fields_and_leaves_a_text_without_words() -> None:
    knowledge: Any = None
    full = fingerprint(replace(draft(text=TEXT), text=TEXT), knowledge)
    assert len(full.bands) == BANDS
    assert full.fingerprint == encode(minhash(TEXT))
    empty = fingerprint(replace(draft(text="-"), text="- !"), knowledge)
    assert (empty.fingerprint, empty.bands) == ("", ())
