"""Publishes the articles of files as back-fill. They go the way of pages: to the owner of their site, who numbers them.

So revisions and duplicates are told by the one who knows the article already, and an archive's older copy never takes
the place of what is live. They travel on the back-fill topics, which are read only while no live news waits.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from services.core.clock import Clock
from services.core.envelope import record_of
from services.core.errors import BadInput
from services.core.models import PageTask, RawArticle
from services.core.ports import Bus, Record
from services.core.topics import PAGES_BULK, limit_of
from services.crawler.ingest import IngestError, raw_articles_from
from services.crawler.urls import site_of

_AT_ONCE = 100
_BYTES_AT_ONCE = 8 * 1024 * 1024
# Headers and key come on top of the value.
_ENVELOPE = 4096


@dataclass(slots=True)
class IngestReport:
    """How many articles were handed over durably, and what could not be read."""

    published: int = 0
    errors: list[IngestError] = field(default_factory=list)


class FileIngest:
    """Hands files to the crawlers, whether they run already or later."""

    def __init__(self, bus: Bus, clock: Clock, *, source_id: str = "") -> None:
        """`source_id` names where articles come from that do not say so themselves."""
        self._bus = bus
        self._clock = clock
        self._source_id = source_id

    async def run(
        self, files: Iterable[tuple[str, bytes]], *, progress: Callable[[IngestReport], None] = lambda report: None
    ) -> IngestReport:
        """Publishes all articles of (name, content) pairs; `progress` is called after every acknowledged lot.

        Raises Unavailable where the bus stays away; running the same files again is right then: ids make it idempotent.
        """
        report = IngestReport()
        lot: list[Record] = []
        for name, content in files:
            for item in raw_articles_from(name, content, now=self._clock.now()):
                made = item if isinstance(item, IngestError) else self._record(name, item)
                if isinstance(made, IngestError):
                    report.errors.append(made)
                    continue
                lot.append(made)
                if len(lot) >= _AT_ONCE or sum(len(record.value or b"") for record in lot) > _BYTES_AT_ONCE:
                    await self._send(lot, report, progress)
            progress(report)
        await self._send(lot, report, progress)
        return report

    async def _send(self, lot: list[Record], report: IngestReport, progress: Callable[[IngestReport], None]) -> None:
        if lot:
            await self._bus.publish(lot)
            report.published += len(lot)
            lot.clear()
            progress(report)

    def _record(self, name: str, article: RawArticle) -> Record | IngestError:
        try:
            site = site_of(article.url) if article.url else ""
        except BadInput as error:
            return IngestError(name, str(error))
        source = article.source
        if not source.id:
            source = source.model_copy(update={"id": site or self._source_id})
        article = article.model_copy(update={"source": source})
        task = PageTask(
            id=article.id, url=article.url or "", feed_id=article.feed_id, source=source, article=article,
            found_at=self._clock.now(),
        )  # fmt: skip
        # One without a URL has no site: its id stands for it, so that it always has the same owner.
        record = record_of(PAGES_BULK, article.id, task, routing=site or article.id)
        size = len(record.value or b"")
        if size > limit_of(PAGES_BULK) - _ENVELOPE:
            return IngestError(name, f"an article of {size} bytes as JSON is larger than the bus takes")
        return record
