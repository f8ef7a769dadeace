"""Revisions and duplicates."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.crawler.ownership import ArticleBook, Known, Verdict, judge, mark_of

T = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
KNOWN = Known(mark_of("h"), 3, T, T + HOUR)


def test_an_unknown_article_is_revision_one_and_first_seen_now() -> None:
    assert judge(None, "h", T) == Verdict(1, T)


def test_the_same_content_is_a_duplicate_of_its_revision() -> None:
    assert judge(KNOWN, "h", T + 2 * HOUR) == Verdict(3, T, "unchanged")


def test_other_content_is_the_next_revision_and_first_sight_stays() -> None:
    assert judge(KNOWN, "i", T + 2 * HOUR) == Verdict(4, T)


def test_the_same_fetch_seen_again_keeps_its_revision() -> None:
    assert judge(KNOWN, "h", KNOWN.last_fetched_at) == Verdict(3, T)


def test_a_clock_that_was_set_back_does_not_hide_a_live_revision() -> None:
    assert judge(KNOWN, "i", T - HOUR) == Verdict(4, T)


def test_an_archives_older_copy_does_not_take_the_place_of_what_is_known() -> None:
    assert judge(KNOWN, "i", T - HOUR, archived=True) == Verdict(3, T, "superseded")
    assert judge(KNOWN, "i", T + 9 * HOUR, archived=True) == Verdict(4, T)


def test_a_time_at_either_end_of_the_calendar_is_remembered() -> None:
    book = ArticleBook()
    for end in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        book.put("a", Known(mark_of("h"), 1, end, end))
        known = book.get("a")
        assert known is not None
        assert abs(known.last_fetched_at - end) < timedelta(seconds=1)


times = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)).map(lambda value: value.replace(tzinfo=UTC))


@given(st.text(), st.integers(1, 2**31), times, times, st.integers(0, 2**31))
def test_the_book_gives_back_what_was_put(text: str, revision: int, first: datetime, last: datetime, age: int) -> None:
    known = Known(mark_of(text), revision, first, last, age)
    book = ArticleBook()
    book.put("a", known)
    assert book.get("a") == known
    assert book.get("b") is None


def test_the_book_knows_who_was_not_seen_for_long() -> None:
    book = ArticleBook()
    for days in range(5):
        book.put(str(days), Known(mark_of("h"), 1, T, T + timedelta(days=days)))
    assert set(book.not_seen_since(T + timedelta(days=2))) == {"0", "1"}
    book.forget("0")
    book.forget("never known")
    assert len(book) == 4
