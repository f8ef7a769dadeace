"""Event mentions (one sentence of one article says it) and events (all reports of one happening)."""

from datetime import date
from typing import Literal

from pydantic import Field

from services.core.models.base import Model, UtcTime
from services.core.ontology import EventType, Modality, QuadClass, Stance

PlacePrecision = Literal["point", "city", "admin1", "country"]
DatePrecision = Literal["day", "week", "month", "year", "range"]


class Source(Model):
    """Who published it. `country` is ISO 3166-1 alpha-3, `language` ISO 639-1."""

    id: str = ""
    name: str = ""
    country: str | None = None
    language: str | None = None


class Place(Model):
    """A place of a gazetteer. `lat` and `lon` in WGS 84 degrees; `country` ISO alpha-3; `admin1` by name."""

    id: str
    name: str
    country: str | None = None
    admin1: str | None = None
    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    precision: PlacePrecision


class Actor(Model):
    """Somebody who does something or has it done to them; `text` is how the sentence calls them."""

    id: str
    name: str
    country: str | None = None
    sector: str | None = None
    text: str = ""


class DateRange(Model):
    """First and last day on which it can have happened, and the words that say so ("late Thursday")."""

    start: date
    end: date
    precision: DatePrecision
    text: str = ""


class Victim(Model):
    """Whom a number counts: "two children" is text "two children", kind "children", count 2."""

    text: str
    kind: str
    count: int | None = Field(default=None, ge=0)


class Count(Model):
    """A number as it was said: "at least 11" has min 11 and no max, "up to 20" no min and max 20."""

    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)
    text: str = ""
    victims: tuple[Victim, ...] = ()


class Casualties(Model):
    """The human toll that one sentence gives. Null where it says nothing, never a guess."""

    killed: Count | None = None
    injured: Count | None = None
    captured: Count | None = None
    displaced: Count | None = None


class Attribution(Model):
    """Who says so. `cue` is the word that says it ("accused"), `quote` the words in quotation marks, if any."""

    speaker: Actor | None = None
    on_behalf_of: Actor | None = None
    stance: Stance = "asserts"
    cue: str = ""
    quote: str | None = None


class Acled(Model):
    """ACLED's event and sub-event type, for violent and protest events."""

    event_type: str
    sub_event_type: str


class Evidence(Model):
    """A stretch of the article's text that holds what is claimed."""

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class EventMention(Model):
    """One event as one sentence of one revision of one article tells it.

    `id` hashes article id, type, normalised sentence and ordinal, so that an unchanged mention keeps it over
    revisions. `background` marks history told as context. `about` is the mention that a claim speaks of.
    """

    id: str
    article_id: str
    revision: int = Field(ge=1)
    source: Source = Source()
    feed_id: str | None = None
    url: str | None = None
    title: str | None = None
    published: UtcTime | None = None
    fingerprint: str = ""
    type: EventType
    mode: str | None = None
    contexts: tuple[str, ...] = ()
    quad_class: QuadClass
    score: float
    cameo_root: str = Field(pattern=r"^(0[1-9]|1\d|20)$")
    acled: Acled | None = None
    actors: tuple[Actor, ...] = ()
    recipients: tuple[Actor, ...] = ()
    place: Place | None = None
    date: DateRange | None = None
    casualties: Casualties | None = None
    attribution: Attribution | None = None
    modality: Modality = "actual"
    background: bool = False
    about: str | None = None
    sentence: Evidence
    trigger: Evidence
    rule: str
    coder_number: int = Field(ge=1, lt=2**20)
    confidence: float = Field(ge=0, le=1)


class ArticleRevision(Model):
    """Sent to every partition of `dateline.mentions` before the mentions of a revision, also when it has none.

    Mentions of this article that are not in `mention_ids` are withdrawn; a lower (revision, coder_number) is stale.
    """

    article_id: str
    revision: int = Field(ge=1)
    coder_number: int = Field(ge=1)
    mention_ids: tuple[str, ...] = ()


class MentionRef(Model):
    """A report within an event; the whole mention is a document of the mentions index."""

    article_id: str
    revision: int
    mention_id: str
    source: Source = Source()
    url: str | None = None
    published: UtcTime | None = None
    sentence: str
    copy_of: str | None = None


class Claim(Model):
    """Who says what about the event; `by` is the speaker, or the publisher where nobody is quoted."""

    by: Actor
    stance: Stance
    modality: Modality
    what: str
    casualties: Casualties | None = None
    time: UtcTime | None = None
    mention_id: str


class ClaimedToll(Model):
    """The newest toll that one claimant gives."""

    by: Actor
    casualties: Casualties
    time: UtcTime | None = None
    mention_id: str


class Toll(Model):
    """One number per kind; null where nobody gives one."""

    killed: int | None = None
    injured: int | None = None
    captured: int | None = None
    displaced: int | None = None


class EventCasualties(Model):
    """The lowest and highest toll among claimants, never an average, and who gives which."""

    low: Toll
    high: Toll
    by_claimant: tuple[ClaimedToll, ...] = ()


class Event(Model):
    """One happening, with every report of it. `version` rises only when the content changes.

    On the bus `mentions` holds at most 50 of the `mention_count` reports; `dateline link` writes all of them.
    """

    id: str
    version: int = Field(ge=1)
    type: EventType
    mode: str | None = None
    quad_class: QuadClass
    contexts: tuple[str, ...] = ()
    acled: Acled | None = None
    modality: Modality = "actual"
    place: Place | None = None
    date: DateRange | None = None
    actors: tuple[Actor, ...] = ()
    recipients: tuple[Actor, ...] = ()
    title: str
    mention_count: int = Field(ge=0)
    mentions: tuple[MentionRef, ...] = ()
    sources: tuple[str, ...] = ()
    independent_sources: int = Field(ge=0)
    claims: tuple[Claim, ...] = ()
    casualties: EventCasualties | None = None
    about: str | None = None
    story_id: str | None = None
    story_title: str | None = None
    first_seen: UtcTime
    last_seen: UtcTime
    confidence: float = Field(ge=0, le=1)
    merged_into: str | None = None
    retracted: bool = False
