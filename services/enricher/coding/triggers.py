"""Which sentences are worth parsing: those with a word that can start an event, and what that word needs beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from services.enricher.coding import lexicon, patterns
from services.enricher.coding.patterns import Pattern
from services.enricher.coding.tokens import Token


@dataclass(frozen=True, slots=True)
class Triggers:
    """Forms that suffice alone, and forms whose patterns all want one of certain words beside them."""

    alone: frozenset[str]
    with_others: dict[str, frozenset[str]]

    def fire(self, tokens: Sequence[Token]) -> bool:
        """Whether an untagged sentence can hold an event."""
        lows = {t.low for t in tokens}
        if not lows.isdisjoint(self.alone):
            return True
        weak = lows & self.with_others.keys()
        if not weak:
            return False
        known = lexicon.words()
        lemmas = lows | {lexicon.noun_lemma(low) for low in lows} | {known[low].lemma for low in lows if low in known}
        return any(not self.with_others[low].isdisjoint(lemmas) for low in weak)


def _needs(lines: Sequence[Pattern]) -> frozenset[str] | None:
    """The words of which every coding line of a verb wants one; None where some line wants none."""
    wanted: frozenset[str] = frozenset()
    for line in lines:
        if line.type or line.refer:
            tests = [t.words for t in line.tests if t.wanted and t.words is not None]
            if not tests:
                return None
            wanted |= frozenset().union(*tests)
    return wanted


@cache
def load() -> Triggers:
    """The triggers of the pattern files, by lower-case form."""
    known = patterns.load()
    needs = {lemma: _needs(lines) for lemma, lines in known.verbs.items()}
    needs |= dict.fromkeys(known.nouns)
    forms = {form: word.lemma for form, word in lexicon.words().items() if word.lemma in needs}
    forms |= {lemma: lemma for lemma in needs} | {noun + "s": noun for noun in known.nouns}
    forms |= {noun[:-1] + "ies": noun for noun in known.nouns if noun.endswith("y")}
    alone = frozenset(form for form, lemma in forms.items() if needs[lemma] is None)
    weak = {form: wanted for form, lemma in forms.items() if (wanted := needs[lemma]) is not None}
    return Triggers(alone, weak)
