"""Characters that may stay: no control characters, no lone surrogates, white space folded."""

import re
import unicodedata
from typing import Final

# C0 and C1 controls but for tab and line breaks, surrogates, byte order marks, soft hyphens, zero-width and
# direction marks: invisible, and they would split words and shift what a reader counts.
_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\uffff\ud800-\udfff]"
)
_LINE_BREAKS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES: Final = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")


def tidy(text: str) -> str:
    """The text without invisible characters, with one kind of line break, in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", _UNWANTED.sub("", _LINE_BREAKS.sub("\n", text)))


def one_line(text: str) -> str:
    """The text on one line with single spaces."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join(_SPACES.sub(" ", tidy(text)).split())


def encodable(markup: str) -> str:
    """The markup without lone surrogates, which no parser takes. The rest is tidied when it has become text."""
    if markup.isascii():
        return markup
    try:
        markup.encode()
    except UnicodeEncodeError:
        return markup.encode("utf-8", "ignore").decode("utf-8")
    return markup
