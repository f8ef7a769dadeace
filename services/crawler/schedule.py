"""When to poll a feed next, and the sentence that says why. Pure: time and chance come in as arguments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.crawler.advice import Advice
from services.crawler.options import DAY, HOUR, MINUTE, CrawlerOptions

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The shortest and longest adaptive interval of one feed, in seconds."""

    low: float
    high: float

    def clamp(self, seconds: float) -> float:
        """The nearest interval within the bounds."""
        return min(max(seconds, self.low), self.high)


@dataclass(frozen=True, slots=True)
class Plan:
    """When, and why in one sentence."""

    at: datetime
    reason: str


def bounds_of(low: float | None, high: float | None, options: CrawlerOptions) -> Bounds:
    """The bounds that an operator gave for a feed, else those of the options. A low over a high wins."""
    least = low if low is not None else min(options.min_interval, high or options.min_interval)
    most = high if high is not None else options.max_interval
    return Bounds(least, max(least, most))


def adapted(interval: float, known: int, total: int, bounds: Bounds, options: CrawlerOptions) -> float:
    """The next adaptive interval: shorter below a third of known entries, longer from two thirds on.

    A feed without entries, or one that did not change, has nothing new: longer.
    """
    if total == 0 or 3 * known >= 2 * total:
        return bounds.clamp(interval * options.lengthen)
    return bounds.clamp(interval * options.shorten if 3 * known < total else interval)


def next_poll(now: datetime, interval: float, why: str, advice: Advice, chance: float, options: CrawlerOptions) -> Plan:
    """The latest of the interval and every wish, then out of the hours and days to skip, at most the cap.

    `why` tells where the interval comes from; `chance` (0 to 1) is how much of the jitter is added.
    """
    seconds, reason = interval, f"The adaptive interval is {spell(interval)}: {why}"
    for wish, text in _wishes(advice):
        if wish > seconds:
            seconds, reason = wish, f"{text} {spell(wish)}, longer than the adaptive interval of {spell(interval)}"
    if seconds > options.poll_cap:
        seconds, reason = options.poll_cap, f"{reason}; capped at {spell(options.poll_cap)}"
    jitter = chance * min(options.jitter_share * interval, options.jitter_limit)
    return _after_skips(now, now + timedelta(seconds=seconds + jitter), reason, advice, jitter, options)


def back_off(now: datetime, failures: float, why: str, advice: Advice, chance: float, options: CrawlerOptions) -> Plan:
    """After failures that weigh so much: longer with each, up to the cap; very rarely for a feed that stays broken."""
    seconds = min(max(failures, 0.25) * options.back_off, options.poll_cap)
    reason = f"{why}; failures weigh {failures:g}, so the next try is in {spell(seconds)}"
    if failures >= options.rare_after:
        seconds = options.rare_interval
        reason = f"{why}; it has failed for long, so it is tried every {spell(seconds)}"
    asked = min(advice.retry_after or 0.0, options.poll_cap)
    if asked > seconds:
        seconds, reason = asked, f"{why}; Retry-After asks for {spell(asked)}"
    jitter = chance * min(options.jitter_share * seconds, options.jitter_limit)
    return Plan(now + timedelta(seconds=seconds + jitter), reason + ".")


def spell(seconds: float) -> str:
    """A duration in the unit that suits it: "45 s", "15 min", "2.5 h", "30 days"."""
    for unit, size in (("days", DAY), ("h", HOUR), ("min", MINUTE)):
        if seconds >= size and not (unit == "days" and seconds < 2 * DAY):
            return f"{round(seconds / size, 1):g} {unit}"
    return f"{seconds:g} s"


def _wishes(advice: Advice) -> list[tuple[float, str]]:
    wishes = [
        (advice.max_age, "The server's caching headers ask for"),
        (advice.retry_after, "Retry-After asks for"),
        (advice.ttl, "The feed's ttl asks for"),
        (advice.update_period, "The feed's update period is"),
    ]
    return [(seconds, text) for seconds, text in wishes if seconds is not None]


def _after_skips(
    now: datetime, at: datetime, reason: str, advice: Advice, jitter: float, options: CrawlerOptions
) -> Plan:
    """Moves on to the next hour that the feed does not ask to skip; a feed that skips all of them skips none."""
    moved = at
    for _ in range(8 * 24):
        if not _skipped(moved, advice):
            break
        moved = moved.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    else:
        return Plan(at, f"{reason}; the feed asks to skip every hour, which is ignored.")
    if moved == at:
        return Plan(at, reason + ".")
    latest = now + timedelta(seconds=options.poll_cap)
    # The start of an hour is when everybody comes back: the jitter is added again.
    moved = min(moved + timedelta(seconds=jitter), max(latest, at))
    return Plan(moved, f"{reason}; moved to {DAYS[moved.weekday()]} {moved:%H:%M} GMT by skipHours and skipDays.")


def _skipped(at: datetime, advice: Advice) -> bool:
    return at.hour in advice.skip_hours or at.weekday() in advice.skip_days
