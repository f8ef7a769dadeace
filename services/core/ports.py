"""The four doors to the outside. What an adapter promises is said here and tested once, for all, in tests/contract."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

# ---------------------------------------------------------------- Bus


class Partition(NamedTuple):
    """A topic and a partition number of it."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Record:
    """A message to publish. `value` None is a tombstone.

    The partition is `partition` where given; else that of `routing` (core.ids.partition_of); else that of `key`.
    With `everywhere` a copy goes to every partition of the topic.
    """

    topic: str
    key: str
    value: bytes | None
    headers: Mapping[str, str] = field(default_factory=dict)
    routing: str | None = None
    partition: int | None = None
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A message as received. `time` is when the bus stored it."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None
    headers: Mapping[str, str]
    time: datetime

    @property
    def source(self) -> Partition:
        """Where it came from."""
        return Partition(self.topic, self.partition)


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages of one partition in offset order, never empty."""

    partition: Partition
    messages: Sequence[Message]


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a group is behind in one partition. `oldest` is the time of the first message not committed."""

    messages: int
    oldest: datetime | None = None


class RebalanceListener(Protocol):
    """Is told what a member owns. Both are awaited by the bus before the rebalance goes on."""

    async def assigned(self, partitions: frozenset[Partition], generation: int) -> None:
        """These were added to what the member has. `generation` only rises within a group."""
        ...

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        """These are being taken away: finish or drop their work now; nothing of them may be published after."""
        ...


