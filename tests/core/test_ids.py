"""Ids are deterministic, and what differs gets different ones."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from services.core import ids

TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"))


@given(st.lists(TEXT, min_size=1), st.lists(TEXT, min_size=1))
def test_digests_are_equal_exactly_where_all_parts_are(a: list[str], b: list[str]) -> None:
    assert (ids.digest(*a) == ids.digest(*b)) == (a == b)


@given(TEXT)
def test_an_id_is_short_and_can_stand_in_a_url(text: str) -> None:
    made = ids.digest(text)
    assert made.isalnum()
    assert made == made.lower()
    assert len(made) == 20


def test_kinds_of_ids_do_not_meet() -> None:
    url = "https://a.example/x"
    assert len({ids.article_id(url), ids.feed_id(url), ids.file_article_id(url.encode())}) == 3


def test_a_fetch_id_does_not_depend_on_the_zone_its_time_is_written_in() -> None:
    time = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert ids.fetch_id("a", time) == ids.fetch_id("a", time.astimezone(timezone(timedelta(hours=5))))
    assert ids.fetch_id("a", time) != ids.fetch_id("a", time + timedelta(seconds=1))


def test_a_mention_keeps_its_id_when_only_case_and_white_space_change() -> None:
    one = ids.mention_id("a", "ASSAULT", "The army  shelled\nTarmat.", 0)
    assert one == ids.mention_id("a", "ASSAULT", "the army shelled Tarmat.", 0)
    assert one != ids.mention_id("a", "ASSAULT", "the army shelled Tarmat.", 1)
    assert one != ids.mention_id("b", "ASSAULT", "the army shelled Tarmat.", 0)


def test_partitions_are_those_of_the_consistent_crc32_partitioner() -> None:
    # CRC-32 of "123456789" is 0xcbf43926, the check value that the algorithm's catalogue gives.
    assert ids.partition_of("123456789", 1 << 30) == 0xCBF43926 % (1 << 30)


@given(TEXT, st.integers(1, 64))
def test_a_partition_is_within_range(text: str, count: int) -> None:
    assert 0 <= ids.partition_of(text, count) < count


def test_the_link_key_is_the_first_country_known() -> None:
    assert ids.link_key([None, "", "SYR", "TUR"]) == "SYR"
    assert ids.link_key([None, None]) == "ZZ"
