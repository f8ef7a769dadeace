"""A real browser on a real dashboard, over an index in memory. The server runs in a thread with a loop of its own."""

import asyncio
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from services.adapters.memory_index import MemoryIndex
from services.core.clock import SystemClock
from services.core.ports import Upsert
from services.dashboard.options import DashboardOptions
from services.dashboard.server import Dashboard
from tests.dashboard.hostile import hostile_upserts
from tests.dashboard.newsroom import NOW, newsroom

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESKTOP = (1440, 900)
PHONE = (390, 844)


class NewsroomClock(SystemClock):
    """Always the newsroom's afternoon; waits as long as it is told."""

    def now(self):  # type: ignore[no-untyped-def]
        return NOW


@dataclass
class Site:
    """A running dashboard and its index."""

    address: str
    index: MemoryIndex
    loop: asyncio.AbstractEventLoop

    def add(self, items: list[Upsert]) -> None:
        """Writes documents while it runs."""
        asyncio.run_coroutine_threadsafe(self.index.upsert(items), self.loop).result(10)


def serve(items: list[Upsert]) -> Iterator[Site]:
    index, started, stop = MemoryIndex(), threading.Event(), asyncio.Event()
    dashboard = Dashboard(index, DashboardOptions(port=0), NewsroomClock())
    loop = asyncio.new_event_loop()

    async def run() -> None:
        await index.install()
        await index.upsert(items)
        served = asyncio.create_task(dashboard.run(stop))
        while not dashboard.ready and not served.done():  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0.01)
        started.set()
        await served

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert started.wait(20)
    yield Site(f"http://127.0.0.1:{dashboard.port}", index, loop)
    loop.call_soon_threadsafe(stop.set)
    thread.join(20)
    loop.close()


@pytest.fixture
def site() -> Iterator[Site]:
    """With the newsroom's twenty happenings."""
    yield from serve(newsroom().upserts())


@pytest.fixture
def hostile_site() -> Iterator[Site]:
    """With one event whose every text is an attack."""
    yield from serve(hostile_upserts())


@pytest.fixture
def empty_site() -> Iterator[Site]:
    """With nothing yet."""
    yield from serve([])


def chromium() -> str:
    """The path of Debian's Chromium, installed where it is missing and may be."""
    found = os.environ.get("DATELINE_TEST_CHROMIUM") or shutil.which("chromium")
    if not found and shutil.which("apt-get") and os.geteuid() == 0:
        for command in (
            ["apt-get", "update", "-q"],
            ["apt-get", "install", "-qy", "--no-install-recommends", "chromium"],
        ):
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = shutil.which("chromium")
    if not found:
        text = "there is no Chromium: install Debian's chromium or name one in DATELINE_TEST_CHROMIUM"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(text)
    return found


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all tests of the package: only they may run while Playwright's loop does."""
    path = chromium()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield launched
        launched.close()


class Watched:
    """A page, and what went wrong or abroad in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[Request] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._console)
        page.on("dialog", self._dialog)
        page.on("request", lambda request: self.requests.append(request))

    def _console(self, message: ConsoleMessage) -> None:
        # Something else on the machine (a container engine, say) brought a network up or down.
        if message.type == "error" and "ERR_NETWORK_CHANGED" not in message.text:
            self.errors.append(message.text)

    def _dialog(self, dialog: Dialog) -> None:
        self.errors.append(f"dialog {dialog.message}")
        dialog.dismiss()


def visit(page: Page, address: str) -> None:
    """Goes there until the page's scripts have begun: a network that changes meanwhile stops them from loading."""
    page.goto(address)
    for _ in range(3):
        try:
            page.wait_for_selector("main > div", state="attached", timeout=8_000)
            return
        except PlaywrightTimeout:
            page.reload()
    page.wait_for_selector("main > div", state="attached")


@pytest.fixture
def watched(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A fresh page of desktop size (or of the size given as parameter); errors in it fail the test."""
    width, height = getattr(request, "param", DESKTOP)
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    watched = Watched(context.new_page())
    yield watched
    context.close()
    assert watched.errors == []


@pytest.fixture
def page(watched: Watched) -> Page:
    """The page alone."""
    return watched.page
