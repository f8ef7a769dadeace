"""The running enricher: every message to a worker process, every result to the runner."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from services.core import metrics
from services.core.clock import Clock, SystemClock
from services.core.envelope import read, traceparent_of
from services.core.errors import BadInput
from services.core.models import RawArticle
from services.core.outcomes import dead_lettered
from services.core.ports import Batch, Message, Partition
from services.core.stage import Done, Failed, Result
from services.core.topics import RAW, RAW_BULK, too_large
from services.core.workers import Workers
from services.enricher.steps.reject import REASONS
from services.enricher.worker import STAGE, Coded, Item, code_message

_MEMORY_LIMIT: Final = 3 * 1024**3
_WARM: Final = ("services.enricher.warm",)


class Coders(Protocol):
    """What codes items: worker processes, or the function itself in tests."""

    async def map(self, items: Sequence[Item]) -> list[Coded | Exception]:
        """A result or exception for each item, in order."""
        ...

    async def close(self) -> None:
        """Ends what was started."""
        ...


class EnricherHandler:
    """Turns raw articles into enriched ones and their mentions (a core.stage.Handler).

    Without state: any replica can take any partition. Articles of a partition may be coded in any order, since the
    sink and the linker go by revision and coder number.
    """

    name = STAGE
    group = STAGE
    topics: Sequence[str] = (RAW,)
    bulk_topics: Sequence[str] = (RAW_BULK,)
    ordered = False

    def __init__(
        self,
        *,
        processes: int = 2,
        timeout: float = 30.0,
        overlay: Path | None = None,
        batch_size: int = 50,
        in_flight: int = 200,
        clock: Clock | None = None,
        coders: Coders | None = None,
    ) -> None:
        """`timeout` in seconds per article; `overlay` is a folder of the operator's own knowledge files."""
        self.batch_size, self.in_flight = batch_size, in_flight
        self._overlay = overlay
        self._clock = clock or SystemClock()
        self._coders: Coders = coders or Workers(
            code_message, processes=processes, timeout=timeout, preload=_WARM, memory_limit=_MEMORY_LIMIT
        )
        for reason in REASONS:
            metrics.DISCARDED.labels(STAGE, reason)

    async def assigned(self, partitions: frozenset[Partition], generation: int) -> None:
        """Nothing to load: there is no state."""

    async def draining(self, partitions: frozenset[Partition]) -> None:
        """Articles are coded within the time limit of one, which is no wait."""

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        """Nothing to forget."""

    async def handle(self, batch: Batch) -> Sequence[Result]:
        """One result per message; a rejected article is done, with its outcome as output."""
        there = [message for message in batch.messages if message.value is not None]
        coded = iter(await self._coders.map([self._item(message) for message in there]))
        return [
            self._result(message, next(coded) if message.value is not None else BadInput("a tombstone is no article"))
            for message in batch.messages
        ]

    def _item(self, message: Message) -> Item:
        return Item(message.value or b"", traceparent_of(message), self._clock.now(), self._overlay)

    def _result(self, message: Message, coded: Coded | Exception) -> Result:
        if isinstance(coded, Exception):
            return self._failed(message, coded)
        # Looked at here, where the account of the article can still be closed.
        if (oversize := next(filter(None, map(too_large, coded.records)), None)) is not None:
            return self._failed(message, oversize)
        if coded.rejected is not None:
            metrics.DISCARDED.labels(STAGE, coded.rejected).inc()
        return Done(coded.records)

    def _failed(self, message: Message, error: Exception) -> Failed:
        try:
            raw = read(RawArticle, message)
        except BadInput:
            return Failed(error)  # nobody knows which fetch it was
        trace = traceparent_of(message)
        closed = dead_lettered(raw, error, stage=STAGE, now=self._clock.now(), traceparent=trace)
        return Failed(error, outputs=[closed])

    async def close(self) -> None:
        """Stops the worker processes."""
        await self._coders.close()
