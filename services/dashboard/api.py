"""The HTTP face: routes, errors, ETags. What is asked is read in parameters.py, answered in service.py."""

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from services.core.errors import BadInput, Unavailable
from services.core.models.base import Model
from services.dashboard import answers, export, openapi, views
from services.dashboard.guard import Guard, is_trusted
from services.dashboard.options import DashboardOptions
from services.dashboard.parameters import Asked, BadParameter, grouped, read
from services.dashboard.service import Library
from services.dashboard.shapes import ARTICLES, EVENTS, MENTIONS, Shape

_log = logging.getLogger(__name__)
WEB: Final = Path(__file__).parent / "web"
_MAX_QUERY: Final = 8000
_MAX_ID: Final = 200
_RETRY: Final = {"retry-after": "5"}

Answer = Callable[[Request], Awaitable[Response]]


def make_app(library: Library, options: DashboardOptions) -> ASGIApp:
    """The whole dashboard as an ASGI application."""
    api = _Api(library, options)
    app = Starlette(
        routes=[
            Route("/api/v1/events", api.route("events", api.events)),
            Route("/api/v1/events.csv", api.route("export", api.events_csv)),
            Route("/api/v1/events.geojson", api.route("export", api.events_geojson)),
            Route("/api/v1/events/{id}", api.route("event", api.event)),
            Route("/api/v1/articles", api.route("articles", api.articles)),
            Route("/api/v1/articles/{id}", api.route("article", api.article)),
            Route("/api/v1/mentions", api.route("mentions", api.mentions)),
            Route("/api/v1/status", api.route("status", api.status)),
            Route("/api/v1/openapi.json", api.route("document", api.openapi)),
            Route("/", api.route("page", _page)),
            Route("/events/{id}", api.route("page", _page)),
            Route("/articles/{id}", api.route("page", _page)),
            Mount("/assets", StaticFiles(directory=WEB)),
        ],
        exception_handlers={HTTPException: _http_error, Exception: _server_error},
        middleware=[Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)],
    )
    return Guard(app, allowed_hosts=options.allowed_hosts)


async def _page(request: Request) -> Response:
    return FileResponse(WEB / "index.html", media_type="text/html; charset=utf-8")


class _Api:
    def __init__(self, library: Library, options: DashboardOptions) -> None:
        self._library = library
        self._options = options

    def route(self, name: str, answer: Answer) -> Answer:
        """Names the route for the metrics, bounds its time and turns what can go wrong into an answer."""

        async def handle(request: Request) -> Response:
            request.state.route = name
            try:
                query: bytes = request.scope["query_string"]
                if len(query) > _MAX_QUERY or not query.isascii():
                    raise BadParameter("", f"a query has at most {_MAX_QUERY} characters, other than ASCII escaped")
                async with asyncio.timeout(self._options.query_timeout):
                    return await answer(request)
            except BadParameter as error:
                return _problem(400, error.error, error.parameter or None)
            except BadInput as error:
                # All names and sizes are checked before: what is left is a cursor that is not ours, or a text too long.
                return _problem(400, str(error), "cursor" if "cursor" in request.query_params else "q")
            except TimeoutError:
                seconds = self._options.query_timeout
                return _problem(503, f"the answer took over {seconds:g} s: ask for less", headers=_RETRY)
            except Unavailable as error:
                _log.warning("the index does not answer: %s", error)
                return _problem(503, "the index cannot be reached at the moment", headers=_RETRY)

        return handle

    async def events(self, request: Request) -> Response:
        hits, found = await self._library.search(EVENTS, _asked(EVENTS, request))
        return _answer(request, answers.Events(**found, items=[views.event_item(hit) for hit in hits]))

    async def articles(self, request: Request) -> Response:
        hits, found = await self._library.search(ARTICLES, _asked(ARTICLES, request))
        return _answer(request, answers.Articles(**found, items=[views.article_item(hit) for hit in hits]))

    async def mentions(self, request: Request) -> Response:
        hits, found = await self._library.search(MENTIONS, _asked(MENTIONS, request))
        return _answer(request, answers.Mentions(**found, items=[views.mention_item(hit) for hit in hits]))

    async def event(self, request: Request) -> Response:
        event = await self._library.event(_id(request))
        return _answer(request, event) if event else _problem(404, "there is no such event", "id")

    async def article(self, request: Request) -> Response:
        trusted = is_trusted(request, self._options.token)
        article = await self._library.article(_id(request), trusted=trusted)
        if article is None:
            return _problem(404, "there is no such article", "id")
        return _answer(request, article, private=True)

    async def status(self, request: Request) -> Response:
        return _answer(request, await self._library.status())

    async def openapi(self, request: Request) -> Response:
        return _tagged(request, json.dumps(openapi.document()).encode())

    async def events_csv(self, request: Request) -> Response:
        lines = export.as_csv(self._library.export(_asked(EVENTS, request, paging=False).query, self._rows))
        return await _download(
            lines, "text/csv; charset=utf-8; header=present", "events.csv", self._options.query_timeout
        )

    async def events_geojson(self, request: Request) -> Response:
        parts = export.as_geojson(self._library.export(_asked(EVENTS, request, paging=False).query, self._rows))
        return await _download(parts, "application/geo+json", "events.geojson", self._options.query_timeout)

    @property
    def _rows(self) -> int:
        return self._options.export_rows


def _asked(shape: Shape, request: Request, *, paging: bool = True) -> Asked:
    return read(shape, grouped(request.query_params.multi_items()), paging=paging)


def _id(request: Request) -> str:
    found: str = request.path_params["id"]
    if len(found) > _MAX_ID or request.query_params:
        raise BadParameter("id", f"an id has at most {_MAX_ID} characters and takes no parameters")
    return found


def _answer(request: Request, answer: Model, *, private: bool = False) -> Response:
    return _tagged(request, answer.model_dump_json().encode(), private=private)


def _tagged(request: Request, body: bytes, *, private: bool = False) -> Response:
    """The body with its ETag, or 304 where the client has it. `private` answers depend on who asks."""
    tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "private, no-cache" if private else "no-cache"}
    if private:
        headers["vary"] = "authorization"
    known = [part.strip() for part in request.headers.get("if-none-match", "").split(",")]
    if tag in known or tag.removeprefix("W/") in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


async def _download(parts: AsyncIterator[str], media_type: str, name: str, timeout: float) -> Response:
    # The first part and row are made before the answer begins, so that what is wrong with the query is still a 400.
    first = [await anext(parts), await anext(parts, "")]

    async def all_parts() -> AsyncIterator[str]:
        part = "".join(first)
        while part:
            yield part
            async with asyncio.timeout(timeout):
                part = await anext(parts, "")

    return StreamingResponse(
        all_parts(), media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def _problem(status: int, error: str, parameter: str | None = None, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": error, "parameter": parameter}, status, headers=headers)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if status == 404 and "text/html" in request.headers.get("accept", ""):
        return FileResponse(WEB / "index.html", status, media_type="text/html; charset=utf-8")
    texts = {404: "there is nothing at this address", 405: "only GET and HEAD are answered"}
    return _problem(status, texts.get(status, "the request cannot be answered"), headers=headers)


async def _server_error(request: Request, error: Exception) -> Response:
    # Starlette logs the exception; its text may hold what is nobody's business.
    return _problem(500, "something is wrong here; the log tells what")
