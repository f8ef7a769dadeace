"""Imported once by the fork server: what it loads here is shared by all worker processes."""

import gc
from datetime import UTC, datetime
from typing import Final

import py3langid
import trafilatura

from services.core.models import RawArticle
from services.enricher.knowledge import load_knowledge
from services.enricher.pipeline import STEPS, enrich

__all__ = ["STEPS", "warm_up"]

_THEN: Final = datetime(2026, 3, 10, tzinfo=UTC)
_TEXT: Final = "Two soldiers were killed in the northern town of Kesra on Tuesday, the governor said."


def warm_up() -> None:
    """Uses everything that is loaded at its first use: knowledge, word lists, patterns, models.

    The cache of the knowledge tells None from nothing given, and the workers give None.
    """
    knowledge = load_knowledge(None)
    page = f"<html><body><h1>Attack in Kesra</h1><p>{_TEXT}</p><p>{_TEXT}</p></body></html>"
    raw = RawArticle(id="warm", html=page, fetched_at=_THEN, first_fetched_at=_THEN)
    enrich(raw, knowledge=knowledge, now=_THEN)
    trafilatura.extract(page, fast=True)
    py3langid.classify(_TEXT)


warm_up()
# A collection writes to every object that it looks at, and what is written to is shared no longer.
gc.collect()
gc.freeze()
