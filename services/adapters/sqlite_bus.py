"""The embedded bus: one directory on one machine, for as many processes as want to share it."""

from pathlib import Path

from services.adapters.embedded_bus import EmbeddedBus
from services.core.clock import Clock


class SqliteBus(EmbeddedBus):
    """A durable Bus in the directory's `bus.sqlite`.

    The file system must be local: in WAL mode SQLite's processes share memory.
    """

    def __init__(self, directory: Path, *, clock: Clock | None = None, session: float = 10.0) -> None:
        super().__init__(directory / "bus.sqlite", clock=clock, session=session)
