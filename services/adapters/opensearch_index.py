"""The index on OpenSearch: `dateline-<collection>-<generation>-<YYYY-MM>`, an index per month.

Reads go through an alias per collection. An index without documents, `…-empty`, lets the alias exist from the start.
"""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from opensearchpy import AsyncOpenSearch
from opensearchpy import exceptions as raised

from services.adapters import words
from services.adapters.index_match import bucket_name, snapshot_name
from services.adapters.index_query import condition, fields_of, plan
from services.adapters.index_values import checked
from services.adapters.opensearch_query import body_of, facet_of, grid_of, histogram_of, hit_of, query_of
from services.adapters.opensearch_templates import WORDS, OpenSearchOptions, alias_of, templates
from services.core.errors import BadInput, ConfigError, Unavailable
from services.core.ids import digest
from services.core.ports import COLLECTIONS, Bucket, Collection, Filter, Hit, Page, Query, Upsert, Written

__all__ = ["OpenSearchIndex", "OpenSearchOptions", "templates"]

_SCAN: Final = 1000
_WALK: Final = 5000


class OpenSearchIndex:
    """An Index on a cluster at "opensearch+http[s]://host:port"."""

    def __init__(self, address: str, *, options: OpenSearchOptions | None = None) -> None:
        self._address = address
        self._options = options or OpenSearchOptions()
        self._made: set[str] = set()
        url = address.removeprefix("opensearch+")
        chosen = self._options
        tls: dict[str, Any] = (
            {"verify_certs": chosen.verify, "ssl_show_warn": False} if url.startswith("https:") else {}
        )
        if tls and chosen.ca_file:
            tls["ca_certs"] = str(chosen.ca_file)
        self._client = AsyncOpenSearch(
            hosts=[url],
            http_auth=(chosen.username, chosen.password or "") if chosen.username else None,
            timeout=chosen.timeout,
            max_retries=0,
            **tls,
        )

    @contextmanager
    def _answered(self) -> Iterator[None]:
        """Says what to do about what the client raises."""
        try:
            yield
        except raised.ConnectionError as error:
            raise Unavailable(f"{self._address}: no answer ({error.error}); is OpenSearch running there?") from error
        except raised.TransportError as error:
            status = error.status_code if isinstance(error.status_code, int) else 0
            if status in (401, 403):
                raise ConfigError(f"{self._address} refuses us ({status}): see user name and password") from error
            if status == 429 or status >= 500:
                raise Unavailable(f"{self._address} answers {status} {error.error}") from error
            raise BadInput(f"{self._address} answers {status} {error.error}: {error.info}"[:2000]) from error

    async def start(self) -> None:
        """Asks the cluster for its name."""
        await self.ping()

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.close()

    async def ping(self) -> None:
        """Asks the root page, within five seconds."""
        with self._answered():
            await self._client.info(params={"request_timeout": 5})

    async def install(self) -> list[str]:
        """Puts templates that differ from ours, and aliases that are missing."""
        changed: list[str] = []
        with self._answered():
            for name, body in templates(self._options).items():
                if await self._template_differs(name, body):
                    await self._client.indices.put_index_template(name=name, body=body)
                    changed.append(name)
            for collection in COLLECTIONS:
                alias = alias_of(collection)
                if not await self._client.indices.exists_alias(name=alias):
                    empty = f"{alias}-{self._options.generation}-empty"
                    await self._create(empty, {"aliases": {alias: {}}})
                    changed.append(empty)
        return changed

    async def _template_differs(self, name: str, body: dict[str, Any]) -> bool:
        """OpenSearch gives templates back with its own spelling, so a digest of ours is kept inside it."""
        body["_meta"] = {"digest": _digest(body)}
        with suppress(raised.NotFoundError):
            answer = await self._client.indices.get_index_template(name=name)
            stored = answer["index_templates"][0]["index_template"].get("_meta", {})
            return bool(stored.get("digest") != body["_meta"]["digest"])
        return True

    async def _create(self, name: str, body: dict[str, Any]) -> None:
        try:
            await self._client.indices.create(index=name, body=body)
        except raised.RequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    async def upsert(self, items: Sequence[Upsert]) -> list[Written]:
        """Sends items in chunks by count and bytes; each has its own result."""
        results: list[Written] = []
        waiting: list[tuple[int, list[str]]] = []
        size = 0
        for number, item in enumerate(items):
            try:
                fields_of(item.collection)
                lines = self._lines(item)
            except BadInput as error:
                results.append(Written(item.id, "failed", str(error)))
                continue
            results.append(Written(item.id, "retry"))
            bulk_size = sum(map(len, lines))
            if waiting and (len(waiting) >= self._options.bulk_items or size + bulk_size > self._options.bulk_bytes):
                await self._send(items, waiting, results)
                waiting, size = [], 0
            waiting.append((number, lines))
            size += bulk_size
        if waiting:
            await self._send(items, waiting, results)
        return results

    def _lines(self, item: Upsert) -> list[str]:
        values, text = checked(item)
        split = {name: [" ".join(words.words(part)) for part in parts] for name, parts in values.texts.items()}
        action = {
            "_index": self._index_of(item),
            "_id": item.id,
            "version": item.version,
            "version_type": "external",
        }
        added = {WORDS: {name: parts for name, parts in split.items() if any(parts)}}
        # Both are objects with something in them: the document has at least its id.
        return [json.dumps({"index": action}), text[:-1] + "," + json.dumps(added, ensure_ascii=False)[1:]]

    def _index_of(self, item: Upsert) -> str:
        return f"{alias_of(item.collection)}-{self._options.generation}-{item.month}"

    async def _send(self, items: Sequence[Upsert], bulk: list[tuple[int, list[str]]], results: list[Written]) -> None:
        with self._answered():
            for item in {self._index_of(items[number]): items[number] for number, _ in bulk}.values():
                await self._month(item)
            lines = "\n".join(line for _, pair in bulk for line in pair) + "\n"
            answer = await self._client.bulk(body=lines, params={"filter_path": "items.*.status,items.*.error"})
        for (number, _), raw in zip(bulk, answer["items"], strict=True):
            results[number] = _written(items[number].id, raw["index"])

    async def _month(self, item: Upsert) -> None:
        """Makes the index of a month, readable at once where reads go to our generation."""
        name = self._index_of(item)
        if name in self._made:
            return
        alias = alias_of(item.collection)
        live = await self._live(item.collection)
        ours = not live or any(index.startswith(f"{alias}-{self._options.generation}-") for index in live)
        await self._create(name, {"aliases": {alias: {}}} if ours else {})
        self._made.add(name)

    async def _live(self, collection: Collection) -> list[str]:
        try:
            return sorted(await self._client.indices.get_alias(name=alias_of(collection)))
        except raised.NotFoundError:
            return []

    async def get(self, collection: Collection, document_id: str) -> Hit | None:
        """Asks every month's index by id, which sees writes that are not searchable yet."""
        fields_of(collection)
        with self._answered():
            asked = [{"_index": index, "_id": document_id} for index in await self._live(collection)]
            answer = await self._client.mget(body={"docs": asked}) if asked else {"docs": []}
        return next((hit_of(raw) for raw in answer["docs"] if raw.get("found")), None)

    async def search(self, query: Query) -> Page:
        """One request; facets and cardinalities that a single one cannot count exactly are walked through."""
        asked = plan(query)
        body = body_of(asked)
        alias = alias_of(query.collection)
        with self._answered():
            # The same copies of the shards for every page of a query: scores differ a little between copies.
            answer = await self._client.search(index=alias, body=body, params={"preference": _digest(body["query"])})
            facets = {
                name: facet_of(answer["aggregations"][f"facet {name}"])
                or await self._facet(alias, body["query"], name, query.facet_size)
                for name in query.facets
            }
            cardinality = {
                name: len([v async for v in self._values(alias, body["query"], name)]) for name in query.cardinality
            }
        raw = answer["hits"]["hits"]
        page = raw[: query.limit]
        return Page(
            total=answer["hits"]["total"]["value"],
            hits=[hit_of(hit, asked) for hit in page],
            cursor=asked.cursor(page[-1]["sort"]) if len(raw) > len(page) > 0 else None,
            facets=facets,
            histogram=histogram_of(answer),
            geo_grid=grid_of(answer),
            cardinality=cardinality,
        )

    async def _facet(self, alias: str, query: dict[str, Any], name: str, size: int) -> list[Bucket]:
        found = [bucket async for bucket in self._values(alias, query, name)]
        return sorted(found, key=lambda bucket: (-bucket[1], bucket.value))[:size]

    async def _values(self, alias: str, query: dict[str, Any], name: str) -> AsyncIterator[Bucket]:
        """Every value of a field with its exact count."""
        composite: dict[str, Any] = {"size": _WALK, "sources": [{"value": {"terms": {"field": name}}}]}
        while True:
            body = {"query": query, "size": 0, "aggs": {"values": {"composite": composite}}}
            found = (await self._client.search(index=alias, body=body))["aggregations"]["values"]
            for bucket in found["buckets"]:
                yield Bucket(bucket_name(bucket["key"]["value"]), bucket["doc_count"])
            if "after_key" not in found:
                return
            composite = {**composite, "after": found["after_key"]}

    async def count(self, collection: Collection, filters: Sequence[Filter] = ()) -> int:
        """Counts documents, exactly."""
        conditions = [condition(collection, item) for item in filters]
        with self._answered():
            body = {"query": query_of(collection, conditions, None)}
            return int((await self._client.count(index=alias_of(collection), body=body))["count"])

    async def scan(self, collection: Collection, filters: Sequence[Filter] = ()) -> AsyncIterator[Hit]:
        """Walks by id over a point in time."""
        conditions = [condition(collection, item) for item in filters]
        with self._answered():
            opened = await self._client.create_pit(index=alias_of(collection), params={"keep_alive": "5m"})
        try:
            async for hit in self._walk(opened["pit_id"], query_of(collection, conditions, None)):
                yield hit
        finally:
            # What cannot be closed ends by itself after its five minutes.
            with suppress(raised.OpenSearchException):
                await self._client.delete_pit(body={"pit_id": [opened["pit_id"]]})

    async def _walk(self, pit: str, query: dict[str, Any]) -> AsyncIterator[Hit]:
        body: dict[str, Any] = {
            "query": query,
            "size": _SCAN,
            "version": True,
            "sort": [{"id": "asc"}],
            "pit": {"id": pit, "keep_alive": "5m"},
        }
        while True:
            with self._answered():
                found = (await self._client.search(body=body))["hits"]["hits"]
            for raw in found:
                yield hit_of(raw)
            if len(found) < _SCAN:
                return
            body["search_after"] = found[-1]["sort"]

    async def refresh(self) -> None:
        """Refreshes all indices of ours."""
        with self._answered():
            await self._client.indices.refresh(index=",".join(f"{alias_of(c)}-*" for c in COLLECTIONS))

    async def swap_alias(self, collection: Collection, generation: str) -> None:
        """Moves the alias in one request. Raises BadInput where the generation has no index."""
        fields_of(collection)
        alias = alias_of(collection)
        prefix = f"{alias}-{generation}-"
        with self._answered():
            there = [name for name in await self._client.indices.get(index=f"{alias}-*") if name.startswith(prefix)]
            if not there:
                raise BadInput(f"there is no generation {generation!r} of {collection}")
            old = [name for name in await self._live(collection) if name not in there]
            actions = [{"add": {"index": name, "alias": alias}} for name in sorted(there)]
            actions += [{"remove": {"index": name, "alias": alias}} for name in old]
            await self._client.indices.update_aliases(body={"actions": actions})

    async def snapshot(self, name: str) -> None:
        """Takes a snapshot into the repository of the options and waits for it."""
        names = ",".join(f"{alias_of(collection)}-*" for collection in COLLECTIONS)
        with self._answered():
            await self._client.snapshot.create(
                repository=self._options.snapshot_repository,
                snapshot=snapshot_name(name),
                body={"indices": names, "include_global_state": False},
                params={"wait_for_completion": "true", "request_timeout": 3600},
            )


def _digest(body: dict[str, Any]) -> str:
    return digest(json.dumps(body, sort_keys=True))


def _written(document_id: str, raw: dict[str, Any]) -> Written:
    status, error = int(raw["status"]), raw.get("error") or {}
    if status < 300:
        return Written(document_id, "written")
    if status == 409:
        return Written(document_id, "stale")
    said = f"{status} {error.get('type')}: {error.get('reason')}"[:2000]
    # A disk over its flood stage makes indices read-only: 429 of late, 403 with this type before.
    later = status in (429, 502, 503, 504) or error.get("type") == "cluster_block_exception"
    return Written(document_id, "retry" if later else "failed", said)
