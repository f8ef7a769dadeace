"""From the mentions of one happening to its Event. Pure: the same mentions give the same Event."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from services.core.models import Actor, DateRange, Event, EventMention, MentionRef, Place
from services.core.ontology import TYPES, EventType, Modality
from services.linker import copies
from services.linker.claims import casualties_of, claims_of, newest_first, voice_of
from services.linker.match import cosine
from services.linker.traits import words_of

MENTIONS_ON_BUS: Final = 50
CLAIMS_ON_BUS: Final = 100
_SIDE: Final = 12
_TITLE: Final = 200
_SENTENCE: Final = 1000
_PRECISION: Final = {"point": 4, "city": 3, "admin1": 2, "country": 1}
# An act that was carried out was planned before: the strongest that anybody asserts is what the event is.
_STRENGTH: Final[tuple[Modality, ...]] = ("actual", "possible", "planned", "threatened", "denied")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Report:
    """A mention with the time at which the linker first had it."""

    mention: EventMention
    arrived: datetime


@dataclass(frozen=True, slots=True)
class Frame:
    """What an event has besides its mentions."""

    id: str
    version: int
    first_seen: datetime
    about: str | None = None


def build(frame: Frame, reports: Sequence[Report], *, everything: bool = False) -> Event:
    """The Event of these reports (at least one). `everything` lifts the bus's limits on lists."""
    mentions = newest_first(report.mention for report in reports)
    arrived = {report.mention.id: report.arrived for report in reports}
    texts = _texts(mentions, arrived)
    origin = copies.originals(texts)
    voices = [m for m in mentions if m.article_id not in origin] or mentions
    kind = _agreed([m.type for m in voices], lambda t: (abs(TYPES[t].score), t))
    typed = [m for m in voices if m.type == kind]
    claims = claims_of(mentions, frozenset(origin))
    return Event(
        id=frame.id,
        version=frame.version,
        type=kind,
        mode=_most([m.mode for m in typed if m.mode]),
        quad_class=TYPES[kind].quad_class,
        contexts=_by_count(context for m in voices for context in m.contexts),
        acled=_agreed_model([m.acled for m in typed if m.acled]),
        modality=next(form for form in _STRENGTH if any(m.modality == form for m in mentions)),
        place=_place([m.place for m in voices if m.place]),
        date=_date([m.date for m in voices if m.date]),
        actors=_side_of(typed, lambda m: m.actors, lambda m: m.recipients),
        recipients=_side_of(typed, lambda m: m.recipients, lambda m: m.actors, first=False),
        title=_title(voices),
        mention_count=len(mentions),
        mentions=tuple(_ref(m, origin) for m in (mentions if everything else mentions[:MENTIONS_ON_BUS])),
        sources=tuple(sorted({m.source.id for m in mentions if m.source.id})),
        independent_sources=copies.independent_sources(texts, origin),
        claims=claims if everything else claims[:CLAIMS_ON_BUS],
        casualties=casualties_of(claims),
        about=frame.about,
        first_seen=frame.first_seen,
        last_seen=max(arrived.values()),
        confidence=_confidence(voices),
    )


def retracted(last: Event, version: int) -> Event:
    """An event that lost all its mentions: what it was, empty and marked."""
    return _emptied(last, version, retracted=True, confidence=0.0)


def redirect(last: Event, version: int, into: str) -> Event:
    """An event that turned out to be another: it only points there now."""
    return _emptied(last, version, merged_into=into)


def _emptied(last: Event, version: int, **marks: object) -> Event:
    nothing = {"mentions": (), "mention_count": 0, "sources": (), "independent_sources": 0, "claims": ()}
    return last.model_copy(update={**nothing, "casualties": None, "version": version, **marks})


def _texts(mentions: Sequence[EventMention], arrived: dict[str, datetime]) -> list[copies.Text]:
    texts = {}
    for m in mentions:
        time = m.published or arrived[m.id]
        texts[m.article_id] = copies.Text(m.article_id, voice_of(m), time, copies.signature_of(m.fingerprint))
    return list(texts.values())


