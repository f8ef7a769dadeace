"""What can be asked of each collection: one table that the parser, the queries and the OpenAPI document share.

A name that is not here does not exist for a client, so no index field, sort or aggregation is reachable by accident.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, get_args

from services.core.index_fields import HAS_LOCATION
from services.core.ontology import ACLED_SUB_TYPES, CONTEXTS, EVENT_TYPES, SECTORS, TYPES, Modality, Stance
from services.core.ports import AnyOf, Collection, Exists, Filter

MAX_LIMIT: Final = 100
MAX_FACET_SIZE: Final = 100
MAX_TEXT: Final = 500
MAX_VALUE: Final = 200
MAX_VALUES: Final = 50
MAX_CURSOR: Final = 2000
MAX_ZOOM: Final = 12
MAX_CELLS: Final = 2000
MAX_BUCKETS: Final = 4000
DEFAULT_LIMIT: Final = 20
DEFAULT_FACET_SIZE: Final = 20


@dataclass(frozen=True, slots=True)
class Named:
    """A filter by value on an index field, repeatable (any of the values). `allowed` closes the vocabulary."""

    name: str
    field: str
    meaning: str
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Minimum:
    """A lower bound on a number."""

    name: str
    field: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A bound in time: a day or an RFC 3339 time. An upper bound that is a day includes that day."""

    name: str
    field: str
    upper: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A collection as clients see it. `hidden` filters hold unless `all=true`; a sort is (field, descending)."""

    collection: Collection
    named: tuple[Named, ...]
    moments: tuple[Moment, ...]
    sorts: Mapping[str, tuple[str, bool]]
    default_sort: str
    histogram: str
    histogram_bounds: tuple[str, str]
    hidden: tuple[Filter, ...] = ()
    hides: str = ""
    minimums: tuple[Minimum, ...] = ()
    facets: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facets", tuple(item.name for item in self.named))

    @property
    def located(self) -> bool:
        """Whether there is a map of it."""
        return self.collection in HAS_LOCATION

    def field_of(self, name: str) -> str:
        """The index field of a named filter."""
        return next(item.field for item in self.named if item.name == name)


_MODES = tuple(sorted({mode for facts in TYPES.values() for mode in facts.modes}))
_ACLED = tuple(sub for subs in ACLED_SUB_TYPES.values() for sub in subs)
_WHAT = (
    Named("type", "type", "PLOVER event type", EVENT_TYPES),
    Named("mode", "mode", "PLOVER mode", _MODES),
    Named("context", "contexts", "PLOVER context", CONTEXTS),
    Named(
        "quad_class", "quad_class", "1, 2 verbal, material cooperation; 3, 4 verbal, material conflict", tuple("1234")
    ),
    Named(
        "modality", "modality", "whether it happened, may have, is planned, threatened or denied", get_args(Modality)
    ),
    Named("acled", "acled.sub_event_type", "ACLED sub-event type", _ACLED),
    Named("country", "place.country", "country of the place, ISO 3166-1 alpha-3"),
    Named("admin1", "place.admin1", "first-level division of the place"),
    Named("place", "place.id", "place id"),
    Named("actor", "actors.id", "id of who does it"),
    Named("recipient", "recipients.id", "id of whom it is done to"),
    Named("sector", "actors.sector", "sector of who does it", SECTORS),
)

EVENTS: Final = Shape(
    "events",
    named=(
        *_WHAT,
        Named("source", "sources", "id of a source that reports it"),
        Named("claimant", "claims.by.id", "id of who says something about it"),
        Named("stance", "claims.stance", "what a claimant does", get_args(Stance)),
        Named("story", "story_id", "story id"),
        Named("article", "mentions.article_id", "id of an article that reports it"),
    ),
    moments=(
        Moment("from", "date.end", False, "happened on or after"),
        Moment("to", "date.start", True, "happened on or before"),
        Moment("first_seen_from", "first_seen", False, "first reported to us at or after"),
        Moment("first_seen_to", "first_seen", True, "first reported to us at or before"),
        Moment("last_seen_from", "last_seen", False, "newest report at or after"),
        Moment("last_seen_to", "last_seen", True, "newest report at or before"),
    ),
    sorts=MappingProxyType(
        {
            "newest": ("last_seen", True),
            "oldest": ("last_seen", False),
            "happened": ("date.start", True),
            "reports": ("mention_count", True),
            "sources": ("independent_sources", True),
            "killed": ("casualties.high.killed", True),
        }
    ),
    default_sort="newest",
    histogram="date.start",
    histogram_bounds=("from", "to"),
    hidden=(AnyOf("retracted", (False,)), Exists("merged_into", False)),
    hides="events that were retracted or merged into another",
    minimums=(
        Minimum("killed_min", "casualties.high.killed", "at least so many killed by the highest account"),
        Minimum("sources_min", "independent_sources", "at least so many independent sources"),
    ),
)

ARTICLES: Final = Shape(
    "articles",
    named=(
        Named("source", "source.id", "source id"),
        Named("country", "source.country", "country of the source, ISO 3166-1 alpha-3"),
        Named("language", "language", "language, ISO 639-1"),
        Named("type", "event_types", "PLOVER type of an event that it reports", EVENT_TYPES),
        Named("entity", "entities.id", "id of somebody it names"),
        Named("place", "places.id", "id of a place it names"),
        Named("place_country", "places.country", "country of a place it names"),
        Named("feed", "feed_id", "feed id"),
        Named("flag", "flags", "what is peculiar about it"),
    ),
    moments=(
        Moment("from", "published", False, "published on or after"),
        Moment("to", "published", True, "published on or before"),
        Moment("fetched_from", "first_fetched_at", False, "first fetched at or after"),
        Moment("fetched_to", "first_fetched_at", True, "first fetched at or before"),
    ),
    sorts=MappingProxyType(
        {"newest": ("published", True), "oldest": ("published", False), "fetched": ("first_fetched_at", True)}
    ),
    default_sort="newest",
    histogram="published",
    histogram_bounds=("from", "to"),
)

MENTIONS: Final = Shape(
    "mentions",
    named=(
        *_WHAT,
        Named("source", "source.id", "source id"),
        Named("article", "article_id", "article id"),
        Named("speaker", "attribution.speaker.id", "id of who says it"),
        Named("stance", "attribution.stance", "what the speaker does", get_args(Stance)),
        Named("rule", "rule", "what coded it"),
    ),
    moments=(
        Moment("from", "published", False, "published on or after"),
        Moment("to", "published", True, "published on or before"),
        Moment("happened_from", "date.end", False, "happened on or after"),
        Moment("happened_to", "date.start", True, "happened on or before"),
    ),
    sorts=MappingProxyType({"newest": ("published", True), "oldest": ("published", False)}),
    default_sort="newest",
    histogram="published",
    histogram_bounds=("from", "to"),
    hidden=(AnyOf("withdrawn", (False,)), AnyOf("background", (False,))),
    hides="mentions that a later revision withdrew, and history told as background",
)

SHAPES: Final = (EVENTS, ARTICLES, MENTIONS)
