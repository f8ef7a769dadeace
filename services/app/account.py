"""The accounts of the running system: dateline.outcomes, read from its beginning."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.app.feeds import listed_feeds
from services.core.accounts import PATIENCE, Accounts, Ledger
from services.core.envelope import read
from services.core.errors import BadInput, ConfigError
from services.core.ids import feed_id
from services.core.models import Outcome
from services.core.ports import Bus
from services.core.topics import OUTCOMES


@dataclass(slots=True)
class Report:
    """Accounts, the URLs of the feeds in them as far as they are listed, and the records that can not be read."""

    accounts: Accounts = field(default_factory=Accounts)
    urls: dict[str, str] = field(default_factory=dict)
    unreadable: list[BadInput] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether all adds up, and all could be read."""
        return self.accounts.holds and not self.unreadable


async def account(
    bus: Bus,
    *,
    now: datetime,
    feed: str | None = None,
    patience: timedelta = PATIENCE,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Balances all outcomes, or those of one feed (id or URL). `progress` gets partitions read and their number.

    Raises ConfigError for a feed that is neither listed nor known to the outcomes.
    """
    report = Report(urls={found.id: found.url for found in (await listed_feeds(bus)).values()})
    only = None if feed is None else _id_of(feed, report.urls)
    count = await bus.partition_count(OUTCOMES)
    # All outcomes of an article are in one partition, so that the fetches of one at a time are held in memory.
    for number in range(count):
        ledger = await _ledger(bus, number, only, report.unreadable)
        report.accounts += ledger.accounts(now=now, patience=patience)
        progress(number + 1, count)
    if only is not None and only not in report.urls and only not in report.accounts.feeds:
        raise ConfigError(f"nothing is known of a feed {feed}; `dateline feeds list` shows those that are watched")
    return report


def _id_of(feed: str, urls: dict[str, str]) -> str:
    # A feed that is no longer listed still has its accounts: its id hashes its URL.
    return feed_id(feed) if "://" in feed and feed not in urls else feed


async def _ledger(bus: Bus, number: int, only: str | None, unreadable: list[BadInput]) -> Ledger:
    ledger = Ledger()
    async for message in bus.read_all(OUTCOMES, [number]):
        if message.value is None:
            continue  # its fetch was erased
        try:
            outcome = read(Outcome, message)
        except BadInput as error:
            unreadable.append(error)
            continue
        if only is None or outcome.feed_id == only:
            ledger.take(outcome)
    return ledger
