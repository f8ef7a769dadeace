"""Records that operators cause: corrections, alerts, the letter a failed message leaves and what was done with it."""

from typing import Literal

from pydantic import Field

from services.core.models.base import Model, UtcTime
from services.core.models.event import ArticleRevision, Event, EventMention


class Correction(Model):
    """An operator's order that mentions belong together or apart; survives reprocessing."""

    id: str
    kind: Literal["link", "split"]
    mention_ids: tuple[str, ...] = Field(min_length=1)
    ordered_by: str = ""
    reason: str = ""
    time: UtcTime


class LinkState(Model):
    """What the linker knows of one mention: the event it belongs to and the mention itself.

    Keyed by mention id; without `mention` it was withdrawn and `event_id` is where it belongs should it come back. A
    record that carries `revision_of` tells the newest revision of that article (`revision:<article id>`); one keyed
    `event:<event id>` tells an event's version, the hash of the `content` that it stands for, what it was
    `merged_into` and, once merged or retracted, what it was `last`; one keyed `owner:<generation>` opens a
    generation. Lower generations later in the log are ignored. `first_seen` is the arrival of the mention or event,
    `touched` the newest arrival that had to do with it.
    """

    key: str
    generation: int = 0
    event_id: str | None = None
    event_version: int = 0
    first_seen: UtcTime | None = None
    touched: UtcTime | None = None
    mention: EventMention | None = None
    revision_of: ArticleRevision | None = None
    content: str = ""
    merged_into: str | None = None
    last: Event | None = None


class Alert(Model):
    """A saved query whose new events are sent to a webhook."""

    id: str
    name: str
    query: dict[str, str]
    webhook: str | None = None
    paused: bool = False
    last_sent: UtcTime | None = None


class DeadLetter(Model):
    """Why a message could not be processed; travels as headers beside its raw bytes. Times in UTC."""

    topic: str
    partition: int
    offset: int
    stage: str
    error: str
    message: str
    attempts: int = Field(ge=1)
    code_version: str
    schema_version: str
    time: UtcTime
    traceparent: str = ""
    truncated_from: int | None = Field(default=None, description="bytes, where only the first 64 kB are kept")
    sha256: str | None = None


class DeadLetterState(Model):
    """What an operator did with a dead letter, since a log has no way to take out one record.

    Named by the place of the message that failed: however often it was set aside there, it is one. It counts for
    letters that the bus stored before it.
    """

    topic: str
    partition: int
    offset: int
    state: Literal["replayed", "dropped"]
    reason: str = ""
    time: UtcTime
