"""Which calls only wait (for their host, for an answer), so that a stop or a rebalance need not wait for them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from services.core.ports import Partition


class Waiting:
    """Tasks that may be cancelled, by the partition that their work came from."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[object], Partition] = {}

    @contextmanager
    def of(self, partition: Partition) -> Iterator[None]:
        """The running task may be given up within this, until it says `keep`."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks[task] = partition
        try:
            yield
        finally:
            self._tasks.pop(task, None)

    def keep(self) -> None:
        """Called before something is published: from now on the running task is let end."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.pop(task, None)

    def give_up(self, partitions: frozenset[Partition]) -> None:
        """Cancels what still waits for these."""
        for task, partition in list(self._tasks.items()):
            if partition in partitions:
                task.cancel()
