"""The whole line as it runs in production: each stage a process of its own, over a real Kafka and a real OpenSearch."""

import asyncio
import http.server
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.adapters.opensearch_index import OpenSearchIndex, OpenSearchOptions
from services.core.ids import article_id
from services.core.ports import AnyOf, Index, Query

pytestmark = [pytest.mark.kafka, pytest.mark.opensearch, pytest.mark.timeout(420)]

STAGES = ("crawler", "enricher", "linker", "sink")
STORY = """<html><head><title>{title}</title>
<meta property="article:published_time" content="2026-02-11T08:00:00Z"></head>
<body><nav>Home | World</nav><article><h1>{title}</h1>
<p>{lead}</p>
<p>The shelling began before dawn on Tuesday and went on for three hours, residents told reporters at the scene.</p>
<p>Hospitals in the city asked for blood donations. A spokesman for the regional administration, Oleh Synko, said that
rescue workers were searching the rubble of a residential block.</p></article><footer>Share this story</footer>
</body></html>"""
LEADS = {
    "/a": (
        "Shelling in Kharkiv kills five",
        "Russian artillery shelled Kharkiv on Tuesday, killing at least five people.",
    ),
    "/b": (
        "Five dead in Kharkiv after shelling",
        "At least five people were killed when Russian forces shelled Kharkiv.",
    ),
}


class Site(http.server.BaseHTTPRequestHandler):
    """A feed and its pages."""

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path == "/feed.xml":
            items = "".join(
                f"<item><guid>{p}</guid><link>http://{self.headers['Host']}{p}</link><title>{t}</title>"
                "<pubDate>Wed, 11 Feb 2026 08:00:00 GMT</pubDate></item>"
                for p, (t, _) in LEADS.items()
            )
            self._answer(
                200, f'<rss version="2.0"><channel><title>S</title>{items}</channel></rss>', "application/rss+xml"
            )
        elif path in LEADS:
            title, lead = LEADS[path]
            self._answer(200, STORY.format(title=title, lead=lead), "text/html; charset=utf-8")
        else:
            self._answer(404, "nothing here", "text/plain")

    def _answer(self, status: int, text: str, kind: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(clean_kafka_address: str, opensearch_address: str, site: str) -> dict[str, str]:
    return {
        "DATELINE_BUS": f"kafka://{clean_kafka_address}",
        "DATELINE_INDEX": opensearch_address,
        "DATELINE_CRAWLER_ALLOW": f'["{site}"]',
        "DATELINE_CRAWLER_PORTS": f"[{site.split(':')[1]}]",
        "DATELINE_CRAWLER_PAUSE": "0.05",
        "DATELINE_HEALTH_PORT": "0",
        "DATELINE_LOG_FORMAT": "json",
    }


def dateline(settings: dict[str, str], *arguments: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    command = [sys.executable, "-m", "services.app", *arguments]
    done = subprocess.run(command, env=clean | settings, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Stage:
    """One running `dateline stage`."""

    def __init__(self, name: str, settings: dict[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.app", "stage", name], env=clean | settings, stdout=log, stderr=log
            )

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture
async def index(settings: dict[str, str]) -> AsyncIterator[Index]:
    opened = OpenSearchIndex(settings["DATELINE_INDEX"], options=OpenSearchOptions())
    await opened.start()
    yield opened
    await opened.close()


async def until(what: str, met: Callable[[], Awaitable[bool]], stages: list[Stage], seconds: float = 150) -> None:
    deadline = time.monotonic() + seconds
    while not await met():
        for stage in stages:
            assert stage.process.poll() is None, f"{stage.name} ended:\n{stage.log.read_text()[-3000:]}"
        if time.monotonic() > deadline:
            logs = "\n".join(f"== {stage.name}\n{stage.log.read_text()[-1500:]}" for stage in stages)
            pytest.fail(f"not within {seconds} s: {what}\n{logs}")
        await asyncio.sleep(0.5)


async def test_articles_of_a_feed_and_a_file_become_one_searchable_event(
    settings: dict[str, str], site: str, index: Index, tmp_path: Path
) -> None:
    dateline(settings, "topics", "create")
    dateline(settings, "index", "create")
    dateline(settings, "feeds", "add", f"http://{site}/feed.xml")
    own = tmp_path / f"{uuid.uuid4().hex}.txt"
    own.write_text("Kharkiv, 11 February 2026. Five people died on Tuesday when Russian artillery shelled Kharkiv.\n")
    dateline(settings, "ingest", str(own))
    wanted = {article_id(f"http://{site}{path}") for path in LEADS}

    async def articles_are_there() -> bool:
        page = await index.search(Query("articles", filters=(AnyOf("id", tuple(sorted(wanted))),)))
        return page.total == len(wanted)

    async def one_event_tells_of_all() -> bool:
        page = await index.search(Query("events", filters=(AnyOf("mentions.article_id", tuple(sorted(wanted))),)))
        return any(
            hit.document["type"] == "ASSAULT" and wanted <= {m["article_id"] for m in hit.document["mentions"]}
            for hit in page.hits
        )

    with ExitStack() as stack:
        stages = [Stage(name, settings, tmp_path) for name in STAGES]
        for stage in stages:
            stack.callback(stage.stop)
        await until("both articles are indexed", articles_are_there, stages)
        await until("one event has both reports", one_event_tells_of_all, stages)
        codes = {stage.name: stage.stop() for stage in stages}
    assert codes == dict.fromkeys(STAGES, 0)
