"""Which sentences are worth parsing: those with a word that can start an event, and what that word needs beside it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.enricher.coding import lexicon, patterns
from services.enricher.coding.patterns import FRONT, Pattern, Test

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Triggers:
    """Forms that suffice alone, and forms whose patterns all want one of certain words beside them."""

    alone: frozenset[str]
    with_others: dict[str, frozenset[str]]

    def fire(self, sentence: str) -> bool:
        """Whether a sentence can hold an event."""
        lows = set(_WORD.findall(sentence.lower()))
        if not lows.isdisjoint(self.alone):
            return True
        weak = lows & self.with_others.keys()
        if not weak:
            return False
        known = lexicon.words()
        lemmas = lows | {lexicon.noun_lemma(low) for low in lows} | {known[low].lemma for low in lows if low in known}
        return any(not self.with_others[low].isdisjoint(lemmas) for low in weak)


def _needs(lines: Sequence[Pattern]) -> frozenset[str] | None:
    """The words of which every coding line of a word wants one; None where some line wants none."""
    wanted: frozenset[str] = frozenset()
    for line in lines:
        if line.type or line.refer:
            tests = [w for t in line.tests if (w := _words(t)) is not None]
            if not tests:
                return None
            wanted |= min(tests, key=len)
    return wanted


def _words(test: Test) -> frozenset[str] | None:
    """The words of which a test wants one in the sentence; None where it can hold without any."""
    if not test.wanted or (test.words is not None and "NAME" in test.words):
        return None
    if test.words is not None:
        return test.words
    return None if test.place[0] in FRONT else frozenset(test.place)


@cache
def load(overlay: Path | None = None) -> Triggers:
    """The triggers of the pattern files, with the operator's in `overlay`, by lower-case form."""
    known = patterns.load(overlay)
    needs = {lemma: _needs(lines) for lemma, lines in known.verbs.items()}
    for noun, lines in known.nouns.items():
        both = (_needs(lines), needs.get(noun, frozenset()))
        needs[noun] = None if both[0] is None or both[1] is None else both[0] | both[1]
    forms = {form: word.lemma for form, word in lexicon.words().items() if word.lemma in needs}
    forms |= {lemma: lemma for lemma in needs} | {noun + "s": noun for noun in known.nouns}
    forms |= {noun[:-1] + "ies": noun for noun in known.nouns if noun.endswith("y")}
    alone = frozenset(form for form, lemma in forms.items() if needs[lemma] is None)
    weak = {form: wanted for form, lemma in forms.items() if (wanted := needs[lemma]) is not None}
    return Triggers(alone, weak)
