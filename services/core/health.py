"""`/livez`, `/readyz` and `/metrics` of a stage, on one port, from a thread of its own.

A thread, so that a blocked event loop is seen as such: /livez then answers 503, where a server within the loop would
not answer at all.
"""

import errno
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any, cast
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from services.core.errors import ConfigError

Check = Callable[[], bool]


class HealthServer:
    """Serves until closed. `live` and `ready` are called per request and must be quick."""

    def __init__(self, host: str, port: int, *, live: Check, ready: Check) -> None:
        """Raises ConfigError where the port is taken."""
        checks = {"/livez": live, "/readyz": ready}
        metrics = make_wsgi_app()

        def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            path = environ.get("PATH_INFO", "")
            if path == "/metrics":
                return cast(Iterable[bytes], metrics(environ, start_response))
            if path not in checks:
                return _answer(start_response, "404 Not Found", "see /livez, /readyz and /metrics")
            ok = checks[path]()
            return _answer(start_response, "200 OK" if ok else "503 Service Unavailable", "ok" if ok else "not ok")

        try:
            self._server = make_server(host, port, app, server_class=_Server, handler_class=_Quiet)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise ConfigError(
                f"port {port} on {host} is in use; stop what listens there or set DATELINE_HEALTH_PORT"
            ) from None
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on (chosen by the system where 0 was given)."""
        return self._server.server_port

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stops answering and frees the port."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: a probe every few seconds is no news."""


def _answer(start_response: Callable[..., Any], status: str, text: str) -> list[bytes]:
    body = (text + "\n").encode()
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
