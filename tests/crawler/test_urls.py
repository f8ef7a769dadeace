"""One spelling per page, the right site, and no disguised address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import BadInput
from services.crawler.urls import canonical_url, is_fetchable, same_site, site_of


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("https://example.org:80/a", "https://example.org:80/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://example.org/a#top", "https://example.org/a"),
        ("https://example.org/a?utm_source=x&id=7&fbclid=q", "https://example.org/a?id=7"),
        ("https://example.org/a?UTM_Source=x", "https://example.org/a"),
        ("https://example.org/a?", "https://example.org/a"),
        ("https://example.org/a?b=2&a=1", "https://example.org/a?b=2&a=1"),
        ("https://example.org/a?a=1&a=2", "https://example.org/a?a=1&a=2"),
        ("https://example.org/a?q=caf\u00e9", "https://example.org/a?q=caf%C3%A9"),
        ("https://example.org/a/./b/../c", "https://example.org/a/c"),
        ("https://example.org/../../a", "https://example.org/a"),
        ("https://example.org/a/..", "https://example.org/"),
        ("https://example.org/a/b/.", "https://example.org/a/b/"),
        ("https://example.org/a//b", "https://example.org/a//b"),
        ("https://example.org/%7euser/%2f", "https://example.org/~user/%2F"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://B\u00fccher.example/", "https://xn--bcher-kva.example/"),
        ("https://\uff45xample.org/", "https://example.org/"),
        ("https://[2606:4700:0:0::1111]/", "https://[2606:4700::1111]/"),
        ("  https://example.org/a\n", "https://example.org/a"),
    ],
)
def test_a_page_has_one_spelling(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60), st.text(max_size=40))
def test_the_canonical_url_of_a_canonical_url_is_itself(path: str, query: str) -> None:
    once = canonical_url(f"https://example.org/{path}?{query}")
    assert canonical_url(once) == once
    assert once.isascii()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "javascript:alert(1)",
        "/relative",
        "",
        "http://",
        "http://user:pass@example.org/",
        "http://user@example.org/",
        "http://example.org\\@evil.example/",
        "http://exa mple.org/",
        "http://example..org/",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://example.org:x/",
        "http://[::1/",
        "http://[fe80::1%25eth0]:x/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://1.2.3.4.5/",
        "http://127.0.0.0x1/",
        "http://example.org/" + "a" * 5000,
    ],
)
def test_what_is_no_plain_http_url_is_not_taken(url: str) -> None:
    assert not is_fetchable(url)
    with pytest.raises(BadInput):
        canonical_url(url) and site_of(url)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    is_fetchable(text)
    is_fetchable("http://" + text)


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.news.example.co.uk/a", "example.co.uk"),
        ("https://example.org", "example.org"),
        ("https://alice.github.io/", "alice.github.io"),
        ("https://github.io/", "github.io"),
        ("https://www.b\u00fccher.de/", "xn--bcher-kva.de"),
        ("http://127.0.0.1:8080/", "127.0.0.1"),
        ("http://[::1]/", "::1"),
        ("http://localhost:9000/", "localhost"),
        ("http://CO.UK/", "co.uk"),
    ],
)
def test_a_site_is_the_registrable_domain(url: str, site: str) -> None:
    assert site_of(url) == site


def test_neighbours_on_a_shared_host_are_not_one_site() -> None:
    assert same_site("https://www.example.org/a", "http://m.example.org:8080/b")
    assert not same_site("https://alice.github.io/", "https://bob.github.io/")
    assert not same_site("not a url", "not a url")
