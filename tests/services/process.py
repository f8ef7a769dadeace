"""A service as a child process: start it, wait until it is ready, stop it by its id, show its log when it fails."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class HarnessError(RuntimeError):
    """A service for tests cannot be had. The text says which, and ends with what it logged."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def tail(path: Path, characters: int = 3000) -> str:
    """The end of a text file; empty where there is none."""
    return path.read_text(errors="replace")[-characters:] if path.exists() else ""


class Process:
    """One service. It writes to `log`, and dies with us even when we are killed, where the system can do that."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._command = [str(part) for part in command]
        self._log = log
        self._cwd = cwd
        self._env = env
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs, else None."""
        return self._child.pid if self.running and self._child else None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    def start(self, ready: Callable[[], bool], timeout: float = 120.0) -> None:
        """Starts it and returns once `ready()` is true.

        Raises HarnessError with the end of the log where it ends before, or is not ready after `timeout` seconds (then
        it is killed).
        """
        # The parent-death signal keeps a killed test run from leaving servers behind.
        guard = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                guard + self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._cwd,
                env=self._env,
                start_new_session=True,
            )
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.running:
                raise self._error(f"ended with {self._child.returncode} before it was ready")
            if time.monotonic() > deadline:
                self.kill()
                raise self._error(f"was not ready after {timeout:.0f} s")
            time.sleep(0.05)

    def stop(self, grace: float = 30.0) -> None:
        """Asks it to end (SIGTERM) and waits; kills it after `grace` seconds. Nothing where it does not run."""
        if self._child is None or not self.running:
            return
        self._child.terminate()
        try:
            self._child.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Ends it as a power cut would (SIGKILL) and waits until it is gone."""
        if self._child is not None and self.running:
            self._child.send_signal(signal.SIGKILL)
            self._child.wait()

    def _error(self, what: str) -> HarnessError:
        return HarnessError(f"{self._command[0]} {what}. The end of {self._log}:\n{tail(self._log)}")
