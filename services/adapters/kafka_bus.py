"""The bus over Apache Kafka, for production."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
    TopicAlreadyExistsError,
    UnknownProducerId,
    for_code,
)

from services.adapters.bus_records import all_topics, check, chosen, known, partitions_for
from services.adapters.kafka_options import FRAMING_BYTES, MEBIBYTE, KafkaOptions, ended, reaching, topic_config
from services.adapters.kafka_subscription import FETCH_BYTES, KafkaSubscription, to_message
from services.core.errors import ConfigError, TooLarge, Unavailable
from services.core.ports import Lag, Message, Partition, RebalanceListener, Record, Subscription
from services.core.topics import DLQ_MAX_BYTES, limit_of, size_of

__all__ = ["KafkaBus", "KafkaOptions"]

_PING_SECONDS = 5.0
_OLDEST_SECONDS = 2.0
# Three times the throughput of the client's 16 KiB.
_BATCH_BYTES = 256 * 1024
# Brokers drop requests over 100 MiB, and the client puts a batch of every partition into one request.
_AT_ONCE_BYTES = 32 * MEBIBYTE
# After these a producer is of no more use: its sequence of batches is broken.
_BROKEN = (OutOfOrderSequenceNumber, ProducerFenced, ProducerClosed, UnknownProducerId)


class KafkaBus:
    """A Bus on the brokers at `address`: "host:port", several with commas between, "kafka://" before or not."""

    def __init__(self, address: str, *, options: KafkaOptions) -> None:
        self._address = address.removeprefix("kafka://").rstrip("/")
        self._options = options
        self._producer: AIOKafkaProducer | None = None
        self._admin: AIOKafkaAdminClient | None = None
        self._counts: dict[str, int] = {}
        self._producing = asyncio.Lock()
        # One large publish at a time, for the size of requests.
        self._large = asyncio.Lock()

    # ------------------------------------------------ start and end

    async def start(self) -> None:
        """Connects. Raises Unavailable, with the address, where nothing answers in time."""
        if self._admin is not None:
            return
        admin = AIOKafkaAdminClient(**self._options.connection(self._address))
        try:
            with self._reaching("connecting"):
                async with asyncio.timeout(self._options.request_timeout):
                    await admin.start()
        except BaseException:
            await admin.close()
            raise
        self._admin = admin

    async def close(self) -> None:
        """Closes the connections; what is not acknowledged by then may be there or not."""
        admin, self._admin = self._admin, None
        producer, self._producer = self._producer, None
        if producer is not None:
            await self._stop(producer)
        if admin is not None:
            await ended(admin.close(), self._options.close_timeout)

    async def _stop(self, producer: AIOKafkaProducer) -> None:
        limit = self._options.close_timeout
        if not await ended(producer.stop(), limit):
            # It goes on trying to send: its task has to be ended by hand, and then its connections.
            if producer._sender.sender_task is not None:
                producer._sender.sender_task.cancel()
            await ended(producer.client.close(), limit)

    def _reaching(self, doing: str) -> contextlib.AbstractContextManager[None]:
        return reaching(self._address, doing)

    def _connected(self) -> AIOKafkaAdminClient:
        if self._admin is None:
            raise Unavailable(f"the bus at {self._address} is not open")
        return self._admin

    # ------------------------------------------------ topics

    async def create_topics(self, partitions: int) -> list[str]:
        """Creates what is missing, with the settings of core.topics. Raises ConfigError for another partition count."""
        present = await self._describe()
        for name in all_topics():
            if present.get(name, partitions) != partitions:
                raise ConfigError(f"{self._address}: {name} has {present[name]} partitions, not {partitions}")
        missing = [name for name in all_topics() if name not in present]
        if missing:
            await self._create(missing, partitions)
        return missing

    async def _create(self, names: Sequence[str], partitions: int) -> None:
        copies = self._options.replication_factor
        wanted = [NewTopic(name, partitions, copies, topic_configs=topic_config(name, copies)) for name in names]
        with self._reaching("creating topics"):
            async with asyncio.timeout(self._options.request_timeout):
                answer = await self._connected().create_topics(wanted)
        # The client does not raise for what the broker refuses.
        for name, code, *text in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise ConfigError(f"{self._address}: cannot create {name}: {error.__name__} {' '.join(map(str, text))}")
        with self._reaching("waiting for new topics"):
            async with asyncio.timeout(self._options.request_timeout):
                while not set(names) <= (await self._describe()).keys():  # noqa: ASYNC110 - the broker tells nobody
                    await asyncio.sleep(0.05)

    async def _describe(self) -> dict[str, int]:
        """The partitions of every topic that exists. Asking for all never creates one, asking for a name may."""
        with self._reaching("asking for topics"):
            async with asyncio.timeout(self._options.request_timeout):
                topics = await self._connected().describe_topics()
        self._counts = {topic["topic"]: len(topic["partitions"]) for topic in topics if not topic["error_code"]}
        return self._counts

    async def partition_count(self, topic: str) -> int:
        """The number of partitions. Raises ConfigError for a topic that does not exist."""
        self._connected()
        if known(topic) not in self._counts and topic not in await self._describe():
            raise ConfigError(f"{self._address}: there is no topic {topic!r}; create it with `dateline topics create`")
        return self._counts[topic]

    # ------------------------------------------------ publishing

    async def publish(self, records: Sequence[Record]) -> None:
        """Sends the records and waits until all replicas in sync have them.

        Where it raises Unavailable they may still arrive later, in their order, before anything published afterwards.
        """
        check(records)
        self._connected()
        placed = [
            (record, partition)
            for record in records
            for partition in partitions_for(record, await self.partition_count(record.topic))
        ]
        for portion in _portions(placed):
            large = sum(size_of(record) for record, _ in portion) > MEBIBYTE
            async with self._large if large else contextlib.nullcontext():
                await self._send(portion)

    async def _send(self, placed: Sequence[tuple[Record, int]]) -> None:
        try:
            async with asyncio.timeout(self._options.publish_timeout):
                producer = await self._open_producer()
                futures = [await _hand_over(producer, record, partition) for record, partition in placed]
                # All of them are looked at, so that no failure goes unseen behind another.
                results = await asyncio.gather(*futures, return_exceptions=True)
        except (KafkaError, TimeoutError, OSError) as error:
            results = [error]
        failures = [(placed[i % len(placed)][0], r) for i, r in enumerate(results) if isinstance(r, BaseException)]
        if failures:
            await self._fail(*failures[0])

    async def _fail(self, record: Record, error: BaseException) -> None:
        if isinstance(error, MessageSizeTooLargeError):
            raise TooLarge(record.topic, size_of(record), limit_of(record.topic)) from error
        if isinstance(error, _BROKEN) or type(error) is KafkaError:
            producer, self._producer = self._producer, None
            if producer is not None:
                await self._stop(producer)
        with self._reaching("publishing"):
            raise error

    async def _open_producer(self) -> AIOKafkaProducer:
        # A producer is kept over time-outs: what it still has to send stays in order with what comes after.
        async with self._producing:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._options.connection(self._address),
                    acks="all",
                    enable_idempotence=True,
                    compression_type="zstd",
                    max_batch_size=_BATCH_BYTES,
                    max_request_size=DLQ_MAX_BYTES + FRAMING_BYTES,
                )
                try:
                    await producer.start()
                except BaseException:
                    await self._stop(producer)
                    raise
                self._producer = producer
            return self._producer

    # ------------------------------------------------ reading

    def subscribe(
        self, group: str, topics: Sequence[str], listener: RebalanceListener, *, member: str | None = None
    ) -> AbstractAsyncContextManager[Subscription]:
        """Joins a group; every rebalance revokes everything and assigns anew."""
        return self._subscribe(group, topics, listener, member)

    @asynccontextmanager
    async def _subscribe(
        self, group: str, topics: Sequence[str], listener: RebalanceListener, member: str | None
    ) -> AsyncIterator[Subscription]:
        for topic in topics:
            await self.partition_count(topic)
        subscription = KafkaSubscription(self._address, self._options, group, listener, member)
        await subscription.start(topics)
        try:
            yield subscription
        finally:
            await subscription.stop()

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[AIOKafkaConsumer]:
        """A consumer without a group."""
        self._connected()
        consumer = AIOKafkaConsumer(
            **self._options.connection(self._address),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_bytes=FETCH_BYTES,
        )
        try:
            with self._reaching("reading"):
                async with asyncio.timeout(self._options.request_timeout):
                    await consumer.start()
            yield consumer
        finally:
            if not await ended(consumer.stop(), self._options.close_timeout):
                await ended(consumer._client.close(), self._options.close_timeout)

    async def read_all(self, topic: str, partitions: Sequence[int] | None = None) -> AsyncIterator[Message]:
        """Every message kept, to the ends as they were at the start; partitions mixed, each in order.

        Raises Unavailable where nothing comes for the time of a request.
        """
        numbers = chosen(topic, partitions, await self.partition_count(topic))
        places = [TopicPartition(topic, number) for number in numbers]
        if not places:
            return
        async with self._reader() as consumer:
            with self._reaching("reading"):
                consumer.assign(places)
                starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
                for place in places:
                    consumer.seek(place, starts[place])
            left = {place for place in places if starts[place] < ends[place]}
            while left:
                for record in await self._some(consumer, left):
                    if record.offset < ends[TopicPartition(record.topic, record.partition)]:
                        yield to_message(record)
                for place in list(left):
                    # The position, not the last message: compaction leaves gaps, also before the end.
                    if await consumer.position(place) >= ends[place]:
                        left.discard(place)

    async def _some(self, consumer: AIOKafkaConsumer, places: set[TopicPartition]) -> list[Any]:
        with self._reaching("reading"):
            found = await consumer.getmany(*places, timeout_ms=int(self._options.request_timeout * 1000))
        if not found:
            raise Unavailable(f"Kafka at {self._address}: nothing came of {len(places)} partitions; is it overloaded?")
        return [record for records in found.values() for record in records]

    # ------------------------------------------------ lag and health

    async def lag(self, group: str, topics: Sequence[str]) -> dict[Partition, Lag]:
        """How far the group's commits are behind. `oldest` is None where reading it would take too long."""
        admin = self._connected()
        places = [TopicPartition(topic, n) for topic in topics for n in range(await self.partition_count(topic))]
        async with self._reader() as consumer:
            with self._reaching("measuring the lag"):
                async with asyncio.timeout(self._options.request_timeout):
                    committed = await admin.list_consumer_group_offsets(group)
                    starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
            at = {place: max(committed[place].offset if place in committed else 0, starts[place]) for place in places}
            oldest = await self._times(consumer, {place: at[place] for place in places if at[place] < ends[place]})
        return {Partition(*place): Lag(max(0, ends[place] - at[place]), oldest.get(place)) for place in places}

    async def _times(self, consumer: AIOKafkaConsumer, at: dict[TopicPartition, int]) -> dict[TopicPartition, Any]:
        """The times of the messages at these offsets, as far as they come within a bounded time."""
        times: dict[TopicPartition, Any] = {}
        if not at:
            return times
        with contextlib.suppress(KafkaError):
            consumer.assign(list(at))
            for place, offset in at.items():
                consumer.seek(place, offset)
            deadline = asyncio.get_running_loop().time() + _OLDEST_SECONDS
            while (left := at.keys() - times.keys()) and asyncio.get_running_loop().time() < deadline:
                found = await consumer.getmany(*left, timeout_ms=200)
                times |= {place: to_message(records[0]).time for place, records in found.items()}
        return times

    async def ping(self) -> None:
        """Raises Unavailable unless a broker answers within five seconds."""
        with self._reaching("asking for a sign of life"):
            async with asyncio.timeout(_PING_SECONDS):
                await self._connected().describe_cluster()


async def _hand_over(producer: AIOKafkaProducer, record: Record, partition: int) -> asyncio.Future[Any]:
    headers = [(name, value.encode()) for name, value in record.headers.items()]
    future: asyncio.Future[Any] = await producer.send(
        record.topic, record.value, key=record.key.encode(), partition=partition, headers=headers
    )
    return future


def _portions(placed: Sequence[tuple[Record, int]]) -> Iterator[list[tuple[Record, int]]]:
    """The records in order, in lists of a bounded size."""
    portion: list[tuple[Record, int]] = []
    size = 0
    for record, partition in placed:
        if portion and size + size_of(record) > _AT_ONCE_BYTES:
            yield portion
            portion, size = [], 0
        portion.append((record, partition))
        size += size_of(record)
    if portion:
        yield portion
