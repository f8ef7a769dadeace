"""Noun groups to actors: a known entity, else country and kind of the words, else who was meant by "they"."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.core import ids
from services.core.models import Actor, ArticlePlace, Entity
from services.enricher.coding.casualties import text_of
from services.enricher.coding.groups import NounGroup
from services.enricher.coding.lexicon import noun_lemma, word_class
from services.enricher.knowledge import Knowledge

_PERSON_PRONOUNS = word_class("actors.person_pronouns")
_GROUP_PRONOUNS = word_class("actors.group_pronouns")
_ANAPHORIC = word_class("actors.anaphoric")
# Sectors whose unnamed members belong to the country that the story is about
_DOMESTIC = word_class("actors.domestic")
# What acts for a state's forces when it has a nationality
_MACHINES = word_class("actors.machines")


_CROWDS = frozenset(("dozens", "scores", "hundreds", "thousands", "millions"))
_FOLLOWERS = word_class("actors.followers")

_ARMED_GROUPS = frozenset(("REB", "UAF", "ISM", "PRM", "IMG"))


@dataclass(slots=True)
class Discourse:
    """Who pronouns can mean by now: the last person, the last group or country, and who spoke last."""

    person: Actor | None = None
    group: Actor | None = None
    armed: Actor | None = None
    speaker: Actor | None = None
    on_behalf_of: Actor | None = None
    anaphors: dict[str, Actor] = field(default_factory=dict)

    def remember(self, actor: Actor, group: NounGroup, person: bool) -> None:
        """Takes note of an actor that was named."""
        if person:
            self.person = actor
        else:
            self.group = actor
        if actor.sector in _ARMED_GROUPS:
            self.armed = actor
        self.anaphors[group.lemma] = actor


_PERSON_HEADS = word_class("actors.person_heads")


def _can_act(actor: Actor) -> bool:
    """Whether a pronoun can mean them: not what only belongs to a country, as "its oilfields" do."""
    return actor.sector is not None or not actor.id.startswith("agent:")


def _many(group: NounGroup) -> bool:
    """Whether a group stands for several: "Adan and his men", "rebels"."""
    head = group.tokens[group.head]
    return bool(group.also) or head.lemma != head.low or head.low in ("people", "police")


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    entity: Entity | None
    place: ArticlePlace | None


class Resolver:
    """Actors of one article."""

    def __init__(self, entities: Sequence[Entity], places: Sequence[ArticlePlace], knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        spans = [_Span(m.start, m.end, e, None) for e in entities for m in e.mentions]
        spans += [_Span(m.start, m.end, None, p) for p in places for m in p.mentions]
        self.spans = sorted(spans, key=lambda s: (s.start, s.entity is None))
        self.starts = [s.start for s in self.spans]
        self.longest = max((s.end - s.start for s in self.spans), default=0)
        self.antecedents: dict[int, NounGroup] = {}  # of the sentence at hand, by the pronoun's group
        self.known: dict[int, Actor | None] = {}  # groups of the sentence at hand that were asked for already
        self.people = {e.id for e in entities if e.kind == "person"}
        self.discourse = Discourse()
        counts = Counter(p.country for p in places for _ in p.mentions if p.country)
        counts.update(e.country for e in entities for _ in e.mentions if e.country)
        self.main_country = counts.most_common(1)[0][0] if counts else None

    def overlapping(self, start: int, end: int) -> list[_Span]:
        """Known names that overlap a stretch of text."""
        k = bisect_left(self.starts, start - self.longest)
        found = []
        while k < len(self.spans) and self.spans[k].start < end:
            if self.spans[k].end > start:
                found.append(self.spans[k])
            k += 1
        return found

    def bind(self, subjects: Sequence[NounGroup]) -> None:
        """Leads the pronouns among a sentence's subjects to the nearest subject before that fits in number."""
        self.antecedents, self.known = {}, {}
        for k, group in enumerate(subjects):
            low = group.tokens[group.head].low
            if group.is_pronoun and low in ("they", "it"):
                fits = (g for g in reversed(subjects[:k]) if not g.is_pronoun and _many(g) == (low == "they"))
                found = next((g for g in fits if low == "they" or not self._person(g)), None)
                if found is not None:
                    self.antecedents[id(group)] = found

    def _person(self, group: NounGroup) -> bool:
        return any(s.entity is not None and s.entity.kind == "person" for s in self.overlapping(group.start, group.end))

    # ------------------------------------------------------------ groups

    def actor(self, group: NounGroup | None) -> Actor | None:
        """Who a group is; None where nobody can be made out."""
        if group is None or group.is_time:
            return None
        if id(group) not in self.known:
            self.known[id(group)] = self._pronoun(group) if group.is_pronoun else self._resolve(group)
        return self.known[id(group)]

    def _resolve(self, group: NounGroup) -> Actor | None:
        found = self._named(group) or self._described(group) or self._beside(group) or self._new_name(group)
        if found is not None and found.country is None and found.sector is None:
            found = self._from_apposition(found, group)
        if found is not None and _can_act(found):
            self.discourse.remember(found, group, self._is_person(found, group))
        return found

    def _from_apposition(self, found: Actor, group: NounGroup) -> Actor:
        """ "Omar Adan, the UN coordinator": what stands beside a bare name says where he belongs."""
        for beside in group.beside:
            other = None if beside.is_time else self._named(beside) or self._described(beside)
            if other is not None and (other.country or other.sector):
                return found.model_copy(update={"country": other.country, "sector": other.sector})
        return found

    def _is_person(self, actor: Actor, group: NounGroup) -> bool:
        words = {t.lemma for t in group.tokens[group.i : group.head + 1]} | {
            t.low for t in group.tokens[group.i : group.head]
        }
        return actor.id in self.people or actor.id.startswith("name:") or bool(words & _PERSON_HEADS)

    def _beside(self, group: NounGroup) -> Actor | None:
        """ "the strongman, Khalifa Haftar": who stands in apposition."""
        return next((a for g in group.beside if not g.is_time and (a := self._named(g))), None)

    def _new_name(self, group: NounGroup) -> Actor | None:
        """A name that nothing is known of, as long as it is no place: "Omar Adan"."""
        head = group.tokens[group.head]
        if head.tag != "P" or any(s.place is not None for s in self.overlapping(group.start, group.end)):
            return None
        name = " ".join(t.text for t in group.tokens[group.i : group.j] if t.tag == "P")
        return Actor(id=f"name:{ids.digest(name.casefold(), size=8)}", name=name, text=text_of(group))

    def _pronoun(self, group: NounGroup) -> Actor | None:
        low = group.tokens[group.head].low
        local = self.antecedents.get(id(group))
        if local is not None:
            named = self.actor(local)
            if named is not None and _can_act(named):
                return named.model_copy(update={"text": group.tokens[group.head].text})
        who = (
            self.discourse.person
            if low in _PERSON_PRONOUNS
            else self.discourse.group
            if low in _GROUP_PRONOUNS
            else None
        )
        if low in ("we", "us", "i", "me", "our", "my"):
            who = self.discourse.on_behalf_of or self.discourse.speaker
        if who is None and low in _PERSON_PRONOUNS:
            who = self.discourse.speaker
        return who.model_copy(update={"text": group.tokens[group.head].text}) if who is not None else None

    def _named(self, group: NounGroup) -> Actor | None:
        """The entity whose name the group holds, best the one at its head; its noun gives the sector."""
        # "Haftar's spokesman" is not Haftar
        start = group.owner.end if group.owner is not None and group.lemma in _PERSON_HEADS else group.start
        inside = [s for s in self.overlapping(start, group.end) if s.entity is not None]
        if not inside:
            return self._of_somebody(group)
        head = group.tokens[group.head]
        at_head = [s for s in inside if s.start <= head.start < s.end]
        people = [s for s in inside if s.entity is not None and s.entity.kind == "person"]
        chosen = (at_head or people or inside)[-1]
        entity = chosen.entity
        if entity is None:
            return None
        others = [s.entity for s in inside if s.entity is not None and s.entity is not entity]
        sector = entity.sector or next((e.sector for e in others if e.sector), None)
        country = entity.country or next((e.country for e in others if e.country), None)
        if not at_head:
            agent = self._agent(group)
            if agent is None and entity.kind != "person" and head.tag == "N" and not group.owner:
                agent = None
            sector = agent or sector
        if country is None:
            country = self.country_of(group)
        return Actor(id=entity.id, name=entity.name, country=country, sector=sector, text=text_of(group))

    def _of_somebody(self, group: NounGroup) -> Actor | None:
        """ "forces loyal to X", "militias of Y": the forces of whom they follow."""
        sector = self._agent(group) if group.lemma in _FOLLOWERS else None
        for word, behind in group.phrases if sector else ():
            if word in ("of", "to", "with", "from"):
                inside = [s.entity for s in self.overlapping(behind.start, behind.end) if s.entity is not None]
                if inside:
                    whole = f"{text_of(group)} {word} {text_of(behind)}" if word == "of" else text_of(group)
                    return Actor(
                        id=inside[-1].id, name=inside[-1].name, country=inside[-1].country, sector=sector, text=whole
                    )
        return None

    def _described(self, group: NounGroup) -> Actor | None:
        """Country and sector from the words, for groups that name nobody."""
        sector = self._agent(group)
        if sector is None and group.tokens[group.head].low in _CROWDS:
            sector = "CVL"  # "thousands rallied"
        country = self.country_of(group) or self._owner_country(group) or self._country_behind(group)
        if sector is None and country is None:
            again = self.discourse.anaphors.get(group.lemma) if group.lemma in _ANAPHORIC else None
            return again.model_copy(update={"text": text_of(group)}) if again is not None else None
        if sector is None:
            if group.lemma in _MACHINES or any(t.low in _MACHINES for t in group.tokens[group.i : group.head]):
                sector = "MIL"
            elif group.tokens[group.i].low in ("a", "an") and group.tokens[group.head].tag == "P":
                sector = "CVL"
            elif self._is_country(group) or group.lemma in ("country", "nation", "state"):
                sector = "GOV"
        elif group.lemma in _ANAPHORIC and group.tokens[group.i].low in ("the", "this", "that") and country is None:
            again = self.discourse.anaphors.get(group.lemma)
            if again is None and group.lemma in ("group", "movement", "organization", "organisation", "militia"):
                again = self.discourse.armed
            if again is not None:
                return again.model_copy(update={"text": text_of(group)})
        if country is None and sector in _DOMESTIC and sector is not None:
            country = self.main_country or (self.discourse.group.country if self.discourse.group else None)
        name = " ".join(text_of(group).split()[:8])
        key = ids.digest(country or "", sector or "", group.lemma, size=8)
        return Actor(id=f"agent:{key}", name=name, country=country, sector=sector, text=text_of(group))

    def _agent(self, group: NounGroup) -> str | None:
        """The sector of the longest agent noun at the end of a group."""
        tokens, head = group.tokens, group.head
        for first in range(max(group.i, head - 2), head + 1):
            phrase = " ".join(t.low for t in tokens[first : head + 1])
            agent = self.knowledge.agents.get(phrase)
            if agent is None and first == head:
                agent = self.knowledge.agents.get(noun_lemma(phrase))
            if agent is not None:
                return agent.sector
        return None

    def country_of(self, group: NounGroup) -> str | None:
        """The country that a group's words name: "Libyan troops", "the United States"."""
        tokens = group.tokens
        end = max(group.head, group.j - 1) + 1
        if any(t.low == "ethnic" for t in tokens[group.i : group.head]):
            return None  # "ethnic Turks" live anywhere
        demonyms, names = self.knowledge.demonyms, self.knowledge.country_names
        for i in range(group.i, end):
            if not tokens[i].text[0].isupper():
                continue
            for size in range(min(3, end - i), 0, -1):
                words = " ".join(t.low for t in tokens[i : i + size])
                code = demonyms.get(words) or names.get(words)
                if code is None and size == 1:
                    code = demonyms.get(noun_lemma(words))
                if code is not None:
                    return code
            if tokens[i].text in ("US", "U.S.", "USA"):
                return "USA"
            if tokens[i].text in ("UK", "U.K."):
                return "GBR"
        return None

    def _owner_country(self, group: NounGroup) -> str | None:
        first = group.tokens[group.i].low
        if first in ("its", "their", "his", "her"):
            talk = self.discourse
            near = (talk.person, talk.group) if first in ("his", "her") else (talk.group, talk.person)
            found = next((a.country for a in near if a is not None and a.country), None)
            if found is not None:
                return found
        owner = self.actor(group.owner) if group.owner is not None else None
        return owner.country if owner is not None else None

    def _country_behind(self, group: NounGroup) -> str | None:
        """ "the government of Liberia", "police in Turkey"."""
        for word, behind in group.phrases:
            if word in ("of", "in", "from") or (word == "to" and group.lemma in _FOLLOWERS):
                code = self.country_of(behind)
                if code is None:
                    inside = self.overlapping(behind.start, behind.end)
                    code = next((s.place.country for s in inside if s.place is not None), None)
                if code is not None:
                    return code
        return None

    def _is_country(self, group: NounGroup) -> bool:
        """Whether the group is a country or its people alone ("Israel", "the Palestinians")."""
        words = " ".join(t.low for t in group.tokens[group.i : group.j] if t.tag not in ("D", "J"))
        known = self.knowledge
        last = group.tokens[group.head]
        if words in known.country_names or words in known.demonyms or last.text in ("US", "U.S.", "UK", "USA"):
            return True
        plural = noun_lemma(words)
        return last.tag in ("P", "N") and plural in known.demonyms and last.text[0].isupper()

    def country_places(self, start: int, end: int) -> str | None:
        """The country of the first place named in a stretch."""
        return next((s.place.country for s in self.overlapping(start, end) if s.place is not None), None)
