"""The accounts as they are read from the bus."""

from datetime import timedelta

import pytest

from services.app.account import Report, account
from services.core.accounts import PATIENCE, Account
from services.core.envelope import record_of
from services.core.errors import ConfigError
from services.core.ids import feed_id, fetch_id
from services.core.models import Feed, Outcome, OutcomeKind
from services.core.outcomes import outcome_record
from services.core.ports import Bus, Record
from services.core.topics import FEEDS, OUTCOMES
from tests.app.letters import NOW, memory

URL = "https://herald.example/feed.xml"
FEED = feed_id(URL)
LISTED = record_of(FEEDS, FEED, Feed(id=FEED, url=URL), routing="herald.example")


def told(article: str, kind: OutcomeKind, *, feed: str | None = FEED, reason: str | None = None, ago: float = 60.0,
         stage: str = "crawler") -> Record:  # fmt: skip
    """The outcome of a fetch so many seconds before NOW."""
    at = NOW - timedelta(seconds=ago)
    return outcome_record(
        Outcome(id=fetch_id(article, at), article_id=article, fetched_at=at, feed_id=feed, kind=kind, reason=reason,
                stage=stage, time=at), None,
    )  # fmt: skip


async def report(bus: Bus, feed: str | None = None, patience: timedelta = PATIENCE) -> Report:
    return await account(bus, now=NOW, feed=feed, patience=patience)


async def test_all_feeds_are_balanced_over_all_partitions() -> None:
    articles = [f"a{number}" for number in range(30)]
    async with memory(
        LISTED, *(told(each, "fetched") for each in articles),
        *(told(each, "indexed", stage="sink") for each in articles),
        told("b", "rejected", feed="gone", reason="no_text"), told("c", "duplicate", feed=None),
    ) as bus:  # fmt: skip
        seen: list[tuple[int, int]] = []
        found = await account(bus, now=NOW, progress=lambda done, total: seen.append((done, total)))
    assert found.holds
    assert found.accounts.feeds[FEED] == Account(fetched=30, indexed=30)
    assert found.accounts.feeds["gone"].rejected == {"no_text": 1}
    assert found.accounts.feeds[""].duplicate == 1
    assert found.urls == {FEED: URL}
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("name", [FEED, URL])
async def test_one_feed_is_named_by_id_or_url(name: str) -> None:
    async with memory(LISTED, told("a", "duplicate"), told("b", "duplicate", feed="other")) as bus:
        assert (await report(bus, name)).accounts.feeds == {FEED: Account(fetched=1, duplicate=1)}


@pytest.mark.parametrize("name", [FEED, URL])
async def test_a_feed_that_is_no_longer_listed_still_has_its_account(name: str) -> None:
    async with memory(told("a", "duplicate")) as bus:
        assert (await report(bus, name)).accounts.total.duplicate == 1


async def test_a_listed_feed_without_fetches_holds_and_an_unknown_one_is_an_error() -> None:
    async with memory(LISTED) as bus:
        assert (await report(bus, URL)).holds
        with pytest.raises(ConfigError, match="nothing is known of a feed https://other"):
            await report(bus, "https://other.example/rss")


async def test_what_is_open_for_longer_than_patience_does_not_hold() -> None:
    async with memory(told("a", "fetched", ago=3700), told("b", "fetched", ago=60)) as bus:
        found = await report(bus)
        assert [(fault.kind, fault.feed, fault.article_id) for fault in found.accounts.faults] == [
            ("overdue", FEED, "a")
        ]
        assert found.accounts.total == Account(fetched=2, in_flight=2)
        assert (await report(bus, patience=timedelta(hours=2))).holds


async def test_outcomes_that_cannot_be_read_do_not_hold() -> None:
    async with memory(Record(OUTCOMES, "k", b"{}"), Record(OUTCOMES, "erased", None), told("a", "duplicate")) as bus:
        found = await report(bus)
    assert len(found.unreadable) == 1
    assert not found.holds
    assert found.accounts.total.duplicate == 1
