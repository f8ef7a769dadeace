"""What every request passes: the Host allow-list, the security headers, the metrics. And who is trusted with texts."""

import hmac
import json
import time
from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.dashboard import metrics
from services.dashboard.options import is_loopback

CSP: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        # No script may hand a string to the HTML parser, not even by mistake.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS: Final = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=()",
}
# A proxy on this machine speaks for somebody who may be anywhere.
_PROXIED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class Guard:
    """ASGI middleware around everything that the dashboard serves."""

    def __init__(self, app: ASGIApp, *, allowed_hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses unknown hosts, adds the headers, counts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-cache")
            await send(message)

        try:
            if host_name(Headers(scope=scope).getlist("host")) in self._hosts:
                await self._app(scope, receive, guarded)
            else:
                await _refuse(guarded)
        finally:
            metrics.observe(_route(scope), status, time.perf_counter() - began)


def _route(scope: Scope) -> str:
    """The route's name for the metrics: what the API noted, else what the path begins with."""
    noted: str | None = scope.get("state", {}).get("route")
    return noted or ("page" if scope["path"].startswith("/assets/") else "other")


def host_name(values: Sequence[str]) -> str | None:
    """The name in a Host header, without port and in lower case; None for none, several or a malformed one."""
    if len(values) != 1:
        return None
    host = values[0].strip().lower()
    name, bracket, port = host.rpartition("]") if host.startswith("[") else host.partition(":")
    if bracket == "]":
        name, port = name[1:], port.removeprefix(":")
    return name if name and (not port or (port.isascii() and port.isdigit())) else None


async def _refuse(send: Send) -> None:
    text = "this Host is not answered here; DATELINE_DASHBOARD_HOSTS lists those that are"
    body = json.dumps({"error": text, "parameter": "Host"}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def is_trusted(request: Request, token: str | None) -> bool:
    """Whether full texts may be shown: to this very machine, or to who brings the token."""
    if token is not None and _brings(request.headers.getlist("authorization"), token):
        return True
    proxied = any(name in request.headers for name in _PROXIED)
    return request.client is not None and is_loopback(request.client.host) and not proxied


def _brings(authorization: Sequence[str], token: str) -> bool:
    scheme, _, given = authorization[0].partition(" ") if len(authorization) == 1 else ("", "", "")
    # Bytes, because compare_digest refuses texts beyond ASCII.
    same = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), token.encode())
    return scheme.lower() == "bearer" and same
