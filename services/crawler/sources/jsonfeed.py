"""JSON Feed 1.0 and 1.1 (jsonfeed.org): text to a FeedDocument."""

import json
from typing import Any

from services.core.errors import BadInput
from services.core.models import Entry
from services.crawler.sources.dates import parse_date
from services.crawler.sources.document import FeedDocument
from services.crawler.sources.feed import MAX_ENTRIES
from services.crawler.sources.text import body_text, one_line, plain, web_link


def read_json_feed(text: str, base_url: str | None, zone: str | None) -> FeedDocument:
    """The feed in a JSON text. Fields of a wrong type count as absent. Raises BadInput for what is no JSON Feed."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"not a feed: it begins like JSON but is none ({error})"[:300]) from error
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise BadInput("not a feed: JSON without a list of items; a JSON Feed has one (jsonfeed.org)")
    link = _string(feed.get("home_page_url"))
    self_link = _string(feed.get("feed_url"))
    base = base_url or self_link or link
    language = one_line(_string(feed.get("language")))
    items = [item for item in feed["items"][:MAX_ENTRIES] if isinstance(item, dict)]
    return FeedDocument(
        kind="json",
        title=plain(_string(feed.get("title"))),
        link=web_link(link, base),
        language=language,
        entries=tuple(_entry(item, base, zone, language, _authors(feed)) for item in items),
        hub=_hub(feed.get("hubs")),
        self_link=web_link(self_link, base),
        next_link=web_link(_string(feed.get("next_url")), base),
    )


def _entry(
    item: dict[str, Any], base: str | None, zone: str | None, language: str | None, authors: str | None
) -> Entry:
    raw = one_line(_string(item.get("date_published")))
    html, text = body_text(_string(item.get("content_html"))), body_text(_string(item.get("content_text")))
    summary = body_text(_string(item.get("summary")))
    identifier = one_line(_string(item.get("id"))) or ""
    link = _string(item.get("url")) or _string(item.get("external_url"))
    return Entry(
        id=identifier,
        url=web_link(link or (identifier if identifier.startswith(("http://", "https://")) else None), base),
        title=plain(_string(item.get("title"))),
        author=_authors(item) or authors,
        published=parse_date(raw, zone) if raw else None,
        published_raw=raw,
        updated=parse_date(_string(item.get("date_modified")) or "", zone),
        summary=summary,
        content=html or text or summary,
        language=one_line(_string(item.get("language"))) or language,
    )


def _string(value: object) -> str | None:
    """A string as it is; a number too, for the ids of version 1.0."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _authors(owner: dict[str, Any]) -> str | None:
    """Names of `authors` (1.1), else of `author` (1.0); either may be a list or one person."""
    given = owner.get("authors") or owner.get("author")
    people = given if isinstance(given, list) else [given]
    named = [one_line(_string(person.get("name"))) for person in people[:10] if isinstance(person, dict)]
    return ", ".join(name for name in named if name) or None


def _hub(hubs: object) -> str | None:
    if not isinstance(hubs, list):
        return None
    found = (one_line(_string(hub.get("url"))) for hub in hubs if isinstance(hub, dict) and hub.get("type") == "WebSub")
    return next((url for url in found if url), None)
