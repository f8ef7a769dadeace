"""What people call the ids that a facet counts: read from documents that have them."""

from collections.abc import Iterable, Mapping
from typing import Final

from services.core.index_fields import values_at
from services.core.ports import AnyOf, Collection, Document, Index, Query

# Where a document carries objects with `id` and `name` for the values of an index field.
_HOLDERS: Final[Mapping[tuple[Collection, str], tuple[str, ...]]] = {
    ("events", "actors.id"): ("actors",),
    ("events", "recipients.id"): ("recipients",),
    ("events", "claims.by.id"): ("claims.by",),
    ("events", "place.id"): ("place",),
    ("events", "sources"): ("mentions.source",),
    ("articles", "source.id"): ("source",),
    ("articles", "entities.id"): ("entities",),
    ("articles", "places.id"): ("places",),
    ("mentions", "actors.id"): ("actors",),
    ("mentions", "recipients.id"): ("recipients",),
    ("mentions", "place.id"): ("place",),
    ("mentions", "source.id"): ("source",),
    ("mentions", "attribution.speaker.id"): ("attribution.speaker",),
}
_SAMPLE: Final = 100


async def names_of(
    index: Index, collection: Collection, field: str, ids: Iterable[str], known: Iterable[Document]
) -> dict[str, str]:
    """The names of ids, from the documents at hand and at most one query more. Ids without a name are left out."""
    holders = _HOLDERS.get((collection, field), ())
    if not holders:
        return {}
    missing = set(ids)
    found = _read(known, holders, missing)
    left = missing - found.keys()
    if left:
        query = Query(collection, filters=(AnyOf(field, tuple(sorted(left))),), limit=_SAMPLE)
        page = await index.search(query)
        found |= _read((hit.document for hit in page.hits), holders, left)
    return found


def _read(documents: Iterable[Document], holders: Iterable[str], wanted: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for document in documents:
        for path in holders:
            for item in values_at(document, path):
                if isinstance(item, dict) and item.get("id") in wanted and item.get("name"):
                    found.setdefault(item["id"], item["name"])
    return found
