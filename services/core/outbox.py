"""Publishing that waits for a bus that is away: what a stage sends, whether the runner or the handler sends it."""

import logging
from collections.abc import Sequence
from typing import Final

from services.core import metrics
from services.core.clock import Clock
from services.core.errors import Unavailable
from services.core.ports import Bus, Record

_log = logging.getLogger(__name__)
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 10.0


class Outbox:
    """Publishes until it is acknowledged, and counts what was."""

    def __init__(self, bus: Bus, clock: Clock, *, stage: str, patience: float) -> None:
        """`patience` in seconds: how long the bus may stay away."""
        self._bus = bus
        self._clock = clock
        self._stage = stage
        self._patience = patience

    async def publish(self, records: Sequence[Record]) -> None:
        """Returns when all are durable. Raises TooLarge, and Unavailable once the bus stayed away too long."""
        if not records:
            return
        began, pause = self._clock.monotonic(), _FIRST_PAUSE
        while True:
            try:
                await self._bus.publish(records)
                break
            except Unavailable as error:
                if self._clock.monotonic() - began > self._patience:
                    raise
                _log.warning("publishing again in %.1f s: %s", pause, error, extra={"stage": self._stage})
                await self._clock.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        for record in records:
            metrics.MESSAGES_OUT.labels(self._stage, record.topic).inc()
