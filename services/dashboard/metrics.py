"""The dashboard's own metrics. Routes are templates and statuses are classes: nothing a client sends is a label."""

from typing import Final

from prometheus_client import Counter, Histogram

ROUTES: Final = ("events", "event", "articles", "article", "mentions", "status", "export", "document", "page", "other")
CLASSES: Final = ("2xx", "3xx", "4xx", "5xx")

REQUESTS: Final = Counter("dateline_dashboard_requests_total", "Requests by route and status", ["route", "status"])
SECONDS: Final = Histogram(
    "dateline_dashboard_request_seconds",
    "From request to the last byte of the answer",
    ["route"],
    buckets=(0.01, 0.05, 0.1, 0.3, 1, 5),
)


def observe(route: str, status: int, seconds: float) -> None:
    """Counts one answered request."""
    REQUESTS.labels(route, f"{min(max(status // 100, 2), 5)}xx").inc()
    SECONDS.labels(route).observe(seconds)


def start_at_zero() -> None:
    """Makes every series exist."""
    for route in ROUTES:
        SECONDS.labels(route)
        for status in CLASSES:
            REQUESTS.labels(route, status)
