"""Files as back-fill: handed to the owner of their site, numbered there, published there."""

import json

from services.core.ids import article_id, file_article_id
from services.core.models import PageTask
from services.core.topics import PAGES_BULK
from services.crawler.file_ingest import FileIngest, IngestReport
from tests.crawler.world import START, RecordingBus, World, page, world

URL = "https://herald.example/story-1"


def line(**fields: object) -> bytes:
    return json.dumps({"url": URL, "text": "The bridge was closed.", "title": "Bridge", **fields}).encode()


async def ingest(w: World, *files: tuple[str, bytes]) -> IngestReport:
    return await FileIngest(w.bus, w.clock).run(files)


async def test_files_become_back_fill_articles_with_accounts() -> None:
    async with world() as w:
        await w.own()
        report = await ingest(w, ("a.txt", b"One."), ("b.html", b"<p>Two.</p>"), ("c.jsonl", line()))
        await w.deliver(PAGES_BULK)
        articles = {article.id: article for article in await w.bulk_articles()}
        assert report.published == len(articles) == 3
        assert articles[file_article_id(b"One.")].text == "One."
        assert {article.revision for article in articles.values()} == {1}
        assert [outcome.kind for outcome in await w.outcomes()] == ["fetched"] * 3
        assert await w.articles() == []
        assert w.web.requests == []


async def test_the_same_files_again_are_duplicates() -> None:
    async with world() as w:
        await w.own()
        for _ in range(2):
            await ingest(w, ("a.txt", b"One."), ("c.jsonl", line()))
            await w.deliver(PAGES_BULK)
            w.clock.advance(60)
        assert len(await w.bulk_articles()) == 2
        assert sorted(outcome.kind for outcome in await w.outcomes()) == [
            "duplicate",
            "duplicate",
            "fetched",
            "fetched",
        ]


async def test_the_same_fetch_replayed_keeps_its_revision_and_its_account() -> None:
    async with world() as w:
        await w.own()
        for _ in range(2):
            await ingest(w, ("c.jsonl", line(fetched_at="2026-03-01T00:00:00Z")))
            await w.deliver(PAGES_BULK)
        assert [article.revision for article in await w.bulk_articles()] == [1, 1]
        assert len({outcome.id for outcome in await w.outcomes()}) == 1


async def test_a_changed_article_is_the_next_revision() -> None:
    async with world() as w:
        await w.own()
        await ingest(w, ("c.jsonl", line()), ("c.jsonl", line(text="It reopened.", fetched_at="2026-03-03T00:00:00Z")))
        await w.deliver(PAGES_BULK)
        assert [article.revision for article in await w.bulk_articles()] == [1, 2]


async def test_an_archives_older_copy_does_not_take_the_place_of_what_is_live() -> None:
    async with world() as w:
        await w.own()
        w.web.put(URL, page())
        await w.send_task(PageTask(id=article_id(URL), url=URL, found_at=START))
        await w.deliver_pages()
        await ingest(w, ("old.jsonl", line(fetched_at="2025-01-01T00:00:00Z")))
        await w.deliver(PAGES_BULK)
        assert await w.bulk_articles() == []
        assert {outcome.reason for outcome in await w.outcomes()} == {None, "superseded"}


async def test_a_given_id_is_kept() -> None:
    async with world() as w:
        await w.own()
        await ingest(w, ("c.jsonl", line(id="mine")))
        await w.deliver(PAGES_BULK)
        assert [article.id for article in await w.bulk_articles()] == ["mine"]


async def test_bad_input_is_reported_and_the_rest_goes_on() -> None:
    async with world() as w:
        await w.own()
        report = await ingest(w, ("a.txt", b""), ("b.exe", b"MZ"), ("c.jsonl", b"broken\n" + line()))
        assert report.published == 1
        assert [error.input for error in report.errors] == ["a.txt", "b.exe", "c.jsonl:1"]


async def test_what_is_no_text_after_all_is_an_outcome() -> None:
    async with world() as w:
        await w.own()
        await ingest(w, ("a.html", b"<html><script>1</script></html>"))
        await w.deliver(PAGES_BULK)
        assert [(outcome.kind, outcome.reason) for outcome in await w.outcomes()] == [("rejected", "empty")]


async def test_what_the_bus_would_refuse_is_an_error_of_its_own() -> None:
    async with world() as w:
        text = '"' * 9_000_000
        report = await ingest(w, ("a.txt", text.encode()), ("b.txt", b"Small."))
        assert report.published == 1
        assert "larger than the bus takes" in report.errors[0].error


async def test_progress_is_told_after_every_acknowledged_lot() -> None:
    async with world() as w:
        assert isinstance(w.bus, RecordingBus)
        told: list[int] = []
        content = b"\n".join(line(id=str(number)) for number in range(250))
        report = await FileIngest(w.bus, w.clock).run(
            [("a.jsonl", content)], progress=lambda so_far: told.append(so_far.published)
        )
        assert report.published == 250
        assert told == [100, 200, 200, 250]
        assert [len(call) for call in w.bus.calls] == [100, 100, 50]


async def test_articles_name_their_source() -> None:
    async with world() as w:
        await FileIngest(w.bus, w.clock, source_id="archive").run([("a.txt", b"One."), ("c.jsonl", line())])
        assert {task.source.id for task in await w.bulk_tasks()} == {"archive", "herald.example"}


async def test_a_retraction_is_passed_on_as_the_next_revision() -> None:
    async with world() as w:
        await w.own()
        withdrawn = {"text": None, "flags": ["retracted"], "fetched_at": "2026-03-03T00:00:00Z"}
        await ingest(w, ("c.jsonl", line(id="mine")), ("d.jsonl", line(id="mine", **withdrawn)))
        await w.deliver(PAGES_BULK)
        first, second = await w.bulk_articles()
        assert (first.revision, second.revision) == (1, 2)
        assert (second.text, second.flags) == (None, ("retracted",))
