"""What runs in worker processes, where a time limit can kill it: everything that parses what came from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.core.errors import BadInput, DatelineError
from services.crawler.page import PageFacts, TextKind, read_page, read_text, visible_length
from services.crawler.sources import FeedDocument, parse_feed


@dataclass(frozen=True, slots=True)
class FeedJob:
    """A feed to parse. `zone` is the IANA zone of dates that carry none."""

    body: bytes
    content_type: str | None
    base_url: str
    zone: str | None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed with, per entry, how many characters of its content a reader sees."""

    document: FeedDocument
    lengths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PageJob:
    """A fetched page to read; `title` is the feed's."""

    body: bytes
    url: str
    headers: Mapping[str, str]
    title: str | None
    max_chars: int
    agent: str


@dataclass(frozen=True, slots=True)
class TextJob:
    """A text that came without its page; where nobody said what `kind` it is, it is looked at."""

    body: str
    title: str | None
    max_chars: int
    kind: TextKind | None = None


Job = FeedJob | PageJob | TextJob
Parsed = ParsedFeed | PageFacts


class Pool(Protocol):
    """What core.workers.Workers(run, …) is: `run` applied elsewhere, an exception in the place of what failed."""

    async def map(self, items: Sequence[Job]) -> "Sequence[Parsed | Exception]":
        """Results in the order of the items."""
        ...


def run(job: Job) -> Parsed:
    """Does a job. Raises BadInput or Rejected for what can not be read."""
    match job:
        case FeedJob():
            document = parse_feed(job.body, content_type=job.content_type, base_url=job.base_url, zone=job.zone)
            return ParsedFeed(document, tuple(visible_length(entry.content or "") for entry in document.entries))
        case PageJob():
            return read_page(job.body, url=job.url, headers=job.headers, title=job.title, max_chars=job.max_chars,
                             agent=job.agent)  # fmt: skip
        case TextJob():
            return read_text(job.body, title=job.title, max_chars=job.max_chars, kind=job.kind)


async def parse_in(pool: Pool, job: FeedJob) -> ParsedFeed:
    """One feed, parsed in the pool. Raises BadInput or Rejected."""
    parsed = await _one(pool, job)
    if not isinstance(parsed, ParsedFeed):
        raise TypeError(f"a feed was read as {type(parsed).__name__}")
    return parsed


async def read_in(pool: Pool, job: PageJob | TextJob) -> PageFacts:
    """One page or text, read in the pool. Raises BadInput or Rejected."""
    parsed = await _one(pool, job)
    if not isinstance(parsed, PageFacts):
        raise TypeError(f"a page was read as {type(parsed).__name__}")
    return parsed


async def _one(pool: Pool, job: Job) -> Parsed:
    (parsed,) = await pool.map([job])
    if isinstance(parsed, DatelineError):
        raise parsed
    if isinstance(parsed, Exception):
        raise BadInput(f"{type(parsed).__name__}: {str(parsed)[:300]}") from parsed
    return parsed
