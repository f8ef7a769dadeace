"""Patterns on clauses: candidate events with the noun groups that play their roles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from services.enricher.coding.clauses import Clause, Parse
from services.enricher.coding.groups import NounGroup
from services.enricher.coding.lexicon import noun_lemma
from services.enricher.coding.patterns import FRONT, Pattern, Patterns, Test, best
from services.enricher.coding.tokens import Token

# What protesters say in words is their protest
_BORDERS = frozenset(("border", "frontier", "boundary"))
_PLURAL_COUNTRIES = frozenset(("states", "netherlands", "philippines", "emirates", "bahamas", "maldives", "nations"))
_VOICED = frozenset(("REQUEST", "ACCUSE", "REJECT"))
_INNER: Final = {"inf": "infinitive", "ger": "gerund", "that": "said", "said": "said"}
_CROWD = frozenset(("protester", "demonstrator", "marcher"))
_AS_PROTEST: Final[dict[str, Any]] = {"type": "PROTEST", "mode": "demo", "root": "14", "acled": "PEACE"}


@dataclass(slots=True)
class Candidate:
    """An event that a pattern found. `noun` is the event noun, if the code is a noun's; both say where it came from."""

    pattern: Pattern
    actors: list[NounGroup]
    recipients: list[NounGroup]
    clause: Clause | None
    trigger: tuple[int, int]
    noun: NounGroup | None = None
    both: bool = False
    details: list[Clause] = field(default_factory=list)  # further clauses that tell of the same action
    nouns: list[NounGroup] = field(default_factory=list)
    acled: str = ""
    mode: str | None = None


