"""What of a mention decides whether it tells of the same happening as another: read once, compared often."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from typing import Final

from services.core.models import Actor, EventMention, Place
from services.linker.copies import Signature, signature_of

# Types that reports of one happening may be coded as: an abduction is ASSAULT in one and COERCE (arrest) in another,
# a truce CONCEDE, RETREAT or AGREE. Mentions of different families are never joined.
FAMILIES: Final = {
    "ASSAULT": "force", "COERCE": "force", "SANCTION": "sanction", "MOBILIZE": "mobilize", "PROTEST": "protest",
    "AGREE": "peace", "CONCEDE": "peace", "RETREAT": "peace", "CONSULT": "consult",
    "COOPERATE": "help", "AID": "help", "SUPPORT": "support",
    "ACCUSE": "words", "REJECT": "words", "THREATEN": "threat", "REQUEST": "request",
}  # fmt: skip

# A publication without an event date tells of the days before it.
LOOK_BACK: Final = timedelta(days=2)
# A wider window says as little as none.
WIDEST_WINDOW: Final = 62
PRECISE: Final = frozenset({"point", "city"})

_WORD: Final = re.compile(r"[^\W_]{3,}")
_SUFFIX: Final = re.compile(r"(?:ings?|ers?|ed|es|s)$")
_COMMON: Final = frozenset(
    line
    for line in resources.files("services.linker").joinpath("common_words.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
)


@dataclass(frozen=True, slots=True)
class Window:
    """First and last day (proleptic ordinals); `certain` where the text itself gives a day."""

    first: int
    last: int
    certain: bool


@dataclass(frozen=True, slots=True)
class Traits:
    """The comparable side of one mention. Empty sets and None mean that it says nothing."""

    mention_id: str
    article_id: str
    source_id: str
    type: str
    family: str
    mode: str | None
    acled: str | None
    window: Window | None
    history: bool
    place: Place | None
    actors: frozenset[str]
    recipients: frozenset[str]
    countries: frozenset[str]
    tolls: tuple[tuple[str, int | None, int | None], ...]
    words: frozenset[str]
    headline: frozenset[str]
    signature: Signature | None


def traits_of(mention: EventMention) -> Traits:
    """Reads a mention's traits."""
    return Traits(
        mention_id=mention.id,
        article_id=mention.article_id,
        source_id=mention.source.id,
        type=mention.type,
        family=FAMILIES[mention.type],
        mode=mention.mode,
        acled=mention.acled.sub_event_type if mention.acled else None,
        window=_window(mention),
        history=mention.background and mention.date is None,
        place=mention.place,
        actors=_ids(mention.actors),
        recipients=_ids(mention.recipients),
        countries=frozenset(a.country for a in (*mention.actors, *mention.recipients) if a.country),
        tolls=_tolls(mention),
        words=words_of(mention.sentence.text),
        headline=words_of(mention.title or ""),
        signature=signature_of(mention.fingerprint),
    )


def words_of(text: str) -> frozenset[str]:
    """The content words of a text, cut to crude stems so that "kidnapped" meets "kidnapping" and "kidnappers"."""
    return frozenset(_stem(word) for word in _WORD.findall(text.casefold()) if word not in _COMMON)


def _stem(word: str) -> str:
    # Doubled consonants before a suffix (kidnapp-ed) go with the cut to six letters or with the pair below.
    bare = _SUFFIX.sub("", word) if len(word) > 4 else word
    return (bare[:-1] if len(bare) > 4 and bare[-1] == bare[-2] else bare)[:7]


def _ids(actors: Iterable[Actor]) -> frozenset[str]:
    return frozenset(actor.id for actor in actors if actor.id)


def _window(mention: EventMention) -> Window | None:
    if mention.date is not None:
        first, last = mention.date.start.toordinal(), mention.date.end.toordinal()
        return Window(first, last, mention.date.precision == "day") if last - first <= WIDEST_WINDOW else None
    # History told as context has nothing to do with the day it is told on.
    if mention.published is None or mention.background:
        return None
    day = mention.published.date()
    return Window((day - LOOK_BACK).toordinal(), day.toordinal(), certain=False)


def _tolls(mention: EventMention) -> tuple[tuple[str, int | None, int | None], ...]:
    if mention.casualties is None:
        return ()
    kinds = ("killed", "injured", "captured", "displaced")
    counts = ((kind, getattr(mention.casualties, kind)) for kind in kinds)
    return tuple((kind, count.min, count.max) for kind, count in counts if count is not None)
