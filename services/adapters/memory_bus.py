"""The bus for tests: everything that the embedded bus promises but durability, without threads or files."""

from services.adapters.embedded_bus import EmbeddedBus
from services.core.clock import Clock


class MemoryBus(EmbeddedBus):
    """A Bus that forgets everything when it is closed."""

    def __init__(self, *, clock: Clock | None = None) -> None:
        super().__init__(None, clock=clock)
