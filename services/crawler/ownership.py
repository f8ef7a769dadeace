"""Whether a fetch is news of its article: content hashes, revisions, first sight. Pure."""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_PACKED = struct.Struct("<12sIddI")
_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class Known:
    """The newest that is known of an article. `mark` is 12 bytes of its content hash."""

    mark: bytes
    revision: int
    first_fetched_at: datetime
    last_fetched_at: datetime
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a fetch is: `revision` to publish it as, or the reason why it is a `duplicate` of that revision."""

    revision: int
    first_fetched_at: datetime
    duplicate: str | None = None


def mark_of(content_hash: str) -> bytes:
    """12 bytes that stand for a content hash in memory."""
    return hashlib.blake2b(content_hash.encode(), digest_size=12).digest()


def judge(known: Known | None, content_hash: str, fetched_at: datetime, *, archived: bool = False) -> Verdict:
    """Compares a fetch with what is known of its article.

    The same fetch seen again keeps its revision. Live fetches are taken in the order they come in, whatever the clock
    says; an `archived` one that is older than the newest known changes nothing.
    """
    if known is None:
        return Verdict(1, fetched_at)
    same = known.mark == mark_of(content_hash)
    if same and fetched_at == known.last_fetched_at:
        return Verdict(known.revision, known.first_fetched_at)
    if same:
        return Verdict(known.revision, known.first_fetched_at, "unchanged")
    if archived and fetched_at < known.last_fetched_at:
        return Verdict(known.revision, known.first_fetched_at, "superseded")
    return Verdict(known.revision + 1, known.first_fetched_at)


class ArticleBook:
    """What is known of many articles, packed: about 200 bytes each."""

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._packed)

    def get(self, article_id: str) -> Known | None:
        """What is known of an article."""
        packed = self._packed.get(article_id)
        if packed is None:
            return None
        mark, revision, first, last, generation = _PACKED.unpack(packed)
        return Known(mark, revision, _time(first), _time(last), generation)

    def put(self, article_id: str, known: Known) -> None:
        """Remembers; times are kept to the microsecond."""
        self._packed[article_id] = _PACKED.pack(
            known.mark,
            known.revision,
            known.first_fetched_at.timestamp(),
            known.last_fetched_at.timestamp(),
            known.generation,
        )

    def forget(self, article_id: str) -> None:
        """Forgets an article, known or not."""
        self._packed.pop(article_id, None)

    def not_seen_since(self, limit: datetime) -> Iterator[str]:
        """Ids of articles whose last sight is older. Do not change the book while iterating."""
        edge = limit.timestamp()
        return (key for key, packed in self._packed.items() if _PACKED.unpack(packed)[3] < edge)


def _time(stamp: float) -> datetime:
    # The last microsecond of the calendar rounds up to a year that datetime does not have.
    return datetime.fromtimestamp(min(stamp, _LAST), UTC)
