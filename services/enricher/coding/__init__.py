"""Event coding: from sentences to who did what to whom, where, when, how many, and who says so.

Data flow over offsets, one small pure module per step (docs/coding.md): tokens -> groups -> clauses -> match, then
actors, casualties, dates, where, attribution, modality and background for each candidate.
"""

from pathlib import Path

from services.enricher.coding import contexts, lexicon, patterns, triggers


def warm(overlay: Path | None = None) -> None:
    """Loads everything that is cached, so that processes forked afterwards share it. Raises ConfigError."""
    lexicon.words()
    contexts.words(overlay)
    patterns.load(overlay)
    triggers.load(overlay)


__all__ = ["warm"]
