"""Killed, injured, captured and displaced people of a sentence, from its clauses and from short forms ("five dead")."""

from collections.abc import Iterable, Sequence
from typing import Final

from services.core.models import Casualties, Count, Victim
from services.enricher.coding.clauses import Clause, Parse
from services.enricher.coding.groups import NounGroup
from services.enricher.coding.lexicon import word_class
from services.enricher.coding.numbers import Bounds, bounds
from services.enricher.coding.tokens import Token

KILLED: Final = "killed"
INJURED: Final = "injured"
CAPTURED: Final = "captured"
DISPLACED: Final = "displaced"
_PATIENT = {
    KILLED: word_class("casualties.killed"),
    INJURED: word_class("casualties.injured"),
    CAPTURED: word_class("casualties.captured"),
    DISPLACED: word_class("casualties.displaced"),
}
_SUBJECT = {KILLED: frozenset(("die", "perish", "succumb")), DISPLACED: frozenset(("flee",))}
_NOT_PEOPLE = word_class("casualties.not_people")
_FINDING = frozenset(("find", "discover", "recover", "unearth", "retrieve", "exhume", "dump", "count", "pull"))
_TO_DEATH = frozenset(("stab", "hack", "beat", "burn", "stone", "shoot", "bludgeon", "club", "trample", "torture",
                       "put", "batter", "crush", "starve", "choke", "strangle", "knife", "kick"))  # fmt: skip
_COUNTED_AFTER = {"kills": KILLED, "kill": KILLED, "wounds": INJURED, "wounding": INJURED, "injures": INJURED,
                  "injuring": INJURED, "hurting": INJURED, "hurts": INJURED}  # fmt: skip
_DEAD_WORDS = {
    "dead": KILLED,
    "killed": KILLED,
    "slain": KILLED,
    "wounded": INJURED,
    "injured": INJURED,
    "hurt": INJURED,
    "deaths": KILLED,
    "fatalities": KILLED,
    "casualties": KILLED,
    "displaced": DISPLACED,
    "homeless": DISPLACED,
}


def casualties(parse: Parse, clauses: Iterable[Clause] | None = None) -> Casualties | None:
    """The toll that these clauses of a sentence give (all of them when None); None where they give none."""
    found: dict[str, list[NounGroup]] = {}
    for clause in parse.clauses if clauses is None else clauses:
        for kind, group in _of_clause(clause):
            if group is not None and group not in found.setdefault(kind, []):
                found[kind].append(group)
    if clauses is None:
        _short_forms(parse, found)
    counts = {kind: count for kind, groups in found.items() if (count := _count(groups)) is not None}
    return Casualties(**counts) if counts else None


def _of_clause(clause: Clause) -> Iterable[tuple[str, NounGroup | None]]:
    verb = clause.verb
    if verb.negated or verb.modal in ("may", "might", "would", "will", "can"):
        return
    for kind, lemmas in _PATIENT.items():
        if verb.lemma in lemmas:
            group = clause.patient
            if kind == KILLED and group is None and verb.lemma != "kill":
                continue
            yield kind, group
    for kind, lemmas in _SUBJECT.items():
        if verb.lemma in lemmas:
            yield kind, clause.subject
    after = [t.low for t in verb.tokens[verb.j : verb.j + 12]]
    if verb.lemma == "shoot" and "dead" in after[:8]:
        yield KILLED, clause.patient
    if (
        verb.lemma in ("sustain", "suffer", "receive")
        and clause.object
        and clause.object.lemma in ("injury", "wound", "burn")
    ):
        yield INJURED, clause.subject
    if verb.lemma in ("claim", "cost", "take") and clause.object and clause.object.lemma == "life":
        yield KILLED, _counted(clause.object)
    if verb.lemma in _FINDING and clause.patient is not None and clause.patient.lemma in ("body", "corpse"):
        yield KILLED, _counted(clause.patient)
    death = clause.phrase("to")
    if (verb.lemma in ("gun", "mow", "cut") and verb.particle == "down") or (
        death is not None and death.lemma == "death" and verb.lemma in _TO_DEATH
    ):
        yield KILLED, clause.patient
    cause = clause.phrase("for") if verb.lemma == "treat" else None
    if cause is not None and cause.lemma in ("injury", "wound", "burn"):
        yield INJURED, clause.patient
    if verb.lemma == "lose" and clause.object and clause.object.lemma == "life":
        yield KILLED, clause.subject
    if verb.lemma in ("be", "die", "find", "confirm", "pronounce", "declare", "leave") and "dead" in after[:3]:
        yield KILLED, clause.subject if verb.lemma == "be" or verb.passive else clause.object
    if verb.lemma == "take" and any(t.low == "hostage" for t in verb.tokens[verb.j : verb.j + 8]):
        yield CAPTURED, clause.patient


