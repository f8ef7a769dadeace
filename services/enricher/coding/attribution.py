"""Who says so: speaker, for whom, stance, cue and quote; over sentences where a quotation or "he added" goes on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.core.models import Actor, Attribution
from services.core.ontology import Stance
from services.enricher.coding.actors import Resolver
from services.enricher.coding.clauses import Clause, Parse
from services.enricher.coding.groups import NounGroup
from services.enricher.coding.lexicon import word_class

CUES: dict[str, Stance] = {
    **dict.fromkeys(word_class("attribution.asserts"), "asserts"),
    **dict.fromkeys(word_class("attribution.alleges"), "alleges"),
    **dict.fromkeys(word_class("attribution.denies"), "denies"),
    **dict.fromkeys(word_class("attribution.warns"), "warns"),
    **dict.fromkeys(word_class("attribution.demands"), "demands"),
}
_SPOKES = word_class("attribution.spokes")
_ACCORDING = re.compile(r"\baccording to\b", re.I)
_QUOTE = re.compile(r"[“\"]([^“”\"]{3,600})[”\"]")
_UNNAMED = word_class("attribution.unnamed")
_OFFICE = word_class("attribution.office")


@dataclass(slots=True)
class Said:
    """An attribution and the stretch of clauses that it covers (None: the whole sentence)."""

    attribution: Attribution
    clause: Clause | None


def quote_of(text: str, start: int, end: int) -> str | None:
    """The first quotation of a sentence."""
    match = _QUOTE.search(text, start, end)
    return match[1].strip(" ,") if match else None


def sentence_speaker(parse: Parse, resolver: Resolver, text: str, start: int, end: int) -> Attribution | None:
    """Who says a whole sentence: "…, police said", "According to X, …"."""
    for clause in reversed(parse.clauses):
        if _postposed(clause, parse):
            return attribution_of(clause, resolver, text, start, end)
    match = _ACCORDING.search(text, start, end)
    if match:
        group = next((g for g in parse.groups if g.start >= match.end()), None)
        if group is not None:
            return _build(group, "asserts", "according to", resolver, quote_of(text, start, end))
    return None


def _postposed(clause: Clause, parse: Parse) -> bool:
    """ "…, X said." stands behind what is said and has no object of its own."""
    if (
        clause.verb.lemma not in CUES
        or not clause.verb.finite
        or clause.kind not in ("main", "said")
        or clause.verb.passive
    ):
        return False
    if clause.subject is None or (clause.object is not None and clause.verb.lemma not in ("tell", "quote")):
        return False
    first = min(clause.subject.i, clause.verb.i)
    before = parse.tokens[first - 1].tag if first else "^"
    has_inner = any(c.parent is clause for c in parse.clauses)
    return before in (",", '"', "'q") and not has_inner


def governing(clause: Clause | None) -> Clause | None:
    """The speech clause that a clause is the content of."""
    above = clause
    for _ in range(8):
        if above is None or above.parent is None:
            return None
        if above.kind in ("said", "gerund", "infinitive") and above.parent.verb.lemma in CUES:
            return above.parent
        above = above.parent
    return None


def attribution_of(clause: Clause, resolver: Resolver, text: str, start: int, end: int) -> Attribution | None:
    """The attribution that a speech clause makes; None where nobody can be named as the speaker."""
    group = clause.agent
    if group is None:
        return None
    stance = CUES[clause.verb.lemma]
    if clause.verb.negated and stance == "asserts":
        return None
    cue = clause.verb.tokens[clause.verb.main].text
    return _build(group, stance, cue, resolver, quote_of(text, start, end))


def _build(group: NounGroup, stance: Stance, cue: str, resolver: Resolver, quote: str | None) -> Attribution | None:
    speaker = _who(group, resolver)
    behalf = behalf_of(group, resolver)
    if group.is_pronoun and speaker is not None:
        behalf = (
            resolver.discourse.on_behalf_of if speaker.id == getattr(resolver.discourse.speaker, "id", None) else None
        )
    if speaker is None and group.lemma in _UNNAMED:
        speaker = Actor(id=f"speaker:{group.lemma}", name=" ".join(t.text for t in group.tokens[group.i : group.j]),
                        text=text_between(group)) if not group.is_pronoun else None  # fmt: skip
    if speaker is None:
        return None
    resolver.discourse.speaker, resolver.discourse.on_behalf_of = speaker, behalf
    return Attribution(speaker=speaker, on_behalf_of=behalf, stance=stance, cue=cue, quote=quote)


def _who(group: NounGroup, resolver: Resolver) -> Actor | None:
    """ "he added": who spoke before; "Y's spokesman, X": X."""
    if group.is_pronoun and group.tokens[group.head].low in ("he", "she") and resolver.discourse.speaker is not None:
        return resolver.discourse.speaker.model_copy(update={"text": group.tokens[group.head].text})
    if group.lemma in _SPOKES or group.lemma in _OFFICE:
        named = next((a for g in group.beside if g.tokens[g.head].tag == "P" and (a := resolver.actor(g))), None)
        if named is not None:
            return named
    return resolver.actor(group)


def text_between(group: NounGroup) -> str:
    """The words of a group."""
    return " ".join(t.text for t in group.tokens[group.i : group.j])


def behalf_of(group: NounGroup, resolver: Resolver) -> Actor | None:
    """For whom a spokesman speaks: the owner, the body named in front, or the one behind "of" and "for"."""
    groups: Sequence[NounGroup] = (group, *group.beside)
    for each in groups:
        words = {t.low for t in each.tokens[each.i : each.j]}
        if not words & _SPOKES and not words & _OFFICE:
            continue
        if each.owner is not None and not each.owner.is_time:
            return resolver.actor(each.owner)
        for word, behind in each.phrases:
            if word in ("of", "for", "from", "in") and (found := resolver.actor(behind)) is not None:
                return found
        inside = [s.entity for s in resolver.overlapping(each.start, each.end) if s.entity is not None]
        bodies = [e for e in inside if e.kind != "person"]
        if bodies and words & _SPOKES:
            body = bodies[0]
            return Actor(id=body.id, name=body.name, country=body.country, sector=body.sector, text=body.name)
    return None
