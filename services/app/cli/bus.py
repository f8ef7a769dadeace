"""What commands that work on the bus share."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.app.settings import load_settings
from services.core.ports import Bus

T = TypeVar("T")


def on_bus(work: Callable[[Bus], Awaitable[T]]) -> T:
    """Connects to the bus of the settings, does the work, and lets go."""

    async def run() -> T:
        from services.app.wiring import connect, directory_of, open_bus
        from services.core.clock import SystemClock

        settings = load_settings()
        bus = open_bus(settings)
        await connect("bus", bus.start, patience=settings.connect_patience, clock=SystemClock())
        try:
            if directory_of(settings.bus) is not None:
                await bus.create_topics(settings.partitions)
            return await work(bus)
        finally:
            await bus.close()

    return asyncio.run(run())
