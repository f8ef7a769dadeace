"""The demo's site over loopback: who answers what, validators, the correction, a port in use."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import pytest

from services.adapters.http_fetcher import FetcherOptions, GuardedFetcher
from services.app.demo.answers import Answer
from services.app.demo.outlets import OUTLETS
from services.app.demo.reports import all_reports
from services.app.demo.site import DemoSite
from services.core.clock import ManualClock
from services.core.errors import ConfigError
from services.core.ports import FetchError, Request

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
async def site(clock: ManualClock) -> AsyncIterator[DemoSite]:
    site = DemoSite(port=0, clock=clock)
    await site.start()
    yield site
    await site.close()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def get(client: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.get(url, headers=named, allow_redirects=False) as response:
        return response.status, await response.read(), response.headers


def corrected_page(site: DemoSite) -> str:
    (report,) = [report for report in all_reports() if report.corrected]
    outlet = next(outlet for outlet in OUTLETS if outlet.id == report.outlet)
    return outlet.base(site.port) + outlet.path(report)


async def test_every_outlet_serves_its_front_page_feed_and_reports(
    site: DemoSite, client: aiohttp.ClientSession
) -> None:
    for outlet, feed in zip(OUTLETS, site.feeds, strict=True):
        base = outlet.base(site.port)
        status, front, _ = await get(client, base + "/")
        assert (status, outlet.feed.encode() in front) == (200, True)
        status, _, headers = await get(client, feed.url)
        assert (status, headers["Content-Type"]) == (200, outlet.feed_type)
        assert "max-age" not in headers.get("Cache-Control", "")
        for report in all_reports():
            if report.outlet == outlet.id:
                status, body, _ = await get(client, base + outlet.path(report))
                assert status == 200
                assert report.text[-1][-20:].encode(outlet.charset) in body


async def test_the_feeds_name_their_outlets_and_the_allow_list_their_addresses(site: DemoSite) -> None:
    feeds = site.feeds
    assert len({feed.id for feed in feeds}) == len({feed.source.id for feed in feeds}) == len(OUTLETS)
    assert [feed.source.name for feed in feeds] == [outlet.name for outlet in OUTLETS]
    assert site.allow == tuple(f"{outlet.host}:{site.port}" for outlet in OUTLETS)


@asynccontextmanager
async def fetching(allow: tuple[str, ...]) -> AsyncIterator[GuardedFetcher]:
    fetcher = GuardedFetcher(FetcherOptions(user_agent="dateline-test", allow=allow))
    await fetcher.start()
    try:
        yield fetcher
    finally:
        await fetcher.close()


async def test_our_fetcher_reads_the_feeds_through_the_allow_list(site: DemoSite) -> None:
    async with fetching(site.allow) as fetcher:
        assert [(await fetcher.fetch(Request(feed.url))).status for feed in site.feeds] == [200] * len(OUTLETS)


async def test_without_the_allow_list_our_fetcher_refuses_them(site: DemoSite) -> None:
    async with fetching(()) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(Request(site.feeds[0].url))
    assert caught.value.kind in ("refused_url", "refused_address")


@pytest.mark.parametrize("number", range(len(OUTLETS)), ids=[outlet.id for outlet in OUTLETS])
async def test_what_did_not_change_is_answered_with_304(
    site: DemoSite, client: aiohttp.ClientSession, number: int
) -> None:
    feed = site.feeds[number]
    _, _, headers = await get(client, feed.url)
    for given in (
        {"If_None_Match": headers["ETag"]},
        {"If_None_Match": 'W/"other", W/' + headers["ETag"]},
        {"If_None_Match": headers["ETag"], "If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If_Modified_Since": headers["Last-Modified"]},
    ):
        status, body, again = await get(client, feed.url, **given)
        assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
    for given in (
        {"If_None_Match": '"other"'},
        {"If_None_Match": '"other"', "If_Modified_Since": headers["Last-Modified"]},
        {"If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If_Modified_Since": "yesterday"},
    ):
        status, body, _ = await get(client, feed.url, **given)
        assert (status, bool(body)) == (200, True)


async def test_the_correction_comes_after_its_time_with_new_validators(
    site: DemoSite, clock: ManualClock, client: aiohttp.ClientSession
) -> None:
    page, feed = corrected_page(site), site.feeds[1].url
    old = {url: await get(client, url) for url in (page, feed)}
    assert all(b"Fourteen" in body for _, body, _ in old.values())
    clock.advance(39.0)
    for url, (_, _, headers) in old.items():
        assert (await get(client, url, If_None_Match=headers["ETag"]))[0] == 304
    clock.advance(1.0)
    for url, (_, _, headers) in old.items():
        status, body, new = await get(client, url, If_None_Match=headers["ETag"])
        assert (status, b"Eleven" in body, b"Fourteen" in body) == (200, True, False)
        assert new["Last-Modified"] == format_datetime(START + timedelta(seconds=40), usegmt=True)
        status, _, _ = await get(client, url, If_Modified_Since=headers["Last-Modified"])
        assert status == 200


async def test_a_reader_that_starts_late_still_reads_the_first_version(
    site: DemoSite, clock: ManualClock, client: aiohttp.ClientSession
) -> None:
    clock.advance(600.0)
    assert b"Fourteen" in (await get(client, corrected_page(site)))[1]


async def test_the_correction_leaves_other_outlets_unchanged(
    site: DemoSite, clock: ManualClock, client: aiohttp.ClientSession
) -> None:
    others = [feed.url for feed in site.feeds if feed.url != site.feeds[1].url]
    before = {url: (await get(client, url))[2] for url in others}
    clock.advance(3600.0)
    for url, headers in before.items():
        assert (await get(client, url, If_Modified_Since=headers["Last-Modified"]))[0] == 304


async def test_an_unknown_path_and_another_outlets_path_are_404(site: DemoSite, client: aiohttp.ClientSession) -> None:
    first, second = OUTLETS[0], OUTLETS[1]
    assert (await get(client, first.base(site.port) + "/nothing"))[0] == 404
    assert (await get(client, first.base(site.port) + second.feed))[0] == 404


async def test_a_link_that_counts_readers_leads_to_the_page(site: DemoSite, client: aiohttp.ClientSession) -> None:
    (outlet,) = [outlet for outlet in OUTLETS if outlet.tracking]
    report = next(report for report in all_reports() if report.outlet == outlet.id)
    url = outlet.base(site.port) + outlet.path(report)
    assert (await get(client, url + outlet.tracking))[1] == (await get(client, url))[1]


async def test_a_port_in_use_is_named_and_nothing_is_held(clock: ManualClock) -> None:
    first = DemoSite(port=0, clock=clock)
    await first.start()
    port = first.port
    try:
        with pytest.raises(ConfigError, match=f"port {port} .*in use"):
            await DemoSite(port=port, clock=clock).start()
    finally:
        await first.close()
    with socket.create_server((OUTLETS[-1].host, port)), pytest.raises(ConfigError, match=OUTLETS[-1].host):
        await DemoSite(port=port, clock=clock).start()
    with socket.create_server((OUTLETS[0].host, port)) as free:
        assert free.getsockname()[1] == port


async def test_closing_twice_or_before_the_start_is_no_error(clock: ManualClock) -> None:
    site = DemoSite(port=0, clock=clock)
    await site.close()
    await site.start()
    await site.close()
    await site.close()
    with pytest.raises(OSError, match=r"refused|Connect"):
        socket.create_connection((OUTLETS[0].host, site.port))


def test_validators_belong_to_whole_answers_only() -> None:
    moved = Answer(b"", "text/html", START, 301, "http://127.0.0.11/x")
    assert set(moved.headers) == {"Content-Type", "Location"}
    assert not moved.is_known("*", None)
    page = Answer(b"x", "text/html", START)
    assert page.is_known("*", None)
    assert not page.is_known(None, None)
    assert page.is_known(None, "Tue, 10 Mar 2026 12:00:00")
    assert not page.is_known(None, "Tue, 10 Mar 2026 11:59:59 GMT")
