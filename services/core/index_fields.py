"""What can be searched, filtered, sorted and counted: one table that every index adapter makes its mapping from.

A name is a path into the document; a list on the way means several values. Everything else of a document is stored
and given back, but not searchable.
"""

from typing import Any, Final, Literal, NamedTuple

from services.core.ports import Collection, Document

Kind = Literal["keyword", "text", "date", "int", "float", "bool"]


class Field(NamedTuple):
    """A searchable field. `text` is analysed English; dates are RFC 3339 or YYYY-MM-DD."""

    name: str
    kind: Kind


def _fields(**kinds: str) -> tuple[Field, ...]:
    return tuple(Field(name, kind) for kind, names in kinds.items() for name in names.split())  # type: ignore[arg-type]


# `location` (lat, lon) is a geo point in every collection that has one, made by the sink from `place`.
LOCATION: Final = "location"

FIELDS: Final[dict[Collection, tuple[Field, ...]]] = {
    "articles": _fields(
        keyword="id url source.id source.name source.country feed_id language author bands flags entities.id "
        "entities.country places.id places.country event_types published_basis",
        text="title text",
        date="published fetched_at first_fetched_at enriched_at",
        int="revision event_count coder.number",
    ),
    "mentions": _fields(
        keyword="id article_id source.id source.country feed_id type mode contexts modality cameo_root "
        "acled.event_type acled.sub_event_type actors.id actors.country actors.sector recipients.id "
        "recipients.country recipients.sector place.id place.country place.admin1 about attribution.stance "
        "attribution.speaker.id attribution.on_behalf_of.id rule",
        text="title sentence.text",
        date="published date.start date.end first_fetched_at",
        int="revision quad_class coder_number casualties.killed.max casualties.injured.max",
        float="confidence",
        bool="background withdrawn",
    ),
    "events": _fields(
        keyword="id type mode contexts modality acled.event_type acled.sub_event_type actors.id actors.country "
        "actors.sector recipients.id recipients.country recipients.sector place.id place.country place.admin1 "
        "place.precision sources claims.by.id claims.stance story_id merged_into mentions.article_id "
        "mentions.mention_id",
        text="title text",
        date="date.start date.end first_seen last_seen",
        int="version quad_class mention_count independent_sources casualties.low.killed casualties.high.killed "
        "casualties.high.injured",
        float="confidence",
        bool="retracted",
    ),
}

HAS_LOCATION: Final[frozenset[Collection]] = frozenset({"mentions", "events"})

KINDS: Final[dict[Collection, dict[str, Kind]]] = {
    collection: {field.name: field.kind for field in fields} for collection, fields in FIELDS.items()
}


def values_at(document: Document, path: str) -> list[Any]:
    """All values at a dotted path, lists flattened, nulls left out."""
    found: list[Any] = [document]
    for part in path.split("."):
        found = [item[part] for item in found if isinstance(item, dict) and item.get(part) is not None]
        found = [inner for item in found for inner in (item if isinstance(item, list | tuple) else [item])]
    return [value for value in found if value is not None]
