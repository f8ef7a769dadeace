"""Contexts of an event: those of its pattern and those that words of its sentence bring."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from services.core.errors import ConfigError
from services.core.ontology import CONTEXTS
from services.enricher.coding.tokens import Token
from services.enricher.knowledge.tables import rows


@cache
def words(overlay: Path | None = None) -> dict[str, str]:
    """Lower-case lemma -> context, from contexts.tsv and the operator's. Raises ConfigError for an unknown context."""
    found: dict[str, str] = {}
    for context, lemmas in rows("contexts.tsv", 2, overlay):
        if context not in CONTEXTS:
            raise ConfigError(f"contexts.tsv: no context {context}")
        found |= dict.fromkeys(lemmas.split(), context)
    return found


def contexts(given: Iterable[str], tokens: Sequence[Token], overlay: Path | None = None) -> tuple[str, ...]:
    """The pattern's contexts and then the sentence's, in the ontology's order, each once."""
    known = words(overlay)
    there = set(given) | {known[t.lemma] for t in tokens if t.lemma in known}
    return tuple(c for c in CONTEXTS if c in there)
