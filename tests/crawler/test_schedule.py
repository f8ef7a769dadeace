"""When a feed is polled next, and the sentence that tells why."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crawler.advice import Advice, http_date, max_age, retry_after
from services.crawler.options import CrawlerOptions
from services.crawler.schedule import Bounds, adapted, back_off, bounds_of, next_poll, spell

OPTIONS = CrawlerOptions()
NOW = datetime(2026, 3, 2, 8, 10, tzinfo=UTC)  # a Monday
BOUNDS = Bounds(300, 86400)


@pytest.mark.parametrize(
    ("known", "total", "expected"),
    [(0, 10, 450), (3, 10, 450), (1, 3, 900), (5, 10, 900), (6, 10, 900), (2, 3, 1350), (10, 10, 1350), (0, 0, 1350)],
)
def test_the_interval_is_shorter_below_a_third_of_known_entries_and_longer_from_two_thirds_on(
    known: int, total: int, expected: float
) -> None:
    assert adapted(900, known, total, BOUNDS, OPTIONS) == expected


def test_the_interval_stays_between_five_minutes_and_a_day() -> None:
    assert adapted(310, 0, 9, BOUNDS, OPTIONS) == 300
    assert adapted(80000, 9, 9, BOUNDS, OPTIONS) == 86400


def test_an_operators_bounds_go_before_the_general_ones() -> None:
    assert bounds_of(10, 20, OPTIONS) == Bounds(10, 20)
    assert bounds_of(None, 60, OPTIONS) == Bounds(60, 60)
    assert bounds_of(7200, 60, OPTIONS) == Bounds(7200, 7200)
    assert bounds_of(None, None, OPTIONS) == Bounds(300, 86400)


@pytest.mark.parametrize(
    ("advice", "seconds", "word"),
    [
        (Advice(), 900, "adaptive"),
        (Advice(max_age=60), 900, "adaptive"),
        (Advice(max_age=3600), 3600, "caching headers"),
        (Advice(retry_after=1800), 1800, "Retry-After"),
        (Advice(ttl=7200), 7200, "ttl"),
        (Advice(update_period=5000, ttl=1000), 5000, "update period"),
        (Advice(max_age=10 * 86400), 86400, "capped at 24 h"),
    ],
)
def test_the_latest_wish_counts_and_is_named(advice: Advice, seconds: float, word: str) -> None:
    plan = next_poll(NOW, 900, "nothing changed", advice, 0.0, OPTIONS)
    assert plan.at == NOW + timedelta(seconds=seconds)
    assert word in plan.reason


def test_hours_and_days_to_skip_are_skipped_in_gmt() -> None:
    plan = next_poll(NOW, 900, "x", Advice(skip_hours=frozenset({8, 9, 10})), 0.0, OPTIONS)
    assert plan.at == NOW.replace(hour=11, minute=0)
    assert "Monday 11:00 GMT by skipHours" in plan.reason
    evening = NOW.replace(hour=23, minute=50)
    plan = next_poll(evening, 300, "x", Advice(skip_hours=frozenset({23}), skip_days=frozenset({1})), 0.0, OPTIONS)
    assert plan.at == evening + timedelta(days=1)  # Tuesday is to be skipped, but no wish goes over a day


def test_a_feed_that_skips_every_hour_skips_none() -> None:
    plan = next_poll(NOW, 900, "x", Advice(skip_hours=frozenset(range(24))), 0.0, OPTIONS)
    assert plan.at == NOW + timedelta(seconds=900)
    assert "ignored" in plan.reason


seconds = st.none() | st.floats(0, 10**7)
advices = st.builds(
    Advice, seconds, seconds, seconds, seconds, st.frozensets(st.integers(0, 23)), st.frozensets(st.integers(0, 6))
)


@given(interval=st.floats(1, 86400), advice=advices, chance=st.floats(0, 1))
def test_jitter_only_adds_and_no_wish_goes_unheard_below_the_cap(
    interval: float, advice: Advice, chance: float
) -> None:
    plain = next_poll(NOW, interval, "x", advice, 0.0, OPTIONS)
    shaken = next_poll(NOW, interval, "x", advice, chance, OPTIONS)
    wishes = (advice.max_age, advice.retry_after, advice.ttl, advice.update_period, interval)
    longest = max(wish for wish in wishes if wish is not None)
    assert shaken.at >= NOW + timedelta(seconds=min(longest, OPTIONS.poll_cap)) - timedelta(microseconds=1)
    assert plain.at <= NOW + timedelta(seconds=OPTIONS.poll_cap)
    assert shaken.reason.endswith(".")


def test_back_off_is_linear_to_a_day_and_rare_for_a_feed_that_stays_broken() -> None:
    def wait(failures: float) -> float:
        return (back_off(NOW, failures, "x", Advice(), 0.0, OPTIONS).at - NOW).total_seconds()

    assert [wait(number) for number in (0.25, 1, 2, 4)] == [450, 1800, 3600, 7200]
    assert wait(60) == 86400
    assert wait(80) == 30 * 86400


def test_retry_after_lengthens_the_back_off_and_never_shortens_it() -> None:
    plan = back_off(NOW, 0.25, "The server answered 429", Advice(retry_after=7000), 0.0, OPTIONS)
    assert plan.at == NOW + timedelta(seconds=7000)
    assert "Retry-After" in plan.reason
    assert back_off(NOW, 4, "x", Advice(retry_after=10), 0.0, OPTIONS).at == NOW + timedelta(hours=2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120), ("Mon, 02 Mar 2026 08:12:00 GMT", 120), ("Mon, 02 Mar 2020 08:12:00 GMT", 0), ("soon", None),
        ("", None), ("-5", None), ("Fri, 31 Dec 9999 23:59:59 -1200", None), ("1.5", None), ("9" * 400, 9999999999),
    ],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_and_as_a_date(value: str, expected: float | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cache-control": "public, Max-Age=600"}, 600),
        ({"cache-control": "max-age=600", "age": "200"}, 400),
        ({"cache-control": "max-age=600, no-store"}, None),
        ({"cache-control": "max-age=never"}, None),
        ({"expires": "Mon, 02 Mar 2026 09:00:00 GMT", "date": "Mon, 02 Mar 2026 08:00:00 GMT"}, 3600),
        ({"expires": "0", "date": "Mon, 02 Mar 2026 08:00:00 GMT"}, None),
        ({"expires": "Mon, 02 Mar 2026 07:00:00 GMT", "date": "Mon, 02 Mar 2026 08:00:00 GMT"}, 0),
        ({}, None),
    ],
)
def test_freshness_comes_from_max_age_less_age_else_expires_less_date(
    headers: dict[str, str], expected: float | None
) -> None:
    assert max_age(headers) == expected


@given(st.text(max_size=60))
def test_no_header_breaks_the_reading(value: str) -> None:
    http_date(value)
    retry_after({"retry-after": value}, NOW)
    max_age({"cache-control": value, "age": value, "expires": value, "date": value})


def test_durations_are_spelt_in_the_unit_that_suits_them() -> None:
    assert [spell(value) for value in (45, 900, 5400, 86400, 30 * 86400)] == [
        "45 s",
        "15 min",
        "1.5 h",
        "24 h",
        "30 days",
    ]
