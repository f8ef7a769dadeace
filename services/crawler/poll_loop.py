"""Polls feeds when their time has come: a heap of times, so many polls at once, stopped one by one."""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from itertools import count

from services.core.clock import Clock

_log = logging.getLogger(__name__)
# The wall clock can be set: times are looked at again at least this often.
_LONGEST_SLEEP = 60.0
_HEAP_SLACK = 1000


class PollLoop:
    """Calls `poll` for a feed at the time it was scheduled for. A feed is polled by one task at a time."""

    def __init__(self, clock: Clock, poll: Callable[[str], Awaitable[None]], *, concurrency: int) -> None:
        self._clock = clock
        self._poll = poll
        self._concurrency = concurrency
        self._times: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, int, str]] = []
        self._order = count()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._kept: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    def schedule(self, feed_id: str, at: datetime) -> None:
        """Sets the feed's next time; of a feed that is being polled, the time after."""
        self._times[feed_id] = at
        heapq.heappush(self._heap, (at, next(self._order), feed_id))
        if len(self._heap) > 2 * len(self._times) + _HEAP_SLACK:
            self._heap = [item for item in self._heap if self._times.get(item[2]) == item[0]]
            heapq.heapify(self._heap)
        self._changed.set()

    def forget(self, feed_id: str) -> None:
        """Takes the feed off the schedule; a poll that runs goes on."""
        self._times.pop(feed_id, None)

    def keep(self) -> None:
        """Called within a poll before it publishes: from now on `stop` waits for it instead of cancelling it."""
        task = asyncio.current_task()
        assert task is not None
        self._kept.add(task)

    async def stop(self, feed_ids: Iterable[str]) -> None:
        """Forgets these feeds; when it returns, none of their polls runs and none publishes any more."""
        ending = []
        for feed_id in feed_ids:
            self.forget(feed_id)
            task = self._running.get(feed_id)
            if task is not None:
                ending.append(task)
                if task not in self._kept:
                    task.cancel()
        if ending:
            await asyncio.wait(ending)

    async def run(self) -> None:
        """Goes on until it is cancelled; then no poll runs any more."""
        try:
            while True:
                self._changed.clear()
                self._start_due()
                await self._wait()
        finally:
            await self.stop(list(self._running))

    def _start_due(self) -> None:
        now = self._clock.now()
        while self._heap and self._heap[0][0] <= now and len(self._running) < self._concurrency:
            at, _, feed_id = heapq.heappop(self._heap)
            if self._times.get(feed_id) != at or feed_id in self._running:
                continue  # scheduled anew, forgotten, or still being polled: then its poll's end puts it back
            del self._times[feed_id]
            self._running[feed_id] = asyncio.create_task(self._run_one(feed_id))

    async def _run_one(self, feed_id: str) -> None:
        try:
            await self._poll(feed_id)
        except Exception:
            # One feed's trouble never stops the others; whoever polls schedules it anew.
            _log.exception("a poll broke", extra={"feed_id": feed_id})
        finally:
            task = asyncio.current_task()
            if task is not None:
                self._kept.discard(task)
            self._running.pop(feed_id, None)
            if (at := self._times.get(feed_id)) is not None:
                self.schedule(feed_id, at)
            self._changed.set()

    async def _wait(self) -> None:
        """Until something changed or the next time has come."""
        waits: list[asyncio.Future[object]] = [asyncio.ensure_future(self._changed.wait())]
        if self._heap and len(self._running) < self._concurrency:
            until = (self._heap[0][0] - self._clock.now()).total_seconds()
            waits.append(asyncio.ensure_future(self._clock.sleep(min(until, _LONGEST_SLEEP))))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
