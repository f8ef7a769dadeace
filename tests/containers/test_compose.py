"""docker-compose.yml: what it promises on paper, and the whole system as it comes up."""

import json
import os
import signal
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.containers.conftest import STAGES, TAG
from tests.containers.engine import ROOT, CommandError, Engine, run
from tests.containers.line import SENTENCE, Api, until, write_story
from tests.services.process import free_port

pytestmark = [pytest.mark.containers, pytest.mark.timeout(1800)]

ONCE = ("topics", "templates", "token")
LASTING = ("kafka", "opensearch", *STAGES, "prometheus")


class System:
    """The compose project while it is up."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.ports = {"DASHBOARD_PORT": str(free_port()), "PROMETHEUS_PORT": str(free_port())}
        self.environment = {"COMPOSE_PROJECT_NAME": "datelinetest", "TAG": TAG, **self.ports}
        self.api = Api(int(self.ports["DASHBOARD_PORT"]))
        self.prometheus = Api(int(self.ports["PROMETHEUS_PORT"]))

    def compose(self, *arguments: str | Path, timeout: float = 600) -> str:
        return self.engine.compose(*arguments, env=self.environment, timeout=timeout)

    def state(self, service: str) -> Any:
        container = self.compose("ps", "-q", service)
        return json.loads(self.engine.docker("inspect", container))[0]

    def health(self) -> Mapping[str, str]:
        return {service: self.state(service)["State"]["Health"]["Status"] for service in LASTING}

    def healthy(self) -> bool:
        return set(self.health().values()) == {"healthy"}

    def logs(self) -> str:
        return f"{self.health()}\n{self.compose('logs', '--no-color', '--tail', '25')[-15000:]}"

    def ingest(self, inbox: Path) -> str:
        name = write_story(inbox)
        self.compose("run", "--rm", "-T", "-v", f"{inbox}:/in:ro", "crawler", "ingest", f"/in/{name}.jsonl")
        return name


@pytest.fixture(scope="module")
def system(engine: Engine, images: dict[str, str], servers: None) -> Iterator[System]:
    system = System(engine)
    try:
        try:
            system.compose("up", "-d", "--no-build", timeout=400)
        except CommandError as error:
            pytest.fail(f"{error}\n{system.compose('logs', '--no-color', '--tail', '25')[-15000:]}", pytrace=False)
        until("all are healthy", system.healthy, seconds=240, told=system.logs)
        yield system
    finally:
        system.compose("down", "-v", "-t", "5")


@pytest.fixture(scope="module")
def paper(engine: Engine) -> Any:
    """The file as compose understands it, with its defaults."""
    return yaml.safe_load(engine.compose("config"))


def test_only_dashboard_and_metrics_are_published_and_only_here(paper: Any) -> None:
    published = {name: service["ports"] for name, service in paper["services"].items() if "ports" in service}
    assert set(published) == {"dashboard", "prometheus"}
    assert [port.split(":")[0] for ports in published.values() for port in ports] == ["127.0.0.1", "127.0.0.1"]


def test_every_service_is_confined(paper: Any) -> None:
    assert set(paper["services"]) == {*ONCE, *LASTING}
    for name, service in paper["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "mem_limit" in service, name
        assert ":" in service["image"], name
        assert service.get("read_only", False) or name in {"kafka", "opensearch"}, name


def test_broker_and_index_have_no_way_out_and_the_crawler_no_way_to_the_index(paper: Any) -> None:
    internal = {name for name, network in paper["networks"].items() if network.get("internal")}
    joined = {name: set(service.get("networks", ())) for name, service in paper["services"].items()}
    assert internal == {"bus", "search"}
    assert {name for name, networks in joined.items() if networks - internal} == {"crawler", "dashboard", "prometheus"}
    assert {name for name, networks in joined.items() if "search" in networks} == {
        "opensearch", "templates", "sink", "dashboard",
    }  # fmt: skip


def test_the_example_of_settings_gives_the_defaults(engine: Engine, paper: Any) -> None:
    assert yaml.safe_load(engine.compose("config", env_file=ROOT / ".env.example")) == paper


def test_the_metrics_configuration_is_valid(engine: Engine) -> None:
    run(["promtool", "check", "config", "deploy/prometheus/prometheus.yml"])


def test_what_runs_once_has_ended_well(system: System) -> None:
    assert {name: system.state(name)["State"]["ExitCode"] for name in ONCE} == dict.fromkeys(ONCE, 0)


def test_starting_again_changes_nothing(system: System) -> None:
    before = {name: system.state(name)["Id"] for name in LASTING}
    token = read_token(system)
    system.compose("up", "-d", "--no-build")
    assert {name: system.state(name)["Id"] for name in LASTING} == before
    assert {name: system.state(name)["State"]["ExitCode"] for name in ONCE} == dict.fromkeys(ONCE, 0)
    assert read_token(system) == token


def read_token(system: System) -> str:
    return system.compose("exec", "-T", "dashboard", "cat", "/var/lib/dateline/token")


def test_an_article_is_found_and_its_text_needs_the_token(system: System, inbox: Path) -> None:
    name = system.ingest(inbox)
    until("the event is found", lambda: system.api.tells_of(name), seconds=240, told=system.logs)
    token = read_token(system)
    assert len(token) >= 40
    assert SENTENCE in (system.api.article(name, token)["text"] or "")
    assert system.api.article(name, "x" * len(token))["text"] is None


def test_metrics_of_every_stage_are_collected(system: System) -> None:
    def stages_up() -> set[str]:
        answer = system.prometheus.get("/api/v1/query?" + urllib.parse.urlencode({"query": "up == 1"}))
        return {series["metric"]["service"] for series in answer["data"]["result"]} if answer else set()

    until("all five are scraped", lambda: stages_up() == set(STAGES), seconds=90, told=system.logs)
    query = urllib.parse.urlencode({"query": "count by (stage) (dateline_build_info)"})
    found = system.prometheus.get(f"/api/v1/query?{query}")["data"]["result"]
    assert {series["metric"]["stage"] for series in found} == set(STAGES)


def test_a_stage_that_is_killed_comes_back(system: System, inbox: Path) -> None:
    before = system.state("sink")
    os.kill(before["State"]["Pid"], signal.SIGKILL)
    until(
        "the engine has started it again",
        lambda: system.state("sink")["RestartCount"] > before["RestartCount"],
        seconds=60,
        told=system.logs,
    )
    name = system.ingest(inbox)
    until("what came after is found", lambda: system.api.tells_of(name), seconds=240, told=system.logs)


def test_taken_down_nothing_is_left(system: System) -> None:
    """Last in this file: nothing runs afterwards."""
    system.compose("down", "-v", "-t", "60")
    for kind in (["ps", "-a"], ["volume", "ls"], ["network", "ls"]):
        assert "datelinetest" not in system.engine.docker(*kind)
