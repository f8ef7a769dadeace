"""A signal that everybody who waits for it hears once."""

import asyncio
import contextlib


class Signal:
    """Take `next` before looking for news, and wait for it after: then nothing in between is missed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        """The event of the next time that it is given."""
        return self._event

    def give(self) -> None:
        """Wakes who waits now."""
        self._event.set()
        self._event = asyncio.Event()


async def heard(event: asyncio.Event, seconds: float) -> None:
    """Waits for an event, and no longer than so many seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
