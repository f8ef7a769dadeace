"""The list of feeds: the topic dateline.feeds is the only truth about it, and these functions read and change it."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from services.core.envelope import read, record_of, tombstone
from services.core.errors import BadInput, ConfigError
from services.core.models import Feed, FeedState
from services.core.models.base import Model
from services.core.ports import Bus, Message
from services.core.topics import FEED_STATE, FEEDS
from services.crawler.opml import read_feed_list
from services.crawler.urls import site_of

_log = logging.getLogger(__name__)
M = TypeVar("M", bound=Model)


async def listed_feeds(bus: Bus) -> dict[str, Feed]:
    """All feeds by id, as the topic has them now. A record that is no feed is passed over with a warning."""
    feeds: dict[str, Feed] = {}
    async for message in bus.read_all(FEEDS):
        if message.value is None:
            feeds.pop(message.key, None)
        elif feed := _read(Feed, message):
            feeds[message.key] = feed
    return feeds


async def feed_states(bus: Bus) -> dict[str, FeedState]:
    """The newest state of each feed by id; a zombie's late record (lower generation) does not count.

    A record that is no state is passed over with a warning.
    """
    states: dict[str, FeedState] = {}
    async for message in bus.read_all(FEED_STATE):
        if message.value is None:
            states.pop(message.key, None)
            continue
        state, known = _read(FeedState, message), states.get(message.key)
        if state is not None and (known is None or state.generation >= known.generation):
            states[message.key] = state
    return states


def _read(model: type[M], message: Message) -> M | None:
    try:
        return read(model, message)
    except BadInput as error:
        _log.warning("passed over a record: %s", error)
        return None


async def put_feeds(bus: Bus, feeds: Iterable[Feed]) -> int:
    """Adds or replaces; returns how many. Running crawlers see it within seconds."""
    records = [record_of(FEEDS, feed.id, feed, routing=site_of(feed.url)) for feed in feeds]
    await bus.publish(records)
    return len(records)


async def remove_feed(bus: Bus, feed: Feed) -> None:
    """Takes a feed off the list."""
    await bus.publish([tombstone(FEEDS, feed.id, routing=site_of(feed.url))])


def find(feeds: dict[str, Feed], name: str) -> Feed:
    """The feed with this id or URL. Raises ConfigError that says how to see what there is."""
    found = feeds.get(name) or next((feed for feed in feeds.values() if feed.url == name), None)
    if found is None:
        raise ConfigError(f"no feed has the id or URL {name}; `dateline feeds list` shows them")
    return found


def read_list_file(path: Path) -> tuple[list[Feed], list[BadInput]]:
    """Good feeds and errors of an OPML or text file. Raises ConfigError where the file can not be read at all."""
    try:
        items = list(read_feed_list(path.read_bytes()))
    except OSError as error:
        raise ConfigError(f"{path} can not be read: {error.strerror}") from None
    except BadInput as error:
        raise ConfigError(f"{path}: {error}") from None
    return [i for i in items if isinstance(i, Feed)], [i for i in items if isinstance(i, BadInput)]
