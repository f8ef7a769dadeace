"""Title, author and date: which source wins, and what is refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.core.models import Source
from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge
from services.enricher.reading.names import plain_name
from services.enricher.reading.page import Page
from services.enricher.steps.author import author, author_of
from services.enricher.steps.published import published
from services.enricher.steps.read import read
from services.enricher.steps.title import title, title_of
from tests.enricher.articles import BODY, draft, page

NO_KNOWLEDGE: Any = None


def done(step: Any, given: Draft) -> Draft:
    """The draft after reading and the step; the steps here use no knowledge."""
    knowledge: Knowledge = NO_KNOWLEDGE
    after: Draft = step(read(given, knowledge), knowledge)
    return after


# ---------------------------------------------------------------- title


def test_the_feeds_title_is_taken_first() -> None:
    given = draft(html=page(before="<h1>On the page</h1>"), title=" From the\nfeed ")
    assert done(title, given).title == "From the feed"


def test_a_heading_that_the_metadata_repeats_is_the_title() -> None:
    found = Page(
        title_tag="Seven killed in market attack | Courier",
        headings=("Kesra Courier", "Seven killed in market attack"),
        meta={"og:title": ("Seven killed in market attack - Courier",)},
    )
    assert title_of(found) == "Seven killed in market attack"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("Seven killed in market attack | Courier", "Seven killed in market attack"),
        ("Seven killed in market attack - World - Kesra Courier", "Seven killed in market attack"),
        ("Kesra Courier | Seven killed in market attack", "Seven killed in market attack"),
        ("Truce - or war?", "Truce - or war?"),
        ("Seven killed in market attack", "Seven killed in market attack"),
        ("", ""),
    ],
)
def test_the_sites_name_is_cut_off(tag: str, expected: str) -> None:
    assert title_of(Page(title_tag=tag, meta={"og:site_name": ("Kesra Courier",)})) == expected


def test_linked_data_that_is_no_text_is_passed_over() -> None:
    assert title_of(Page(linked=({"headline": ["a"]},), title_tag="Seven killed")) == "Seven killed"


def test_a_date_before_the_heading_is_no_part_of_the_title() -> None:
    stated = "Minister Petrel visits the flooded valley"
    found = Page(headings=(f"1 February 2026 {stated}",), meta={"og:title": (f"{stated} - Chancellery",)})
    assert title_of(found) == stated


def test_a_year_that_belongs_to_the_title_stays() -> None:
    heading = "After the flood of 3 June 2013 the valley built its dam"
    assert title_of(Page(headings=(heading,), meta={"og:title": (f"{heading} - Courier",)})) == heading


def test_a_sites_name_behind_the_heading_goes_where_the_metadata_states_the_rest() -> None:
    found = Page(headings=("Kesra buries its dead | Courier",), meta={"og:title": ("Kesra buries its dead",)})
    assert title_of(found) == "Kesra buries its dead"


def test_a_heading_that_the_title_begins_with_is_taken_without_the_slogans_behind() -> None:
    tag = "Harbour tour - The Courier - News, weather, sport and all that happens on the coast of Kesra"
    assert title_of(Page(headings=("Harbour tour", "Our newsletter"), title_tag=tag)) == "Harbour tour"


def test_a_title_cut_at_its_own_quotation_mark_is_read_from_the_title_element() -> None:
    whole = 'Senator calls the treaty "a mistake"'
    assert title_of(Page(title_tag=whole, meta={"og:title": ("Senator calls the treaty",)})) == whole


def test_no_title_is_none() -> None:
    assert done(title, draft(text="Rebels killed five soldiers near Kesra.")).title is None


# ---------------------------------------------------------------- author


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("By Jan Lerner", "Jan Lerner"),
        ("Written by Jan Lerner | Staff writer", "Jan Lerner"),
        ("JAN LERNER, Political Correspondent", "JAN LERNER"),
        ("Von Anna Petrel", "Anna Petrel"),
        ("Por: Ana Pérez", "Ana Pérez"),
        ("Zeige alle Beiträge von Anna Petrel", "Anna Petrel"),
        ("Jan Lerner • 9 March 2026", "Jan Lerner"),
        ("Christoph von Ritter", "Christoph von Ritter"),
        ("Lerner42", "Lerner42"),
        ("Jan Lerner (Kesra)", "Jan Lerner"),
    ],
)
def test_names_are_made_plain(line: str, name: str) -> None:
    assert plain_name(line) == name


@pytest.mark.parametrize(
    "line",
    ["", "admin", "https://courier.example/jan", "jan@courier.example", "12 comments", "Share this", "x" * 200, "---",
     "one two three four five six seven eight nine ten"],
)  # fmt: skip
def test_what_is_no_name_is_refused(line: str) -> None:
    assert plain_name(line) is None


def test_authors_of_linked_data_come_before_meta_and_bylines() -> None:
    linked = ({"author": [{"@type": "Person", "name": "Jan Lerner"}, {"name": "Ana Pérez"}, {"name": "Jan Lerner"}]},)
    found = Page(linked=linked, meta={"author": ("Desk",)}, bylines=("By Ben Holm",))
    assert author_of(found) == "Jan Lerner, Ana Pérez"
    assert author_of(replace(found, linked=())) == "Desk"
    assert author_of(Page(bylines=("12 comments", "By Ben Holm"))) == "Ben Holm"
    assert author_of(Page()) is None


def test_strange_linked_authors_do_no_harm() -> None:
    assert author_of(Page(linked=({"author": {"name": {"name": ["Jan Lerner", 7, None, [["x"]]]}}},))) == "Jan Lerner"


def test_the_feeds_author_is_taken_first_and_made_plain() -> None:
    assert done(author, draft(text=BODY[0], author="By Jan Lerner")).author == "Jan Lerner"
    assert done(author, draft(text=BODY[0], author="noreply@courier.example")).author is None


# ---------------------------------------------------------------- published


def when(given: Draft) -> tuple[datetime | None, str, str]:
    after = done(published, given)
    return after.published, after.published_precision, after.published_basis


def linked(**fields: str) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


def test_the_feeds_date_comes_first() -> None:
    html = page(head=linked(datePublished="2026-03-01T10:00:00Z"))
    assert when(draft(html=html, published="2026-03-09T08:30:00Z")) == (
        datetime(2026, 3, 9, 8, 30, tzinfo=UTC),
        "second",
        "feed",
    )
    assert when(draft(text=BODY[0], published="2026-03-09T00:00:00Z")) == (day(9), "day", "feed")
    assert (
        when(draft(text=BODY[0], published="2026-03-09T00:00:00Z", published_raw="Mon, 9 Mar 2026 00:00:00 GMT"))[1]
        == "second"
    )


def test_a_feeds_date_in_the_future_is_flagged_and_the_page_asked() -> None:
    given = draft(html=page(head=linked(datePublished="2026-03-01")), published="2031-01-01T00:00:00Z")
    after = done(published, given)
    assert (after.published, after.published_basis, after.flags) == (day(1), "meta", ("future_date",))


def test_a_date_that_the_crawler_put_in_place_of_a_future_one_is_not_believed() -> None:
    assert when(draft(text=BODY[0], published="2026-03-10T12:00:00Z", flags=["future_date"])) == (
        None,
        "unknown",
        "none",
    )


def test_metadata_comes_before_address_and_text() -> None:
    url = "https://courier.example/2026/03/02/seven-killed"
    shown = "<h1>Seven killed in Kesra</h1><p>3 March 2026</p>"
    html = page(head='<meta property="article:published_time" content="2026-03-01T09:00:00Z">', before=shown)
    assert when(draft(html=html, url=url)) == (datetime(2026, 3, 1, 9, tzinfo=UTC), "second", "meta")
    assert when(draft(html=page(before=shown), url=url)) == (day(2), "day", "url")
    assert when(draft(html=page(before=shown))) == (day(3), "day", "text")


def test_publication_comes_before_modification() -> None:
    html = page(head=linked(dateModified="2026-03-05", datePublished="2026-03-01"))
    assert when(draft(html=html))[0] == day(1)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://courier.example/news/2026-03-09-attack", (day(9), "day", "url")),
        ("https://courier.example/20260309/attack", (day(9), "day", "url")),
        ("https://courier.example/2026/3/9/attack", (day(9), "day", "url")),
        ("https://courier.example/2026/03/attack", (day(1), "month", "url")),
        ("https://courier.example/article/202603091", (None, "unknown", "none")),
        ("https://courier.example/2026/13/45/attack", (None, "unknown", "none")),
        ("https://2026.example/attack", (None, "unknown", "none")),
        ("https://[broken", (None, "unknown", "none")),
    ],
)
def test_addresses(url: str, expected: tuple[datetime | None, str, str]) -> None:
    assert when(draft(html=page(), url=url)) == expected


def test_lines_of_a_plain_text() -> None:
    assert when(draft(text="date 2026-03-09 " + "\n\n".join(BODY))) == (day(9), "day", "text")
    assert when(draft(text="\n\n".join(BODY))) == (None, "unknown", "none")


def test_impossible_dates_are_passed_over() -> None:
    assert when(draft(html=page(head=linked(datePublished="1970-01-01")))) == (None, "unknown", "none")
    assert when(draft(html=page(head=linked(datePublished="2026-03-20")))) == (None, "unknown", "none")


@pytest.mark.parametrize(
    ("country", "expected"), [("USA", datetime(2026, 1, 2, tzinfo=UTC)), ("GBR", datetime(2026, 2, 1, tzinfo=UTC))]
)
def test_numbers_are_read_as_the_sites_country_does(country: str, expected: datetime) -> None:
    shown = "<h1>Seven killed in Kesra</h1><time>01/02/2026</time>"
    assert when(draft(html=page(before=shown), source=Source(country=country)))[0] == expected


def test_numbers_with_two_readings_are_no_date_where_the_site_is_unknown() -> None:
    shown = "<h1>Seven killed in Kesra</h1><time>01/02/2026</time>"
    assert when(draft(html=page(before=shown))) == (None, "unknown", "none")
