import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.memory_index import MemoryIndex
from services.core import examples
from services.core.errors import Unavailable
from services.core.models import Claim, EnrichedArticle
from services.core.ports import Page, Query
from services.dashboard.answers import ClaimOf
from services.dashboard.parameters import BadParameter, grouped, read
from services.dashboard.shapes import EVENTS, SHAPES
from services.sink.document import article_upsert, event_upsert, mention_upserts
from tests.dashboard.conftest import LOCAL, REMOTE, Reader
from tests.dashboard.newsroom import NOW, Newsroom

E = "/api/v1/events"


async def test_events_are_listed_newest_report_first(reader: Reader) -> None:
    found = await reader.json(E)
    seen = [item["last_seen"] for item in found["items"]]
    assert found["total"] == 20
    assert seen == sorted(seen, reverse=True)


async def test_the_cursor_walks_over_every_event_once(reader: Reader) -> None:
    ids: list[str] = []
    cursor = None
    while True:
        params = {"limit": "7"} | ({"cursor": cursor} if cursor else {})
        found = await reader.json(E, params)
        ids += [item["id"] for item in found["items"]]
        cursor = found["cursor"]
        if cursor is None:
            break
    assert len(ids) == len(set(ids)) == 20


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"type": "ASSAULT"}, 3),
        ({"type": ["ASSAULT", "PROTEST"]}, 5),
        ({"country": "SYR"}, 2),
        ({"quad_class": "1"}, 5),
        ({"source": "andes-diario.example"}, 4),
        ({"stance": "denies"}, 1),
        ({"modality": "planned"}, 1),
        ({"q": "nurses"}, 2),
        ({"q": '"released four nurses"'}, 1),
        ({"from": "2026-05-12", "to": "2026-05-12", "country": ["SYR", "LBY"]}, 2),
        ({"killed_min": "4"}, 1),
        ({"box": "35,34,38,36"}, 2),
        ({"box": "170,-40,-170,-30"}, 1),
        ({"last_seen_from": "2026-05-14T10:00:00Z"}, 2),
        ({"from": "2027-01-01"}, 0),
    ],
)
async def test_filters_narrow(reader: Reader, params: dict[str, Any], count: int) -> None:
    assert (await reader.json(E, params))["total"] == count


async def test_a_facet_is_counted_without_its_own_filter(reader: Reader) -> None:
    found = await reader.json(E, {"country": "SYR", "facet": "country,type", "facet_size": "50"})
    assert found["total"] == 2
    assert len(found["facets"]["country"]) == 16
    assert {b["value"]: b["count"] for b in found["facets"]["type"]} == {"ASSAULT": 1, "THREATEN": 1}


async def test_facets_of_ids_carry_names(reader: Reader) -> None:
    found = await reader.json(E, {"facet": "actor,source,place,type", "limit": "1", "facet_size": "50"})
    names = {b["value"]: b["name"] for facet in ("actor", "source", "place") for b in found["facets"][facet]}
    assert names["person:varo-ilyas"] == "Ilyas Varo"
    assert names["herald.example"] == "The Herald"
    assert names["geo:tarmat"] == "Tarmat"
    assert None not in names.values()
    assert {b["name"] for b in found["facets"]["type"]} == {None}


async def test_histogram_and_grid_count_what_matches(reader: Reader) -> None:
    found = await reader.json(E, {"histogram": "day", "grid": "2", "limit": "0"})
    assert found["items"] == []
    assert sum(b["count"] for b in found["histogram"]) == 20
    assert sum(cell["count"] for cell in found["grid"]) == 20


async def test_an_event_tells_who_says_and_who_denies_it(reader: Reader, room: Newsroom) -> None:
    event = await reader.json(f"{E}/{room.event_id('shelling')}")
    stances = {(c["by"]["name"], c["stance"]) for c in event["claims"]}
    assert ("Ilyas Varo", "asserts") in stances
    assert ("Syrian defence ministry", "denies") in stances
    assert event["denied_by"] == ["Syrian defence ministry"]
    assert event["tolls"]["low"]["killed"] == 4
    assert event["tolls"]["high"]["killed"] == 11


