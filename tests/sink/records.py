"""Full and small records to write, and an index that can be told to refuse."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, cast

from services.core.clock import Clock
from services.core.errors import Unavailable
from services.core.models import (
    Acled,
    Actor,
    ArticlePlace,
    Attribution,
    Casualties,
    Claim,
    ClaimedToll,
    Coder,
    Count,
    DateRange,
    EnrichedArticle,
    Entity,
    Event,
    EventCasualties,
    EventMention,
    Evidence,
    MentionRef,
    Place,
    Source,
    TextSpan,
    Toll,
)
from services.core.ports import Collection, Hit, Index, Upsert, Written

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
SOURCE = Source(id="gulf-courier.example", name="Gulf Courier", country="QAT", language="en")
MAYOR = Actor(id="LBY-GOV-mayor", name="Mayor of Ajdabiya", country="LBY", sector="GOV", text="the mayor")
GUNMEN = Actor(id="LBY-UAF", name="gunmen", country="LBY", sector="UAF", text="gunmen")
TOWN = Place(id="geo:88319", name="Ajdabiya", country="LBY", admin1="Al Wahat", lat=30.75, lon=20.22, precision="city")


def mention(number: int = 1, article_id: str = "a1", **changes: Any) -> EventMention:
    """A mention with a value for every field."""
    text = f"Gunmen fired at a bus near Ajdabiya, the mayor said ({number})."
    full = EventMention(
        id=f"{article_id}-m{number}", article_id=article_id, revision=1, source=SOURCE, feed_id="f1",
        url="https://gulf-courier.example/1", title="Bus attacked near Ajdabiya", published=NOW - timedelta(hours=1),
        fingerprint="", type="ASSAULT", mode="firearms", contexts=("military",), quad_class=4, score=-9.0,
        cameo_root="19", acled=Acled(event_type="Violence against civilians", sub_event_type="Attack"),
        actors=(GUNMEN,), recipients=(MAYOR,), place=TOWN,
        date=DateRange(start=date(2026, 3, 4), end=date(2026, 3, 4), precision="day", text="on Wednesday"),
        casualties=Casualties(killed=Count(min=2, max=2, text="two"), injured=Count(min=5, max=7, text="5 to 7")),
        attribution=Attribution(speaker=MAYOR, on_behalf_of=MAYOR, stance="asserts", cue="said"),
        about=f"{article_id}-m9", sentence=Evidence(text=text, start=0, end=len(text)),
        trigger=Evidence(text="fired at", start=7, end=15), rule="fire-at", coder_number=3, confidence=0.8,
    )  # fmt: skip
    return full.model_copy(update=changes)


def article(
    article_id: str = "a1", *, revision: int = 1, coder: int = 3, mentions: Sequence[int] = (1,), **changes: Any
) -> EnrichedArticle:
    """An article with these mentions and a value for every field."""
    events = tuple(mention(n, article_id, revision=revision, coder_number=coder) for n in mentions)
    full = EnrichedArticle(
        id=article_id, revision=revision, url="https://gulf-courier.example/1", source=SOURCE, feed_id="f1",
        title="Bus attacked near Ajdabiya", text="Gunmen fired at a bus near Ajdabiya.", language="en",
        author="R. Salem", published=NOW - timedelta(hours=1), published_precision="second", published_basis="feed",
        fetched_at=NOW - timedelta(minutes=revision), first_fetched_at=NOW - timedelta(minutes=30), enriched_at=NOW,
        fingerprint="AAAA", bands=("0:1f", "1:2e"),
        entities=(Entity(id="LBY-UAF", name="gunmen", kind="armed_group", country="LBY", sector="UAF",
                         mentions=(TextSpan(text="Gunmen", start=0, end=6),)),),
        places=(ArticlePlace(**TOWN.model_dump()),),
        events=events, coder=Coder(version="0.1", number=coder), flags=("truncated",),
    )  # fmt: skip
    return full.model_copy(update=changes)


def event(event_id: str = "e1", *, version: int = 1, **changes: Any) -> Event:
    """An event with a value for every field."""
    casualties = Casualties(killed=Count(min=2, max=2, text="two"))
    ref = MentionRef(article_id="a1", revision=1, mention_id="a1-m1", source=SOURCE, sentence="Gunmen fired at a bus.")
    claim = Claim(by=MAYOR, stance="asserts", modality="actual", what="Two died.", casualties=casualties,
                  time=NOW, mention_id="a1-m1")  # fmt: skip
    toll = ClaimedToll(by=MAYOR, casualties=casualties, time=NOW, mention_id="a1-m1")
    full = Event(
        id=event_id, version=version, type="ASSAULT", mode="firearms", quad_class=4, contexts=("military",),
        acled=Acled(event_type="Violence against civilians", sub_event_type="Attack"), place=TOWN,
        date=DateRange(start=date(2026, 3, 4), end=date(2026, 3, 4), precision="day", text="on Wednesday"),
        actors=(GUNMEN,), recipients=(MAYOR,), title="Bus attacked near Ajdabiya", mention_count=1, mentions=(ref,),
        sources=(SOURCE.id,), independent_sources=1, claims=(claim,),
        casualties=EventCasualties(low=Toll(killed=2, injured=5), high=Toll(killed=2, injured=7), by_claimant=(toll,)),
        about="e0", story_id="s1", story_title="Attacks", first_seen=NOW - timedelta(days=10), last_seen=NOW,
        confidence=0.8, merged_into="e7",
    )  # fmt: skip
    return full.model_copy(update=changes)


Answer = Literal["retry", "failed"]


class ScriptedIndex:
    """Keeps documents with external versions; refuses what it is told to, and notes every request."""

    def __init__(self) -> None:
        self.stored: dict[tuple[Collection, str], Upsert] = {}
        self.requests: list[list[str]] = []
        self.refusals: dict[str, list[Answer]] = {}
        self.outages = 0
        self.before: Callable[[Sequence[Upsert]], None] = lambda items: None

    async def upsert(self, items: Sequence[Upsert]) -> list[Written]:
        self._maybe_out()
        self.before(items)
        self.requests.append([item.id for item in items])
        return [self._write(item) for item in items]

    async def get(self, collection: Collection, document_id: str) -> Hit | None:
        self._maybe_out()
        found = self.stored.get((collection, document_id))
        return Hit(found.id, found.version, found.document, {}) if found else None

    def put(self, item: Upsert) -> None:
        """A write by somebody else."""
        self._write(replace(item))

    def mention(self, mention_id: str) -> tuple[int, bool]:
        """Version of a stored mention, and whether it is withdrawn."""
        found = self.stored["mentions", mention_id]
        return found.version, found.document["withdrawn"]

    def shown(self) -> set[str]:
        """The mentions that a reader sees."""
        return {
            key for (name, key), item in self.stored.items() if name == "mentions" and not item.document["withdrawn"]
        }

    def _maybe_out(self) -> None:
        if self.outages:
            self.outages -= 1
            raise Unavailable("the index is away")

    def _write(self, item: Upsert) -> Written:
        if answers := self.refusals.get(item.id):
            return Written(item.id, answers.pop(0), "429 busy" if answers else "mapping")
        known = self.stored.get((item.collection, item.id))
        if known is not None and known.version >= item.version:
            return Written(item.id, "stale")
        self.stored[item.collection, item.id] = item
        return Written(item.id, "written")


def as_index(scripted: ScriptedIndex) -> Index:
    """The scripted index where an Index is asked for: the sink uses upsert and get alone."""
    return cast(Index, scripted)


class CountingClock(Clock):
    """Stands still but for sleeps, which it notes and ends at once."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self._now = NOW

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - NOW).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._now += timedelta(seconds=seconds)
