"""The linker of one partition: mentions, revisions and corrections in, new versions of events out. No I/O, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.core.ids import digest
from services.core.models import ArticleRevision, Correction, Event, EventMention
from services.linker.build import Frame, build, redirect, retracted
from services.linker.match import match, match_all
from services.linker.state import Held, Known, State
from services.linker.traits import Traits, traits_of

# Mentions older than this before the newest arrival are forgotten once nothing was heard of their event for IDLE,
# which is longer than the bus keeps mentions: so a replay of all it has meets what is still known.
WINDOW: Final = timedelta(days=30)
IDLE: Final = timedelta(days=10)
_SWEEP: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Told:
    """A new version of an event, and the number of the message that caused it."""

    event: Event
    cause: int


@dataclass(slots=True)
class Counts:
    """What was decided since the start, for the metrics."""

    joined: int = 0
    founded: int = 0
    merged: int = 0
    withdrawn: int = 0
    stale: int = 0
    expired: int = 0


class Linker:
    """Joins mentions to events.

    Ids are stable: an event keeps the id derived of its first mention whatever becomes of that; of two that turn out
    to be one the older keeps its id and the other points to it. Seeing a message again changes nothing. Without a
    `window` nothing is forgotten.
    """

    def __init__(self, state: State, *, window: timedelta | None = WINDOW, idle: timedelta = IDLE) -> None:
        self.state = state
        self.counts = Counts()
        self._window, self._idle = window, idle
        self._dirty: dict[str, int] = {}
        self._orders: dict[str, Correction] = {}
        self._now: datetime | None = None
        self._swept: datetime | None = None
        self._retell: dict[str, list[str]] = {}
        for known in state.events.values():
            self._index_gone(known)

    # -- what comes in

    def mention(self, mention: EventMention, arrived: datetime, cause: int = 0) -> None:
        """Takes a mention; an older revision than is known, or one that its article dropped, is ignored."""
        self._tick(arrived)
        if self._is_stale(mention):
            self.counts.stale += 1
            return
        held = self.state.held.get(mention.id)
        if held is None:
            self._place(Held(mention, traits_of(mention), arrived, ""), cause)
        elif held.mention == mention:
            self._echo(held.event_id, cause)
        elif _rank(mention) >= _rank(held.mention):
            self._replace(held, mention, cause)
        else:
            self.counts.stale += 1

    def revision(self, revision: ArticleRevision, arrived: datetime, cause: int = 0) -> None:
        """Takes an article's newest revision: what it no longer says is withdrawn."""
        self._tick(arrived)
        marker = self.state.markers.get(revision.article_id)
        rank = (revision.revision, revision.coder_number)
        if marker is not None and (marker.revision.revision, marker.revision.coder_number) >= rank:
            for event_id in self._retell.pop("article:" + revision.article_id, ()):
                self._echo(event_id, cause)
            return
        held = self.state.by_article.get(revision.article_id, set())
        # Every partition is told of every article: one that came first and told nothing here needs no note.
        if revision.revision > 1 or held:
            self.state.mark(revision, arrived)
        kept = frozenset(revision.mention_ids)
        for mention_id in sorted(held):
            mention = self.state.held[mention_id].mention
            if mention_id not in kept or _rank(mention) < rank:
                self._withdraw(mention_id, cause)

    def correction(self, order: Correction, cause: int = 0) -> None:
        """Takes an operator's order; the newest order about a mention holds."""
        self.remember(order)
        mine = [m for m in order.mention_ids if self._orders[m] == order and m in self.state.held]
        if order.kind == "link":
            events = {self.state.held[mention_id].event_id for mention_id in mine}
            first = min(events, key=self._age, default=None)
            for event_id in sorted(events - {first}):
                self._merge(event_id, first or "", cause)
            return
        for mention_id in mine:
            if self.state.held[mention_id].event_id != _split_id(order):
                self._place(self._leave(mention_id, cause), cause)

    def remember(self, order: Correction) -> None:
        """Knows an order from now on, for mentions that come later."""
        for mention_id in order.mention_ids:
            known = self._orders.get(mention_id)
            if known is None or (known.time, known.id) <= (order.time, order.id):
                self._orders[mention_id] = order

    # -- what goes out

    def flush(self, *, everything: bool = False) -> list[Told]:
        """The events whose content changed since the last flush, each with the next version."""
        told = []
        for event_id, cause in self._dirty.items():
            known = self.state.events.get(event_id)
            event = self._tell(known, everything=everything) if known else None
            if event is not None:
                told.append(Told(event, cause))
        for known in [self.state.events[e] for e in self._dirty if e in self.state.events]:
            if not known.members and known.version == 0:
                self.state.drop(known.id)
        self._dirty.clear()
        return told

    def _tell(self, known: Known, *, everything: bool) -> Event | None:
        event = self._next(known, everything=everything)
        if event is None:
            return None
        content = digest(event.model_copy(update={"version": 1}).model_dump_json())
        confirmed, known.confirmed = known.confirmed, True
        if content == known.content:
            return None if confirmed else event.model_copy(update={"version": known.version})
        known.version, known.content = event.version, content
        self.state.note_event(known.id)
        return event

    def _next(self, known: Known, *, everything: bool) -> Event | None:
        version = self._version_after(known)
        if known.members:
            known.last = None
            frame = Frame(known.id, version, known.first_seen, self._about(known))
            return build(frame, self.state.reports(known.id), everything=everything)
        if known.version == 0 or known.last is None:
            return None
        if known.merged_into is not None:
            known.merged_into = self._root(known.merged_into)
            return redirect(known.last, version, known.merged_into)
        return retracted(known.last, version)

    def _version_after(self, known: Known) -> int:
        """One more than the last; where events are forgotten, no less than the time of the newest arrival in ms.

        So an event that was forgotten, or whose record was lost, comes back with a higher version than the index has.
        """
        if self._window is None:
            return known.version + 1
        return max(known.version + 1, int((self._now or known.touched).timestamp() * 1000))

    def _about(self, known: Known) -> str | None:
        targets = [self.state.held[member].mention.about for member in known.members]
        found = [self.state.held[target].event_id for target in targets if target in self.state.held]
        others = [event_id for event_id in found if event_id != known.id]
        return min(others, key=lambda event_id: (-others.count(event_id), event_id), default=None)

    # -- decisions

    def _place(self, held: Held, cause: int) -> None:
        target = self._ordered(held) or self._returning(held) or self._best(held.traits, cause)
        if target is None:
            target = self._found(held)
            self.counts.founded += 1
        else:
            self.counts.joined += 1
        self._join(held, target, cause)

    def _ordered(self, held: Held) -> str | None:
        order = self._orders.get(held.mention.id)
        if order is None:
            return None
        if order.kind == "split":
            split = _split_id(order)
            self.state.events.setdefault(split, Known(split, held.arrived, held.arrived))
            return split
        mates = [m for m in order.mention_ids if m in self.state.held and self._orders[m] == order]
        return min((self.state.held[m].event_id for m in mates), key=self._age, default=None)

    def _returning(self, held: Held) -> str | None:
        """The event that a withdrawn mention was in, where it still fits."""
        event_id = self._root(self.state.former.get(held.mention.id, ""))
        if event_id not in self.state.events:
            return None
        speakers = self.state.speakers(event_id)
        return event_id if not speakers or match_all(held.traits, speakers) > 0 else None

    def _best(self, traits: Traits, cause: int) -> str | None:
        scored = [
            (match_all(traits, self.state.speakers(event_id)), event_id)
            for event_id in self.state.blocks.candidates(traits)
            if not self._is_closed(event_id)
        ]
        fitting = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: (-pair[0], pair[1]))
        if not fitting:
            return None
        best = fitting[0][1]
        for _, other in fitting[1:]:
            if self._alike(best, other, traits):
                older, newer = sorted((best, other), key=self._age)
                self._merge(newer, older, cause)
                best = older
        return best

    def _alike(self, one: str, other: str, bridge: Traits) -> bool:
        """Whether two events are one, seen together with a mention that fits both: it may know what each lacks."""
        others = self.state.speakers(other)
        return sum(match(ours, theirs).logit for ours in [bridge, *self.state.speakers(one)] for theirs in others) > 0

    def _replace(self, held: Held, mention: EventMention, cause: int) -> None:
        """A newer reading of a known mention: it stays in its event as long as it fits the others there."""
        traits, event_id = traits_of(mention), held.event_id
        others = self.state.speakers(event_id, without=mention.id)
        stays = traits == held.traits or not others or match_all(traits, others) > 0
        renewed = Held(mention, traits, held.arrived, event_id)
        self._leave(mention.id, cause)
        if stays or mention.id in self._orders:
            self._join(renewed, event_id, cause)
        else:
            self._place(renewed, cause)

    def _withdraw(self, mention_id: str, cause: int) -> None:
        self._leave(mention_id, cause, remember=True)
        self.counts.withdrawn += 1

    def _merge(self, event_id: str, into: str, cause: int) -> None:
        known = self.state.events[event_id]
        self._keep_last(known)
        known.merged_into = into
        for member in list(known.members):
            self._join(self.state.leave(member), into, cause)
        self._touch(event_id, cause)
        self.counts.merged += 1

    # -- small steps

    def _join(self, held: Held, event_id: str, cause: int) -> None:
        self.state.join(held, event_id)
        self._touch(event_id, cause)
        self._touch_claims(held.mention.id, cause)

    def _leave(self, mention_id: str, cause: int, *, remember: bool = False) -> Held:
        known = self.state.events[self.state.held[mention_id].event_id]
        if len(known.members) == 1:
            self._keep_last(known)
        held = self.state.leave(mention_id, remember=remember)
        self._touch(known.id, cause)
        self._touch_claims(mention_id, cause)
        return held

    def _keep_last(self, known: Known) -> None:
        # An event that nobody was told of leaves no trace.
        if known.version and known.members:
            frame = Frame(known.id, known.version, known.first_seen, self._about(known))
            known.last = build(frame, self.state.reports(known.id))

    def _touch(self, event_id: str, cause: int) -> None:
        self._dirty[event_id] = max(cause, self._dirty.get(event_id, 0))

    def _touch_claims(self, mention_id: str, cause: int) -> None:
        for claimer in self.state.about.get(mention_id, ()):
            self._touch(self.state.held[claimer].event_id, cause)

    def _echo(self, event_id: str, cause: int) -> None:
        """Tells an event again after a restart: the crash may have lost it, or those that were merged into it."""
        for told in (event_id, *self._retell.pop("event:" + event_id, ())):
            known = self.state.events.get(told)
            if known is not None and not known.confirmed:
                self._touch(known.id, cause)

    def _index_gone(self, known: Known) -> None:
        if known.last is None:
            return
        keys = {"article:" + ref.article_id for ref in known.last.mentions}
        for key in {f"event:{known.merged_into}"} if known.merged_into else keys:
            self._retell.setdefault(key, []).append(known.id)

    def _found(self, held: Held) -> str:
        ids = (digest("event", held.mention.id, *again) for again in _suffixes())
        event_id = next(candidate for candidate in ids if candidate not in self.state.events)
        self.state.events[event_id] = Known(event_id, held.arrived, held.arrived)
        return event_id

    def _age(self, event_id: str) -> tuple[datetime, str]:
        return self.state.events[event_id].first_seen, event_id

    def _root(self, event_id: str) -> str:
        while (known := self.state.events.get(event_id)) is not None and known.merged_into is not None:
            event_id = known.merged_into
        return event_id

    def _is_closed(self, event_id: str) -> bool:
        """Whether an operator took its mentions apart from others: nothing joins it by likeness."""
        return bool(self._orders) and any(
            order.kind == "split" and event_id == _split_id(order)
            for member in self.state.events[event_id].members
            if (order := self._orders.get(member)) is not None
        )

    def _is_stale(self, mention: EventMention) -> bool:
        marker = self.state.markers.get(mention.article_id)
        if marker is None:
            return False
        newest = (marker.revision.revision, marker.revision.coder_number)
        dropped = _rank(mention) == newest and mention.id not in marker.revision.mention_ids
        return _rank(mention) < newest or dropped

    def _tick(self, arrived: datetime) -> None:
        if self._window is None:
            return
        self._now = max(arrived, self._now or arrived)
        if self._swept is None:
            self._swept = self._now
        elif self._now - self._swept >= _SWEEP:
            self._swept = self._now
            # What is to be told refers to events by id: they are told before they are forgotten.
            keep = [known for known in map(self.state.events.get, self._dirty) if known]
            for known in keep:
                known.touched = max(known.touched, self._now)
            self.counts.expired += self.state.expire(self._now, window=self._window, idle=self._idle)


def _rank(mention: EventMention) -> tuple[int, int]:
    return mention.revision, mention.coder_number


def _split_id(order: Correction) -> str:
    return digest("event", "split", order.id)


def _suffixes() -> Iterable[tuple[str, ...]]:
    yield ()
    number = 1
    while True:
        yield (str(number),)
        number += 1
