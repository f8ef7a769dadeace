"""What all buses agree on before a record is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.bus_records import (
    all_topics,
    check,
    is_compacted,
    partitions_for,
    retention_ms,
    share_out,
)
from services.core.errors import ConfigError, TooLarge
from services.core.ids import partition_of
from services.core.ports import Partition, Record
from services.core.topics import DAY_MS, EVENTS, FEED_STATE, MENTIONS, MIB, PAGES, dlq_of, size_of

TEXT = st.text(max_size=20)


@given(st.integers(1, 40), st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=9, unique=True))
def test_everything_is_shared_out_evenly_once_and_equal_numbers_together(count: int, members: list[str]) -> None:
    owners = share_out(dict.fromkeys(members, ("one", "two")), {"one": count, "two": count})
    assert owners.keys() == {Partition(topic, number) for topic in ("one", "two") for number in range(count)}
    assert all(owners[Partition("one", number)] == owners[Partition("two", number)] for number in range(count))
    shares = [list(owners.values()).count(member) // 2 for member in members]
    assert max(shares) - min(shares) <= 1


@given(st.integers(1, 40), st.integers(1, 8))
def test_a_newcomer_at_the_end_takes_from_others_only_what_it_gets_or_shifts(count: int, members: int) -> None:
    names = [str(number) for number in range(members + 1)]
    before = share_out(dict.fromkeys(names[:-1], ("one",)), {"one": count})
    after = share_out(dict.fromkeys(names, ("one",)), {"one": count})
    assert all(int(after[place]) >= int(before[place]) for place in before)


def test_nobody_gets_a_topic_that_nobody_reads() -> None:
    assert share_out({"a": ("one",)}, {"one": 1, "two": 1}) == {Partition("one", 0): "a"}
    assert share_out({}, {"one": 1}) == {}


@given(TEXT, TEXT, st.integers(1, 64))
def test_routing_goes_before_the_key(key: str, routing: str, count: int) -> None:
    assert partitions_for(Record(PAGES, key, b""), count) == (partition_of(key, count),)
    assert partitions_for(Record(PAGES, key, b"", routing=routing), count) == (partition_of(routing, count),)


def test_a_given_partition_goes_before_all_and_must_exist() -> None:
    assert partitions_for(Record(PAGES, "key", b"", routing="site", partition=2), 3) == (2,)
    assert list(partitions_for(Record(PAGES, "key", b"", everywhere=True), 3)) == [0, 1, 2]
    for number in (-1, 3):
        with pytest.raises(ConfigError, match="3 partitions"):
            partitions_for(Record(PAGES, "key", b"", partition=number), 3)


@given(TEXT, st.binary(max_size=50) | st.none(), st.dictionaries(TEXT, TEXT, max_size=3))
def test_a_size_counts_key_value_and_headers_in_bytes(key: str, value: bytes | None, headers: dict[str, str]) -> None:
    content = len(key.encode()) + len(value or b"") + sum(len((k + v).encode()) for k, v in headers.items())
    assert size_of(Record(PAGES, key, value, headers)) == content + 8 * len(headers)


def test_a_record_at_the_limit_passes_and_one_byte_more_does_not() -> None:
    check([Record(MENTIONS, "k", bytes(MIB - 1))])
    with pytest.raises(TooLarge, match=str(MIB)):
        check([Record(MENTIONS, "k", bytes(MIB))])
    check([Record(dlq_of(MENTIONS), "k", bytes(MIB))])


def test_topics_outside_the_schemas_are_refused() -> None:
    for topic in ("other", "dateline.pages.dlq.dlq"):
        with pytest.raises(ConfigError, match=topic):
            check([Record(topic, "k", b"")])


def test_every_topic_has_its_dead_letters_which_are_kept_for_thirty_days() -> None:
    names = all_topics()
    assert len(names) == len(set(names))
    assert {dlq_of(name) for name in names if not name.endswith(".dlq")} < set(names)
    assert retention_ms(dlq_of(FEED_STATE)) == 30 * DAY_MS
    assert (retention_ms(PAGES), retention_ms(FEED_STATE), retention_ms(EVENTS)) == (7 * DAY_MS, None, 30 * DAY_MS)


def test_dead_letters_of_a_compacted_topic_are_not_compacted() -> None:
    assert is_compacted(FEED_STATE)
    assert is_compacted(EVENTS)
    assert not is_compacted(PAGES)
    assert not is_compacted(dlq_of(FEED_STATE))
