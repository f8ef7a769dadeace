"""A dashboard over an index in memory, asked without sockets."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from services.adapters.memory_index import MemoryIndex
from services.core.clock import ManualClock
from services.core.ports import Index
from services.dashboard.api import make_app
from services.dashboard.options import DashboardOptions
from services.dashboard.service import Library
from tests.dashboard.newsroom import NOW, Newsroom, newsroom

LOCAL = ("127.0.0.1", 5000)
REMOTE = ("203.0.113.9", 5000)


@dataclass
class Reader:
    """A client of the API."""

    http: httpx.AsyncClient

    async def get(self, path: str, params: Any = None, **headers: str) -> httpx.Response:
        return await self.http.get(path, params=params, headers={k.replace("_", "-"): v for k, v in headers.items()})

    async def json(self, path: str, params: Any = None) -> Any:
        answer = await self.get(path, params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def room() -> Newsroom:
    return newsroom()


@pytest.fixture
async def index(room: Newsroom) -> MemoryIndex:
    index = MemoryIndex()
    await index.install()
    results = await index.upsert(room.upserts())
    assert {written.result for written in results} == {"written"}
    return index


def reader_of(index: Index, *, client: tuple[str, int] = LOCAL, **options: Any) -> Reader:
    app = make_app(Library(index, ManualClock(NOW)), DashboardOptions(**options))
    transport = httpx.ASGITransport(app=app, client=client, raise_app_exceptions=False)
    return Reader(httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080"))


@pytest.fixture
async def readers(index: MemoryIndex) -> AsyncIterator[Callable[..., Reader]]:
    """Makes readers; they are closed at the end."""
    made: list[Reader] = []

    def make(**options: Any) -> Reader:
        made.append(reader_of(options.pop("index", index), **options))
        return made[-1]

    yield make
    for reader in made:
        await reader.http.aclose()


@pytest.fixture
def reader(readers: Callable[..., Reader]) -> Reader:
    """One on the same machine, without a token."""
    return readers()
