"""A feed as lines of JSON: what `dateline feeds parse` prints."""

from collections.abc import Iterator

from services.crawler.sources import parse_feed

_KEYS = {"id", "url", "title", "author", "published", "updated", "summary", "content"}


def feed_lines(body: bytes) -> Iterator[str]:
    """One JSON object per entry in the feed's order, always with all eight keys. Raises BadInput as parse_feed."""
    for entry in parse_feed(body).entries:
        yield entry.model_dump_json(include=_KEYS)
