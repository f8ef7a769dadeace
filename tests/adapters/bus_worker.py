"""A process of its own on a bus directory: `publish` prints each acknowledged number, `join` what it owns."""

import asyncio
import sys
from pathlib import Path

from services.adapters.sqlite_bus import SqliteBus
from services.core.ports import Partition, Record
from services.core.topics import PAGES


async def publish(bus: SqliteBus) -> None:
    number = 0
    while True:
        await bus.publish([Record(PAGES, str(n), bytes(1000)) for n in range(number, number + 10)])
        number += 10
        print(number, flush=True)


class Teller:
    def __init__(self) -> None:
        self.owned: frozenset[Partition] = frozenset()

    async def assigned(self, partitions: frozenset[Partition], generation: int) -> None:
        self.owned |= partitions
        print("owned", len(self.owned), generation, flush=True)

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        self.owned -= partitions


async def join(bus: SqliteBus) -> None:
    async with bus.subscribe("group", [PAGES], Teller()) as member:
        while True:
            await member.poll(max_messages=10, timeout=1.0)


async def main() -> None:
    bus = SqliteBus(Path(sys.argv[1]))
    await bus.start()
    await (publish(bus) if sys.argv[2] == "publish" else join(bus))


if __name__ == "__main__":
    asyncio.run(main())