async def test_reports_come_in_order_of_appearance_with_their_evidence(reader: Reader, room: Newsroom) -> None:
    event = await reader.json(f"{E}/{room.event_id('shelling')}")
    times = [report["published"] for report in event["reports"]]
    assert times == sorted(times)
    assert len(times) == 6
    assert all(report["trigger"] in report["sentence"] for report in event["reports"])
    copy = next(report for report in event["reports"] if report["copy_of"])
    original = next(report for report in event["reports"] if report["article_id"] == copy["copy_of"])
    assert (copy["source"]["name"], original["source"]["name"]) == ("Harbour Post", "Levant Wire")
    assert [r["revision"] for r in event["reports"]][-1] == 2


async def test_every_claim_leads_to_its_article(reader: Reader, room: Newsroom) -> None:
    event = await reader.json(f"{E}/{room.event_id('shelling')}")
    for claim in event["claims"]:
        article = await reader.json(f"/api/v1/articles/{claim['article_id']}")
        [told] = [e for e in article["events"] if e["mention_id"] == claim["mention_id"]]
        assert told["event_id"] == event["id"]
        span = told["sentence"]
        assert article["text"][span["start"] : span["end"]] == span["text"]


async def test_a_withdrawn_mention_is_told_and_one_not_indexed_too(readers: Callable[..., Reader]) -> None:
    index = MemoryIndex()
    await index.install()
    [upsert] = mention_upserts(examples.ENRICHED_ARTICLE)
    withdrawn = upsert.document | {"withdrawn": True}
    lost = examples.EVENT.mentions[0].model_copy(update={"mention_id": "elsewhere"})
    event = examples.EVENT.model_copy(update={"mentions": (*examples.EVENT.mentions, lost)})
    await index.upsert([event_upsert(event), upsert.__class__("mentions", upsert.id, 2**22, upsert.month, withdrawn)])
    answer = await readers(index=index).json(f"{E}/{event.id}")
    assert {r["mention_id"]: r["state"] for r in answer["reports"]} == {upsert.id: "withdrawn", "elsewhere": "missing"}


async def test_merged_and_retracted_events_are_hidden_but_keep_their_address(readers: Callable[..., Reader]) -> None:
    index = MemoryIndex()
    await index.install()
    events = [
        examples.EVENT.model_copy(update={"id": "merged", "merged_into": "shown"}),
        examples.EVENT.model_copy(update={"id": "gone", "retracted": True}),
        examples.EVENT.model_copy(update={"id": "shown"}),
    ]
    await index.upsert([event_upsert(event) for event in events])
    reader = readers(index=index)
    assert [item["id"] for item in (await reader.json(E))["items"]] == ["shown"]
    assert (await reader.json(E, {"all": "true"}))["total"] == 3
    assert (await reader.json(f"{E}/merged"))["merged_into"] == "shown"


async def test_the_search_in_articles_gives_extracts_and_snippets(reader: Reader) -> None:
    found = await reader.json("/api/v1/articles", {"q": "blood", "highlight": "true", "facet": "source,language"})
    assert found["total"] == 2
    assert "text" not in found["items"][0]
    assert "<mark>blood</mark>" in found["items"][0]["snippets"]["text"][0]
    assert {b["name"] for b in found["facets"]["source"]} == {"Levant Wire", "Harbour Post"}


async def test_mentions_can_be_searched_by_speaker(reader: Reader) -> None:
    found = await reader.json("/api/v1/mentions", {"speaker": "gov:SYR:defence"})
    [mention] = found["items"]
    assert mention["modality"] == "denied"
    assert mention["trigger"] in mention["sentence"]


