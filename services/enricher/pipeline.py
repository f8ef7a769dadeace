"""The ordered steps from a raw article to an enriched one. Pure: the same article, knowledge and time give the same."""

from datetime import datetime
from typing import Final

from services.core.errors import BadInput
from services.core.models import Coder, EnrichedArticle, RawArticle
from services.core.version import VERSION
from services.enricher.coding.coder import CODER_NUMBER
from services.enricher.draft import Draft, Step
from services.enricher.knowledge import Knowledge
from services.enricher.reading.text import one_line
from services.enricher.steps.author import author
from services.enricher.steps.clean import clean
from services.enricher.steps.entities import entities
from services.enricher.steps.events import events
from services.enricher.steps.fingerprint import fingerprint
from services.enricher.steps.language import UNSUPPORTED, language
from services.enricher.steps.peoples import peoples
from services.enricher.steps.places import places
from services.enricher.steps.published import published
from services.enricher.steps.read import read
from services.enricher.steps.reject import reject
from services.enricher.steps.sentences import sentences
from services.enricher.steps.title import title

# Its number rises with every change of what is coded, so that re-coding an article shows in the index.
CODER: Final = Coder(version=VERSION, number=CODER_NUMBER)

# Every article goes through these, also one in a language that we do not code.
TEXT_STEPS: Final[tuple[Step, ...]] = (read, clean, reject, title, author, language, published, fingerprint)
# These need a language that we code.
CODING_STEPS: Final[tuple[Step, ...]] = (sentences, entities, places, events, peoples)
STEPS: Final[tuple[Step, ...]] = TEXT_STEPS + CODING_STEPS


def enrich(raw: RawArticle, *, knowledge: Knowledge, now: datetime) -> EnrichedArticle:
    """The enriched article. Raises Rejected(reason) for what is no article, BadInput for what cannot be read.

    A retracted article is passed on with empty text and no events, so that what it said is withdrawn.
    """
    draft = Draft(raw=raw, flags=raw.flags)
    if "retracted" in raw.flags:
        return finished(draft, now)
    for step in TEXT_STEPS:
        draft = step(draft, knowledge)
    if UNSUPPORTED not in draft.flags:
        for step in CODING_STEPS:
            draft = step(draft, knowledge)
    return finished(draft, now)


def finished(draft: Draft, now: datetime) -> EnrichedArticle:
    """The draft as a record."""
    raw = draft.raw
    return EnrichedArticle(
        id=raw.id,
        revision=raw.revision,
        url=raw.url,
        source=raw.source,
        feed_id=raw.feed_id,
        title=draft.title or (one_line(raw.title) if raw.title else None),
        text=draft.text,
        language=draft.language,
        author=draft.author,
        published=draft.published,
        published_precision=draft.published_precision,
        published_basis=draft.published_basis,
        fetched_at=raw.fetched_at,
        first_fetched_at=raw.first_fetched_at,
        enriched_at=now,
        fingerprint=draft.fingerprint,
        bands=draft.bands,
        entities=draft.entities,
        places=draft.places,
        events=draft.events,
        coder=CODER,
        flags=tuple(dict.fromkeys(draft.flags)),
    )


def parse(value: bytes | str) -> RawArticle:
    """The raw article in a message or line. Raises BadInput that says what is wrong with it."""
    try:
        return RawArticle.model_validate_json(value)
    except ValueError as error:
        raise BadInput(f"no valid raw article: {str(error)[:300]}") from None
