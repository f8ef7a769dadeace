"""What the API gives: the models of which the OpenAPI document is made. Times in UTC, RFC 3339."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from services.core.models import (
    Acled,
    Actor,
    Attribution,
    Casualties,
    Claim,
    Coder,
    DateRange,
    EventCasualties,
    Evidence,
    Place,
    Source,
    TextSpan,
    Toll,
)
from services.core.models.base import Model, UtcTime
from services.core.ontology import EventType, Modality, QuadClass

Snippets = Mapping[str, Sequence[str]]


class Problem(Model):
    """What was wrong with a request, and with which of its parameters, if one."""

    error: str
    parameter: str | None = None


class Bucket(Model):
    """A value and in how many documents it occurs; `name` is what people call it, where it is an id."""

    value: str
    count: int
    name: str | None = None


class Cell(Model):
    """A Web Mercator tile "zoom/x/y", the centre of its documents and how many they are."""

    tile: str
    lat: float
    lon: float
    count: int


class Found(Model):
    """What every search tells beside its items. `total` is exact; `cursor` reads on and is null at the end."""

    total: int
    cursor: str | None = None
    facets: Mapping[str, Sequence[Bucket]] = Field(default_factory=dict)
    histogram: Sequence[Bucket] = ()
    grid: Sequence[Cell] = ()


class Tolls(Model):
    """The lowest and highest count among claimants."""

    low: Toll
    high: Toll


class EventItem(Model):
    """An event in a list. `summary` is the sentence of its first report, `denied_by` who denies it."""

    id: str
    version: int
    type: EventType
    mode: str | None
    quad_class: QuadClass
    contexts: Sequence[str]
    acled: Acled | None
    modality: Modality
    title: str
    summary: str | None
    place: Place | None
    date: DateRange | None
    actors: Sequence[Actor]
    recipients: Sequence[Actor]
    mention_count: int
    sources: Sequence[str]
    independent_sources: int
    tolls: Tolls | None
    denied_by: Sequence[str]
    first_seen: UtcTime
    last_seen: UtcTime
    confidence: float
    story_id: str | None
    story_title: str | None
    merged_into: str | None
    retracted: bool
    snippets: Snippets = Field(default_factory=dict)


class ClaimOf(Claim):
    """A claim with the report in which it stands."""

    article_id: str | None = None
    source: Source | None = None


class Report(Model):
    """One sentence of one article that reports the event.

    `state` is withdrawn where the article's newest revision no longer says it, and missing where the mention is not
    indexed (yet). `copy_of` is the article whose text this one repeats.
    """

    mention_id: str
    article_id: str
    revision: int
    state: str
    source: Source
    url: str | None
    title: str | None
    published: UtcTime | None
    sentence: str
    trigger: str | None
    copy_of: str | None
    type: EventType | None
    modality: Modality | None
    attribution: Attribution | None
    casualties: Casualties | None
    rule: str | None
    confidence: float | None


class EventAnswer(EventItem):
    """An event with who says what about it; `reports` in order of appearance, at most 50 of `mention_count`."""

    about: str | None
    casualties: EventCasualties | None
    claims: Sequence[ClaimOf]
    reports: Sequence[Report]


class ArticleItem(Model):
    """An article in a list: an extract and a link, never the text."""

    id: str
    revision: int
    url: str | None
    source: Source
    title: str | None
    extract: str
    language: str | None
    author: str | None
    published: UtcTime | None
    published_precision: str
    published_basis: str
    fetched_at: UtcTime
    first_fetched_at: UtcTime
    event_count: int
    event_types: Sequence[str]
    flags: Sequence[str]
    snippets: Snippets = Field(default_factory=dict)


class Named(Model):
    """Somebody or some place that the article names; `spans` only beside the full text."""

    id: str
    name: str
    kind: str
    country: str | None = None
    spans: Sequence[TextSpan] = ()


class ArticleEvent(Model):
    """An event that the article reports; offsets are in characters (code points) of `text`."""

    mention_id: str
    event_id: str | None
    event_title: str | None
    type: EventType
    mode: str | None
    modality: Modality
    background: bool
    quad_class: QuadClass
    actors: Sequence[Actor]
    recipients: Sequence[Actor]
    place: Place | None
    date: DateRange | None
    casualties: Casualties | None
    attribution: Attribution | None
    sentence: Evidence
    trigger: Evidence
    confidence: float
    rule: str


class ArticleAnswer(ArticleItem):
    """An article with its evidence. `text` is null, with the reason in `text_withheld`, for who may not have it."""

    text: str | None
    text_withheld: str | None
    enriched_at: UtcTime
    coder: Coder
    entities: Sequence[Named]
    places: Sequence[Named]
    events: Sequence[ArticleEvent]


class MentionItem(Model):
    """An event as one sentence of one article tells it."""

    id: str
    article_id: str
    revision: int
    source: Source
    url: str | None
    title: str | None
    published: UtcTime | None
    type: EventType
    mode: str | None
    quad_class: QuadClass
    modality: Modality
    background: bool
    withdrawn: bool
    actors: Sequence[Actor]
    recipients: Sequence[Actor]
    place: Place | None
    date: DateRange | None
    casualties: Casualties | None
    attribution: Attribution | None
    sentence: str
    trigger: str
    rule: str
    confidence: float
    snippets: Snippets = Field(default_factory=dict)


class Events(Found):
    """Events that match."""

    items: Sequence[EventItem]


class Articles(Found):
    """Articles that match."""

    items: Sequence[ArticleItem]


class Mentions(Found):
    """Mentions that match."""

    items: Sequence[MentionItem]


class Counts(Model):
    """How many documents are shown of each collection."""

    events: int
    articles: int
    mentions: int


class Status(Model):
    """How fresh the data is: the newest publication time and the newest coding time in the index; null when empty."""

    now: UtcTime
    newest_published: UtcTime | None
    newest_indexed: UtcTime | None
    counts: Counts
    version: str


MODELS: tuple[type[Model], ...] = (Events, EventAnswer, Articles, ArticleAnswer, Mentions, Status, Problem)
