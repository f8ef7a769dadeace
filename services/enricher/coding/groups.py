"""Noun groups and verb groups: the words that act as one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from services.enricher.coding.lexicon import word_class
from services.enricher.coding.tokens import VERB_TAGS, Token

Tense = Literal["past", "present", "future", "perfect", "pluperfect", "none"]
_INNER = frozenset(("N", "P", "#", "J", "'s", "D", "A", "R"))
_HEADS = ("N", "P")
# Determiners' and numbers' words that stand alone ("many", "both", "at least 11")
_TIME_NOUNS = word_class("groups.time_nouns")
_PARTICLES = word_class("groups.particles")
_QUANTITIES = word_class("groups.quantities")
# "rounded up five": some of them only count with the right word behind
_ONLY_BEFORE = {"at": ("least", "most"), "as": ("many",), "up": ("to",)}
# Prepositions that belong to their verb, as in "break off talks"
_PHRASAL = word_class("groups.phrasal")
_BEFORE_NUMBER = frozenset(("at", "more", "up", "as", "about", "nearly", "around", "over", "some", "fewer", "almost"))


@dataclass(slots=True)
class NounGroup:
    """Tokens i..j (exclusive) with their head; `owner` is the possessor in front ("Haftar's" forces).

    `phrases` are the prepositional phrases right behind it, `also` what is joined by and or commas, `beside` what
    stands in apposition.
    """

    tokens: Sequence[Token]
    i: int
    j: int
    head: int
    owner: "NounGroup | None" = None
    phrases: list[tuple[str, "NounGroup"]] = field(default_factory=list)
    also: list["NounGroup"] = field(default_factory=list)
    beside: list["NounGroup"] = field(default_factory=list)

    @property
    def lemma(self) -> str:
        """The head's lemma."""
        return self.tokens[self.head].lemma

    @property
    def start(self) -> int:
        """Where the text of the group begins."""
        return self.tokens[self.i].start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.tokens[self.j - 1].end

    @property
    def is_time(self) -> bool:
        """Whether it is only a date or hour ("late Thursday")."""
        head = self.tokens[self.head]
        return head.low in _TIME_NOUNS and head.text not in ("march", "may")

    @property
    def is_pronoun(self) -> bool:
        """Whether it is "he", "they", "those"."""
        return self.j - self.i == 1 and self.tokens[self.i].tag in ("O", "D", "T")

    @property
    def is_quantity(self) -> bool:
        """Whether it only counts what follows "of" ("hundreds of", "a group of")."""
        return self.tokens[self.head].tag == "#" or self.lemma in _QUANTITIES


@dataclass(slots=True)
class VerbGroup:
    """Tokens i..j with their main verb. `form` is the main verb's tag; finite groups can have a subject."""

    tokens: Sequence[Token]
    i: int
    j: int
    main: int
    form: str
    finite: bool
    passive: bool
    negated: bool
    modal: str
    tense: Tense
    particle: str = ""

    @property
    def lemma(self) -> str:
        """The main verb's lemma."""
        return self.tokens[self.main].lemma


@dataclass(slots=True)
class Mark:
    """Any other word or sign between groups: `tag` as of its token, prepositions with their word."""

    i: int
    tag: str
    low: str


Chunk = NounGroup | VerbGroup | Mark


def chunk(tokens: Sequence[Token]) -> list[Chunk]:
    """Cuts a tagged sentence into groups and marks, left to right."""
    found: list[Chunk] = []
    i, n = 0, len(tokens)
    while i < n:
        tag = tokens[i].tag
        group: Chunk | None = None
        if tag in VERB_TAGS or tag == "M" or (tag == "TO" and _infinitive(tokens, i)):
            group = _verb_group(tokens, i)
        elif (tag in _INNER and tag not in ("R", "'s")) or tag == "O" or counts_ahead(tokens, i):
            group = _noun_group(tokens, i)
        if isinstance(group, NounGroup) and _modifies(tokens, group, found):
            found.append(Mark(i, "J", tokens[i].low))
            i = group.j
        elif isinstance(group, NounGroup | VerbGroup):
            found.append(group)
            i = group.j
        else:
            if tag != "R" and tag != "NEG":
                found.append(Mark(i, tag, tokens[i].low))
            i += 1
    return found


