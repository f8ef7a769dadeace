"""The five stages as containers over a Kafka and an OpenSearch of this machine."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.containers.conftest import STAGES
from tests.containers.engine import Engine
from tests.containers.line import SENTENCE, Api, until, write_story
from tests.services.process import free_port

pytestmark = [pytest.mark.containers, pytest.mark.kafka, pytest.mark.opensearch, pytest.mark.timeout(1800)]

CONFINED = (
    "--network", "host", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
)  # fmt: skip


class Line:
    """The running stages: name to container."""

    def __init__(self, engine: Engine, images: dict[str, str], settings: dict[str, str]) -> None:
        self.engine = engine
        self.images = images
        self.settings = settings
        self.api = Api(int(settings["DATELINE_DASHBOARD_PORT"]))

    def once(self, stage: str, *command: str, inbox: Path | None = None) -> str:
        """Runs one command of `dateline` in a stage's image."""
        mount = ["-v", f"{inbox}:/in:ro"] if inbox else []
        return self.engine.docker("run", "--rm", *CONFINED, *mount, *self._settings(), self.images[stage], *command)

    def start(self, stage: str) -> None:
        own = self._settings(DATELINE_HEALTH_PORT=str(free_port()))
        again = ("--restart", "unless-stopped")
        self.engine.docker("run", "-d", "--name", stage, *CONFINED, *again, *own, self.images[stage])

    def state(self, stage: str) -> Any:
        return json.loads(self.engine.docker("inspect", stage))[0]

    def healthy(self) -> bool:
        return all(self.state(stage)["State"]["Health"]["Status"] == "healthy" for stage in STAGES)

    def logs(self) -> str:
        parts = []
        for stage in STAGES:
            log = Path(self.state(stage)["LogPath"])
            parts.append(f"== {stage}\n{log.read_text()[-2500:] if log.exists() else 'no log'}")
        return "\n".join(parts)

    def _settings(self, **more: str) -> list[str]:
        return [part for name, value in {**self.settings, **more}.items() for part in ("-e", f"{name}={value}")]


@pytest.fixture(scope="module")
def line(engine: Engine, images: dict[str, str], clean_kafka_address: str, opensearch_address: str) -> Iterator[Line]:
    settings = {
        "DATELINE_BUS": f"kafka://{clean_kafka_address}",
        "DATELINE_INDEX": opensearch_address,
        "DATELINE_HEALTH_HOST": "127.0.0.1",
        "DATELINE_DASHBOARD_PORT": str(free_port()),
    }
    line = Line(engine, images, settings)
    line.once("sink", "topics", "create")
    line.once("sink", "index", "create")
    try:
        for stage in STAGES:
            line.start(stage)
        until("all five are healthy", line.healthy, seconds=240, told=line.logs)
        yield line
    finally:
        for stage in STAGES:
            engine.docker("rm", "-f", "-v", stage)


def test_creating_what_is_there_already_creates_nothing(line: Line) -> None:
    assert line.once("sink", "topics", "create") == "created 0 topics"
    line.once("sink", "index", "create")


def test_an_ingested_article_is_found_with_its_events(line: Line, inbox: Path) -> None:
    name = write_story(inbox)
    assert line.once("crawler", "ingest", f"/in/{name}.jsonl", inbox=inbox) == "published 1 articles"
    until("the event is found", lambda: line.api.tells_of(name), seconds=240, told=line.logs)
    article = line.api.article(name)
    assert SENTENCE in json.dumps(article, ensure_ascii=False)


@pytest.mark.parametrize("stage", ["enricher", "linker"])
def test_a_stage_that_is_killed_comes_back_and_goes_on(line: Line, inbox: Path, stage: str) -> None:
    before = line.state(stage)
    os.kill(before["State"]["Pid"], signal.SIGKILL)
    until(
        "the engine has started it again",
        lambda: line.state(stage)["RestartCount"] > before["RestartCount"] and line.state(stage)["State"]["Running"],
        seconds=60,
        told=line.logs,
    )
    name = write_story(inbox)
    line.once("crawler", "ingest", f"/in/{name}.jsonl", inbox=inbox)
    until("what came after is found", lambda: line.api.tells_of(name), seconds=240, told=line.logs)


def test_told_to_stop_each_stage_ends_in_order(line: Line) -> None:
    """Last in this file: nothing runs afterwards."""
    line.engine.docker("stop", "-t", "60", *STAGES)
    ended = {stage: line.state(stage)["State"]["ExitCode"] for stage in STAGES}
    assert ended == dict.fromkeys(STAGES, 0), line.logs()
