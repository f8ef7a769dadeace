"""Headers, and dead letters that tell what happened."""

from datetime import UTC, datetime

import pytest

from services.core.envelope import dead_letter, read, record_of, schema_name, tombstone, type_of
from services.core.errors import BadInput
from services.core.examples import FEED, RAW_ARTICLE
from services.core.models import Feed, RawArticle
from services.core.ports import Message
from services.core.topics import DLQ_KEPT_BYTES, DLQ_MAX_BYTES, FEEDS, RAW

NOW = datetime(2026, 5, 12, 10, tzinfo=UTC)


def message(value: bytes | None, **headers: str) -> Message:
    return Message(RAW, 3, 41, "key", value, headers, NOW)


def test_a_record_names_its_schema_and_goes_on_with_the_trace() -> None:
    parent = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    record = record_of(FEEDS, FEED.id, FEED, traceparent=parent)
    assert record.headers["dateline-schema"] == "feed/1"
    assert record.headers["traceparent"].startswith("00-" + "a" * 32)
    assert record.headers["traceparent"] != parent


def test_a_malformed_trace_begins_a_new_one() -> None:
    record = record_of(FEEDS, FEED.id, FEED, traceparent="00-zz")
    assert len(record.headers["traceparent"]) == 55


def test_the_type_of_a_message_is_read_from_its_header() -> None:
    assert type_of(message(b"{}", **{"dateline-schema": "raw-article/1"})) == "raw-article"
    assert type_of(message(b"{}")) is None
    assert schema_name(RawArticle) == "raw-article"


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (None, "a tombstone where a raw-article was expected"),
        (b"", "no valid raw-article"),
        (b"\xff\xfe", "no valid raw-article"),
        (b'{"id": 5}', r"id: .*and 2 more"),
        (b"[]", "no valid raw-article"),
    ],
)
def test_an_unreadable_message_is_told_with_its_place(value: bytes | None, complaint: str) -> None:
    with pytest.raises(BadInput, match=rf"^dateline\.articles\.raw\[3\]@41: .*{complaint}"):
        read(RawArticle, message(value))


def test_a_readable_message_gives_its_record() -> None:
    assert read(RawArticle, message(RAW_ARTICLE.to_bytes())) == RAW_ARTICLE


def test_a_tombstone_has_no_value_but_a_place() -> None:
    gone = tombstone(FEEDS, "f", routing="a.example")
    assert (gone.value, gone.routing) == (None, "a.example")
    with pytest.raises(BadInput):
        read(Feed, Message(FEEDS, 0, 0, gone.key, gone.value, gone.headers, NOW))


def test_a_dead_letter_keeps_the_bytes_and_says_what_happened() -> None:
    letter = dead_letter(
        message(b"\x00bad", **{"dateline-schema": "raw-article/1"}),
        BadInput("no good"), stage="enricher", attempts=2, code_version="9", now=NOW,
    )  # fmt: skip
    assert (letter.topic, letter.partition, letter.value, letter.key) == (
        "dateline.articles.raw.dlq",
        3,
        b"\x00bad",
        "key",
    )
    told = {name.removeprefix("dateline-dlq-"): text for name, text in letter.headers.items() if "dlq" in name}
    assert told == {
        "topic": RAW, "partition": "3", "offset": "41", "stage": "enricher", "error": "BadInput", "message": "no good",
        "attempts": "2", "code_version": "9", "schema_version": "raw-article/1", "time": "2026-05-12T10:00:00Z",
        "traceparent": "",
    }  # fmt: skip


def test_a_message_over_the_limit_is_kept_as_its_beginning_size_and_hash() -> None:
    letter = dead_letter(
        message(b"x" * (DLQ_MAX_BYTES + 1)), BadInput("large"), stage="s", attempts=1, code_version="9", now=NOW
    )
    assert letter.value == b"x" * DLQ_KEPT_BYTES
    assert letter.headers["dateline-dlq-truncated_from"] == str(DLQ_MAX_BYTES + 1)
    assert len(letter.headers["dateline-dlq-sha256"]) == 64
