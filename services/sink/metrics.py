"""What the sink measures, by the rules of core.metrics."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from services.core.metrics import DELAY_BUCKETS, SECONDS_BUCKETS

BULK_ITEMS: Final = Counter("dateline_sink_bulk_items_total", "Documents sent to the index, by its answer", ["result"])
BULK_SECONDS: Final = Histogram(
    "dateline_sink_bulk_seconds", "Duration of one bulk request that was answered", buckets=SECONDS_BUCKETS
)
RETRYING: Final = Gauge("dateline_sink_retrying_items", "Documents that the index refuses for now")
UNAVAILABLE: Final = Counter("dateline_sink_unavailable_total", "Requests to the index that got no answer")
NEWEST_PUBLISHED: Final = Gauge(
    "dateline_sink_newest_published_timestamp_seconds", "Newest publication time among indexed articles"
)
FETCHED_TO_INDEXED: Final = Histogram(
    "dateline_fetched_to_indexed_seconds", "From the fetch of an article to its document", buckets=DELAY_BUCKETS
)

for _result in ("written", "stale", "retry", "failed"):
    BULK_ITEMS.labels(_result)
