"""The metrics that every stage has. A stage's own are declared beside it, by the same rules (docs/metrics.md).

Names begin with `dateline_`, units are base units, counters start at zero, timestamps are exported rather than ages,
and no label value comes from outside: stages, topics, results and error classes only.
"""

from collections.abc import Sequence
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from services.core import errors

SECONDS_BUCKETS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
DELAY_BUCKETS: Final = (1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600)

MESSAGES_IN: Final = Counter("dateline_messages_in_total", "Messages taken from the bus", ["stage", "topic"])
MESSAGES_OUT: Final = Counter("dateline_messages_out_total", "Messages published and acknowledged", ["stage", "topic"])
ERRORS: Final = Counter("dateline_errors_total", "Messages that failed, by class of error", ["stage", "error"])
DEAD_LETTERS: Final = Counter("dateline_dead_letters_total", "Messages sent to a dead-letter topic", ["stage"])
DISCARDED: Final = Counter("dateline_discarded_total", "Messages that ended here on purpose", ["stage", "reason"])
IN_FLIGHT: Final = Gauge("dateline_messages_in_flight", "Messages read and not yet committed", ["stage"])
BATCH_SECONDS: Final = Histogram(
    "dateline_batch_seconds",
    "From a batch's arrival to its outputs' acknowledgement",
    ["stage"],
    buckets=SECONDS_BUCKETS,
)
MESSAGE_SECONDS: Final = Histogram(
    "dateline_message_seconds", "Handling time of a batch divided by its messages", ["stage"], buckets=SECONDS_BUCKETS
)
LAG_MESSAGES: Final = Gauge("dateline_consumer_lag_messages", "Messages not yet committed by the group", ["stage"])
LAG_SECONDS: Final = Gauge("dateline_consumer_lag_seconds", "Age of the oldest message not yet committed", ["stage"])
REBALANCES: Final = Counter("dateline_rebalances_total", "Times that the stage's partitions changed", ["stage"])
COMMIT_FAILURES: Final = Counter("dateline_commit_failures_total", "Commits that the bus refused", ["stage"])
LAST_PROGRESS: Final = Gauge(
    "dateline_last_progress_timestamp_seconds", "When the main loop last went round", ["stage"]
)
BUILD: Final = Gauge("dateline_build_info", "Always 1; the labels say what runs", ["version", "stage"])

# Exceptions of libraries are counted as "other": their names are not ours to bound.
ERROR_CLASSES: Final = (
    "BadInput",
    "Rejected",
    "WorkerStopped",
    "Unavailable",
    "Lost",
    "TooLarge",
    "ConfigError",
    "other",
)


def error_class(error: BaseException) -> str:
    """The label of an exception: its class where it is one of ours."""
    name = type(error).__name__
    return name if isinstance(error, errors.DatelineError) and name in ERROR_CLASSES else "other"


def start_at_zero(stage: str, topics_in: Sequence[str], version: str) -> None:
    """Makes every series of a stage exist, so that a rate over a new process is a number and not nothing."""
    for topic in topics_in:
        MESSAGES_IN.labels(stage, topic)
    for name in ERROR_CLASSES:
        ERRORS.labels(stage, name)
    for counter in (DEAD_LETTERS, REBALANCES, COMMIT_FAILURES):
        counter.labels(stage)
    for gauge in (IN_FLIGHT, LAG_MESSAGES, LAG_SECONDS, LAST_PROGRESS):
        gauge.labels(stage).set(0)
    for histogram in (BATCH_SECONDS, MESSAGE_SECONDS):
        histogram.labels(stage)
    BUILD.labels(version, stage).set(1)
