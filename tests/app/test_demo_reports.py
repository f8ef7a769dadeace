"""The reports as data: what must hold of every one, and that a file with a mistake is told."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from services.app.demo.feeds import Item, items_of, render_feed
from services.app.demo.outlets import OUTLETS, Outlet
from services.app.demo.pages import article_page, body_html, front_page
from services.app.demo.reports import OddPage, Report, all_reports, odd_pages
from services.crawler.sources import parse_feed

AT = datetime(2021, 5, 4, 10, 30, tzinfo=UTC)
BASE = "http://127.0.0.11:8090"


def report(**fields: object) -> Report:
    given = {"id": "a-b", "outlet": "lodestar", "at": AT, "title": "T", "text": ["One."], "by": "A B", **fields}
    return Report.model_validate(given)


@pytest.mark.parametrize("one", all_reports(), ids=lambda one: one.id)
def test_every_report_is_plain_text_of_an_outlet_with_a_date_in_utc(one: Report) -> None:
    assert one.outlet in {outlet.id for outlet in OUTLETS}
    assert one.at.utcoffset() == timedelta(0)
    assert one.signature or one.language != "en"
    for version in (one, one.after_correction()):
        assert all(part == " ".join(part.split()) for part in (version.title, *version.text))
        assert not any(mark in part for part in version.text for mark in ("<", "&", "\u00a0"))
        assert len(version.text) >= 3


def test_the_newest_report_comes_first() -> None:
    times = [one.at for one in all_reports()]
    assert times == sorted(times, reverse=True)


def test_events_of_several_years_and_many_places_are_told() -> None:
    assert {one.at.year for one in all_reports()} >= {2019, 2020, 2021, 2022, 2023, 2024}
    assert len({one.text[0].partition(" — ")[0] for one in all_reports()}) >= 15


def test_reports_on_one_event_spell_its_place_and_people_differently() -> None:
    texts = " ".join(" ".join(one.text) for one in all_reports())
    for spellings in (
        ("Abu Qarin", "Abugrein", "Abu Qurayn"),
        ("Houthi", "Huthi"),
        ("Sirte", "Sirt "),
        ("Drah", "Darah"),
    ):
        assert all(spelling in texts for spelling in spellings)


def test_some_languages_are_not_english() -> None:
    assert {one.language for one in all_reports()} == {"en", "ar", "fr"}


def test_the_correction_takes_title_and_text_and_says_when() -> None:
    correction = {"at": AT + timedelta(hours=1), "title": "New", "text": ["Two."]}
    after = report(corrected=correction).after_correction()
    assert (after.title, after.text, after.updated, after.at) == ("New", ("Two.",), AT + timedelta(hours=1), AT)
    assert after.after_correction() == after
    assert report().after_correction() == report()


@pytest.mark.parametrize("mistake", [{"titel": "T"}, {"text": []}, {"at": "yesterday"}, {"title": None}])
def test_a_mistake_in_a_report_is_told(mistake: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        report(**mistake)


def test_every_page_that_is_no_article_belongs_to_an_outlet() -> None:
    assert {page.outlet for page in odd_pages()} <= {outlet.id for outlet in OUTLETS}
    with pytest.raises(ValidationError):
        OddPage.model_validate({"outlet": "lodestar", "path": "/x"})


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda outlet: outlet.id)
def test_characters_that_markup_uses_survive_in_feed_and_page(outlet: Outlet) -> None:
    hard = report(outlet=outlet.id, title='Fish & chips, 5 < 6 "to go"', text=["Bread & <butter>, $5 each."])
    document = parse_feed(render_feed(outlet, items_of(outlet, [hard], [], BASE), BASE), base_url=BASE)
    assert [entry.title for entry in document.entries] == [hard.title]
    page = article_page(outlet, hard, (hard,), BASE)
    assert "Bread &amp; &lt;butter&gt;, $5 each." in page
    assert "<butter>" not in page
    assert "Fish &amp; chips, 5 &lt; 6" in front_page(outlet, (hard,))


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda outlet: outlet.id)
def test_an_empty_feed_is_a_feed(outlet: Outlet) -> None:
    assert parse_feed(render_feed(outlet, [], BASE), base_url=BASE).entries == ()


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda outlet: outlet.id)
def test_a_page_links_to_at_most_three_other_reports_of_its_outlet(outlet: Outlet) -> None:
    own = tuple(report(id=f"r-{number}", outlet=outlet.id, title=f"Other {number}") for number in range(6))
    page = article_page(outlet, own[0], own, BASE)
    assert page.count(">Other") - page.count("<h1>Other") <= 5
    assert sum(f">{one.title}</a>" in page for one in own) <= 3
    assert f">{own[0].title}</a>" not in page


def test_items_stand_with_the_newest_first_whatever_they_are() -> None:
    outlet = OUTLETS[0]
    odd = OddPage(outlet=outlet.id, path="/odd", at=AT + timedelta(days=1), title="Odd", page="gone.html")
    late = report(id="late", at=AT + timedelta(days=2), title="Late")
    assert [item.title for item in items_of(outlet, [report(), late], [odd], BASE)] == ["Late", "Odd", "T"]


def test_an_item_without_author_has_none_in_any_feed() -> None:
    for outlet in OUTLETS:
        item = Item(BASE + "/x", "T", "S.", AT)
        (entry,) = parse_feed(render_feed(outlet, [item], BASE), base_url=BASE).entries
        assert (entry.author, entry.url) == (None, BASE + "/x")


def test_paragraphs_are_elements_or_parted_by_line_breaks() -> None:
    two = report(text=["One.", "Two."])
    assert body_html(two) == "<p>One.</p>\n<p>Two.</p>"
    assert body_html(two, breaks=True) == "One.\n<br><br>\nTwo."
