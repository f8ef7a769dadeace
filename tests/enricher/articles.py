"""Raw articles and drafts for tests, in our own words."""

from datetime import UTC, datetime
from typing import Any

from services.core.models import RawArticle
from services.enricher.draft import Draft

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

BODY = (
    "Gunmen on motorcycles opened fire on a market in the northern town of Kesra on Tuesday, killing seven people.",
    "The regional governor, Anna Petrel, said that the attackers had fled towards the border before the army arrived.",
    "Nobody claimed responsibility for the attack, the third in the province since January, officials said.",
)


def raw(**fields: Any) -> RawArticle:
    """A raw article, fetched at NOW, with these fields."""
    given = {"id": "a1", "fetched_at": NOW, "first_fetched_at": NOW, **fields}
    return RawArticle.model_validate(given)


def draft(**fields: Any) -> Draft:
    """A draft of a raw article."""
    return Draft(raw=raw(**fields))


def page(*, head: str = "", before: str = "", body: tuple[str, ...] = BODY, after: str = "", lang: str = "en") -> str:
    """An HTML page of a usual shape: menu, headline, article, footer."""
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in body)
    return (
        f'<!doctype html><html lang="{lang}"><head>{head}</head><body>'
        '<nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav>'
        f'<div class="page">{before}<div class="text">{paragraphs}</div>{after}</div>'
        "<footer><p>The Kesra Courier is published by a trust. Write to us about all that you find wrong.</p></footer>"
        "</body></html>"
    )
