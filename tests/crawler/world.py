"""A web, a bus and a clock for crawler tests: nothing leaves the process, nothing takes time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from services.adapters.memory_bus import MemoryBus
from services.core.clock import ManualClock
from services.core.envelope import read, record_of, tombstone
from services.core.errors import WorkerStopped
from services.core.ids import article_id, feed_id
from services.core.models import ArticleState, Entry, Feed, FeedState, Model, Outcome, PageTask, RawArticle, Source
from services.core.ports import Batch, FetchError, Message, Partition, Record, Request, Response
from services.core.stage import Done, Failed, Result
from services.core.topics import ARTICLE_STATE, FEED_STATE, FEEDS, OUTCOMES, PAGES, PAGES_BULK, RAW, RAW_BULK
from services.crawler.options import CrawlerOptions
from services.crawler.stage import CrawlerHandler
from services.crawler.urls import site_of
from services.crawler.work import Job, Parsed, run

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday
PARTITIONS = 4
STORY = "https://herald.example/story-1"
M = TypeVar("M", bound=Model)
Answer = tuple[int, Mapping[str, str], bytes]


@dataclass
class ScriptedFetcher:
    """Answers from a table of URLs; what is not in it is 404. Counts and times every request."""

    clock: ManualClock
    pages: dict[str, "Answer | FetchError | Callable[[Request], Answer]"] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    starts: list[tuple[float, str]] = field(default_factory=list)
    active: int = 0
    most_active: int = 0
    seconds: float = 0.0
    closed: bool = False

    async def start(self) -> None:
        self.closed = False

    async def close(self) -> None:
        self.closed = True

    def put(self, url: str, body: str | bytes = b"", *, status: int = 200, **headers: str) -> None:
        raw = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[url] = (status, {"content-type": "text/html; charset=utf-8", **named}, raw)

    async def fetch(self, request: Request) -> Response:
        self.requests.append(request)
        self.starts.append((self.clock.monotonic(), request.url))
        self.active += 1
        self.most_active = max(self.most_active, self.active)
        try:
            await self.clock.sleep(self.seconds)
        finally:
            self.active -= 1
        answer = self.pages.get(request.url, (404, {}, b""))
        if isinstance(answer, FetchError):
            raise answer
        status, headers, body = answer(request) if callable(answer) else answer
        return Response(request.url, status, headers, body, 0.01)

    def asked(self, url: str) -> list[Request]:
        return [request for request in self.requests if request.url == url]

    def asked_for_pages(self) -> list[str]:
        return [request.url for request in self.requests if not request.url.endswith("/robots.txt")]


@dataclass
class InlinePool:
    """Does the work of the worker processes at once, but for pages that hold the word `deadly`."""

    deadly: str = "no page holds this"

    async def map(self, items: Sequence[Job]) -> list[Parsed | Exception]:
        return [WorkerStopped("took too long") if self.deadly in str(item.body) else _result(item) for item in items]


def _result(job: Job) -> Parsed | Exception:
    try:
        return run(job)
    except Exception as error:
        return error


@dataclass
class World:
    """A handler with everything around it; `deliver` does the runner's part."""

    clock: ManualClock
    bus: MemoryBus
    web: ScriptedFetcher
    handler: CrawlerHandler
    offsets: dict[Partition, int] = field(default_factory=dict)
    owned: frozenset[Partition] = frozenset()

    async def own(self, numbers: Sequence[int] = range(PARTITIONS), generation: int = 1) -> None:
        topics = (*self.handler.topics, *self.handler.bulk_topics)
        self.owned |= frozenset(Partition(topic, number) for topic in topics for number in numbers)
        await self.handler.assigned(self.owned, generation)

    async def lose(self, numbers: Sequence[int]) -> None:
        lost = frozenset(partition for partition in self.owned if partition.number in numbers)
        self.owned -= lost
        await self.handler.revoked(lost)

    async def settle(self) -> None:
        """Lets everything run that needs no time."""
        for _ in range(300):
            await asyncio.sleep(0)

    async def wait(self, seconds: float, step: float = 1.0) -> None:
        """Lets time pass in steps, so that what wakes up can act."""
        await self.settle()
        while seconds > 0:
            self.clock.advance(min(step, seconds))
            seconds -= step
            for _ in range(40):
                await asyncio.sleep(0)
        await self.settle()

    async def wait_for(self, result: "asyncio.Task[Result]", step: float = 1.0) -> Result:
        for _ in range(20_000):
            await asyncio.sleep(0)
            if result.done():
                return result.result()
            for _ in range(20):
                await asyncio.sleep(0)
            if not result.done():
                self.clock.advance(step)
        raise AssertionError("it never ended")

    async def add_feed(self, url: str, **settings: object) -> Feed:
        feed = Feed.model_validate({"id": feed_id(url), "url": url, "source": Source(id="src", name="Src"), **settings})
        await self.bus.publish([record_of(FEEDS, feed.id, feed, routing=site_of(url))])
        return feed

    async def remove_feed(self, feed: Feed) -> None:
        await self.bus.publish([tombstone(FEEDS, feed.id, routing=site_of(feed.url))])

    async def deliver(self, topic: str, *, publish: bool = True) -> list[Result]:
        """Hands all new messages of owned partitions to the handler at once, and publishes what follows."""
        messages = []
        async for message in self.bus.read_all(topic):
            if message.source in self.owned and message.offset >= self.offsets.get(message.source, 0):
                messages.append(message)
                self.offsets[message.source] = message.offset + 1
        tasks = [asyncio.create_task(self._handle(message, publish)) for message in messages]
        return [await self.wait_for(task) for task in tasks]

    async def deliver_pages(self) -> list[Result]:
        """Until no page task is left: redirects and deferred ones make new ones."""
        results: list[Result] = []
        while more := await self.deliver(PAGES):
            results += more
        return results

    async def _handle(self, message: Message, publish: bool) -> Result:
        (result,) = await self.handler.handle(Batch(message.source, [message]))
        if publish:
            await self.bus.publish(list(result.outputs))
        return result

    async def send_task(self, task: PageTask, topic: str = PAGES) -> None:
        await self.bus.publish([record_of(topic, task.id, task, routing=site_of(task.url))])

    # -------------------------------------------------- what is on the bus

    async def models(self, topic: str, model: type[M]) -> list[M]:
        return [read(model, message) async for message in self.bus.read_all(topic) if message.value is not None]

    async def tasks(self) -> list[PageTask]:
        return await self.models(PAGES, PageTask)

    async def bulk_tasks(self) -> list[PageTask]:
        return await self.models(PAGES_BULK, PageTask)

    async def articles(self) -> list[RawArticle]:
        return await self.models(RAW, RawArticle)

    async def bulk_articles(self) -> list[RawArticle]:
        return await self.models(RAW_BULK, RawArticle)

    async def outcomes(self) -> list[Outcome]:
        return await self.models(OUTCOMES, Outcome)

    async def article_states(self) -> list[ArticleState]:
        return await self.models(ARTICLE_STATE, ArticleState)

    async def feed_state(self, feed: Feed) -> FeedState:
        return read(FeedState, [m async for m in self.bus.read_all(FEED_STATE) if m.key == feed.id][-1])


