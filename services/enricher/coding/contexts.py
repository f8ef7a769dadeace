"""Contexts of an event: those of its pattern and those that words of its sentence bring."""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources

from services.core.errors import ConfigError
from services.core.ontology import CONTEXTS
from services.enricher.coding.tokens import Token


@cache
def words() -> dict[str, str]:
    """Lower-case lemma -> context, from knowledge/contexts.tsv. Raises ConfigError for a context that is none."""
    text = (resources.files("services.enricher.knowledge") / "contexts.tsv").read_text(encoding="utf8")
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            context, lemmas = line.split("\t")
            if context not in CONTEXTS:
                raise ConfigError(f"contexts.tsv: no context {context}")
            found |= dict.fromkeys(lemmas.split(), context)
    return found


def contexts(given: Iterable[str], tokens: Sequence[Token]) -> tuple[str, ...]:
    """The pattern's contexts and then the sentence's, in the ontology's order, each once."""
    known = words()
    there = set(given) | {known[t.lemma] for t in tokens if t.lemma in known}
    return tuple(c for c in CONTEXTS if c in there)
