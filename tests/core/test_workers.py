"""Worker processes: the time limit kills, a dying worker takes nobody with it, order holds."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.core.errors import Rejected, WorkerStopped
from services.core.workers import Workers


def work(item: str) -> str:
    match item:
        case "hang":
            time.sleep(60)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "reject":
            raise Rejected("no_text", "nothing in it")
        case "eat":
            bytearray(1 << 40)
    return item.upper()


@pytest.fixture
async def workers() -> AsyncIterator[Workers[str, str]]:
    pool = Workers(work, processes=2, timeout=1.5)
    yield pool
    await pool.close()


async def test_results_come_in_the_order_of_the_items(workers: Workers[str, str]) -> None:
    assert await workers.map([str(n) for n in range(30)]) == [str(n) for n in range(30)]


async def test_only_the_items_at_fault_fail(workers: Workers[str, str]) -> None:
    results = await workers.map(["a", "hang", "b", "die", "c", "reject", "eat", "d"])
    assert [r if isinstance(r, str) else type(r) for r in results] == [
        "A", WorkerStopped, "B", WorkerStopped, "C", Rejected, WorkerStopped, "D",
    ]  # fmt: skip
    assert "longer than 1.5 s" in str(results[1])
    assert "killed its worker" in str(results[3])
    assert isinstance(results[5], Rejected)
    assert results[5].reason == "no_text"
    assert "memory" in str(results[6])


WAITING = """
import asyncio, pathlib, sys
from services.core.workers import Workers

async def main():
    pool = Workers(abs, processes=1, timeout=30, preload=["imported_slowly"])
    first = asyncio.create_task(pool.map([-1]))
    await asyncio.sleep(0.2)
    # The fork server's import ends only when this has been written: a blocked loop would never come to it.
    pathlib.Path(sys.argv[1], "go").touch()
    print(await first)
    await pool.close()

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_the_event_loop_runs_on_while_the_processes_start(tmp_path: Path) -> None:
    (tmp_path / "imported_slowly.py").write_text(
        "import pathlib, time\nwhile not pathlib.Path(__file__).with_name('go').exists(): time.sleep(0.05)\n"
    )
    (tmp_path / "main.py").write_text(WAITING)
    # A process of its own, since a process has one fork server and this one's may run already.
    done = subprocess.run(
        [sys.executable, tmp_path / "main.py", tmp_path],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "[1]\n", done.stderr
