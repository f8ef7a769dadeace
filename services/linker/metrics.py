"""What the linker counts, by the rules of core.metrics. Counters start at zero."""

from typing import Final

from prometheus_client import Counter, Gauge

MENTIONS: Final = Counter("dateline_linker_mentions_total", "Mentions by what was decided on them", ["decision"])
EVENTS: Final = Counter("dateline_linker_events_total", "Versions of events told, by what they say", ["kind"])
WINDOW_MENTIONS: Final = Gauge("dateline_linker_window_mentions", "Mentions held in memory")
WINDOW_EVENTS: Final = Gauge("dateline_linker_window_events", "Events held in memory")
IGNORED_STATE: Final = Counter("dateline_linker_ignored_state_total", "State records left out when loading", ["reason"])

DECISIONS: Final = ("joined", "founded", "merged", "withdrawn", "stale", "expired")
KINDS: Final = ("told", "retracted", "redirected")
REASONS: Final = ("zombie", "malformed")

for _decision in DECISIONS:
    MENTIONS.labels(_decision)
for _kind in KINDS:
    EVENTS.labels(_kind)
for _reason in REASONS:
    IGNORED_STATE.labels(_reason)
