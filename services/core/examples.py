"""One complete example of every record: what readers of schemas/ learn from, and what tests begin with.

The outlets, people and happenings are invented; ids are made as everywhere, so that the examples fit together.
"""

from datetime import UTC, date, datetime

from services.core import ids
from services.core import models as m
from services.core.envelope import TYPES, schema_name

_URL = "https://herald.example/2026/05/shelling-near-tarmat"
_ARTICLE = ids.article_id(_URL)
_FEED_URL = "https://herald.example/feed.xml"
_FEED = ids.feed_id(_FEED_URL)
_TEXT = (
    "Rebel commander Ilyas Varo said on Tuesday that army artillery had shelled a market in Tarmat, killing at least "
    "four people.\n\nThe army denied the attack."
)
_SENTENCE = _TEXT.split("\n\n")[0]
_FETCHED = datetime(2026, 5, 12, 9, 30, 5, tzinfo=UTC)
_PUBLISHED = datetime(2026, 5, 12, 9, 12, tzinfo=UTC)
_SOURCE = m.Source(id="herald.example", name="The Herald", country="GBR", language="en")
_HTTP = m.HttpInfo(
    status=200, etag='W/"5f1"', last_modified="Tue, 12 May 2026 09:15:00 GMT", content_type="text/html; charset=utf-8"
)
_PLACE = m.Place(
    id="geo:demo-tarmat", name="Tarmat", country="SYR", admin1="Hama", lat=35.1, lon=36.7, precision="city"
)
_ARMY = m.Actor(id="gov:SYR:MIL", name="Syrian army", country="SYR", sector="MIL", text="army artillery")
_PEOPLE = m.Actor(id="agent:SYR:CVL", name="people", country="SYR", sector="CVL", text="at least four people")
_VARO = m.Actor(
    id="person:varo-ilyas", name="Ilyas Varo", country="SYR", sector="REB", text="Rebel commander Ilyas Varo"
)
_TOLL = m.Casualties(
    killed=m.Count(
        min=4, max=None, text="at least four people", victims=(m.Victim(text="four people", kind="people", count=4),)
    )
)
_DATE = m.DateRange(start=date(2026, 5, 12), end=date(2026, 5, 12), precision="day", text="on Tuesday")
_ACLED = m.Acled(event_type="Explosions/Remote violence", sub_event_type="Shelling/artillery/missile attack")


def _span(text: str) -> m.Evidence:
    start = _TEXT.index(text)
    return m.Evidence(text=text, start=start, end=start + len(text))


