"""One event per action: what one sentence tells of the same action in several words becomes one candidate."""

from services.core.ontology import Modality
from services.enricher.coding.clauses import Clause
from services.enricher.coding.groups import NounGroup
from services.enricher.coding.match import Candidate

Weighed = tuple[Candidate, Modality]
# Hints that say how it was done beat those that only say that it was done
_VAGUE = frozenset(("", "FIGHT", "PROPERTY", "ATTACK", "LOOT"))
_APART = frozenset(("after", "before", "following", "since"))


def merge(found: list[Weighed]) -> list[Weighed]:
    """Joins candidates of one type and modality that do not contradict each other in who and to whom."""
    kept: list[Weighed] = []
    for item in _without_purposes(found):
        twin = next((k for k in kept if _same(k, item)), None)
        if twin is None:
            kept.append(item)
        else:
            _join(twin[0], item[0])
    return kept


def _without_purposes(found: list[Weighed]) -> list[Weighed]:
    """ "went on strike to demand …": what a protest is for is no request of its own."""
    protests = [c.clause for c, _ in found if c.pattern.type == "PROTEST" and c.clause is not None]
    return [
        (c, how)
        for c, how in found
        if c.pattern.type not in ("REQUEST", "ACCUSE")
        or c.clause is None
        or c.clause.kind != "infinitive"
        or not any(c.clause.parent is p for p in protests)
    ]


def _same(kept: Weighed, new: Weighed) -> bool:
    a, b = kept[0], new[0]
    if a.pattern.type != b.pattern.type or kept[1] != new[1]:
        return False
    if a.pattern.type == "ASSAULT":
        return _agree(a.actors, b.actors) and not _apart(a, b) and not _earlier(a, b)
    return _agree(a.actors, b.actors) and (_agree(a.recipients, b.recipients) or _nested(a, b))


def _agree(a: list[NounGroup], b: list[NounGroup]) -> bool:
    """Whether two sides may be the same: one is not said, or they share a head or a pronoun stands for it."""
    if not a or not b:
        return True
    if any(g.is_pronoun for g in (*a, *b)):
        return True
    return bool({g.lemma for g in a} & {g.lemma for g in b})


def _nested(a: Candidate, b: Candidate) -> bool:
    return b.clause is not None and b.clause.parent is a.clause and b.clause.kind in ("participle", "infinitive")


def _earlier(a: Candidate, b: Candidate) -> bool:
    """ "regained it after X had taken it": a clause of its own with its own actor is another action."""
    named = b.actors and not any(g.is_pronoun for g in b.actors)
    return bool(
        named and a.actors and b.clause is not None and b.clause.kind == "adverbial" and b.clause.mark in _APART
    )


def _apart(a: Candidate, b: Candidate) -> bool:
    """ "attacked X after a raid on Y": the noun behind "after" with its own target is another action."""
    if b.noun is None or b.clause is None or not b.recipients or not a.recipients:
        return False
    return any(word in _APART and group is b.noun for word, group in b.clause.phrases)


def _join(kept: Candidate, new: Candidate) -> None:
    if new.clause is not None and new.clause is not kept.clause:
        kept.details.append(new.clause)
    kept.nouns.extend(new.nouns)
    kept.actors = kept.actors or new.actors
    heads = {g.head for g in kept.recipients}
    if new.both and not kept.both and kept.recipients and not kept.actors:
        kept.actors, heads = new.recipients, {g.head for g in new.recipients}  # "killed in clashes with X"
        new.both = False
    elif new.both and not kept.both:
        new.both = False
    kept.recipients = [*kept.recipients, *(g for g in new.recipients if g.head not in heads)]
    kept.mode = kept.mode or kept.pattern.mode or new.mode or new.pattern.mode
    if (kept.acled or kept.pattern.acled) in _VAGUE:
        kept.acled = new.acled or new.pattern.acled or kept.acled
    kept.both = kept.both or new.both


def clauses_of(found: Candidate) -> list[Clause]:
    """All clauses that tell of the action."""
    return [c for c in (found.clause, *found.details) if c is not None]
