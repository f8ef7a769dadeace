"""Files into articles, and bad files into errors that stop nothing."""

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.ids import article_id, file_article_id
from services.core.models import RawArticle
from services.crawler.ingest import MAX_ARTICLE_BYTES, IngestError, raw_articles_from

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
URL = "https://herald.example/story"


def read(name: str, content: bytes | str) -> list[RawArticle | IngestError]:
    return list(raw_articles_from(name, content.encode() if isinstance(content, str) else content, now=NOW))


def article(name: str, content: bytes | str) -> RawArticle:
    (found,) = read(name, content)
    assert isinstance(found, RawArticle), found
    return found


def error(name: str, content: bytes | str) -> str:
    (found,) = read(name, content)
    assert isinstance(found, IngestError), found
    assert found.input.startswith(name)
    return found.error


def test_a_text_file_is_an_article_named_by_its_content() -> None:
    found = article("story.TXT", "Fire in Tarvin\n\nIt burned.")
    assert (found.text, found.html, found.url) == ("Fire in Tarvin\n\nIt burned.", None, None)
    assert found.id == file_article_id(b"Fire in Tarvin\n\nIt burned.")
    assert found.fetched_at == found.first_fetched_at == NOW


@pytest.mark.parametrize("name", ["a.html", "a.HTM"])
def test_an_html_file_is_html(name: str) -> None:
    assert article(name, "<p>Fire</p>").html == "<p>Fire</p>"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_any_usual_encoding_is_read(encoding: str) -> None:
    text = "Die Brücke über den Fluß ist für Fußgänger gesperrt, teilte die Behörde am Montag mit."
    assert article("a.txt", text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"", "empty"),
        ("a.html", b" \n\t", "empty"),
        ("a.txt", b"%PDF-1.7\n...", "binary"),
        ("a.html", bytes(range(256)), "binary"),
        ("a.txt", b"x" * (MAX_ARTICLE_BYTES + 1), "over the limit"),
        ("a.docx", b"PK", ".docx is not read"),
        ("README", b"hello", "without a suffix is not read"),
        ("a.json", b"[1]", "JSON object"),
        ("a.jsonl", b"nonsense", "no valid JSON"),
        ("a.jsonl", b'{"url": "https://a.example/", "text": "\xff"}', "not UTF-8"),
        ("a.jsonl", b'{"text": "no name"}', "id or url is missing"),
        ("a.jsonl", b'{"url": "ftp://a.example/", "text": "x"}', "http"),
        ("a.jsonl", b'{"url": 7, "text": "x"}', "id or url is missing"),
        ("a.jsonl", b'{"id": "x"}', "html or text is missing"),
        ("a.jsonl", b'{"id": "x", "text": "  "}', "html or text is missing"),
        ("a.jsonl", b'{"id": "x", "text": "x", "source": "Herald"}', "source"),
        ("a.jsonl", b'{"id": "x", "text": "x", "fetched_at": "soon"}', "fetched_at"),
        ("a.jsonl", b"[" * 100_000, "no valid JSON"),
        ("a.warc", b"this is no archive at all", "broken"),
        ("a.warc.gz", gzip.compress(b"neither is this"), "broken"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, content: bytes, words: str) -> None:
    assert words in error(name, content)


def test_fifty_megabytes_are_refused_without_being_read() -> None:
    assert "over the limit" in error("a.html", b"<p>" + b"a" * 50_000_000)
    assert "over the limit" in error("a.jsonl", b'{"id": "x", "text": "' + b"a" * 50_000_000 + b'"}')


def test_only_id_or_url_and_html_or_text_are_required() -> None:
    lines = [{"id": "mine", "text": "One."}, {"url": URL + "?utm_source=x", "html": "<p>Two.</p>"}]
    first, second = read("-", "\n".join(json.dumps(line) for line in lines))
    assert isinstance(first, RawArticle)
    assert isinstance(second, RawArticle)
    assert (first.id, first.fetched_at) == ("mine", NOW)
    assert second.id == article_id(URL)


def test_given_fields_are_kept_and_unknown_ones_ignored() -> None:
    given = {
        "id": "mine", "url": URL, "title": "T", "text": "One.", "published": "2026-03-01", "source": {"id": "h"},
        "fetched_at": "2026-03-01T12:00:00Z", "flags": ["feed_text"], "nonsense": 1,
    }  # fmt: skip
    found = article("a.json", json.dumps(given))
    assert (found.id, found.title, found.source.id, found.flags) == ("mine", "T", "h", ("feed_text",))
    assert found.published == datetime(2026, 3, 1, tzinfo=UTC)
    assert found.fetched_at == found.first_fetched_at == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_date_in_other_words_is_kept_as_words() -> None:
    found = article("a.jsonl", '{"id": "x", "text": "x", "published": "last Thursday"}')
    assert (found.published, found.published_raw) == (None, "last Thursday")


