"""Feeds of every kind, well formed, broken and hostile. All of them are written for these tests."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import BadInput
from services.crawler.sources import parse_feed
from services.crawler.sources.lines import feed_lines

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel><title>Harbour &amp; Hill</title><link>https://news.example/</link><language>en-GB</language><ttl>30</ttl>
<skipHours><hour>0</hour><hour>24</hour><hour>7</hour><hour>99</hour><hour>x</hour></skipHours>
<skipDays><day>Sunday</day><day>Someday</day></skipDays>
<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>
<atom:link rel="self" href="/feed.xml"/><atom:link rel="hub" href="https://hub.example/"/>
<atom:link rel="next" href="/feed.xml?page=2"/>
<item><title>Ferry <![CDATA[<b>stops</b> & waits]]></title><link> https://news.example/a?x=1&amp;y=2 </link>
<guid isPermaLink="false">a-1</guid><dc:creator>Ada Reed</dc:creator><pubDate>Sat, 07 Mar 2026 09:05:00 CET</pubDate>
<description>Short.</description><content:encoded><![CDATA[<p>Long &amp; whole.</p>]]></content:encoded></item>
<item><title>No link, no id, no date</title></item>
<item><guid>https://news.example/b</guid></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://blatt.example/politik/">
<title type="html">Das &lt;i&gt;Blatt&lt;/i&gt;</title><link rel="self" href="feed.atom"/><link href="/"/>
<author><name>Redaktion</name></author>
<entry xml:base="2026/"><id>tag:blatt.example,2026:1</id><title>Wahl &lt; Qual</title>
<link rel="enclosure" href="x.mp3"/><link rel="alternate" type="application/json" href="eins.json"/>
<link rel="alternate" type="text/html" href="eins"/>
<published>2026-03-07T09:05:00+01:00</published><updated>2026-03-07T10:00:00Z</updated>
<author><name>Eva Holm</name></author><author><name>Jo Berg</name></author>
<summary>Kurz.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Ein <b>Satz</b>.</p></div></content>
</entry>
<entry><id>https://blatt.example/2</id><title type="text">a &lt;b&gt; c</title></entry>
</feed>"""


def rss(items: str, head: str = "") -> bytes:
    return f'<rss version="2.0">{head}<channel><title>t</title>{items}</channel></rss>'.encode()


# ---------------------------------------------------------------- what feeds say


def test_rss_2_says_all_it_says() -> None:
    feed = parse_feed(RSS.encode(), base_url="https://news.example/feeds/all")
    assert (feed.kind, feed.title, feed.link, feed.language) == (
        "rss",
        "Harbour & Hill",
        "https://news.example/",
        "en-GB",
    )
    assert (feed.ttl_seconds, feed.skip_hours, feed.skip_days) == (1800, frozenset({0, 7}), frozenset({6}))
    assert feed.update_seconds == 1800
    assert feed.self_link == "https://news.example/feed.xml"
    assert feed.hub == "https://hub.example/"
    assert feed.next_link == "https://news.example/feed.xml?page=2"
    first, second, third = feed.entries
    assert (first.id, first.url) == ("a-1", "https://news.example/a?x=1&y=2")
    assert (first.title, first.author) == ("Ferry stops & waits", "Ada Reed")
    assert first.published == datetime(2026, 3, 7, 8, 5, tzinfo=UTC)
    assert first.published_raw == "Sat, 07 Mar 2026 09:05:00 CET"
    assert (first.summary, first.content) == ("Short.", "<p>Long &amp; whole.</p>")
    assert first.language == "en-GB"
    assert (second.id, second.url, second.published, second.title) == ("", None, None, "No link, no id, no date")
    assert (third.id, third.url) == ("https://news.example/b", "https://news.example/b")


def test_atom_says_all_it_says() -> None:
    feed = parse_feed(ATOM.encode())
    assert (feed.kind, feed.title, feed.link, feed.language) == ("atom", "Das Blatt", "https://blatt.example/", "de")
    first, second = feed.entries
    assert first.url == "https://blatt.example/politik/2026/eins"
    assert (first.title, first.author) == ("Wahl < Qual", "Eva Holm, Jo Berg")
    assert first.published == datetime(2026, 3, 7, 8, 5, tzinfo=UTC)
    assert first.updated == datetime(2026, 3, 7, 10, tzinfo=UTC)
    assert first.content == "<div><p>Ein <b>Satz</b>.</p></div>"
    assert (second.title, second.url, second.author) == ("a <b> c", "https://blatt.example/2", "Redaktion")


