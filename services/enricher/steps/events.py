"""Step: the events of the article (docs/coding.md)."""

from dataclasses import replace

from services.enricher.coding import coder, patterns, triggers
from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge


def events(draft: Draft, knowledge: Knowledge) -> Draft:
    """The draft with its event mentions. English only: other languages are passed on without events."""
    if draft.language not in (None, "en"):
        return draft
    own = knowledge.overlay
    return replace(draft, events=coder.code(draft, knowledge, patterns.load(own), triggers.load(own)))
