"""The accounts: every fetch of an article is opened once, ends somewhere, and is counted there, once. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from services.core.models import Outcome, OutcomeKind
from services.core.topics import SUPERSEDED_MS

PATIENCE: Final = timedelta(hours=1)
# Which outcome counts where a fetch has several: a dead letter that was replayed ended elsewhere after all, and a file
# given twice is a duplicate of what it is itself.
_RANK: Final[dict[OutcomeKind, int]] = {"fetched": 0, "dead_lettered": 1, "duplicate": 2, "rejected": 3, "indexed": 4}
# Duplicates and pages that are no articles are closed where they would have been opened.
_OPENER: Final = "crawler"
_OPENING_KEPT: Final = timedelta(milliseconds=SUPERSEDED_MS)

FaultKind = Literal["overdue", "contradiction", "unopened"]


@dataclass(slots=True)
class Account:
    """Where the fetches of one feed are: `fetched` is the sum of all the others."""

    fetched: int = 0
    indexed: int = 0
    duplicate: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    dead_lettered: int = 0
    in_flight: int = 0

    def add(self, kind: OutcomeKind, reason: str) -> None:
        """Counts one fetch."""
        self.fetched += 1
        match kind:
            case "indexed":
                self.indexed += 1
            case "duplicate":
                self.duplicate += 1
            case "rejected":
                self.rejected[reason] += 1
            case "dead_lettered":
                self.dead_lettered += 1
            case "fetched":
                self.in_flight += 1

    def __iadd__(self, other: "Account") -> "Account":
        self.fetched += other.fetched
        self.indexed += other.indexed
        self.duplicate += other.duplicate
        self.rejected += other.rejected
        self.dead_lettered += other.dead_lettered
        self.in_flight += other.in_flight
        return self


@dataclass(frozen=True, slots=True)
class Fault:
    """A fetch whose account does not hold: `overdue` was opened and never closed, `contradiction` was both indexed and
    rejected, `unopened` was closed by a stage after the crawler without ever having been fetched.
    """

    kind: FaultKind
    feed: str
    article_id: str
    fetch_id: str
    fetched_at: datetime


@dataclass(slots=True)
class Accounts:
    """The account of each feed by id ("": of no feed, as files are), and what is wrong with them."""

    feeds: dict[str, Account] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    @property
    def total(self) -> Account:
        """Over all feeds."""
        total = Account()
        for account in self.feeds.values():
            total += account
        return total

    def __iadd__(self, other: "Accounts") -> "Accounts":
        """Adds accounts over other fetches."""
        for feed, account in other.feeds.items():
            self.feeds.setdefault(feed, Account())
            self.feeds[feed] += account
        self.faults += other.faults
        return self


@dataclass(slots=True)
class _Fetch:
    """What was told of one fetch, in whatever order.

    `last` is the outcome that counts (rank, time, reason); `both` whether it was indexed, and whether it was rejected.
    """

    article_id: str
    fetched_at: datetime
    feed: str
    kind: OutcomeKind
    last: tuple[int, datetime, str]
    opened: datetime | None = None
    closed: datetime | None = None
    both: tuple[bool, bool] = (False, False)

    def take(self, outcome: Outcome) -> None:
        self.both = (self.both[0] or outcome.kind == "indexed", self.both[1] or outcome.kind == "rejected")
        self.feed = max(self.feed, outcome.feed_id or "")
        if (told := _standing(outcome)) > self.last:
            self.kind, self.last = outcome.kind, told
        if outcome.kind == "fetched":
            self.opened = _later(self.opened, outcome.time)
        elif outcome.stage != _OPENER:
            self.closed = _later(self.closed, outcome.time)

    def fault(self, now: datetime, patience: timedelta) -> FaultKind | None:
        if all(self.both):
            return "contradiction"
        if self.kind == "fetched" and self.opened is not None and now - self.opened > patience:
            return "overdue"
        return "unopened" if self._is_unopened(now) else None

    def _is_unopened(self, now: datetime) -> bool:
        # The topic is compacted: only of the youngest fetches must the opening still be there. A closing that seems to
        # be before its fetch says that the clocks differ, and then nobody knows how old it is.
        if self.opened is not None or self.closed is None or self.closed < self.fetched_at:
            return False
        return timedelta(0) <= now - self.fetched_at < _OPENING_KEPT


class Ledger:
    """Takes outcomes one by one and keeps of each fetch what the accounts need, a few hundred bytes."""

    def __init__(self) -> None:
        self._fetches: dict[str, _Fetch] = {}
        self._newest: datetime | None = None

    def take(self, outcome: Outcome) -> None:
        """In any order, any number of times."""
        self._newest = _later(self._newest, outcome.time)
        if (fetch := self._fetches.get(outcome.id)) is None:
            fetch = _Fetch(outcome.article_id, outcome.fetched_at, "", outcome.kind, _standing(outcome))
            self._fetches[outcome.id] = fetch
        fetch.take(outcome)

    def accounts(self, *, now: datetime | None = None, patience: timedelta = PATIENCE) -> Accounts:
        """`now` (None: the newest time among the outcomes) and `patience` say from when an open fetch is overdue."""
        accounts = Accounts()
        for fetch_id, fetch in self._fetches.items():
            accounts.feeds.setdefault(fetch.feed, Account()).add(fetch.kind, fetch.last[2])
            if kind := fetch.fault(now or self._newest or fetch.fetched_at, patience):
                accounts.faults.append(Fault(kind, fetch.feed, fetch.article_id, fetch_id, fetch.fetched_at))
        return accounts


def balance(outcomes: Iterable[Outcome], *, now: datetime | None = None, patience: timedelta = PATIENCE) -> Accounts:
    """The accounts over these outcomes, which are all that there are of their fetches but for what was compacted."""
    ledger = Ledger()
    for outcome in outcomes:
        ledger.take(outcome)
    return ledger.accounts(now=now, patience=patience)


def _standing(outcome: Outcome) -> tuple[int, datetime, str]:
    return _RANK[outcome.kind], outcome.time, outcome.reason or ""


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
