"""Full dates in strings, and what is not taken for one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enricher.reading.dates import Order, find_date, parse_stamp


@pytest.mark.parametrize(
    ("text", "time", "precision"),
    [
        ("2026-03-09", datetime(2026, 3, 9), "day"),
        ("2026-03-09T10:05:07Z", datetime(2026, 3, 9, 10, 5, 7), "second"),
        ("2026-03-09T01:05:07.120+02:00", datetime(2026, 3, 8, 23, 5, 7), "second"),
        ("2026-03-09T10:05:07+0530", datetime(2026, 3, 9, 4, 35, 7), "second"),
        ("2026/3/9", datetime(2026, 3, 9), "day"),
        ("9 March, 2026", datetime(2026, 3, 9), "day"),
        ("9th of March 2026", datetime(2026, 3, 9), "day"),
        ("March 9, 2026", datetime(2026, 3, 9), "day"),
        ("Mar. 9, 2026 3:15 pm EST", datetime(2026, 3, 9, 20, 15), "second"),
        ("Mon, 09 Mar 2026 10:00:00 GMT", datetime(2026, 3, 9, 10), "second"),
        ("10:15 GMT, 9 March 2026", datetime(2026, 3, 9, 10, 15), "second"),
        ("12:30 am UTC, 9 March 2026", datetime(2026, 3, 9, 0, 30), "second"),
        ("9. März 2026", datetime(2026, 3, 9), "day"),
        ("9 de marzo de 2026", datetime(2026, 3, 9), "day"),
        ("1er août 2026", datetime(2026, 8, 1), "day"),
        ("09.03.2026", datetime(2026, 3, 9), "day"),
        ("25/03/2026", datetime(2026, 3, 25), "day"),
        ("03/25/2026", datetime(2026, 3, 25), "day"),
        ("2026年3月9日", datetime(2026, 3, 9), "day"),
        ("20260309", datetime(2026, 3, 9), "day"),
        ("20260309T100507Z", datetime(2026, 3, 9, 10, 5, 7), "second"),
    ],
)
def test_full_dates_are_read(text: str, time: datetime, precision: str) -> None:
    found = find_date(text)
    assert found is not None
    assert (found.time, found.precision) == (time.replace(tzinfo=UTC), precision)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "March 2026", "9 March", "31 February 2026", "2026-13-01", "99/99/2026", "call 0123 4567 2026",
     "12345678901", "9 Marchland 2026", "01/02/2026"],
)  # fmt: skip
def test_what_is_no_full_date_gives_none(text: str) -> None:
    assert find_date(text) is None


@pytest.mark.parametrize(("order", "month", "day"), [("day first", 2, 1), ("month first", 1, 2)])
def test_two_readings_need_to_know_the_site(order: Order, month: int, day: int) -> None:
    found = find_date("01/02/2026", order=order)
    assert found is not None
    assert (found.time.month, found.time.day) == (month, day)


def test_midnight_in_the_sites_zone_is_a_bare_day() -> None:
    found = find_date("2026-03-09T00:00:00+02:00")
    assert found is not None
    assert (found.time, found.precision) == (datetime(2026, 3, 9, tzinfo=UTC), "day")


def test_a_clock_without_a_zone_tells_only_the_day() -> None:
    found = find_date("9 March 2026 23:50")
    assert found is not None
    assert (found.time, found.precision) == (datetime(2026, 3, 9, tzinfo=UTC), "day")


def test_the_place_of_the_date_is_told() -> None:
    text = "Published: 9 March 2026 by Jan Lerner"
    found = find_date(text)
    assert found is not None
    assert text[found.start : found.end] == "9 March 2026"


def test_a_stamp_begins_with_its_date() -> None:
    assert parse_stamp(" 2026-03-09 ") is not None
    assert parse_stamp("Last seen in a long sentence, and that on 9 March 2026") is None


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_string_gives_a_date_or_none(text: str) -> None:
    found = find_date(text)
    assert found is None or (0 <= found.start < found.end <= len(text) and found.time.tzinfo is UTC)


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)))
def test_iso_stamps_come_back(time: datetime) -> None:
    whole = time.replace(microsecond=0, tzinfo=UTC)
    found = find_date(whole.isoformat())
    assert found is not None
    assert found.time == whole


@pytest.mark.parametrize("text", ["23.09.22", "am 23.09.22, 14:05", "(23.9.22)"])
def test_two_dots_and_a_year_of_two_digits_are_a_day(text: str) -> None:
    found = find_date(text)
    assert found is not None
    assert found.time.date() == datetime(2022, 9, 23).date()


@pytest.mark.parametrize("text", ["9/23/22", "10.0.22.1", "version 1.10.22.4", "192.168.10.22", "12.13.22", "1.10.221"])
def test_what_could_be_something_else_is_no_day_of_a_short_year(text: str) -> None:
    assert find_date(text) is None
