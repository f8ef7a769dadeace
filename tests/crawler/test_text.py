"""Which charset a body is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crawler.text import charset_of, clean_line, decode, looks_binary

WORDS = "Straße in Zürich für Fußgänger gesperrt"
CYRILLIC = "Взрыв произошёл на рынке в центре города, сообщили местные власти во вторник вечером."


@pytest.mark.parametrize("bom", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_goes_before_everything(bom: str) -> None:
    assert decode(WORDS.encode(bom), charset="koi8-r") == WORDS


@pytest.mark.parametrize("name", ["iso-8859-1", "windows-1252", "utf-8", "iso-8859-15"])
def test_the_headers_charset_is_used(name: str) -> None:
    assert decode(WORDS.encode(name), charset=name) == WORDS


def test_latin_1_means_windows_1252_on_the_web() -> None:
    assert decode("“quoted” – €5".encode("cp1252"), charset="ISO-8859-1") == "“quoted” – €5"


@pytest.mark.parametrize(
    "head", [b'<meta charset="koi8-r">', b'<meta http-equiv=x content="text/html; charset = koi8-r">']
)
def test_without_a_header_the_meta_element_is_used(head: bytes) -> None:
    assert decode(head + CYRILLIC.encode("koi8-r")).endswith(CYRILLIC)


def test_the_header_goes_before_the_meta_element() -> None:
    body = b'<meta charset="koi8-r">' + CYRILLIC.encode("cp1251")
    assert decode(body, charset="windows-1251").endswith(CYRILLIC)


@pytest.mark.parametrize("charset", ["iso-8859-1", "koi8-r", "no-such-charset", "hex", "rot13", "", None])
def test_utf_8_that_says_it_is_something_else_is_read_as_utf_8(charset: str | None) -> None:
    assert decode(WORDS.encode(), charset=charset) == WORDS


@pytest.mark.parametrize("name", ["cp1251", "koi8-r", "shift_jis", "utf-16-le", "utf-16-be"])
def test_without_any_word_the_bytes_are_looked_at(name: str) -> None:
    text = "東京で地震がありました。けが人はいません。" * 3 if name == "shift_jis" else CYRILLIC
    if name.startswith("utf-16"):
        text = WORDS
    assert decode(text.encode(name)) == text


def test_broken_bytes_cost_a_character_and_not_the_text() -> None:
    assert "gesperrt" in decode(b"Stra\xffe gesperrt", charset="utf-8")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a/b; charset=UTF-8", "UTF-8"), ('a/b;charset="x"', "x"), ("text/html", None), (None, None), (";;", None)],
)  # fmt: skip
def test_the_charset_of_a_content_type(value: str | None, expected: str | None) -> None:
    assert charset_of(value) == expected


@pytest.mark.parametrize(
    ("body", "binary"),
    [
        (b"%PDF-1.4", True), (b"PK\x03\x04", True), (b"\x1f\x8b\x08", True), (b"ab\x00\x01\x02cd", True),
        (WORDS.encode(), False), (WORDS.encode("utf-16"), False), (WORDS.encode("utf-16-le"), False), (b"", False),
    ],
)  # fmt: skip
def test_binary_is_told_from_text(body: bytes, binary: bool) -> None:
    assert looks_binary(body) is binary


@given(st.binary(max_size=400), st.text(max_size=12))
def test_no_bytes_and_no_label_break_the_decoding(body: bytes, label: str) -> None:
    text = decode(body, charset=label)
    text.encode()
    assert "\0" not in text


def test_a_line_is_clean_single_spaced_and_bounded() -> None:
    assert clean_line(" a\n\tb\x00c ", 99) == "a bc"
    assert clean_line("abcdef", 3) == "abc"
    assert clean_line(" \n", 9) is None
    assert clean_line(None, 9) is None
