"""Which lines are no part of an article, and that running text is left alone."""

import re
from importlib import import_module, resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enricher.reading.lines import article_part, closes_article, is_boilerplate, is_caption, without_credit
from services.enricher.reading.marks import lines_of

# The standard library's own parser of patterns; it has no public name.
constants: Any = import_module("re._constants")
parser: Any = import_module("re._parser")


@pytest.mark.parametrize(
    "line",
    [
        "4 min read", "5 minutes read", "Reading time: 6 minutes", "Share", "Share this article", "Share on Facebook",
        "Facebook | Twitter | WhatsApp", "Tweet", "Follow us on Telegram for more", "Follow @kesracourier on Twitter",
        "No comments", "12 Comments", "Leave a Reply", "Be the first to comment on this story", "Comments are closed",
        "Read more", "Read More: The villages at war", "Related: What the truce says", "READ | Who is Petrel?",
        "Also read", "You may also like", "Advertisement", "ADVERTISEMENT", "Story continues below this ad",
        "Sign up for our morning newsletter and never miss a story", "Subscribe now", "Click here to join our channel",
        "This website uses cookies to give you the best experience.", "By continuing to browse you accept our cookies.",
        "© 2026 Kesra Courier", "Copyright 2026 The Courier. All rights reserved.", "All rights reserved.",
        "Photo: Jan Lerner/Courier", "Image: A. Lerner", "Getty Images", "File photo",
        "(Reporting by A. Lerner in Kesra; Editing by B. Holm)", "Additional reporting by Ben Holm", "- Agencies",
        "LINK: https://courier.example/a/7", "TAGS:", "Tags: Kesra, army", "https://courier.example/a/7", "* * *",
        "The post Seven killed in market appeared first on Kesra Courier.", "Smoke over the market in Kesra [Getty]",
        "Home > World > Africa", "Mehr zum Thema", "Publicidad", "Lire aussi : Le marché de Kesra",
    ],
)  # fmt: skip
def test_boilerplate_is_known(line: str) -> None:
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        "Shares in the company fell by a fifth after the minister's remarks.",
        "Comments by the minister drew an angry response from the opposition.",
        "The report has been rejected by the government in Kesra.",
        "Video by the rebels showed soldiers laying down their arms.",
        "Related arrests were made in two other towns, the police said.",
        "Why Kesra?",
        "Reporting by local journalists has shown that the army knew of the plan, the group said in a statement.",
        "With agencies unable to reach the valley, nobody knows how many have died.",
        "He said so on Monday. (Reuters)",
        "Follow the money, the prosecutor told the court.",
        "Read by millions, the letter called for an end to the war.",
        "Copyright law was at the centre of the talks.",
        "Seven people were killed.",
        "Support our troops, the president told parliament on Friday.",
        "BENGHAL: Rebels took the town on Friday.",
        "Photographs of the scene show burnt cars and a crater.",
    ],
)
def test_running_text_is_kept(line: str) -> None:
    assert not is_boilerplate(line)


def test_a_caption_is_short_and_credited_in_brackets() -> None:
    assert is_caption("Rebels in the hills above Kesra [AFP/Getty]")
    assert is_caption("Rebels in the hills above Kesra (Photo by Jan Lerner)")
    assert not is_caption("Rebels took Kesra on Monday, the army said. (AFP)")
    assert not is_caption("The alliance (NATO) met in Kesra")


def test_an_agency_behind_the_last_sentence_is_cut_off() -> None:
    assert without_credit("The army said nothing. (Reuters)") == "The army said nothing."
    assert without_credit("The army (Reuters reported) said nothing.") == "The army (Reuters reported) said nothing."


def test_what_follows_the_comment_counter_is_dropped() -> None:
    lines = [
        "A long paragraph about the attack on the market. " * 3,
        "No comments",
        "Poster Corner",
        "Poster Corner/box",
    ]
    assert article_part(lines) == [lines[0]]


def test_a_closing_line_at_the_top_does_not_empty_the_article() -> None:
    lines = ["Latest news", "A long paragraph about the attack on the market.", "Another one, as long as the first."]
    assert article_part(lines) == lines[1:]
    assert closes_article("Latest news")


@settings(deadline=None)
@given(st.text(max_size=1500))
def test_any_line_is_judged(line: str) -> None:
    assert isinstance(is_boilerplate(line), bool)
    assert line.startswith(without_credit(line))


def _repeats_within_repeats(tree: Any, inside: bool = False) -> bool:
    """Whether an unbounded repeat holds another unbounded one: what makes matching exponential."""
    for operation, argument in tree:
        if operation in (constants.MAX_REPEAT, constants.MIN_REPEAT):
            endless = argument[1] is constants.MAXREPEAT
            if (endless and inside) or _repeats_within_repeats(argument[2], inside or endless):
                return True
        elif operation is constants.SUBPATTERN:
            if _repeats_within_repeats(argument[3], inside):
                return True
        elif operation is constants.BRANCH and any(_repeats_within_repeats(branch, inside) for branch in argument[1]):
            return True
    return False


def test_the_check_for_nested_repeats_finds_one() -> None:
    assert _repeats_within_repeats(parser.parse(r"(\w+\s?)+x"))


@pytest.mark.parametrize("file", ["boilerplate_lines.txt", "closing_lines.txt"])
def test_no_pattern_can_run_away(file: str) -> None:
    for line in lines_of(file):
        re.compile(line)
        assert not _repeats_within_repeats(parser.parse(line)), line


def test_every_data_file_names_its_source() -> None:
    for file in resources.files("services.enricher.reading").joinpath("data").iterdir():
        assert "# Source:" in file.read_text("utf-8"), file.name
