"""Who is named: known actors, bodies of state, acting governments, and people and organisations met here first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.core.models import Entity, TextSpan
from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge
from services.enricher.knowledge.folding import sound
from services.enricher.steps.naming import Found, Land, acting_governments, bodies, known_actors, lands
from services.enricher.steps.organisations import acronyms, organisations
from services.enricher.steps.people import Context, titled, untitled
from services.enricher.steps.words import HYPHENATED, SPACED, Words, words_of


def entities(draft: Draft, knowledge: Knowledge) -> Draft:
    """Step: who acts in the text, one id each, with all spans in text order."""
    words = words_of(draft.text, tuple(sentence.start for sentence in draft.sentences))
    where = lands(words, knowledge)
    counts = Counter(land.country for land in where)
    year = draft.published.year if draft.published else None
    context = Context.of(draft.raw.id, where, _main(counts, draft.raw.source.country), year)
    found = _Finds(words)
    found.add(_longest_first([*known_actors(words, knowledge, counts, year), *bodies(words, where, knowledge)]))
    found.add(titled(words, _without_lands(found.taken, where), context, knowledge))
    found.add(organisations(words, found.taken, context, knowledge))
    found.add(untitled(words, _without_lands(found.taken, where), context, knowledge))
    found.items = _joined(words, found.items)
    found.add(acting_governments(words, where, knowledge))
    found.add(_repeated(words, found, acronyms(words, found.items)))
    found.add(_short_forms(words, found, where, knowledge))
    return replace(draft, entities=_entities(words, found.items))


def _main(counts: Counter[str], source_country: str | None) -> str | None:
    """The country that the article is mostly about, if one stands out; else that of its source, if it names none."""
    if not counts:
        return source_country
    (first, n), *rest = counts.most_common(2)
    return first if not rest or n >= max(3, 2 * rest[0][1]) else None


class _Finds:
    """What was found so far, and which words it takes."""

    def __init__(self, words: Words) -> None:
        self.items: list[Found] = []
        self.taken = [False] * words.size

    def add(self, finds: Iterable[Found]) -> None:
        for find in finds:
            if not any(self.taken[find.i : find.j]):
                self.items.append(find)
                self.taken[find.i : find.j] = [True] * (find.j - find.i)


def _longest_first(finds: Sequence[Found]) -> list[Found]:
    return sorted(finds, key=lambda find: (find.i - find.j, find.i))


def _without_lands(taken: Sequence[bool], where: Sequence[Land]) -> list[bool]:
    """Words that a person's name cannot hold. A country that is a given name too ("Jordan") stays free."""
    closed = list(taken)
    for land in where:
        if land.demonym or land.j - land.i > 1:
            closed[land.i : land.j] = [True] * (land.j - land.i)
    return closed


def _repeated(words: Words, found: _Finds, introduced: dict[str, Found]) -> list[Found]:
    if not introduced:
        return []
    actors = ((k, introduced.get(words.raw(k).replace(".", ""))) for k in words.capitals if not found.taken[k])
    return [replace(actor, i=k, j=k + 1) for k, actor in actors if actor]


def _joined(words: Words, finds: Sequence[Found]) -> list[Found]:
    """As in "the minister Tokoro" is the Abel Tokoro of the same article."""
    full = {words.sound(f.j - 1): f for f in finds if f.kind == "person" and f.j - f.i > 1}
    return [_same(f, full.get(words.sound(f.j - 1))) if f.kind == "person" and f.j - f.i == 1 else f for f in finds]


def _same(short: Found, full: Found | None) -> Found:
    return replace(full, i=short.i, j=short.j, sector=full.sector or short.sector) if full else short


def _short_forms(words: Words, found: _Finds, where: Sequence[Land], knowledge: Knowledge) -> list[Found]:
    """Later mentions by surname alone; where two share it, the one named last before."""
    full = {find.i: find for find in found.items if find.kind == "person" and find.j - find.i > 1}
    closed = {k for land in where for k in range(land.i, land.j)} if full else set()
    last: dict[str, Found] = {}
    short = []
    for k in sorted({*words.capitals, *full}) if full else ():
        if k in full:
            last[words.sound(full[k].j - 1)] = full[k]
            last[sound(full[k].name).rpartition(" ")[2]] = full[k]
        if found.taken[k] or not words.capital[k] or k in closed or not _stands_alone(words, k):
            continue
        bearer = last.get(words.sound(k))
        if bearer and not (words.initial[k] and words.folded[k] in knowledge.common):
            short.append(replace(bearer, i=k, j=k + 1))
    return short


def _stands_alone(words: Words, k: int) -> bool:
    before = k > 0 and words.gap[k] in (SPACED, HYPHENATED) and words.capital[k - 1] and not words.initial[k - 1]
    before = before and not words.article[k - 1]
    after = k + 1 < words.size and words.gap[k + 1] in (SPACED, HYPHENATED) and words.capital[k + 1]
    return not before and not after


def _entities(words: Words, finds: Sequence[Found]) -> tuple[Entity, ...]:
    by_id: dict[str, list[Found]] = {}
    for find in sorted(finds, key=lambda find: find.i):
        by_id.setdefault(find.id, []).append(find)
    return tuple(_entity(words, group) for group in by_id.values())


def _entity(words: Words, group: Sequence[Found]) -> Entity:
    # The fullest name, and what any mention says about country and sector.
    best = max(group, key=lambda find: len(find.name))
    known = next((find.sector for find in group if find.sector and find.sector != "UNK"), best.sector)
    return Entity(
        id=best.id,
        name=best.name,
        kind=best.kind,
        country=next((find.country for find in group if find.country), None),
        sector=known,
        mentions=tuple(
            TextSpan(text=words.span(find.i, find.j), start=words.start[find.i], end=words.end[find.j - 1])
            for find in group
        ),
    )
