"""The reports that the outlets print, read from articles/*.yaml."""

from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

_ARTICLES: Final = resources.files(__package__) / "articles"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Correction(_Strict):
    """What takes the place of a report's title and text once it is corrected; `at` is when its outlet says it was."""

    at: datetime
    title: str
    text: tuple[str, ...] = Field(min_length=1)


class Report(_Strict):
    """One report: `text` is its paragraphs, `credit` whose copy it is, `moved_from` an old path that leads to it."""

    id: str
    outlet: str
    at: datetime
    title: str
    text: tuple[str, ...] = Field(min_length=1)
    by: str | None = None
    credit: str | None = None
    language: str = "en"
    moved_from: str | None = None
    corrected: Correction | None = None
    updated: datetime | None = None

    @property
    def signature(self) -> str | None:
        """Whose name stands over it."""
        return self.by or self.credit

    def after_correction(self) -> "Report":
        """The report as it stands in the end: itself where there is nothing to correct."""
        if self.corrected is None:
            return self
        now = self.corrected
        return self.model_copy(update={"title": now.title, "text": now.text, "updated": now.at, "corrected": None})


class OddPage(_Strict):
    """An address in a feed behind which there is no article: `page` is a file of templates/odd."""

    outlet: str
    path: str
    at: datetime
    title: str
    page: str
    status: int = 200


@cache
def all_reports() -> tuple[Report, ...]:
    """Every report, the newest first. Raises ValidationError for a file that is not as it should be."""
    files = sorted(file.name for file in _ARTICLES.iterdir() if file.name.endswith(".yaml"))
    found = [Report.model_validate(item) for name in files for item in _read(f"articles/{name}")]
    return tuple(sorted(found, key=lambda report: (report.at, report.id), reverse=True))


@cache
def odd_pages() -> tuple[OddPage, ...]:
    """Every page that is no article."""
    return tuple(OddPage.model_validate(item) for item in _read("odd_pages.yaml"))


def _read(path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = yaml.safe_load((resources.files(__package__) / path).read_text("utf-8"))
    return items
