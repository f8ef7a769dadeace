"""The questions that the API answers, asked of the index."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from services.core.clock import Clock
from services.core.models import EnrichedArticle, Event
from services.core.ports import AnyOf, Between, Hit, Index, Page, Query
from services.core.version import VERSION
from services.dashboard import answers, views
from services.dashboard.names import names_of
from services.dashboard.parameters import Asked, BadParameter
from services.dashboard.shapes import EVENTS, MAX_BUCKETS, MAX_CELLS, Shape

_EXPORT_PAGE: Final = 500
_MENTIONS: Final = 100
# A feed's clock may be a little ahead of ours; a date further on says nothing of how fresh the data is.
_AHEAD: Final = timedelta(minutes=5)


class Library:
    """Reads the index for the API."""

    def __init__(self, index: Index, clock: Clock) -> None:
        self._index = index
        self._clock = clock

    async def search(self, shape: Shape, asked: Asked) -> tuple[Sequence[Hit], dict[str, Any]]:
        """The hits, and what every search tells beside them (answers.Found)."""
        page, *apart = await asyncio.gather(
            self._index.search(asked.query), *(self._index.search(query) for query in asked.apart.values())
        )
        if len(page.histogram) > MAX_BUCKETS:
            raise BadParameter("histogram", f"over {MAX_BUCKETS} buckets: take a longer interval or a shorter time")
        counted = dict(page.facets)
        for found in apart:
            counted |= found.facets
        return page.hits, {
            "total": page.total,
            "cursor": page.cursor,
            "facets": await self._facets(shape, counted, page),
            "histogram": [answers.Bucket(value=b.value, count=b.count) for b in page.histogram],
            "grid": [answers.Cell(**cell._asdict()) for cell in page.geo_grid[:MAX_CELLS]],
        }

    async def _facets(self, shape: Shape, counted: Mapping[str, Any], page: Page) -> dict[str, list[answers.Bucket]]:
        async def named(name: str) -> tuple[str, list[answers.Bucket]]:
            field = shape.field_of(name)
            ids = [bucket.value for bucket in counted[field]]
            names = await names_of(self._index, shape.collection, field, ids, [hit.document for hit in page.hits])
            return name, [answers.Bucket(value=b.value, count=b.count, name=names.get(b.value)) for b in counted[field]]

        return dict(await asyncio.gather(*(named(name) for name in shape.facets if shape.field_of(name) in counted)))

    async def event(self, event_id: str) -> answers.EventAnswer | None:
        """An event with its claims and reports."""
        hit = await self._index.get("events", event_id)
        if hit is None:
            return None
        event = Event.model_validate(hit.document)
        ids = dict.fromkeys([*(m.mention_id for m in event.mentions), *(c.mention_id for c in event.claims)])
        return views.event_answer(event, await self._mentions(list(ids)))

    async def _mentions(self, ids: Sequence[str]) -> dict[str, Hit]:
        found: dict[str, Hit] = {}
        for start in range(0, len(ids), _MENTIONS):
            some = tuple(ids[start : start + _MENTIONS])
            page = await self._index.search(Query("mentions", filters=(AnyOf("id", some),), limit=len(some)))
            found |= {hit.id: hit for hit in page.hits}
        return found

    async def article(self, article_id: str, *, trusted: bool) -> answers.ArticleAnswer | None:
        """An article with its evidence and the events that it reports."""
        hit = await self._index.get("articles", article_id)
        if hit is None:
            return None
        article = EnrichedArticle.model_validate(hit.document)
        return views.article_answer(article, await self._events_of(article.id), trusted=trusted)

    async def _events_of(self, article_id: str) -> dict[str, Event]:
        """The linked events that an article reports, by mention id."""
        shown = (AnyOf("mentions.article_id", (article_id,)), *EVENTS.hidden)
        page = await self._index.search(Query("events", filters=shown, limit=_MENTIONS))
        events = [Event.model_validate(hit.document) for hit in page.hits]
        return {ref.mention_id: event for event in events for ref in event.mentions if ref.article_id == article_id}

    async def status(self) -> answers.Status:
        """How much there is, and how fresh."""
        now = self._clock.now()
        known = Between("published", high=now + _AHEAD)
        newest = Query("articles", filters=(known,), sort="published", limit=1)
        latest = Query("articles", sort="enriched_at", limit=1)
        published, indexed, events, articles, mentions = await asyncio.gather(
            self._index.search(newest),
            self._index.search(latest),
            self._index.count("events", EVENTS.hidden),
            self._index.count("articles"),
            self._index.count("mentions", (AnyOf("withdrawn", (False,)),)),
        )
        return answers.Status(
            now=now,
            newest_published=_time_of(published, "published"),
            newest_indexed=_time_of(indexed, "enriched_at"),
            counts=answers.Counts(events=events, articles=articles, mentions=mentions),
            version=VERSION,
        )

    async def export(self, query: Query, rows: int) -> AsyncIterator[Event]:
        """The events that match, in the query's order, at most so many."""
        cursor: str | None = None
        left = rows
        while left > 0:
            page = await self._index.search(replace(query, limit=min(_EXPORT_PAGE, left), cursor=cursor))
            for hit in page.hits:
                yield Event.model_validate(hit.document)
            left -= len(page.hits)
            cursor = page.cursor
            if cursor is None:
                return


def _time_of(page: Page, field: str) -> datetime | None:
    return datetime.fromisoformat(page.hits[0].document[field]) if page.hits and page.hits[0].document[field] else None
