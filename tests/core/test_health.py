"""/livez, /readyz and /metrics of a stage."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from services.core import metrics
from services.core.errors import ConfigError
from services.core.health import HealthServer


class State:
    live = True
    ready = False


@pytest.fixture
def server() -> Iterator[HealthServer]:
    metrics.start_at_zero("health-test", [], "0")
    health = HealthServer("127.0.0.1", 0, live=lambda: State.live, ready=lambda: State.ready)
    health.start()
    yield health
    health.close()


def get(server: HealthServer, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_each_path_answers_its_own_question(server: HealthServer) -> None:
    assert get(server, "/livez") == (200, "ok\n")
    assert get(server, "/readyz") == (503, "not ok\n")
    status, text = get(server, "/metrics")
    assert status == 200
    assert 'dateline_dead_letters_total{stage="health-test"} 0.0' in text
    assert get(server, "/")[0] == 404


def test_a_port_in_use_is_told_with_the_setting_to_change(server: HealthServer) -> None:
    with pytest.raises(ConfigError, match=f"port {server.port} .* in use.*DATELINE_HEALTH_PORT"):
        HealthServer("127.0.0.1", server.port, live=lambda: True, ready=lambda: True)
