"""`dateline run --demo` as a new user starts it: one command, one process and its workers, offline."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.services.process import free_port, tail

pytestmark = pytest.mark.timeout(300)
GIB = 1024**3
DEMO_PORT = free_port()
# No correction while we count: it would rightly change the mentions.
SETTINGS = {"DATELINE_HEALTH_PORT": "0", "DATELINE_DEMO_CORRECTED_AFTER": "3600", "DATELINE_DEMO_PORT": str(DEMO_PORT)}


class Running:
    """One `dateline run --demo` over a directory."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        self.log = data.parent / "run.log"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
        command = [sys.executable, "-m", "services.app", "run", "--demo", "--data", str(data), "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=environment | SETTINGS, stdout=log, stderr=log)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)

    def counts(self) -> dict[str, int]:
        try:
            counts: dict[str, int] = self.get("status")["counts"]
        except OSError:
            return {"articles": 0, "mentions": 0, "events": 0}
        return counts

    def settled(self) -> dict[str, int]:
        """The counts once they have been the same, and not nothing, for five seconds."""
        last, since = self.counts(), time.monotonic()
        deadline = since + 150
        while not (last["events"] and time.monotonic() - since > 5):
            assert self.process.poll() is None, tail(self.log)
            assert time.monotonic() < deadline, f"still {last}\n{tail(self.log)}"
            time.sleep(0.25)
            if (now := self.counts()) != last:
                last, since = now, time.monotonic()
        return last

    def memory(self) -> int:
        """Bytes of the process and all its children, shared pages counted once (PSS)."""
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        return sum(member.memory_full_info().pss for member in family)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(60)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_the_demo_is_seen_and_nothing_is_lost_or_doubled_over_stops_and_kills(data: Path) -> None:
    running = Running(data)
    try:
        first = running.settled()
        assert first["articles"] >= 30
        assert first["events"] >= 20
        assert running.memory() < GIB
        assert running.end() == 0
        running = Running(data)
        assert running.settled() == first
        running.end(signal.SIGKILL)
        running = Running(data)
        assert running.settled() == first
    finally:
        running.end()


def test_a_second_demo_on_the_same_machine_says_which_port_is_in_use(data: Path, tmp_path: Path) -> None:
    running = Running(data)
    try:
        running.settled()
        (tmp_path / "other").mkdir()
        other = Running(tmp_path / "other" / "data")
        assert other.process.wait(60) == 2
        assert str(DEMO_PORT) in tail(other.log)
        assert "Traceback" not in tail(other.log)
    finally:
        running.end()
