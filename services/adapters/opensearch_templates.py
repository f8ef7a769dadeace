"""Index templates for OpenSearch, made from core.index_fields; schemas/opensearch/ holds what `templates` returns."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.adapters.index_values import MAX_KEYWORD
from services.core.index_fields import FIELDS, HAS_LOCATION, LOCATION, Kind
from services.core.ports import COLLECTIONS, Collection

# The words of the text fields as the adapter splits them (words.py), so that OpenSearch need only split at spaces.
WORDS: Final = "dateline_words"

_KINDS: Final[dict[Kind, dict[str, Any]]] = {
    "keyword": {"type": "keyword", "ignore_above": MAX_KEYWORD},
    "text": {"type": "text", "analyzer": "whitespace"},
    "date": {"type": "date", "format": "strict_date_optional_time"},
    "int": {"type": "long"},
    "float": {"type": "double"},
    "bool": {"type": "boolean"},
}


@dataclass(frozen=True, slots=True)
class OpenSearchOptions:
    """How to reach a cluster and how to lay indices out. `timeout` is in seconds, per request.

    Writes go to indices of `generation`. `snapshot_repository` must have been registered by the operator.
    """

    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    verify: bool = True
    shards: int = 1
    replicas: int = 1
    refresh_interval: str = "5s"
    generation: str = "1"
    timeout: float = 30.0
    bulk_items: int = 500
    bulk_bytes: int = 5 * 1024 * 1024
    snapshot_repository: str = "dateline"


def templates(options: OpenSearchOptions | None = None) -> dict[str, dict[str, Any]]:
    """The index template of each collection by its name, ready to be put."""
    chosen = options or OpenSearchOptions()
    return {alias_of(collection): _template(collection, chosen) for collection in COLLECTIONS}


def alias_of(collection: Collection) -> str:
    """The alias that reads go through; also the name of the template and the beginning of every index name."""
    return f"dateline-{collection}"


def _template(collection: Collection, options: OpenSearchOptions) -> dict[str, Any]:
    return {
        "index_patterns": [f"{alias_of(collection)}-*"],
        "template": {
            "settings": {
                "number_of_shards": options.shards,
                "number_of_replicas": options.replicas,
                "refresh_interval": options.refresh_interval,
            },
            "mappings": {
                "dynamic": False,
                "_source": {"excludes": [WORDS]},
                "properties": _properties(collection),
            },
        },
    }


def _properties(collection: Collection) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, kind in FIELDS[collection]:
        at = root
        *objects, leaf = ([WORDS] if kind == "text" else []) + name.split(".")
        for part in objects:
            at = at.setdefault(part, {"properties": {}})["properties"]
        at[leaf] = _KINDS[kind]
    if collection in HAS_LOCATION:
        root[LOCATION] = {"type": "geo_point"}
    return root
