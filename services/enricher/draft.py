"""The article while it is being enriched: each step gives a new draft that knows more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.core.models import (
    ArticlePlace,
    Entity,
    EventMention,
    PublishedBasis,
    PublishedPrecision,
    RawArticle,
)
from services.enricher.knowledge import Knowledge
from services.enricher.reading.page import Page


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as offsets into the draft's text, and the number of the paragraph that it stands in."""

    start: int
    end: int
    paragraph: int


NO_PAGE: Final = Page()


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known so far; `page` is what reading the body gave.

    All offsets are in characters of `text`, which no step changes after the cleaning.
    """

    raw: RawArticle
    page: Page = NO_PAGE
    title: str | None = None
    text: str = ""
    language: str | None = None
    author: str | None = None
    published: datetime | None = None
    published_precision: PublishedPrecision = "unknown"
    published_basis: PublishedBasis = "none"
    sentences: tuple[Sentence, ...] = ()
    entities: tuple[Entity, ...] = ()
    places: tuple[ArticlePlace, ...] = ()
    events: tuple[EventMention, ...] = ()
    fingerprint: str = ""
    bands: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


# A step is pure: no I/O, no clock, no randomness; the same draft and knowledge give the same draft.
Step = Callable[[Draft, Knowledge], Draft]
