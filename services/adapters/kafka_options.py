"""How to connect to Kafka, and how each topic is configured there."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from aiokafka.errors import KafkaError
from aiokafka.helpers import create_ssl_context

from services.adapters.bus_records import is_compacted, retention_ms
from services.core.errors import ConfigError, Unavailable
from services.core.topics import BY_NAME, DAY_MS, DLQ_SUFFIX, SUPERSEDED_MS, limit_of

# The broker holds the limit against a whole batch: the largest record and its framing must fit.
FRAMING_BYTES = 64 * 1024
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """Connection settings. Times in seconds; each bounds an operation that Kafka's client may wait in for ever.

    `session_timeout`: a silent member is out after it. `rebalance_timeout`: how long members may take to give up their
    partitions. `poll_interval`: a member that does not poll for so long does not rejoin.
    """

    client_id: str = "dateline"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    replication_factor: int = 1
    session_timeout: float = 10.0
    rebalance_timeout: float = 60.0
    poll_interval: float = 300.0
    request_timeout: float = 30.0
    publish_timeout: float = 60.0
    close_timeout: float = 10.0

    def connection(self, address: str) -> dict[str, Any]:
        """The arguments that producer, consumer and admin client share. Raises ConfigError for bad settings."""
        arguments: dict[str, Any] = {
            "bootstrap_servers": address,
            "client_id": self.client_id,
            "security_protocol": self.security_protocol,
            "request_timeout_ms": int(self.request_timeout * 1000),
        }
        if self.security_protocol.startswith("SASL"):
            if not self.username or self.password is None:
                raise ConfigError(f"{self.security_protocol} to Kafka needs a user name and a password")
            arguments["sasl_mechanism"] = self.sasl_mechanism
            arguments["sasl_plain_username"] = self.username
            arguments["sasl_plain_password"] = self.password
        if self.security_protocol.endswith("SSL"):
            arguments["ssl_context"] = self._ssl_context()
        return arguments

    def _ssl_context(self) -> Any:
        files = [str(path) if path else None for path in (self.ca_file, self.cert_file, self.key_file)]
        try:
            return create_ssl_context(cafile=files[0], certfile=files[1], keyfile=files[2])
        except OSError as error:
            raise ConfigError(f"the certificates for Kafka cannot be used: {error}") from error


def topic_config(topic: str, replication_factor: int) -> dict[str, str]:
    """The settings of a topic at its creation: core.topics in Kafka's words."""
    cleanup = "delete" if topic.endswith(DLQ_SUFFIX) else BY_NAME[topic].cleanup
    config = {
        "cleanup.policy": cleanup,
        "max.message.bytes": str(limit_of(topic) + FRAMING_BYTES),
        "retention.ms": str(retention_ms(topic) or -1),
        # The time of a message is when it was stored, whatever the clocks of the stages say.
        "message.timestamp.type": "LogAppendTime",
        # One replica may be down; with a single one there is nothing to spare.
        "min.insync.replicas": str(max(1, replication_factor - 1)),
    }
    if is_compacted(topic):
        # The open segment is never compacted: small ones keep short what a new owner has to read.
        config |= {
            "segment.bytes": str(64 * MEBIBYTE),
            "segment.ms": str(DAY_MS),
            "min.cleanable.dirty.ratio": "0.2",
            "min.compaction.lag.ms": str(SUPERSEDED_MS),
            "delete.retention.ms": str(DAY_MS),
        }
    return config


@contextmanager
def reaching(address: str, doing: str) -> Iterator[None]:
    """Turns what Kafka's client raises when the broker is away, or too slow, into Unavailable."""
    try:
        yield
    except (KafkaError, OSError, TimeoutError) as error:
        # An error without text (a timeout) still has a name.
        raise Unavailable(
            f"Kafka at {address}: {doing} failed: {str(error) or type(error).__name__}; is it running and reachable "
            "with these security settings?"
        ) from error


async def ended(work: Coroutine[Any, Any, Any], seconds: float) -> bool:
    """Whether the end of a client went well within the time; it is given up then.

    In a task of its own: with the broker away, aiokafka's `stop` waits without end or raises CancelledError.
    """
    task = asyncio.create_task(work)
    await asyncio.wait({task}, timeout=seconds)
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=seconds)
    return task.done() and not task.cancelled() and task.exception() is None
