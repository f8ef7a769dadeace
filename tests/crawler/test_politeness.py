"""Queues of hosts."""

import asyncio
import itertools

import pytest

from services.core.clock import ManualClock
from services.crawler.options import CrawlerOptions
from services.crawler.politeness import Politeness, host_of
from tests.crawler.world import START


class Visits:
    """Requests of some length at some hosts, with the times at which they began."""

    def __init__(self, **numbers: float) -> None:
        self.clock = ManualClock(START)
        self.politeness = Politeness(self.clock, CrawlerOptions(**numbers))  # type: ignore[arg-type]
        self.starts: list[tuple[str, float]] = []
        self.active: dict[str, int] = {}
        self.most: dict[str, int] = {}

    async def visit(self, host: str, seconds: float = 0.0) -> None:
        async with self.politeness.slot(host):
            self.starts.append((host, self.clock.monotonic()))
            self.active[host] = self.active.get(host, 0) + 1
            self.most[host] = max(self.most.get(host, 0), self.active[host])
            await self.clock.sleep(seconds)
            self.active[host] -= 1

    async def run(self, *visits: "asyncio.Task[None]") -> None:
        while not all(visit.done() for visit in visits):
            for _ in range(5):
                await asyncio.sleep(0)
            self.clock.advance(0.5)

    def gaps(self, host: str) -> list[float]:
        return [b - a for a, b in itertools.pairwise(at for name, at in self.starts if name == host)]


async def test_starts_at_one_host_are_a_pause_apart() -> None:
    visits = Visits(pause=2.0)
    await visits.run(*(asyncio.create_task(visits.visit("a")) for _ in range(5)))
    assert visits.gaps("a") == [2.0] * 4


async def test_at_most_two_requests_at_once() -> None:
    visits = Visits(pause=0.0)
    await visits.run(*(asyncio.create_task(visits.visit("a", 10.0)) for _ in range(6)))
    assert visits.most["a"] == 2


async def test_the_pause_of_one_host_never_holds_up_another() -> None:
    visits = Visits(pause=50.0)
    await visits.run(*(asyncio.create_task(visits.visit(host, 5.0)) for host in "aaabcdef"))
    assert [at for host, at in visits.starts if host in "bcdef"] == [0.0] * 5


async def test_crawl_delay_lengthens_the_pause_within_its_limit_and_never_shortens_it() -> None:
    visits = Visits(pause=2.0, crawl_delay_limit=30.0)
    for host, delay in (("long", 10.0), ("short", 0.5), ("absurd", 86400.0), ("none", None)):
        visits.politeness.set_crawl_delay(host, delay)
        await visits.run(*(asyncio.create_task(visits.visit(host)) for _ in range(2)))
    assert [visits.gaps(host)[0] for host in ("long", "short", "absurd", "none")] == [10.0, 2.0, 30.0, 2.0]


async def test_a_hold_keeps_everybody_waiting_and_a_shorter_one_does_not_end_it() -> None:
    visits = Visits()
    visits.politeness.hold("a", 60.0)
    visits.politeness.hold("a", 1.0)
    assert visits.politeness.expected_wait("a") == 60.0
    await visits.run(asyncio.create_task(visits.visit("a")))
    assert visits.starts == [("a", 60.0)]


async def test_a_hold_reaches_those_who_wait_already() -> None:
    visits = Visits(pause=5.0)
    waiting = [asyncio.create_task(visits.visit("a")) for _ in range(2)]
    await asyncio.sleep(0)
    visits.politeness.hold("a", 100.0)
    await visits.run(*waiting)
    assert [at for _, at in visits.starts] == [0.0, 100.0]


async def test_a_hold_is_never_longer_than_a_day() -> None:
    visits = Visits()
    visits.politeness.hold("a", 10**9)
    assert visits.politeness.expected_wait("a") == 86400.0


async def test_the_expected_wait_counts_who_waits_before() -> None:
    visits = Visits(pause=2.0)
    waiting = [asyncio.create_task(visits.visit("a")) for _ in range(4)]
    await asyncio.sleep(0)
    assert visits.politeness.expected_wait("a") == 2.0 + 3 * 2.0
    assert visits.politeness.expected_wait("b") == 0.0
    await visits.run(*waiting)


async def test_who_gives_up_waiting_leaves_the_queue() -> None:
    visits = Visits(pause=2.0)
    visits.politeness.hold("a", 100.0)
    waiting = [asyncio.create_task(visits.visit("a")) for _ in range(4)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert visits.politeness.expected_wait("a") == 100.0
    await visits.run(asyncio.create_task(visits.visit("a")))
    assert visits.starts == [("a", 100.0)]


async def test_hosts_that_nothing_is_known_of_take_no_memory() -> None:
    visits = Visits()
    visits.politeness.hold("held", 3600.0)
    for number in range(10_001):
        async with visits.politeness.slot(str(number)):
            pass
        visits.clock.advance(3.0 if number == 9000 else 0.0)
    assert visits.politeness.expected_wait("held") > 3000
    assert len(visits.politeness._hosts) < 2000


async def test_a_crawl_delay_is_remembered_as_long_as_its_robots_txt_and_no_longer() -> None:
    visits = Visits(pause=2.0, crawl_delay_limit=60.0, robots_lifetime=3600.0)
    for number in range(10_000):
        visits.politeness.set_crawl_delay(str(number), 30.0)
    visits.clock.advance(3000.0)
    visits.politeness.hold("another", 1.0)
    assert len(visits.politeness._hosts) == 10_001
    visits.clock.advance(1000.0)
    for number in range(10_001):
        visits.politeness.hold(f"later{number}", 1.0)
    assert "1" not in visits.politeness._hosts


@pytest.mark.parametrize(
    ("url", "host"), [("https://A.example/x", "a.example"), ("http://a.example:8080/", "a.example:8080")]
)
def test_a_host_is_told_by_name_and_port(url: str, host: str) -> None:
    assert host_of(url) == host
