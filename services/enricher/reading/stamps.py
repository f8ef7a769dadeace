"""The dates that a page's metadata states: of publication, of a change, or not saying of what."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from services.enricher.reading.dates import Dated, Order, parse_stamp
from services.enricher.reading.page import JsonObject

Meta = Mapping[str, tuple[str, ...]]

_META: Final = (
    "article:published_time", "article:published", "og:published_time", "og:article:published_time",
    "datepublished", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime", "pubdate", "publishdate", "publish-date", "publish_date", "dc.date.issued",
    "dcterms.issued", "dcterms.created", "dc.date.created", "article.published", "published_time",
    "published-date", "publication_date", "citation_publication_date", "citation_date", "originalpublicationdate",
    "rnews:datepublished", "article_date_original",
)  # fmt: skip
# Dates of a page that do not say of what: asked only where nothing marked as publication is found.
_META_VAGUE: Final = ("dc.date", "dcterms.date", "displaydate", "date")
_LINKED: Final = ("datePublished", "dateCreated", "uploadDate")
# A later change is no publication: asked only where nothing tells that.
_META_CHANGED: Final = ("article:modified_time", "og:updated_time", "last-modified", "dcterms.modified", "datemodified")
_LINKED_CHANGED: Final = ("dateModified",)


def publication_stamps(linked: Iterable[JsonObject], meta: Meta, order: Order | None) -> Iterator[Dated]:
    """What JSON-LD and then meta elements call the publication."""
    return _stamps(linked, meta, order, _LINKED, _META)


def vague_stamps(meta: Meta, order: Order | None) -> Iterator[Dated]:
    """Dates of meta elements that do not say what happened then."""
    return _stamps((), meta, order, (), _META_VAGUE)


def change_stamps(linked: Iterable[JsonObject], meta: Meta, order: Order | None) -> Iterator[Dated]:
    """When the page was last changed."""
    return _stamps(linked, meta, order, _LINKED_CHANGED, _META_CHANGED)


def _stamps(
    linked: Iterable[JsonObject], meta: Meta, order: Order | None, keys: tuple[str, ...], names: tuple[str, ...]
) -> Iterator[Dated]:
    stamps = [item.get(key) for key in keys for item in linked]
    stamps += [value for name in names for value in meta.get(name, ())]
    dates = (parse_stamp(stamp, order=order) for stamp in stamps if isinstance(stamp, str))
    return (date for date in dates if date is not None)
