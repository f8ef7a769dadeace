"""Bringing the spellings of one name together without joining different names. Pure.

`fold` undoes what keyboards and typesetters do (case, accents, apostrophes, hyphens). `sound` goes on to what
transliteration does: Mohammed and Muhamad, Zelensky and Zelenskyy, Rachid and Rashid, al-Bashir and Bashir give one
key, while Hassan and Hussein, Kano and Kono, Niger and Nigeria keep theirs.
"""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

from services.enricher.knowledge.tables import rows, word_set

_LETTERS: Final = str.maketrans(
    {
        "ø": "o", "ł": "l", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ə": "a",
        "ɛ": "e", "ɔ": "o", "ħ": "h", "ŋ": "n", "ɓ": "b", "ɗ": "d", "ƙ": "k",
        **dict.fromkeys("'’‘ʼʻʿʾ`´′ʹʺ.", ""),
    }
)  # fmt: skip
_GAP: Final = re.compile(r"[\W_]+")

ARTICLES: Final = word_set("articles")

# In this order; each is a class of spellings that one letter of another script, or one sound, gets in Latin letters.
_SOUNDS: Final = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"^ye", "e"),
        (r"(?<=vi)tch$", "ch"),
        (r"tsch|tch|tsh|cz", "tš"),
        (r"shch|sch|sh|ch", "š"),
        (r"dzh|dj|zh|j(?=[aeou])", "ž"),
        (r"g(?=[ei])", "ž"),
        (r"kh", "χ"),
        (r"gh", "g"),
        (r"dh", "d"),
        (r"th", "t"),
        (r"ph", "f"),
        (r"ks|x", "ks"),
        (r"ck|q|c(?![ei])", "k"),
        (r"c", "s"),
        (r"w", "v"),
        (r"ou|oo", "u"),
        (r"ee|ii|iy|yi|yy|ij|ie(?=.)", "i"),
        (r"[ea][iy]", "ai"),
        (r"y", "i"),
        (r"e", "a"),
        (r"o", "u"),
        (r"(?<=[aiu])h$", ""),
    )
)
_DOUBLE: Final = re.compile(r"(.)\1+")


def fold(text: str) -> str:
    """A name without case, accents, apostrophes and full stops; words parted by one space."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS)).translate(_LETTERS)
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return _GAP.sub(" ", bare.casefold()).strip()


@lru_cache(maxsize=50_000)
def fold_word(word: str) -> str:
    """`fold` for one word of running text; remembered, as texts repeat their words."""
    return fold(word)


@lru_cache(maxsize=50_000)
def sound_word(folded: str) -> str:
    """The transliteration key of one folded word."""
    word = _variants().get(folded, folded)
    for pattern, to in _SOUNDS:
        word = pattern.sub(to, word)
    return _DOUBLE.sub(r"\1", word)


@cache
def _variants() -> dict[str, str]:
    return {
        spelling: spellings.split()[0]
        for (spellings,) in rows("name_variants.tsv", 1)
        for spelling in spellings.split()
    }


def sound(text: str) -> str:
    """The transliteration key of a name: its words' keys without articles (unless there is nothing else)."""
    words = fold(text).split()
    kept = [word for word in words if word not in ARTICLES] or words
    return " ".join(sound_word(word) for word in kept)


def slug(text: str) -> str:
    """A name as part of an id: folded, words joined by hyphens."""
    return fold(text).replace(" ", "-")
