"""Names of authors: those that the page's metadata states, and the name in a by-line, made plain."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from services.enricher.reading.facts import person_names
from services.enricher.reading.page import JsonObject
from services.enricher.reading.text import one_line

_META: Final = (
    "author", "article:author", "dc.creator", "dcterms.creator", "dc.contributor", "parsely-author", "sailthru.author",
    "byl", "cxenseparse:author", "rbauthors", "citation_author", "article:author_name", "twitter:creator:name",
)  # fmt: skip
# "By", "Written by:", "Zeige alle Beiträge von": what stands before the name.
_LEAD: Final = re.compile(
    r"(?:(?:written|posted|published|reported|created|text|view|all|more|posts|articles|stories|article|story|ein|artikel|alle|alles|"
    r"zeige|beiträge|mehr|geschrieben|verfasst|veröffentlicht|am|escrito|publicado|publié|écrit)\s){0,3}(?:by|von|vom|por|par|author|authors|autor|autorin|autoren|auteur|redaktion)\b\s?:?\s",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(
    r",?\s(?:\||•|·|–|—|-|/|on|am|at|updated|published|posted|veröffentlicht|follow|special to|for the)\s.*|"
    r"\s?[|•·(\[].*|,?\s(?:\w+\s)?(?:staff|senior|chief|political|foreign|news|diplomatic|special|crime|business)?\s?"
    r"(?:writer|correspondent|reporter|editor|journalist|columnist|producer)s?\b.*",
    re.IGNORECASE,
)
_UNNAMED: Final = re.compile(
    r"https?:|www\.|@|\d|[<>{}=_]|\b(?:comments?|kommentare?|share|minutes?|subscribe|login|view all|read more|"
    r"all posts|about the author|über den autor|more from|follow)\b",
    re.IGNORECASE,
)
_NOT_A_NAME: Final = frozenset(
    {"admin", "administrator", "author", "autor", "no author", "root", "user", "webmaster", "none", "null", "test"}
)
_MAX_NAME: Final = 70
_MAX_WORDS: Final = 8
_MAX_NAMES: Final = 6


def stated_author(linked: Iterable[JsonObject], meta: Mapping[str, tuple[str, ...]]) -> str | None:
    """The author by JSON-LD, else by meta elements: the first of these that yields a name."""
    candidates = [list(dict.fromkeys(person_names(item.get("author") or item.get("creator")))) for item in linked]
    candidates += [list(meta.get(name, ())) for name in _META]
    return next((name for names in candidates if (name := joined_names(names))), None)


def joined_names(names: list[str]) -> str | None:
    """The plain names among these, joined by ", "; None where there is none."""
    plain = [name for given in names[:_MAX_NAMES] if (name := plain_name(given))]
    return ", ".join(dict.fromkeys(plain)) or None


def plain_name(text: str) -> str | None:
    """The name in a by-line ("By Jane Doe | Staff writer"), or None where there is none to be seen."""
    text = one_line(text[:400])
    lead = _LEAD.match(text)
    text = _TAIL.sub("", text[lead.end() :] if lead else text).strip(" ,;:.-–—/|*•")
    words = text.split()
    if not 2 <= len(text) <= _MAX_NAME or len(words) > _MAX_WORDS:
        return None
    if text.casefold() in _NOT_A_NAME or (_UNNAMED.search(text) and not re.fullmatch(r"\w+\d*", text)):
        return None
    return text if any(char.isalpha() for char in text) else None
