"""PLOVER 2.0 with its CAMEO and ACLED crosswalks: the codes that events carry.

The codes are facts taken over from the PLOVER manual (Open Event Data Alliance) and the ACLED codebook; every
definition is in our own words. docs/ontology.md explains them to a reader.
"""

from types import MappingProxyType
from typing import Final, Literal, NamedTuple, get_args

EventType = Literal[
    "AGREE", "CONSULT", "SUPPORT", "CONCEDE",
    "COOPERATE", "AID", "RETREAT",
    "REQUEST", "ACCUSE", "REJECT", "THREATEN",
    "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT",
]  # fmt: skip
QuadClass = Literal[1, 2, 3, 4]
Modality = Literal["actual", "denied", "possible", "planned", "threatened"]
Stance = Literal["asserts", "denies", "alleges", "demands", "warns"]


class TypeFacts(NamedTuple):
    """What the ontology fixes for one type: quad class 1-4, score -10..10, usual CAMEO root, allowed modes."""

    quad_class: QuadClass
    score: float
    cameo_root: str
    modes: tuple[str, ...]
    meaning: str


TYPES: Final = MappingProxyType[EventType, TypeFacts](
    {
        "AGREE": TypeFacts(1, 2.5, "03", (), "comes to, signs or announces an agreement"),
        "CONSULT": TypeFacts(
            1, 2.5, "04", ("visit", "third-party", "multilateral", "phone"), "meets, talks, visits, mediates"
        ),
        "SUPPORT": TypeFacts(1, 5.0, "05", (), "praises, backs, recognises, welcomes"),
        "CONCEDE": TypeFacts(1, 4.5, "08", (), "yields in words: eases, apologises, declares a truce"),
        "COOPERATE": TypeFacts(2, 9.5, "06", (), "does something jointly: trade, exercises, sharing"),
        "AID": TypeFacts(2, 10.0, "07", (), "gives material help: money, arms, relief, troops for peace"),
        "RETREAT": TypeFacts(
            2,
            6.5,
            "08",
            ("withdraw", "release", "disarm", "ceasefire", "access", "resign"),
            "yields in deed: withdraws, frees, disarms",
        ),
        "REQUEST": TypeFacts(
            3, 0.0, "10", ("assist", "change", "yield", "meet"), "asks, calls on, demands, orders another to"
        ),
        "ACCUSE": TypeFacts(
            3, -3.0, "11", ("disapprove", "investigate", "allege"), "blames, condemns, criticises, investigates"
        ),
        "REJECT": TypeFacts(
            3, -2.0, "12", ("assist", "change", "yield", "meet"), "refuses, denies a request, rejects a proposal"
        ),
        "THREATEN": TypeFacts(
            3,
            -3.5,
            "13",
            ("restrict", "arrest", "relations", "expel", "territory", "violence"),
            "warns that it will do harm",
        ),
        "PROTEST": TypeFacts(
            4,
            -5.0,
            "14",
            ("demo", "riot", "strike", "hunger", "boycott", "obstruct", "vandalize"),
            "demonstrates, strikes, riots",
        ),
        "SANCTION": TypeFacts(
            4,
            -6.0,
            "16",
            ("convict", "expel", "withdraw", "discontinue"),
            "cuts relations or trade, expels, convicts",
        ),
        "MOBILIZE": TypeFacts(
            4, -5.5, "15", ("troops", "weapons", "police", "militia"), "moves or readies forces without using them"
        ),
        "COERCE": TypeFacts(
            4,
            -7.0,
            "17",
            (
                "seize", "restrict", "censor", "curfew", "martial-law", "arrest", "deport", "withhold",
                "misinformation", "cyber",
            ),
            "represses short of violence: arrests, seizes, bans",
        ),
        "ASSAULT": TypeFacts(
            4,
            -9.0,
            "19",
            (
                "abduct", "beat", "torture", "sexual", "targeted", "destroy", "primitive", "firearms", "explosives",
                "suicide-attack", "aerial", "drone", "heavy-weapons", "crowd-control", "unconventional",
            ),
            "uses force: attacks, shells, kills, abducts",
        ),
    }
)  # fmt: skip

CONTEXTS: Final = (
    "military", "intelligence", "executive", "legislative", "election", "political_institutions", "pro_democracy",
    "pro_autocracy", "economic", "legal", "reparations", "human_rights", "rights_freedoms", "repression",
    "human_security", "gender", "lgbt", "religion_ethnicity", "inequality", "diplomatic", "territory", "peacekeeping",
    "health", "asylum", "migration", "disasters", "natural_resource", "environment", "technology", "terrorism", "cbrn",
    "cyber", "misinformation", "crime", "corruption", "illegal_drugs", "trafficking",
)  # fmt: skip

SECTORS: Final = (
    "COP", "GOV", "JUD", "LEG", "MIL", "PRM", "PTY", "REB", "SPY", "UAF", "UNK", "AGR", "BUS", "CRM", "CVL", "EDU",
    "ELI", "JRN", "LAB", "MED", "REF", "OPP", "PRE", "REL", "SOC", "IGO", "UNO", "NGO", "ISM", "IMG", "MNC",
)  # fmt: skip

ACLED_SUB_TYPES: Final = MappingProxyType(
    {
        "Battles": (
            "Armed clash",
            "Government regains territory",
            "Non-state actor overtakes territory",
        ),
        "Explosions/Remote violence": (
            "Chemical weapon",
            "Air/drone strike",
            "Suicide bomb",
            "Shelling/artillery/missile attack",
            "Remote explosive/landmine/IED",
            "Grenade",
        ),
        "Violence against civilians": (
            "Sexual violence",
            "Attack",
            "Abduction/forced disappearance",
        ),
        "Protests": (
            "Peaceful protest",
            "Protest with intervention",
            "Excessive force against protesters",
        ),
        "Riots": ("Violent demonstration", "Mob violence"),
        "Strategic developments": (
            "Agreement",
            "Arrests",
            "Change to group/activity",
            "Disrupted weapons use",
            "Headquarters or base established",
            "Looting/property destruction",
            "Non-violent transfer of territory",
            "Other",
        ),
    }
)

EVENT_TYPES: Final[tuple[EventType, ...]] = get_args(EventType)
