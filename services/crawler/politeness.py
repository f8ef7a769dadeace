"""Manners towards hosts: at most so many requests at once, a pause between starts, and holds that servers ask for.

Every host has its own queue, so that the pause of one never holds up another.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from services.core.clock import Clock
from services.crawler.options import CrawlerOptions

_SWEEP_AT = 10_000


def host_of(url: str) -> str:
    """Host and port of a URL: what has a queue of its own."""
    return urlsplit(url).netloc.lower()


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore
    ready_at: float = 0.0
    held_until: float = 0.0
    crawl_delay: float = 0.0
    delay_until: float = 0.0
    waiting: int = 0
    active: int = 0

    def is_idle(self, now: float) -> bool:
        return not (self.waiting or self.active) and max(self.ready_at, self.held_until, self.delay_until) <= now


@dataclass(slots=True)
class Politeness:
    """The queues of all hosts. Times are of the clock's monotonic scale."""

    clock: Clock
    options: CrawlerOptions
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _sweep_at: int = _SWEEP_AT

    def hold(self, host: str, seconds: float) -> None:
        """Starts nothing at this host for so long (Retry-After); a shorter hold never shortens a longer one."""
        entry = self._entry(host)
        until = self.clock.monotonic() + min(seconds, self.options.poll_cap)
        entry.held_until = max(entry.held_until, until)

    def set_crawl_delay(self, host: str, seconds: float | None) -> None:
        """The pause that the host's robots.txt asks for; it only lengthens ours, within the limit."""
        entry = self._entry(host)
        entry.crawl_delay = min(seconds or 0.0, self.options.crawl_delay_limit)
        # As long as its robots.txt is kept: the next one brings it back.
        entry.delay_until = self.clock.monotonic() + self.options.robots_lifetime if entry.crawl_delay else 0.0

    def expected_wait(self, host: str) -> float:
        """Seconds that a request queued now would wait at least."""
        entry = self._hosts.get(host)
        if entry is None:
            return 0.0
        first = max(entry.ready_at, entry.held_until) - self.clock.monotonic()
        return max(0.0, first) + entry.waiting * self._pause(entry)

    @asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[None]:
        """Waits for its turn and holds one of the host's slots; every start moves the next one back by the pause."""
        entry = self._entry(host)
        entry.waiting += 1
        queued = True
        try:
            async with entry.slots:
                while (wait := max(entry.ready_at, entry.held_until) - self.clock.monotonic()) > 0:
                    await self.clock.sleep(wait)
                # No await between the test and this: two of one host never start together.
                entry.ready_at = self.clock.monotonic() + self._pause(entry)
                entry.waiting, entry.active, queued = entry.waiting - 1, entry.active + 1, False
                try:
                    yield
                finally:
                    entry.active -= 1
        finally:
            if queued:
                entry.waiting -= 1

    def _pause(self, entry: _Host) -> float:
        return max(self.options.pause, entry.crawl_delay)

    def _entry(self, host: str) -> _Host:
        entry = self._hosts.get(host)
        if entry is None:
            if len(self._hosts) >= self._sweep_at:
                self._forget_idle()
            entry = self._hosts[host] = _Host(asyncio.Semaphore(self.options.host_requests))
        return entry

    def _forget_idle(self) -> None:
        """Drops hosts that nothing is known of any more; looks again when there are twice as many as stay."""
        now = self.clock.monotonic()
        for host in [host for host, entry in self._hosts.items() if entry.is_idle(now)]:
            del self._hosts[host]
        self._sweep_at = max(_SWEEP_AT, 2 * len(self._hosts))
