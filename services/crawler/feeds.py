"""One poll of one feed: a conditional request, the new entries as page tasks, and the state that follows from it.

It publishes nothing: who calls it publishes the tasks, waits for their acknowledgement, and only then the state.
"""

import hashlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from services.core.clock import Clock
from services.core.errors import BadInput, Rejected
from services.core.models import Feed, FeedState, PageTask, Validators
from services.core.ports import FetchError, Response
from services.crawler import metrics
from services.crawler.advice import Advice, max_age, retry_after
from services.crawler.entries import Harvest, harvest
from services.crawler.options import CrawlerOptions
from services.crawler.redirects import moved
from services.crawler.schedule import Plan, adapted, back_off, bounds_of, next_poll
from services.crawler.seen import Seen
from services.crawler.sources import FeedDocument
from services.crawler.web import Landed, Web, follow
from services.crawler.work import FeedJob, Pool, parse_in

_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
# What a failure weighs. 404 is soft: pages come back; what is temporary by its nature hardly counts.
_HARD, _SOFT, _TEMPORARY = 1.0, 0.5, 0.25
_TEMPORARY_KINDS = frozenset({"dns", "connect", "timeout"})


@dataclass(frozen=True, slots=True)
class Poll:
    """What a poll gave: tasks to publish first, then the state; `result` is a word for the metric."""

    state: FeedState
    result: str
    tasks: tuple[PageTask, ...] = ()