async def test_the_status_tells_the_newest_publication_that_is_not_in_the_future(
    readers: Callable[..., Reader], index: MemoryIndex
) -> None:
    article = examples.ENRICHED_ARTICLE.model_copy(
        update={"published": datetime(2090, 1, 1, tzinfo=UTC), "enriched_at": NOW}
    )
    await index.upsert([article_upsert(article)])
    status = await readers().json("/api/v1/status")
    assert status["newest_published"] == "2026-05-14T12:00:00Z"
    assert status["newest_indexed"] == "2026-05-14T15:00:00Z"
    assert status["counts"] == {"events": 20, "articles": 26, "mentions": 25}


async def test_the_status_of_an_empty_index_has_no_dates(readers: Callable[..., Reader]) -> None:
    index = MemoryIndex()
    await index.install()
    status = await readers(index=index).json("/api/v1/status")
    assert (status["newest_published"], status["newest_indexed"], status["counts"]["events"]) == (None, None, 0)


async def test_an_answer_that_the_client_has_is_not_sent_again(reader: Reader) -> None:
    first = await reader.get(E, {"q": "market"})
    again = await reader.get(E, {"q": "market"}, if_none_match=first.headers["etag"])
    other = await reader.get(E, {"q": "truce"}, if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("params", "parameter"),
    [
        ({"colour": "red"}, "colour"),
        ({"type": "WAR"}, "type"),
        ({"limit": "101"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "1e3"}, "limit"),
        ({"limit": ["1", "2"]}, "limit"),
        ({"sort": "title"}, "sort"),
        ({"sort": "relevance"}, "sort"),
        ({"facet": "title"}, "facet"),
        ({"facet_size": "0"}, "facet_size"),
        ({"histogram": "minute"}, "histogram"),
        ({"histogram": "hour"}, "histogram"),
        ({"histogram": "hour", "from": "2026-01-01", "to": "2026-03-01"}, "histogram"),
        ({"grid": "13"}, "grid"),
        ({"box": "1,2,3"}, "box"),
        ({"box": "0,50,10,40"}, "box"),
        ({"box": "nan,0,1,1"}, "box"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"country": ""}, "country"),
        ({"country": "x" * 201}, "country"),
        ({"country": [f"c{n}" for n in range(51)]}, "country"),
        ({"q": "x" * 501}, "q"),
        ({"q": "a\x00b"}, "q"),
        ({"q": "a " * 240}, "q"),
        ({"cursor": "AAAA"}, "cursor"),
        ({"cursor": "x" * 2001}, "cursor"),
        ({"all": "yes"}, "all"),
        ({"highlight": "1"}, "highlight"),
        ({"killed_min": "many"}, "killed_min"),
    ],
)
async def test_a_wrong_parameter_is_refused_by_name(reader: Reader, params: Any, parameter: str) -> None:
    answer = await reader.get(E, params)
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter
    assert answer.json()["error"]


@given(
    pairs=st.lists(
        st.tuples(st.sampled_from(["q", "box", "from", "to", "limit", "facet", "cursor", "grid", "x"]), st.text())
    )
)
def test_any_parameters_are_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    for shape in SHAPES:
        try:
            asked = read(shape, grouped(pairs))
        except BadParameter:
            continue
        assert isinstance(asked.query, Query)


def test_no_text_reaches_a_field_name() -> None:
    asked = read(EVENTS, {"country": ["place.id:* OR 1=1"], "facet": ["type,country"]})
    assert asked.query.facets == ("type",)
    assert asked.apart["country"].facets == ("place.country",)


@pytest.mark.parametrize("path", ["/api/v1/events/nowhere", "/api/v1/articles/nowhere"])
async def test_what_is_not_there_is_said_to_be_missing(reader: Reader, path: str) -> None:
    answer = await reader.get(path)
    assert (answer.status_code, answer.json()["parameter"]) == (404, "id")


async def test_only_reading_is_answered(reader: Reader) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = await reader.http.request(method, E)
        assert answer.status_code == 405
    assert (await reader.http.head(E)).status_code == 200


