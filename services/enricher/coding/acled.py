"""ACLED's sub-event type, and the mode, from the pattern's hint, the weapons named and who stands on each side."""

from collections.abc import Sequence

from services.core.models import Acled, Actor
from services.core.ontology import ACLED_SUB_TYPES
from services.enricher.coding.lexicon import word_class
from services.enricher.coding.tokens import Token

ARMED = frozenset(("MIL", "REB", "UAF", "PRM", "ISM", "SPY", "COP", "IMG"))
_STATE = frozenset(("MIL", "GOV", "COP", "SPY"))
_FAMILY = {sub: family for family, subs in ACLED_SUB_TYPES.items() for sub in subs}
_FIXED = {
    "CLASH": "Armed clash",
    "SHELL": "Shelling/artillery/missile attack",
    "AIR": "Air/drone strike",
    "IED": "Remote explosive/landmine/IED",
    "GRENADE": "Grenade",
    "SUICIDE": "Suicide bomb",
    "CHEMICAL": "Chemical weapon",
    "ATTACK": "Attack",
    "ABDUCT": "Abduction/forced disappearance",
    "SEXUAL": "Sexual violence",
    "PEACE": "Peaceful protest",
    "INTERV": "Protest with intervention",
    "FORCE": "Excessive force against protesters",
    "VIOLDEM": "Violent demonstration",
    "MOB": "Mob violence",
    "AGREEMENT": "Agreement",
    "ARRESTS": "Arrests",
    "WEAPONS": "Disrupted weapons use",
    "HQ": "Headquarters or base established",
    "LOOT": "Looting/property destruction",
    "TRANSFER": "Non-violent transfer of territory",
    "OTHER": "Other",
}
# Weapon words of a sentence, the surest first; a word names the hint and the PLOVER mode
_WEAPONS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("CHEMICAL", "unconventional", word_class("acled.chemical_unconventional")),
    ("SUICIDE", "suicide-attack", word_class("acled.suicide_suicide-attack")),
    ("GRENADE", "explosives", word_class("acled.grenade_explosives")),
    ("AIR", "drone", word_class("acled.air_drone")),
    ("AIR", "aerial", word_class("acled.air_aerial")),
    ("SHELL", "heavy-weapons", word_class("acled.shell_heavy-weapons")),
    ("IED", "explosives", word_class("acled.ied_explosives")),
)  # fmt: skip
_CROWD = word_class("acled.crowd")
_FIREARMS = word_class("acled.firearms")


def weapon(tokens: Sequence[Token]) -> tuple[str, str]:
    """The hint and mode of the first kind of weapon that the words name; empty where they name none."""
    words = {t.low for t in tokens}
    if "bombers" in words and words & {"suicide"}:
        return "SUICIDE", "suicide-attack"
    for hint, mode, signs in _WEAPONS:
        if words & signs and not (
            hint == "AIR"
            and mode == "aerial"
            and words & signs == {"air"}
            and not words & {"strike", "strikes", "raid", "raids", "attack", "attacks", "force"}
        ):
            return hint, mode
    return ("", "firearms") if words & _FIREARMS else ("", "")


def acled(hint: str, actors: Sequence[Actor], recipients: Sequence[Actor], tokens: Sequence[Token]) -> Acled | None:
    """The sub-event type of a hint; None for a hint that has none."""
    name = _sub_type(hint, actors, recipients, tokens)
    return Acled(event_type=_FAMILY[name], sub_event_type=name) if name else None


def _sub_type(hint: str, actors: Sequence[Actor], recipients: Sequence[Actor], tokens: Sequence[Token]) -> str | None:
    by = {a.sector for a in actors}
    to = {a.sector for a in recipients}
    words = {t.low for t in tokens}
    if hint in ("FIGHT", "BOMB", "ATTACK", "PROPERTY", "CLASH"):
        found = weapon(tokens)[0]
        if found and (hint != "CLASH" or found == "SUICIDE"):
            return _FIXED[found]
        if hint == "BOMB":
            return _FIXED["AIR" if by & {"MIL", None} and not by & {"REB", "UAF", "ISM"} and by else "IED"]
        if hint == "PROPERTY":
            return _FIXED["SHELL" if by & ARMED else "LOOT"]
    if hint == "FIGHT":
        if words & _CROWD and by & _STATE:
            return _FIXED["FORCE"]
        return _FIXED["CLASH" if to & ARMED and (by & ARMED or not by - {None}) else "ATTACK"]
    if hint == "TAKE":
        return "Government regains territory" if by & _STATE else "Non-state actor overtakes territory"
    if (hint == "ARRESTS" and words & _CROWD) or (
        hint == "PEACE" and words & {"dispersed", "disperse", "detained", "teargas", "arrested"}
    ):
        return _FIXED["INTERV"]
    return _FIXED.get(hint)
