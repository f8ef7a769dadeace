"""Every number of the crawler. The comment says which behaviour it belongs to."""

from dataclasses import dataclass

MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class CrawlerOptions:
    """Numbers of the crawler, each with its default. Times in seconds, sizes in bytes or characters as named."""

    # The User-Agent that the fetcher sends. Its product token is what robots.txt is searched for.
    user_agent: str = "dateline"

    # Per host: requests at once, pause between starts; Crawl-delay lengthens the pause up to its own limit.
    host_requests: int = 2
    pause: float = 2.0
    crawl_delay_limit: float = 60.0
    # All hosts together: requests at once, and feeds being polled at once.
    max_requests: int = 200
    max_polls: int = 256
    # A feed whose host would let it wait longer than this is put back, so that it takes no place meanwhile.
    poll_wait: float = 10.0

    # One request: total time, size of a body, redirects followed (RFC 9309 asks for at least 5 for robots.txt).
    deadline: float = 30.0
    max_bytes: int = 10 * 1024 * 1024
    max_redirects: int = 10
    # robots.txt: how long an answer is kept, and how long the lack of one stands for "nothing allowed".
    robots_lifetime: float = DAY
    robots_retry: float = 10 * MINUTE

    # When to poll: the bounds of the interval, how many times the shortest a new feed begins at, by how much it shrinks
    # and grows, and the cap on all wishes.
    min_interval: float = 5 * MINUTE
    max_interval: float = DAY
    first_factor: float = 3.0
    shorten: float = 0.5
    lengthen: float = 1.5
    poll_cap: float = DAY
    # Jitter only adds: at most this share of the interval, and never more than `jitter_limit`.
    jitter_share: float = 0.1
    jitter_limit: float = 5 * MINUTE
    # Failures: `back_off` per weight of failure up to the cap; beyond `rare_after` weights, every `rare_interval`.
    back_off: float = 30 * MINUTE
    rare_after: float = 80.0
    rare_interval: float = 30 * DAY
    # A permanent redirect is stored after this many in a row to the same target.
    redirects_to_move: int = 5
    # A server that answers 304 for ever: validators are left out once after so long, at most once per `full_pause`.
    full_after: float = 8 * DAY
    full_pause: float = DAY
    # A feed counts as overdue when it waits so long past its time.
    overdue_after: float = 5 * MINUTE

    # Entries read of one feed and remembered as seen: more than are remembered would come back for ever.
    max_seen: int = 2000
    # Feed text stands for the page from this many visible characters on.
    whole_article: int = 1500
    # Sites of feeds whose text is believed about pages of other sites (an operator's decision, by name).
    trusted_sites: frozenset[str] = frozenset()

    # Pages: waits before a second and third try, hops between sites. (Two reads of one page are `min_interval` apart.)
    page_retries: tuple[float, ...] = (10.0, 60.0)
    max_hops: int = 5
    # A task whose host is held or crowded goes back to the end of the queue after this long; given up after a day.
    longest_wait: float = MINUTE
    give_up_after: float = DAY
    # Worker processes for parsing, and how long one feed or page may take there before it is stopped.
    processes: int = 1
    parse_timeout: float = 20.0
    # Bounds on what is handed on, in characters.
    max_html: int = 3_000_000
    max_line: int = 2_000
    max_summary: int = 20_000

    # Article state is tombstoned so long after the article was last seen; looked for every `sweep_interval`.
    state_lifetime: float = 30 * DAY
    sweep_interval: float = HOUR
    # How long a publication is tried again while the bus is away, and messages in flight per partition.
    patience: float = 120.0
    in_flight: int = 250

    @property
    def robots_agent(self) -> str:
        """The product token of the User-Agent (RFC 9309 section 2.2.1): "dateline" of "dateline/1.0 (+https://…)"."""
        words = self.user_agent.partition("/")[0].split()
        return words[0] if words else "dateline"
