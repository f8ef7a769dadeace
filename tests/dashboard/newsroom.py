"""Invented reports of invented happenings, coded by hand, and the documents that the index holds of them."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.core import ids
from services.core.models import (
    Actor,
    ArticlePlace,
    Attribution,
    Casualties,
    Coder,
    Count,
    DateRange,
    EnrichedArticle,
    Entity,
    Event,
    EventMention,
    Evidence,
    Place,
    Source,
    TextSpan,
)
from services.core.ontology import TYPES, EventType, Modality, Stance
from services.core.ports import Upsert
from services.linker.build import Frame, Report, build
from services.sink.document import article_upsert, event_upsert, mention_upserts

NOW = datetime(2026, 5, 14, 15, 0, tzinfo=UTC)
SOURCES = {
    source.id: source
    for source in (
        Source(id="herald.example", name="The Herald", country="GBR", language="en"),
        Source(id="levant-wire.example", name="Levant Wire", country="LBN", language="en"),
        Source(id="harbour-post.example", name="Harbour Post", country="SGP", language="en"),
        Source(id="sada.example", name="صدى الشمال", country="SYR", language="ar"),
        Source(id="andes-diario.example", name="Andes Diario", country="PER", language="en"),
        Source(id="state-bulletin.example", name="State Bulletin", country="SYR", language="en"),
    )
}


def place(name: str, country: str, admin1: str | None, lat: float, lon: float, precision: str = "city") -> Place:
    return Place(
        id=f"geo:{name.lower()}", name=name, country=country, admin1=admin1, lat=lat, lon=lon, precision=precision
    )


def actor(actor_id: str, name: str, country: str | None, sector: str | None = None) -> Actor:
    return Actor(id=actor_id, name=name, country=country, sector=sector, text=name)


TARMAT = place("Tarmat", "SYR", "Hama", 35.1, 36.7)
ARMY = actor("gov:SYR:MIL", "Syrian army", "SYR", "MIL")
PEOPLE = actor("agent:SYR:CVL", "people", "SYR", "CVL")
VARO = actor("person:varo-ilyas", "Ilyas Varo", "SYR", "REB")
HOSPITAL = actor("org:tarmat-hospital", "Tarmat hospital", "SYR", "MED")
MINISTRY = actor("gov:SYR:defence", "Syrian defence ministry", "SYR", "GOV")


def killed(low: int | None, high: int | None = None, *, injured: int | None = None, text: str = "") -> Casualties:
    hurt = Count(min=injured, max=injured, text=f"{injured} injured") if injured is not None else None
    return Casualties(killed=Count(min=low, max=high, text=text or str(low)), injured=hurt)


@dataclass(frozen=True)
class Said:
    """One event in one sentence of an article, and which happening it belongs to."""

    event: str
    type: EventType
    sentence: str
    trigger: str
    place: Place | None = None
    actors: tuple[Actor, ...] = ()
    recipients: tuple[Actor, ...] = ()
    day: date | None = None
    by: Actor | None = None
    stance: Stance = "asserts"
    cue: str = "said"
    modality: Modality = "actual"
    toll: Casualties | None = None
    mode: str | None = None


@dataclass
class Newsroom:
    """Articles and the happenings that their mentions tell of."""

    articles: list[EnrichedArticle] = field(default_factory=list)
    happenings: dict[str, list[EventMention]] = field(default_factory=dict)

    def report(
        self, source_id: str, slug: str, hours_ago: float, title: str, text: str, *said: Said, **changes: Any
    ) -> EnrichedArticle:
        """Adds an article. `changes` are fields of the article; `voice` makes texts of one voice copies."""
        voice, revision = changes.pop("voice", slug), changes.pop("revision", 1)
        url = changes.pop("url", f"https://{source_id}/2026/{slug}")
        published = NOW - timedelta(hours=hours_ago)
        article_id = ids.article_id(f"https://{source_id}/2026/{slug}")
        fingerprint = base64.b64encode((ids.digest(voice, size=32) * 8).encode()[:512]).decode()
        shared = {
            "revision": revision, "source": SOURCES[source_id], "feed_id": "feed1", "url": url, "title": title,
            "published": published, "fingerprint": fingerprint,
        }  # fmt: skip
        events = [_mention(article_id, text, each, shared) for each in said]
        for each, mention in zip(said, events, strict=True):
            self.happenings.setdefault(each.event, []).append(mention)
        article = EnrichedArticle(
            id=article_id, **shared, text=text, language=SOURCES[source_id].language, author=None,
            published_precision="second", published_basis="feed", fetched_at=published + timedelta(seconds=40),
            first_fetched_at=published + timedelta(seconds=40), enriched_at=published + timedelta(seconds=42),
            bands=(), entities=_entities(text, said), places=_places(text, said), events=tuple(events),
            coder=Coder(version="0.1.0", number=1), flags=(),
        ).model_copy(update=changes)  # fmt: skip
        self.articles.append(article)
        return article

    def event_id(self, happening: str) -> str:
        return ids.digest("event", happening)

    def events(self) -> Iterator[Event]:
        for name, mentions in self.happenings.items():
            reports = [Report(m, (m.published or NOW) + timedelta(minutes=1)) for m in mentions]
            first = min(report.arrived for report in reports)
            yield build(Frame(self.event_id(name), 1, first), reports)

    def upserts(self) -> list[Upsert]:
        """Everything that the sink would write."""
        items = [upsert for article in self.articles for upsert in (article_upsert(article), *mention_upserts(article))]
        return [*items, *(event_upsert(event) for event in self.events())]


def _mention(article_id: str, text: str, said: Said, shared: dict[str, Any]) -> EventMention:
    start = text.index(said.sentence)
    at = start + said.sentence.index(said.trigger)
    facts = TYPES[said.type]
    return EventMention(
        id=ids.mention_id(article_id, said.type, said.sentence, 0), article_id=article_id, **shared, type=said.type,
        mode=said.mode, contexts=("military",) if facts.quad_class == 4 else ("diplomatic",),
        quad_class=facts.quad_class, score=facts.score, cameo_root=facts.cameo_root, actors=said.actors,
        recipients=said.recipients, place=said.place,
        date=DateRange(start=said.day, end=said.day, precision="day", text=f"on {said.day:%A}") if said.day else None,
        casualties=said.toll,
        attribution=Attribution(speaker=said.by, stance=said.stance, cue=said.cue) if said.by else None,
        modality=said.modality, sentence=Evidence(text=said.sentence, start=start, end=start + len(said.sentence)),
        trigger=Evidence(text=said.trigger, start=at, end=at + len(said.trigger)), rule="hand", coder_number=1,
        confidence=0.82,
    )  # fmt: skip


def _spans(text: str, name: str) -> tuple[TextSpan, ...]:
    at = text.find(name)
    return (TextSpan(text=name, start=at, end=at + len(name)),) if at >= 0 else ()


def _entities(text: str, said: Sequence[Said]) -> tuple[Entity, ...]:
    found = {a.id: a for s in said for a in (*s.actors, *((s.by,) if s.by else ()))}
    return tuple(
        Entity(id=a.id, name=a.name, kind="organisation", country=a.country, mentions=_spans(text, a.name))
        for a in found.values()
    )


def _places(text: str, said: Sequence[Said]) -> tuple[ArticlePlace, ...]:
    found = {s.place.id: s.place for s in said if s.place}
    return tuple(ArticlePlace(**p.model_dump(), mentions=_spans(text, p.name)) for p in found.values())


DAY = date(2026, 5, 12)


def _shelling(room: Newsroom) -> None:
    """One happening with rival claims, a toll that rises, a copy, a revision and a report in Arabic."""

    def shelled(sentence: str, trigger: str, **more: Any) -> Said:
        return Said(
            "shelling", "ASSAULT", sentence, trigger, place=TARMAT, actors=(ARMY,), recipients=(PEOPLE,), day=DAY,
            mode="heavy-weapons", **more,
        )  # fmt: skip

    first = (
        "Rebel commander Ilyas Varo said on Tuesday that the Syrian army had shelled the covered market in Tarmat, "
        "killing at least four people."
    )
    room.report(
        "herald.example", "market-shelled", 54, "Market shelled in Tarmat as truce frays",
        f"{first}\n\nStalls were burning when rescuers arrived, and the road to Hama was closed. The army did not "
        "answer questions at first.\n\nIt was the third such strike on the town since the truce of April.",
        shelled(first, "shelled", by=VARO, toll=killed(4, text="at least four people")),
    )  # fmt: skip
    wire = "Shells hit a covered market in the Syrian town of Tarmat and killed nine people, Tarmat hospital said."
    body = f"{wire}\n\nDoctors appealed for blood. Another 21 people were being treated for wounds."
    toll = killed(9, 9, injured=21, text="nine people")
    room.report("levant-wire.example", "tarmat-nine", 50, "Nine dead in Tarmat market shelling", body,
                shelled(wire, "hit", by=HOSPITAL, toll=toll), voice="wire")  # fmt: skip
    room.report("harbour-post.example", "syria-market", 49, "Nine killed in Syrian market", body,
                shelled(wire, "hit", by=HOSPITAL, toll=toll), voice="wire")  # fmt: skip
    denial = "The Syrian defence ministry denied that its forces had shelled Tarmat and blamed a gas explosion."
    room.report(
        "state-bulletin.example", "ministry-denies", 46, "Ministry denies firing on Tarmat",
        f"🕊 Truce, day 40.\n\n{denial}\n\nIt said an inquiry would be opened.",
        shelled(denial, "shelled", by=MINISTRY, stance="denies", cue="denied", modality="denied"),
    )  # fmt: skip
    later = "Tarmat hospital put the dead at 11 on Wednesday after two of the wounded died of their injuries."
    room.report(
        "herald.example", "toll-rises", 26, "Toll of Tarmat shelling rises to 11",
        f"{later}\n\nAn earlier version of this report gave the number of dead as nine.",
        shelled(later, "dead", by=HOSPITAL, cue="put", toll=killed(11, 11, text="11")), revision=2,
    )  # fmt: skip
    arabic = "قال سكان إن قذائف سقطت على سوق ترمات يوم الثلاثاء وقتلت سبعة أشخاص."
    room.report("sada.example", "souq", 51, "قصف سوق ترمات", f"{arabic}\n\nوأغلقت المتاجر أبوابها.",
                shelled(arabic, "سقطت", toll=killed(7, 7, text="سبعة أشخاص")))  # fmt: skip


# happening, type, mode, hours ago, place, who, to whom, headline, sentence, trigger, modality, source
_BRIEFS: tuple[tuple[Any, ...], ...] = (
    ("talks", "CONSULT", "multilateral", 5, place("Velmora", "CHE", "Geneva", 46.2, 6.15),
     actor("gov:SYR", "Syrian government", "SYR", "GOV"), actor("org:united-nations", "United Nations", None, "IGO"),
     "Envoys meet in Velmora over the Syrian truce",
     "Syrian envoys met United Nations mediators in Velmora to discuss the truce.", "met", "actual", "herald.example"),
    ("strike", "PROTEST", "strike", 20, place("Callabamba", "PER", "Puno", -15.5, -70.1),
     actor("agent:PER:LAB", "miners", "PER", "LAB"), actor("gov:PER", "Peruvian government", "PER", "GOV"),
     "Miners down tools in Callabamba", "Thousands of miners went on strike in Callabamba over pensions.",
     "went on strike", "actual", "andes-diario.example"),
    ("aid", "AID", None, 30, place("Port Sarel", "PHL", "Samar", 11.9, 125.0),
     actor("gov:SGP", "Singapore", "SGP", "GOV"), actor("agent:PHL:CVL", "villagers", "PHL", "CVL"),
     "Relief flights reach Port Sarel after the storm", "Singapore flew relief goods to villagers in Port Sarel.",
     "flew relief goods", "actual", "harbour-post.example"),
    ("arrests", "COERCE", "arrest", 9, place("Dravik", "SRB", "Central Serbia", 43.9, 21.2),
     actor("agent:SRB:COP", "police", "SRB", "COP"), actor("agent:SRB:OPP", "students", "SRB", "OPP"),
     "Police detain students in Dravik", "Police arrested forty students in Dravik after a march.", "arrested",
     "actual", "herald.example"),
    ("march", "PROTEST", "demo", 11, place("Dravik", "SRB", "Central Serbia", 43.9, 21.2),
     actor("agent:SRB:OPP", "students", "SRB", "OPP"), actor("gov:SRB", "Serbian government", "SRB", "GOV"),
     "Students march through Dravik", "Students marched through Dravik against a media law.", "marched", "actual",
     "herald.example"),
    ("truce", "CONCEDE", None, 70, place("Sahel el-Nour", "LBY", "Misrata", 32.1, 15.2),
     actor("group:coast-brigade", "Coast Brigade", "LBY", "REB"), actor("gov:LBY", "Libyan government", "LBY", "GOV"),
     "Brigade declares truce on the coast road", "The Coast Brigade declared a truce around Sahel el-Nour.",
     "declared a truce", "actual", "levant-wire.example"),
    ("drone", "ASSAULT", "drone", 61, place("Sahel el-Nour", "LBY", "Misrata", 32.1, 15.2),
     actor("gov:LBY:MIL", "Libyan army", "LBY", "MIL"), actor("group:coast-brigade", "Coast Brigade", "LBY", "REB"),
     "Drone strike on a convoy kills three", "A Libyan army drone struck a convoy near Sahel el-Nour.", "struck",
     "actual", "levant-wire.example"),
    ("sanction", "SANCTION", "expel", 41, place("Norvik", "NOR", "Oslo", 59.9, 10.7),
     actor("gov:NOR", "Norway", "NOR", "GOV"), actor("gov:BLR", "Belarus", "BLR", "GOV"),
     "Norway expels two diplomats", "Norway expelled two diplomats of Belarus.", "expelled", "actual",
     "herald.example"),
    ("deal", "AGREE", None, 15, place("Tanjong Batu", "IDN", "Riau", 1.1, 104.0),
     actor("gov:IDN", "Indonesia", "IDN", "GOV"), actor("gov:SGP", "Singapore", "SGP", "GOV"),
     "Strait states sign pilotage accord", "Indonesia and Singapore signed an accord on pilots in the strait.",
     "signed", "actual", "harbour-post.example"),
    ("threat", "THREATEN", "violence", 3, place("Kesra", "SYR", "Hama", 35.3, 36.9), VARO, ARMY,
     "Varo threatens to answer shelling", "Ilyas Varo warned that his men would strike army posts at Kesra.",
     "warned", "threatened", "levant-wire.example"),
    ("visit", "CONSULT", "visit", 33, place("Nairota", "KEN", "Nairobi", -1.3, 36.8),
     actor("gov:ETH", "Ethiopian premier", "ETH", "GOV"), actor("gov:KEN", "Kenya", "KEN", "GOV"),
     "Ethiopian premier to visit Nairota", "The Ethiopian premier will visit Nairota next week.", "visit", "planned",
     "herald.example"),
    ("accuse", "ACCUSE", "allege", 22, place("Brazilia Norte", "BRA", "Pará", -3.2, -52.2, "admin1"),
     actor("agent:BRA:NGO", "forest monitors", "BRA", "NGO"), actor("agent:BRA:BUS", "loggers", "BRA", "BUS"),
     "Monitors blame loggers for fires", "Forest monitors accused loggers of starting fires in Pará.", "accused",
     "actual", "andes-diario.example"),
    ("mobilize", "MOBILIZE", "troops", 28, place("Kashka", "IND", "Ladakh", 34.3, 77.6),
     actor("gov:IND:MIL", "Indian army", "IND", "MIL"), None, "Brigade moves up to Kashka",
     "The Indian army moved a brigade to Kashka.", "moved", "actual", "harbour-post.example"),
    ("release", "RETREAT", "release", 37, place("Ouagara", "BFA", "Centre", 12.4, -1.5),
     actor("group:sahel-front", "Sahel Front", "BFA", "REB"), actor("agent:BFA:MED", "nurses", "BFA", "MED"),
     "Four nurses freed near Ouagara", "The Sahel Front released four nurses near Ouagara.", "released", "actual",
     "herald.example"),
    ("abduct", "ASSAULT", "abduct", 90, place("Ouagara", "BFA", "Centre", 12.4, -1.5),
     actor("group:sahel-front", "Sahel Front", "BFA", "REB"), actor("agent:BFA:MED", "nurses", "BFA", "MED"),
     "Nurses taken from clinic", "Sahel Front gunmen abducted four nurses from a clinic at Ouagara.", "abducted",
     "actual", "andes-diario.example"),
    ("reject", "REJECT", "yield", 13, place("Colombia", "COL", None, 4.0, -73.0, "country"),
     actor("gov:COL", "Colombia", "COL", "GOV"), actor("group:llano", "Llano Front", "COL", "REB"),
     "Bogotá turns down prisoner swap", "Colombia rejected an exchange of prisoners with the Llano Front.",
     "rejected", "actual", "andes-diario.example"),
    ("support", "SUPPORT", None, 8, place("Kaitawa", "NZL", "Northland", -35.1, 173.3),
     actor("gov:NZL", "New Zealand", "NZL", "GOV"), actor("gov:FJI", "Fiji", "FJI", "GOV"),
     "New Zealand backs Fiji's reef claim", "New Zealand backed Fiji's claim to the outer reef.", "backed", "actual",
     "harbour-post.example"),
    ("coop", "COOPERATE", None, 44, place("Sapporita", "JPN", "Hokkaido", 43.0, 141.3),
     actor("gov:JPN:MIL", "Japan's navy", "JPN", "MIL"), actor("gov:KOR:MIL", "South Korea's navy", "KOR", "MIL"),
     "Navies rehearse rescue off Sapporita", "Japan's navy and South Korea's navy held a rescue exercise.",
     "held a rescue exercise", "actual", "harbour-post.example"),
    ("request", "REQUEST", "assist", 18, place("Goma Sud", "COD", "North Kivu", -1.7, 29.2),
     actor("agent:COD:REF", "displaced families", "COD", "REF"), actor("org:united-nations", "United Nations", None),
     "Families ask for tents as rains begin", "Displaced families in Goma Sud asked the United Nations for tents.",
     "asked", "actual", "levant-wire.example"),
)  # fmt: skip


def _briefs(room: Newsroom) -> None:
    for name, kind, mode, hours, where, who, whom, title, sentence, trigger, modality, source in _BRIEFS:
        day = (NOW - timedelta(hours=hours) + timedelta(days=7 * (modality == "planned"))).date()
        toll = killed(3, 3, text="three") if name == "drone" else None
        said = Said(name, kind, sentence, trigger, place=where, actors=(who,), recipients=(whom,) if whom else (),
                    day=day, mode=mode, modality=modality, toll=toll)  # fmt: skip
        room.report(source, name, hours, title, f"{sentence}\n\nOfficials gave no further details.", said)


def newsroom() -> Newsroom:
    """Twenty happenings in twenty-five reports."""
    room = Newsroom()
    _shelling(room)
    _briefs(room)
    return room
