"""Starts OpenSearch with those environment variables that are settings (lower-case, with a dot), as its image does."""

import os
import re
from pathlib import Path

HOME = Path("/usr/share/opensearch")
SETTING = re.compile(r"[a-z0-9_]+\.[a-z0-9_.]+")
OPTIONS = [
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
    "-Dlog4j2.disable.jmx=true",
    "-Djna.nosys=true",
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true",
]
LOGGING = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %c{1.} - %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


def main() -> None:
    (HOME / "config" / "log4j2.properties").write_text(LOGGING)
    (HOME / "config" / "opensearch.yml").write_text("")
    settings = [f"{name}={value}" for name, value in os.environ.items() if SETTING.fullmatch(name)]
    heap = os.environ.get("OPENSEARCH_JAVA_OPTS", "").split()
    java = "/opt/jdk/bin/java"
    os.execv(java, [java, *OPTIONS, *heap, "-cp", f"{HOME}/lib/*", "OpenSearchLauncher", str(HOME), *settings])


if __name__ == "__main__":
    main()
