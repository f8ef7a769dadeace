"""The language of the text, as ISO 639-1; None where nothing can tell."""

import re
from dataclasses import replace
from typing import Final

import pycld2

from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge

CODED: Final = frozenset({"en"})
UNSUPPORTED: Final = "language_unsupported"
_LOOKED_AT: Final = 1_000
# A letter beyond the Latin blocks.
_NO_LATIN: Final = re.compile(r"[^\W\d_\x00-\u024f]")
_SURE: Final = 80
# With fewer words a statistical guess is worth less than what the page or the feed states.
_FEW_WORDS: Final = 8
# Three-letter and older codes that detectors and pages use, as ISO 639-1.
_SAME: Final = {"iw": "he", "in": "id", "ji": "yi", "nb": "no", "nn": "no", "zh-hant": "zh", "eng": "en", "un": ""}


def language(draft: Draft, knowledge: Knowledge) -> Draft:
    """Sets `language`; flags `language_unsupported` where events are not coded in it."""
    stated = _code(draft.raw.source.language) or _code(draft.page.language)
    found = language_of(draft.text, stated)
    flags = draft.flags if found in CODED or found is None else (*draft.flags, UNSUPPORTED)
    return replace(draft, language=found, flags=flags)


def language_of(text: str, stated: str | None = None) -> str | None:
    """The language of a text; `stated` decides only where the text is too short to tell."""
    sample = _mostly_latin(text[:_LOOKED_AT])
    if stated and len(sample.split()) < _FEW_WORDS and not _spaceless(sample):
        return stated
    reliable, detected, share = _compact(sample)
    if reliable and share >= _SURE:
        return detected
    return _thorough(sample) if sample.strip() else stated


def _compact(sample: str) -> tuple[bool, str | None, int]:
    try:
        reliable, _, details = pycld2.detect(sample, bestEffort=True)
    except pycld2.error:
        return False, None, 0
    _, code, share, _ = details[0]
    return reliable, _code(code), share


def _mostly_latin(sample: str) -> str:
    """The sample without words in other scripts where most of it is in Latin letters: names quoted as they are."""
    if sample.isascii():
        return sample
    latin = [word for word in sample.split() if not _NO_LATIN.search(word)]
    joined = " ".join(latin)
    return joined if len(joined) >= 0.6 * len(sample) else sample


def _spaceless(sample: str) -> bool:
    return any("\u3040" <= char <= "\u9fff" or "\u0e00" <= char <= "\u0e7f" for char in sample)


def _code(value: str | None) -> str | None:
    if not value:
        return None
    lowered = value.strip().lower().replace("_", "-")
    return _SAME.get(lowered, lowered.split("-")[0]) or None


def _thorough(sample: str) -> str | None:
    # Imported where it is needed: its model takes 60 MB, and few texts leave the fast detector unsure.
    import py3langid

    code: str = py3langid.classify(sample)[0]
    return _code(code)
