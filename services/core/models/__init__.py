"""The records of the contract. Field names, types and meanings are what other teams build on: see schemas/."""

from services.core.models.article import (
    ArticlePlace,
    Coder,
    EnrichedArticle,
    Entity,
    HttpInfo,
    PublishedBasis,
    PublishedPrecision,
    RawArticle,
    TextSpan,
)
from services.core.models.base import Model, UtcTime, format_time
from services.core.models.crawl import (
    ArticleState,
    Entry,
    Feed,
    FeedState,
    Outcome,
    OutcomeKind,
    PageTask,
    Validators,
)
from services.core.models.event import (
    Acled,
    Actor,
    ArticleRevision,
    Attribution,
    Casualties,
    Claim,
    ClaimedToll,
    Count,
    DatePrecision,
    DateRange,
    Event,
    EventCasualties,
    EventMention,
    Evidence,
    MentionRef,
    Place,
    PlacePrecision,
    Source,
    Toll,
    Victim,
)
from services.core.models.operate import Alert, Correction, DeadLetter, DeadLetterState, LinkState

__all__ = [
    "Acled", "Actor", "Alert", "ArticlePlace", "ArticleRevision", "ArticleState", "Attribution", "Casualties", "Claim",
    "ClaimedToll", "Coder", "Correction", "Count", "DatePrecision", "DateRange", "DeadLetter", "DeadLetterState",
    "EnrichedArticle", "Entity", "Entry", "Event", "EventCasualties", "EventMention", "Evidence", "Feed", "FeedState",
    "HttpInfo", "LinkState", "MentionRef", "Model", "Outcome", "OutcomeKind", "PageTask", "Place", "PlacePrecision",
    "PublishedBasis", "PublishedPrecision", "RawArticle", "Source", "TextSpan", "Toll", "UtcTime", "Validators",
    "Victim", "format_time",
]  # fmt: skip
