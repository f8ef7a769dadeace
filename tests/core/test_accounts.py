"""What the accounts count, and what they call wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.accounts import Account, Accounts, Fault, balance
from services.core.ids import fetch_id
from services.core.models import Outcome, OutcomeKind

NOW = datetime(2026, 5, 12, 10, tzinfo=UTC)
AGES = {"fresh": timedelta(minutes=2), "old": timedelta(days=2)}


def outcome(
    kind: OutcomeKind, article: str = "a", *, feed: str | None = "f", reason: str | None = None, stage: str = "",
    age: timedelta = timedelta(minutes=2), later: float = 0.0,
) -> Outcome:  # fmt: skip
    """One outcome of a fetch that is so old; told `later` seconds after it."""
    fetched = NOW - age
    maker = stage or ("crawler" if kind in ("fetched", "duplicate") else "sink")
    return Outcome(id=fetch_id(article, fetched), article_id=article, fetched_at=fetched, feed_id=feed, kind=kind,
                   reason=reason, stage=maker, time=fetched + timedelta(seconds=later))  # fmt: skip


def faults(accounts: Accounts) -> list[tuple[str, str]]:
    return [(fault.kind, fault.article_id) for fault in accounts.faults]


def test_each_fetch_is_counted_where_it_ended() -> None:
    accounts = balance([
        outcome("fetched", "a"), outcome("indexed", "a"),
        outcome("fetched", "b"), outcome("rejected", "b", reason="no_text"),
        outcome("rejected", "c", reason="robots", stage="crawler"),
        outcome("duplicate", "d"),
        outcome("fetched", "e"), outcome("dead_lettered", "e", reason="WorkerStopped"),
        outcome("fetched", "g"),
        outcome("fetched", "h", feed=None), outcome("indexed", "h", feed=None),
    ], now=NOW)  # fmt: skip
    assert accounts.holds
    assert accounts.feeds["f"].rejected == {"no_text": 1, "robots": 1}
    assert accounts.feeds[""] == Account(fetched=1, indexed=1)
    total = accounts.total
    assert (total.fetched, total.indexed, total.duplicate, total.dead_lettered, total.in_flight) == (7, 2, 1, 1, 1)


def test_fetches_of_one_article_are_fetches_each() -> None:
    accounts = balance([outcome("indexed", age=timedelta(hours=3)), outcome("duplicate", age=timedelta(hours=2))])
    assert accounts.total == Account(fetched=2, indexed=1, duplicate=1)


def test_a_replayed_dead_letter_counts_as_what_became_of_it() -> None:
    told = [outcome("fetched"), outcome("dead_lettered", later=5), outcome("indexed", later=3600)]
    assert balance(told, now=NOW).total == Account(fetched=1, indexed=1)
    assert balance([*told[:2], outcome("rejected", reason="no_text", later=9)]).total.rejected == {"no_text": 1}


def test_an_outcome_told_again_changes_nothing() -> None:
    told = [outcome("fetched"), outcome("indexed", later=3), outcome("fetched"), outcome("indexed", later=90)]
    assert balance(told, now=NOW) == balance(told[:2], now=NOW)


@given(st.permutations([
    outcome("fetched"), outcome("dead_lettered", later=2), outcome("indexed", later=4),
    outcome("fetched", "b"), outcome("rejected", "b", reason="x", later=1), outcome("rejected", "b", reason="y"),
    outcome("fetched", "c", age=AGES["old"]), outcome("duplicate", "d", feed=None), outcome("duplicate", "d"),
]))  # fmt: skip
def test_the_order_of_outcomes_does_not_matter(told: list[Outcome]) -> None:
    accounts = balance(told, now=NOW)
    assert accounts.total == accounts.feeds["f"]
    assert accounts.total.rejected == {"x": 1}
    assert (accounts.total.indexed, accounts.total.duplicate, accounts.total.in_flight) == (1, 1, 1)
    assert faults(accounts) == [("overdue", "c")]


_KINDS = st.sampled_from(["fetched", "duplicate", "rejected", "indexed", "dead_lettered"])


@given(st.lists(st.builds(
    outcome, _KINDS, st.sampled_from("abcd"), feed=st.sampled_from(["f", "g", None]),
    reason=st.sampled_from(["x", "y", None]), age=st.sampled_from(list(AGES.values())), later=st.floats(0, 9999),
)))  # fmt: skip
def test_the_sum_is_always_the_number_of_fetches(told: list[Outcome]) -> None:
    accounts = balance(told)
    assert accounts.total.fetched == len({each.id for each in told})
    for account in [*accounts.feeds.values(), accounts.total]:
        ended = account.indexed + account.duplicate + account.rejected.total() + account.dead_lettered
        assert account.fetched == ended + account.in_flight


def test_what_stays_open_for_too_long_is_told_with_its_fetch() -> None:
    lost = outcome("fetched", age=timedelta(minutes=61))
    waiting = outcome("fetched", "b", age=timedelta(minutes=59))
    expected = Fault("overdue", "f", "a", lost.id, lost.fetched_at)
    assert balance([lost, waiting], now=NOW).faults == [expected]
    assert balance([lost, waiting], now=NOW, patience=timedelta(hours=2)).holds
    assert balance([lost, outcome("dead_lettered", age=timedelta(minutes=61))], now=NOW).holds


def test_an_archived_article_is_as_old_as_its_opening_and_not_as_its_fetch() -> None:
    opened = outcome("fetched", age=timedelta(days=900), later=900 * 86400 - 60)
    assert balance([opened], now=NOW).holds


def test_without_a_time_the_newest_outcome_is_now() -> None:
    lost = outcome("fetched", age=timedelta(hours=5))
    assert balance([lost]).holds
    assert faults(balance([lost, outcome("duplicate", "b")])) == [("overdue", "a")]


@pytest.mark.parametrize("order", [1, -1])
def test_indexed_and_rejected_contradict_each_other(order: int) -> None:
    told = [outcome("fetched"), outcome("indexed"), outcome("rejected", reason="no_text")][::order]
    accounts = balance(told, now=NOW)
    assert faults(accounts) == [("contradiction", "a")]
    assert accounts.total == Account(fetched=1, indexed=1)


def test_a_file_given_twice_is_no_contradiction() -> None:
    accounts = balance([outcome("fetched"), outcome("indexed"), outcome("duplicate", later=60)], now=NOW)
    assert accounts.holds
    assert accounts.total == Account(fetched=1, indexed=1)


def test_a_young_fetch_that_was_closed_must_have_been_opened() -> None:
    assert faults(balance([outcome("indexed")], now=NOW)) == [("unopened", "a")]
    assert faults(balance([outcome("rejected", stage="enricher")], now=NOW)) == [("unopened", "a")]
    assert balance([outcome("rejected", stage="crawler")], now=NOW).holds
    assert balance([outcome("dead_lettered", stage="crawler")], now=NOW).holds


def test_the_opening_of_an_old_fetch_may_have_been_compacted_away() -> None:
    assert balance([outcome("indexed", age=timedelta(minutes=11))], now=NOW).holds
    ahead = outcome("indexed", age=timedelta(minutes=-60), later=-3600)
    assert balance([ahead], now=NOW).holds


def test_accounts_over_other_fetches_add_up() -> None:
    one = [outcome("fetched"), outcome("indexed"), outcome("rejected", "b", reason="x", stage="crawler")]
    other = [outcome("fetched", "c", feed="g", age=AGES["old"]), outcome("rejected", "d", reason="x", stage="crawler")]
    added = balance(one, now=NOW)
    added += balance(other, now=NOW)
    assert added == balance([*one, *other], now=NOW)


def test_no_outcomes_hold() -> None:
    assert balance([]).holds
    assert balance([]).total == Account()
