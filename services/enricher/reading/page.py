"""What reading an article's body gives: its paragraphs, and everything that the page says about itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was read. Nothing here is judged yet: the steps choose among the candidates, best first.

    `dropped` are boilerplate lines that stood among the paragraphs. `meta` has the names of meta elements in lower
    case; `linked` are JSON-LD objects of article types; `times` are machine-readable or visible dates near the
    headline, `bylines` visible texts that may name the author. `visible` counts the characters that a reader sees
    outside links, menus and forms, whatever they belong to.
    """

    blocks: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    language: str | None = None
    title_tag: str = ""
    headings: tuple[str, ...] = ()
    meta: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    linked: tuple[JsonObject, ...] = ()
    bylines: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    visible: int = 0

    def first_meta(self, *names: str) -> str | None:
        """The first meta value that is not empty, in the order of names."""
        return next((value for name in names for value in self.meta.get(name, ()) if value.strip()), None)