def _modifies(tokens: Sequence[Token], group: NounGroup, found: list[Chunk]) -> bool:
    """ "forces loyal to X": an adjective right behind a noun group is no group of its own."""
    return (
        bool(found) and isinstance(found[-1], NounGroup) and all(t.tag in ("J", "R") for t in tokens[group.i : group.j])
    )


def _infinitive(tokens: Sequence[Token], i: int) -> bool:
    k = i + 1
    while k < len(tokens) and tokens[k].tag in ("R", "NEG"):
        k += 1
    return k < len(tokens) and tokens[k].tag == "b"


def _verb_group(tokens: Sequence[Token], i: int) -> VerbGroup:
    """ "has not yet been killed" is one group; adverbs and the subject of a question do not end it."""
    n = len(tokens)
    infinitive = tokens[i].tag == "TO"
    parts: list[int] = []
    negated = i > 0 and tokens[i - 1].tag == "NEG"
    modal = ""
    k = last = i
    while k < n:
        t = tokens[k]
        if t.tag == "NEG":
            negated = True
        elif t.tag == "M" and not parts:
            modal = t.low
        elif t.tag in VERB_TAGS and _continues(tokens, parts, t, modal, infinitive):
            parts.append(k)
            last = k
        elif t.tag not in ("R", "TO") or (t.tag == "TO" and k > i):
            break
        k += 1
    if not parts:
        parts = [i]
        last = i
    main = parts[-1]
    particle = _particle(tokens, main, last + 1)
    end = last + 2 if particle else last + 1
    return _describe(tokens, i, end, parts, main, negated, modal, infinitive, particle)


def _particle(tokens: Sequence[Token], main: int, k: int) -> str:
    if k >= len(tokens):
        return ""
    low = tokens[k].low
    if tokens[k].tag == "I":
        return low if f"{tokens[main].lemma}-{low}" in _PHRASAL else ""
    return low if tokens[k].tag == "R" and low in _PARTICLES and not counts_ahead(tokens, k) else ""


def _continues(tokens: Sequence[Token], parts: list[int], t: Token, modal: str, infinitive: bool) -> bool:
    if not parts:
        return True
    last = tokens[parts[-1]]
    if last.lemma == "have":
        return t.tag == "n"
    if last.lemma == "be" or last.lemma == "get":
        return t.tag in ("n", "g") or (t.tag == "d" and "n" in t.readings)
    return last.lemma == "do" and t.tag == "b"


def _describe(
    tokens: Sequence[Token], i: int, end: int, parts: list[int], main: int, negated: bool, modal: str,
    infinitive: bool, particle: str,
) -> VerbGroup:  # fmt: skip
    form = tokens[main].tag
    first = tokens[parts[0]]
    helpers = [tokens[k] for k in parts[:-1]]
    passive = (form in ("n", "d") and any(h.lemma in ("be", "get") for h in helpers)) or (form == "n" and not helpers)
    finite = not infinitive and (modal != "" or first.tag in ("z", "d", "b"))
    tense: Tense = "none"
    if modal:
        tense = "future" if modal in ("will", "'ll", "shall", "wo") else "none"
    elif helpers and first.lemma == "have":
        tense = "pluperfect" if first.tag == "d" else "perfect"
    elif first.tag in ("b", "z"):
        tense = "present"
    elif first.tag == "d":
        tense = "past"
    return VerbGroup(tokens, i, end, main, form, finite, passive, negated, modal, tense, particle)


