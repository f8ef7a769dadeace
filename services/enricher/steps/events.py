"""Step: the events of the article (docs/coding.md)."""

from dataclasses import replace
from functools import cache

from services.enricher.coding import coder, lexicon, patterns
from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge


@cache
def _triggers() -> frozenset[str]:
    """All lower-case forms of the words that patterns start from."""
    wanted = patterns.load().triggers()
    forms = {form for form, word in lexicon.words().items() if word.lemma in wanted}
    return frozenset(forms | wanted | {noun + "s" for noun in patterns.load().nouns})


def events(draft: Draft, knowledge: Knowledge) -> Draft:
    """The draft with its event mentions. English only: other languages are passed on without events."""
    if draft.language not in (None, "en"):
        return draft
    return replace(draft, events=coder.code(draft, knowledge, patterns.load(), _triggers()))
