"""Dates as feeds write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import BadInput
from services.crawler.sources.dates import find_zone, parse_date


@pytest.mark.parametrize(
    ("raw", "utc"),
    [
        ("Sat, 07 Mar 2026 09:05:00 GMT", "2026-03-07T09:05:00"),
        ("Sat, 07 Mar 2026 09:05:00 +0200", "2026-03-07T07:05:00"),
        ("Sat, 07 Mar 2026 09:05 -0530", "2026-03-07T14:35:00"),
        ("07 Mar 26 09:05:00 UT", "2026-03-07T09:05:00"),
        ("7 March 2026 09:05:00 Z", "2026-03-07T09:05:00"),
        ("Saturday, 07-Mar-26 09:05:00 GMT", "2026-03-07T09:05:00"),
        ("Sat, 07 Mar 2026", "2026-03-07T00:00:00"),
        ("Sat, 07 Mar 2026 24:00:00 GMT", "2026-03-08T00:00:00"),
        ("Wed, 31 Dec 2025 23:59:60 GMT", "2026-01-01T00:00:00"),
        ("Sat, 07 Mar 2026 09:05:00 GMT+0100", "2026-03-07T08:05:00"),
        ("Sat, 07 Mar 2026 09:05:00 +0100 (CET)", "2026-03-07T08:05:00"),
        ("Sat, 07 Mar 2026 09:05:00 CET", "2026-03-07T08:05:00"),
        ("Tue, 07 Jul 2026 09:05:00 CEST", "2026-07-07T07:05:00"),
        ("Tue, 07 Jul 2026 09:05:00 BST", "2026-07-07T08:05:00"),
        ("Tue, 07 Jul 2026 09:05:00 IST", "2026-07-07T03:35:00"),
        ("Sat, 07 Mar 2026 09:05:00 EST", "2026-03-07T14:05:00"),
        ("Sat, 07 Mar 2026 09:05:00 PDT", "2026-03-07T16:05:00"),
        ("Sat, 07 Mar 2026 09:05:00 AEDT", "2026-03-06T22:05:00"),
        ("Sat, 07 Mar 2026 09:05:00 XYZ", "2026-03-07T09:05:00"),
        ("2026-03-07T09:05:00Z", "2026-03-07T09:05:00"),
        ("2026-03-07T09:05:00.123456789+05:30", "2026-03-07T03:35:00"),
        ("2026-03-07T09:05-0100", "2026-03-07T10:05:00"),
        ("2026-03-07T09:05:00+01", "2026-03-07T08:05:00"),
        ("2026-03-07 09:05:00", "2026-03-07T09:05:00"),
        ("2026-03-07 09:05:00 CET", "2026-03-07T08:05:00"),
        ("2026-03-07", "2026-03-07T00:00:00"),
        ("2026-03", "2026-03-01T00:00:00"),
        ("20260307T090500Z", "2026-03-07T09:05:00"),
        ("Sat Mar  7 09:05:00 2026", "2026-03-07T09:05:00"),
        ("March 7, 2026 9:05 PM EST", "2026-03-08T02:05:00"),
        ("  Sat,\n07 Mar 2026\t09:05:00 GMT ", "2026-03-07T09:05:00"),
        ("Thu, 01 Jan 2099 00:00:00 GMT", "2099-01-01T00:00:00"),
    ],
)
def test_a_date_is_the_moment_it_names(raw: str, utc: str) -> None:
    assert parse_date(raw) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "  ",
        "yesterday",
        "Sat",
        "March",
        "09:05",
        "32 Mar 2026",
        "2026-02-30",
        "2026-13-01",
        "0000-00-00",
        "x" * 200,
    ],
)
def test_what_names_no_moment_is_none(raw: str) -> None:
    assert parse_date(raw) is None


def test_the_zone_of_a_feed_holds_for_dates_without_one() -> None:
    assert parse_date("2026-07-07 12:00:00", "Europe/Berlin") == datetime(2026, 7, 7, 10, tzinfo=UTC)
    assert parse_date("2026-01-07 12:00:00", "Europe/Berlin") == datetime(2026, 1, 7, 11, tzinfo=UTC)
    assert parse_date("2026-01-07 12:00:00Z", "Europe/Berlin") == datetime(2026, 1, 7, 12, tzinfo=UTC)
    assert parse_date("07 Jan 2026 12:00:00 EST", "Europe/Berlin") == datetime(2026, 1, 7, 17, tzinfo=UTC)


def test_the_zone_of_a_feed_says_which_of_two_zones_a_name_means() -> None:
    assert parse_date("07 Jan 2026 12:00:00 IST", "Asia/Jerusalem") == datetime(2026, 1, 7, 10, tzinfo=UTC)
    assert parse_date("07 Jan 2026 12:00:00 CST", "Asia/Shanghai") == datetime(2026, 1, 7, 4, tzinfo=UTC)


@given(st.text(max_size=80), st.sampled_from([None, "Asia/Tokyo"]))
def test_no_text_breaks_it(raw: str, zone: str | None) -> None:
    found = parse_date(raw, zone)
    assert found is None or found.tzinfo is UTC


@given(st.text(alphabet="0123456789:-+TZ, .GMTJanFeb", max_size=40))
def test_no_near_date_breaks_it(raw: str) -> None:
    found = parse_date(raw)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize("name", ["Nowhere/City", "../etc/passwd", "", "CEST+1"])
def test_a_zone_that_does_not_exist_is_bad_input(name: str) -> None:
    with pytest.raises(BadInput, match="time zone"):
        find_zone(name)
