"""The invented outlets: where each is served, and the habits of its feed and its pages."""

from dataclasses import dataclass
from typing import Final, Literal

from services.app.demo.reports import Report

FeedForm = Literal["rss", "rdf", "atom", "json"]


@dataclass(frozen=True, slots=True)
class Outlet:
    """One outlet. `host` is its loopback address; `article` the pattern of its articles' addresses.

    Habits of the feed: `feed_type` is the content type that the server states, `dated` whether entries carry dates,
    `whole` whether they carry the whole text, `entities` whether it uses HTML's names in XML, `tracking` what its links
    carry. Habits of the pages: `charset` is what they (and the feed) are written in, `breaks` whether line breaks part
    the paragraphs.
    """

    id: str
    name: str
    host: str
    feed: str
    form: FeedForm
    article: str
    feed_type: str
    dated: bool = True
    whole: bool = False
    entities: bool = False
    tracking: str = ""
    charset: str = "utf-8"
    breaks: bool = False
    language: str = "en"
    robots: str = "User-agent: *\nDisallow:\n"

    def base(self, port: int) -> str:
        """The address of its front page, without the final slash."""
        return f"http://{self.host}:{port}"

    def path(self, report: Report) -> str:
        """Where a report of this outlet stands."""
        number = 1000 + sum(report.id.encode()) % 9000
        return self.article.format(id=report.id, at=report.at, number=number)


_RSS: Final = "application/rss+xml; charset=utf-8"

OUTLETS: Final = (
    Outlet("lodestar", "Lodestar Wire", "127.0.0.11", "/rss.xml", "rss", "/world/{id}-{number}", _RSS),
    Outlet(
        "quayside", "Quayside Courier", "127.0.0.12", "/feeds/atom", "atom", "/{at:%Y}/{at:%m}/{id}/",
        "application/atom+xml",
    ),
    Outlet(
        "tamarisk", "Tamarisk Post", "127.0.0.13", "/index.rdf", "rdf", "/{at:%Y}/{at:%m}/{at:%d}/{id}.html",
        "text/xml", dated=False, robots="User-agent: *\nDisallow: /print/\n",
    ),
    Outlet("saltmarsh", "Saltmarsh Gazette", "127.0.0.14", "/feed/", "rss", "/?p={number}", _RSS, whole=True),
    Outlet(
        "eastlight", "Eastlight Monitor", "127.0.0.15", "/feed.json", "json", "/story/{id}", "application/feed+json",
    ),
    Outlet(
        "kestrel", "Kestrel Dispatch", "127.0.0.16", "/news.rss", "rss", "/story.php?id={number}",
        "application/rss+xml", charset="windows-1252", breaks=True,
    ),
    Outlet(
        "ninefold", "Ninefold Herald & Advertiser", "127.0.0.17", "/rss", "rss", "/articles/{id}", "application/xml",
        dated=False, entities=True, robots="",
    ),
    # Its server calls everything a page, the feed too.
    Outlet(
        "corriedale", "Corriedale Evening Star", "127.0.0.18", "/rss.php", "rss", "/foreign/{id}.htm", "text/html",
        tracking="?utm_source=rss&utm_medium=feed",
    ),
    Outlet(
        "anse", "Le Courrier de l'Anse", "127.0.0.19", "/atom.xml", "atom", "/{id}", "application/atom+xml",
        language="fr",
    ),
)  # fmt: skip
