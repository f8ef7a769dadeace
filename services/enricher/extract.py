"""Articles in, lines out: what `dateline extract` prints, as a pure function and as one for worker processes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.core.errors import DatelineError
from services.core.models import RawArticle
from services.enricher.knowledge import Knowledge, load_knowledge
from services.enricher.pipeline import enrich


@dataclass(frozen=True, slots=True)
class Extracted:
    """What became of one input: a line (an EnrichedArticle without line break), or an error. Never both."""

    input: str
    line: bytes | None = None
    error: str | None = None


def extract(items: Iterable[tuple[str, RawArticle]], *, knowledge: Knowledge, now: datetime) -> Iterator[Extracted]:
    """One result per (name, article), in their order. No input can end it."""
    for name, raw in items:
        yield extract_one(name, raw, knowledge=knowledge, now=now)


def extract_one(name: str, raw: RawArticle, *, knowledge: Knowledge, now: datetime) -> Extracted:
    """The line or the error for one article."""
    try:
        return Extracted(name, line=enrich(raw, knowledge=knowledge, now=now).to_bytes())
    except DatelineError as error:
        return Extracted(name, error=str(error))
    except Exception as error:  # one article that breaks a step must not end the others
        return Extracted(name, error=f"{type(error).__name__}: {error}")


def extract_in_worker(item: tuple[str, RawArticle, datetime, Path | None]) -> Extracted:
    """The same for a worker process: (name, article, now, overlay of knowledge)."""
    name, raw, now, overlay = item
    return extract_one(name, raw, knowledge=load_knowledge(overlay), now=now)
