"""What is the same for all sentences of an article, and what one sentence hands on to the next."""

from dataclasses import dataclass, field
from datetime import date

from services.core.models import Attribution, Place
from services.enricher.coding.actors import Resolver
from services.enricher.coding.dates import Found, find
from services.enricher.coding.where import Spot
from services.enricher.draft import Draft


@dataclass(slots=True)
class Article:
    """The state of coding one article. `ordinals` count mentions by type and sentence, for their ids."""

    draft: Draft
    resolver: Resolver
    spots: list[Spot]
    published: date | None
    dateline: tuple[Place, float] | None = None
    last_place: tuple[Place, float] | None = None
    ordinals: dict[tuple[str, str], int] = field(default_factory=dict)
    in_quote: bool = False
    speaker: Attribution | None = None
    phrases: dict[tuple[int, bool], list[Found]] = field(default_factory=dict)

    def dates(self, start: int, end: int, planned: bool) -> list[Found]:
        """The date phrases of a sentence, looked for once."""
        key = (start, planned)
        if key not in self.phrases:
            self.phrases[key] = list(find(self.draft.text, start, end, self.published, planned))
        return self.phrases[key]

    def ordinal(self, kind: str, sentence: str) -> int:
        """How many mentions of this type equal sentences had so far."""
        number = self.ordinals[kind, sentence] = self.ordinals.get((kind, sentence), -1) + 1
        return number