def _ref(mention: EventMention, origin: dict[str, str]) -> MentionRef:
    return MentionRef(
        article_id=mention.article_id,
        revision=mention.revision,
        mention_id=mention.id,
        source=mention.source,
        url=mention.url,
        published=mention.published,
        sentence=mention.sentence.text[:_SENTENCE],
        copy_of=origin.get(mention.article_id),
    )


def _agreed(values: Sequence[EventType], tie: Callable[[EventType], tuple[float, str]]) -> EventType:
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], tie(value)))


def _most(values: Sequence[str]) -> str | None:
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value), default=None)


def _agreed_model(values: Sequence[T]) -> T | None:
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], repr(value)), default=None)


def _by_count(values: Iterable[str]) -> tuple[str, ...]:
    counts = Counter(values)
    return tuple(sorted(counts, key=lambda value: (-counts[value], value)))


def _place(places: Sequence[Place]) -> Place | None:
    """The most precise of the most agreed: a country's mention agrees with every city in it."""
    if not places:
        return None
    by_id = {place.id: place for place in sorted(places, key=lambda p: (_PRECISION[p.precision], repr(p)))}
    counts = Counter(place.id for place in places)
    votes = {
        inner.id: sum(counts[outer.id] for outer in by_id.values() if _holds(outer, inner)) for inner in by_id.values()
    }
    return max(by_id.values(), key=lambda p: (votes[p.id], _PRECISION[p.precision], counts[p.id], p.id))


def _holds(outer: Place, inner: Place) -> bool:
    if outer.id == inner.id:
        return True
    if outer.country is None or outer.country != inner.country or _PRECISION[outer.precision] > 2:
        return False
    return outer.precision == "country" or (outer.admin1 is not None and outer.admin1 == inner.admin1)


def _date(dates: Sequence[DateRange]) -> DateRange | None:
    """The most agreed range, the shorter of equals, the earlier of those; in the words that come first."""
    counts = Counter((date.start, date.end) for date in dates)
    if not counts:
        return None
    best = min(counts, key=lambda span: (-counts[span], span[1] - span[0], span[0]))
    return min((d for d in dates if (d.start, d.end) == best), key=lambda d: (d.text == "", d.text))


def _side_of(
    mentions: Sequence[EventMention],
    here: Callable[[EventMention], Sequence[Actor]],
    there: Callable[[EventMention], Sequence[Actor]],
    *,
    first: bool = True,
) -> tuple[Actor, ...]:
    """The actors of a side, most named first. Who is told on both sides stands where more tell it."""
    mine = Counter(actor.id for m in mentions for actor in here(m))
    other = Counter(actor.id for m in mentions for actor in there(m))
    kept = [key for key in mine if mine[key] > other[key] or (first and mine[key] == other[key])]
    named: dict[str, list[Actor]] = {}
    for actor in (actor for m in mentions for actor in here(m)):
        named.setdefault(actor.id, []).append(actor)
    ranked = sorted(kept, key=lambda key: (-mine[key], key))[:_SIDE]
    agreed = (_agreed_model(named[key]) for key in ranked)
    return tuple(actor for actor in agreed if actor is not None)


def _title(mentions: Sequence[EventMention]) -> str:
    """The headline that says most of what the sentences say; the best sentence where no headline is about it."""
    common = Counter(word for m in mentions for word in words_of(m.sentence.text))
    shared = frozenset(word for word, count in common.items() if 2 * count >= len(mentions)) or frozenset(common)
    titles = {m.title: cosine(words_of(m.title), shared) for m in mentions if m.title}
    best = max(titles, key=lambda title: (titles[title], -len(title), title), default=None)
    if best is not None and titles[best] >= 0.2:
        return _cut(best)
    sentences = {m.sentence.text: cosine(words_of(m.sentence.text), shared) for m in mentions}
    return _cut(max(sentences, key=lambda text: (sentences[text], -len(text), text)))


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _TITLE else text[: _TITLE - 1].rsplit(" ", 1)[0] + "…"


def _confidence(mentions: Sequence[EventMention]) -> float:
    """That at least one source is read rightly, each source's best reading counting once; never certain."""
    best: dict[str, float] = {}
    for m in mentions:
        best[voice_of(m)] = max(best.get(voice_of(m), 0.0), m.confidence)
    doubt = 1.0
    for value in sorted(best.values()):
        doubt *= 1 - value
    return round(min(0.99, 1 - doubt), 4)
