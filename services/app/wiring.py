"""Which adapter an address means, and what each stage is made of. The only place that knows all parts.

Imports stand within the functions, because an image carries only what its own stage needs.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from services.app.settings import Settings
from services.core.clock import Clock
from services.core.errors import ConfigError, Unavailable
from services.core.ports import Bus, Fetcher, Index
from services.core.stage import Handler

_log = logging.getLogger(__name__)

HANDLERS = ("crawler", "enricher", "linker", "sink")
STAGES = (*HANDLERS, "dashboard")
NEEDS_INDEX = frozenset({"sink", "dashboard"})


def directory_of(address: str) -> Path | None:
    """The directory of an embedded address; None for a server's."""
    return Path(address.removeprefix("embedded:")) if address.startswith("embedded:") else None


def open_bus(settings: Settings) -> Bus:
    """The bus at `settings.bus`, not yet connected."""
    directory = directory_of(settings.bus)
    if directory is not None:
        from services.adapters.sqlite_bus import SqliteBus

        return SqliteBus(directory / "bus")
    from services.adapters.kafka_bus import KafkaBus, KafkaOptions

    password = settings.kafka_password.get_secret_value() if settings.kafka_password else None
    options = KafkaOptions(
        security_protocol=settings.kafka_security,
        sasl_mechanism=settings.kafka_mechanism,
        username=settings.kafka_username,
        password=password,
        ca_file=settings.kafka_ca,
        cert_file=settings.kafka_certificate,
        key_file=settings.kafka_key,
        session_timeout=settings.kafka_session_timeout,
        rebalance_timeout=settings.kafka_rebalance_timeout,
        replication_factor=settings.kafka_replication,
    )
    return KafkaBus(settings.bus, options=options)


def open_index(settings: Settings) -> Index:
    """The index at `settings.index`, not yet connected."""
    directory = directory_of(settings.index)
    if directory is not None:
        from services.adapters.tantivy_index import TantivyIndex

        return TantivyIndex(directory / "index")
    from services.adapters.opensearch_index import OpenSearchIndex, OpenSearchOptions

    password = settings.opensearch_password.get_secret_value() if settings.opensearch_password else None
    options = OpenSearchOptions(
        username=settings.opensearch_username,
        password=password,
        ca_file=settings.opensearch_ca,
        verify=settings.opensearch_verify,
        shards=settings.opensearch_shards,
        replicas=settings.opensearch_replicas,
        refresh_interval=settings.opensearch_refresh,
    )
    return OpenSearchIndex(settings.index, options=options)


def open_fetcher(settings: Settings) -> Fetcher:
    """The guarded fetcher, not yet started."""
    from services.adapters.http_fetcher import FetcherOptions, GuardedFetcher

    options = FetcherOptions(
        user_agent=settings.user_agent,
        allow=settings.crawler_allow,
        ports=settings.crawler_ports,
        max_connections=settings.crawler_connections,
        verify=settings.crawler_verify,
        ca_file=str(settings.crawler_ca) if settings.crawler_ca else None,
    )
    return GuardedFetcher(options)


async def connect(what: str, start: Callable[[], Awaitable[None]], *, patience: float, clock: Clock) -> None:
    """Calls `start` until it works. Raises the last Unavailable when it did not within `patience` seconds."""
    began, pause = clock.monotonic(), 0.5
    while True:
        try:
            await start()
            return
        except Unavailable as error:
            left = patience - (clock.monotonic() - began)
            if left <= 0:
                raise Unavailable(f"gave up on the {what} after {patience:g} s: {error}") from None
            _log.warning("the %s is not there yet, trying for another %.0f s: %s", what, left, error)
            await clock.sleep(min(pause, left))
            pause = min(pause * 1.5, 5.0)


async def make_handler(name: str, settings: Settings, *, bus: Bus, index: Index | None, clock: Clock) -> Handler:
    """The handler of a consuming stage, with its fetcher, pool or index started."""
    match name:
        case "crawler":
            return await _crawler(settings, bus, clock)
        case "enricher":
            return _enricher(settings)
        case "linker":
            from services.linker.stage import LinkerHandler, LinkerOptions

            day = timedelta(days=1)
            window, idle = settings.linker_window_days * day, settings.linker_idle_days * day
            return LinkerHandler(bus, clock, LinkerOptions(window=window, idle=idle))
        case "sink":
            from services.sink.stage import SinkHandler

            if index is None:
                raise ConfigError("the sink needs an index")
            return SinkHandler(index, clock)
        case _:
            raise ConfigError(f"there is no stage {name!r}; there are {', '.join(STAGES)}")


async def _crawler(settings: Settings, bus: Bus, clock: Clock) -> Handler:
    from services.crawler.options import CrawlerOptions
    from services.crawler.stage import CrawlerHandler

    fetcher = open_fetcher(settings)
    await fetcher.start()
    options = CrawlerOptions(
        pause=settings.crawler_pause,
        min_interval=settings.crawler_min_interval,
        max_interval=settings.crawler_max_interval,
        user_agent=settings.user_agent,
        processes=settings.crawler_processes,
        trusted_sites=frozenset(settings.crawler_trusted),
    )
    return CrawlerHandler(bus, fetcher, clock, options)


def _enricher(settings: Settings) -> Handler:
    from services.enricher.stage import EnricherHandler

    return EnricherHandler(
        processes=settings.enricher_processes, timeout=settings.enricher_timeout, overlay=settings.enricher_overlay
    )
