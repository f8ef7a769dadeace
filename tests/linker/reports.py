"""Mentions as reporters would leave them, with a few words each."""

import base64
import random
from array import array
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.core.models import (
    Acled,
    Actor,
    Attribution,
    Casualties,
    Coder,
    Count,
    DateRange,
    EnrichedArticle,
    EventMention,
    Evidence,
    Place,
    Source,
)
from services.core.ontology import TYPES, EventType

DAY = date(2026, 3, 4)
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

LIBYA = Place(id="c:LBY", name="Libya", country="LBY", lat=27.0, lon=17.0, precision="country")
SYRIA = Place(id="c:SYR", name="Syria", country="SYR", lat=35.0, lon=38.0, precision="country")
MISRATA = Place(id="g:1", name="Misrata", country="LBY", admin1="Misratah", lat=32.37, lon=15.09, precision="city")
TOWN = Place(id="g:2", name="Abu Qarin", country="LBY", admin1="Misratah", lat=31.44, lon=15.26, precision="city")
SEBHA = Place(id="g:3", name="Sebha", country="LBY", admin1="Sabha", lat=27.03, lon=14.43, precision="city")
HOMS = Place(id="g:4", name="Homs", country="SYR", admin1="Homs", lat=34.73, lon=36.71, precision="city")

ARMY = Actor(id="LBY-MIL-lna", name="Libyan National Army", country="LBY", sector="MIL")
GOVERNMENT = Actor(id="LBY-GOV-gna", name="Government of National Accord", country="LBY", sector="GOV")
REBELS = Actor(id="SYR-REB", name="rebels", country="SYR", sector="REB")
SPOKESMAN = Actor(id="LBY-MIL-spokesman", name="Army spokesman", country="LBY", sector="MIL")


def on(day: date) -> DateRange:
    return DateRange(start=day, end=day, precision="day", text=day.isoformat())


def killed(low: int | None, high: int | None = None, *, injured: int | None = None) -> Casualties:
    hurt = Count(min=injured, max=injured) if injured is not None else None
    return Casualties(killed=Count(min=low, max=high), injured=hurt)


def said_by(speaker: Actor, stance: Any = "asserts") -> Attribution:
    return Attribution(speaker=speaker, stance=stance, cue="said")


def report(
    article: str = "a1",
    sentence: str = "Forces of both sides fought near the town of Abu Qarin.",
    *,
    number: int = 1,
    type: EventType = "ASSAULT",
    source: str | None = None,
    place: Place | None = TOWN,
    day: date | None = DAY,
    published: datetime | None = NOON,
    actors: Sequence[Actor] = (ARMY,),
    recipients: Sequence[Actor] = (GOVERNMENT,),
    title: str | None = None,
    fingerprint: str = "",
    **changes: Any,
) -> EventMention:
    """A battle report unless told otherwise."""
    facts = TYPES[type]
    mention = EventMention(
        id=f"{article}-m{number}", article_id=article, revision=1, url=f"https://{article}.example/",
        source=Source(id=source or f"source-of-{article}", name=(source or f"Source of {article}").title()),
        title=title, published=published, fingerprint=fingerprint, type=type,
        quad_class=facts.quad_class, score=facts.score, cameo_root=facts.cameo_root, actors=tuple(actors),
        recipients=tuple(recipients), place=place, date=on(day) if day else None,
        sentence=Evidence(text=sentence, start=0, end=len(sentence)), trigger=Evidence(text="fought", start=0, end=6),
        rule="fight", coder_number=1, confidence=0.7,
    )  # fmt: skip
    return mention.model_copy(update=changes)


def clash(sub_type: str = "Armed clash") -> Acled:
    return Acled(event_type="Battles", sub_event_type=sub_type)


def fingerprint(seed: int, *, changed: float = 0.0, length: int = 128) -> str:
    """A made-up MinHash: two of one seed share all hashes but the changed part."""
    hashes = [random.Random(f"{seed}:{at}").getrandbits(32) for at in range(length)]
    other = random.Random(f"{seed}:{changed}")
    for at in range(round(changed * length)):
        hashes[at * 7 % length] = other.getrandbits(32)
    return base64.b64encode(array("I", hashes).tobytes()).decode()


def article_of(*mentions: EventMention, revision: int = 1, article: str | None = None) -> EnrichedArticle:
    """The article that holds these mentions."""
    first = mentions[0] if mentions else None
    key = article or (first.article_id if first else "empty")
    when = (first.published if first else None) or NOON
    return EnrichedArticle(
        id=key, revision=revision, text="…", fetched_at=when + timedelta(minutes=1),
        first_fetched_at=when + timedelta(minutes=1), enriched_at=when + timedelta(minutes=2),
        published=first.published if first else None,
        events=tuple(m.model_copy(update={"revision": revision}) for m in mentions), coder=Coder(version="1", number=1),
    )  # fmt: skip
