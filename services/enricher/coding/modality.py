"""Whether an event really happened: actual, denied, possible, planned, threatened, or not told as an event at all."""

from services.core.ontology import Modality
from services.enricher.coding.clauses import Clause
from services.enricher.coding.groups import NounGroup
from services.enricher.coding.lexicon import word_class
from services.enricher.coding.match import Candidate

# Verbs over an infinitive, by what they make of it; over any other verb it is no event of its own
_REAL = word_class("modality.real")
_PLANNED = word_class("modality.planned")
_SEEMING = word_class("modality.seeming")
_UNREAL_OVER = word_class("modality.unreal_over")
_BLAMING = word_class("modality.blaming")
_UNREAL_MARKS = frozenset(("if", "unless", "whether", "lest", "until", "till"))
# Verbs that keep the noun in their object or phrases from being news
_UNREAL_NOUN = word_class("modality.unreal_noun")
_ADJECTIVES: dict[str, Modality] = {
    **dict.fromkeys(word_class("modality.adjective_possible"), "possible"),
    **dict.fromkeys(word_class("modality.adjective_planned"), "planned"),
    **dict.fromkeys(word_class("modality.adjective_threatened"), "threatened"),
}


def modality(found: Candidate) -> Modality | None:
    """The modality of a candidate; None where nobody says that it happened, happens or will happen."""
    if found.noun is not None:
        front = found.noun.tokens[found.noun.i : found.noun.head]
        adjective = next((_ADJECTIVES[t.low] for t in front if t.low in _ADJECTIVES), None)
        if adjective:
            return adjective
        if any(t.low in ("no", "any") for t in front):
            return None
        if found.trigger[0] != (found.clause.verb.main if found.clause else -1) and _only_mentioned(found):
            return None
    if found.clause is None:
        return "actual"
    if found.noun is not None and found.clause.verb.lemma == "be" and found.clause.object is not None:
        return _predicate(found.clause, found.noun)
    own = clause_modality(found.clause)
    if found.noun is not None and found.clause.verb.lemma in ("plan", "prepare") and found.clause.patient is found.noun:
        return _weaker(own, "planned")
    return own


def _predicate(clause: Clause, noun: NounGroup) -> Modality | None:
    """ "was not an attack but a strike": what stands next to "not" is denied, the rest is said to be so."""
    if clause.verb.negated and clause.object is noun:
        return "denied"
    if clause.verb.modal or clause.mark in _UNREAL_MARKS:
        return None
    return "actual"


def _only_mentioned(found: Candidate) -> bool:
    """Whether the noun merely stands under a verb that speaks of what is not (yet) so."""
    clause, noun = found.clause, found.noun
    if (
        clause is None
        or noun is None
        or clause.subject is noun
        or (clause.patient is noun and clause.verb.lemma in ("carry", "plan", "prepare"))
    ):
        return False
    above: Clause | None = clause
    while above is not None:
        if above.verb.lemma in _UNREAL_NOUN and not _after(clause, noun):
            return True
        above = above.parent if above.kind in ("infinitive", "gerund") else None
    return False


def _after(clause: Clause, noun: NounGroup) -> bool:
    """ "agreed ... after an attack on": what went before is no part of the plan."""
    return any(word in ("after", "following", "since", "during", "amid") and g is noun for word, g in clause.phrases)


def clause_modality(clause: Clause, depth: int = 0) -> Modality | None:
    """The modality of a clause from its verb group and from what governs it."""
    verb = clause.verb
    above = clause.parent
    own: Modality | None = "actual"
    if verb.modal in ("will", "shall", "'ll", "would", "'d", "wo"):
        own = "planned"
    elif verb.modal in ("may", "might", "could", "can", "ca"):
        own = "possible"
    elif verb.modal:
        own = None
    if verb.negated and not (above is not None and above.verb.lemma == "deny"):
        return None if not _denial_above(above) else "denied"
    if clause.mark in _UNREAL_MARKS:
        return None
    if above is None or depth > 6:
        return own
    return _weaker(own, _under(clause, above, depth))


def _under(clause: Clause, above: Clause, depth: int) -> Modality | None:
    outer = clause_modality(above, depth + 1)
    lemma = above.verb.lemma
    if clause.kind == "infinitive":
        return _infinitive(clause, above, outer)
    if clause.kind == "gerund":
        if lemma == "deny" and not clause.mark:
            return "denied"
        if clause.mark in ("of", "for", "with") and lemma in _BLAMING:
            return "possible"
        if clause.mark in ("after", "following", "since"):
            return "actual"
        return outer if clause.mark in ("by", "in", "while", "when", "with", "despite") else None
    if lemma == "deny" and clause.kind in ("said", "participle"):
        return "denied"
    if clause.kind == "said":
        if lemma in _UNREAL_OVER:
            return None
        return "actual" if outer is not None else None
    return outer if clause.kind == "participle" else "actual"


def _infinitive(clause: Clause, above: Clause, outer: Modality | None) -> Modality | None:
    lemma = above.verb.lemma
    if above.verb.passive and lemma in ("prepare", "commit"):
        return None  # "is prepared to lift": what is said is the readiness
    if lemma in _SEEMING:
        return "possible"
    if lemma in _REAL:
        return outer
    if lemma in _PLANNED and not above.verb.negated:
        return None if outer is None else "planned"
    return None


def _denial_above(above: Clause | None) -> bool:
    """ "said it did not attack": who says so denies it."""
    return above is not None and above.verb.lemma in ("say", "insist", "claim", "state", "maintain", "stress", "tell")


_ORDER: dict[Modality | None, int] = {"actual": 0, "possible": 1, "planned": 2, "threatened": 3, "denied": 4, None: 5}


def _weaker(a: Modality | None, b: Modality | None) -> Modality | None:
    return a if _ORDER[a] >= _ORDER[b] else b
