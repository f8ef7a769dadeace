"""`dateline ingest`: files into the running system, by way of the crawler that owns their site."""

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.progress import Progress

from services.app.settings import Settings
from services.app.wiring import connect, directory_of, open_bus
from services.core.clock import SystemClock
from services.core.errors import ConfigError
from services.crawler.file_ingest import FileIngest, IngestReport


def ingest_files(settings: Settings, files: Sequence[Path]) -> IngestReport:
    """Publishes the articles of all files, durably when it returns. Raises Unavailable where the bus is away."""
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise ConfigError(f"no such file: {', '.join(missing)}")
    forbidden = [str(path) for path in files if not os.access(path, os.R_OK)]
    if forbidden:
        raise ConfigError(f"these files may not be read: {', '.join(forbidden)}")
    return asyncio.run(_ingest(settings, files))


async def _ingest(settings: Settings, files: Sequence[Path]) -> IngestReport:
    clock = SystemClock()
    bus = open_bus(settings)
    await connect("bus", bus.start, patience=settings.connect_patience, clock=clock)
    try:
        if directory_of(settings.bus) is not None:
            await bus.create_topics(settings.partitions)
        with Progress(transient=True, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("publishing", total=None)
            return await FileIngest(bus, clock).run(
                _contents(files), progress=lambda report: progress.update(task, completed=report.published)
            )
    finally:
        await bus.close()


def _contents(files: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for path in files:
        yield str(path), path.read_bytes()