class Subscription(Protocol):
    """A member of a consumer group. Delivery is at least once; what was committed is not delivered again."""

    @property
    def generation(self) -> int:
        """The group's generation of the present assignment; 0 before the first."""
        ...

    @property
    def assignment(self) -> frozenset[Partition]:
        """What this member owns now."""
        ...

    async def poll(
        self, *, max_messages: int, timeout: float, partitions: frozenset[Partition] | None = None
    ) -> list[Batch]:
        """Messages not yet polled, from these owned partitions (None: all), at most so many in all.

        Returns as soon as there is one, and empty after `timeout` seconds; must be called often enough to stay in the
        group. A return does not mean that anything was processed. Order holds within a partition.
        """
        ...

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Stores the offset of the next message to read, per partition, durably before it returns.

        Raises Lost where a partition is no longer ours: its work will be done again by its new owner.
        """
        ...


class Bus(Protocol):
    """A durable, partitioned log."""

    async def start(self) -> None:
        """Connects. Raises Unavailable, with the address and what to do, where it cannot."""
        ...

    async def close(self) -> None:
        """Lets go of everything within a bounded time. Does not commit."""
        ...

    async def create_topics(self, partitions: int) -> list[str]:
        """Creates what is missing of core.topics and its dead-letter topics; returns the names created.

        Safe to repeat. Raises ConfigError where an existing topic has another number of partitions.
        """
        ...

    async def partition_count(self, topic: str) -> int:
        """The number of partitions. Raises ConfigError for a topic that does not exist."""
        ...

    async def publish(self, records: Sequence[Record]) -> None:
        """Returns when all are durable; records of one call keep their order within a partition.

        Raises TooLarge before anything is sent where one is over its topic's limit, Unavailable where durability is
        unknown: then some may be there, and publishing again is right (ids make it idempotent).
        """
        ...

    def subscribe(
        self, group: str, topics: Sequence[str], listener: RebalanceListener, *, member: str | None = None
    ) -> AbstractAsyncContextManager[Subscription]:
        """Joins a group at its committed offsets, or at the beginning where there are none.

        Partitions with the same number, of all the topics, go to the same member. `member` is a stable instance name
        (Kafka's static membership). Leaving the context leaves the group, without committing.
        """
        ...

    def read_all(self, topic: str, partitions: Sequence[int] | None = None) -> AsyncIterator[Message]:
        """Every message kept, from the beginning to the end as it was when the call began, outside any group.

        Of a compacted topic at least the newest message of each key comes, tombstones included while kept; older ones
        may come too.
        """
        ...

    async def lag(self, group: str, topics: Sequence[str]) -> Mapping[Partition, Lag]:
        """How far the group's commits are behind the ends."""
        ...

    async def ping(self) -> None:
        """Raises Unavailable unless the bus answers within a few seconds."""
        ...


# ---------------------------------------------------------------- Index

Collection = Literal["articles", "mentions", "events"]
COLLECTIONS: tuple[Collection, ...] = ("articles", "mentions", "events")
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upsert:
    """A document to write. `version` is external: a write at or below the stored version changes nothing.

    `month` ("2026-11") chooses the monthly index and never changes for one id.
    """

    collection: Collection
    id: str
    version: int
    month: str
    document: Document


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one upsert: `stale` is done too; `retry` was refused for now; `failed` never will be taken."""

    id: str
    result: Literal["written", "stale", "retry", "failed"]
    error: str = ""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The field holds one of these values."""

    field: str
    values: tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The field holds none of these values."""

    field: str
    values: tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The field's value is at least `low` and below `high`, of those given. Dates as datetimes."""

    field: str
    low: float | datetime | None = None
    high: float | datetime | None = None


@dataclass(frozen=True, slots=True)
class Within:
    """The point lies in the box, edges included, in degrees. `west` may be over `east`: then it crosses 180°."""

    north: float
    south: float
    west: float
    east: float


@dataclass(frozen=True, slots=True)
class Exists:
    """The field has a value (or has none)."""

    field: str
    present: bool = True


Filter = AnyOf | NoneOf | Between | Within | Exists


@dataclass(frozen=True, slots=True)
class Query:
    """What to search. `text` is plain text: every word must occur; words in quotation marks must be adjacent."""

    collection: Collection
    text: str | None = None
    filters: tuple[Filter, ...] = ()
    sort: str | None = None
    descending: bool = True
    limit: int = 20
    cursor: str | None = None
    facets: tuple[str, ...] = ()
    facet_size: int = 20
    histogram: tuple[str, Literal["hour", "day", "week", "month"]] | None = None
    geo_grid: int | None = None
    cardinality: tuple[str, ...] = ()
    highlight: bool = False


class Hit(NamedTuple):
    """A document found. `snippets` per field hold the match between <mark> and </mark>, all else escaped as HTML."""

    id: str
    version: int
    document: Document
    snippets: Mapping[str, Sequence[str]]


class Bucket(NamedTuple):
    """A value and in how many documents it occurs."""

    value: str
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody needs here


class Cell(NamedTuple):
    """A cell of the geo grid: Web Mercator tile "zoom/x/y", centre of its documents, how many."""

    tile: str
    lat: float
    lon: float
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody needs here


@dataclass(frozen=True, slots=True)
class Page:
    """The answer to a query. `total` is exact. `cursor` reads on; None at the end."""

    total: int
    hits: Sequence[Hit]
    cursor: str | None = None
    facets: Mapping[str, Sequence[Bucket]] = field(default_factory=dict)
    histogram: Sequence[Bucket] = ()
    geo_grid: Sequence[Cell] = ()
    cardinality: Mapping[str, int] = field(default_factory=dict)


class Index(Protocol):
    """A search index with external versions. Every adapter gives the same ids and exact counts for a query.

    Fields are those of core.index_fields; a name that is not there raises BadInput. Order is promised for field sorts
    only (ties by id); a snippet need only contain the match.
    """

    async def start(self) -> None:
        """Connects. Raises Unavailable, with the address and what to do, where it cannot."""
        ...

    async def close(self) -> None:
        """Lets go of everything; what was acknowledged stays."""
        ...

    async def install(self) -> list[str]:
        """Installs templates and aliases; safe to repeat; returns the names of what was made or changed."""
        ...

    async def upsert(self, items: Sequence[Upsert]) -> list[Written]:
        """Writes each item by itself and returns results in the order of items; durable when it returns.

        Raises Unavailable where the whole request got no answer: then all are to be sent again.
        """
        ...

    async def get(self, collection: Collection, document_id: str) -> Hit | None:
        """The newest written version of a document, searchable or not yet."""
        ...

    async def search(self, query: Query) -> Page:
        """Answers a query over what is searchable. Raises BadInput for unknown fields and broken cursors."""
        ...

    async def count(self, collection: Collection, filters: Sequence[Filter] = ()) -> int:
        """How many documents match, exactly."""
        ...

    def scan(self, collection: Collection, filters: Sequence[Filter] = ()) -> AsyncIterator[Hit]:
        """Every matching document once, in no promised order, as of the call."""
        ...

    async def refresh(self) -> None:
        """Makes all that was written searchable before it returns."""
        ...

    async def swap_alias(self, collection: Collection, generation: str) -> None:
        """Points reads at the indices of another generation, in one step."""
        ...

    async def snapshot(self, name: str) -> None:
        """Stores a consistent copy under a name. Raises BadInput where the name is taken."""
        ...

    async def ping(self) -> None:
        """Raises Unavailable unless the index answers within a few seconds."""
        ...


# ---------------------------------------------------------------- Fetcher


@dataclass(frozen=True, slots=True)
class Request:
    """One GET, or a POST where there is a `body`. Redirects are not followed: they come back as responses.

    `deadline` (seconds) bounds the whole of it; `max_bytes` what is received and what it unpacks to.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    deadline: float = 30.0
    max_bytes: int = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, body unpacked. Header names are lower case; repeated headers are joined by ", "."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


FetchFailure = Literal[
    "refused_address", "refused_url", "dns", "connect", "tls", "timeout", "too_large", "bad_encoding", "protocol"
]


class FetchError(Exception):
    """A request that gave no response. `kind` is a fixed word for metrics, the text says what happened."""

    def __init__(self, kind: FetchFailure, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind: FetchFailure = kind
        self.detail = detail


class Fetcher(Protocol):
    """The only way out. The guard looks at the address really dialled (docs/security.md)."""

    async def start(self) -> None:
        """Opens the connection pool."""
        ...

    async def fetch(self, request: Request) -> Response:
        """Raises FetchError; never anything else for what a server can do."""
        ...

    async def close(self) -> None:
        """Closes all connections."""
        ...
