"""Runs stages until a signal or a failure: one in a container, all five in one process on a laptop."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Protocol

from services.app.settings import Settings
from services.app.wiring import HANDLERS, NEEDS_INDEX, connect, directory_of, make_handler, open_bus, open_index
from services.core.clock import Clock, SystemClock
from services.core.health import HealthServer
from services.core.ports import Bus, Index
from services.core.runner import Runner, RunnerOptions

_log = logging.getLogger(__name__)


class Service(Protocol):
    """Something that runs until told to stop, and says how it is."""

    @property
    def alive(self) -> bool:
        """Whether its loop makes progress; depends on nothing outside the process."""
        ...

    @property
    def ready(self) -> bool:
        """Whether its connections are up and it holds its assignment."""
        ...

    async def run(self, stop: asyncio.Event) -> None:
        """Returns in order when `stop` is set; raises what broke it."""
        ...


class Connections:
    """The bus and the index that the stages of this process share."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.bus: Bus = open_bus(settings)
        self.index: Index | None = None

    async def open(self, stack: AsyncExitStack, *, with_index: bool) -> None:
        """Connects with patience; what is embedded is also set up. Closed again by the stack."""
        patience = self.settings.connect_patience
        await connect("bus", self.bus.start, patience=patience, clock=self.clock)
        stack.push_async_callback(self.bus.close)
        if directory_of(self.settings.bus) is not None:
            await self.bus.create_topics(self.settings.partitions)
        if with_index:
            self.index = open_index(self.settings)
            await connect("index", self.index.start, patience=patience, clock=self.clock)
            stack.push_async_callback(self.index.close)
            if directory_of(self.settings.index) is not None:
                await self.index.install()


async def make_service(name: str, connections: Connections) -> Service:
    """One stage, ready to run."""
    settings = connections.settings
    if name in HANDLERS:
        handler = await make_handler(
            name, settings, bus=connections.bus, index=connections.index, clock=connections.clock
        )
        options = RunnerOptions(drain=settings.drain)
        return Runner(connections.bus, handler, clock=connections.clock, options=options, member=settings.member)
    from services.app.dashboard import make_dashboard

    return make_dashboard(connections)


async def serve(
    settings: Settings,
    names: Sequence[str],
    *,
    before: Callable[[Connections], Awaitable[None]] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Runs the stages until `stop`, SIGTERM or SIGINT, or until one fails: then the others drain and it is raised.

    `before` is called once everything is connected, before the first stage runs.
    """
    stop = stop or asyncio.Event()
    _stop_on_signals(stop)
    async with AsyncExitStack() as stack:
        connections = Connections(settings, SystemClock())
        await connections.open(stack, with_index=any(name in NEEDS_INDEX for name in names))
        if before is not None:
            await before(connections)
        services = [await make_service(name, connections) for name in names]
        health = HealthServer(
            settings.health_host,
            settings.health_port,
            live=lambda: all(service.alive for service in services),
            ready=lambda: all(service.ready for service in services),
        )
        health.start()
        stack.callback(health.close)
        _log.info("running %s; health and metrics on port %d", ", ".join(names), health.port)
        await _run_all(services, stop)
    _log.info("stopped in order")


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


async def _run_all(services: Sequence[Service], stop: asyncio.Event) -> None:
    async def run(service: Service) -> None:
        try:
            await service.run(stop)
        finally:
            stop.set()

    results = await asyncio.gather(*(run(service) for service in services), return_exceptions=True)
    for error in results:
        if isinstance(error, BaseException):
            raise error