@dataclass(slots=True)
class FeedPoller:
    """Polls feeds. Whether it is a feed's turn is the caller's business."""

    web: Web
    pool: Pool
    clock: Clock
    options: CrawlerOptions
    chance: Callable[[], float] = field(default=random.random)

    async def poll(self, feed: Feed, state: FeedState) -> Poll:
        """Never raises for what a server or a feed can do: a failure is a result, too."""
        now = self.clock.now()
        conditional = not self._wants_everything(state)
        polled = state.model_copy(update={"last_polled": now})
        if not conditional:
            polled = polled.model_copy(update={"last_unconditional": now})
        try:
            landed = await follow(self._sender(state, conditional), state.url, limit=self.options.max_redirects)
        except FetchError as error:
            weight = _TEMPORARY if error.kind in _TEMPORARY_KINDS else _HARD
            return self._failed(polled, None, weight, f"The request failed ({error})")
        return await self._answered(feed, moved(polled, landed.permanent, self.options), landed)

    def _wants_everything(self, state: FeedState) -> bool:
        """Whether validators are left out once: the last whole answer is long ago, and so is the last such request."""
        now, options = self.clock.now(), self.options
        if state.validators == Validators() or state.last_full is None:
            return False
        long_ago = now - state.last_full > timedelta(seconds=options.full_after)
        last = state.last_unconditional
        return long_ago and (last is None or now - last > timedelta(seconds=options.full_pause))

    def _sender(self, state: FeedState, conditional: bool) -> Callable[[str], Awaitable[Response]]:
        """Sends validators to the very URL that gave them, and to no other."""

        async def send(url: str) -> Response:
            headers = {"accept": _ACCEPT}
            if conditional and url == (state.validators_url or state.url):
                if state.validators.etag is not None:
                    headers["if-none-match"] = state.validators.etag
                if state.validators.last_modified is not None:
                    headers["if-modified-since"] = state.validators.last_modified
            return await self.web.get(url, what="feed", headers=headers)

        return send

    async def _answered(self, feed: Feed, state: FeedState, landed: Landed) -> Poll:
        response = landed.response
        assert response is not None  # feeds follow redirects to any site, so that there always is an answer
        state = state.model_copy(update={"last_status": response.status})
        if response.status == 304:
            metrics.NOT_MODIFIED.inc()
            return self._unchanged(feed, _renewed(state, response), response, "nothing changed (304)")
        if response.status == 410:
            gone = {"state": "gone", "last_error": "410 Gone", "next_poll_reason": "The feed is gone for good (410)."}
            return Poll(state.model_copy(update=gone), "gone")
        if response.status != 200:
            return self._failed(state, response, _weight(response.status), f"The server answered {response.status}")
        digest = hashlib.blake2b(response.body, digest_size=16).hexdigest()
        if digest == state.body_hash:
            state = self._whole(_renewed(state, response), landed.url)
            return self._unchanged(feed, state, response, "the same bytes came again")
        return await self._news(feed, state, landed.url, response, digest)

    async def _news(self, feed: Feed, state: FeedState, url: str, response: Response, digest: str) -> Poll:
        try:
            job = FeedJob(response.body, response.headers.get("content-type"), url, feed.zone)
            parsed = await parse_in(self.pool, job)
        except (BadInput, Rejected) as error:
            return self._failed(state, response, _HARD, f"The feed could not be read ({error})")
        found = harvest(feed, url, parsed, Seen(state.seen), self.clock.now(), self.options)
        _count(found)
        first = state.last_success is None
        why = "the first look at it" if first else f"{found.known} of {found.total} entries were known"
        bounds = bounds_of(feed.min_interval, feed.max_interval, self.options)
        interval = bounds.clamp(state.interval)
        if not first:
            interval = adapted(interval, found.known, found.total, bounds, self.options)
        plan = self._plan(interval, why, response, parsed.document)
        state = self._whole(_renewed(state, response), url)
        state = state.model_copy(update={"seen": found.seen, "body_hash": digest})
        return Poll(self._well(state, interval, plan), "news" if found.tasks else "unchanged", found.tasks)

    def _unchanged(self, feed: Feed, state: FeedState, response: Response, why: str) -> Poll:
        bounds = bounds_of(feed.min_interval, feed.max_interval, self.options)
        interval = adapted(bounds.clamp(state.interval), 1, 1, bounds, self.options)
        return Poll(self._well(state, interval, self._plan(interval, why, response)), "unchanged")

    def _whole(self, state: FeedState, url: str) -> FeedState:
        """The state after a whole answer from `url`, which its validators belong to."""
        return state.model_copy(update={"last_full": self.clock.now(), "validators_url": url})

    def _plan(self, interval: float, why: str, response: Response, document: FeedDocument | None = None) -> Plan:
        now = self.clock.now()
        advice = Advice(max_age=max_age(response.headers), retry_after=retry_after(response.headers, now))
        if document is not None:
            advice = Advice(advice.max_age, advice.retry_after, document.ttl_seconds, document.update_seconds,
                            document.skip_hours, document.skip_days)  # fmt: skip
        return next_poll(now, interval, why, advice, self.chance(), self.options)

    def _well(self, state: FeedState, interval: float, plan: Plan) -> FeedState:
        return state.model_copy(
            update={
                "state": "ok",
                "failures": 0.0,
                "last_error": None,
                "last_success": self.clock.now(),
                "interval": interval,
                "next_poll": plan.at,
                "next_poll_reason": plan.reason,
            }
        )

    def _failed(self, state: FeedState, response: Response | None, weight: float, why: str) -> Poll:
        now = self.clock.now()
        failures = state.failures + weight
        advice = Advice(retry_after=retry_after(response.headers, now)) if response else Advice()
        plan = back_off(now, failures, why, advice, self.chance(), self.options)
        update = {
            "state": "failing",
            "failures": failures,
            "last_error": why[:500],
            "next_poll": plan.at,
            "next_poll_reason": plan.reason[:500],
        }
        return Poll(state.model_copy(update=update), "failed")


def _renewed(state: FeedState, response: Response) -> FeedState:
    """The validators of this answer; a 304 without any keeps what we have, a 200 without any means there are none."""
    given = Validators(etag=response.headers.get("etag"), last_modified=response.headers.get("last-modified"))
    if response.status == 304:
        old = state.validators
        given = Validators(etag=given.etag or old.etag, last_modified=given.last_modified or old.last_modified)
    return state.model_copy(update={"validators": given})


def _weight(status: int) -> float:
    if status in (429, 503):
        return _TEMPORARY
    return _SOFT if status == 404 or status >= 500 else _HARD


def _count(found: Harvest) -> None:
    metrics.ENTRY_RESULTS.labels("new").inc(len(found.tasks))
    metrics.ENTRY_RESULTS.labels("known").inc(found.known)
    metrics.ENTRY_RESULTS.labels("no_link").inc(found.no_link)
    metrics.ENTRY_RESULTS.labels("beyond_limit").inc(found.beyond)
