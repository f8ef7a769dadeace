"""What is in flight of one partition: chunks end in any order, the committed offset only moves over finished ones."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from services.core.ports import Batch, Partition


@dataclass(eq=False, slots=True)
class Chunk:
    """Messages that are handled together. `done` once their outputs are durable."""

    batch: Batch
    task: "asyncio.Task[None] | None" = None
    done: bool = False

    @property
    def size(self) -> int:
        """Number of messages."""
        return len(self.batch.messages)


@dataclass(eq=False, slots=True)
class Lane:
    """The chunks of one owned partition, in offset order. `finished` is the offset to commit, None where none is due.

    Once it is `closing` no chunk is begun any more.
    """

    partition: Partition
    chunks: deque[Chunk] = field(default_factory=deque)
    in_flight: int = 0
    finished: int | None = None
    closing: bool = False

    def admit(self, chunk: Chunk) -> None:
        """Takes a chunk in, behind all others."""
        self.chunks.append(chunk)
        self.in_flight += chunk.size

    def advance(self) -> int | None:
        """Lets go of the finished chunks at the front; gives `finished`."""
        while self.chunks and self.chunks[0].done:
            chunk = self.chunks.popleft()
            self.in_flight -= chunk.size
            self.finished = chunk.batch.messages[-1].offset + 1
        return self.finished

    def committed(self, offset: int) -> None:
        """Takes note that an offset is stored; one that failed to be stays due."""
        if self.finished == offset:
            self.finished = None

    def unfinished(self) -> "list[asyncio.Task[None]]":
        """The tasks that still run."""
        return [chunk.task for chunk in self.chunks if chunk.task is not None and not chunk.task.done()]
