"""Which entries of a feed are known: 8-byte hashes, packed, so that a million feeds fit into memory."""

import base64
import hashlib
from collections.abc import Iterable, Sequence

from services.core.models import Entry, format_time

SIZE = 8


def entry_hash(entry: Entry) -> bytes:
    """8 bytes that change when the entry's identity, its texts or its `updated` change."""
    identity = entry.id or entry.url or ""
    updated = format_time(entry.updated) if entry.updated else ""
    parts = (identity, entry.title or "", updated, entry.content or "", entry.summary or "")
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=SIZE).digest()


class Seen:
    """A set of entry hashes in the order of their last sight."""

    def __init__(self, encoded: str = "") -> None:
        """From the base64 of FeedState.seen; what is broken there is taken as empty."""
        try:
            packed = base64.b64decode(encoded, validate=True)
        except ValueError:
            packed = b""
        self._hashes = [packed[i : i + SIZE] for i in range(0, len(packed) - len(packed) % SIZE, SIZE)]
        self._set = frozenset(self._hashes)

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, item: bytes) -> bool:
        return item in self._set

    def renewed(self, current: Sequence[bytes], limit: int) -> str:
        """Base64 of these and the current ones, which come last and so stay longest; the newest `limit` of them.

        `current` is in the feed's order, newest first, and is turned round.
        """
        fresh = list(dict.fromkeys(reversed(current)))
        now = set(fresh)
        kept = [item for item in self._hashes if item not in now] + fresh
        return _encode(kept[-limit:])


def _encode(hashes: Iterable[bytes]) -> str:
    return base64.b64encode(b"".join(hashes)).decode()
