"""The container's health check: right, and without loading what it does not need."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from services.app.probe import probe
from services.core.health import HealthServer
from tests.services.process import free_port


class State:
    live = True


@pytest.fixture
def server() -> Iterator[HealthServer]:
    State.live = True
    health = HealthServer("127.0.0.1", 0, live=lambda: State.live, ready=lambda: True)
    health.start()
    yield health
    health.close()


def test_the_exit_code_says_whether_the_stage_is_alive(server: HealthServer) -> None:
    assert probe(server.port) == 0
    State.live = False
    assert probe(server.port) == 1
    assert probe(free_port()) == 1


def test_it_loads_neither_the_settings_nor_the_command_line(server: HealthServer) -> None:
    code = (
        "import sys; sys.argv = ['dateline', 'health']\n"
        "from services.app.main import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, 'typer' in sys.modules, 'pydantic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"DATELINE_HEALTH_PORT": str(server.port)}, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["alive", "0 False False"]
