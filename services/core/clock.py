"""Time as a dependency, so that tests and simulations bring their own."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits. `monotonic` never goes back and is for durations only."""

    def now(self) -> datetime:
        """The time in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary point."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Returns after this many seconds; at once when it is not positive."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class ManualClock:
    """A clock that only moves when it is told to, or when somebody sleeps (`auto`): a day passes in seconds."""

    def __init__(self, start: datetime, *, auto: bool = False) -> None:
        self._now = start
        self._elapsed = 0.0
        self._auto = auto
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Moves on and wakes who slept until then."""
        self._elapsed += seconds
        self._now += timedelta(seconds=seconds)
        for wake, event in self._sleepers:
            if wake <= self._elapsed:
                event.set()
        self._sleepers = [(wake, event) for wake, event in self._sleepers if wake > self._elapsed]

    async def sleep(self, seconds: float) -> None:
        if self._auto:
            self.advance(max(0.0, seconds))
            await asyncio.sleep(0)
        elif seconds > 0:
            event = asyncio.Event()
            self._sleepers.append((self._elapsed + seconds, event))
            await event.wait()
