"""A MinHash of the text and its LSH bands: copies of one text share bands, so finding them is a query for a keyword."""

import base64
import hashlib
import re
import struct
from dataclasses import replace
from typing import Final

from rensa import RMinHash

from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge

PERMUTATIONS: Final = 128
BANDS: Final = 32
# Part of the contract: another seed or shingle makes all stored fingerprints incomparable.
_SEED: Final = 20_10
_SHINGLE: Final = 3
_MAX_WORDS: Final = 5_000
_WORD: Final = re.compile(r"\w+")


def fingerprint(draft: Draft, knowledge: Knowledge) -> Draft:
    """Sets `fingerprint` and `bands`; a text without words has none."""
    values = minhash(draft.text)
    if not values:
        return draft
    return replace(draft, fingerprint=encode(values), bands=bands_of(values))


def minhash(text: str) -> list[int]:
    """128 numbers of 32 bits over the text's three-word shingles, case folded; empty without words."""
    words = _WORD.findall(text.casefold())[:_MAX_WORDS]
    if not words:
        return []
    runs = zip(*(words[first:] for first in range(_SHINGLE)), strict=False)
    shingles = list(map(" ".join, runs)) or [" ".join(words)]
    sketch = RMinHash(num_perm=PERMUTATIONS, seed=_SEED)
    sketch.update(shingles)
    return list(sketch.digest())


def encode(values: list[int]) -> str:
    """The numbers as base64 of little-endian 32-bit words: 684 characters."""
    return base64.b64encode(struct.pack(f"<{len(values)}I", *values)).decode()


def decode(text: str) -> list[int]:
    """What `encode` made a text of. Raises ValueError for what it did not make."""
    try:
        data = base64.b64decode(text, validate=True)
        return list(struct.unpack(f"<{len(data) // 4}I", data))
    except struct.error as error:
        raise ValueError(f"no fingerprint: {error}") from None


def similarity(a: str, b: str) -> float:
    """The estimated Jaccard similarity of two texts by their fingerprints, 0 to 1; 0 where one has none."""
    left, right = decode(a), decode(b)
    if not left or len(left) != len(right):
        return 0.0
    return sum(x == y for x, y in zip(left, right, strict=True)) / len(left)


def bands_of(values: list[int]) -> tuple[str, ...]:
    """32 keywords, each of four of the numbers and its place ("07-9f2c…")."""
    rows = len(values) // BANDS
    return tuple(f"{band:02d}-{_digest(values[band * rows : (band + 1) * rows])}" for band in range(BANDS))


def _digest(values: list[int]) -> str:
    return hashlib.blake2b(struct.pack(f"<{len(values)}I", *values), digest_size=6).hexdigest()
