"""The bulk loop: every item gets a final answer, however long the index is full, busy or away."""

import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.core.clock import Clock
from services.core.errors import DatelineError, Unavailable
from services.core.ports import Collection, Hit, Index, Upsert, Written
from services.sink import metrics

_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """Items per request, and the pause before the first and at most before any further try, in seconds."""

    chunk: int = 500
    first_pause: float = 0.5
    longest_pause: float = 30.0


class Writer:
    """Writes documents until each is written, known to be stale, or refused for good.

    Only the items that the index refuses for now are sent again, with growing pauses and no end: a document is never
    dropped, and the bus holds what follows. To end it, cancel it.
    """

    def __init__(self, index: Index, clock: Clock, options: WriteOptions | None = None) -> None:
        self._index, self._clock = index, clock
        self._options = options or WriteOptions()

    async def write(self, items: Sequence[Upsert]) -> list[Written]:
        """The final results, in the order of `items`: written, stale or failed."""
        final: list[Written] = []
        for start in range(0, len(items), self._options.chunk):
            final += await self._write_chunk(items[start : start + self._options.chunk])
        return final

    async def get(self, collection: Collection, document_id: str) -> Hit | None:
        """The stored document, waiting for the index as long as it takes."""
        return await self._answered(lambda: self._index.get(collection, document_id))

    async def _write_chunk(self, items: Sequence[Upsert]) -> list[Written]:
        final: dict[int, Written] = {}
        waiting, tries = list(range(len(items))), 0
        try:
            while True:
                results = await self._bulk([items[at] for at in waiting])
                final.update(zip(waiting, results, strict=True))
                refused = [at for at in waiting if final[at].result == "retry"]
                metrics.RETRYING.inc(len(refused) - (len(waiting) if tries else 0))
                if not refused:
                    return [final[at] for at in range(len(items))]
                waiting, tries = refused, tries + 1
                _log.warning("the index refuses %d documents for now: %s", len(refused), final[refused[0]].error)
                await self._pause(tries)
        except BaseException:
            metrics.RETRYING.dec(len(waiting) if tries else 0)
            raise

    async def _bulk(self, items: Sequence[Upsert]) -> list[Written]:
        began = self._clock.monotonic()
        results = await self._answered(lambda: self._index.upsert(items))
        if len(results) != len(items):
            raise DatelineError(f"the index gave {len(results)} results for {len(items)} documents; this is a bug")
        metrics.BULK_SECONDS.observe(self._clock.monotonic() - began)
        for written in results:
            metrics.BULK_ITEMS.labels(written.result).inc()
        return results

    async def _answered(self, request: Callable[[], Awaitable[T]]) -> T:
        tries = 0
        while True:
            try:
                return await request()
            except Unavailable as error:
                tries += 1
                metrics.UNAVAILABLE.inc()
                _log.warning("the index does not answer (%d times now): %s", tries, error)
                await self._pause(tries)

    async def _pause(self, tries: int) -> None:
        # Jitter, so that replicas that were refused together do not come back together.
        longest = min(self._options.longest_pause, self._options.first_pause * 2 ** min(tries - 1, 16))
        await self._clock.sleep(longest * random.uniform(0.5, 1.0))  # noqa: S311 - nothing secret in a pause
