"""Lists of feeds in and out."""

import pytest

from services.core.errors import BadInput
from services.core.models import Feed
from services.crawler.opml import feed_of, read_feed_list, write_opml

OPML = b"""<?xml version="1.0"?>
<opml version="2.0"><head><title>mine</title></head><body>
 <outline text="Asia"><outline text="South">
  <outline type="rss" text="The Post" xmlUrl="https://Post.example:443/rss?utm_source=x"/>
  <outline type="rss" text="bad" xmlUrl="ftp://post.example/rss"/>
 </outline></outline>
 <outline text="Flat" title="Flat Title" xmlUrl="http://flat.example/feed"/>
</body></opml>"""


def test_outlines_become_feeds_with_their_folders_as_tags() -> None:
    items = list(read_feed_list(OPML))
    feeds = [item for item in items if isinstance(item, Feed)]
    assert [(f.url, f.source.name, f.tags) for f in feeds] == [
        ("https://post.example/rss", "The Post", ("Asia", "South")),
        ("http://flat.example/feed", "Flat Title", ()),
    ]


def test_a_bad_line_is_told_with_its_number_and_the_rest_go_on() -> None:
    errors = [str(item) for item in read_feed_list(OPML) if isinstance(item, BadInput)]
    assert len(errors) == 1
    assert errors[0].startswith("line 5: ")
    assert "ftp://" in errors[0]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://me:hunter2@a.example/feed", "credentials"),
        ("https://a.example:99999/feed", "not a port"),
        ("file:///etc/passwd", "only http and https"),
        ("https://a.example/" + "x" * 5000, "over the limit"),
    ],
)
def test_a_url_that_is_not_taken_says_why_and_shows_no_password(url: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as told:
        feed_of(url)
    assert "hunter2" not in str(told.value)


def test_a_text_file_has_one_url_a_line() -> None:
    items = list(
        read_feed_list(b"\xef\xbb\xbf# my feeds\n\nhttps://a.example/#top\nnonsense\n  https://b.example/x  \n")
    )
    assert [item.url if isinstance(item, Feed) else str(item)[:7] for item in items] == [
        "https://a.example/", "line 4:", "https://b.example/x",
    ]  # fmt: skip


def test_what_is_written_reads_back_the_same() -> None:
    feeds = [
        feed_of("https://b.example/feed", name='A "quoted" & <odd> name'),
        feed_of("https://a.example/feed", tags=["x", "y"]),
    ]
    back = [item for item in read_feed_list(write_opml(feeds)) if isinstance(item, Feed)]
    assert [(f.id, f.source.name) for f in back] == [(f.id, f.source.name) for f in sorted(feeds, key=lambda f: f.url)]


def test_entities_of_an_opml_file_are_not_expanded() -> None:
    bomb = b"""<?xml version="1.0"?><!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]>
    <opml version="2.0"><body><outline text="&a;" xmlUrl="https://a.example/f"/></body></opml>"""
    feeds = [item for item in read_feed_list(bomb) if isinstance(item, Feed)]
    assert all("root:" not in feed.source.name for feed in feeds)


@pytest.mark.parametrize("content", [b"<html><body>no</body></html>", b"<"])
def test_other_markup_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(BadInput, match="not an OPML file"):
        list(read_feed_list(content))
