"""The linker alone: mentions a second, memory a mention, and how both go with the size of the window.

    python -m bench.linker [MENTIONS]

Made-up news: happenings in sixty countries (a few of them hot) over twenty days, six reports on each, some without
place, date or actors. CPU time of one process, reading and writing of records included.
"""

import base64
import gc
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from services.core.models import Actor, DateRange, EventMention, Evidence, Place, Source
from services.core.ontology import TYPES, EventType
from services.linker.link import Linker
from services.linker.state import State

BEGIN: Final = datetime(2026, 3, 1, tzinfo=UTC)
REPORTS: Final = 6
BATCH: Final = 500
_KINDS: Final[tuple[EventType, ...]] = (
    "ASSAULT",
    "COERCE",
    "PROTEST",
    "ACCUSE",
    "CONSULT",
    "AID",
    "REQUEST",
    "THREATEN",
)
_WORDS: Final = [f"word{number}x" for number in range(5000)]


class Happening:
    """Something that happened, for several to report on."""

    def __init__(self, number: int, rng: random.Random) -> None:
        hot = min(int(rng.expovariate(0.08)), 59)
        country = f"C{hot:02}"
        self.type = rng.choice(_KINDS)
        self.place = Place(
            id=f"{country}-{rng.randrange(40)}", name="Town", country=country, admin1=str(rng.randrange(8)),
            lat=2 * hot - 60 + 2 * rng.random(), lon=5 * hot - 150 + 4 * rng.random(), precision="city",
        )  # fmt: skip
        self.sides = [
            Actor(id=f"{country}-{sector}-{rng.randrange(5)}", name=sector, country=country, sector=sector)
            for sector in ("GOV", "REB")
        ]
        self.day = BEGIN + timedelta(days=rng.randrange(20))
        self.words = rng.sample(_WORDS, 14)

    def report(self, number: int, rng: random.Random) -> EventMention:
        """One article's mention of it."""
        facts, day = TYPES[self.type], self.day.date()
        text = " ".join(rng.sample(self.words, 9) + rng.sample(_WORDS, 5))
        source = f"source{rng.randrange(3000)}.example"
        return EventMention(
            id=f"mention{number}", article_id=f"article{number}", revision=1, source=Source(id=source, name=source),
            url=f"https://{source}/{number}", title=text[:60], published=self.day + timedelta(hours=rng.randrange(20)),
            fingerprint=base64.b64encode(rng.randbytes(512)).decode(), type=self.type, quad_class=facts.quad_class,
            score=facts.score, cameo_root=facts.cameo_root, place=self.place if rng.random() < 0.7 else None,
            date=DateRange(start=day, end=day, precision="day") if rng.random() < 0.5 else None,
            actors=tuple(self.sides[:1]) if rng.random() < 0.8 else (),
            recipients=tuple(self.sides[1:]) if rng.random() < 0.6 else (),
            sentence=Evidence(text=text, start=0, end=len(text)), trigger=Evidence(text="word", start=0, end=4),
            rule="made-up", coder_number=1, confidence=0.7,
        )  # fmt: skip


def main(arguments: list[str]) -> None:
    """Prints a line for each quarter of the mentions."""
    mentions = int(arguments[0]) if arguments else 20_000
    rng = random.Random(20)
    happenings = [Happening(number, rng) for number in range(mentions // REPORTS)]
    made = (rng.choice(happenings).report(number, rng) for number in range(mentions))
    # As bytes at once: objects that were freed would leave room that the linker fills unseen.
    records = sorted((mention.published or BEGIN, mention.to_bytes()) for mention in made)
    gc.collect()
    linker, empty, began = Linker(State(), window=None), _resident(), time.process_time()
    print(f"{'mentions':>10}{'per s':>8}{'bytes each':>12}{'events':>8}   of {len(happenings)} happenings")
    for at, (arrived, record) in enumerate(records, 1):
        linker.mention(EventMention.model_validate_json(record), arrived)
        if at % BATCH == 0:
            _ = [told.event.to_bytes() for told in linker.flush()]
            _ = [state.to_bytes() for _, state in linker.state.take_changes() if state]
        if at % (mentions // 4) == 0:
            now = time.process_time()
            each, events = (_resident() - empty) // at, len(linker.state.events)
            print(f"{at:>10}{mentions / 4 / (now - began):>8.0f}{each:>12}{events:>8}")
            began = now


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


if __name__ == "__main__":
    main(sys.argv[1:])
