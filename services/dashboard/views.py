"""From documents to answers. Pure; only http(s) addresses pass, and a text only where it may be shown."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from services.core.models import Claim, EnrichedArticle, Event, EventMention, MentionRef
from services.core.ports import Hit
from services.dashboard.answers import (
    ArticleAnswer,
    ArticleEvent,
    ArticleItem,
    ClaimOf,
    EventAnswer,
    EventItem,
    MentionItem,
    Named,
    Report,
    Tolls,
)
from services.dashboard.links import web_link

EXTRACT: Final = 400
# Flags of articles whose text is never shown from here: the publisher forbids copies, or took it back.
_SEALED: Final = {
    "noarchive": "The publisher allows no stored copies: read it there.",
    "retracted": "The publisher took this article back.",
}
TEXT_IS_PRIVATE: Final = "Full texts are shown on the machine itself, or to who brings the token."
_LATEST: Final = datetime.max.replace(tzinfo=UTC)


def event_item(hit: Hit) -> EventItem:
    """An event in a list."""
    event = Event.model_validate(hit.document)
    return EventItem(**_event_fields(event), snippets=hit.snippets)


def _event_fields(event: Event) -> dict[str, object]:
    shared = {name: getattr(event, name) for name in EventItem.model_fields if name in Event.model_fields}
    first = first_report(event.mentions)
    denied = dict.fromkeys(claim.by.name for claim in event.claims if claim.stance == "denies")
    toll = event.casualties
    return shared | {
        "summary": first.sentence if first else None,
        "denied_by": tuple(denied),
        "tolls": Tolls(low=toll.low, high=toll.high) if toll else None,
    }


def first_report(reports: Iterable[MentionRef]) -> MentionRef | None:
    """The earliest that is no copy."""
    return min(reports, key=lambda m: (m.copy_of is not None, m.published or _LATEST, m.mention_id), default=None)


def event_answer(event: Event, mentions: Mapping[str, Hit]) -> EventAnswer:
    """An event with its reports and the claims in them. `mentions` are the documents of its mentions, by id."""
    refs = {ref.mention_id: ref for ref in event.mentions}
    ordered = sorted(event.mentions, key=lambda ref: (ref.published or _LATEST, ref.mention_id))
    return EventAnswer(
        **_event_fields(event),
        about=event.about,
        casualties=event.casualties,
        claims=[_claim(claim, refs, mentions) for claim in event.claims],
        reports=[_report(ref, mentions.get(ref.mention_id)) for ref in ordered],
    )


def _claim(claim: Claim, refs: Mapping[str, MentionRef], mentions: Mapping[str, Hit]) -> ClaimOf:
    ref, hit = refs.get(claim.mention_id), mentions.get(claim.mention_id)
    found = ref or (EventMention.model_validate(hit.document) if hit else None)
    return ClaimOf(
        **{name: getattr(claim, name) for name in Claim.model_fields},
        article_id=found.article_id if found else None,
        source=found.source if found else None,
    )


def _report(ref: MentionRef, hit: Hit | None) -> Report:
    mention = EventMention.model_validate(hit.document) if hit else None
    state = "missing" if hit is None else "withdrawn" if hit.document.get("withdrawn") else "current"
    return Report(
        mention_id=ref.mention_id,
        article_id=ref.article_id,
        revision=mention.revision if mention else ref.revision,
        state=state,
        source=ref.source,
        url=web_link(ref.url),
        title=mention.title if mention else None,
        published=ref.published,
        sentence=ref.sentence,
        trigger=mention.trigger.text if mention else None,
        copy_of=ref.copy_of,
        type=mention.type if mention else None,
        modality=mention.modality if mention else None,
        attribution=mention.attribution if mention else None,
        casualties=mention.casualties if mention else None,
        rule=mention.rule if mention else None,
        confidence=mention.confidence if mention else None,
    )


def mention_item(hit: Hit) -> MentionItem:
    """A mention in a list."""
    mention = EventMention.model_validate(hit.document)
    own = {"url", "sentence", "trigger", "withdrawn", "snippets"}
    return MentionItem(
        **{name: getattr(mention, name) for name in MentionItem.model_fields if name not in own},
        url=web_link(mention.url),
        sentence=mention.sentence.text,
        trigger=mention.trigger.text,
        withdrawn=bool(hit.document.get("withdrawn")),
        snippets=hit.snippets,
    )


def article_item(hit: Hit) -> ArticleItem:
    """An article in a list."""
    article = EnrichedArticle.model_validate(hit.document)
    # What the publisher took back is not quoted either.
    return ArticleItem(**_article_fields(article), snippets={} if "retracted" in article.flags else hit.snippets)


def _article_fields(article: EnrichedArticle) -> dict[str, object]:
    shared = {name: getattr(article, name) for name in ArticleItem.model_fields if name in EnrichedArticle.model_fields}
    return shared | {
        "url": web_link(article.url),
        "extract": "" if "retracted" in article.flags else extract(article.text),
        "event_count": len(article.events),
        "event_types": sorted({event.type for event in article.events}),
    }


def extract(text: str) -> str:
    """The beginning of a text, cut at a space."""
    flat = " ".join(text[: 2 * EXTRACT].split())
    if len(flat) <= EXTRACT:
        return flat
    cut = flat.rfind(" ", EXTRACT // 2, EXTRACT)
    return flat[: cut if cut > 0 else EXTRACT] + " …"


def withheld(article: EnrichedArticle, *, trusted: bool) -> str | None:
    """Why the full text is not shown; None where it is."""
    sealed = next((reason for flag, reason in _SEALED.items() if flag in article.flags), None)
    return sealed or (None if trusted else TEXT_IS_PRIVATE)


def article_answer(article: EnrichedArticle, events: Mapping[str, Event], *, trusted: bool) -> ArticleAnswer:
    """An article with its evidence. `events` are the linked events by mention id."""
    reason = withheld(article, trusted=trusted)
    return ArticleAnswer(
        **_article_fields(article),
        text=article.text if reason is None else None,
        text_withheld=reason,
        enriched_at=article.enriched_at,
        coder=article.coder,
        entities=[
            Named(id=e.id, name=e.name, kind=e.kind, country=e.country, spans=e.mentions if reason is None else ())
            for e in article.entities
        ],
        places=[
            Named(id=p.id, name=p.name, kind="place", country=p.country, spans=p.mentions if reason is None else ())
            for p in article.places
        ],
        events=[_article_event(mention, events.get(mention.id)) for mention in article.events],
    )


def _article_event(mention: EventMention, event: Event | None) -> ArticleEvent:
    own = {"mention_id", "event_id", "event_title"}
    return ArticleEvent(
        **{name: getattr(mention, name) for name in ArticleEvent.model_fields if name not in own},
        mention_id=mention.id,
        event_id=event.id if event else None,
        event_title=event.title if event else None,
    )
