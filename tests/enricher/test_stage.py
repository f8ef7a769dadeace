"""The stage: what goes out for each message."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.core.clock import ManualClock
from services.core.envelope import record_of, type_of
from services.core.errors import BadInput, WorkerStopped
from services.core.ids import fetch_id
from services.core.models import ArticleRevision, EnrichedArticle, EventMention, Outcome, RawArticle
from services.core.ports import Batch, Message, Partition, Record
from services.core.stage import Done, Failed
from services.core.topics import ENRICHED, MENTIONS, OUTCOMES, RAW, RAW_BULK
from services.enricher.knowledge import load_knowledge
from services.enricher.pipeline import enrich
from services.enricher.stage import EnricherHandler
from services.enricher.worker import Coded, Item, code_message, records_of, routing_of
from tests.enricher.articles import BODY, NOW, raw


class InProcess:
    """Codes in this process; closes nothing."""

    def __init__(self) -> None:
        self.closed = False

    async def map(self, items: Sequence[Item]) -> list[Coded | Exception]:
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Coded | Exception:
        try:
            return code_message(item)
        except Exception as error:
            return error

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def handler() -> EnricherHandler:
    return EnricherHandler(coders=InProcess(), clock=ManualClock(NOW))


def message(article: RawArticle | bytes | None, offset: int = 0) -> Message:
    if isinstance(article, RawArticle):
        record = record_of(RAW, article.id, article)
        return Message(RAW, 0, offset, article.id, record.value, record.headers, NOW)
    return Message(RAW, 0, offset, "x", article, {}, NOW)


async def results(handler: EnricherHandler, *articles: RawArticle | bytes | None) -> Sequence[Done | Failed]:
    messages = [message(article, number) for number, article in enumerate(articles)]
    return await handler.handle(Batch(Partition(RAW, 0), messages))


async def outputs(handler: EnricherHandler, article: RawArticle) -> Sequence[Record]:
    (result,) = await results(handler, article)
    assert isinstance(result, Done)
    return result.outputs


def kind(record: Record) -> str | None:
    return type_of(Message(record.topic, 0, 0, record.key, record.value, record.headers, NOW))


async def test_an_article_its_revision_and_its_mentions_go_out_in_this_order(handler: EnricherHandler) -> None:
    article, revision, *mentions = await outputs(handler, raw(text="\n\n".join(BODY), revision=2))
    assert (article.topic, article.key, kind(article)) == (ENRICHED, "a1", "enriched-article")
    assert (revision.topic, revision.everywhere, kind(revision)) == (MENTIONS, True, "article-revision")
    told = ArticleRevision.model_validate_json(revision.value or b"")
    assert (told.article_id, told.revision) == ("a1", 2)
    assert mentions
    assert [record.key for record in mentions] == list(told.mention_ids)
    assert {record.topic for record in mentions} == {MENTIONS}
    enriched = EnrichedArticle.model_validate_json(article.value or b"")
    assert [EventMention.model_validate_json(record.value or b"") for record in mentions] == list(enriched.events)


async def test_an_article_without_events_tells_its_revision(handler: EnricherHandler) -> None:
    records = await outputs(handler, raw(text="The weather in the valley is mild for the season."))
    assert ArticleRevision.model_validate_json(records[1].value or b"").mention_ids == ()
    assert len(records) == 2


async def test_a_retraction_empties_the_article_and_withdraws_its_mentions(handler: EnricherHandler) -> None:
    article, revision = await outputs(handler, raw(flags=["retracted"], revision=3))
    enriched = EnrichedArticle.model_validate_json(article.value or b"")
    assert (enriched.text, enriched.flags, enriched.events) == ("", ("retracted",), ())
    assert ArticleRevision.model_validate_json(revision.value or b"").mention_ids == ()


async def test_a_rejected_page_closes_its_account(handler: EnricherHandler) -> None:
    (record,) = await outputs(handler, raw(html="<p>OK</p>", feed_id="f", revision=4))
    outcome = Outcome.model_validate_json(record.value or b"")
    assert (record.topic, record.key, record.routing) == (OUTCOMES, fetch_id("a1", NOW), "a1")
    assert (outcome.kind, outcome.reason, outcome.stage, outcome.feed_id) == ("rejected", "no_text", "enricher", "f")
    assert (outcome.revision, outcome.fetched_at, outcome.time) == (4, NOW, NOW)


async def test_one_bad_message_fails_alone(handler: EnricherHandler) -> None:
    good = raw(text=BODY[0])
    found = await results(handler, good, b"{", None, good)
    assert [type(result) for result in found] == [Done, Failed, Failed, Done]
    assert all(isinstance(result.error, BadInput) for result in found if isinstance(result, Failed))


async def test_traces_go_on(handler: EnricherHandler) -> None:
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    record = record_of(RAW, "a1", raw(text=BODY[0]), traceparent=trace)
    batch = Batch(Partition(RAW, 0), [Message(RAW, 0, 0, "a1", record.value, record.headers, NOW)])
    (result,) = await handler.handle(batch)
    assert isinstance(result, Done)
    assert all(record.headers["traceparent"].startswith("00-" + "a" * 32) for record in result.outputs)


async def test_what_the_runner_asks(handler: EnricherHandler) -> None:
    assert (handler.name, handler.group, handler.ordered) == ("enricher", "enricher", False)
    assert (list(handler.topics), list(handler.bulk_topics)) == ([RAW], [RAW_BULK])
    await handler.assigned(frozenset({Partition(RAW, 0)}), 1)
    await handler.revoked(frozenset({Partition(RAW, 0)}))
    coders = InProcess()
    await EnricherHandler(coders=coders).close()
    assert coders.closed


def test_mentions_are_routed_by_place_then_what_they_are_about_then_people() -> None:
    article = enrich(raw(text="\n\n".join(BODY)), knowledge=load_knowledge(), now=NOW)
    bare = article.events[0].model_copy(update={"place": None, "recipients": (), "actors": (), "about": None})
    lund = {"id": "p", "name": "Lund", "country": "SWE", "precision": "city"}
    placed = EventMention.model_validate({**bare.model_dump(), "id": "m2", "place": lund})
    towards = EventMention.model_validate(
        {**bare.model_dump(), "recipients": [{"id": "r", "name": "R", "country": "TCD"}]}
    )
    by = EventMention.model_validate({**bare.model_dump(), "actors": [{"id": "r", "name": "R", "country": "NER"}]})
    about = towards.model_copy(update={"about": "m2"})
    known = {"m2": placed}
    assert [routing_of(mention, known) for mention in (placed, about, towards, by, bare)] == [
        "SWE",
        "SWE",
        "TCD",
        "NER",
        "ZZ",
    ]


def test_records_of_one_article_are_the_same_each_time_but_for_their_spans() -> None:
    article = enrich(raw(text=BODY[0]), knowledge=load_knowledge(), now=NOW + timedelta(hours=1))
    first, second = ([(r.topic, r.key, r.value, r.routing) for r in records_of(article, None)] for _ in range(2))
    assert first == second


async def test_worker_processes_do_the_same() -> None:
    handler = EnricherHandler(processes=1, clock=ManualClock(NOW))
    try:
        found = await results(handler, raw(text="\n\n".join(BODY)), b"{")
    finally:
        await handler.close()
    assert isinstance(found[0], Done)
    assert isinstance(found[1], Failed)
    expected = await outputs(EnricherHandler(coders=InProcess(), clock=ManualClock(NOW)), raw(text="\n\n".join(BODY)))
    assert [record.value for record in found[0].outputs] == [record.value for record in expected]


class Broken(InProcess):
    """Its workers die of every article, or make too much of it."""

    def __init__(self, result: Coded | Exception) -> None:
        super().__init__()
        self.result = result

    def _one(self, item: Item) -> Coded | Exception:
        return self.result


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (WorkerStopped("took too long"), "WorkerStopped"),
        (ValueError("a bug"), "other"),
        (Coded((Record(MENTIONS, "m", bytes(2 << 20)),)), "TooLarge"),
    ],
)
async def test_an_article_that_is_dead_lettered_closes_its_account(result: Coded | Exception, reason: str) -> None:
    handler = EnricherHandler(coders=Broken(result), clock=ManualClock(NOW))
    (failure, unknown) = await results(handler, raw(text="x", revision=2), b"{}")
    assert isinstance(failure, Failed)
    (record,) = failure.outputs
    closed = Outcome.model_validate_json(record.value or b"")
    assert (record.topic, record.key, record.routing) == (OUTCOMES, fetch_id("a1", NOW), "a1")
    assert (closed.kind, closed.reason, closed.revision, closed.stage) == ("dead_lettered", reason, 2, "enricher")
    assert isinstance(unknown, Failed)
    assert unknown.outputs == ()
