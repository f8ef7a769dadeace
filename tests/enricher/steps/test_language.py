"""The language of a text."""

from dataclasses import replace
from typing import Any

import pytest

from services.enricher.steps.language import language, language_of
from tests.enricher.articles import BODY, draft

GERMAN = "Bewaffnete haben am Dienstag auf einem Markt im Norden das Feuer eröffnet und sieben Menschen getötet."
FRENCH = "Des hommes armés ont ouvert le feu mardi sur un marché du nord, tuant sept personnes, selon le gouverneur."


@pytest.mark.parametrize(("text", "code"), [(BODY[0], "en"), (GERMAN, "de"), (FRENCH, "fr"), ("", None), (" \n", None)])
def test_languages_are_told(text: str, code: str | None) -> None:
    assert language_of(text) == code


def test_what_is_stated_decides_only_for_a_few_words() -> None:
    assert language_of("Kesra 2026", "sw") == "sw"
    assert language_of(BODY[0], "de") == "en"
    assert language_of("", "de") == "de"


def test_names_in_their_own_script_do_not_change_the_language() -> None:
    assert language_of("Fighting broke out in the town of Сомали on Monday.") == "en"
    assert language_of("叛军占领了城镇，军队撤退了，市长说。") == "zh"


def test_a_language_that_is_not_coded_is_flagged() -> None:
    knowledge: Any = None
    assert language(replace(draft(text=GERMAN), text=GERMAN), knowledge).flags == ("language_unsupported",)
    assert language(replace(draft(text=BODY[0]), text=BODY[0]), knowledge).flags == ()
