"""What a worker process does with one message: parse, enrich, and wrap all that follows from it for the bus.

Importing this loads nothing big; `services.enricher.warm` does, once, in the fork server.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from services.core.envelope import record_of
from services.core.errors import Rejected
from services.core.ids import link_key
from services.core.models import ArticleRevision, EnrichedArticle, EventMention
from services.core.outcomes import outcome_of, outcome_record
from services.core.ports import Record
from services.core.topics import ENRICHED, MENTIONS
from services.enricher.knowledge import load_knowledge
from services.enricher.pipeline import enrich, parse

STAGE: Final = "enricher"


@dataclass(frozen=True, slots=True)
class Item:
    """One message on its way to a worker: its value, the trace it belongs to, the time and the operator's overlay."""

    value: bytes
    traceparent: str | None
    now: datetime
    overlay: Path | None = None


@dataclass(frozen=True, slots=True)
class Coded:
    """The records that follow from a message, and the reason where its article was rejected."""

    records: tuple[Record, ...]
    rejected: str | None = None


def code_message(item: Item) -> Coded:
    """Enriches one message. Raises BadInput for what can never be processed."""
    raw = parse(item.value)
    try:
        article = enrich(raw, knowledge=load_knowledge(item.overlay), now=item.now)
    except Rejected as rejected:
        closed = outcome_of(raw, "rejected", stage=STAGE, now=item.now, reason=rejected.reason)
        return Coded((outcome_record(closed, item.traceparent),), rejected.reason)
    return Coded(tuple(records_of(article, item.traceparent)))


def records_of(article: EnrichedArticle, traceparent: str | None) -> list[Record]:
    """The article for the sink; for the linker its revision, to every partition, and then its mentions."""
    revision = ArticleRevision(
        article_id=article.id,
        revision=article.revision,
        coder_number=article.coder.number,
        mention_ids=tuple(mention.id for mention in article.events),
    )
    by_id = {mention.id: mention for mention in article.events}
    return [
        record_of(ENRICHED, article.id, article, traceparent=traceparent),
        record_of(MENTIONS, article.id, revision, everywhere=True, traceparent=traceparent),
        *(
            record_of(MENTIONS, mention.id, mention, routing=routing_of(mention, by_id), traceparent=traceparent)
            for mention in article.events
        ),
    ]


def routing_of(mention: EventMention, by_id: Mapping[str, EventMention]) -> str:
    """The link key: country of the place, else of what the mention is about, else of a recipient, else of an actor."""
    about = by_id.get(mention.about or "")
    places = [known.place for known in (mention, about) if known is not None]
    return link_key(
        [
            *(place.country for place in places if place is not None),
            *(actor.country for actor in mention.recipients),
            *(actor.country for actor in mention.actors),
        ]
    )
