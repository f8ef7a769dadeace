"""The dashboard as something that runs: uvicorn within our process and event loop, without its signal handlers."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn

from services.core import metrics as core_metrics
from services.core.clock import Clock
from services.core.errors import ConfigError, Unavailable
from services.core.ports import Index
from services.core.version import VERSION
from services.dashboard import metrics
from services.dashboard.api import make_app
from services.dashboard.options import DashboardOptions
from services.dashboard.service import Library

_log = logging.getLogger(__name__)
_BEAT: Final = 5.0
_STUCK: Final = 60.0
_PING: Final = 4.0
NAME: Final = "dashboard"


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals to the process, which stops all of its stages in order."""
        yield


class Dashboard:
    """Serves the API and the page until told to stop."""

    def __init__(self, index: Index, options: DashboardOptions, clock: Clock) -> None:
        """Raises ConfigError for options that do not fit together."""
        options.check()
        self._index = index
        self._options = options
        self._clock = clock
        self._app = make_app(Library(index, clock), options)
        self._beat_at = clock.monotonic()
        self._index_answers = False
        self._serving = False
        self._port = options.port

    @property
    def alive(self) -> bool:
        """Whether the event loop went round lately."""
        return self._clock.monotonic() - self._beat_at < _STUCK

    @property
    def ready(self) -> bool:
        """Whether it serves and the index answered lately."""
        return self._serving and self._index_answers

    @property
    def port(self) -> int:
        """The port that it listens on (chosen by the system where 0 was given)."""
        return self._port

    async def run(self, stop: asyncio.Event) -> None:
        """Serves until `stop` is set. Raises ConfigError where the port is taken or the address is not ours."""
        metrics.start_at_zero()
        core_metrics.start_at_zero(NAME, (), VERSION)
        listener = _listen(self._options)
        self._port = listener.getsockname()[1]
        server = _Server(self._config())
        beat = asyncio.create_task(self._beat())
        watch = asyncio.create_task(_stop_with(server, stop))
        try:
            self._serving = True
            await server.serve(sockets=[listener])
        finally:
            self._serving = False
            for task in (beat, watch):
                task.cancel()
            await asyncio.gather(beat, watch, return_exceptions=True)
            listener.close()

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            self._app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            # Whoever a proxy speaks for is not trusted (guard.is_trusted), so its headers need no reading.
            proxy_headers=False,
            timeout_graceful_shutdown=max(1, round(self._options.drain)),
            limit_concurrency=self._options.connections,
        )

    async def _beat(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._index.ping(), _PING)
                self._index_answers = True
            except (Unavailable, TimeoutError) as error:
                if self._index_answers:
                    _log.warning("the index does not answer: %s", str(error) or "no answer in time")
                self._index_answers = False
            self._beat_at = self._clock.monotonic()
            core_metrics.LAST_PROGRESS.labels(NAME).set(self._clock.now().timestamp())
            await self._clock.sleep(_BEAT)


async def _stop_with(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True


def _listen(options: DashboardOptions) -> socket.socket:
    """A bound socket. Raises ConfigError that names the setting to change."""
    try:
        family, _, _, _, address = socket.getaddrinfo(options.host, options.port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise ConfigError(f"DATELINE_DASHBOARD_HOST: {options.host!r} is no address of this machine") from None
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        where = f"{options.host}:{options.port}"
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"DATELINE_DASHBOARD_PORT: {where} is in use; stop what listens there or take another port"
            ) from None
        raise ConfigError(
            f"DATELINE_DASHBOARD_HOST, DATELINE_DASHBOARD_PORT: cannot listen on {where}: {error.strerror}"
        ) from None
    return listener