class FailingIndex(MemoryIndex):
    """Raises what it is given, or never answers."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__()
        self._error = error

    async def search(self, query: Query) -> Page:
        if self._error:
            raise self._error
        await asyncio.Event().wait()
        raise AssertionError


async def test_an_index_that_is_away_or_slow_gives_503_and_says_when_to_try_again(
    readers: Callable[..., Reader],
) -> None:
    for index in (FailingIndex(Unavailable("10.0.0.7:9200 refused")), FailingIndex(None)):
        answer = await readers(index=index, query_timeout=0.05).get(E)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "10.0.0.7" not in answer.text


async def test_an_unexpected_failure_tells_nothing_of_the_inside(readers: Callable[..., Reader]) -> None:
    answer = await readers(index=FailingIndex(RuntimeError("secret path /srv/x"))).get(E)
    assert answer.status_code == 500
    assert "secret" not in answer.text


async def test_full_text_only_for_this_machine_or_with_the_token(
    readers: Callable[..., Reader], room: Newsroom
) -> None:
    path = f"/api/v1/articles/{room.articles[0].id}"
    near, far = readers(client=LOCAL, token="s3cret-ü"), readers(client=REMOTE, token="s3cret-ü")
    assert (await near.get(path)).json()["text"] == room.articles[0].text
    withheld = (await far.get(path)).json()
    assert withheld["text"] is None
    assert withheld["text_withheld"]
    assert all(entity["spans"] == [] for entity in withheld["entities"])
    assert withheld["events"][0]["sentence"]["text"] in room.articles[0].text


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ({"authorization": "Bearer s3cret"}, True),
        ({"authorization": "bearer s3cret"}, True),
        ({"authorization": "Bearer wrong"}, False),
        ({"authorization": "Bearer "}, False),
        ({"authorization": "Basic s3cret"}, False),
        ({"cookie": "token=s3cret"}, False),
        ({"x_token": "s3cret"}, False),
    ],
)
async def test_the_token_counts_in_the_authorization_header_only(
    readers: Callable[..., Reader], room: Newsroom, headers: dict[str, str], shown: bool
) -> None:
    reader = readers(client=REMOTE, token="s3cret")
    answer = await reader.get(f"/api/v1/articles/{room.articles[0].id}", **headers)
    assert (answer.json()["text"] is not None) is shown
    assert "authorization" in answer.headers["vary"].lower()


async def test_a_token_in_the_address_is_refused(readers: Callable[..., Reader], room: Newsroom) -> None:
    reader = readers(client=REMOTE, token="s3cret")
    answer = await reader.get(f"/api/v1/articles/{room.articles[0].id}", {"token": "s3cret"})
    assert answer.status_code == 400


async def test_a_proxy_on_this_machine_is_not_this_machine(readers: Callable[..., Reader], room: Newsroom) -> None:
    answer = await readers().get(f"/api/v1/articles/{room.articles[0].id}", x_forwarded_for="127.0.0.1")
    assert answer.json()["text"] is None


@pytest.mark.parametrize("flag", ["noarchive", "retracted"])
async def test_a_text_that_its_publisher_keeps_is_shown_to_nobody(
    readers: Callable[..., Reader], index: MemoryIndex, room: Newsroom, flag: str
) -> None:
    kept: EnrichedArticle = room.articles[0].model_copy(update={"flags": (flag,), "revision": 9})
    await index.upsert([article_upsert(kept)])
    reader = readers(token="s3cret")
    answer = (await reader.get(f"/api/v1/articles/{kept.id}", authorization="Bearer s3cret")).json()
    assert answer["text"] is None
    assert answer["flags"] == [flag]
    found = await reader.json("/api/v1/articles", {"q": "rescuers", "highlight": "true"})
    assert [bool(item["snippets"]) for item in found["items"]] == [flag != "retracted"]


def test_the_claims_of_an_event_are_all_in_the_answer() -> None:
    assert set(Claim.model_fields) <= set(ClaimOf.model_fields)
