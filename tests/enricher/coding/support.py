"""What the tests of event coding share: a parsed sentence, a draft and the events of a text."""

import re
from datetime import UTC, datetime
from functools import cache

from services.core.models import ArticlePlace, Entity, EventMention, RawArticle, TextSpan
from services.enricher.coding.clauses import Clause, Parse, parse
from services.enricher.coding.groups import NounGroup
from services.enricher.coding.tokens import tag, tokenize
from services.enricher.draft import Draft, Sentence
from services.enricher.knowledge import Knowledge, load_knowledge
from services.enricher.steps.events import events

PUBLISHED = datetime(2024, 5, 16, 9, 0, tzinfo=UTC)  # a Thursday


@cache
def knowledge() -> Knowledge:
    """The project's knowledge, loaded once."""
    return load_knowledge()


def parsed(sentence: str) -> Parse:
    """The clauses of a sentence."""
    return parse(tag(tokenize(sentence)))


def clause(sentence: str, lemma: str) -> Clause:
    """The clause of a sentence with that verb."""
    return next(c for c in parsed(sentence).clauses if c.verb.lemma == lemma)


def words(group: NounGroup | None) -> str | None:
    """The words of a group and of what is joined to it."""
    if group is None:
        return None
    return " + ".join(" ".join(t.text for t in g.tokens[g.i : g.j]) for g in (group, *group.also))


def spans(text: str, name: str) -> tuple[TextSpan, ...]:
    """All mentions of a name in a text."""
    return tuple(TextSpan(text=name, start=m.start(), end=m.end()) for m in re.finditer(re.escape(name), text))


def entity(text: str, name: str, kind: str, country: str | None, sector: str) -> Entity:
    """An entity wherever the text names it."""
    return Entity(id=name.lower(), name=name, kind=kind, country=country, sector=sector, mentions=spans(text, name))


def place(text: str, name: str, country: str, precision: str = "city") -> ArticlePlace:
    """A place wherever the text names it."""
    return ArticlePlace.model_validate(
        {"id": name.lower(), "name": name, "country": country, "lat": 1.0, "lon": 2.0, "precision": precision,
         "mentions": spans(text, name)}
    )  # fmt: skip


def draft(
    text: str,
    entities: tuple[Entity, ...] = (),
    places: tuple[ArticlePlace, ...] = (),
    published: datetime | None = PUBLISHED,
) -> Draft:
    """A draft as the steps before leave it; sentences end at a stop before a capital or a quotation mark."""
    raw = RawArticle(id="a1", text=text, fetched_at=PUBLISHED, first_fetched_at=PUBLISHED)
    ends = [m.end() for m in re.finditer(r"[.!?]”?(?=\s+[A-Z“]|$)", text)] or [len(text)]
    starts = [0, *(end + 1 for end in ends[:-1])]
    sentences = tuple(Sentence(start, end, 0) for start, end in zip(starts, ends, strict=True))
    return Draft(
        raw=raw, text=text, language="en", published=published, sentences=sentences, entities=entities, places=places
    )


def code(text: str, *known: Entity | ArticlePlace, published: datetime | None = PUBLISHED) -> tuple[EventMention, ...]:
    """The events of a text."""
    entities = tuple(k for k in known if isinstance(k, Entity))
    places = tuple(k for k in known if isinstance(k, ArticlePlace))
    return events(draft(text, entities, places, published), knowledge()).events


def summary(mention: EventMention) -> tuple[str, str | None, list[str | None], list[str | None]]:
    """Type, mode and the countries of both sides."""
    return mention.type, mention.mode, [a.country for a in mention.actors], [a.country for a in mention.recipients]
