"""What a reader does: search, open, follow a claim to its sentence, go back; with pointer, keys, on a phone."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from services.sink.document import event_upsert
from tests.browser.conftest import PHONE, Site, Watched, visit
from tests.dashboard.newsroom import newsroom

pytestmark = pytest.mark.browser


def opened(page: Page, site: Site, path: str = "/") -> None:
    visit(page, site.address + path)
    expect(page.locator("h1:visible, .state:visible").first).not_to_be_empty()


def titles(page: Page) -> list[str]:
    return page.locator(".event h2").all_inner_texts()


def test_searching_narrows_list_filters_and_address(site: Site, page: Page) -> None:
    opened(page, site)
    expect(page.locator(".total")).to_have_text("20 events")
    page.get_by_role("searchbox", name="Search events").fill('nurses "a clinic"')
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".total")).to_have_text("1 event")
    expect(page).to_have_url(re.compile(r"\?q=nurses\+%22a\+clinic%22$"))
    expect(page.locator(".snippet mark").first).to_have_text("nurses")
    order = page.get_by_role("combobox", name="Order")
    expect(order.locator("option:checked")).to_have_text("Best match")
    order.select_option("newest")
    expect(page).to_have_url(re.compile("sort=newest"))
    expect(page.locator("[data-facet=country] .choice")).to_have_count(1)


def test_a_filter_is_chosen_joined_and_taken_away(site: Site, page: Page) -> None:
    opened(page, site)
    page.get_by_role("checkbox", name=re.compile("^Assault")).check()
    expect(page.locator(".total")).to_have_text("3 events")
    page.get_by_role("checkbox", name=re.compile("^Protest")).check()
    expect(page.locator(".total")).to_have_text("5 events")
    expect(page).to_have_url(re.compile("type=ASSAULT&type=PROTEST"))
    page.get_by_role("button", name="Remove Protest").click()
    expect(page.locator(".total")).to_have_text("3 events")
    page.reload()
    expect(page.locator(".total")).to_have_text("3 events")
    expect(page.get_by_role("checkbox", name=re.compile("^Assault"))).to_be_checked()


def test_an_event_shows_its_claims_side_by_side_and_every_account_of_the_toll(site: Site, page: Page) -> None:
    opened(page, site, "/?q=Tarmat+market")
    page.get_by_role("link", name="Toll of Tarmat shelling rises to 11").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Toll of Tarmat shelling rises to 11")
    says, denies = page.locator("[data-side=says]"), page.locator("[data-side=denies]")
    expect(says).to_contain_text("Ilyas Varo says")
    expect(denies).to_contain_text("Syrian defence ministry denies")
    left, right = says.bounding_box(), denies.bounding_box()
    assert left
    assert right
    assert left["x"] + left["width"] <= right["x"]
    expect(page.locator(".tolls tbody tr", has_text="Ilyas Varo")).to_contain_text("at least 4")
    expect(page.locator(".tolls tfoot")).to_contain_text("4–11")
    expect(page.locator(".reports > li")).to_have_count(5)
    page.get_by_text("1 copy of this text, counted once").click()
    expect(page.locator(".copies li")).to_contain_text("Harbour Post")
    assert page.title() == "Toll of Tarmat shelling rises to 11 – Dateline"


def test_a_claim_leads_to_its_sentence_in_its_article(site: Site, page: Page) -> None:
    opened(page, site, f"/events/{newsroom().event_id('shelling')}")
    page.locator("[data-side=denies]").get_by_role("link", name="In its article").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ministry denies firing on Tarmat")
    wanted = page.locator("mark.evidence.wanted")
    # A sign outside the basic plane stands before it: offsets are in characters, not in UTF-16 units.
    expect(wanted).to_have_text(
        "The Syrian defence ministry denied that its forces had shelled Tarmat and blamed a gas explosion."
    )
    expect(wanted.locator(".trigger")).to_have_text("shelled")
    expect(wanted).to_be_in_viewport()
    page.get_by_role("link", name="All reports of it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Toll of Tarmat shelling rises to 11")


def test_the_back_button_returns_to_the_same_search_at_the_same_place(site: Site, page: Page) -> None:
    opened(page, site, "/?sort=oldest")
    before = titles(page)
    link = page.locator(".event h2 a").nth(12)
    link.scroll_into_view_if_needed()
    scrolled = page.locator(".results").evaluate("node => node.scrollTop")
    assert scrolled > 0
    link.click()
    expect(page.locator(".event-page h1")).to_be_visible()
    page.go_back()
    expect(page.locator(".total")).to_be_visible()
    assert page.url.endswith("/?sort=oldest")
    assert titles(page) == before
    assert page.locator(".results").evaluate("node => node.scrollTop") == scrolled


def test_all_can_be_done_with_the_keyboard(site: Site, page: Page) -> None:
    opened(page, site)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Tarmat market")
    page.keyboard.press("Enter")
    expect(page.locator(".total")).to_have_text("1 event")
    focused = "document.activeElement"
    for _ in range(60):
        page.keyboard.press("Tab")
        outline = page.evaluate(f"getComputedStyle({focused}.closest('.event') ?? {focused}).outlineStyle")
        assert outline != "none", page.evaluate(f"{focused}.outerHTML")
        if page.evaluate(f"{focused}.matches('.event h2 a')"):
            break
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_be_focused()
    expect(heading).to_have_text("Toll of Tarmat shelling rises to 11")


def test_the_map_moves_with_keys_and_searches_what_it_shows(site: Site, page: Page) -> None:
    opened(page, site)
    expect(page.locator(".dot").first).to_be_visible()
    pane = page.get_by_role("group", name=re.compile("World map: 20 events with a position of 20"))
    pane.focus()
    before = page.locator(".base").get_attribute("transform")
    for _ in range(5):
        page.keyboard.press("+")
    assert page.locator(".base").get_attribute("transform") != before
    page.get_by_role("button", name="Only this area").click()
    expect(page).to_have_url(re.compile("box="))
    page.get_by_role("button", name="Everywhere").click()
    expect(page.locator(".total")).to_have_text("20 events")


def test_a_dot_on_the_map_narrows_the_list_to_it(site: Site, page: Page) -> None:
    opened(page, site, "/?country=NZL")
    page.locator(".dot circle").first.click()
    expect(page).to_have_url(re.compile("box="))
    expect(page.locator(".event h2")).to_have_text(["New Zealand backs Fiji's reef claim"])


def test_a_range_drawn_on_the_timeline_becomes_dates(site: Site, page: Page) -> None:
    opened(page, site)
    bars = page.locator(".timeline .bar")
    first, last = bars.nth(2).bounding_box(), bars.nth(3).bounding_box()
    assert first
    assert last
    page.mouse.move(first["x"] + 5, first["y"] + 2)
    page.mouse.down()
    page.mouse.move(last["x"] + 5, first["y"] + 2, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile("from=2026-05-12&to=2026-05-13"))
    expect(page.get_by_label("From")).to_have_value("2026-05-12")
    assert bars.count() == 6
    page.get_by_role("button", name="Show all times").click()
    expect(page.locator(".total")).to_have_text("20 events")


def test_what_is_new_in_the_last_hours_is_one_press_away(site: Site, page: Page) -> None:
    opened(page, site)
    page.get_by_role("button", name="24 h").click()
    expect(page).to_have_url(re.compile("new=24h"))
    expect(page.locator(".total")).to_have_text("10 events")


@pytest.mark.parametrize("watched", [PHONE, (320, 640)], indirect=True)
def test_on_a_phone_nothing_is_cut_off_and_filters_are_a_press_away(site: Site, page: Page) -> None:
    for path in ("/", f"/events/{newsroom().event_id('shelling')}", f"/articles/{newsroom().articles[0].id}"):
        opened(page, site, path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    opened(page, site)
    expect(page.get_by_role("checkbox", name=re.compile("^Protest"))).to_be_hidden()
    toggle = page.locator(".filters-toggle")
    toggle.click()
    page.get_by_role("checkbox", name=re.compile("^Protest")).check()
    expect(toggle).to_have_text("Filters (on)")
    toggle.click()
    expect(page.locator(".total")).to_have_text("2 events")


def test_right_to_left_text_runs_from_the_right(site: Site, page: Page) -> None:
    article = next(article for article in newsroom().articles if article.language == "ar")
    opened(page, site, f"/articles/{article.id}")
    prose = page.locator(".prose")
    assert prose.evaluate("node => getComputedStyle(node).direction") == "rtl"
    assert page.locator("h1:visible").evaluate("node => getComputedStyle(node).direction") == "rtl"
    expect(page.locator(".trigger")).to_have_text("سقطت")


def test_events_that_come_in_appear_by_themselves(empty_site: Site, page: Page) -> None:
    page.clock.install()
    visit(page, empty_site.address)
    expect(page.locator(".state")).to_contain_text("dateline feeds add")
    expect(page.locator(".freshness")).to_have_text("No data yet")
    empty_site.add(newsroom().upserts())
    page.clock.fast_forward(20_000)
    expect(page.locator(".total")).to_have_text("20 events")
    expect(page.locator(".freshness")).to_contain_text("14 May 2026, 12:00 UTC · 3 h ago")


def test_news_does_not_move_the_list_under_a_reader_but_is_offered(site: Site, page: Page) -> None:
    page.clock.install()
    opened(page, site)
    page.locator(".results").evaluate("node => node.scrollTo(0, 300)")
    event = next(iter(newsroom().events())).model_copy(update={"id": "late", "title": "Late news"})
    site.add([event_upsert(event)])
    page.clock.fast_forward(20_000)
    expect(page.get_by_role("button", name="New reports are in")).to_be_visible()
    expect(page.locator(".total")).to_have_text("20 events")
    page.get_by_role("button", name="New reports are in").click()
    expect(page.locator(".total")).to_have_text("21 events")
    expect(page.get_by_role("button", name="New reports are in")).to_be_hidden()


def test_a_long_list_is_read_on_without_doubles(site: Site, page: Page) -> None:
    event = next(iter(newsroom().events()))
    site.add([event_upsert(event.model_copy(update={"id": f"e{n}", "title": f"Event {n}"})) for n in range(45)])
    opened(page, site, "/?country=SYR&new=7d")
    expect(page.locator(".event")).to_have_count(30)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".event")).to_have_count(47)
    assert len(set(titles(page))) == 47
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()


def test_names_are_marked_in_the_text(site: Site, page: Page) -> None:
    opened(page, site, f"/articles/{newsroom().articles[0].id}")
    expect(page.locator(".prose .name")).to_have_text(["Ilyas Varo", "Syrian army", "Tarmat"])
    assert page.locator(".prose").inner_text().split("\n\n") == newsroom().articles[0].text.split("\n\n")


def test_a_search_without_results_says_what_to_do(site: Site, page: Page) -> None:
    opened(page, site, "/?q=zebra")
    expect(page.locator(".state")).to_contain_text("No events match")
    page.get_by_role("button", name="Clear everything").click()
    expect(page.locator(".total")).to_have_text("20 events")


def test_a_merged_event_leads_to_what_it_became(site: Site, page: Page) -> None:
    room = newsroom()
    event = next(iter(room.events()))
    site.add([event_upsert(event.model_copy(update={"id": "old", "merged_into": event.id}))])
    visit(page, f"{site.address}/events/old")
    expect(page).to_have_url(re.compile(event.id))
    expect(page.get_by_role("heading", level=1)).to_have_text(event.title)


def test_the_list_can_be_taken_away_as_a_table(site: Site, page: Page) -> None:
    opened(page, site, "/?type=PROTEST")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert {row["type"] for row in rows} == {"PROTEST"}
    assert len(rows) == 2


def test_nothing_is_asked_of_anybody_else_and_the_first_page_is_light(site: Site, watched: Watched) -> None:
    opened(watched.page, site)
    watched.page.wait_for_load_state("networkidle")
    assert len(watched.requests) > 10
    assert {request.url.startswith(f"{site.address}/") for request in watched.requests} == {True}
    assert sum(request.sizes()["responseBodySize"] for request in watched.requests) < 500_000


UNNAMED = """() => [...document.querySelectorAll("a[href], button, input, select, [role=group]")]
    .filter((node) => node.checkVisibility())
    .filter((node) => !node.getAttribute("aria-label") && !node.textContent.trim())
    .filter((node) => ![...(node.labels ?? [])].some((label) => label.textContent.trim()))
    .map((node) => node.outerHTML)"""


@pytest.mark.parametrize("happening", [None, "shelling"])
def test_every_control_has_a_name_and_every_page_one_main_heading(
    page: Page, site: Site, happening: str | None
) -> None:
    opened(page, site, f"/events/{newsroom().event_id(happening)}" if happening else "/")
    assert page.evaluate(UNNAMED) == []
    expect(page.locator("h1:visible")).to_have_count(1)
    assert page.evaluate("document.documentElement.lang") == "en"
