import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from prometheus_client import REGISTRY

from services.adapters.memory_index import MemoryIndex
from services.core.clock import ManualClock, SystemClock
from services.core.errors import ConfigError, Unavailable
from services.dashboard import metrics
from services.dashboard.options import DashboardOptions
from services.dashboard.server import Dashboard
from tests.dashboard.newsroom import NOW


class MoodyIndex(MemoryIndex):
    """Answers pings as it is told to."""

    away = False

    async def ping(self) -> None:
        if self.away:
            raise Unavailable("the index is away")


async def until(condition: Callable[[], bool]) -> None:
    """Waits for what has no event to wait for."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(dashboard: Dashboard) -> AsyncIterator[str]:
    """The address of a running dashboard; it is stopped in order at the end."""
    stop = asyncio.Event()
    task = asyncio.create_task(dashboard.run(stop))
    await until(lambda: dashboard.ready or task.done())
    yield f"http://127.0.0.1:{dashboard.port}"
    stop.set()
    await asyncio.wait_for(task, 20)


async def test_it_serves_page_and_api_and_stops_in_order() -> None:
    dashboard = Dashboard(MemoryIndex(), DashboardOptions(port=0), SystemClock())
    assert not dashboard.ready
    async with running(dashboard) as address, httpx.AsyncClient(base_url=address) as client:
        assert dashboard.alive
        assert "<title>Dateline</title>" in (await client.get("/")).text
        assert (await client.get("/api/v1/status")).json()["counts"]["events"] == 0
        assert (await client.get("/assets/js/main.js")).headers["content-type"].startswith("text/javascript")
        assert "server" not in (await client.get("/")).headers
    assert not dashboard.ready
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(address)


async def test_a_port_in_use_says_which_setting_to_change() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        dashboard = Dashboard(MemoryIndex(), DashboardOptions(port=taken.getsockname()[1]), SystemClock())
        with pytest.raises(ConfigError, match="DATELINE_DASHBOARD_PORT"):
            await dashboard.run(asyncio.Event())


async def test_an_address_of_another_machine_says_which_setting_to_change() -> None:
    dashboard = Dashboard(MemoryIndex(), DashboardOptions(host="192.0.2.1", open_reading=True), SystemClock())
    with pytest.raises(ConfigError, match="DATELINE_DASHBOARD_HOST"):
        await dashboard.run(asyncio.Event())


def test_options_that_open_it_to_the_world_by_accident_are_refused() -> None:
    with pytest.raises(ConfigError, match="DATELINE_DASHBOARD_OPEN"):
        Dashboard(MemoryIndex(), DashboardOptions(host="0.0.0.0"), SystemClock())


async def test_it_is_not_ready_while_the_index_is_away() -> None:
    index, clock = MoodyIndex(), ManualClock(NOW)
    dashboard = Dashboard(index, DashboardOptions(port=0), clock)
    async with running(dashboard):
        index.away = True
        clock.advance(6)
        await until(lambda: not dashboard.ready)
        assert dashboard.alive


async def test_a_loop_that_no_longer_goes_round_is_not_alive() -> None:
    clock = ManualClock(NOW)
    dashboard = Dashboard(MemoryIndex(), DashboardOptions(), clock)
    assert dashboard.alive
    clock.advance(120)
    assert not dashboard.alive


async def test_requests_are_counted_by_route_and_never_by_address() -> None:
    def counted(route: str, status: str) -> float:
        return REGISTRY.get_sample_value("dateline_dashboard_requests_total", {"route": route, "status": status}) or 0.0

    dashboard = Dashboard(MemoryIndex(), DashboardOptions(port=0), SystemClock())
    async with running(dashboard) as address, httpx.AsyncClient(base_url=address) as client:
        before = [counted("event", "4xx"), counted("events", "2xx"), counted("page", "2xx"), counted("other", "4xx")]
        for path in ("/api/v1/events/abc", "/api/v1/events", "/assets/js/main.js", "/wp-admin"):
            await client.get(path)
        after = [counted("event", "4xx"), counted("events", "2xx"), counted("page", "2xx"), counted("other", "4xx")]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 1, 1]


def test_every_series_exists_from_the_start() -> None:
    metrics.start_at_zero()
    for route in metrics.ROUTES:
        for status in metrics.CLASSES:
            labels = {"route": route, "status": status}
            assert REGISTRY.get_sample_value("dateline_dashboard_requests_total", labels) is not None
