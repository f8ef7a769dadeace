"""What the tests of entities and places share: a text in, who and where out."""

from dataclasses import replace
from functools import cache

from services.core.models import ArticlePlace, Entity, Source
from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge, load_knowledge
from services.enricher.steps.entities import entities
from services.enricher.steps.places import places
from services.enricher.steps.sentences import sentences
from tests.enricher.articles import raw


@cache
def knowledge() -> Knowledge:
    """The shipped knowledge, loaded once for all tests."""
    return load_knowledge()


def read(text: str, *, article: str = "a1", country: str | None = None) -> Draft:
    """A draft whose sentences, entities and places are known."""
    draft = Draft(raw=raw(id=article, text=text, source=Source(country=country)), text=text)
    for step in (sentences, entities, places):
        draft = step(replace(draft), knowledge())
    return draft


def entity(draft: Draft, text: str) -> Entity | None:
    """The entity that the text's first occurrence of these words names, or None."""
    at = draft.text.index(text)
    return next((e for e in draft.entities for m in e.mentions if m.start < at + len(text) and at < m.end), None)


def place(draft: Draft, text: str) -> ArticlePlace | None:
    """The place that the text's first occurrence of these words names, or None."""
    at = draft.text.index(text)
    return next((p for p in draft.places for m in p.mentions if m.start < at + len(text) and at < m.end), None)


def entity_id(text: str, words: str, *, article: str = "a1") -> str:
    """The id of the entity that the words name. Fails when there is none."""
    found = entity(read(text, article=article), words)
    assert found, f"no entity for {words!r} in {text!r}"
    return found.id


def place_id(text: str, words: str) -> str:
    """The id of the place that the words name. Fails when there is none."""
    found = place(read(text), words)
    assert found, f"no place for {words!r} in {text!r}"
    return found.id