def test_atom_0_3_with_its_old_names() -> None:
    body = b"""<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>t</title><entry><title>One</title>
    <link rel="alternate" href="https://a.example/1"/><issued>2004-02-03T04:05:06Z</issued><modified>2004-02-04</modified>
    <content type="text/html" mode="escaped">&lt;p&gt;x&lt;/p&gt;</content></entry>
    <entry><content type="text/plain" mode="base64">aGVsbG8=</content></entry></feed>"""
    first, second = parse_feed(body).entries
    assert first.published == datetime(2004, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert first.updated == datetime(2004, 2, 4, tzinfo=UTC)
    assert (first.content, second.content) == ("<p>x</p>", "hello")


def test_rdf_has_its_items_beside_the_channel() -> None:
    body = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://r.example/"><title>R</title></channel>
    <item rdf:about="https://r.example/1"><title>One</title><link>https://r.example/1</link>
    <dc:date>2026-03-07T09:05:00Z</dc:date></item></rdf:RDF>"""
    feed = parse_feed(body)
    assert (feed.kind, feed.title) == ("rdf", "R")
    assert (feed.entries[0].id, feed.entries[0].url) == ("https://r.example/1", "https://r.example/1")
    assert feed.entries[0].published == datetime(2026, 3, 7, 9, 5, tzinfo=UTC)


def test_cdf_has_its_links_in_attributes() -> None:
    body = b"""<?xml version="1.0"?><CHANNEL HREF="https://c.example/"><TITLE>C</TITLE>
    <ITEM HREF="https://c.example/1" LASTMOD="2003-03-17T07:05Z"><TITLE>One</TITLE><ABSTRACT>Short.</ABSTRACT></ITEM>
    </CHANNEL>"""
    feed = parse_feed(body)
    entry = feed.entries[0]
    assert (feed.kind, entry.url, entry.title, entry.summary) == ("cdf", "https://c.example/1", "One", "Short.")
    assert entry.published == datetime(2003, 3, 17, 7, 5, tzinfo=UTC)


def test_json_feed_says_all_it_says() -> None:
    feed = parse_feed(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "J",
                "home_page_url": "https://j.example/",
                "next_url": "https://j.example/2.json",
                "authors": [{"name": "Desk"}],
                "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
                "items": [
                    {"id": 7, "url": "/7", "title": "Seven", "content_html": "<p>x</p>", "summary": "s"},
                    {"id": "https://j.example/8", "content_text": "y", "author": {"name": "Ann"}, "tags": 3},
                    {"id": "9", "url": "javascript:alert(1)", "title": ["no"], "date_published": {"a": 1}},
                    "nonsense",
                ],
            }
        ).encode()
    )
    first, second, third = feed.entries
    assert (feed.kind, feed.next_link, feed.hub) == ("json", "https://j.example/2.json", "https://hub.example/")
    assert (first.id, first.url, first.author, first.content) == ("7", "https://j.example/7", "Desk", "<p>x</p>")
    assert (second.url, second.author, second.content) == ("https://j.example/8", "Ann", "y")
    assert (third.url, third.title, third.published) == (None, None, None)


@pytest.mark.parametrize(
    ("period", "frequency", "seconds"),
    [
        ("daily", "2", 43200),
        ("weekly", None, 604800),
        *(("hourly", odd, None) for odd in ("0", "0.1", "-1", "always", "", "nan", "inf")),
        ("always", "1", None),
        ("", "1", None),
    ],
)
def test_an_odd_update_period_is_ignored(period: str, frequency: str | None, seconds: float | None) -> None:
    head = f"<sy:updatePeriod>{period}</sy:updatePeriod>"
    head += "" if frequency is None else f"<sy:updateFrequency>{frequency}</sy:updateFrequency>"
    assert parse_feed(rss(head)).update_seconds == seconds


@pytest.mark.parametrize("ttl", ["0", "-5", "soon", "", "1e99", "nan"])
def test_an_odd_ttl_is_ignored(ttl: str) -> None:
    assert parse_feed(rss(f"<ttl>{ttl}</ttl>")).ttl_seconds is None


def test_the_link_that_a_feed_service_wrapped_is_the_publishers() -> None:
    body = rss(
        "<item><link>https://proxy.example/~r/1</link><feedburner:origLink>https://p.example/1</feedburner:origLink></item>"
    )
    assert parse_feed(body).entries[0].url == "https://p.example/1"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "mailto:a@b.example"]
)
def test_only_web_links_pass(link: str) -> None:
    assert parse_feed(rss(f"<item><link>{link}</link><guid>{link}</guid></item>")).entries[0].url is None
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="{link}"/><id>{link}</id></entry></feed>'
    assert parse_feed(atom.encode()).entries[0].url is None


def test_a_link_in_cdata_keeps_its_ampersands() -> None:
    body = rss(
        "<item><link><![CDATA[https://n.example/?a=1&b=2&copy=3]]></link><title>A & B &eacute;&nbsp;c</title></item>"
    )
    entry = parse_feed(body).entries[0]
    assert entry.url == "https://n.example/?a=1&b=2&copy=3"
    assert entry.title == "A & B \u00e9 c"


def test_ids_come_as_they_are_also_twice() -> None:
    entries = parse_feed(rss("<item><guid>same</guid></item>" * 3)).entries
    assert [entry.id for entry in entries] == ["same"] * 3


def test_the_zone_of_the_operator_holds_for_dates_without_one() -> None:
    body = rss("<item><pubDate>07 Jul 2026 12:00:00</pubDate></item>")
    assert parse_feed(body, zone="Europe/Berlin").entries[0].published == datetime(2026, 7, 7, 10, tzinfo=UTC)
    with pytest.raises(BadInput, match="time zone"):
        parse_feed(body, zone="Nowhere/Town")


def test_a_date_nobody_understands_is_kept_in_its_words() -> None:
    entry = parse_feed(rss("<item><pubDate>the day before</pubDate></item>")).entries[0]
    assert (entry.published, entry.published_raw) == (None, "the day before")


# ---------------------------------------------------------------- letters


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("utf-8", "utf-8", None),
        ("utf-8", None, None),
        ("utf-8-sig", None, None),
        ("utf-16", "utf-16", None),
        ("utf-16-le", None, None),
        ("windows-1252", "iso-8859-1", None),
        ("windows-1252", None, "text/xml; charset=windows-1252"),
        ("windows-1252", None, None),
        ("utf-8", "utf-16", None),
        ("utf-8", "no-such-charset", None),
        ("utf-8", "punycode", None),
        ("utf-8", None, "text/xml; charset=us-ascii"),
    ],
)
def test_letters_survive_whatever_is_declared(encoding: str, declared: str | None, header: str | None) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    title = "Gar\u00e7on \u00e0 la f\u00eate, d\u00e9j\u00e0 vu pr\u00e8s de l\u2019\u00e9glise"
    text = f"{declaration}<rss><channel><item><title>{title}</title></item></channel></rss>"
    assert parse_feed(text.encode(encoding), content_type=header).entries[0].title == title


def test_windows_quotes_pasted_into_utf_8_are_quotes() -> None:
    body = rss("<item><title>caf\u00e9 \u2013 d\u00e9j\u00e0 QUOTE</title></item>").replace(b"QUOTE", b"it\x92s")
    assert parse_feed(body).entries[0].title == "caf\u00e9 \u2013 d\u00e9j\u00e0 it\u2019s"


def test_no_control_character_or_surrogate_gets_past() -> None:
    body = rss("<item><title>a\x00b\x08c&#0;&#27;&#xD800;&#xFFFF;d</title><description>x\x0by</description></item>")
    entry = parse_feed(body).entries[0]
    assert entry.title is not None
    assert not set(entry.title) & {chr(i) for i in range(32)}
    assert entry.title.startswith("abc")
    assert entry.summary == "xy"
    entry.to_bytes()
    hostile = parse_feed(b'{"items": [{"id": "\\u0000\\ud800x", "title": "\\ud83d\\u001b[31mred"}]}').entries[0]
    assert (hostile.id, hostile.title) == ("x", "[31mred")
    hostile.to_bytes()


def test_lengths_are_bounded() -> None:
    long = "x" * 3_000_000
    entry = parse_feed(
        rss(f"<item><title>{long}</title><link>https://a.example/{long}</link><description>{long}</description></item>")
    ).entries[0]
    assert entry.url is None
    assert len(entry.title or "") <= 2000
    assert len(entry.summary or "") <= 2_000_000


# ---------------------------------------------------------------- broken and hostile


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel><item><title>One</title></item><item><title>Tw",
        b"<rss><channel><item><title>One</title><b></item></channel></rss>",
        b"  \n<?xml version='1.0'?>\n<rss><channel><item><title>One</title></item></channel></rss> trailing",
        b"<RSS><CHANNEL><ITEM><TITLE>One</TITLE></ITEM></CHANNEL></RSS>",
        b"<rss><item><title>One</title></item></rss>",
        b"<channel><item><title>One</title></item></channel>",
        b"<!-- <html> --><rss><channel><item><title>One</title></item></channel></rss>",
        b"<rss><channel><item><title><![CDATA[One]]></title><description><![CDATA[open",
    ],
)
def test_a_broken_feed_gives_what_it_has(body: bytes) -> None:
    assert parse_feed(body).entries[0].title == "One"


@pytest.mark.parametrize(
    "body",
    [
        b"Warning: date() on line 3\n<?xml version='1.0'?><rss version='2.0'><channel><item><title>One</title></item>"
        b"</channel></rss>",
        b"<wrapper><rss version='2.0'><channel><item><title>One</title></item></channel></rss></wrapper>",
    ],
)
def test_a_feed_within_something_else_is_found(body: bytes) -> None:
    assert [entry.title for entry in parse_feed(body).entries] == ["One"]


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel><item a='<![CDATA[&#xD800;&x;'><title>One</title></item></channel></rss>",
        b"<rss><channel><item><title>One</title><description><b xmlns:p='u'><p:http:/>t</b></description></item>",
        b"<wrapper><item>&#xD800;<title>One</title></item></wrapper>",
        b"<rss><item><title>One</title><link xml:base='http://[bad/' href='x'/></item></rss>",
        b"<rss><item><title>One</title><description>x&undefined;<b>&undefined;</b></description></item></rss>",
    ],
)
def test_what_a_library_stumbles_over_does_not_stop_us(body: bytes) -> None:
    assert [entry.title for entry in parse_feed(body).entries] == ["One"]


def test_an_empty_feed_is_a_feed() -> None:
    assert parse_feed(rss("")).entries == ()
    assert parse_feed(b'{"version": "https://jsonfeed.org/version/1", "items": []}').entries == ()


def test_ten_thousand_entries_are_read() -> None:
    assert len(parse_feed(rss("<item><title>x</title></item>" * 10_000)).entries) == 10_000


def test_a_page_is_no_feed_and_the_error_names_its_feeds() -> None:
    page = b"""<!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head></html>"""
    with pytest.raises(BadInput, match=r"HTML page; it announces https://n\.example/rss"):
        parse_feed(page, content_type="application/rss+xml", base_url="https://n.example/start")
    with pytest.raises(BadInput, match="announces none"):
        parse_feed(b"<html><body>no</body></html>")


@pytest.mark.parametrize(
    "body", [b"", b" \n", b"\xef\xbb\xbf", b"plain text", b"\x89PNG\r\n", b"{", b"[]", b'{"a": 1}', b"<svg/>"]
)
def test_what_is_no_feed_is_bad_input(body: bytes) -> None:
    with pytest.raises(BadInput, match="not a feed"):
        parse_feed(body)


def test_entity_bombs_do_not_go_off() -> None:
    levels = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{levels}]>'.encode()
    entry = parse_feed(bomb + rss("<item><title>x&l9;</title></item>")).entries[0]
    assert entry.title == "x&l9;"
    quadratic = b'<!DOCTYPE rss [<!ENTITY a "' + b"a" * 100_000 + b'">]>'
    assert (
        len(parse_feed(quadratic + rss("<item><title>" + "&a;" * 1000 + "</title></item>")).entries[0].title or "")
        < 5000
    )


@pytest.mark.parametrize("quote", ['"', "'", ""])
def test_external_entities_are_not_read(quote: str, tmp_path: object) -> None:
    secret = f"{tmp_path}/secret"
    with open(secret, "w") as file:
        file.write("TOP SECRET")
    # With no quotation mark the document type is broken and stays: then the parser itself must refuse.
    head = f'<!DOCTYPE rss [<!-- {quote} --><!ENTITY e SYSTEM "file://{secret}">]>'
    try:
        found = parse_feed(head.encode() + rss("<item><title>x&e;</title></item>"))
    except BadInput:
        return
    assert "SECRET" not in repr(found)


@pytest.mark.parametrize(
    "body",
    [
        b"<rss>" + b"<a>" * 300_000,
        b"<rss><channel>" + b"<item>" * 100_000,
        b"<!DOCTYPE" * 200_000,
        b"<![CDATA[" * 200_000,
        b"<rss><channel><item><title>" + b"&" * 500_000,
        b"<rss><channel><item><title>" + b"&lt;a" * 200_000,
        b"<rss " + b"a='b' " * 100_000 + b"/>",
        b"[" * 500_000,
        b'{"items": ' + b"[" * 100_000,
        rss("<item>" + "<link href='x'/>" * 50_000 + "</item>"),
    ],
    ids=range(10),
)
@pytest.mark.timeout(60)
def test_no_hostile_document_takes_long(body: bytes) -> None:
    # Quadratic work on these sizes takes minutes and runs into the limit.
    with suppress(BadInput):
        parse_feed(body)


@given(st.binary(max_size=300))
def test_no_bytes_break_it(body: bytes) -> None:
    for text in (body, b"<rss><channel><item>" + body, b"<feed><entry>" + body, b'{"items":[{"id":"' + body):
        try:
            for entry in parse_feed(text).entries:
                entry.to_bytes()
        except BadInput:
            pass


# ---------------------------------------------------------------- lines


def test_a_line_per_entry_with_all_keys() -> None:
    lines = [json.loads(line) for line in feed_lines(RSS.encode())]
    keys = {"id", "url", "title", "author", "published", "updated", "summary", "content"}
    assert [set(line) for line in lines] == [keys] * 3
    assert lines[0]["published"] == "2026-03-07T08:05:00Z"
    assert "\n" not in "".join(feed_lines(RSS.encode()))
