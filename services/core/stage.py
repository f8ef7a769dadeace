"""What a stage is to the runner: something that turns a batch of messages into results, one per message."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.core.ports import Batch, Partition, Record


@dataclass(frozen=True, slots=True)
class Done:
    """The message was processed; these records follow from it and are published before it is committed."""

    outputs: Sequence[Record] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The message can not be processed, now or later: it goes to the dead-letter topic with this error.

    `outputs` are published with the dead letter: what else has to be told of it, as the outcome of its fetch.
    """

    error: Exception
    attempts: int = 1
    outputs: Sequence[Record] = ()


Result = Done | Failed


class Handler(Protocol):
    """The work of one stage. The runner polls, calls it, publishes, waits, and commits; see core/runner.py.

    An exception that leaves `handle` stops the stage (the batch is not committed): raise Unavailable there for a
    dependency that stays away, and return Failed for a message that is at fault itself.
    """

    @property
    def name(self) -> str:
        """The stage's name in metrics, logs and dead letters."""
        ...

    @property
    def group(self) -> str:
        """The consumer group."""
        ...

    @property
    def topics(self) -> Sequence[str]:
        """The topics of live news."""
        ...

    @property
    def bulk_topics(self) -> Sequence[str]:
        """The topics of back-fill, read only while the live ones are empty."""
        ...

    @property
    def ordered(self) -> bool:
        """Whether the batches of a partition must be handled one after the other."""
        ...

    @property
    def batch_size(self) -> int:
        """The most messages that one call of `handle` gets."""
        ...

    @property
    def in_flight(self) -> int:
        """The most messages of one partition that are read but not committed."""
        ...

    async def assigned(self, partitions: frozenset[Partition], generation: int) -> None:
        """These are ours now: load their state. Nothing of them is handled before this returns."""
        ...

    async def draining(self, partitions: frozenset[Partition]) -> None:
        """These will be revoked as soon as their work has ended: cancel calls of `handle` that only wait.

        What is cancelled is not committed, and done again by the next owner; what publishes must be let end.
        """
        ...

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        """These are no longer ours: forget their state. What was in flight has ended; nothing may be published."""
        ...

    async def handle(self, batch: Batch) -> Sequence[Result]:
        """One result per message of the batch, in its order."""
        ...

    async def close(self) -> None:
        """Ends what was started (pools, tasks)."""
        ...
