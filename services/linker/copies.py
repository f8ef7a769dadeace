"""Which articles are copies of one text, by their MinHash fingerprints, and how many independent sources there are."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import eq
from typing import Final

# 32-bit hashes, packed. Only their equality counts, so their byte order does not.
Signature = bytes
_WIDTH: Final = 4

# Share of equal hashes, which estimates the Jaccard similarity of two texts' shingles. Wire copies with a tenth of
# their words changed are above it, other reports of the same event far below.
COPY_SIMILARITY: Final = 0.4
# Hashes per band; one equal band makes a pair worth comparing. Of 128 hashes at similarity .4 every pair has one.
_BAND: Final = 2


@dataclass(frozen=True, slots=True)
class Text:
    """One article as the judge of copies sees it. `time` orders who was first."""

    article_id: str
    source_id: str
    time: datetime
    signature: Signature | None


def signature_of(fingerprint: str) -> Signature | None:
    """The hashes of a fingerprint (base64 of little-endian 32-bit numbers); None where there is none to compare."""
    try:
        raw = base64.b64decode(fingerprint, validate=True)
    except binascii.Error:
        return None
    return raw if raw and len(raw) % _WIDTH == 0 else None


def similarity(one: Signature | None, other: Signature | None) -> float:
    """The share of equal hashes, 0 to 1; 0 where one is missing or of another length."""
    if one is None or other is None or len(one) != len(other):
        return 0.0
    equal = sum(map(eq, memoryview(one).cast("I"), memoryview(other).cast("I")))
    return float(equal * _WIDTH / len(one))


def originals(texts: Iterable[Text]) -> dict[str, str]:
    """Which article each copy has its text from: the earliest one alike. Originals are not in it.

    A copy of a copy names the first of them, so that one text has one origin.
    """
    seen: dict[tuple[int, bytes], list[Text]] = {}
    origin: dict[str, str] = {}
    for text in sorted(texts, key=lambda text: (text.time, text.article_id)):
        bands = _bands(text.signature)
        first = _first_alike(text, (known for band in bands for known in seen.get(band, ())))
        if first is not None:
            origin[text.article_id] = first.article_id
            continue
        for band in bands:
            seen.setdefault(band, []).append(text)
    return origin


def independent_sources(texts: Iterable[Text], origin: dict[str, str]) -> int:
    """How many publishers stand behind what is told: those of the originals, each once however much it publishes."""
    return len({text.source_id for text in texts if text.article_id not in origin})


def _bands(signature: Signature | None) -> list[tuple[int, bytes]]:
    if signature is None:
        return []
    step = _BAND * _WIDTH
    return [(at, signature[at : at + step]) for at in range(0, len(signature), step)]


def _first_alike(text: Text, known: Iterable[Text]) -> Text | None:
    compared: dict[str, Text] = {other.article_id: other for other in known}
    alike = [o for o in compared.values() if similarity(text.signature, o.signature) >= COPY_SIMILARITY]
    return min(alike, key=lambda other: (other.time, other.article_id), default=None)
