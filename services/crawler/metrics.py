"""The crawler's own metrics. No label value comes from outside; every series starts at zero."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from services.core.metrics import DELAY_BUCKETS
from services.core.ports import FetchError

WHAT: Final = ("feed", "page", "robots")
CLASSES: Final = ("2xx", "304", "3xx", "4xx", "429", "5xx", "other", "failed")
FEED_STATES: Final = ("new", "ok", "failing", "gone", "paused")
POLLS: Final = ("news", "unchanged", "failed", "gone")
ENTRIES: Final = ("new", "known", "no_link", "beyond_limit")
PAGES: Final = ("revision", "duplicate", "rejected", "moved", "deferred", "already_read")
FAILURES: Final = (
    "refused_address", "refused_url", "dns", "connect", "tls", "timeout", "too_large", "bad_encoding", "protocol",
)  # fmt: skip

FETCHES: Final = Counter("dateline_crawler_fetches_total", "Requests by status class", ["what", "status"])
FAILED: Final = Counter("dateline_crawler_fetch_failures_total", "Requests that gave no response, by kind", ["kind"])
NOT_MODIFIED: Final = Counter("dateline_crawler_not_modified_total", "Feed polls answered 304")
BYTES: Final = Counter("dateline_crawler_received_bytes_total", "Bytes of bodies, unpacked", ["what"])
FETCH_SECONDS: Final = Histogram("dateline_crawler_fetch_seconds", "From request to the last byte", ["what"])
POLL_RESULTS: Final = Counter("dateline_crawler_polls_total", "Feed polls by result", ["result"])
ENTRY_RESULTS: Final = Counter("dateline_crawler_entries_total", "Feed entries by result", ["result"])
PAGE_RESULTS: Final = Counter("dateline_crawler_pages_total", "Page tasks by result", ["result"])
SSRF_REFUSED: Final = Counter("dateline_crawler_ssrf_refused_total", "Requests that the guard refused")
ROBOTS_REFUSED: Final = Counter("dateline_crawler_robots_refused_total", "Pages that robots.txt keeps from us")
FEEDS: Final = Gauge("dateline_crawler_feeds", "Feeds that this process owns, by state", ["state"])
OVERDUE: Final = Gauge("dateline_crawler_feeds_overdue", "Feeds that wait past their time")
ARTICLES: Final = Gauge("dateline_crawler_articles_known", "Articles whose state this process keeps")
PUBLISHED_TO_FETCHED: Final = Histogram(
    "dateline_crawler_published_to_fetched_seconds", "From the feed's date to the first fetch", buckets=DELAY_BUCKETS
)


def status_class(status: int) -> str:
    """The label of a status: its hundreds, with 304 and 429 for themselves."""
    if status in (304, 429):
        return str(status)
    return f"{status // 100}xx" if 2 <= status // 100 <= 5 else "other"


def count_failure(what: str, error: FetchError) -> None:
    """Counts a request that gave no response; the guard's refusals on their own, too."""
    FETCHES.labels(what, "failed").inc()
    FAILED.labels(error.kind).inc()
    if error.kind in ("refused_address", "refused_url"):
        SSRF_REFUSED.inc()


def start_at_zero() -> None:
    """Makes every series exist."""
    for what in WHAT:
        BYTES.labels(what)
        FETCH_SECONDS.labels(what)
        for name in CLASSES:
            FETCHES.labels(what, name)
    for counter, names in ((FAILED, FAILURES), (POLL_RESULTS, POLLS), (ENTRY_RESULTS, ENTRIES), (PAGE_RESULTS, PAGES)):
        for name in names:
            counter.labels(name)
    for name in FEED_STATES:
        FEEDS.labels(name).set(0)
