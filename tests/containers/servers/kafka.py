"""Starts Kafka from KAFKA_… variables as its own image does: server.properties is made of them and nothing else."""

import os
import subprocess
from pathlib import Path

# Read by the start scripts of the real image, and no properties of the broker.
NO_PROPERTIES = {"KAFKA_HEAP_OPTS", "KAFKA_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_LOG4J_OPTS", "KAFKA_VERSION"}
FAST = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


def main() -> None:
    given = {name: value for name, value in os.environ.items() if name.startswith("KAFKA_")}
    lines = [
        f"{name.removeprefix('KAFKA_').lower().replace('_', '.')}={value}"
        for name, value in given.items()
        if name not in NO_PROPERTIES
    ]
    properties = Path("/tmp/server.properties")
    properties.write_text("\n".join(lines) + "\n")
    base = ["/opt/jdk/bin/java", *FAST, "-cp", "/opt/kafka/libs/*"]
    format_storage = ["kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", os.environ["CLUSTER_ID"]]
    subprocess.run([*base, *format_storage, "-c", str(properties)], check=True)
    heap = given.get("KAFKA_HEAP_OPTS", "-Xmx512m").split()
    os.execv(base[0], [base[0], *heap, *base[1:], "kafka.Kafka", str(properties)])


if __name__ == "__main__":
    main()
