"""Which events a mention is compared with at all: those that share a time and a spot, an actor or rare words."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from services.core.models import Place
from services.linker.traits import PRECISE, WIDEST_WINDOW, Traits, Window

Key = tuple[str, str, int]

# A bucket of days; a mention looks into the neighbouring ones too, so that vague dates meet.
_DAYS: Final = 4
_UNDATED: Final = -1
_MOST: Final = 24
# Words stand in where place and actors are unknown: the longest are the rarest.
_WORDS: Final = 4


class Blocks:
    """An inverted index from keys to event ids."""

    def __init__(self) -> None:
        self._events: dict[Key, dict[str, int]] = {}

    def add(self, event_id: str, traits: Traits) -> None:
        """Lets an event be found by one of its mentions."""
        for key in own_keys(traits):
            owners = self._events.setdefault(key, {})
            owners[event_id] = owners.get(event_id, 0) + 1

    def remove(self, event_id: str, traits: Traits) -> None:
        """Undoes one `add`."""
        for key in own_keys(traits):
            owners = self._events[key]
            owners[event_id] -= 1
            if not owners[event_id]:
                del owners[event_id]
            if not owners:
                del self._events[key]

    def candidates(self, traits: Traits) -> list[str]:
        """The events that share most keys with a mention, most first, ties by id."""
        shared = Counter(event for key in sought_keys(traits) for event in self._events.get(key, ()))
        return sorted(shared, key=lambda event: (-shared[event], event))[:_MOST]

    def __len__(self) -> int:
        return len(self._events)


def own_keys(traits: Traits) -> set[Key]:
    """The keys under which a mention's event is filed."""
    spots = {*_spots(traits), *_words(traits)}
    return {(traits.family, spot, bucket) for spot in spots for bucket in _buckets(traits.window, 0)}


def sought_keys(traits: Traits) -> set[Key]:
    """The keys under which a mention looks: its own, and those of places and days nearby."""
    spots = {*_spots(traits), *_words(traits), *_near(traits.place)}
    buckets = {*_buckets(traits.window, 2), _UNDATED}
    return {(traits.family, spot, bucket) for spot in spots for bucket in buckets}


def _spots(traits: Traits) -> Iterable[str]:
    for actor in traits.actors | traits.recipients:
        yield "actor:" + actor
    place = traits.place
    if place is None:
        return
    if place.precision in PRECISE and place.lat is not None and place.lon is not None:
        yield _cell(round(place.lat), round(place.lon))
    else:
        yield "area:" + (place.country or place.id)


def _near(place: Place | None) -> Iterable[str]:
    if place is None:
        return
    yield "area:" + (place.country or place.id)
    if place.precision in PRECISE and place.lat is not None and place.lon is not None:
        lat, lon = round(place.lat), round(place.lon)
        yield from (_cell(lat + north, lon + east) for north in (-1, 0, 1) for east in (-1, 0, 1))


def _cell(lat: int, lon: int) -> str:
    return f"cell:{lat}:{(lon + 180) % 360}"


def _words(traits: Traits) -> Iterable[str]:
    return ("word:" + word for word in sorted(traits.words, key=lambda word: (-len(word), word))[:_WORDS])


def _buckets(window: Window | None, slack: int) -> Iterable[int]:
    if window is None or window.last - window.first > WIDEST_WINDOW:
        return (_UNDATED,)
    return range((window.first - slack) // _DAYS, (window.last + slack) // _DAYS + 1)
