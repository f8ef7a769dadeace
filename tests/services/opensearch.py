"""A real OpenSearch node for tests: HTTP on a free port of 127.0.0.1, data in a directory, started by our launcher."""

import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from tests.services.java import java
from tests.services.maven import CACHE, locked, resolve
from tests.services.process import HarnessError, Process, free_port

VERSION: Final = "3.8.0"
MINIMUM_JAVA: Final = 21
_MODULES: Final = (
    "transport-netty4-client",
    "analysis-common",
    "lang-painless",
    "mapper-extras-client",
    "parent-join-client",
    "reindex-client",
    "geo",
)
ARTIFACTS: Final = (
    f"org.opensearch:opensearch:{VERSION}",
    f"org.opensearch:opensearch-plugin-classloader:{VERSION}",
    *(f"org.opensearch.plugin:{module}:{VERSION}" for module in _MODULES),
    "org.apache.logging.log4j:log4j-core:2.25.4",
    "org.locationtech.spatial4j:spatial4j:0.7",
    "org.locationtech.jts:jts-core:1.15.0",
)
LAUNCHER: Final = Path(__file__).with_name("OpenSearchLauncher.java")
_LOGGING = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %c{1.} - %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


class OpenSearchNode:
    """One node, one cluster. `home` holds its data over restarts; without it a temporary directory goes with stop().

    Further `settings` are OpenSearch's own. Snapshots go under `snapshots`, which path.repo allows.
    """

    def __init__(self, home: Path | None = None, *, heap: str = "512m", settings: dict[str, str] | None = None) -> None:
        self._temporary = home is None
        self.home = home or Path(tempfile.mkdtemp(prefix="dateline-opensearch-"))
        self._heap = heap
        self._settings = settings or {}
        self._port = free_port()
        self._process: Process | None = None

    @property
    def address(self) -> str:
        """What clients connect to: "opensearch+http://127.0.0.1:port"."""
        return f"opensearch+http://127.0.0.1:{self._port}"

    @property
    def snapshots(self) -> Path:
        """The directory that snapshot repositories may be in."""
        return self.home / "snapshots"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Returns once it answers. Raises HarnessError with the end of its log where it does not."""
        for part in ("config", "tmp", "snapshots"):
            (self.home / part).mkdir(parents=True, exist_ok=True)
        (self.home / "config" / "log4j2.properties").write_text(_LOGGING)
        (self.home / "config" / "opensearch.yml").write_text("")
        self._process = Process(self._command(), log=self.home / "opensearch.log")
        self._process.start(self._answers, timeout=180)

    def stop(self) -> None:
        """Ends it in order, and removes a temporary home."""
        if self._process:
            self._process.stop()
        if self._temporary:
            shutil.rmtree(self.home, ignore_errors=True)

    def kill(self) -> None:
        """Ends it with SIGKILL, as a crash does; its home stays."""
        if self._process:
            self._process.kill()

    def restart(self) -> None:
        """Starts it again on the same port and home."""
        if self._process:
            self._process.stop()
        self.start()

    def _answers(self) -> bool:
        url = f"http://127.0.0.1:{self._port}/_cluster/health?wait_for_no_initializing_shards=true&timeout=1s"
        try:
            with urllib.request.urlopen(url, timeout=3) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def _command(self) -> list[str | Path]:
        executable = java(MINIMUM_JAVA)
        jars = resolve("opensearch", ARTIFACTS)
        start = launcher(executable, jars)
        version = executable.resolve().parent.parent.name
        archive = start.with_name(f"classes-{version}.jsa")
        settings = {
            "cluster.name": "dateline-tests",
            "node.name": "node-1",
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": str(self._port),
            "transport.port": str(free_port()),
            "path.repo": str(self.snapshots),
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            **self._settings,
        }
        return [
            executable,
            f"-Xms{self._heap}",
            f"-Xmx{self._heap}",
            "-XX:+UseSerialGC",
            # The JVM writes the archive of loaded classes at its first orderly end and starts quicker from then on.
            "-XX:+AutoCreateSharedArchive",
            f"-XX:SharedArchiveFile={archive}",
            "-Xlog:disable",
            "-Xlog:all=error:stderr",
            f"-Djava.io.tmpdir={self.home / 'tmp'}",
            "-Djava.awt.headless=true",
            "-Dlog4j2.disable.jmx=true",
            "-Dlog4j.shutdownHookEnabled=false",
            "-Djna.nosys=true",
            "-Dio.netty.noUnsafe=true",
            "-Dio.netty.noKeySetOptimization=true",
            "-cp",
            ":".join(map(str, [start, *jars])),
            "OpenSearchLauncher",
            self.home,
            *(f"{key}={value}" for key, value in settings.items()),
        ]


def launcher(executable: Path, jars: list[Path]) -> Path:
    """The launcher as a jar, compiled again when its source or the JDK is another."""
    home = CACHE / "opensearch"
    jar, mark = home / "launcher.jar", home / "launcher.mark"
    tools = executable.resolve().parent
    wanted = f"{tools}\n{LAUNCHER.read_text()}"
    with locked(home / "launcher.lock"):
        if not (jar.exists() and mark.exists() and mark.read_text() == wanted):
            classes = home / "launcher-classes"
            shutil.rmtree(classes, ignore_errors=True)
            _run(tools / "javac", "-proc:none", "-cp", ":".join(map(str, jars)), "-d", classes, LAUNCHER)
            _run(tools / "jar", "cf", jar, "-C", classes, ".")
            mark.write_text(wanted)
    return jar


def _run(*command: str | Path) -> None:
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    if answer.returncode:
        raise HarnessError(f"{command[0]} failed:\n{(answer.stdout + answer.stderr)[-3000:]}")
