"""`dateline extract` and the reading side of `dateline link`: files in, lines out, in input order."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from services.core.models import EnrichedArticle, RawArticle
from services.core.workers import Workers
from services.crawler.ingest import IngestError, raw_articles_from
from services.enricher.extract import Extracted, extract_in_worker

_WINDOW: Final = 64
_LARGEST_FILE: Final = 2 * 1024**3


def extract_all(
    inputs: Sequence[str],
    *,
    write: Callable[[bytes], object],
    complain: Callable[[str, str], None],
    processes: int,
    timeout: float,
    overlay: Path | None = None,
) -> int:
    """Writes one coded article a line and complains of each bad input; returns how many were bad.

    Worker processes, so that an article that takes longer than `timeout` seconds is stopped and the others go on.
    """
    now = datetime.now(UTC)
    return asyncio.run(_extract(read_inputs(inputs, now), now, write, complain, processes, timeout, overlay))


async def _extract(
    items: Iterator[tuple[str, RawArticle | IngestError]],
    now: datetime,
    write: Callable[[bytes], object],
    complain: Callable[[str, str], None],
    processes: int,
    timeout: float,
    overlay: Path | None,
) -> int:
    failed = 0
    workers = Workers(extract_in_worker, processes=processes, timeout=timeout, preload=("services.enricher.ready",))
    try:
        while window := list(islice(items, _WINDOW)):
            jobs = [(name, raw, now, overlay) for name, raw in window if isinstance(raw, RawArticle)]
            results = iter(await workers.map(jobs))
            for name, raw in window:
                outcome = raw if isinstance(raw, IngestError) else next(results)
                line = outcome.line if isinstance(outcome, Extracted) else None
                if line is not None:
                    write(line + b"\n")
                else:
                    failed += 1
                    complain(
                        name, (outcome.error if isinstance(outcome, Extracted | IngestError) else None) or str(outcome)
                    )
    finally:
        await workers.close()
    return failed


def read_inputs(inputs: Sequence[str], now: datetime) -> Iterator[tuple[str, RawArticle | IngestError]]:
    """The articles of files, or of standard input line by line where the name is "-", each with where it is from."""
    for name in inputs:
        if name == "-":
            yield from _lines(now)
            continue
        try:
            content = _bytes_of(Path(name))
        except OSError as error:
            yield name, IngestError(name, error.strerror or str(error))
            continue
        for number, item in enumerate(raw_articles_from(name, content, now=now), 1):
            yield (item.input if isinstance(item, IngestError) else f"{name}:{number}" if number > 1 else name), item


def _bytes_of(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST_FILE:
        raise OSError(f"the file is over {_LARGEST_FILE} bytes; split it")
    return path.read_bytes()


def _lines(now: datetime) -> Iterator[tuple[str, RawArticle | IngestError]]:
    for number, line in enumerate(sys.stdin.buffer, 1):
        if line.strip():
            for item in raw_articles_from("-", line, now=now):
                yield f"-:{number}", item


def read_enriched(source: str) -> tuple[list[EnrichedArticle], list[tuple[int, str]]]:
    """The coded articles of a file or standard input ("-"), and (line number, error) of what is none."""
    articles: list[EnrichedArticle] = []
    errors: list[tuple[int, str]] = []
    content = sys.stdin.buffer.read() if source == "-" else _bytes_of(Path(source))
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            articles.append(EnrichedArticle.model_validate_json(line))
        except ValueError as error:
            errors.append((number, f"no coded article: {str(error).splitlines()[0][:200]}"))
    return articles, errors
