"""Feeds of every kind: bytes in, a FeedDocument out. Nothing here does I/O."""

from services.crawler.sources.document import FeedDocument, FeedKind

__all__ = ["FeedDocument", "FeedKind"]