def test_a_future_date_is_clamped_flagged_and_kept_raw() -> None:
    later = (NOW + timedelta(days=400)).isoformat()
    found = article("a.jsonl", json.dumps({"id": "x", "text": "x", "published": later}))
    assert (found.published, found.flags) == (NOW, ("future_date",))
    assert found.published_raw is not None
    assert found.published_raw.startswith("2027")


def test_a_bad_line_names_itself_and_its_neighbours_are_read() -> None:
    found = read("a.jsonl", '{"id": "a", "text": "A"}\nbroken\n\n{"id": "b", "text": "B"}\n')
    assert [item.id if isinstance(item, RawArticle) else item.input for item in found] == ["a", "a.jsonl:2", "b"]


def test_json_may_be_one_object_a_list_or_lines() -> None:
    one, two = {"id": "a", "text": "A"}, {"id": "b", "text": "B"}
    for content in (json.dumps([one, two]), json.dumps([one, two], indent=2), f"{json.dumps(one)}\n{json.dumps(two)}"):
        assert [item.id for item in read("a.json", content) if isinstance(item, RawArticle)] == ["a", "b"]
    assert article("a.json", json.dumps(one, indent=2)).id == "a"


def test_no_nul_control_or_surrogate_gets_past() -> None:
    found = article("a.jsonl", r'{"id": "x", "title": "a\u0000b\ud800", "text": "c\u0007d"}')
    assert (found.title, found.text) == ("ab", "cd")


def test_a_retraction_needs_no_body() -> None:
    assert article("a.jsonl", '{"id": "x", "flags": ["retracted"]}').text is None


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_at_the_edge_of_the_calendar_stops_nothing(time: str) -> None:
    assert article("a.jsonl", json.dumps({"id": "x", "text": "Fire", "published": time})).published_raw == time
    assert "fetched_at" in error("a.jsonl", json.dumps({"id": "x", "text": "Fire", "fetched_at": time}))
    dated = archive((URL, "200 OK", b"<p>One</p>", HTML), (URL, "200 OK", b"<p>Two</p>", HTML), gzipped=False)
    bad, good = read("a.warc", dated.replace(b"2026-02-01T10:00:00Z", time.encode(), 1))
    assert isinstance(bad, IngestError)
    assert isinstance(good, RawArticle)


@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.html", "a.json", "a.jsonl", "a.warc", "a.warc.gz", "-"]))
def test_no_bytes_stop_it(content: bytes, name: str) -> None:
    for found in read(name, content):
        assert isinstance(found, RawArticle | IngestError)


# ---------------------------------------------------------------- WARC


def archive(*pages: tuple[str, str, bytes, Sequence[tuple[str, str]]], gzipped: bool) -> bytes:
    """A WARC file of responses, all of one date (ISO 28500)."""
    records = []
    for number, (url, status, body, headers) in enumerate(pages):
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers)
        http = f"HTTP/1.1 {status}\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Target-URI: {url}\r\n"
            f"WARC-Date: 2026-02-01T10:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(http)}\r\n\r\n"
        )
        record = head.encode() + http + b"\r\n\r\n"
        records.append(gzip.compress(record) if gzipped else record)
    return b"".join(records)


HTML = [("Content-Type", "text/html; charset=utf-8")]


@pytest.mark.parametrize("gzipped", [True, False])
def test_a_warc_gives_its_pages_with_their_urls_and_times(gzipped: bool) -> None:
    content = archive(
        (URL + "?utm_source=x", "200 OK", b"<p>One</p>", HTML),
        ("https://herald.example/robots.txt", "200 OK", b"User-agent: *", [("Content-Type", "text/plain")]),
        ("https://herald.example/gone", "404 Not Found", b"<p>Gone</p>", HTML),
        ("https://herald.example/a.png", "200 OK", b"\x89PNG", [("Content-Type", "image/png")]),
        ("https://herald.example/b", "200 OK", gzip.compress(b"<p>Two</p>"), [*HTML, ("Content-Encoding", "gzip")]),
        gzipped=gzipped,
    )
    name = "a.warc.gz" if gzipped else "a.warc"
    first, second = (item for item in read(name, content) if isinstance(item, RawArticle))
    assert (first.id, first.html) == (article_id(URL), "<p>One</p>")
    assert first.fetched_at == datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert second.html == "<p>Two</p>"
    assert len(read(name, content)) == 2


def test_a_bad_record_in_a_warc_does_not_stop_the_rest() -> None:
    content = archive(
        (URL, "200 OK", b"\x00\x01\x02\x03", HTML), (URL, "200 OK", b"<p>One</p>", HTML), gzipped=True
    )  # fmt: skip
    bad, good = read("a.warc.gz", content)
    assert isinstance(bad, IngestError)
    assert bad.input == "a.warc.gz:1"
    assert isinstance(good, RawArticle)


def test_a_warc_that_was_cut_off_gives_what_was_whole() -> None:
    content = archive((URL, "200 OK", b"<p>One</p>", HTML), (URL, "200 OK", b"<p>Two</p>" * 500, HTML), gzipped=False)
    found = read("a.warc", content[: len(content) - 4000])
    assert isinstance(found[0], RawArticle)
