"""What the enricher knows of the world: data files with their source and licence, loaded once per process."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything loaded. Shared by all steps, never changed after loading."""
