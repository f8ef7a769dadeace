"""No notation of an inner address gets past, and a hole is only where an operator made it."""

from contextlib import suppress
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.http_guard import Guard, refused_address
from services.core.errors import ConfigError
from services.core.ports import FetchError


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.0.3", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.0.9", "192.0.2.1"),
        *("198.18.0.1", "198.51.100.7", "203.0.113.9", "192.88.99.1", "224.0.0.1", "239.1.1.1"),
        *("240.0.0.1", "255.255.255.255", "168.63.129.16"),
        *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808"),
        *("64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::1", "2001:0:53aa:64c:0:fbff:f5ff:fffe"),
        *("fec0::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "3fff::1", "100::1", "4000::1"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert refused_address(ip_address(address)) is not None


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::200e"])
def test_a_public_address_is_let_through(address: str) -> None:
    assert refused_address(ip_address(address)) is None


@given(st.ip_addresses(v=4))
def test_no_ipv6_form_of_an_ipv4_address_is_let_through(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    wrapped = [number, (0xFFFF << 32) | number, (0x64FF9B << 96) | number, (0x2002 << 112) | (number << 80)]
    for value in wrapped:
        assert refused_address(ip_address(value.to_bytes(16, "big"))) is not None


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "javascript:alert(1)", "//example.org/"),
        *("http://", "http:///path", "", "http://user:secret@example.org/", "http://user@example.org/"),
        *("http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://127.1/"),
        *("http://127.0.1/", "http://1.2.3.256/", "http://08.8.8.8/", "http://127.0.0.1./", "http://8.8.8.0x8/"),
        *("http://example.org:22/", "http://example.org:6379/", "http://example.org:0/", "http://example.org:99999/"),
        "http://" + "a" * 9000,
    ],
)
def test_a_url_of_a_dangerous_form_is_refused(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        Guard().check_url(url)
    assert caught.value.kind == "refused_url"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://example.org/", "https://example.org:443/a?b", "http://8.8.8.8/", "http://1a.org/"]
)
def test_an_ordinary_url_passes(url: str) -> None:
    assert not Guard().check_url(url)[1].by_name


@given(st.text(max_size=60))
def test_no_text_breaks_the_check(text: str) -> None:
    for url in (text, "http://" + text):
        with suppress(FetchError):
            assert Guard().check_url(url)[0].scheme in ("http", "https")


def test_an_allow_list_entry_opens_its_port_only() -> None:
    guard = Guard(("demo:9001", "[::1]:9002"))
    assert guard.check_url("http://demo:9001/")[1].by_name
    assert guard.check_url("http://DEMO:9001/")[1].by_name
    assert guard.check_url("http://[::1]:9002/")[1].by_name
    assert not guard.check_url("http://demo/")[1].by_name
    with pytest.raises(FetchError):
        guard.check_url("http://demo:9002/")


@pytest.mark.parametrize("entry", ["nonsense", "300.0.0.0/8", "a:b:c", "host:", ""])
def test_an_allow_list_entry_that_means_nothing_is_a_config_error(entry: str) -> None:
    with pytest.raises(ConfigError, match="allow-list"):
        Guard((entry,))
