"""One article's events: every sentence with a trigger is parsed, matched, merged and filled in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from services.core import ids
from services.core.models import Actor, Attribution, DateRange, EventMention, Evidence, Place
from services.core.ontology import TYPES, EventType, Modality
from services.enricher.coding import acled, attribution, dates, where
from services.enricher.coding import casualties as tolls
from services.enricher.coding.actors import Resolver
from services.enricher.coding.background import background
from services.enricher.coding.clauses import Parse, parse
from services.enricher.coding.contexts import contexts
from services.enricher.coding.groups import NounGroup
from services.enricher.coding.intent import recode
from services.enricher.coding.match import Candidate, Matcher
from services.enricher.coding.merge import clauses_of, merge
from services.enricher.coding.modality import modality
from services.enricher.coding.patterns import Patterns
from services.enricher.coding.tokens import Token, tag, tokenize
from services.enricher.draft import Draft, Sentence
from services.enricher.knowledge import Knowledge

CODER_NUMBER = 1
MAX_SENTENCE_TOKENS = 160
_TARGETS = frozenset("village town city district area position base checkpoint headquarters house home building market mosque church "
                     "school hospital convoy bus vehicle camp airport capital neighbourhood neighborhood province hotel ship "
                     "target patrol station post embassy consulate oilfield bridge region people civilian".split())  # fmt: skip


_MISHAPS = frozenset(("explosion", "blast", "explode", "derail", "collide", "drown", "tank", "chlorine"))


@dataclass(slots=True)
class _Article:
    """What is the same for all sentences of an article, and what one hands on to the next."""

    draft: Draft
    resolver: Resolver
    spots: list[where.Spot]
    published: date | None
    dateline: tuple[Place, float] | None = None
    last_place: tuple[Place, float] | None = None
    ordinals: dict[tuple[str, str], int] = field(default_factory=dict)
    in_quote: bool = False
    speaker: Attribution | None = None


def code(draft: Draft, knowledge: Knowledge, patterns: Patterns, triggers: frozenset[str]) -> tuple[EventMention, ...]:
    """The event mentions of a draft whose text, sentences, entities and places are known."""
    article = _Article(
        draft, Resolver(draft.entities, draft.places, knowledge), where.spots(draft.text, draft.places),
        draft.published.date() if draft.published else None,
    )  # fmt: skip
    found: list[EventMention] = []
    for number, sentence in enumerate(draft.sentences):
        tokens = tokenize(draft.text, sentence.start, sentence.end)
        quoting = article.in_quote
        _quotes(article, tokens)
        if len(tokens) <= MAX_SENTENCE_TOKENS and any(t.low in triggers for t in tokens):
            found.extend(_sentence(article, sentence, parse(tag(tokens)), patterns, quoting))
        _remember_place(article, sentence, number)
    return tuple(found)


def _quotes(article: _Article, tokens: Sequence[Token]) -> None:
    for t in tokens:
        if t.text in ("“", "”"):
            article.in_quote = t.text == "“"


def _remember_place(article: _Article, sentence: Sentence, number: int) -> None:
    chosen = where.choose(article.spots, sentence.start, sentence.end, sentence.start)
    if chosen is not None:
        article.last_place = chosen
        if number == 0:
            article.dateline = chosen


def _sentence(
    article: _Article, sentence: Sentence, parsed: Parse, patterns: Patterns, quoting: bool
) -> Iterator[EventMention]:
    text = article.draft.text
    _discourse(article, parsed)
    whole = attribution.sentence_speaker(parsed, article.resolver, text, sentence.start, sentence.end)
    if whole is None and quoting and article.speaker is not None:
        whole = article.speaker
    weighed: list[tuple[Candidate, Modality]] = []
    for candidate in Matcher(parsed, patterns).run():
        how = modality(candidate)
        uttered = recode(candidate, how)
        if uttered is not None:
            candidate.pattern = replace(candidate.pattern, type=uttered.type, mode=uttered.mode, root=uttered.root, acled="")
            how = uttered.modality
        if how is not None and not _accident(candidate, parsed, patterns):
            weighed.append((candidate, how))
    mentions = [m for c, how in merge(weighed) if (m := _mention(article, sentence, parsed, c, how, whole))]
    if whole is not None:
        article.speaker = whole
    yield from _linked(mentions)


def _discourse(article: _Article, parsed: Parse) -> None:
    """Subjects are named before what is done is looked at, so that "its forces" finds them."""
    for clause in parsed.clauses:
        if clause.kind in ("main", "said") and clause.subject is not None and not clause.subject.is_pronoun:
            article.resolver.actor(clause.subject)
            return


def _accident(found: Candidate, parsed: Parse, patterns: Patterns) -> bool:
    """People killed by nature or mishap: no actor, and the sentence names a disaster and no weapon."""
    if found.pattern.type != "ASSAULT" or found.actors or found.noun is not None:
        return False
    words = {t.lemma for t in parsed.tokens}
    return bool(words & (patterns.disasters | _MISHAPS)) and not words & patterns.violent


def _mention(
    article: _Article, sentence: Sentence, parsed: Parse, found: Candidate, how: Modality, whole: Attribution | None
) -> EventMention | None:
    resolver, text = article.resolver, article.draft.text
    pattern = found.pattern
    kind: EventType = pattern.type  # type: ignore[assignment]
    facts = TYPES[kind]
    trigger = parsed.tokens[found.trigger[0]]
    actors = _actors(found.actors, resolver)
    recipients = _actors([g for g in found.recipients if g not in found.actors], resolver)
    actors, recipients = _sides(found, actors, recipients, resolver)
    place = where.choose(article.spots, sentence.start, sentence.end, trigger.start)
    in_sentence = place is not None
    place = place or article.last_place or article.dateline
    if not _understood(kind, found, actors, recipients, in_sentence):
        return None
    when = dates.nearest(list(dates.find(text, sentence.start, sentence.end, article.published, how == "planned")), trigger.start)
    said = _said(article, sentence, found, whole, kind)
    if how == "actual" and said is not None and said.stance == "denies":
        how = "denied"
    toll = tolls.casualties(parsed, None) if kind == "ASSAULT" else tolls.casualties(parsed, clauses_of(found)) if kind in ("PROTEST", "COERCE") else None
    hint = found.acled or pattern.acled
    mode = found.mode or pattern.mode
    weapon = acled.weapon(parsed.tokens)
    if kind == "ASSAULT" and mode is None and weapon[1]:
        mode = weapon[1]
    old = _legal_case(found, parsed) or background(text[sentence.start : sentence.end], when, found.clause, article.published)
    key = (kind, text[sentence.start : sentence.end])
    ordinal = article.ordinals[key] = article.ordinals.get(key, -1) + 1
    raw = article.draft.raw
    return EventMention(
        id=ids.mention_id(raw.id, kind, key[1], ordinal), article_id=raw.id, revision=raw.revision, source=raw.source,
        feed_id=raw.feed_id, url=raw.url, title=article.draft.title, published=article.draft.published, type=kind, mode=mode,
        contexts=contexts(pattern.contexts, parsed.tokens), quad_class=facts.quad_class, score=facts.score,
        cameo_root=pattern.root, acled=acled.acled(hint, actors, recipients, parsed.tokens) if hint else None,
        actors=actors, recipients=recipients, place=place[0] if place else None, date=when.range if when else None,
        casualties=toll, attribution=said, modality=how, background=old,
        sentence=Evidence(text=key[1], start=sentence.start, end=sentence.end),
        trigger=Evidence(text=trigger.text, start=trigger.start, end=trigger.end), rule=pattern.rule,
        coder_number=CODER_NUMBER, confidence=_confidence(actors, recipients, in_sentence, when is not None, how, found),
    )  # fmt: skip


def _actors(groups: Sequence[NounGroup], resolver: Resolver) -> tuple[Actor, ...]:
    found: dict[tuple[str, str | None], Actor] = {}
    for group in groups:
        actor = resolver.actor(group)
        if actor is not None:
            found.setdefault((actor.id, actor.sector), actor)
    return tuple(found.values())


def _sides(
    found: Candidate, actors: tuple[Actor, ...], recipients: tuple[Actor, ...], resolver: Resolver
) -> tuple[tuple[Actor, ...], tuple[Actor, ...]]:
    """Equals in one group stand on both sides; a nationality in front of an event noun acts."""
    if found.both and not recipients and len(actors) > 1:
        return actors[:1], actors[1:]
    if found.both and not actors and len(recipients) > 1:
        return recipients[:1], recipients[1:]
    if not actors and found.noun is not None and not found.both:
        code = resolver.country_of(found.noun)
        if code is not None:
            name = resolver.knowledge.countries[code].name
            actors = (Actor(id=f"country:{code}", name=name, country=code, sector="MIL" if found.pattern.type == "ASSAULT" else "GOV",
                            text=attribution.text_between(found.noun)),)  # fmt: skip
    return actors, recipients


def _understood(
    kind: str, found: Candidate, actors: tuple[Actor, ...], recipients: tuple[Actor, ...], placed: bool
) -> bool:
    """Whether enough is known: a violent event needs an actor, a victim, a target or a place; any other its actor."""
    if kind == "ASSAULT":
        targets = any(g.lemma in _TARGETS for g in found.recipients)
        return bool(actors or recipients or placed or targets or found.recipients or found.actors)
    if kind == "PROTEST":
        return bool(actors or recipients or placed or found.actors or found.noun is None)
    if found.pattern.acled == "WEAPONS":
        return bool(actors or found.recipients)
    if kind in ("COERCE", "SANCTION", "RETREAT", "ACCUSE", "AID", "SUPPORT", "REQUEST"):
        return bool(actors or recipients)
    if kind == "CONSULT" and recipients and all(a.sector == "JRN" for a in recipients):
        return False  # an interview is no consultation
    return bool(actors)


def _said(
    article: _Article, sentence: Sentence, found: Candidate, whole: Attribution | None, kind: str
) -> Attribution | None:
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
    return parsed.tokens[found.noun.i - 1].low in ("for", "over")


def _confidence(
    actors: Sequence[Actor], recipients: Sequence[Actor], placed: bool, dated: bool, how: Modality, found: Candidate
) -> float:
    """0.4 for the pattern, and 0.15 actor, 0.15 recipient, 0.1 place, 0.05 date, 0.1 a verb, 0.05 told as a fact."""
    parts = ((actors, 0.15), (recipients, 0.15), (placed, 0.1), (dated, 0.05), (found.noun is None, 0.1), (how == "actual", 0.05))
    return round(0.4 + sum(weight for there, weight in parts if there), 2)


def _linked(mentions: list[EventMention]) -> Iterator[EventMention]:
    """A claim (accusing, denying, praising, asking) in a sentence with a violent event is about that event."""
    deed = next((m for m in mentions if m.type in ("ASSAULT", "COERCE", "PROTEST")), None)
    for mention in mentions:
        if deed is not None and mention is not deed and mention.type in ("ACCUSE", "SUPPORT", "REJECT", "THREATEN"):
            yield mention.model_copy(update={"about": deed.id})
        else:
            yield mention


__all__ = ["CODER_NUMBER", "DateRange", "code"]
