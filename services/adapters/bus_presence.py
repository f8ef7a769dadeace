"""Which bus clients of a directory still live: each holds a lock on a file that ends with its process, however it ends.

So the partitions of a process that was killed go to others at once and not only when its session is over.
"""

import fcntl
import os
import uuid
from pathlib import Path


class Presence:
    """One client's sign of life in a directory. `id` is never used twice."""

    def __init__(self, directory: Path) -> None:
        self.id = uuid.uuid4().hex
        self._directory = directory
        self._handle = os.open(self._path(self.id), os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def _path(self, client: str) -> Path:
        return self._directory / f"{client}.alive"

    def is_gone(self, client: str) -> bool:
        """Whether another client has ended; its file is cleared away."""
        if client == self.id:
            return False
        try:
            handle = os.open(self._path(client), os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            self._path(client).unlink(missing_ok=True)
            return True
        finally:
            os.close(handle)

    def close(self) -> None:
        """Ends the sign of life."""
        self._path(self.id).unlink(missing_ok=True)
        os.close(self._handle)
