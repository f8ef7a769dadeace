"""An event, its article and mention with script in every text and no honest address."""

from typing import Any

from services.core import examples
from services.core.models import EnrichedArticle, Event
from services.core.ports import Upsert
from services.sink.document import article_upsert, event_upsert, mention_upserts

SCRIPT = (
    "\"'><script>window.pwned=1</script><img src=x onerror=window.pwned=2><svg/onload=window.pwned=3>"
    "<mark onclick=window.pwned=4>market</mark>&lt;b&gt;{{7*7}}"
)
URL = "javascript:window.pwned=5"
# What is an id, a code of a closed vocabulary, a time or a reference keeps its value.
_KEPT = {
    "id", "article_id", "mention_id", "type", "stance", "modality", "published", "fetched_at", "first_fetched_at",
    "enriched_at", "first_seen", "last_seen", "time", "start", "end", "precision", "cameo_root", "fingerprint",
    "published_precision", "published_basis", "copy_of", "merged_into", "version",
}  # fmt: skip


def _poison(value: Any, name: str = "") -> Any:
    match value:
        case dict():
            return {key: _poison(inner, key) for key, inner in value.items()}
        case list():
            return [_poison(inner, name) for inner in value]
        case str() if name == "url":
            return URL
        case str() if name not in _KEPT:
            return f"{value}{SCRIPT}"
    return value


def _article() -> EnrichedArticle:
    record = _poison(examples.ENRICHED_ARTICLE.model_dump(mode="json"))
    record["flags"] = [SCRIPT]
    text: str = record["text"]
    for mention in record["events"]:
        sentence, trigger = mention["sentence"], mention["trigger"]
        sentence["text"] = text[sentence["start"] : sentence["end"]]
        trigger["text"] = text[trigger["start"] : trigger["end"]]
    return EnrichedArticle.model_validate(record)


def hostile_upserts() -> list[Upsert]:
    """Their documents, as the sink writes them."""
    article = _article()
    event = Event.model_validate(_poison(examples.EVENT.model_dump(mode="json")))
    return [article_upsert(article), *mention_upserts(article), event_upsert(event)]
