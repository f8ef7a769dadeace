"""The desk where page tasks are handled: one article at a time, numbered by its owner, published before it is noted.

A revision is durable before the state that says so is published: a crash between the two makes the page be read once
more, and never makes the article be taken for a duplicate of what nobody got.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.core.clock import Clock
from services.core.envelope import read, record_of, traceparent_of
from services.core.errors import BadInput, Rejected, TooLarge, WorkerStopped
from services.core.ids import digest
from services.core.metrics import error_class
from services.core.models import Entry, PageTask, RawArticle
from services.core.outbox import Outbox
from services.core.outcomes import outcome_record
from services.core.ports import Message, Record
from services.core.stage import Done, Failed, Result
from services.core.topics import ARTICLE_STATE, PAGES_BULK, RAW, RAW_BULK
from services.crawler import metrics
from services.crawler.articles import given_article, outcome, raw_article, state_of
from services.crawler.locks import KeyedLocks
from services.crawler.options import CrawlerOptions
from services.crawler.ownership import Known, Verdict, judge, mark_of
from services.crawler.page import PageFacts, TextKind
from services.crawler.pages import Article, Broken, Later, Moved, PageReader, Refused
from services.crawler.seen import entry_hash
from services.crawler.shard import Shard
from services.crawler.urls import site_of
from services.crawler.waiting import Waiting
from services.crawler.work import Pool, TextJob, read_in

_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class _Case:
    """A task with the message it came in and the shard that it belongs to."""

    task: PageTask
    message: Message
    shard: Shard

    @property
    def is_bulk(self) -> bool:
        return self.message.topic == PAGES_BULK

    @property
    def trace(self) -> str | None:
        return traceparent_of(self.message)


class Desk:
    """Handles the page tasks of all owned shards. `generation` is of the present assignment."""

    def __init__(
        self,
        reader: PageReader,
        pool: Pool,
        outbox: Outbox,
        waiting: Waiting,
        clock: Clock,
        options: CrawlerOptions,
    ) -> None:
        self.generation = 0
        self._waiting = waiting
        self._reader = reader
        self._pool = pool
        self._outbox = outbox
        self._clock = clock
        self._options = options
        self._locks = KeyedLocks()
        # What an entry last said of an article that was read: the same said in another feed is no reason to read again.
        self._told: OrderedDict[str, bytes] = OrderedDict()

    def forget(self) -> None:
        """Forgets what entries said: with a shard goes what was noted of the articles that they told of."""
        self._told.clear()

    async def handle(self, message: Message, shard: Shard) -> Result:
        """What follows from a page task. Raises BadInput for what is none."""
        task = read(PageTask, message)
        case = _Case(task, message, shard)
        async with self._locks.alone("task:" + task.id):
            if task.article is not None:
                return await self._number_given(case, task.article)
            if self._was_told(task):
                metrics.PAGE_RESULTS.labels("already_read").inc()
                return Done()
            await self._pause_between_reads(case)
            match await self._reader.read(task):
                case Article() as article:
                    return Done(await self._number(case, article))
                case Moved(task=moved):
                    metrics.PAGE_RESULTS.labels("moved").inc()
                    return Done([record_of(message.topic, moved.id, moved, routing=site_of(moved.url),
                                           traceparent=case.trace)])  # fmt: skip
                case Refused(reason=reason, at=at):
                    return Done(self._refused(case, task.id, reason, at))
                case Broken(error=error, at=at):
                    return self._broken(case, task.id, error, at)
                case Later(seconds=seconds):
                    return Done(await self._later(case, seconds))

    # ------------------------------------------------------------ numbering

    async def _number(self, case: _Case, article: Article) -> list[Record]:
        def numbered(verdict: Verdict) -> RawArticle:
            return raw_article(case.task, article, verdict, self._options)

        known_id = numbered(Verdict(1, article.fetched_at)).id
        records = await self._publish(case, known_id, article.facts.content_hash, article.fetched_at, numbered)
        self._tell(case.task)
        return records

    async def _number_given(self, case: _Case, given: RawArticle) -> Result:
        try:
            facts = await self._facts_of(given)
        except Rejected as rejected:
            return Done(self._refused(case, given.id, rejected.reason, given.fetched_at))
        except WorkerStopped as error:
            return self._broken(case, given.id, error, given.fetched_at)
        except BadInput:
            return Done(self._refused(case, given.id, "unreadable", given.fetched_at))

        def numbered(verdict: Verdict) -> RawArticle:
            return given_article(given, facts, verdict)

        return Done(await self._publish(case, given.id, facts.content_hash, given.fetched_at, numbered))

    async def _facts_of(self, given: RawArticle) -> PageFacts:
        if given.html is None and given.text is None:
            # A retraction has no body: what it says is that there is none any more.
            return PageFacts(digest("retracted", given.id), given.title)
        kind: TextKind = "text" if given.html is None else "html"
        return await read_in(
            self._pool, TextJob(given.html or given.text or "", given.title, self._options.max_html, kind)
        )

    async def _publish(
        self, case: _Case, article_id: str, content_hash: str, fetched_at: datetime,
        numbered: Callable[[Verdict], RawArticle],
    ) -> list[Record]:  # fmt: skip
        async with self._locks.alone("article:" + article_id):
            known = case.shard.articles.get(article_id)
            archived = case.task.article is not None
            verdict = judge(known, content_hash, fetched_at, archived=archived)
            raw = numbered(verdict)
            if verdict.duplicate is not None:
                return self._duplicate(case, raw, known, verdict.duplicate)
            topic = RAW_BULK if case.is_bulk else RAW
            opened = outcome(raw.id, case.task, "fetched", fetched_at, self._clock.now(), revision=raw.revision)
            self._waiting.keep()
            try:
                # Together: the outcome that opens an account must not come after, and replace, the one that closes it.
                await self._outbox.publish(
                    [outcome_record(opened, case.trace), record_of(topic, raw.id, raw, traceparent=case.trace)]
                )
            except TooLarge:
                return self._refused(case, raw.id, "too_large", fetched_at)
            self._note(case, raw)
            _observe_delay(raw)
            metrics.PAGE_RESULTS.labels("revision").inc()
            return [self._state_record(case, raw)]

    def _duplicate(self, case: _Case, raw: RawArticle, known: Known | None, why: str) -> list[Record]:
        metrics.PAGE_RESULTS.labels("duplicate").inc()
        closed = outcome(
            raw.id, case.task, "duplicate", raw.fetched_at, self._clock.now(), revision=raw.revision, reason=why
        )
        records = [outcome_record(closed, case.trace)]
        # A superseded archive copy says nothing about the newest content; any other sight keeps the state alive.
        if why == "unchanged" and (known is None or raw.fetched_at > known.last_fetched_at):
            self._note(case, raw)
            records.append(self._state_record(case, raw))
        return records

    def _refused(self, case: _Case, article_id: str, reason: str, at: datetime) -> list[Record]:
        metrics.PAGE_RESULTS.labels("rejected").inc()
        closed = outcome(article_id, case.task, "rejected", at, self._clock.now(), reason=reason)
        return [outcome_record(closed, case.trace)]

    def _broken(self, case: _Case, article_id: str, error: WorkerStopped, at: datetime) -> Failed:
        closed = outcome(
            article_id, case.task, "dead_lettered", at, self._clock.now(), reason=error_class(error)
        )  # fmt: skip
        return Failed(error, outputs=[outcome_record(closed, case.trace)])

    def _note(self, case: _Case, raw: RawArticle) -> None:
        case.shard.articles.put(
            raw.id,
            Known(mark_of(raw.content_hash), raw.revision, raw.first_fetched_at, raw.fetched_at, self.generation),
        )

    def _state_record(self, case: _Case, raw: RawArticle) -> Record:
        # The state lies where its task came from: with the owner of the site.
        return record_of(
            ARTICLE_STATE, raw.id, state_of(raw, self.generation), partition=case.shard.number, traceparent=case.trace
        )

    # ------------------------------------------------------------ waiting

    async def _later(self, case: _Case, seconds: float) -> list[Record]:
        """Waits a while and puts the task at the end of its queue, so that it does not hold up what is behind it."""
        if self._clock.now() - case.task.found_at > timedelta(seconds=self._options.give_up_after):
            return self._refused(case, case.task.id, "host_unavailable", self._clock.now())
        metrics.PAGE_RESULTS.labels("deferred").inc()
        await self._clock.sleep(seconds)
        again = record_of(case.message.topic, case.task.id, case.task, partition=case.shard.number,
                          traceparent=case.trace)  # fmt: skip
        return [again]

    async def _pause_between_reads(self, case: _Case) -> None:
        known = case.shard.articles.get(case.task.id)
        if known is None or case.task.body is not None:
            return
        age = (self._clock.now() - known.last_fetched_at).total_seconds()
        # A negative age is a clock that was set back: it says nothing.
        if 0 <= age < self._options.min_interval:
            await self._clock.sleep(self._options.min_interval - age)

    def _was_told(self, task: PageTask) -> bool:
        return task.entry is not None and self._told.get(task.id) == _told(task.entry)

    def _tell(self, task: PageTask) -> None:
        if task.entry is not None:
            self._told[task.id] = _told(task.entry)
            self._told.move_to_end(task.id)
            if len(self._told) > _REMEMBERED:
                self._told.popitem(last=False)


def _told(entry: Entry) -> bytes:
    """What an entry says, whichever feed it is in."""
    return entry_hash(entry.model_copy(update={"id": "", "url": None}))


def _observe_delay(raw: RawArticle) -> None:
    if raw.revision == 1 and raw.published is not None:
        delay = (raw.fetched_at - raw.published).total_seconds()
        metrics.PUBLISHED_TO_FETCHED.observe(max(0.0, delay))