class Matcher:
    """The patterns on one parsed sentence."""

    def __init__(self, parse: Parse, patterns: Patterns) -> None:
        self.parse = parse
        self.patterns = patterns
        self.used: set[int] = set()  # head tokens of nouns that are part of an event already
        self.words = {t.lemma for t in parse.tokens} | {t.low for t in parse.tokens} | {"NAME"}
        self.children: dict[int, list[Clause]] = {}
        for clause in parse.clauses:
            if clause.parent is not None:
                self.children.setdefault(id(clause.parent), []).append(clause)

    def run(self) -> list[Candidate]:
        """All candidates in text order; verbs first, then the nouns that no verb took."""
        found = [c for clause in self.parse.clauses for c in self.verb(clause)]
        for group in self.parse.groups:
            candidate = self.noun(group)
            if candidate is not None:
                found.append(candidate)
        return found

    # ------------------------------------------------------------ verbs

    def verb(self, clause: Clause) -> Iterable[Candidate]:
        lines = self.patterns.verbs.get(clause.verb.lemma)
        pattern = best(lines, lambda test: self.holds(clause, test)) if lines else None
        if pattern is None:
            return
        if pattern.refer:
            noun = clause.patient if pattern.refer == "obj" else clause.subject
            yield from self.through_noun(clause, noun, pattern)
        elif clause.kind == "participle" and clause.verb.passive and _describes(pattern.type, clause):
            return
        elif pattern.type:
            protest = self.noun_pattern(clause.subject)
            if (
                protest is not None
                and protest.type == "PROTEST"
                and clause.subject is not None
                and pattern.type in _VOICED
            ):
                self.used.add(clause.subject.head)  # "demonstrations demanding justice"
                yield self.of_noun(clause, clause.subject, protest)
            elif pattern.type in _VOICED and clause.subject is not None and clause.subject.lemma in _CROWD:
                yield replace(self.plain(clause, pattern), pattern=replace(pattern, **_AS_PROTEST))
            else:
                yield self.plain(clause, pattern)

    def of_noun(self, clause: Clause, noun: NounGroup, pattern: Pattern) -> Candidate:
        """The event that a noun names, within this clause."""
        found = Candidate(pattern, self.noun_actors(noun, pattern), self.noun_recipients(noun, pattern), clause,
                          (noun.head, noun.head + 1), noun, pattern.both)  # fmt: skip
        found.nouns.append(noun)
        return found

    def plain(self, clause: Clause, pattern: Pattern) -> Candidate:
        subject = clause.agent
        noun = self.noun_pattern(subject) if subject is not None and pattern.type == "ASSAULT" else None
        trigger = (clause.verb.main, clause.verb.main + 1)
        if noun is not None and subject is not None and noun.type == "ASSAULT":
            # "an air strike killed five": how is in the noun, to whom in the verb
            self.used.add(subject.head)
            actors = self.noun_actors(subject, noun)
            found = Candidate(pattern, actors, self.with_also(clause.patient), clause, trigger, subject)
            found.mode, found.acled = noun.mode or pattern.mode, noun.acled
            found.nouns.append(subject)
            return found
        actors = self.roles(clause, pattern.by) if pattern.by else self.with_also(subject)
        recipients = self.roles(clause, pattern.to) if pattern.to else self.with_also(clause.patient)
        spoken_of = pattern.type in ("ACCUSE", "SUPPORT") and pattern.mode != "investigate"
        if not spoken_of and clause.object is not None and clause.object.lemma in self.patterns.nouns:
            self.used.add(clause.object.head)
        both = pattern.both and not recipients
        return Candidate(pattern, actors, recipients, clause, trigger, both=both)

    def through_noun(self, clause: Clause, noun: NounGroup | None, verb: Pattern) -> Iterable[Candidate]:
        pattern = self.noun_pattern(noun, clause) if noun is not None else None
        if pattern is None or noun is None:
            return
        self.used.add(noun.head)
        actors = self.noun_actors(noun, pattern)
        if verb.refer == "obj":
            actors = self.with_also(clause.agent) or actors
        recipients = self.noun_recipients(noun, pattern)
        if not recipients:
            recipients = [g for p in pattern.to for g in self.with_also(clause.phrase(p)) if p not in ("in", "at")]
        if verb.refer == "subj" and clause.object is not None and pattern.type == "ASSAULT" and not recipients:
            recipients = self.with_also(clause.object)
        found = Candidate(pattern, actors, recipients, clause, (noun.head, noun.head + 1), noun, pattern.both)
        found.nouns.append(noun)
        yield found

    def holds(self, clause: Clause, test: Test) -> bool:
        """Whether one condition of a line holds for a clause."""
        if test.words is not None and self.words.isdisjoint(test.words):
            return False  # cheap, and true of most
        place = test.place[0]
        if place not in FRONT:
            groups = [g for word, g in clause.phrases if word in test.place]
            if not groups and clause.verb.particle in test.place and test.words is None:
                return True
            return bool(groups) and (test.words is None or any(has(g, test.words) for g in groups))
        if place == "obj":
            return self.group_holds(clause.patient, test) or (
                clause.second is not None and self.group_holds(clause.second, test)
            )
        if place == "subj":
            return self.group_holds(clause.agent if not clause.verb.passive or clause.agent else clause.subject, test)
        if place == "prt":
            return clause.verb.particle in (test.words or ()) or any(w in (test.words or ()) for w, _ in clause.phrases)
        if place == "pass":
            return clause.verb.passive
        if place == "pair":
            return clause.subject is not None and bool(clause.subject.also)
        if place == "neg":
            return clause.verb.negated
        if place == "sent":
            return not self.words.isdisjoint(test.words or ())
        if place == "word":
            return not self.words.isdisjoint(test.words or ()) and not self.near(clause).isdisjoint(test.words or ())
        if place == "must":
            return any(
                c.kind == "said" and c.verb.modal in ("must", "ought") for c in self.children.get(id(clause), ())
            )
        inner = [c for c in self.children.get(id(clause), ()) if c.kind == _INNER[place]]
        return bool(inner) and (test.words is None or any(c.verb.lemma in test.words for c in inner))

    def near(self, clause: Clause) -> set[str]:
        """Words and lemmas around the verb."""
        tokens = self.parse.tokens[max(0, clause.verb.i - 2) : clause.verb.j + 7]
        return {t.low for t in tokens} | {t.lemma for t in tokens}

    @staticmethod
    def group_holds(group: NounGroup | None, test: Test) -> bool:
        return group is not None and (test.words is None or has(group, test.words))

    # ------------------------------------------------------------ roles

    def roles(self, clause: Clause, names: tuple[str, ...]) -> list[NounGroup]:
        """The groups of the first role name that is there."""
        for name in names:
            first, _, rest = name.partition(".")
            group = _beyond(self.role(clause, first, rest))
            if group is not None:
                return self.with_also(group)
        return []

    def role(self, clause: Clause, first: str, rest: str) -> NounGroup | None:
        if first == "above":
            return self.role(clause.parent, rest, "") if clause.parent is not None else None
        if first in _INNER:
            inner = next((c for c in self.children.get(id(clause), ()) if c.kind == _INNER[first]), None)
            return self.role(inner, rest, "") if inner is not None else None
        group = {"subj": clause.subject if clause.verb.passive or not clause.agent else clause.agent,
                 "obj": clause.patient, "second": clause.second}.get(first)  # fmt: skip
        if first not in ("subj", "obj", "second"):
            group = clause.phrase(first)
        if group is None or not rest:
            return group
        if rest == "owner":
            return group.owner
        return next((g for word, g in group.phrases if word == rest), None)

    @staticmethod
    def with_also(group: NounGroup | None) -> list[NounGroup]:
        return [] if group is None else [group, *group.also]

    # ------------------------------------------------------------ nouns

    def noun_pattern(self, group: NounGroup | None, clause: Clause | None = None) -> Pattern | None:
        """The code of an event noun with its modifiers and phrases, also those of its clause ("talks began with X")."""
        if group is None:
            return None
        lines = self.patterns.nouns.get(group.lemma)
        phrases = group.phrases if clause is None else [*group.phrases, *clause.phrases]
        found = best(lines, lambda test: self.noun_holds(group, test, phrases)) if lines else None
        return found if found is not None and found.type else None

    def noun_holds(self, group: NounGroup, test: Test, phrases: Sequence[tuple[str, NounGroup]]) -> bool:
        if test.place[0] == "word":
            words = self.parse.tokens[group.i : group.head + 1]
            return any(t.low in (test.words or ()) or t.lemma in (test.words or ()) for t in words)
        if test.place[0] == "sent":
            return not self.words.isdisjoint(test.words or ())
        behind = [g for word, g in phrases if word in test.place]
        return bool(behind) and (test.words is None or any(has(g, test.words) for g in behind))

    def noun_actors(self, group: NounGroup, pattern: Pattern) -> list[NounGroup]:
        """Who does what the noun names: the owner in front, else the group behind "by"."""
        if group.owner is not None and not group.owner.is_time:
            return self.with_also(group.owner)
        for word, behind in group.phrases:
            if word in pattern.by:
                return self.with_also(behind)
        return []

    def noun_recipients(self, group: NounGroup, pattern: Pattern) -> list[NounGroup]:
        for word, behind in group.phrases:
            if word in pattern.to and word not in ("in", "at", "near"):
                return self.with_also(behind)
        return next((self.with_also(g) for word, g in group.phrases if word in pattern.to), [])

    def noun(self, group: NounGroup) -> Candidate | None:
        """A noun that no verb took: coded where its group says who or to whom."""
        if group.head in self.used:
            return None
        pattern = self.noun_pattern(group)
        if pattern is None:
            return None
        actors, recipients = self.noun_actors(group, pattern), self.noun_recipients(group, pattern)
        if not (actors or recipients) and pattern.type not in ("ASSAULT", "PROTEST"):
            return None
        found = Candidate(
            pattern, actors, recipients, self.clause_of(group), (group.head, group.head + 1), group, pattern.both
        )
        found.nouns.append(group)
        return found

    def clause_of(self, group: NounGroup) -> Clause | None:
        """The clause that a group stands in: the last whose verb is before it, else the first after it."""
        for clause in reversed(self.parse.clauses):
            if clause.subject is group or clause.verb.i < group.i:
                return clause
        return self.parse.clauses[0] if self.parse.clauses else None


def _describes(kind: str, clause: Clause) -> bool:
    """ "forces backed by X", "men suspected of theft": words that say who somebody is, not what was done now."""
    return kind == "SUPPORT" or (kind == "ACCUSE" and clause.agent is None)


def has(group: NounGroup, words: frozenset[str]) -> bool:
    """Whether a group or what is joined to it holds one of the words up to its head; NAME is any name."""
    named = "NAME" in words
    for g in (group, *group.also):
        for t in g.tokens[g.i : max(g.head + 1, g.i + 1)]:
            if t.lemma in words or t.low in words:
                return True
        if named and _one_name(g.tokens[g.head]):
            return True
    return False


def _one_name(head: Token) -> bool:
    """A name that is no people in the plural: "Israel", "the United States", not "Israelis"."""
    return head.tag == "P" and (noun_lemma(head.low) == head.low or head.low in _PLURAL_COUNTRIES)


def _beyond(group: NounGroup | None) -> NounGroup | None:
    """ "its border with Colombia": who is meant lives on the other side."""
    if group is None or group.lemma not in _BORDERS:
        return group
    return next((g for word, g in group.phrases if word in ("with", "between")), group)
