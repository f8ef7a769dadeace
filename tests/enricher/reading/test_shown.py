"""Which of the dates that a page shows is its publication."""

import pytest

from services.enricher.reading.facts import Marked
from services.enricher.reading.html import read_html
from services.enricher.reading.shown import shown_times

NOTHING = Marked((), ())
HEADLINE = "Ferry service to the outer islands resumes"


def first_of(lines: list[str], marked: Marked = NOTHING, headings: tuple[str, ...] = ()) -> str | None:
    times = shown_times(marked, lines, headings)
    return times[0].strip() if times else None


@pytest.mark.parametrize(
    "line",
    [
        "Published: 3 May 2024",
        "First published on 3 May 2024 in our evening edition",
        "Erstellt am: 3. Mai 2024 18:36 / sk",
        "Publié le 3 mai 2024",
        "Fecha de publicación: 3 de mayo de 2024",
        "Pubblicato il 3 maggio 2024",
        "Опубликовано: 3 мая 2024",
    ],
)
def test_a_label_in_any_of_our_languages_tells_the_date_of_publication(line: str) -> None:
    found = first_of(["Seen by many", line, "Another story", "7 May 2024", "9 May 2024"])
    assert found is not None
    assert found in line


def test_a_label_may_stand_on_the_line_above() -> None:
    lines = ["Erschienen am:", "13.10.2024", "Zuletzt geändert am:", "15.10.2024"]
    assert first_of(lines) == "13.10.2024"


def test_a_change_gives_way_to_the_publication_but_is_better_than_nothing() -> None:
    marked = Marked((), ("15.10.2024",))
    assert first_of(["Published: 13.10.2024", "Last updated: 15.10.2024"], marked) == "13.10.2024"
    assert first_of(["Last updated: 15.10.2024"], marked) == "15.10.2024"


def test_a_sure_mark_goes_before_a_label_unless_the_page_calls_it_a_change() -> None:
    marked = Marked(("2024-10-15",), ())
    assert first_of(["Published: 13.10.2024"], marked) == "2024-10-15"
    assert first_of(["Published: 13.10.2024", "Updated: 15.10.2024"], marked) == "13.10.2024"


def test_one_label_for_both_tells_no_publication() -> None:
    lines = ["Published/updated: 13.10.2024", "Published/updated: 14.10.2024"]
    assert first_of(lines, Marked(("2024-10-12",), ())) == "2024-10-12"
    assert first_of(lines) is None


def test_a_date_right_below_the_headline_goes_before_vague_marks() -> None:
    lines = [HEADLINE, "10.11.2024", "The first boat left the harbour at dawn.", "7.11.2024"]
    assert first_of(lines, Marked((), ("No. 25 of 20 October 2024",)), (HEADLINE,)) == "10.11.2024"


def test_several_dates_without_label_or_place_tell_nothing() -> None:
    assert first_of(["1.2.2024", "A story", "2.2.2024", "Another"]) is None
    assert first_of(["1.2.2024", "A story"]) == "1.2.2024"


def test_a_word_that_only_ends_like_a_label_is_none() -> None:
    assert first_of(["Republished 3 May 2024 by others", "Outstand: 4 May 2024", "5 May 2024 was a Sunday"]) is None


def test_where_the_metadata_tells_the_date_the_page_is_not_searched_for_another() -> None:
    body = f"<h1>{HEADLINE}</h1><p>Published: 3 May 2024</p>"
    stamp = '<meta property="article:published_time" content="2024-05-02T08:00:00Z">'
    assert read_html(f"<html><head>{stamp}</head><body>{body}</body></html>").times == ()
    assert read_html(f"<html><head></head><body>{body}</body></html>").times != ()
