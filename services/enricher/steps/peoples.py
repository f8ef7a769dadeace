"""Countries and regions that an article names by their adjective or people alone: "Nigerian", "the Catalans"."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from services.core.models import ArticlePlace, TextSpan
from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge, PlaceFacts
from services.enricher.steps.naming import lands, phrase, phrase_at
from services.enricher.steps.organisations import NEW_ORGANISATION
from services.enricher.steps.places import PRECISION, inside_actors
from services.enricher.steps.words import SPACED, Words, words_of

_STATE: Final = "gov:"
# "in English", "speaks Arabic": a language, unless a noun follows.
_SPOKEN: Final = frozenset({"in", "into", "speak", "speaks", "speaking", "spoke", "fluent", "learn", "translated"})


def peoples(draft: Draft, knowledge: Knowledge) -> Draft:
    """Step: adds these mentions to the places. It comes after the events, as none of them says where one took place."""
    words = words_of(draft.text, tuple(sentence.start for sentence in draft.sentences))
    taken = inside_actors(words, draft, knowledge, open_to=(NEW_ORGANISATION, _STATE))
    placed = {mention.start for place in draft.places for mention in place.mentions}
    found = [
        (i, j, place)
        for i, j, place in _named(words, draft, knowledge)
        if not taken[i] and words.start[i] not in placed and not _language(words, i, j)
    ]
    return replace(draft, places=_with(draft.places, words, found)) if found else draft


def _named(words: Words, draft: Draft, knowledge: Knowledge) -> Iterator[tuple[int, int, PlaceFacts]]:
    # A country's name that is no place by now stands in a body of state ("the health ministry of Brazil") or in a
    # person's name; only the former is left.
    of_state = {m.start for e in draft.entities if e.id.startswith(_STATE) for m in e.mentions}
    inside = inside_actors(words, draft, knowledge, only=_STATE) if of_state else [False] * words.size
    for land in lands(words, knowledge):
        if land.demonym or inside[land.i]:
            yield land.i, land.j, knowledge.country_places[land.country]
    longest, known = knowledge.longest["peoples"], knowledge.peoples
    free = 0
    for i in words.capitals:
        n = phrase_at(words, i, longest, known) if i >= free and words.folded[i] in longest else 0
        if n:
            yield i, i + n, known[phrase(words, i, i + n)]
            free = i + n


def _language(words: Words, i: int, j: int) -> bool:
    spoken = i > 0 and words.folded[i - 1] in _SPOKEN
    return spoken and not (j < words.size and words.gap[j] == SPACED)


def _with(
    places: Sequence[ArticlePlace], words: Words, found: Sequence[tuple[int, int, PlaceFacts]]
) -> tuple[ArticlePlace, ...]:
    known = {place.id: place for place in places}
    for i, j, facts in found:
        span = TextSpan(text=words.span(i, j), start=words.start[i], end=words.end[j - 1])
        place = known.get(facts.id)
        if place is None:
            known[facts.id] = ArticlePlace(
                id=facts.id, name=facts.name, country=facts.country, admin1=facts.admin1, lat=facts.lat,
                lon=facts.lon, precision=PRECISION[facts.kind], mentions=(span,),
            )  # fmt: skip
        elif all(span.end <= mention.start or mention.end <= span.start for mention in place.mentions):
            mentions = sorted((*place.mentions, span), key=lambda mention: mention.start)
            known[facts.id] = place.model_copy(update={"mentions": tuple(mentions)})
    return tuple(known.values())
