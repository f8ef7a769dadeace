"""The stage under the real runner, with the real fetcher and worker processes, against a server on loopback."""

import asyncio
import gzip
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import pytest
from aiohttp import web

from services.adapters.http_fetcher import FetcherOptions, GuardedFetcher
from services.adapters.memory_bus import MemoryBus
from services.core.clock import SystemClock
from services.core.envelope import read, record_of
from services.core.ids import feed_id
from services.core.models import Feed, Outcome, RawArticle
from services.core.ports import Bus
from services.core.runner import Runner, RunnerOptions
from services.core.topics import FEEDS, OUTCOMES, PAGES, RAW, RAW_BULK
from services.core.workers import Workers
from services.crawler.file_ingest import FileIngest
from services.crawler.options import CrawlerOptions
from services.crawler.stage import CrawlerHandler
from services.crawler.urls import site_of
from services.crawler.work import Job, Parsed, run
from tests.crawler.world import item, page, rss

OPTIONS = CrawlerOptions(pause=0.0, min_interval=1.0, max_interval=1.0, jitter_share=0.0, user_agent="dateline-test/1")


class Site:
    """A server on 127.0.0.1 and 127.0.0.2, which are two sites, and a log of who asked for what."""

    def __init__(self) -> None:
        self.port = 0
        self.answers: dict[str, Callable[[web.Request], web.StreamResponse]] = {}
        self.log: list[tuple[str, dict[str, str]]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = f"{request.host.partition(':')[0]}{request.path}"
        self.log.append((path, {name.lower(): value for name, value in request.headers.items()}))
        maker = self.answers.get(path)
        return maker(request) if maker else web.Response(status=404)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def put(self, path: str, body: str | bytes, *, host: str = "127.0.0.1", status: int = 200, **headers: str) -> None:
        raw = body.encode() if isinstance(body, str) else body
        named = {"content-type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
        self.answers[host + path] = lambda request: web.Response(body=raw, status=status, headers=named)

    def put_feed(self, path: str, body: str, etag: str = '"1"') -> None:
        def answer(request: web.Request) -> web.Response:
            if request.headers.get("if-none-match") == etag:
                return web.Response(status=304)
            return web.Response(text=body, headers={"etag": etag, "content-type": "application/rss+xml"})

        self.answers["127.0.0.1" + path] = answer

    def asked(self, path: str, host: str = "127.0.0.1") -> list[dict[str, str]]:
        return [headers for name, headers in self.log if name == host + path]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    first = web.TCPSite(runner, "127.0.0.1", 0)
    await first.start()
    site.port = runner.addresses[0][1]
    await web.TCPSite(runner, "127.0.0.2", site.port).start()
    yield site
    await runner.cleanup()


@pytest.fixture
async def bus() -> AsyncIterator[Bus]:
    bus = MemoryBus()
    await bus.start()
    await bus.create_topics(3)
    yield bus
    await bus.close()


@pytest.fixture(scope="module")
def pool() -> Iterator["Workers[Job, Parsed]"]:
    pool: Workers[Job, Parsed] = Workers(run, processes=1, timeout=3.0, preload=("services.crawler.work",))
    yield pool
    asyncio.run(pool.close())


@asynccontextmanager
async def crawler(bus: Bus, pool: "Workers[Job, Parsed]", options: CrawlerOptions = OPTIONS) -> AsyncIterator[None]:
    fetcher = GuardedFetcher(FetcherOptions(options.user_agent, allow=("127.0.0.1/32", "127.0.0.2/32")))
    await fetcher.start()
    clock = SystemClock()
    handler = CrawlerHandler(bus, fetcher, clock, options, pool=pool)
    runner = Runner(bus, handler, clock=clock, options=RunnerOptions(poll_timeout=0.05, drain=2.0))
    stop = asyncio.Event()
    running = asyncio.create_task(runner.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while True:
            if await met():
                return
            await asyncio.sleep(0.05)


async def articles(bus: Bus, topic: str = RAW) -> list[RawArticle]:
    return [read(RawArticle, message) async for message in bus.read_all(topic)]


async def outcomes(bus: Bus) -> list[Outcome]:
    return [read(Outcome, message) async for message in bus.read_all(OUTCOMES)]


async def add_feed(bus: Bus, url: str) -> None:
    await bus.publish([record_of(FEEDS, feed_id(url), Feed(id=feed_id(url), url=url), routing=site_of(url))])


async def test_a_feed_and_its_pages_arrive_once_over_polls_and_restarts(
    site: Site, bus: Bus, pool: "Workers[Job, Parsed]"
) -> None:
    links = [site.url(f"/story-{number}") for number in range(3)]
    for number in range(3):
        site.put(f"/story-{number}", page(f"The mayor of ward {number} resigned."))
    site.put_feed("/feed.xml", rss(*(item(link) for link in links)))
    await add_feed(bus, site.url("/feed.xml"))
    for _ in range(2):
        polls = len(site.asked("/feed.xml"))
        async with crawler(bus, pool):
            await until(partial(_asked, site, "/feed.xml", polls + 2))
            await until(lambda: _counts(bus, 3))
    assert sorted(article.url or "" for article in await articles(bus)) == links
    assert {article.revision for article in await articles(bus)} == {1}
    assert Counter(outcome.kind for outcome in await outcomes(bus)) == {"fetched": 3}
    first, *later = site.asked("/feed.xml")
    assert "if-none-match" not in first
    assert {headers.get("if-none-match") for headers in later} == {'"1"'}
    assert {headers["user-agent"] for _, headers in site.log} == {"dateline-test/1"}
    assert [len(site.asked(f"/story-{number}")) for number in range(3)] == [1, 1, 1]


async def test_hostile_entries_are_told_and_a_normal_one_beside_them_is_read(
    site: Site, bus: Bus, pool: "Workers[Job, Parsed]"
) -> None:
    bomb = gzip.compress(b"<p>" + b"a" * 30_000_000)
    site.put("/bomb", bomb, content_encoding="gzip")
    site.put("/loop", "", status=302, location="/loop2")
    site.put("/loop2", "", status=302, location="/loop")
    site.put("/deep", "<div>" * 150_000 + "deep")  # takes a parser of HTML5 minutes
    site.put("/fine", page("All is well."))
    links = [site.url(path) for path in ("/bomb", "/loop", "/deep", "/fine", "/missing")]
    metadata, wrapped = "http://169.254.169.254/latest/meta-data", "http://[::ffff:127.0.0.3]/"
    inner = ["http://10.0.0.1/", "http://127.0.0.9/", metadata, wrapped]
    site.put_feed("/feed.xml", rss(*(item(link) for link in links + inner)))
    await add_feed(bus, site.url("/feed.xml"))
    async with crawler(bus, pool, replace(OPTIONS, page_retries=())):
        await until(lambda: _outcomes(bus, 9))
        await until(lambda: _letters(bus, 1))
    reasons = Counter(outcome.reason for outcome in await outcomes(bus))
    assert reasons == {
        "too_large": 1, "protocol": 1, "not_found": 1, "refused_address": 4, "WorkerStopped": 1, None: 1,
    }  # fmt: skip
    assert [article.url for article in await articles(bus)] == [site.url("/fine")]


async def test_a_redirect_to_another_site_goes_through_the_bus_to_its_owner(
    site: Site, bus: Bus, pool: "Workers[Job, Parsed]"
) -> None:
    away = site.url("/there", "127.0.0.2")
    site.put("/here", "", status=301, location=away)
    site.put("/there", page("It moved house."), host="127.0.0.2")
    site.put_feed("/feed.xml", rss(item(site.url("/here"))))
    await add_feed(bus, site.url("/feed.xml"))
    async with crawler(bus, pool):
        await until(lambda: _counts(bus, 1))
    (article,) = await articles(bus)
    assert article.url == away


async def test_files_are_read_after_live_news(site: Site, bus: Bus, pool: "Workers[Job, Parsed]") -> None:
    await FileIngest(bus, SystemClock()).run([("a.txt", b"A strike ended."), ("b.html", b"<p>A strike began.</p>")])
    async with crawler(bus, pool):
        await until(lambda: _counts(bus, 2, RAW_BULK))
    assert {article.text or article.html for article in await articles(bus, RAW_BULK)} == {
        "A strike ended.",
        "<p>A strike began.</p>",
    }


async def _asked(site: Site, path: str, number: int) -> bool:
    return len(site.asked(path)) >= number


async def _counts(bus: Bus, number: int, topic: str = RAW) -> bool:
    return len(await articles(bus, topic)) >= number


async def _letters(bus: Bus, number: int) -> bool:
    return len([message async for message in bus.read_all(PAGES + ".dlq")]) >= number


async def _outcomes(bus: Bus, number: int) -> bool:
    return len(await outcomes(bus)) >= number
