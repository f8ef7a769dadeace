"""What the linker knows of one partition, in memory; each piece is a LinkState record on the bus."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.core.models import ArticleRevision, Event, EventMention, LinkState
from services.linker.blocking import Blocks
from services.linker.build import Report
from services.linker.traits import Traits, traits_of

OWNER_PREFIX: Final = "owner:"
_REVISION: Final = "revision:"
_EVENT: Final = "event:"
# Mentions that speak for an event in comparisons: the first and the newest, each of another article.
_SPEAKERS: Final = 3


@dataclass(slots=True)
class Held:
    """A mention with its traits, its event and when it first came."""

    mention: EventMention
    traits: Traits
    arrived: datetime
    event_id: str


@dataclass(slots=True)
class Known:
    """An event without its content, which is built of its members.

    `version` and `content` (a hash) are what was last told; version 0: nothing yet. `confirmed` is False after a
    restart until the event was told again or changed: the crash may have come between state and event. `last` is
    what an event was before it lost all its members to nobody (retracted) or to another event (merged). `speakers`
    are worked out when asked for.
    """

    id: str
    first_seen: datetime
    touched: datetime
    version: int = 0
    content: str = ""
    merged_into: str | None = None
    members: dict[str, None] = field(default_factory=dict)
    former: set[str] = field(default_factory=set)
    confirmed: bool = True
    last: Event | None = None
    speakers: list[Traits] | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """The newest revision of an article, and when it came."""

    revision: ArticleRevision
    touched: datetime


class State:
    """Mentions, events and revisions of one partition, with what changed since the last `take_changes`."""

    def __init__(self, generation: int = 0) -> None:
        self.generation = generation
        self.held: dict[str, Held] = {}
        self.events: dict[str, Known] = {}
        self.markers: dict[str, Marker] = {}
        self.former: dict[str, str] = {}
        self.by_article: dict[str, set[str]] = {}
        self.about: dict[str, set[str]] = {}
        self.blocks = Blocks()
        self._changed: dict[str, None] = {}

    # -- mentions in events

    def join(self, held: Held, event_id: str) -> None:
        """Puts a mention that is in no event into one."""
        mention = held.mention
        held.event_id = event_id
        known = self.events[event_id]
        self.held[mention.id] = held
        known.members[mention.id] = None
        known.speakers = None
        known.touched = max(known.touched, held.arrived)
        if (old := self.former.pop(mention.id, None)) is not None and old in self.events:
            self.events[old].former.discard(mention.id)
        self.by_article.setdefault(mention.article_id, set()).add(mention.id)
        if mention.about:
            self.about.setdefault(mention.about, set()).add(mention.id)
        self.blocks.add(event_id, held.traits)
        self._changed[mention.id] = None

    def leave(self, mention_id: str, *, remember: bool = False) -> Held:
        """Takes a mention out of its event; with `remember` it knows where it belonged should it come back."""
        held = self.held.pop(mention_id)
        known = self.events[held.event_id]
        del known.members[mention_id]
        known.speakers = None
        if remember:
            self.former[mention_id] = held.event_id
            known.former.add(mention_id)
        _discard(self.by_article, held.mention.article_id, mention_id)
        if held.mention.about:
            _discard(self.about, held.mention.about, mention_id)
        self.blocks.remove(held.event_id, held.traits)
        self._changed[mention_id] = None
        return held

    def mark(self, revision: ArticleRevision, at: datetime) -> None:
        """Notes the newest revision of an article."""
        self.markers[revision.article_id] = Marker(revision, at)
        self._changed[_REVISION + revision.article_id] = None

    def note_event(self, event_id: str) -> None:
        """Has an event's record written with the next changes."""
        self._changed[_EVENT + event_id] = None

    def drop(self, event_id: str) -> None:
        """Forgets an event that has no members and that nobody was told of."""
        for mention_id in self.events.pop(event_id).former:
            self.former.pop(mention_id, None)
            self._changed[mention_id] = None

    def reports(self, event_id: str) -> list[Report]:
        """The members of an event as they are built from."""
        members = (self.held[member] for member in self.events[event_id].members)
        return [Report(held.mention, held.arrived) for held in members]

    def speakers(self, event_id: str, *, without: str | None = None) -> list[Traits]:
        """The mentions that stand for an event, however many it has."""
        known = self.events[event_id]
        if known.speakers is None or without in known.members:
            first = self._distinct(iter(known.members), without, set())
            articles = {traits.article_id for traits in first}
            found = first + self._distinct(reversed(known.members), without, articles)
            if without is not None:
                return found
            known.speakers = found
        return known.speakers

    def _distinct(self, members: Iterator[str], without: str | None, articles: set[str]) -> list[Traits]:
        found: list[Traits] = []
        for looked_at, member in enumerate(members):
            traits = self.held[member].traits
            if member != without and traits.article_id not in articles:
                articles.add(traits.article_id)
                found.append(traits)
            if len(found) == _SPEAKERS or looked_at > 4 * _SPEAKERS:
                break
        return found

    # -- the window

    def expire(self, now: datetime, *, window: timedelta, idle: timedelta) -> int:
        """Forgets events that lie before the window and had no report for `idle`; gives the number of mentions."""
        oldest, quiet, before = (now - window).date().toordinal(), now - idle, len(self.held)
        gone = [k for k in self.events.values() if k.touched < quiet and self._last_day(k) < oldest]
        for known in gone:
            self._forget(known)
        for article, marker in list(self.markers.items()):
            if marker.touched < quiet and article not in self.by_article:
                del self.markers[article]
                self._changed[_REVISION + article] = None
        return before - len(self.held)

    def _last_day(self, known: Known) -> int:
        windows = (self.held[member].traits.window for member in known.members)
        return max((window.last for window in windows if window), default=known.touched.date().toordinal())

    def _forget(self, known: Known) -> None:
        for member in list(known.members):
            self.leave(member)
        self.drop(known.id)
        self._changed[_EVENT + known.id] = None

    # -- records

    def take_changes(self) -> list[tuple[str, LinkState | None]]:
        """The records of everything that changed, None for a tombstone; mentions before events, so that a record of
        an event's version never stands for members that are not there."""
        keys = sorted(self._changed, key=lambda key: (key.startswith(_EVENT), key))
        self._changed.clear()
        return [(key, self._record(key)) for key in keys]

    def _record(self, key: str) -> LinkState | None:
        if key.startswith(_EVENT):
            return self._event_record(key)
        if key.startswith(_REVISION):
            marker = self.markers.get(key[len(_REVISION) :])
            if marker is None:
                return None
            return LinkState(key=key, generation=self.generation, touched=marker.touched, revision_of=marker.revision)
        if held := self.held.get(key):
            return LinkState(
                key=key, generation=self.generation, event_id=held.event_id, first_seen=held.arrived,
                mention=held.mention,
            )  # fmt: skip
        if (event_id := self.former.get(key)) is not None:
            return LinkState(key=key, generation=self.generation, event_id=event_id)
        return None

    def _event_record(self, key: str) -> LinkState | None:
        known = self.events.get(key[len(_EVENT) :])
        if known is None:
            return None
        return LinkState(
            key=key, generation=self.generation, event_id=known.id, event_version=known.version,
            first_seen=known.first_seen, touched=known.touched, content=known.content,
            merged_into=known.merged_into, last=known.last,
        )  # fmt: skip

    def restore(self, records: Iterable[LinkState]) -> None:
        """Takes over what the records say, one per key; the state must be empty."""
        mentions: list[LinkState] = []
        for record in records:
            if record.key.startswith(_EVENT) and record.event_id and record.first_seen:
                self.events[record.event_id] = Known(
                    record.event_id, record.first_seen, record.touched or record.first_seen, record.event_version,
                    record.content, record.merged_into, confirmed=False, last=record.last,
                )  # fmt: skip
            elif record.revision_of is not None and record.touched is not None:
                self.markers[record.revision_of.article_id] = Marker(record.revision_of, record.touched)
            elif record.event_id is not None:
                mentions.append(record)
        # Arrival order decides who speaks for an event.
        for record in sorted(mentions, key=lambda r: (r.first_seen.timestamp() if r.first_seen else 0.0, r.key)):
            self._restore_mention(record)
        self._changed.clear()

    def _restore_mention(self, record: LinkState) -> None:
        event_id = record.event_id or ""
        if record.mention is None or record.first_seen is None:
            self.former[record.key] = event_id
            if event_id in self.events:
                self.events[event_id].former.add(record.key)
            return
        # The event's own record may have been lost in the crash that its mention survived.
        if event_id not in self.events:
            self.events[event_id] = Known(event_id, record.first_seen, record.first_seen, confirmed=False)
        self.join(Held(record.mention, traits_of(record.mention), record.first_seen, event_id), event_id)


def _discard(index: dict[str, set[str]], key: str, value: str) -> None:
    values = index[key]
    values.discard(value)
    if not values:
        del index[key]
