"""What comes from outside must never run, and what fails must say so."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site, Watched, visit
from tests.dashboard.hostile import SCRIPT

pytestmark = pytest.mark.browser

TRACES = """() => ({
  pwned: window.pwned ?? null,
  foreign: document.querySelectorAll("img, iframe, object, embed, body script, [onclick], [onerror], [onload]").length,
  links: [...document.querySelectorAll("a[href]")].map((a) => a.protocol).filter((p) => !/^https?:$/.test(p)),
})"""
CLEAN: dict[str, object] = {"pwned": None, "foreign": 0, "links": []}


def test_script_in_every_field_is_shown_as_text_and_never_runs(hostile_site: Site, watched: Watched) -> None:
    page = watched.page
    visit(page, f"{hostile_site.address}/?q=market")
    expect(page.locator(".event h2")).to_contain_text(SCRIPT)
    expect(page.locator(".snippet mark").first).to_have_text("market")
    assert page.evaluate(TRACES) == CLEAN
    page.locator(".event h2 a").click()
    expect(page.locator(".event-page h1")).to_contain_text(SCRIPT)
    expect(page.locator(".claim").first).to_contain_text(SCRIPT)
    expect(page.locator(".facts-box")).to_contain_text(SCRIPT)
    assert page.evaluate(TRACES) == CLEAN
    page.locator(".claim a").first.click()
    expect(page.locator(".article-page h1")).to_contain_text(SCRIPT)
    expect(page.locator(".prose")).to_contain_text(SCRIPT)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(TRACES) == CLEAN


@pytest.mark.parametrize(
    "path", ["/?q=%3Cimg+src%3Dx+onerror%3Dwindow.pwned%3D1%3E", "/events/%3Cscript%3E", "/?type=%3Cb%3E&new=x"]
)
def test_script_in_the_address_does_not_run_either(site: Site, watched: Watched, path: str) -> None:
    visit(watched.page, site.address + path)
    expect(watched.page.locator(".state")).to_be_visible()
    watched.page.wait_for_load_state("networkidle")
    assert watched.page.evaluate(TRACES) == CLEAN
    # A 404 and a 400 are told in the console, too; anything else there would be a fault.
    assert [error for error in watched.errors if "Failed to load resource" not in error] == []
    watched.errors.clear()


def test_the_browser_itself_forbids_what_the_page_does_not_do(site: Site, page: Page, watched: Watched) -> None:
    visit(page, site.address)
    refused = page.evaluate(
        """() => { try { document.body.innerHTML = "<b>x</b>"; return "done" } catch (error) { return error.name } }"""
    )
    assert refused == "TypeError"
    refused = page.evaluate(
        """() => { try { document.body.setAttribute("onclick", "window.pwned=1"); return "done" }
            catch (error) { return error.name } }"""
    )
    assert refused == "TypeError"
    refused = page.evaluate(
        """() => { try { document.createElement("script").text = "window.pwned=1"; return "done" }
            catch (error) { return error.name } }"""
    )
    assert refused == "TypeError"
    assert page.evaluate("window.pwned ?? null") is None
    assert watched.errors
    watched.errors.clear()


def test_a_server_that_is_away_is_told_and_can_be_asked_again(site: Site, watched: Watched) -> None:
    page, away = watched.page, True

    def refuse(route: Route) -> None:
        if away:
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/events*", refuse)
    visit(page, site.address)
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    away = False
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".total")).to_have_text("20 events")
    watched.errors.clear()


def test_a_page_that_never_was_says_so(site: Site, watched: Watched) -> None:
    page = watched.page
    for path in ("/events/nowhere", "/articles/nowhere", "/no/such/page"):
        visit(page, site.address + path)
        expect(page.locator(".state h1")).to_be_visible()
        page.get_by_role("link", name="All events").click()
        expect(page.locator(".total")).to_have_text("20 events")
    watched.errors.clear()
