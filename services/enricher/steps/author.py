"""Who wrote it: names from the feed, JSON-LD, meta elements and by-lines, made plain."""

from dataclasses import replace

from services.enricher.draft import Draft
from services.enricher.knowledge import Knowledge
from services.enricher.reading.names import joined_names, stated_author
from services.enricher.reading.page import Page


def author(draft: Draft, knowledge: Knowledge) -> Draft:
    """Sets `author`: names joined by ", "; None where nobody is named. Never a URL or an address."""
    given = draft.raw.author
    return replace(draft, author=(joined_names([given]) if given else None) or author_of(draft.page))


def author_of(page: Page) -> str | None:
    """The author of a page: the first source that yields a name."""
    stated = stated_author(page.linked, page.meta)
    return stated or next((name for text in page.bylines if (name := joined_names([text]))), None)
