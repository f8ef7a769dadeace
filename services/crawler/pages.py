"""One page task: is it allowed, fetch it (or take the feed's text for it), and what came of that. Publishes nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from services.core.clock import Clock
from services.core.errors import BadInput, Rejected, WorkerStopped
from services.core.ids import article_id
from services.core.models import HttpInfo, PageTask
from services.core.ports import FetchError, Response
from services.crawler import metrics
from services.crawler.options import CrawlerOptions
from services.crawler.page import PageFacts
from services.crawler.politeness import host_of
from services.crawler.robots_cache import RobotsCache
from services.crawler.urls import canonical_url
from services.crawler.web import Landed, Web, follow
from services.crawler.work import PageJob, Pool, TextJob, read_in

_ACCEPT = "text/html, application/xhtml+xml, text/plain;q=0.8, */*;q=0.1"
_RETRIED_KINDS = frozenset({"dns", "connect", "timeout"})
_RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Article:
    """A page that was read. `url` is what served it; `http` is None where the feed's text stands for it."""

    facts: PageFacts
    url: str
    canonical_url: str
    fetched_at: datetime
    http: HttpInfo | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """The page is on another site: a task for the owner of that."""

    task: PageTask


@dataclass(frozen=True, slots=True)
class Refused:
    """No article, with a reason of a fixed set of words."""

    reason: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Broken:
    """It stopped the worker process that was to read it: nobody knows what is in it."""

    error: WorkerStopped
    at: datetime


@dataclass(frozen=True, slots=True)
class Later:
    """Its host is held, crowded or does not show its robots.txt: ask again after `seconds`."""

    seconds: float


Reading = Article | Moved | Refused | Broken | Later


class PageReader:
    """Reads pages. The order of tasks, revisions and what is published are the stage's business."""

    def __init__(self, web: Web, robots: RobotsCache, pool: Pool, clock: Clock, options: CrawlerOptions) -> None:
        self._web = web
        self._robots = robots
        self._pool = pool
        self._clock = clock
        self._options = options

    async def read(self, task: PageTask) -> Reading:
        """Never raises for what a server or a page can do."""
        try:
            if task.body is not None:
                return await self._feed_text(task, task.body)
            return await self._page(task)
        except Rejected as rejected:
            return Refused(rejected.reason, rejected.detail, self._clock.now())
        except FetchError as error:
            return Refused(error.kind, error.detail, self._clock.now())
        except WorkerStopped as error:
            return Broken(error, self._clock.now())
        except BadInput as error:
            return Refused("unreadable", str(error), self._clock.now())
        except _NotNow as wait:
            return Later(wait.seconds)

    async def _feed_text(self, task: PageTask, body: str) -> Article:
        url = canonical_url(task.url)
        title = task.entry.title if task.entry else None
        facts = await read_in(self._pool, TextJob(body, title, self._options.max_html))
        return Article(facts, task.url, url, self._clock.now())

    async def _page(self, task: PageTask) -> Reading:
        landed = await self._patiently(lambda: follow(
            self._send, task.url, limit=self._options.max_redirects, stay_on_site=True))  # fmt: skip
        if landed.left_to is not None:
            return self._moved(task, landed.left_to)
        response = landed.response
        assert response is not None
        _refuse_status(response)
        if _is_front(landed.url) and not _is_front(task.url):
            raise Rejected("soft_404", "it redirects to the front page")
        title = task.entry.title if task.entry else None
        options = self._options
        job = PageJob(response.body, landed.url, response.headers, title, options.max_html, options.robots_agent)
        fetched_at = self._clock.now()
        facts = await read_in(self._pool, job)
        return Article(facts, landed.url, facts.canonical_url or canonical_url(landed.url), fetched_at, _http(response))

    async def _patiently(self, attempt: Callable[[], Awaitable[Landed]]) -> Landed:
        """Tries again, after pauses, what failed for a reason that passes."""
        for pause in (*self._options.page_retries, None):
            try:
                landed = await attempt()
            except FetchError as error:
                if error.kind not in _RETRIED_KINDS or pause is None:
                    raise
            else:
                if landed.response is None or landed.response.status not in _RETRIED_STATUS:
                    return landed
                # A host that says when to come back is believed: the task waits, it is not given up.
                self._not_if_held(landed.url)
                if pause is None:
                    return landed
            await self._clock.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _send(self, url: str) -> Response:
        self._not_if_held(url)
        match await self._robots.permission(url):
            case "disallowed":
                metrics.ROBOTS_REFUSED.inc()
                raise Rejected("robots", "its robots.txt does not allow it")
            case "unreachable":
                raise _NotNow(self._options.longest_wait)
            case "allowed":
                return await self._web.get(url, what="page", headers={"accept": _ACCEPT})

    def _not_if_held(self, url: str) -> None:
        wait = self._web.politeness.expected_wait(host_of(url))
        if wait > self._options.longest_wait:
            raise _NotNow(self._options.longest_wait)

    def _moved(self, task: PageTask, target: str) -> Moved:
        if task.hops >= self._options.max_hops:
            raise Rejected("too_many_hops", f"moved between sites {task.hops} times")
        url = canonical_url(target)
        # What the feed carried was about the page of its own site: it does not travel.
        return Moved(task.model_copy(update={"id": article_id(url), "url": url, "hops": task.hops + 1, "body": None}))


class _NotNow(Exception):
    """The host will not take a request soon."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _refuse_status(response: Response) -> None:
    status = response.status
    if status == 200:
        return
    named = {401: "forbidden", 403: "forbidden", 404: "not_found", 410: "gone", 429: "too_many_requests",
             451: "forbidden"}  # fmt: skip
    raise Rejected(named.get(status, f"http_{status // 100}xx"), f"the server answered {status}")


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _http(response: Response) -> HttpInfo:
    headers = response.headers
    return HttpInfo(
        status=response.status,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        content_type=headers.get("content-type"),
    )
