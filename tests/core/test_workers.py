"""Worker processes: the time limit kills, a dying worker takes nobody with it, order holds."""

import os
import signal
import time
from collections.abc import AsyncIterator

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
