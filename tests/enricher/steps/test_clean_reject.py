"""The clean body, and pages that are no article."""

from typing import Any

import pytest

from services.core.errors import BadInput, Rejected
from services.enricher.draft import Draft
from services.enricher.reading.text import one_line, tidy
from services.enricher.steps.clean import MAX_TEXT, clean
from services.enricher.steps.read import is_markup, read
from services.enricher.steps.reject import REASONS, reject
from tests.enricher.articles import BODY, draft, page

NO_KNOWLEDGE: Any = None


def cleaned(**fields: Any) -> Draft:
    return clean(read(draft(**fields), NO_KNOWLEDGE), NO_KNOWLEDGE)


def why(**fields: Any) -> str | None:
    try:
        reject(cleaned(**fields), NO_KNOWLEDGE)
    except Rejected as rejected:
        return rejected.reason
    return None


def test_paragraphs_are_parted_by_blank_lines() -> None:
    assert cleaned(html=page()).text == "\n\n".join(BODY)
    assert cleaned(text="\n".join(BODY)).text == "\n\n".join(BODY)


def test_html_in_the_text_field_is_read_as_html() -> None:
    assert cleaned(text="".join(f"<p>{paragraph}</p>" for paragraph in BODY)).text == "\n\n".join(BODY)
    assert not is_markup("If a < b and c > d, then <nobody> knows.")


def test_the_pages_headline_is_no_part_of_the_body() -> None:
    html = page(
        body=("Seven killed in Kesra market attack", *BODY), before="<h1>Seven killed in Kesra market attack</h1>"
    )
    assert cleaned(html=html).text == "\n\n".join(BODY)


def test_a_date_above_the_body_is_no_part_of_it() -> None:
    html = page(body=("PUBLISHED: 10:48, Tue, Mar 10, 2026", *BODY))
    assert cleaned(html=html).text == "\n\n".join(BODY)


def test_a_text_over_the_bound_is_cut_at_a_paragraph_and_flagged() -> None:
    long = cleaned(text="\n\n".join(f"{BODY[0]} {n}" for n in range(12_000)))
    assert MAX_TEXT - 300 < len(long.text) <= MAX_TEXT
    assert long.text.rsplit("\n\n", 1)[1].startswith("Gunmen")
    assert long.flags == ("truncated",)


def test_one_endless_line_is_cut() -> None:
    assert len(cleaned(text="word " * 300_000).text) <= MAX_TEXT


def test_invisible_characters_are_gone() -> None:
    assert tidy("a\u200bb\x00c\ud800d\ufeff\r\ne\u00ad") == "abcd\ne"
    assert one_line("a\u00a0 \t\n b") == "a b"
    assert tidy("e\u0301") == "\u00e9"


def test_binary_bodies_are_bad_input() -> None:
    with pytest.raises(BadInput, match="binary"):
        cleaned(text="\0\1" * 100)


def test_endless_nesting_is_bad_input() -> None:
    with pytest.raises(BadInput, match="nested"):
        cleaned(html="<div>" * 30_000 + "text")


def test_articles_pass() -> None:
    assert why(html=page()) is None
    assert why(text="Rebels took Kesra.") is None


def notice(title: str, *paragraphs: str) -> str:
    return page(head=f"<title>{title}</title>", body=paragraphs)


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("<html><body></body></html>", "no_text"),
        ("<p>OK</p>", "no_text"),
        (notice("Page not found | Courier", "Sorry, but there is nothing at this address any more."), "soft_404"),
        (notice("Courier", "We’re sorry: the page you’re looking for has moved, or it never was here."), "soft_404"),
        (notice("Just a moment...", "Please wait while we look at the connection that you came with."), "captcha"),
        (notice("Courier", "To go on, please verify you are human by ticking the box below."), "captcha"),
        (notice("Before you continue", "We would like to use what we know about you for ads."), "consent_wall"),
        (notice("Courier", "We value your privacy. We and others would like to look at your device."), "consent_wall"),
        (notice("Seven killed", BODY[0], "Subscribe to read the rest of this story and others."), "paywall_stub"),
        (notice("Seven killed", BODY[0], "That is all there is for free. Already a subscriber?"), "paywall_stub"),
    ],
)  # fmt: skip
def test_pages_that_are_no_article_are_rejected_with_a_reason(html: str, reason: str) -> None:
    assert why(html=html) == reason
    assert reason in REASONS


def test_a_long_article_about_captchas_is_an_article() -> None:
    body = tuple(
        f"{paragraph} They had to verify you are human, paragraph {n} says." for n, paragraph in enumerate(BODY * 6)
    )
    assert why(html=page(body=body)) is None


def test_plain_text_is_judged_only_by_whether_there_is_any() -> None:
    assert why(text="Already a subscriber? The governor was.") is None
    assert why(text="123 456") == "no_text"
    assert why(text=" \n") == "empty"