def _noun_group(tokens: Sequence[Token], i: int) -> NounGroup | None:
    """Determiner, numbers, adjectives, nouns; a possessive inside makes the front part the owner."""
    n, k = len(tokens), i
    owner: NounGroup | None = None
    front = i
    head = -1
    while k < n:
        t = tokens[k]
        if t.tag == "O":
            if head < 0 and k == front:
                return NounGroup(tokens, i, k + 1, k, owner)
            break
        if t.tag in ("D", "A") and head >= 0 and k > front:
            break
        if t.tag == "'s":
            if head < 0:
                break
            owner = NounGroup(tokens, i, k, head, owner)
            front, head = k + 1, -1
        elif t.tag in _HEADS or (t.tag == "#" and (head < 0 or tokens[head].tag == "#")):
            if head >= 0 and _new_time(tokens, head, k):
                break
            head = k
        elif t.tag == "#" and tokens[head].low in _TIME_NOUNS:
            head = head  # "March 11": the number belongs to the month
        elif t.text == "(" and _acronym_inside(tokens, k):
            k += 3
            continue
        elif t.tag == "J":
            if head >= 0 and tokens[head].tag in _HEADS and not _joined_adjective(tokens, k):
                break
        elif t.tag == "R" and k + 1 < n and tokens[k + 1].tag in ("J", "#", "D"):
            if head >= 0:
                break
        elif (
            (
                t.tag not in ("D", "A", "#")
                and not (
                    (head < 0 and counts_ahead(tokens, k))
                    or t.low in ("than", "least", "most", "to")
                    or _many_as(tokens, k)
                )
            )
            or (t.tag in ("I", "TO", "R", "S") and not _number_ahead(tokens, k))
            or (t.tag == "TO" and k > i and tokens[k - 1].low != "up" and tokens[k - 1].tag != "#")
        ):
            break
        k += 1
    while k > i and tokens[k - 1].tag in ("R", "'s", "I", "TO"):
        k -= 1
    if k <= i:
        return None
    if head < 0:
        if k <= front and owner is not None:
            return owner
        head = k - 1
    return NounGroup(tokens, i, k, head, owner)


def _many_as(tokens: Sequence[Token], k: int) -> bool:
    """ "as many as 30" goes on behind "many"."""
    return k > 0 and tokens[k].low == "as" and tokens[k - 1].low == "many"


def _acronym_inside(tokens: Sequence[Token], k: int) -> bool:
    """ "Rapid Action Force (RAF) men": an acronym in brackets does not end the group."""
    return (
        k + 3 < len(tokens)
        and tokens[k + 2].text == ")"
        and tokens[k + 1].text.isupper()
        and tokens[k + 3].tag in _HEADS
    )


def _new_time(tokens: Sequence[Token], head: int, k: int) -> bool:
    """ "the town Sunday": a day after a noun is an adverbial of its own."""
    low = tokens[k].low
    if (
        low in _TIME_NOUNS
        and k + 1 < len(tokens)
        and tokens[k + 1].low in ("after", "before", "later", "ago", "earlier")
    ):
        return tokens[k - 1].tag != "#"  # "the town hours after"
    return low in _TIME_NOUNS and tokens[k].tag == "P" and tokens[head].low not in _TIME_NOUNS


def _joined_adjective(tokens: Sequence[Token], k: int) -> bool:
    """ "air military base", "Libyan National Army": an adjective between nouns."""
    if k + 1 >= len(tokens) or tokens[k + 1].low in _TIME_NOUNS:
        return False
    return tokens[k + 1].tag in _HEADS and tokens[k - 1].tag == "P"


def counts_ahead(tokens: Sequence[Token], k: int) -> bool:
    """Whether the words from k on say how many: "at least 11", "more than 20", "some 300"; not "at two markets"."""
    low = tokens[k].low
    if low not in _BEFORE_NUMBER or not _number_ahead(tokens, k):
        return False
    following = tokens[k + 1].low
    wanted = _ONLY_BEFORE.get(low)
    return wanted is None or following in wanted


def _number_ahead(tokens: Sequence[Token], k: int) -> bool:
    """ "at least 11", "more than a dozen", "up to 16"."""
    for t in tokens[k + 1 : k + 4]:
        if t.tag == "#":
            return True
        if t.low not in ("least", "than", "to", "many", "as", "a", "most", "an", "the"):
            return False
    return False
