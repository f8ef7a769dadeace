"""RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, RDF and CDF: an element tree to a FeedDocument."""

from collections.abc import Iterator

from lxml import etree

from services.crawler.sources.document import FeedDocument, FeedKind
from services.crawler.sources.entry import (
    Fields,
    Surroundings,
    author_of,
    fields_of,
    link_of,
    read_entry,
    rel_link,
    title_of,
)
from services.crawler.sources.text import one_line
from services.crawler.sources.tree import attribute, base_of, language_of, name_of, text_of

MAX_ENTRIES = 20_000
_ITEMS = frozenset(("item", "entry"))
_KINDS: dict[str, FeedKind] = {"rss": "rss", "rdf:rdf": "rdf", "rdf": "rdf", "feed": "atom", "channel": "cdf"}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}


def kind_of(root: etree._Element) -> FeedKind | None:
    """What a root element says the document is; None for what is no feed."""
    kind = _KINDS.get(name_of(root))
    if kind == "cdf" and any(name_of(child) == "item" and attribute(child, "href") is None for child in root):
        return "rss"  # an RSS channel that lost its root
    return kind


def read_feed(root: etree._Element, kind: FeedKind, base_url: str | None, zone: str | None) -> FeedDocument:
    """The feed under a root. `base_url` is where it was fetched from; without it links resolve against its own link."""
    channel = next((child for child in root if name_of(child) == "channel"), root)
    fields = fields_of(channel)
    base = base_of(channel, base_url)
    self_link = rel_link(fields, "self", base)
    link = link_of(channel, fields, base)
    language = one_line(language_of(channel)) or _text(fields, "language") or _text(fields, "dc:language")
    around = Surroundings(
        base=base_url or self_link or link,
        language=language,
        author=author_of(fields),
        zone=zone,
    )
    return FeedDocument(
        kind=kind,
        title=title_of(fields),
        link=link,
        language=language,
        entries=tuple(read_entry(item, around) for item in _items(root)),
        ttl_seconds=_ttl(fields),
        skip_hours=_skip_hours(fields),
        skip_days=_skip_days(fields),
        update_seconds=_update_seconds(fields),
        hub=rel_link(fields, "hub", base),
        self_link=self_link,
        next_link=rel_link(fields, "next", base),
    )


def _items(root: etree._Element) -> Iterator[etree._Element]:
    """Items at any depth (RDF has them beside the channel), none inside another, at most MAX_ENTRIES."""
    found = 0
    waiting = [root]
    while waiting and found < MAX_ENTRIES:
        element = waiting.pop()
        if name_of(element) in _ITEMS and element is not root:
            found += 1
            yield element
        else:
            waiting.extend(reversed(element))


def _text(fields: Fields, name: str) -> str | None:
    return next((text for element in fields.get(name, ()) if (text := one_line(text_of(element)))), None)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None


def _ttl(fields: Fields) -> float | None:
    minutes = _number(_text(fields, "ttl"))
    return None if minutes is None else minutes * 60


def _skip_hours(fields: Fields) -> frozenset[int]:
    hours = (_text({"hour": [child]}, "hour") for element in fields.get("skiphours", ()) for child in element)
    # RSS 0.91 counts from 1 to 24, RSS 2.0 from 0 to 23: 24 is midnight in both.
    return frozenset(int(hour) % 24 for hour in hours if hour and hour.isdecimal() and int(hour) <= 24)


def _skip_days(fields: Fields) -> frozenset[int]:
    days = (_text({"day": [child]}, "day") for element in fields.get("skipdays", ()) for child in element)
    return frozenset(_DAYS.index(day.lower()) for day in days if day and day.lower() in _DAYS)


def _update_seconds(fields: Fields) -> float | None:
    """The period over the frequency; a frequency under 1 or that is no number makes the whole thing odd."""
    period = _PERIODS.get((_text(fields, "sy:updateperiod") or "").lower())
    written = _text(fields, "sy:updatefrequency")
    frequency = _number(written) if "sy:updatefrequency" in fields else 1.0
    return period / frequency if period and frequency and frequency >= 1 else None
