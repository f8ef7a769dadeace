"""All stages in one process over the embedded bus and index: a laptop's Dateline, and the demo."""

import logging
from contextlib import AsyncExitStack
from pathlib import Path

from services.app.feeds import listed_feeds, put_feeds, read_list_file
from services.app.serve import Connections, serve
from services.app.settings import Settings
from services.app.wiring import STAGES
from services.core.errors import ConfigError
from services.core.models import Feed

_log = logging.getLogger(__name__)
# The demo site is ours, so the manners towards strangers' servers may be shortened: its news comes within seconds.
_DEMO_PACE = {"crawler_pause": 0.05, "crawler_min_interval": 10.0}


async def run_all(settings: Settings, *, feeds_file: Path | None, demo: bool) -> None:
    """Runs the five stages until a signal. Adds the feeds of the file, and those of the demo site, to the list."""
    feeds = _feeds_of(feeds_file)
    async with AsyncExitStack() as stack:
        if demo:
            from services.app.demo.site import DemoSite

            site = DemoSite(port=settings.demo_port, corrected_after=settings.demo_corrected_after)
            await site.start()
            stack.push_async_callback(site.close)
            feeds += site.feeds
            settings = settings.model_copy(
                update=_DEMO_PACE | {"crawler_allow": (*settings.crawler_allow, *site.allow)}
            )

        async def before(connections: Connections) -> None:
            listed = await listed_feeds(connections.bus)
            await put_feeds(connections.bus, [feed for feed in feeds if feed.id not in listed])
            if not feeds and not listed:
                _log.warning("no feeds to read: give --feeds FILE or --demo, or use `dateline feeds add URL`")
            _log.info("the dashboard is on http://%s:%d", settings.dashboard_host, settings.dashboard_port)

        await serve(settings, STAGES, before=before)


def _feeds_of(path: Path | None) -> list[Feed]:
    if path is None:
        return []
    feeds, errors = read_list_file(path)
    for error in errors:
        _log.error("%s: %s", path, error)
    if not feeds:
        raise ConfigError(f"{path} holds no feed that can be read")
    return feeds