FEED = m.Feed(id=_FEED, url=_FEED_URL, source=_SOURCE, tags=("levant",), min_interval=300, zone="Europe/London")
FEED_STATE = m.FeedState(
    feed_id=_FEED,
    generation=3,
    url=_FEED_URL,
    validators=m.Validators(etag='"abc"', last_modified="Tue, 12 May 2026 09:15:00 GMT"),
    body_hash="0f3c",
    next_poll=datetime(2026, 5, 12, 9, 45, tzinfo=UTC),
    next_poll_reason="every 15 min: under a third of the entries were known",
    interval=900,
    last_polled=_FETCHED,
    last_success=_FETCHED,
    last_status=200,
    state="ok",
    seen="AAAAAAAAAAE=",
)
ENTRY = m.Entry(
    id=_URL,
    url=_URL,
    title="Market shelled in Tarmat",
    author="A. Reporter",
    published=_PUBLISHED,
    published_raw="Tue, 12 May 2026 10:12:00 +0100",
    summary="Rebels blame the army.",
)
PAGE_TASK = m.PageTask(id=_ARTICLE, url=_URL, feed_id=_FEED, source=_SOURCE, entry=ENTRY, found_at=_FETCHED)
ARTICLE_STATE = m.ArticleState(
    article_id=_ARTICLE,
    generation=3,
    url=_URL,
    content_hash=ids.digest("content", _TEXT),
    revision=1,
    first_fetched_at=_FETCHED,
    last_fetched_at=_FETCHED,
    http=_HTTP,
)
RAW_ARTICLE = m.RawArticle(
    id=_ARTICLE,
    revision=1,
    content_hash=ids.digest("content", _TEXT),
    url=_URL,
    canonical_url=_URL,
    source=_SOURCE,
    feed_id=_FEED,
    title="Market shelled in Tarmat",
    html=f"<body><h1>Market shelled in Tarmat</h1><p>{_SENTENCE}</p><p>The army denied the attack.</p></body>",
    summary="Rebels blame the army.",
    author="A. Reporter",
    published=_PUBLISHED,
    published_raw="Tue, 12 May 2026 10:12:00 +0100",
    fetched_at=_FETCHED,
    first_fetched_at=_FETCHED,
    http=_HTTP,
)
EVENT_MENTION = m.EventMention(
    id=ids.mention_id(_ARTICLE, "ASSAULT", _SENTENCE, 0),
    article_id=_ARTICLE,
    revision=1,
    source=_SOURCE,
    feed_id=_FEED,
    url=_URL,
    title="Market shelled in Tarmat",
    published=_PUBLISHED,
    fingerprint="AAAA",
    type="ASSAULT",
    mode="heavy-weapons",
    contexts=("military",),
    quad_class=4,
    score=-9.0,
    cameo_root="19",
    acled=_ACLED,
    actors=(_ARMY,),
    recipients=(_PEOPLE,),
    place=_PLACE,
    date=_DATE,
    casualties=_TOLL,
    attribution=m.Attribution(
        speaker=_VARO,
        on_behalf_of=m.Actor(id="group:northern-front", name="Northern Front", country="SYR", sector="REB"),
        stance="asserts",
        cue="said",
    ),
    about=ids.mention_id(_ARTICLE, "ASSAULT", "The army shelled Tarmat.", 0),
    sentence=_span(_SENTENCE),
    trigger=_span("shelled"),
    rule="shell.verb",
    coder_number=1,
    confidence=0.82,
)
ARTICLE_REVISION = m.ArticleRevision(article_id=_ARTICLE, revision=1, coder_number=1, mention_ids=(EVENT_MENTION.id,))
_NAMED = m.TextSpan(text="Ilyas Varo", start=_TEXT.index("Ilyas"), end=_TEXT.index("Ilyas") + 10)
_AT = m.TextSpan(text="Tarmat", start=_TEXT.index("Tarmat"), end=_TEXT.index("Tarmat") + 6)
ENRICHED_ARTICLE = m.EnrichedArticle(
    id=_ARTICLE,
    revision=1,
    url=_URL,
    source=_SOURCE,
    feed_id=_FEED,
    title="Market shelled in Tarmat",
    text=_TEXT,
    language="en",
    author="A. Reporter",
    published=_PUBLISHED,
    published_precision="second",
    published_basis="feed",
    fetched_at=_FETCHED,
    first_fetched_at=_FETCHED,
    enriched_at=datetime(2026, 5, 12, 9, 30, 6, tzinfo=UTC),
    fingerprint="AAAA",
    bands=("0-1f",),
    entities=(
        m.Entity(id=_VARO.id, name="Ilyas Varo", kind="person", country="SYR", sector="REB", mentions=(_NAMED,)),
    ),
    places=(m.ArticlePlace(**_PLACE.model_dump(), mentions=(_AT,)),),
    events=(EVENT_MENTION,),
    coder=m.Coder(version="0.1.0", number=1),
    flags=("noarchive",),
)
EVENT = m.Event(
    id=ids.digest("event", EVENT_MENTION.id),
    version=1,
    type="ASSAULT",
    mode="heavy-weapons",
    quad_class=4,
    contexts=("military",),
    acled=_ACLED,
    place=_PLACE,
    date=_DATE,
    actors=(_ARMY,),
    recipients=(_PEOPLE,),
    title="Market shelled in Tarmat",
    mention_count=1,
    mentions=(
        m.MentionRef(
            article_id=_ARTICLE,
            revision=1,
            mention_id=EVENT_MENTION.id,
            source=_SOURCE,
            url=_URL,
            published=_PUBLISHED,
            sentence=_SENTENCE,
        ),
    ),
    sources=("herald.example",),
    independent_sources=1,
    claims=(
        m.Claim(
            by=_VARO,
            stance="asserts",
            modality="actual",
            what=_SENTENCE,
            casualties=_TOLL,
            time=_PUBLISHED,
            mention_id=EVENT_MENTION.id,
        ),
    ),
    casualties=m.EventCasualties(
        low=m.Toll(killed=4, injured=2),
        high=m.Toll(killed=4, injured=2),
        by_claimant=(m.ClaimedToll(by=_VARO, casualties=_TOLL, time=_PUBLISHED, mention_id=EVENT_MENTION.id),),
    ),
    story_id=ids.digest("story", "tarmat"),
    story_title="Fighting around Tarmat",
    first_seen=_FETCHED,
    last_seen=_FETCHED,
    confidence=0.82,
)
LINK_STATE = m.LinkState(
    key=EVENT_MENTION.id,
    generation=2,
    event_id=EVENT.id,
    event_version=1,
    first_seen=_FETCHED,
    mention=EVENT_MENTION,
)
CORRECTION = m.Correction(
    id=ids.digest("correction", "1"),
    kind="split",
    mention_ids=(EVENT_MENTION.id,),
    ordered_by="desk",
    reason="another market, a day later",
    time=_FETCHED,
)
OUTCOME = m.Outcome(
    id=ids.fetch_id(_ARTICLE, _FETCHED),
    article_id=_ARTICLE,
    revision=1,
    fetched_at=_FETCHED,
    feed_id=_FEED,
    source_id="herald.example",
    kind="indexed",
    stage="sink",
    time=datetime(2026, 5, 12, 9, 30, 7, tzinfo=UTC),
)
ALERT = m.Alert(
    id=ids.digest("alert", "1"), name="Shelling in Syria", query={"country": "SYR", "type": "ASSAULT"}, paused=False
)
DEAD_LETTER_STATE = m.DeadLetterState(
    topic="dateline.articles.raw",
    partition=3,
    offset=41,
    state="dropped",
    reason="the outlet's own page is broken",
    time=_FETCHED,
)

EXAMPLES: dict[str, m.Model] = {
    schema_name(type(example)): example
    for example in (
        FEED, FEED_STATE, PAGE_TASK, ARTICLE_STATE, RAW_ARTICLE, ENRICHED_ARTICLE, EVENT_MENTION, ARTICLE_REVISION,
        LINK_STATE, CORRECTION, EVENT, OUTCOME, ALERT, DEAD_LETTER_STATE,
    )
}  # fmt: skip
if set(EXAMPLES) != set(TYPES):
    raise AssertionError(f"records without an example: {sorted(set(TYPES) - set(EXAMPLES))}")
