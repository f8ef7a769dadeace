"""Sending dead letters back: the same bytes to the same place, no faster than told, in an order that loses none."""

import hashlib
from collections.abc import AsyncIterable, Callable
from typing import Final

from services.app.dlq import Letter, mark, original
from services.core.clock import Clock
from services.core.ports import Bus
from services.core.topics import BY_NAME, too_large

_AT_ONCE: Final = 100
_AT_ONCE_BYTES: Final = 8 * 1024 * 1024
Tell = Callable[[Letter, str | None], None]


class Replay:
    """Replays letters, `rate` a second; `tell` hears of each what stands in its way, or None once it is back.

    A letter is marked after its message is durable: a crash in between repeats the message, and nothing is lost.
    """

    def __init__(self, bus: Bus, clock: Clock, *, rate: float, tell: Tell) -> None:
        self._bus = bus
        self._clock = clock
        self._rate = rate
        self._tell = tell
        self._at_once = max(1, min(_AT_ONCE, int(rate / 10)))
        self._began = clock.monotonic()
        self._sent = 0
        self._newest: dict[str, dict[tuple[int, str], bytes]] = {}

    async def run(self, letters: AsyncIterable[Letter]) -> None:
        """Raises Unavailable when the bus goes away; what was told of by then is back."""
        waiting: list[Letter] = []
        size = 0
        async for letter in letters:
            if (obstacle := await self._obstacle(letter)) is not None:
                self._tell(letter, obstacle)
                continue
            waiting.append(letter)
            size += len(letter.message.value or b"")
            if len(waiting) >= self._at_once or size >= _AT_ONCE_BYTES:
                await self._send(waiting)
                waiting, size = [], 0
        if waiting:
            await self._send(waiting)

    async def _send(self, letters: list[Letter]) -> None:
        await self._clock.sleep(self._began + self._sent / self._rate - self._clock.monotonic())
        await self._bus.publish([original(letter) for letter in letters])
        await self._bus.publish([mark(letter, "replayed", self._clock.now()) for letter in letters])
        self._sent += len(letters)
        for letter in letters:
            self._tell(letter, None)

    async def _obstacle(self, letter: Letter) -> str | None:
        told, record = letter.told, original(letter)
        if told.truncated_from is not None:
            kept = len(letter.message.value or b"")
            return f"only the first {kept} of its {told.truncated_from} bytes were kept: it can not be replayed"
        if told.partition >= (count := await self._bus.partition_count(told.topic)):
            return f"{told.topic} has {count} partitions now: there is no partition {told.partition}"
        if (error := too_large(record)) is not None:
            return str(error)
        if BY_NAME[told.topic].compacted and not await self._still_stands(letter):
            return "its topic has a newer record of its key by now: replaying it would undo that one"
        return None

    async def _still_stands(self, letter: Letter) -> bool:
        """Whether the newest record of the letter's key says the same; removed keys say nothing."""
        topic = letter.told.topic
        if topic not in self._newest:
            newest: dict[tuple[int, str], bytes] = {}
            async for message in self._bus.read_all(topic):
                newest[message.partition, message.key] = _mark_of(message.value)
            self._newest[topic] = newest
        standing = self._newest[topic].get((letter.told.partition, letter.message.key), _mark_of(None))
        return standing == _mark_of(letter.message.value)


def _mark_of(value: bytes | None) -> bytes:
    return b"" if value is None else hashlib.sha256(value).digest()
