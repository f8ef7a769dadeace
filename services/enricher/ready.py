"""Imported once by the fork server of a short run: what every article needs, and not the models that only some do."""

from datetime import UTC, datetime
from typing import Final

from services.core.models import RawArticle
from services.enricher.knowledge import load_knowledge
from services.enricher.pipeline import STEPS, enrich

__all__ = ["STEPS", "THEN", "prepare"]

THEN: Final = datetime(2026, 3, 10, tzinfo=UTC)
_TEXT: Final = "Two soldiers were killed in the northern town of Kesra on Tuesday, the governor said."
PAGE: Final = f"<html><body><h1>Attack in Kesra</h1><p>{_TEXT}</p><p>{_TEXT}</p></body></html>"


def prepare() -> None:
    """Uses everything that is loaded at its first use: knowledge, word lists, patterns.

    The cache of the knowledge tells None from nothing given, and the workers give None.
    """
    raw = RawArticle(id="ready", html=PAGE, fetched_at=THEN, first_fetched_at=THEN)
    enrich(raw, knowledge=load_knowledge(None), now=THEN)


prepare()
