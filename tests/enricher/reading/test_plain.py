"""Plain texts in the untidy forms that scrapers leave."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enricher.reading.plain import is_date_line, looks_like_headline, read_text
from tests.enricher.articles import BODY


def test_a_headline_over_running_text_becomes_the_title() -> None:
    page = read_text("\n\n".join(["Seven killed in attack on Kesra market", *BODY]))
    assert page.headings == ("Seven killed in attack on Kesra market",)
    assert page.blocks == BODY


def test_a_second_headline_that_says_the_same_is_dropped_and_a_new_one_kept() -> None:
    head = ["Seven killed in attack on Kesra market", "Attack on market kills seven in northern Kesra"]
    assert read_text("\n".join([*head, *BODY])).blocks == BODY
    assert (
        read_text("\n".join([head[0], "Governor blames border gangs", *BODY])).blocks[0]
        == "Governor blames border gangs"
    )


def test_reading_time_date_and_caption_lines_go_and_the_date_is_told() -> None:
    lines = [
        "Seven killed in attack on Kesra market",
        "",
        "2 min read",
        "10 March, 2026",
        BODY[0],
        "The market [Getty]",
    ]
    page = read_text("\n".join([*lines, *BODY[1:], "Follow us on Telegram", "No comments", "Corner", "Corner/box"]))
    assert page.blocks == BODY
    assert page.times == ("10 March, 2026",)


@pytest.mark.parametrize(
    "label",
    [" date 2026-03-10 ", "Published: March 10, 2026 - ", "Posted on 10 March 2026. ", "DATE: 2026-03-10 | "],
)
def test_a_labelled_date_before_the_text_is_cut_off(label: str) -> None:
    page = read_text(label + "\n\n".join(BODY))
    assert page.blocks == BODY
    assert len(page.times) == 1


def test_a_date_within_the_first_sentence_stays() -> None:
    first = "On 3 March 2026 the army took the town of Kesra, and the rebels fled over the hills, residents said."
    page = read_text("\n\n".join([first, *BODY]))
    assert page.blocks[0] == first
    assert page.times == ()


def test_links_and_tags_at_the_end_go() -> None:
    page = read_text("\n".join([*BODY, "LINK: https://courier.example/english/1", "TAGS:"]))
    assert page.blocks == BODY


def test_a_byline_is_told_and_taken_out() -> None:
    page = read_text("\n".join(["Seven killed in attack on Kesra market", "By Jan Lerner", *BODY]))
    assert page.bylines == ("By Jan Lerner",)
    assert page.blocks == BODY


def test_text_wrapped_at_a_fixed_width_is_joined() -> None:
    wrapped = (
        "Gunmen on motorcycles opened fire on a market in the northern town of\n"
        "Kesra on Tuesday, killing at least seven people and wounding a dozen\n"
        "others, among them two children.\n\nThe governor said that she would go there."
    )
    assert (
        read_text(wrapped)
        .blocks[0]
        .startswith("Gunmen on motorcycles opened fire on a market in the northern town of Kesra")
    )
    assert len(read_text(wrapped).blocks) == 2


def test_lines_that_are_paragraphs_stay_apart() -> None:
    assert read_text("\n".join(BODY)).blocks == BODY


def test_one_sentence_has_no_title() -> None:
    page = read_text("Rebels killed five soldiers near Kesra")
    assert page.headings == ()
    assert page.blocks == ("Rebels killed five soldiers near Kesra",)


def test_a_known_title_repeated_in_the_text_is_dropped() -> None:
    page = read_text(
        "\n".join(["SEVEN KILLED in attack on Kesra market!", *BODY]), title="Seven killed in attack on Kesra market"
    )
    assert page.blocks == BODY


def test_datelines_are_no_headlines_and_stay() -> None:
    first = "KESRA: Gunmen opened fire on a market on Tuesday, killing at least seven people, the governor said."
    assert read_text("\n".join([first, *BODY[1:]])).blocks[0] == first


def test_entities_are_read_as_characters() -> None:
    assert read_text("The Smith &amp; Sons workers struck on Monday.").blocks == (
        "The Smith & Sons workers struck on Monday.",
    )


@pytest.mark.parametrize(
    "line",
    ["28 January, 2026", "Published: Jan 28, 2026 10:15 GMT", "Wed, 28 Jan 2026", "Updated on 28.01.2026 at 10:15"],
)
def test_date_lines(line: str) -> None:
    assert is_date_line(line)


@pytest.mark.parametrize("line", ["Kesra, 28 January 2026", "The truce of 28 January 2026", "28 January", "Monday"])
def test_other_lines_are_no_date_lines(line: str) -> None:
    assert not is_date_line(line)


def test_headlines_do_not_end_like_sentences() -> None:
    assert looks_like_headline("Why did the truce fail?")
    assert not looks_like_headline("The truce failed on Monday.")
    assert not looks_like_headline("Truce")


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=2000))
def test_any_text_is_read(text: str) -> None:
    page = read_text(text)
    assert all(block.strip() == block and block for block in page.blocks)
