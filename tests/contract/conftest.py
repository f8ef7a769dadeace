"""The adapters that the contract suites run on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.adapters.memory_bus import MemoryBus
from services.adapters.sqlite_bus import SqliteBus
from services.core.ports import Bus
from tests.contract.bus_cases import PARTITIONS, SESSION, BusCase, opened
from tests.services.process import free_port


def memory_case() -> BusCase:
    return BusCase("memory", MemoryBus, lambda: (MemoryBus(), "memory"))


def sqlite_case(directory: Path) -> BusCase:
    def broken() -> tuple[Bus, str]:
        blocked = directory / "a-file"
        blocked.write_text("in the way")
        return SqliteBus(blocked), str(blocked)

    return BusCase("sqlite", lambda: SqliteBus(directory / "bus", session=SESSION), broken)


def kafka_case(address: str) -> BusCase:
    from services.adapters.kafka_bus import KafkaBus, KafkaOptions

    # A heartbeat, which is what tells of a rebalance, comes every third of a session.
    options = KafkaOptions(client_id="contract", request_timeout=5.0, session_timeout=SESSION)

    def broken() -> tuple[Bus, str]:
        nobody = f"127.0.0.1:{free_port()}"
        return KafkaBus(nobody, options=options), nobody

    return BusCase("kafka", lambda: KafkaBus(address, options=options), broken)


@pytest.fixture(params=["memory", "sqlite", pytest.param("kafka", marks=pytest.mark.kafka)])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> BusCase:
    match request.param:
        case "memory":
            return memory_case()
        case "sqlite":
            return sqlite_case(tmp_path)
        case _:
            return kafka_case(request.getfixturevalue("kafka_address"))


@pytest.fixture
async def bus(case: BusCase) -> AsyncIterator[Bus]:
    """A started bus with its topics."""
    async with opened(case.open()) as started:
        await started.create_topics(PARTITIONS)
        yield started
