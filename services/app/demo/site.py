"""The demo's press as a running site: one loopback address per outlet, one port, within our process and event loop."""

import errno
import socket
from typing import Final

from aiohttp import web

from services.app.demo.answers import Answer, Answers, after_correction, answers_of
from services.app.demo.outlets import OUTLETS, Outlet
from services.core.clock import Clock, SystemClock
from services.core.errors import ConfigError
from services.core.models import Feed, Source
from services.crawler.opml import feed_of

PORT: Final = 8090
# Late enough for everything to have been read once, early enough for whoever watches the demo to see it.
CORRECTED_AFTER: Final = 40.0
# Seconds. Readers of strangers' feeds wait for minutes; ours are polled for as long as somebody watches.
_MAX_INTERVAL: Final = 15.0
_NOT_FOUND: Final = b"<!doctype html><title>Not found</title><p>There is nothing here."


class DemoSite:
    """Serves the outlets from `start` to `close`. `feeds` and `allow` are right once it was started.

    Seconds `corrected_after` the first request one report is corrected, on its page and in its feed: the first version
    is there to be read however long the reader took to start. Port 0 takes a free one.
    """

    def __init__(
        self, *, port: int = PORT, corrected_after: float = CORRECTED_AFTER, clock: Clock | None = None
    ) -> None:
        self._port = port
        self._corrected_after = corrected_after
        self._clock = clock or SystemClock()
        self._runner: web.AppRunner | None = None
        self._before: Answers = {}
        self._after: Answers | None = None
        self._correction_at: float | None = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._port

    @property
    def feeds(self) -> list[Feed]:
        """The outlets' feeds, as an operator would list them."""
        return [_feed(outlet, self._port) for outlet in OUTLETS]

    @property
    def allow(self) -> tuple[str, ...]:
        """What the fetcher's guard must let through: host:port of each outlet."""
        return tuple(f"{outlet.host}:{self._port}" for outlet in OUTLETS)

    async def start(self) -> None:
        """Raises ConfigError where an address can not be had; then none is held."""
        listeners = _listen([outlet.host for outlet in OUTLETS], self._port)
        self._port = listeners[0].getsockname()[1]
        self._before, self._after = answers_of(self._port, self._clock.now()), None
        self._correction_at = None
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        for listener in listeners:
            await web.SockSite(self._runner, listener).start()

    async def close(self) -> None:
        """Stops serving. May be called twice."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        host = str(request.transport.get_extra_info("sockname")[0])
        answers = self._answers()
        answer = answers.get((host, request.path_qs)) or _untracked(answers, host, request)
        if answer is None:
            return web.Response(status=404, body=_NOT_FOUND, content_type="text/html")
        headers = request.headers
        if answer.is_known(headers.get("If-None-Match"), headers.get("If-Modified-Since")):
            return web.Response(status=304, headers=answer.headers)
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    def _answers(self) -> Answers:
        now = self._clock.monotonic()
        if self._correction_at is None:
            self._correction_at = now + self._corrected_after
        if self._after is None and now >= self._correction_at:
            self._after = after_correction(self._before, self._port, self._clock.now())
        return self._before if self._after is None else self._after


def _untracked(answers: Answers, host: str, request: web.Request) -> Answer | None:
    """The page at the path, where the query is only there to be counted."""
    return answers.get((host, request.path)) if "utm_source" in request.query else None


def _feed(outlet: Outlet, port: int) -> Feed:
    feed = feed_of(
        outlet.base(port) + outlet.feed,
        tags=("demo",),
        max_interval=_MAX_INTERVAL,
        text_from="feed" if outlet.whole else "auto",
    )
    # Several feeds of one address would share a source; these outlets have names of their own.
    return feed.model_copy(update={"source": Source(id=f"{outlet.id}.example", name=outlet.name)})


def _listen(hosts: list[str], port: int) -> list[socket.socket]:
    """Listening sockets on one port of all hosts; where the port is 0, on one that is free on the first."""
    listeners: list[socket.socket] = []
    try:
        for host in hosts:
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            listeners.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            port = listener.getsockname()[1]
            listener.listen(64)
    except OSError as error:
        for listener in listeners:
            listener.close()
        raise ConfigError(_refusal(host, port, error)) from None
    return listeners


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"the demo's site needs port {port} on {host}, which is in use; stop what listens there"
    if error.errno == errno.EADDRNOTAVAIL:
        return (
            f"the demo's site needs the loopback address {host}, which this system does not have; add it "
            f"(on macOS: sudo ifconfig lo0 alias {host})"
        )
    return f"the demo's site can not listen on {host}:{port}: {error.strerror}"
