"""A container engine of the tests' own: dockerd with its own socket and storage, gone without a trace afterwards.

What it built stays under ~/.cache/dateline, so that a second run builds only what changed.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.services.java import apt_install
from tests.services.maven import CACHE, locked
from tests.services.process import HarnessError, Process

ROOT = Path(__file__).resolve().parents[2]
HOME = CACHE / "engine"
# A path without spaces and short enough for a socket. Not on the PATH's first place: a newer client may lack BuildKit.
CLIENT = "/usr/bin/docker"
COMPOSE = "/usr/bin/docker-compose"
_PACKAGES = {
    CLIENT: "docker.io",
    COMPOSE: "docker-compose",
    "/usr/sbin/iptables": "iptables",
    "/usr/bin/mmdebstrap": "mmdebstrap",
    "/usr/bin/prometheus": "prometheus",
}
_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
_CONFIG = {"builder": {"gc": {"enabled": True, "defaultKeepStorage": "4GB"}}, "log-driver": "json-file"}


class CommandError(RuntimeError):
    """A command of the engine failed. The text has its output's end."""


def run(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, timeout: float = 600) -> str:
    """Runs a command in the repository; its standard output. Raises CommandError with both outputs' ends."""
    answer = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if answer.returncode:
        said = f"{answer.stdout[-3000:]}\n{answer.stderr[-6000:]}"
        raise CommandError(f"{' '.join(map(str, command[:6]))} … ended with {answer.returncode}:\n{said}")
    return answer.stdout


def install_missing() -> None:
    """Installs what is not there. Raises HarnessError where that cannot be done."""
    missing = [package for path, package in _PACKAGES.items() if not Path(path).exists()]
    if not missing:
        return
    if os.geteuid() != 0:
        raise HarnessError(f"a container engine needs root, and {', '.join(missing)} to be installed")
    subprocess.run(["apt-get", "update", "-q"], check=False, capture_output=True)
    apt_install(*missing)


class Engine:
    """One private dockerd. `docker` and `compose` run their commands against it."""

    def __init__(self, home: Path = HOME) -> None:
        self._home = home
        self.socket = f"unix://{home}/docker.sock"
        self.environment = {
            "DOCKER_HOST": self.socket,
            "DOCKER_BUILDKIT": "1",
            "COMPOSE_DOCKER_CLI_BUILD": "1",
            # compose calls `docker` by name to build with BuildKit
            "PATH": f"/usr/bin:/usr/sbin:{os.environ['PATH']}",
        }
        self._daemon: Process | None = None

    def start(self) -> None:
        """Returns once it answers. Raises HarnessError with the end of its log where it does not."""
        if os.geteuid() != 0:
            raise HarnessError("a container engine needs root")
        self._home.mkdir(parents=True, exist_ok=True)
        (self._home / "dockerd.log").unlink(missing_ok=True)
        # Left by an engine that was killed; it would be taken for a running one.
        (self._home / "pid").unlink(missing_ok=True)
        config = self._home / "daemon.json"
        config.write_text(json.dumps(_CONFIG))
        command: list[str | Path] = [
            "/usr/sbin/dockerd",
            "-H",
            self.socket,
            "--config-file",
            config,
            "--pidfile",
            self._home / "pid",
        ]
        command += ["--data-root", self._home / "data", "--exec-root", self._home / "exec", "--mtu", str(_mtu())]
        self._daemon = Process(command, log=self._home / "dockerd.log", env={**os.environ, **self.environment})
        self._daemon.start(self._answers, timeout=60)
        self._clear()

    def docker(self, *arguments: str | Path, timeout: float = 600) -> str:
        """What `docker ARGUMENTS` prints. Raises CommandError."""
        return run([CLIENT, *arguments], env=self.environment, timeout=timeout).strip()

    def compose(
        self,
        *arguments: str | Path,
        env: Mapping[str, str] | None = None,
        env_file: Path | None = None,
        timeout: float = 600,
    ) -> str:
        """What `docker-compose ARGUMENTS` prints, in the repository's root. Raises CommandError.

        A developer's own .env is not read; `env_file` is, where it is given.
        """
        nothing = self._home / "no.env"
        nothing.touch()
        command = [COMPOSE, "--env-file", env_file or nothing, *arguments]
        return run(command, env={**self.environment, **(env or {})}, timeout=timeout).strip()

    def close(self) -> None:
        """Removes every container, network and volume, stops dockerd, unmounts what it left."""
        if self._daemon is None:
            return
        try:
            self._clear()
            self.docker("image", "prune", "-f")
        except (CommandError, subprocess.TimeoutExpired):
            pass  # what it runs ends with it, and the next start clears again
        finally:
            self._daemon.stop(grace=60)
            _unmount(self._home)
            shutil.rmtree(self._home / "exec", ignore_errors=True)

    def _answers(self) -> bool:
        try:
            self.docker("version", timeout=20)
        except (CommandError, subprocess.TimeoutExpired):
            return False
        return True

    def _clear(self) -> None:
        containers = self.docker("ps", "-aq").split()
        if containers:
            self.docker("rm", "-f", "-v", *containers)
        self.docker("network", "prune", "-f")
        volumes = self.docker("volume", "ls", "-q").split()
        if volumes:
            self.docker("volume", "rm", "-f", *volumes)


def _mtu() -> int:
    """The smallest MTU of the interfaces of default routes: the engine's bridge must not promise more."""
    routes = json.loads(run(["ip", "-json", "route", "show", "default"]) or "[]")
    sizes = [int(Path(f"/sys/class/net/{route['dev']}/mtu").read_text()) for route in routes if "dev" in route]
    return min(sizes, default=1500)


def _unmount(home: Path) -> None:
    points = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for point in sorted((point for point in points if point.startswith(f"{home}/")), reverse=True):
        subprocess.run(["umount", "-l", point], check=False, capture_output=True)


@contextmanager
def untouched_network() -> Iterator[None]:
    """Puts packet filter, forwarding and bridges back as they were: dockerd leaves all three changed."""
    rules = run(["/usr/sbin/iptables-save"])
    forwarding = _FORWARDING.read_text()
    links = _links()
    try:
        yield
    finally:
        for link in _links() - links:
            subprocess.run(["ip", "link", "delete", link], check=False, capture_output=True)
        emptied = _emptied(run(["/usr/sbin/iptables-save"]))
        subprocess.run(["/usr/sbin/iptables-restore"], input=emptied + rules, text=True, check=True)
        if _FORWARDING.read_text() != forwarding:
            _FORWARDING.write_text(forwarding)


def _emptied(rules: str) -> str:
    """The same tables with their built-in chains only, letting all pass: how a table is that nobody has used."""
    kept = (line for line in rules.splitlines() if line.startswith(("*", ":", "COMMIT")))
    # A chain of somebody's own has "-" for its policy.
    chains = (line.split() for line in kept)
    return "".join(
        f"{words[0]} ACCEPT [0:0]\n" if len(words) > 1 else f"{words[0]}\n"
        for words in chains
        if len(words) == 1 or words[1] != "-"
    )


def _links() -> set[str]:
    """The engine's kinds of links only: nobody else's may be touched."""
    names = {path.name for path in Path("/sys/class/net").iterdir()}
    return {name for name in names if name == "docker0" or name.startswith(("br-", "veth"))}


@contextmanager
def running_engine() -> Iterator[Engine]:
    """An engine for the time of the block, one at a time on this machine. Raises HarnessError where there is none."""
    install_missing()
    with locked(HOME / "lock"), untouched_network():
        engine = Engine()
        try:
            engine.start()
            yield engine
        finally:
            engine.close()
