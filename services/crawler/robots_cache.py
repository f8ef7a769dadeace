"""robots.txt of every origin, fetched when first needed and kept for at most a day (RFC 9309 section 2.4)."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from services.core.clock import Clock
from services.core.ports import FetchError, Response
from services.crawler.options import CrawlerOptions
from services.crawler.politeness import host_of
from services.crawler.robots import RobotsRules
from services.crawler.web import Web, follow

Permission = Literal["allowed", "disallowed", "unreachable"]
_SWEEP_AT = 10_000


@dataclass(slots=True)
class _Origin:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: RobotsRules | None = None
    reachable: bool = False
    refused: FetchError | None = None
    good_until: float = 0.0


class RobotsCache:
    """Asks each origin once per lifetime, however many pages wait for the answer."""

    def __init__(self, web: Web, clock: Clock, options: CrawlerOptions) -> None:
        self._web = web
        self._clock = clock
        self._options = options
        self._origins: dict[str, _Origin] = {}
        self._sweep_at = _SWEEP_AT

    async def permission(self, url: str) -> Permission:
        """Whether a page may be fetched; `unreachable` where robots.txt cannot be had, which means not now.

        Raises FetchError where the guard refuses the host: waiting would not help.
        """
        rules, reachable = await self._rules(url)
        if rules.allows(url, self._options.robots_agent):
            return "allowed"
        return "disallowed" if reachable else "unreachable"

    async def _rules(self, url: str) -> tuple[RobotsRules, bool]:
        origin = self._origin(url)
        async with origin.lock:
            if origin.rules is None or origin.good_until <= self._clock.monotonic():
                await self._renew(origin, url)
            if origin.refused is not None:
                raise origin.refused
            assert origin.rules is not None
            return origin.rules, origin.reachable

    async def _renew(self, origin: _Origin, url: str) -> None:
        parts = urlsplit(url)
        try:
            landed = await follow(self._send, f"{parts.scheme}://{parts.netloc}/robots.txt",
                                  limit=self._options.max_redirects)  # fmt: skip
            response = landed.response
            origin.refused = None
        except FetchError as error:
            response = None
            origin.refused = error if error.kind in ("refused_address", "refused_url") else None
        status = response.status if response else None
        origin.rules = RobotsRules(
            status, response.body if response else b"", response.headers.get("content-type") if response else None
        )
        origin.reachable = status is not None and status < 500
        lifetime = self._options.robots_lifetime if origin.reachable else self._options.robots_retry
        origin.good_until = self._clock.monotonic() + lifetime
        self._web.politeness.set_crawl_delay(host_of(url), origin.rules.crawl_delay(self._options.robots_agent))

    async def _send(self, url: str) -> Response:
        return await self._web.get(url, what="robots")

    def _origin(self, url: str) -> _Origin:
        parts = urlsplit(url)
        key = f"{parts.scheme}://{parts.netloc.lower()}"
        if key not in self._origins:
            if len(self._origins) >= self._sweep_at:
                self._forget_old()
            self._origins[key] = _Origin()
        return self._origins[key]

    def _forget_old(self) -> None:
        now = self._clock.monotonic()
        for key in [key for key, it in self._origins.items() if it.good_until <= now and not it.lock.locked()]:
            del self._origins[key]
        # Those that stay are not looked at again for each newcomer.
        self._sweep_at = max(_SWEEP_AT, 2 * len(self._origins))
