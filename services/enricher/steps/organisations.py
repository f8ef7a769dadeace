"""Organisations that no list knows: capitals beside a noun like Front, Ministry or Court, and acronyms in brackets."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.core.ids import digest
from services.enricher.knowledge import Knowledge
from services.enricher.knowledge.actors import Head
from services.enricher.knowledge.tables import word_set
from services.enricher.steps.naming import Found
from services.enricher.steps.people import Context
from services.enricher.steps.words import PARTED, Words

# Ids of organisations that no list knows begin so; known ones carry their name in place of a digest.
NEW_ORGANISATION: Final = "org:new:"
_JOINS: Final = word_set("joins")
_ALIKE: Final = {
    "brigades": "brigade", "battalions": "brigade", "battalion": "brigade", "organisation": "organization",
    "defence": "defense", "labour": "labor", "movements": "movement", "forces": "force", "groups": "group",
    "revolutionaries": "revolutionary", "martyrs": "martyr",
}  # fmt: skip


def organisations(words: Words, taken: Sequence[bool], context: Context, knowledge: Knowledge) -> Iterator[Found]:
    """New organisations, by runs of capitals."""
    free = 0
    for i in words.capitals:
        if i < free or taken[i] or _opens_sentence(words, i, knowledge):
            continue
        j = _run(words, i, taken, knowledge)
        head = _head(words, i, j, knowledge)
        if head and j - i >= 2:
            yield _organisation(words, i, j, head, context, knowledge)
        free = j


def _opens_sentence(words: Words, i: int, knowledge: Knowledge) -> bool:
    """Whether a capital is only a sentence's first: "Fighters of the ...", "The ..."."""
    if words.folded[i] in ("the", "a", "an"):
        return True
    alone = i + 1 < words.size and not words.capital[i + 1] and words.folded[i] not in knowledge.heads
    plural = words.folded[i] in knowledge.agents and i + 1 < words.size and not words.capital[i + 1]
    return words.initial[i] and words.folded[i] in knowledge.common and (alone or plural)


def _run(words: Words, i: int, taken: Sequence[bool], knowledge: Knowledge) -> int:
    """The end of the capitals from i on, with "of", "for" and the like between them."""
    j = end = i + 1
    while j < words.size and j - i < 9 and not taken[j] and _goes_on(words, j, knowledge):
        if words.capital[j] and words.raw(j)[0].isalnum():
            end = j + 1
        elif not (words.folded[j] in _JOINS or words.article[j]):
            break
        j += 1
    return end


def _goes_on(words: Words, j: int, knowledge: Knowledge) -> bool:
    """Whether word j can belong to the same name as the one before. Of genitives only common ones: "People's Front"."""
    if words.possessive[j - 1]:
        return words.capital[j] and words.folded[j - 1] in knowledge.common
    if words.folded[j] == "and":
        # "Abel Tokoro and the National Council" are two; "Ministry of Trade and Industry" is one.
        return j + 1 < words.size and words.capital[j + 1] and words.folded[j - 2] in _JOINS
    return words.gap[j] != PARTED


def _head(words: Words, i: int, j: int, knowledge: Knowledge) -> Head | None:
    """The noun that makes it an organisation: the last word or two, else one that "of" or "for" follows."""
    heads = knowledge.heads
    if words.initial[i] and j - i == 2 and words.folded[i] in knowledge.common:
        return None
    last = heads.get(f"{words.folded[j - 2]} {words.folded[j - 1]}") if j - i > 2 else None
    joined = (heads.get(words.folded[k]) for k in range(i, j - 1) if words.folded[k + 1] in _JOINS)
    return last or heads.get(words.folded[j - 1]) or next((head for head in joined if head), None)


def _organisation(words: Words, i: int, j: int, head: Head, context: Context, knowledge: Knowledge) -> Found:
    within = (context.by_start.get(k) for k in range(i - 1, j))
    country = next((land.country for land in within if land), None) or _only_one(context)
    keys = {_part(words, k, knowledge) for k in range(i, j) if words.folded[k] not in _JOINS}
    name = " ".join(words.span(i, j).split())
    scope = country or "" if len(keys) > 2 else country or context.article
    return Found(i, j, NEW_ORGANISATION + digest("org", *sorted(keys), scope), name, head.kind, country, head.sector)


def _only_one(context: Context) -> str | None:
    return next(iter(context.countries)) if len(context.countries) == 1 else None


def _part(words: Words, k: int, knowledge: Knowledge) -> str:
    land = knowledge.words_of_countries.get(words.folded[k])
    return land.country if land else _ALIKE.get(words.folded[k]) or words.sound(k)


def acronyms(words: Words, found: Sequence[Found]) -> dict[str, Found]:
    """Short forms that the text itself introduces: "the Popular Front for Reform (PFR)"."""
    introduced = {}
    for actor in found:
        j, text = actor.j, words.text
        if j < words.size and words.raw(j).replace(".", "").isupper() and len(words.raw(j)) > 1:
            between = text[words.end[j - 1] : words.start[j]].strip()
            if between == "(" and text[words.end[j] : words.end[j] + 1] in (")", ","):
                introduced[words.raw(j).replace(".", "")] = actor
    return introduced
