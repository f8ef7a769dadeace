"""How records are wrapped for the bus: schema header, trace header, and the dead letter's headers."""

import hashlib
from datetime import datetime
from typing import Final, TypeVar

from pydantic import ValidationError

from services.core import models as m
from services.core.errors import BadInput
from services.core.ports import Message, Record
from services.core.topics import DLQ_KEPT_BYTES, DLQ_MAX_BYTES, dlq_of
from services.core.trace import child_of

SCHEMA_HEADER: Final = "dateline-schema"
TRACE_HEADER: Final = "traceparent"
DLQ_PREFIX: Final = "dateline-dlq-"

# Every record type on the bus, by the name in its schema header. The number is the schema's major version.
TYPES: Final[dict[str, type[m.Model]]] = {
    "feed": m.Feed,
    "feed-state": m.FeedState,
    "page-task": m.PageTask,
    "article-state": m.ArticleState,
    "raw-article": m.RawArticle,
    "enriched-article": m.EnrichedArticle,
    "event-mention": m.EventMention,
    "article-revision": m.ArticleRevision,
    "link-state": m.LinkState,
    "correction": m.Correction,
    "event": m.Event,
    "outcome": m.Outcome,
    "alert": m.Alert,
    "dead-letter-state": m.DeadLetterState,
}
VERSION: Final = 1
M = TypeVar("M", bound=m.Model)
_NAMES: Final = {model: name for name, model in TYPES.items()}


def schema_name(model: type[m.Model]) -> str:
    """The name of a record type in headers and file names ("raw-article")."""
    return _NAMES[model]


def record_of(
    topic: str,
    key: str,
    model: m.Model,
    *,
    routing: str | None = None,
    everywhere: bool = False,
    partition: int | None = None,
    traceparent: str | None = None,
) -> Record:
    """A record that carries a model, with its schema header and a trace (a child of the one given, or a new one)."""
    headers = {
        SCHEMA_HEADER: f"{_NAMES[type(model)]}/{VERSION}",
        TRACE_HEADER: child_of(traceparent),
    }
    return Record(topic, key, model.to_bytes(), headers, routing, partition, everywhere)


def tombstone(topic: str, key: str, *, routing: str | None = None, partition: int | None = None) -> Record:
    """A record that removes a key from a compacted topic."""
    return Record(topic, key, None, {TRACE_HEADER: child_of(None)}, routing, partition)


def traceparent_of(message: Message) -> str | None:
    """The trace that a message belongs to."""
    return message.headers.get(TRACE_HEADER)


def type_of(message: Message) -> str | None:
    """The record type that the message's header names, without its version."""
    header = message.headers.get(SCHEMA_HEADER)
    return header.partition("/")[0] if header else None


def read(model: type[M], message: Message) -> M:
    """The model that a message carries. Raises BadInput that says where it is from and what is wrong with it."""
    where = f"{message.topic}[{message.partition}]@{message.offset}"
    if message.value is None:
        raise BadInput(f"{where}: a tombstone where a {_NAMES[model]} was expected")
    try:
        return model.model_validate_json(message.value)
    except ValidationError as error:
        raise BadInput(f"{where}: no valid {_NAMES[model]}: {_first_problem(error)}") from None


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(str(part) for part in problem["loc"]) or "(whole record)"
    return f"{path}: {problem['msg']}" + (f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else "")


def dead_letter(
    message: Message, error: Exception, *, stage: str, attempts: int, code_version: str, now: datetime
) -> Record:
    """The record for the dead-letter topic: the raw bytes, and as headers what happened to them.

    Bytes over the limit are kept as their first 64 kB with the whole's size and SHA-256.
    """
    value = message.value or b""
    truncated = len(value) > DLQ_MAX_BYTES - DLQ_KEPT_BYTES
    letter = m.DeadLetter(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        stage=stage,
        error=type(error).__name__,
        message=str(error)[:2000],
        attempts=attempts,
        code_version=code_version,
        schema_version=message.headers.get(SCHEMA_HEADER, ""),
        time=now,
        traceparent=message.headers.get(TRACE_HEADER, ""),
        truncated_from=len(value) if truncated else None,
        sha256=hashlib.sha256(value).hexdigest() if truncated else None,
    )
    told = {DLQ_PREFIX + name: str(text) for name, text in letter.model_dump(mode="json").items() if text is not None}
    kept = value[:DLQ_KEPT_BYTES] if truncated else message.value
    return Record(dlq_of(message.topic), message.key, kept, {**message.headers, **told}, partition=message.partition)
