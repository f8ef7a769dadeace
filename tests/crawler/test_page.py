"""What is read from a page, whatever it is made of."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.errors import Rejected
from services.crawler.page import PageFacts, read_page, read_text, visible_length

URL = "https://herald.example/story"


def facts(body: str | bytes, *, title: str | None = None, url: str = URL, **headers: str) -> PageFacts:
    raw = body.encode() if isinstance(body, str) else body
    named = {"content-type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return read_page(raw, url=url, headers=named, title=title, max_chars=100_000)


def document(body: str = "<p>Text.</p>", head: str = "") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


def test_the_title_is_the_one_given_and_else_left_to_the_enricher() -> None:
    html = document(head="<title>Own – Herald</title>")
    assert facts(html, title=" From\n the feed ").title == "From the feed"
    assert facts(html).title is None


@pytest.mark.parametrize(
    "titled", ["<title>{}</title>", "<title>Herald</title><meta property='og:title' content='{}'>", "<h1>{}</h1>"]
)
def test_without_a_given_title_the_pages_own_is_part_of_the_hash(titled: str) -> None:
    first, second = (facts(document(head=titled.format(words))) for words in ("One", "Two"))
    assert first.content_hash != second.content_hash
    assert first.content_hash == facts(document(head=titled.format(" One\n"))).content_hash


def test_the_hash_is_of_title_and_visible_text() -> None:
    plain = facts(document("<p>One  two.</p>"), title="T").content_hash
    assert facts(document("<div><b>One</b>\n two.</div><script>x()</script>"), title="T").content_hash == plain
    assert facts(document("<p>One three.</p>"), title="T").content_hash != plain
    assert facts(document("<p>One  two.</p>"), title="U").content_hash != plain


def test_a_page_that_is_all_furniture_still_has_its_text() -> None:
    for name in ("nav", "noscript", "footer"):
        first = facts(document(f"<{name}>All of it is in here."))
        assert first.content_hash != facts(document(f"<{name}>And here something else.")).content_hash


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<link rel="canonical" href="/real?utm_source=a#b">', "https://herald.example/real"),
        ('<link rel="CANONICAL shortlink" href="https://www.herald.example/w">', "https://www.herald.example/w"),
        ('<link rel="canonical" href="https://gazette.example/theirs">', None),
        ('<link rel="canonical" href="javascript:alert(1)">', None),
        ('<link rel="canonical" href="http://[broken">', None),
        ('<link rel="canonical" href="/">', None),
        ('<link rel="stylesheet" href="/real">', None),
        ("<link rel=canonical>", None),
        ("", None),
    ],
)
def test_a_canonical_link_counts_on_the_same_site_and_never_names_the_front_page(
    link: str, expected: str | None
) -> None:
    assert facts(document(head=link)).canonical_url == expected


@pytest.mark.parametrize(
    ("head", "headers", "flags"),
    [
        ('<meta name="robots" content="noarchive">', {}, {"noarchive"}),
        ('<meta name="ROBOTS" content="noindex , NoArchive">', {}, {"noarchive"}),
        ('<meta name="description" content="noarchive">', {}, set()),
        ("", {"x_robots_tag": "noindex, noarchive"}, {"noarchive"}),
        ("", {"x_robots_tag": "otherbot: noarchive"}, set()),
        ("", {"x_robots_tag": "otherbot: noindex, dateline: noarchive"}, {"noarchive"}),
        ("", {"tdm_reservation": "1"}, {"tdm_reserved"}),
        ('<meta name="tdm-reservation" content="1">', {}, {"tdm_reserved"}),
        ('<meta name="tdm-reservation" content="0">', {"tdm_reservation": "0"}, set()),
    ],
)
def test_what_the_publisher_reserves_is_flagged(head: str, headers: dict[str, str], flags: set[str]) -> None:
    assert set(facts(document(head=head), **headers).flags) == flags


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"  \n", "text/html", "empty"),
        (b"<html><body><script>x()</script><style>p{}</style></body></html>", "text/html", "empty"),
        (b"\x89PNG\r\n", "text/html", "binary"),
        (b"<p>a</p>", "application/pdf", "content_type"),
        (b"<p>a</p>", "image/svg+xml", "content_type"),
    ],
)
def test_what_is_no_text_is_rejected_with_its_reason(body: bytes, kind: str, reason: str) -> None:
    with pytest.raises(Rejected) as caught:
        facts(body, content_type=kind)
    assert caught.value.reason == reason


def test_plain_text_stays_text_and_html_without_a_type_is_html() -> None:
    assert facts("Just <b>text.", content_type="text/plain").text == "Just <b>text."
    assert facts("<p>It is.</p>", content_type="").html == "<p>It is.</p>"
    assert facts("No markup at all.", content_type="text/html").text == "No markup at all."


def test_a_text_that_came_without_its_page_is_looked_at_unless_it_is_known() -> None:
    assert read_text("<p>x</p>", title=None, max_chars=99).html == "<p>x</p>"
    assert read_text("a < b", title=None, max_chars=99).text == "a < b"
    assert read_text("<p>x</p>", title=None, max_chars=99, kind="text").text == "<p>x</p>"


def test_what_is_too_long_is_cut_and_flagged() -> None:
    cut = read_text("word " * 100, title=None, max_chars=50)
    assert (len(cut.text or ""), cut.flags) == (50, ("truncated",))


def test_visible_length_counts_what_a_reader_sees() -> None:
    assert visible_length("<p>four</p><script>not this</script>") == 4
    assert visible_length("  four  more ") == 9
    assert visible_length("") == 0


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(body: bytes) -> None:
    try:
        found = facts(body)
    except Rejected:
        return
    text = (found.html or "") + (found.text or "") + (found.title or "")
    assert not [char for char in text if (ord(char) < 32 and char not in "\n\t") or 0xD800 <= ord(char) < 0xE000]


def test_deeply_nested_markup_is_read() -> None:
    assert facts(document("<div>" * 10_000 + "deep")).html is not None
