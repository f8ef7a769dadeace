"""Records to documents. Pure: the same record gives the same document, and its version decides which one shows."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from services.core.index_fields import LOCATION
from services.core.models import EnrichedArticle, Event
from services.core.ports import Document, Hit, Upsert

# Above every coder number, so that a new revision beats any re-coding of an older one.
_REVISION_STEP: Final = 2**20


def version_of(article: EnrichedArticle) -> int:
    """The external version of an article's document and of its mentions'."""
    return article.revision * _REVISION_STEP + article.coder.number


def month_of(time: datetime) -> str:
    """The monthly index that a time belongs to ("2026-11")."""
    return f"{time.year:04}-{time.month:02}"


def article_upsert(article: EnrichedArticle) -> Upsert:
    """The article's own document: the whole record, and what is counted and filtered of its events."""
    document = article.model_dump(mode="json")
    document["event_count"] = len(article.events)
    document["event_types"] = sorted({event.type for event in article.events})
    document["mention_ids"] = [event.id for event in article.events]
    return Upsert("articles", article.id, version_of(article), month_of(article.first_fetched_at), document)


def mention_upserts(article: EnrichedArticle) -> list[Upsert]:
    """A document for each mention of the article."""
    first, version = article.model_dump(mode="json", include={"first_fetched_at"}), version_of(article)
    month = month_of(article.first_fetched_at)
    return [
        Upsert("mentions", event.id, version, month, _mention(event.model_dump(mode="json"), first, withdrawn=False))
        for event in article.events
    ]


def event_upsert(event: Event) -> Upsert:
    """The event's document, with the words of its reports and claims as `text`."""
    document = event.model_dump(mode="json")
    document["text"] = " ".join(_distinct([*(m.sentence for m in event.mentions), *(c.what for c in event.claims)]))
    document.update(_location(document["place"]))
    return Upsert("events", event.id, event.version, month_of(event.first_seen), document)


def article_plan(article: EnrichedArticle, stored: Hit | None) -> list[Upsert]:
    """What to write of an article's mentions, given the article document that is stored; not the article itself.

    Mentions that the newer of the two no longer has are withdrawn at the newer one's version: no later write of an
    older revision can bring them back.
    """
    version = version_of(article)
    if stored is None or stored.version < version:
        kept = {event.id for event in article.events}
        gone = [event for event in _events(stored) if event["id"] not in kept]
        first = article.model_dump(mode="json", include={"first_fetched_at"})
        return mention_upserts(article) + _withdrawn(gone, version, month_of(article.first_fetched_at), first)
    if stored.version == version:
        return mention_upserts(article)
    kept = set(stored.document.get("mention_ids", ()))
    return [
        Upsert(u.collection, u.id, stored.version, u.month, {**u.document, "withdrawn": True})
        for u in mention_upserts(article)
        if u.id not in kept
    ]


def _events(stored: Hit | None) -> Iterable[Document]:
    return stored.document.get("events", ()) if stored is not None else ()


def _withdrawn(events: Iterable[Document], version: int, month: str, first: Mapping[str, Any]) -> list[Upsert]:
    return [Upsert("mentions", event["id"], version, month, _mention(event, first, withdrawn=True)) for event in events]


def _mention(event: Document, first: Mapping[str, Any], *, withdrawn: bool) -> Document:
    return {**event, **first, **_location(event.get("place")), "withdrawn": withdrawn}


def _location(place: Mapping[str, Any] | None) -> Document:
    if place is None or place.get("lat") is None or place.get("lon") is None:
        return {}
    return {LOCATION: {"lat": place["lat"], "lon": place["lon"]}}


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
