"""What the outlets' servers answer, as a table from (host, path) to an answer. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from services.app.demo.feeds import items_of, render_feed
from services.app.demo.outlets import OUTLETS, Outlet
from services.app.demo.pages import article_page, front_page, odd_page
from services.app.demo.reports import Report, all_reports, odd_pages


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its validators come from its body and from `changed`, when it took its form."""

    body: bytes
    content_type: str
    changed: datetime
    status: int = 200
    location: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that go with it; validators only where there is something to read again."""
        headers = {"Content-Type": self.content_type}
        if self.location is not None:
            headers["Location"] = self.location
        if self.status == 200:
            headers["ETag"] = self.etag
            headers["Last-Modified"] = format_datetime(self.changed, usegmt=True)
        return headers

    @property
    def etag(self) -> str:
        """A strong validator, with its quotes."""
        return f'"{hashlib.blake2b(self.body, digest_size=12).hexdigest()}"'

    def is_known(self, none_match: str | None, modified_since: str | None) -> bool:
        """Whether these validators of a request are this answer's (RFC 9110 section 13.2.2: the ETag goes first)."""
        if self.status != 200:
            return False
        if none_match is not None:
            tags = [tag.strip().removeprefix("W/") for tag in none_match.split(",")]
            return "*" in tags or self.etag in tags
        if modified_since is None:
            return False
        try:
            since = parsedate_to_datetime(modified_since)
        except ValueError:
            return False
        since = since.replace(tzinfo=UTC) if since.tzinfo is None else since
        return self.changed.replace(microsecond=0) <= since


Answers = dict[tuple[str, str], Answer]


def answers_of(port: int, changed: datetime) -> Answers:
    """Everything that the outlets serve before any correction."""
    return _answers(all_reports(), port, changed)


def after_correction(before: Answers, port: int, changed: datetime) -> Answers:
    """Everything that they serve once the corrections are made; what stays as it was keeps its date."""
    after = _answers([report.after_correction() for report in all_reports()], port, changed)
    return {key: before[key] if before[key].body == answer.body else answer for key, answer in after.items()}


def _answers(reports: Iterable[Report], port: int, changed: datetime) -> Answers:
    found: Answers = {}
    for outlet in OUTLETS:
        own = tuple(report for report in reports if report.outlet == outlet.id)
        found |= {(outlet.host, path): answer for path, answer in _of_outlet(outlet, own, port, changed).items()}
    return found


def _of_outlet(outlet: Outlet, reports: tuple[Report, ...], port: int, changed: datetime) -> dict[str, Answer]:
    base = outlet.base(port)
    odd = [page for page in odd_pages() if page.outlet == outlet.id]
    # A page in another charset than UTF-8 says so itself; that its server does not is common.
    html = "text/html; charset=utf-8" if outlet.charset == "utf-8" else "text/html"

    def page(text: str, status: int = 200) -> Answer:
        return Answer(text.encode(outlet.charset), html, changed, status)

    feed = render_feed(outlet, items_of(outlet, reports, odd, base), base)
    found = {
        "/": page(front_page(outlet, reports)),
        "/robots.txt": Answer(outlet.robots.encode(), "text/plain", changed, 200 if outlet.robots else 404),
        outlet.feed: Answer(feed, outlet.feed_type, changed),
    }
    for report in reports:
        found[outlet.path(report)] = page(article_page(outlet, report, reports, base))
        if report.moved_from:
            found[report.moved_from] = Answer(b"", html, changed, 301, base + outlet.path(report))
    return found | {one.path: page(odd_page(outlet, one), one.status) for one in odd}
