"""Actors and recipients of a candidate, and whether enough is known of it to be an event."""

from collections.abc import Sequence
from typing import NamedTuple

from services.core.models import Actor
from services.enricher.coding.actors import Resolver
from services.enricher.coding.casualties import text_of
from services.enricher.coding.clauses import Parse
from services.enricher.coding.groups import NounGroup
from services.enricher.coding.match import Candidate

# Types that are understood when one side is known; for the others it must be the actor
_EITHER_SIDE = frozenset(("COERCE", "SANCTION", "RETREAT", "ACCUSE", "AID", "SUPPORT", "REQUEST"))


# Types that speak or act against somebody, who may stand deeper in the clause than the roles look
_ADDRESSED = frozenset(("REQUEST", "REJECT", "THREATEN", "ACCUSE", "SANCTION", "CONCEDE", "SUPPORT", "PROTEST",
                        "AGREE", "COOPERATE", "AID", "MOBILIZE"))  # fmt: skip


# What private people say or do is politics only where it is said to somebody
_WORDS = frozenset(("CONSULT", "SUPPORT", "COOPERATE", "AID"))
_PRIVATE = frozenset(("BUS", "CVL", "MED", "EDU", "AGR", "SOC"))


class Sides(NamedTuple):
    """Who does it, and to whom or with whom."""

    actors: tuple[Actor, ...]
    recipients: tuple[Actor, ...]


def sides(found: Candidate, parse: Parse, resolver: Resolver) -> Sides:
    """Both sides of a candidate. Equals in one group are split; a nationality in front of an event noun acts."""
    actors = _actors(found.actors, resolver)
    recipients = _actors([g for g in found.recipients if g not in found.actors], resolver)
    if found.both and not recipients and len(actors) == 1:
        actors = _leaders_of(found.actors[0], resolver) or actors
    if found.both and not recipients and len(actors) > 1:
        return Sides(actors[:1], actors[1:])
    if found.both and not actors and len(recipients) > 1:
        return Sides(recipients[:1], recipients[1:])
    if not actors and found.noun is not None and not found.both:
        actors = _nationality(found.noun, found.pattern.type, resolver)
    if actors and recipients and found.pattern.type in _ADDRESSED and _only_own(found, actors, recipients):
        recipients = _addressed(found, actors, parse, resolver) or recipients
    if actors and not recipients and found.pattern.type in _ADDRESSED:
        recipients = _addressed(found, actors, parse, resolver)
    return Sides(actors, recipients)


def _only_own(found: Candidate, actors: Sequence[Actor], recipients: Sequence[Actor]) -> bool:
    """ "refused to open its ports to Cyprus": what is the actor's own is not whom he deals with."""
    own = {a.country for a in actors}
    groups = [g for g in found.recipients if g not in found.actors]
    return all(r.country in own for r in recipients) and all(g.tokens[g.i].tag == "A" for g in groups)


def _addressed(found: Candidate, actors: Sequence[Actor], parse: Parse, resolver: Resolver) -> tuple[Actor, ...]:
    """Words and sanctions are meant for somebody: the first other country named behind the trigger in its clause."""
    own = {a.country for a in actors}
    for group in parse.groups:
        if group.i <= found.trigger[0] or group.is_time or group.is_pronoun:
            continue
        if parse.tokens[group.i - 1].tag in (",", ";", '"'):
            return ()  # a new clause or speaker
        code = resolver.country_of(group)
        if code is not None and code not in own:
            actor = resolver.actor(group)
            return (actor,) if actor is not None else ()
    return ()


def _actors(groups: Sequence[NounGroup], resolver: Resolver) -> tuple[Actor, ...]:
    found: dict[tuple[str, str | None], Actor] = {}
    for group in groups:
        actor = resolver.actor(group)
        if actor is not None:
            found.setdefault((actor.id, actor.sector), actor)
    return tuple(found.values())


def _leaders_of(group: NounGroup, resolver: Resolver) -> tuple[Actor, ...]:
    """ "the presidents of Mexico and Guatemala" are two."""
    behind = next((g for word, g in group.phrases if word == "of"), None)
    codes = [c for g in (behind, *behind.also) if (c := resolver.country_of(g))] if behind is not None else []
    first = resolver.actor(group)
    if len(codes) < 2 or first is None:
        return ()
    names = resolver.knowledge.countries
    return tuple(first.model_copy(update={"id": f"country:{c}", "name": names[c].name, "country": c}) for c in codes)


def _nationality(noun: NounGroup, kind: str, resolver: Resolver) -> tuple[Actor, ...]:
    """ "Russian air strikes": the state whose adjective the event noun has."""
    code = resolver.country_of(noun)
    if code is None:
        return ()
    name = resolver.knowledge.countries[code].name
    sector = "MIL" if kind == "ASSAULT" else "GOV"
    return (Actor(id=f"country:{code}", name=name, country=code, sector=sector, text=text_of(noun)),)


def understood(kind: str, found: Candidate, known: Sides, placed: bool, resolver: Resolver) -> bool:
    """Whether enough is known: a violent event needs an actor, a victim, a target or a place; others their actor."""
    actors, recipients = known
    if kind == "ASSAULT":
        return bool(actors or recipients or placed or found.recipients or found.actors)
    if kind == "PROTEST":
        return bool(actors or recipients or placed or found.actors or found.noun is None)
    private = actors and all(a.sector in _PRIVATE for a in actors)
    if kind in _WORDS and private and not recipients and not any(resolver.country_of(g) for g in found.actors):
        return False  # "residents complain about the noise"
    if found.pattern.acled == "WEAPONS":
        return bool(actors or found.recipients)
    if kind in _EITHER_SIDE:
        return bool(actors or recipients)
    if kind == "CONSULT" and recipients and all(a.sector == "JRN" for a in recipients):
        return False  # an interview is no consultation
    return bool(actors)
