"""A candidate with everything that its sentence says about it: one event mention."""

from collections.abc import Sequence

from services.core import ids
from services.core.models import Attribution, Casualties, EventMention, Evidence
from services.core.ontology import TYPES, EventType, Modality
from services.enricher.coding import acled, attribution, dates, where
from services.enricher.coding import casualties as tolls
from services.enricher.coding.background import background
from services.enricher.coding.clauses import Parse
from services.enricher.coding.contexts import contexts
from services.enricher.coding.match import Candidate
from services.enricher.coding.merge import clauses_of
from services.enricher.coding.sides import Sides, sides, understood
from services.enricher.coding.state import Article
from services.enricher.draft import Sentence

CODER_NUMBER = 3


def mention(
    article: Article, sentence: Sentence, parsed: Parse, found: Candidate, how: Modality, whole: Attribution | None,
    alone: bool,
) -> EventMention | None:  # fmt: skip
    """The mention of one candidate; None where too little is understood.

    `whole` is who says the whole sentence; `alone` says that no other violent event shares the sentence's toll.
    """
    text, pattern, trigger = article.draft.text, found.pattern, parsed.tokens[found.trigger[0]]
    kind: EventType = pattern.type  # type: ignore[assignment]
    known = sides(found, parsed, article.resolver)
    targets = [(g.start, g.end) for g in found.recipients] if kind == "ASSAULT" else []
    place = where.choose(article.spots, sentence.start, sentence.end, trigger.start, targets)
    if not understood(kind, found, known, place is not None, article.resolver):
        return None
    when = dates.nearest(article.dates(sentence.start, sentence.end, how == "planned"), trigger.start)
    said = _said(article, sentence, found, whole)
    if how == "actual" and said is not None and said.stance == "denies":
        how = "denied"
    words = text[sentence.start : sentence.end]
    old = _legal_case(found, parsed) or background(words, when, found.clause, article.published)
    elsewhere = place or article.last_place or article.dateline
    about = contexts(pattern.contexts, parsed.tokens, article.resolver.knowledge.overlay)
    hint = found.acled or pattern.acled
    facts, raw = TYPES[kind], article.draft.raw
    return EventMention(
        id=ids.mention_id(raw.id, kind, words, article.ordinal(kind, words)), article_id=raw.id,
        revision=raw.revision, source=raw.source, feed_id=raw.feed_id, url=raw.url, title=article.draft.title,
        published=article.draft.published, fingerprint=article.draft.fingerprint,
        type=kind, mode=_mode(kind, found, parsed),
        contexts=about, quad_class=facts.quad_class, score=facts.score,
        cameo_root=pattern.root,
        acled=acled.acled(hint, known.actors, known.recipients, parsed.tokens) if hint else None,
        actors=known.actors, recipients=known.recipients, place=elsewhere[0] if elsewhere else None,
        date=when.range if when else None, casualties=_toll(kind, found, parsed, alone), attribution=said,
        modality=how, background=old, sentence=Evidence(text=words, start=sentence.start, end=sentence.end),
        trigger=Evidence(text=trigger.text, start=trigger.start, end=trigger.end), rule=pattern.rule,
        coder_number=CODER_NUMBER, confidence=_confidence(known, place is not None, when is not None, how, found),
    )  # fmt: skip


def _mode(kind: EventType, found: Candidate, parsed: Parse) -> str | None:
    mode = found.mode or found.pattern.mode
    if kind == "ASSAULT" and mode is None:
        return acled.weapon(parsed.tokens)[1] or None
    return mode


def _toll(kind: EventType, found: Candidate, parsed: Parse, alone: bool) -> Casualties | None:
    """The sentence's toll for its only violent event, else what the event's own clauses count."""
    if kind == "ASSAULT" and alone:
        return tolls.casualties(parsed)
    if kind in ("ASSAULT", "PROTEST", "COERCE"):
        return tolls.casualties(parsed, clauses_of(found))
    return None


def _said(article: Article, sentence: Sentence, found: Candidate, whole: Attribution | None) -> Attribution | None:
    """The nearest speech clause over the candidate, else who says the sentence."""
    above = attribution.governing(found.clause)
    if above is not None and above is not found.clause:
        own = attribution.attribution_of(above, article.resolver, article.draft.text, sentence.start, sentence.end)
        if own is not None:
            article.speaker = own
            return own
    return whole


def _legal_case(found: Candidate, parsed: Parse) -> bool:
    """ "on trial over the bombing", "jailed for the killing of": the deed is history there."""
    if found.noun is None or found.trigger[0] != found.noun.head or found.noun.i == 0:
        return False
    before = parsed.tokens[found.noun.i - 1].low
    accused = found.clause is not None and found.clause.verb.lemma in ("accuse", "convict", "suspect", "try")
    return before in ("for", "over") or (before == "of" and accused)


def _confidence(known: Sides, placed: bool, dated: bool, how: Modality, found: Candidate) -> float:
    """0.4 for the pattern, and 0.15 actor, 0.15 recipient, 0.1 place, 0.05 date, 0.1 a verb, 0.05 told as a fact."""
    parts: Sequence[tuple[bool, float]] = (
        (bool(known.actors), 0.15), (bool(known.recipients), 0.15), (placed, 0.1), (dated, 0.05),
        (found.noun is None, 0.1), (how == "actual", 0.05),
    )  # fmt: skip
    return round(0.4 + sum(weight for there, weight in parts if there), 2)
