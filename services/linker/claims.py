"""Who says what about an event, and the toll by claimant: kept apart, never averaged."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from services.core.models import Actor, Casualties, Claim, ClaimedToll, Count, EventCasualties, EventMention, Toll

KINDS: Final = ("killed", "injured", "captured", "displaced")
# Bounds that keep an event within its topic's limit.
_WHAT: Final = 1000
_CLAIMANTS: Final = 200
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
# A toll that is denied or only threatened is nobody's count.
_COUNTED: Final = frozenset({"actual", "possible"})


def newest_first(mentions: Iterable[EventMention]) -> list[EventMention]:
    """By publication, newest first; those without a date last; ties by id, so that the order is always the same."""
    by_id = sorted(mentions, key=lambda mention: mention.id)
    return sorted(by_id, key=lambda mention: mention.published or _EARLIEST, reverse=True)


def voice_of(mention: EventMention) -> str:
    """Whose voice an article is: its source's, else its site's; of one whose origin nobody knows its own."""
    return mention.source.id or _host(mention.url or "") or mention.article_id


def claimant(mention: EventMention) -> Actor:
    """Who says it: the speaker, else whom the speaker speaks for, else the publisher."""
    said = mention.attribution
    if said is not None and (said.speaker or said.on_behalf_of):
        return said.speaker or said.on_behalf_of  # type: ignore[return-value]
    source, voice = mention.source, voice_of(mention)
    name = source.name or (voice if voice != mention.article_id else "unnamed publisher")
    return Actor(id=voice, name=name, country=source.country, sector="MED")


def claims_of(mentions: Sequence[EventMention], copies: frozenset[str]) -> tuple[Claim, ...]:
    """The claims, newest first: one per claimant, stance, modality and toll.

    `mentions` are newest first. What a copy says in its publisher's name is its original's claim.
    """
    claims: dict[tuple[object, ...], Claim] = {}
    for mention in mentions:
        if mention.article_id in copies and _is_publisher(mention):
            continue
        claim = _claim(mention)
        claims.setdefault((claim.by.id, claim.stance, claim.modality, _numbers(claim.casualties)), claim)
    return tuple(claims.values())


def casualties_of(claims: Sequence[Claim]) -> EventCasualties | None:
    """Lowest and highest toll over the newest count of each claimant, per kind. `claims` are newest first."""
    tolls: dict[str, ClaimedToll] = {}
    for claim in claims:
        if claim.casualties is None or claim.modality not in _COUNTED or claim.stance == "denies":
            continue
        known = tolls.get(claim.by.id)
        if known is None:
            tolls[claim.by.id] = ClaimedToll(
                by=claim.by, casualties=claim.casualties, time=claim.time, mention_id=claim.mention_id
            )
        else:
            tolls[claim.by.id] = known.model_copy(update={"casualties": _filled(known.casualties, claim.casualties)})
    if not tolls:
        return None
    given = [toll.casualties for toll in tolls.values()]
    return EventCasualties(
        low=Toll(**{kind: _bound(given, kind, "low") for kind in KINDS}),
        high=Toll(**{kind: _bound(given, kind, "high") for kind in KINDS}),
        by_claimant=tuple(tolls.values())[:_CLAIMANTS],
    )


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _is_publisher(mention: EventMention) -> bool:
    said = mention.attribution
    return said is None or not (said.speaker or said.on_behalf_of)


def _claim(mention: EventMention) -> Claim:
    said = mention.attribution
    denied = mention.modality == "denied"
    return Claim(
        by=claimant(mention),
        stance=said.stance if said else "denies" if denied else "asserts",
        modality=mention.modality,
        what=(said.quote if said and said.quote else mention.sentence.text)[:_WHAT],
        casualties=mention.casualties,
        time=mention.published,
        mention_id=mention.id,
    )


def _numbers(casualties: Casualties | None) -> tuple[tuple[int | None, int | None] | None, ...]:
    counts: list[Count | None] = [getattr(casualties, kind, None) for kind in KINDS]
    return tuple((count.min, count.max) if count else None for count in counts)


def _filled(newer: Casualties, older: Casualties) -> Casualties:
    """The newer toll, with the kinds that only the older one counts."""
    missing = {kind: getattr(older, kind) for kind in KINDS if getattr(newer, kind) is None}
    return newer.model_copy(update=missing)


def _bound(given: Sequence[Casualties], kind: str, side: str) -> int | None:
    counts: list[Count | None] = [getattr(casualties, kind) for casualties in given]
    # "At least 11" is 11 where it is the highest; "up to 20" says nothing of the lowest unless nobody else does.
    firm = [c.min for c in counts if c and c.min is not None]
    tops = [c.max if c.max is not None else c.min for c in counts if c]
    if side == "low":
        return min(firm, default=None)
    return max((top for top in tops if top is not None), default=None)
