"""Feeds that a page announces."""

from services.crawler.sources.discover import feeds_in_page

BASE = "https://n.example/start/"


def page(head: str) -> bytes:
    return f"<!doctype html><html><head>{head}</head><body></body></html>".encode()


def test_announced_feeds_come_absolute_in_order_and_once() -> None:
    head = """<link rel="alternate" type="application/rss+xml" href="rss.xml">
    <link rel='ALTERNATE home' type='application/atom+xml; charset=utf-8' href='/atom'>
    <link rel="alternate" type="application/feed+json" href="https://cdn.example/f.json">
    <link rel="alternate" type="application/rss+xml" href="rss.xml"><link rel=feed href=//n.example/plain>"""
    assert feeds_in_page(page(head), BASE) == [
        "https://n.example/start/rss.xml",
        "https://n.example/atom",
        "https://cdn.example/f.json",
        "https://n.example/plain",
    ]


def test_other_links_are_no_feeds() -> None:
    head = """<link rel="alternate" hreflang="de" href="/de"><link rel="stylesheet" type="text/css" href="a.css">
    <link rel="alternate" type="application/rss+xml"><link rel="alternate" type="application/rss+xml" href="">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">"""
    assert feeds_in_page(page(head), BASE) == []


def test_the_base_of_a_page_counts() -> None:
    head = '<base href="/other/"><link rel="alternate" type="application/rss+xml" href="rss">'
    assert feeds_in_page(page(head), BASE) == ["https://n.example/other/rss"]


def test_no_page_is_no_feed() -> None:
    assert feeds_in_page(b"", BASE) == []
    assert feeds_in_page(b"\xff\xfe\x00<link", None) == []


def test_their_number_is_bounded() -> None:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{i}">' for i in range(500))
    assert len(feeds_in_page(page(links), BASE)) == 50
