"""Deterministic ids, so that the same thing read twice is one thing, and the partition that an id belongs to."""

import base64
import hashlib
import zlib
from datetime import datetime

from services.core.models.base import format_time


def digest(*parts: str, size: int = 12) -> str:
    """A short, URL-safe id of the parts: base32 of a BLAKE2b digest of `size` bytes, lower case.

    The parts are joined by NUL, which no text that got past the crawler holds, so ("ab", "c") is not ("a", "bc").
    """
    raw = hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=size).digest()
    return base64.b32encode(raw).decode().rstrip("=").lower()


def article_id(canonical_url: str) -> str:
    """The id of the article at a canonical URL."""
    return digest("article", canonical_url)


def file_article_id(content: bytes) -> str:
    """The id of an article that has no URL: a hash of the file's content."""
    return digest("file", hashlib.sha256(content).hexdigest())


def feed_id(url: str) -> str:
    """The id of the feed at a URL."""
    return digest("feed", url)


def fetch_id(article: str, fetched_at: datetime) -> str:
    """The id of one fetch of an article: what the accounts count."""
    return digest("fetch", article, format_time(fetched_at))


def mention_id(article: str, event_type: str, sentence: str, ordinal: int) -> str:
    """The id of an event mention: the same over revisions as long as its sentence says the same.

    `ordinal` counts mentions of this type within equal sentences of the article. Case and white space do not count.
    """
    return digest("mention", article, event_type, " ".join(sentence.casefold().split()), str(ordinal))


def partition_of(routing: str, partitions: int) -> int:
    """The partition of a routing key: CRC-32 modulo the count, as librdkafka's `consistent` partitioner does it."""
    return zlib.crc32(routing.encode()) % partitions


def link_key(countries: list[str | None]) -> str:
    """The link key of a mention: the first country known, else ZZ. Give place, about, recipients, actors in order."""
    return next((country for country in countries if country), "ZZ")
