"""Requests with manners: in the host's turn, counted, holds honoured; redirects by hand, one checked hop at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from services.core.clock import Clock
from services.core.ports import Fetcher, FetchError, Request, Response
from services.crawler import metrics
from services.crawler.advice import retry_after
from services.crawler.options import CrawlerOptions
from services.crawler.politeness import Politeness, host_of
from services.crawler.urls import is_fetchable, same_site

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


class Web:
    """The crawler's way out: every request of every kind takes this door."""

    def __init__(self, fetcher: Fetcher, politeness: Politeness, clock: Clock, options: CrawlerOptions) -> None:
        self.politeness = politeness
        self._fetcher = fetcher
        self._clock = clock
        self._options = options
        self._requests = asyncio.Semaphore(options.max_requests)

    async def get(self, url: str, *, what: str, headers: Mapping[str, str] | None = None) -> Response:
        """One GET in the host's turn. A Retry-After on 429 or 503 holds the host. Raises FetchError."""
        if not is_fetchable(url):
            error = FetchError("refused_url", "only plain http and https addresses are fetched")
            metrics.count_failure(what, error)
            raise error
        options = self._options
        request = Request(url, dict(headers or {}), None, options.deadline, options.max_bytes)
        host = host_of(url)
        async with self.politeness.slot(host), self._requests:
            try:
                response = await self._fetcher.fetch(request)
            except FetchError as error:
                metrics.count_failure(what, error)
                raise
        self._count(what, response)
        if response.status in (429, 503):
            self.politeness.hold(host, retry_after(response.headers, self._clock.now()) or 0.0)
        return response

    @staticmethod
    def _count(what: str, response: Response) -> None:
        metrics.FETCHES.labels(what, metrics.status_class(response.status)).inc()
        metrics.BYTES.labels(what).inc(len(response.body))
        metrics.FETCH_SECONDS.labels(what).observe(response.seconds)


@dataclass(frozen=True, slots=True)
class Landed:
    """Where a chain of redirects ended: an answer, or an address of another site that was not asked (`left_to`).

    `permanent` is as far as permanent redirects alone led, from the start.
    """

    url: str
    permanent: str
    response: Response | None = None
    left_to: str | None = None


async def follow(
    send: Callable[[str], Awaitable[Response]], url: str, *, limit: int, stay_on_site: bool = False
) -> Landed:
    """Sends to `url` and on to where it redirects, at most `limit` times.

    Raises FetchError for a loop, too long a chain, a redirect to nowhere or to what may not be fetched.
    """
    at, permanent, unbroken = url, url, True
    been = {url}
    for _ in range(limit + 1):
        response = await send(at)
        if response.status not in _REDIRECTS:
            return Landed(at, permanent, response)
        target = _target(at, response)
        if stay_on_site and not same_site(target, at):
            return Landed(at, permanent, left_to=target)
        unbroken = unbroken and response.status in _PERMANENT
        permanent = target if unbroken else permanent
        if target in been:
            raise FetchError("protocol", "the redirects go round in a circle")
        been.add(target)
        at = target
    raise FetchError("protocol", f"more than {limit} redirects")


def _target(at: str, response: Response) -> str:
    location = response.headers.get("location", "").strip()
    if not location:
        raise FetchError("protocol", f"a redirect ({response.status}) without a Location")
    try:
        target = urljoin(at, location)
    except ValueError:
        target = ""
    if not is_fetchable(target):
        raise FetchError("refused_url", "a redirect to what is no plain http or https address")
    return target.partition("#")[0]