def _people_or_end(tokens: Sequence[Token], k: int) -> bool:
    """Whether the number before stands for people by itself."""
    return k >= len(tokens) or tokens[k].tag in ("I", ",", ".", "C", ";", "S") or tokens[k].low in ("others", "more")


def _counted(group: NounGroup) -> NounGroup | None:
    """ "12 lives", "the lives of 12 people": the group that has the number."""
    return group if bounds(group) is not None else next((g for word, g in group.phrases if word == "of"), None)


def _short_forms(parse: Parse, found: dict[str, list[NounGroup]]) -> None:
    """ "leaving five dead and ten injured", "a death toll of 30", "11 deaths"."""
    tokens = parse.tokens
    groups = parse.groups
    for k, t in enumerate(tokens[:-1]):  # "bomb kills 4, wounds 11"
        kind = _COUNTED_AFTER.get(t.low)
        if kind and kind not in found and tokens[k + 1].tag == "#" and _people_or_end(tokens, k + 2):
            found[kind] = [NounGroup(tokens, k + 1, k + 2, k + 1)]
        kind = _DEAD_WORDS.get(tokens[k + 1].low)
        if kind and kind not in found and t.tag == "#":  # "thirteen dead"
            found[kind] = [NounGroup(tokens, k, k + 1, k)]
    for k, group in enumerate(groups):
        word = tokens[group.head].low
        kind = _DEAD_WORDS.get(word)
        if kind and kind not in found and bounds(group) is not None and group.j - group.i > 1:
            found[kind] = [group]
        behind = tokens[group.j] if group.j < len(tokens) else None
        kind = _DEAD_WORDS.get(behind.low) if behind is not None and behind.tag in ("J", "n", "d", "N") else None
        if kind and kind not in found and bounds(group) is not None and group.tokens[group.i].low not in ("no", "none"):
            found[kind] = [group]
        if word == "toll" and KILLED not in found:
            number = next((g for g in groups[k + 1 : k + 4] if bounds(g) is not None), None)
            if number is not None:
                found[KILLED] = [number]
        if group.lemma in ("death", "killing", "murder") and KILLED not in found:
            of = next((g for w, g in group.phrases if w == "of"), None)
            if of is not None and bounds(of) is not None:
                found[KILLED] = [of]
        if group.lemma in ("injury", "wound") and INJURED not in found:
            to = next((g for w, g in group.phrases if w == "to"), None)
            if to is not None and bounds(to) is not None:
                found[INJURED] = [to]


def _count(groups: list[NounGroup]) -> Count | None:
    """All groups of one kind together: what is joined adds up, a second clause on the same kind does not."""
    best: tuple[int, Count] | None = None
    for group in groups:
        count = _of_groups([group, *(g for g in group.also if not g.is_time)])
        if count is not None:
            size = count.min if count.min is not None else count.max or 0
            if best is None or size > best[0]:
                best = (size, count)
    return best[1] if best else None


def _of_groups(groups: list[NounGroup]) -> Count | None:
    total: Bounds | None = None
    victims: list[Victim] = []
    for group in groups:
        known = bounds(group)
        if known is None or group.lemma in _NOT_PEOPLE:
            if total is None and group.lemma in _NOT_PEOPLE:
                return None
            continue
        total = known if total is None else total + known
        exact = known.low if known.low == known.high else None
        victims.append(Victim(text=text_of(group), kind=_kind(group), count=exact))
    if total is None:
        return None
    said = " and ".join(text_of(g) for g in groups)
    return Count(min=total.low, max=total.high, text=said, victims=tuple(victims))


def text_of(group: NounGroup) -> str:
    """The words of a group as the tokens give them."""
    words: list[Token] = list(group.tokens[group.i : group.j])
    return " ".join(t.text for t in words).replace(" 's", "'s").replace(" ’s", "’s")


def _kind(group: NounGroup) -> str:
    lemma = group.tokens[group.head].lemma
    return "people" if group.tokens[group.head].tag in ("#", "P", "O", "D") or lemma in ("other", "person") else lemma
