"""What all buses agree on before a record is sent: its topic, its size, its partitions, and how groups share them."""

from collections.abc import Iterable, Mapping, Sequence

from services.core import topics
from services.core.errors import ConfigError
from services.core.ids import partition_of
from services.core.ports import Partition, Record


def all_topics() -> list[str]:
    """The names of core.topics and of their dead-letter topics."""
    return [name for topic in topics.TOPICS for name in (topic.name, topics.dlq_of(topic.name))]


def known(topic: str) -> str:
    """The same name. Raises ConfigError where there is no such topic in core.topics."""
    if topic.removesuffix(topics.DLQ_SUFFIX) not in topics.BY_NAME:
        raise ConfigError(
            f"there is no topic {topic!r}: topics are those of the schemas, and their {topics.DLQ_SUFFIX}"
        )
    return topic


def is_compacted(topic: str) -> bool:
    """Whether a topic keeps the newest record of each key only."""
    return topic in topics.BY_NAME and topics.BY_NAME[topic].compacted


def retention_ms(topic: str) -> int | None:
    """How long a topic keeps its records; None: without end."""
    if topic.endswith(topics.DLQ_SUFFIX):
        return 30 * topics.DAY_MS
    return topics.BY_NAME[topic].retention_ms


def check(records: Iterable[Record]) -> None:
    """Raises ConfigError for an unknown topic, TooLarge for a record over its topic's limit."""
    for record in records:
        known(record.topic)
        if (error := topics.too_large(record)) is not None:
            raise error


def partitions_for(record: Record, count: int) -> Sequence[int]:
    """The partitions that a record goes to, of a topic with so many. Raises ConfigError for one out of range."""
    if record.everywhere:
        return range(count)
    if record.partition is None:
        return (partition_of(record.key if record.routing is None else record.routing, count),)
    if not 0 <= record.partition < count:
        raise ConfigError(f"{record.topic} has {count} partitions: there is no partition {record.partition}")
    return (record.partition,)


def chosen(topic: str, partitions: Sequence[int] | None, count: int) -> list[int]:
    """The partitions asked for, in order; all of them for None. Raises ConfigError for one out of range."""
    numbers = sorted(range(count) if partitions is None else partitions)
    if numbers and not 0 <= numbers[0] <= numbers[-1] < count:
        raise ConfigError(f"{topic} has {count} partitions: cannot read {numbers}")
    return numbers


def share_out(members: Mapping[str, Iterable[str]], counts: Mapping[str, int]) -> dict[Partition, str]:
    """Who owns what: each topic's partitions in equal ranges over its readers, in the members' order.

    As Kafka's range assignor does it, so that members with the same topics own the same numbers of all of them.
    """
    owners: dict[Partition, str] = {}
    for topic, count in counts.items():
        readers = [member for member, names in members.items() if topic in names]
        for index, member in enumerate(readers):
            low, high = count * index // len(readers), count * (index + 1) // len(readers)
            owners.update({Partition(topic, number): member for number in range(low, high)})
    return owners