class RecordingBus(MemoryBus):
    """Remembers what was published, call by call, and can be made to fail."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock=clock)
        self.calls: list[list[Record]] = []
        self.failure: Exception | None = None

    async def publish(self, records: Sequence[Record]) -> None:
        if self.failure is not None:
            raise self.failure
        self.calls.append(list(records))
        await super().publish(records)


@asynccontextmanager
async def world(
    bus: MemoryBus | None = None, clock: ManualClock | None = None, pool: InlinePool | None = None, **numbers: object
) -> AsyncIterator[World]:
    """A world at START with all partitions owned by nobody yet. Without jitter unless `numbers` say so."""
    clock = clock or ManualClock(START)
    shared = bus is not None
    bus = bus or RecordingBus(clock)
    if not shared:
        await bus.start()
        await bus.create_topics(PARTITIONS)
    web = ScriptedFetcher(clock)
    options = CrawlerOptions(**{"jitter_share": 0.0, "page_retries": (), **numbers})  # type: ignore[arg-type]
    handler = CrawlerHandler(bus, web, clock, options, pool=pool or InlinePool(), chance=lambda: 1.0)
    try:
        yield World(clock, bus, web, handler)
    finally:
        await handler.close()
        if not shared:
            await bus.close()


def page_task(url: str = STORY, *, title: str | None = None, words: str = "first", **more: object) -> PageTask:
    """A task as a feed's entry makes it."""
    entry = Entry(id=url, url=url, title=title, summary=words)
    return PageTask.model_validate(
        {"id": article_id(url), "url": url, "feed_id": "f", "entry": entry, "found_at": START, **more}
    )


def done(result: Result) -> Done:
    assert isinstance(result, Done), result
    return result


def failed(result: Result) -> Failed:
    assert isinstance(result, Failed), result
    return result


def rss(*items: str, extra: str = "") -> str:
    channel = f"<title>Herald</title>{extra}{''.join(items)}"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{channel}</channel></rss>'


def item(link: str, title: str = "A bridge was closed", text: str = "Short.", **more: str) -> str:
    fields = {"title": title, "link": link, "guid": link, "description": text, **more}
    return f"<item>{''.join(f'<{name}>{value}</{name}>' for name, value in fields.items())}</item>"


def page(text: str = "Engineers closed the bridge at Tarvin on Monday.", title: str = "Bridge", head: str = "") -> str:
    body = f"<article><h1>{title}</h1><p>{text}</p></article>"
    return f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
