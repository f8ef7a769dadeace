"""A real Kafka 4.3.1 of one node (KRaft), from Maven artifacts, on loopback."""

import base64
import shutil
import socket
import struct
import subprocess
import tempfile
import uuid
from pathlib import Path

from tests.services.java import java
from tests.services.maven import resolve
from tests.services.process import HarnessError, Process, free_port

VERSION = "4.3.1"
ARTIFACTS = (
    f"org.apache.kafka:kafka_2.13:{VERSION}",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
)

# The short session and heartbeat let a broker that was killed come back in 8 s instead of 18.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.retention.check.interval.ms=1000
log.cleaner.backoff.ms=500
log.segment.delete.delay.ms=1000
message.max.bytes=20971520
"""

_LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c - %m%n
"""

_FAST_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def answers(port: int) -> bool:
    """Whether a broker answers a Metadata request (version 1) and names at least one node: itself."""
    body = struct.pack(">hhih4si", 3, 1, 1, 4, b"test", 0)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2.0) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            stream = connection.makefile("rb")
            (size,) = struct.unpack(">i", stream.read(4))
            _, brokers = struct.unpack(">ii", stream.read(size)[:8])
            return bool(brokers >= 1)
    except (OSError, struct.error):
        return False


class KafkaNode:
    """One broker with its own temporary directory; the port and the data stay over stop, kill and restart."""

    def __init__(self) -> None:
        self.port = free_port()
        self._home = Path(tempfile.mkdtemp(prefix="dateline-kafka-"))
        self._process: Process | None = None

    @property
    def address(self) -> str:
        """host:port for clients."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts the broker on what it stored and returns once it answers. Raises HarnessError."""
        if self._process is None:
            self._process = Process(self._prepare(), log=self._home / "broker.log")
        self._process.start(lambda: answers(self.port))

    def stop(self) -> None:
        """Shuts it down in good order."""
        if self._process:
            self._process.stop()

    def kill(self) -> None:
        """Ends it with SIGKILL."""
        if self._process:
            self._process.kill()

    def restart(self) -> None:
        """Starts it again, after stopping it where it runs."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """Kills it and deletes what it stored."""
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def _prepare(self) -> list[str | Path]:
        """Writes the configuration, formats the storage, and gives the command that starts the broker."""
        library = resolve(f"kafka-{VERSION}", ARTIFACTS)[0].parent
        properties, logging = self._home / "server.properties", self._home / "log4j2.properties"
        properties.write_text(
            _PROPERTIES.format(port=self.port, controller=free_port(), data=self._home / "data"), encoding="utf-8"
        )
        logging.write_text(_LOGGING, encoding="utf-8")
        base: list[str | Path] = [java(17), *_FAST_START, f"-Dlog4j2.configurationFile={logging}"]
        base += ["-cp", f"{library}/*"]
        # An id that begins with "-" would be taken for an option.
        cluster = "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        format_storage = [*base, "kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", properties]
        answer = subprocess.run(format_storage, check=False, capture_output=True, text=True)
        if answer.returncode:
            raise HarnessError(f"Kafka cannot format its storage:\n{(answer.stdout + answer.stderr)[-3000:]}")
        return [*base, "-Xms256m", "-Xmx512m", "kafka.Kafka", properties]
