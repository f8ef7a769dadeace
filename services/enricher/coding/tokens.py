"""Tokens with part of speech and lemma.

Tags: N noun, P name, # number, J adjective, R adverb, D determiner, A possessive ("his", "'s"), I preposition,
S subordinator, C conjunction, O pronoun, M modal, W relative pronoun, T that, TO to, NEG negation, E there; verbs by
form: b base, z third person, d past, n past participle, g present participle; punctuation stands for itself.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from services.enricher.coding import lexicon
from services.enricher.coding.lexicon import word_class

VERB_TAGS = frozenset("bzdng")
_TOKEN = re.compile(
    r"(?:[A-Z]\.){2,}"  # U.S.
    r"|[A-Z]+/[A-Z]+\b"
    r"|\d+(?:-[a-z]+)+"
    r"|\d+(?:[.,:]\d+)*(?:st|nd|rd|th)?"
    r"|n't\b|['’](?:s|re|ve|ll|d|m)\b"
    r"|[^\W\d_][^\W_]*(?:(?:['’-](?!s\b|re\b|ve\b|ll\b|d\b|m\b|S\b)|\.(?=[a-z]\b))[^\W_]+)*"
    r"|\.\.\.|[^\w\s]"
)
_ABBREVIATIONS = word_class("tokens.abbreviations")
_QUOTES = {"“": '"', "”": '"', "«": '"', "»": '"', "‘": "'q", "’": "'q", "'": "'q", "`": "'q"}
_DASHES = {"—": "--", "–": "--", "-": "--"}
# Adjectives and participles never stand between a determiner and these readings
_NOUNY_BEFORE = frozenset(("D", "A", "J", "#"))
_CLOSED_CLASS = frozenset(("D", "A", "I", "C", "O", "S", "T", "TO", "W", "M"))
_SPEECH_PAST = word_class("tokens.speech_past")
# Participles that nearly always follow their noun as a short relative clause ("men accused of spying")
_REDUCED = word_class("tokens.reduced")
_BEFORE_GENERAL = word_class("tokens.before_general")
_NOUNS_TOO = word_class("tokens.nouns_too")
_TO_MAKE_NOUN = frozenset(("D", "A", "'s"))


@dataclass(slots=True)
class Token:
    """A word: `start` and `end` count characters of the text, `low` is its lower case."""

    text: str
    low: str
    start: int
    end: int
    tag: str = ""
    lemma: str = ""
    readings: str = ""


def tokenize(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The tokens of a stretch of text, not yet tagged."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text, start, len(text) if end is None else end):
        word = match[0]
        low = word.lower()
        if "’" in low:
            low = low.replace("’", "'")
        if low[-3:] == "n't" and len(low) > 3:  # "didn't" is did + n't
            cut = match.end() - 3
            found.append(Token(text[match.start() : cut], low[:-3], match.start(), cut))
            found.append(Token(text[cut : match.end()], "n't", cut, match.end()))
        else:
            found.append(Token(word, low, match.start(), match.end()))
    return [t for i, t in enumerate(found) if t.low != "." or not _is_abbreviation_dot(found, i)]


def _is_abbreviation_dot(found: list[Token], i: int) -> bool:
    before = found[i - 1].low if i else ""
    return i + 1 < len(found) and (before in _ABBREVIATIONS or len(before) == 1)


def tag(tokens: list[Token]) -> list[Token]:
    """Gives every token its tag and lemma, in place; linear in the number of tokens."""
    headline = _is_headline(tokens)
    for i, t in enumerate(tokens):
        t.tag, t.lemma, t.readings = _read(t.text, headline or (i == 0 and t.text != "US"))
        if t.low == "general" and i and tokens[i - 1].low in _BEFORE_GENERAL:
            t.tag = "N"  # "the attorney general indicted"
        if t.tag == "J" and t.low in _NOUNS_TOO and _no_noun_next(tokens, i):
            t.tag = "N"  # "the intelligence chief flew"
    for i in range(len(tokens)):
        if len(tokens[i].readings) > 1 and not tokens[i].tag:
            tokens[i].tag = _choose(tokens, i)
    for i, t in enumerate(tokens):
        if t.tag == "R" and t.text[0].isupper() and i + 1 < len(tokens) and tokens[i + 1].tag == "P":
            t.tag = "P" if t.low in ("north", "south", "east", "west") else "R"  # "North Korea"
        if t.tag == "V":
            t.tag = _participle_or_past(tokens, i)
        elif t.tag == "T" and i and tokens[i - 1].tag == "I":
            t.tag = "D"  # "at that time"
        elif t.tag in ("b", "z", "R") and i and tokens[i - 1].tag in _TO_MAKE_NOUN and _ends_group(tokens, i):
            t.tag = "R" if _is_manner(tokens, i) else "N"
        elif t.tag in ("b", "z") and i and tokens[i - 1].tag in _TO_MAKE_NOUN:
            t.tag = "J"
        if t.tag == "N" or (t.tag == "P" and (i == 0 or headline)):
            t.lemma = lexicon.noun_lemma(t.low)
    return tokens


def _no_noun_next(tokens: list[Token], i: int) -> bool:
    word = lexicon.words().get(tokens[i + 1].low) if i + 1 < len(tokens) else None
    return (word is None and (i + 1 >= len(tokens) or not tokens[i + 1].low.isalnum())) or (
        word is not None and word.readings[0] in "dnzbMICTS"
    )  # fmt: skip


def _ends_group(tokens: list[Token], i: int) -> bool:
    """Whether no noun or adjective follows that the determiner before could belong to."""
    return i + 1 >= len(tokens) or tokens[i + 1].tag not in ("N", "P", "J", "#")


def _is_manner(tokens: list[Token], i: int) -> bool:
    """ "the internationally recognised government": an adverb that belongs to the participle behind it."""
    known = lexicon.words().get(tokens[i].low)  # "family" and "ally" are not in it: nouns are left out
    return known is not None and known.readings == "R" and i + 1 < len(tokens) and tokens[i + 1].tag == "V"


def _is_headline(tokens: list[Token]) -> bool:
    """Whether Nearly Every Word Is Capitalised, so that capitals say nothing about names."""
    long = [t.text for t in tokens if len(t.text) > 3 and t.text[0].isalpha()]
    return len(long) > 3 and sum(w[0].isupper() for w in long) >= 0.8 * len(long)


@lru_cache(maxsize=1 << 16)
def _read(text: str, plain: bool) -> tuple[str, str, str]:
    """Tag, lemma and readings of a word by itself; `plain` where a capital says nothing about it being a name.

    The tag is empty where the neighbours must choose. Cached: the same words come again and again in news.
    """
    low = text.lower().replace("’", "'")
    first = text[0]
    if not (first.isalnum() or (first in "'’" and len(text) > 1)) and low != "n't":
        return _QUOTES.get(text) or _DASHES.get(text) or text, low, ""
    if first.isdigit():
        return "#" if "-" not in low else "J", low, ""
    if low == "'s":
        return low, low, ""
    word = lexicon.words().get(low)
    named = first.isupper() and not plain
    if (text == "US" and named) or word is None or (named and word.readings not in _CLOSED_CLASS):
        return "P" if first.isupper() else _guess(low), low, ""
    if word.readings == "g":
        return "", word.lemma, "gN"
    if len(word.readings) == 1 or word.readings in ("TO", "NEG"):
        return word.readings, word.lemma, ""
    return "", word.lemma, word.readings


def _guess(low: str) -> str:
    """The tag of a word that nobody knows."""
    if low.endswith("ly"):
        return "R"
    if "-" in low and low.endswith(("ed", "ing", "based", "run", "led", "held", "wide", "strong", "old")):
        return "J"
    return "N"


def _choose(tokens: list[Token], i: int) -> str:
    """The tag of an ambiguous word, from its neighbours. "V" is a past form, settled when all else is tagged."""
    t = tokens[i]
    before = _before(tokens, i)
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    r = t.readings
    if before in ("D", "A", "'s") and tokens[i - 1].tag == before and "N" not in r and "J" not in r and r[0] in "bz":
        return "N"
    helped = "n" in r and _auxiliary_before(tokens, i)  # "was shot"
    if (
        r[0] == "N"
        and "g" not in r
        and not helped
        and before in ("g", "b", "z", "d", "n", "V", "D", "A", "'s", "J", "I")
    ):
        return "N"
    if "n" in r and "d" in r and not ("N" in r and before in _TO_MAKE_NOUN):
        if "b" in r and before in ("TO", "M"):
            return "b"
        return "V"
    if "g" in r:
        return _gerund(before, after, r)
    if before == "TO" or before == "M":
        return "b" if "b" in r else "N"
    if before == "NEG" and "b" in r:
        return "b"
    if before == "O" and "b" in r:
        return "b"
    if "J" in r and ("N" in r or "b" in r):
        return "J" if after is not None and (after.tag in ("N", "P", "J") or "N" in after.readings) else r[0]
    if r[0] in "bz":
        nominal = "N" in r and before in ("D", "A", "'s", "J", "#", "I", "V", "g", "z", "d", "n")
        nominal = nominal or ("N" in r and before in ("N", "P") and _verb_in_segment(tokens, i))
        return "N" if nominal and not (before == "J" and r[0] == "b") else _bare_verb(before, after, r)
    if "N" in r and ("b" in r or "z" in r):
        return _noun_or_verb(tokens, i, before, after)
    if "d" in r or "n" in r:
        return "V" if "d" in r and "n" in r else ("d" if "d" in r else "n")
    return r[0]


def _before(tokens: list[Token], i: int) -> str:
    """The tag before, adverbs skipped."""
    k = i - 1
    while k >= 0 and tokens[k].tag == "R":
        k -= 1
    if k < 0:
        return "^"
    if tokens[k].lemma == "do" and tokens[k].tag in ("b", "z", "d"):
        return "M"
    return tokens[k].tag


def _gerund(before: str, after: Token | None, readings: str) -> str:
    opens = after is not None and (after.tag in ("D", "P", "#", "A", "O", "J"))
    if before == "I" and readings[0] == "g" and after is not None and (after.tag == "N" or "N" in after.readings):
        return "g"  # "of arming rebels"
    if before in _TO_MAKE_NOUN or (after is not None and after.low == "of"):
        return "N"
    if before in ("b", "z", "d", "n", ",", "C"):
        return "g"
    if readings[0] == "N" or ("N" in readings and before in ("N", "J", "I", "P", "^", "#")):
        return "g" if opens and before not in ("J", "#") else "N" if readings[0] == "N" or before in ("J", "#") else "g"
    return "g"


def _bare_verb(before: str, after: Token | None, readings: str) -> str:
    """ "live bullets": a base form between a verb or preposition and a noun modifies the noun."""
    noun_next = after is not None and (after.tag in ("N", "P") or "N" in after.readings)
    if noun_next and before in ("V", "b", "z", "d", "n", "g", "I", "D"):
        return "J"
    return readings[0]


def _noun_or_verb(tokens: list[Token], i: int, before: str, after: Token | None) -> str:
    """ "forces", "attacks", "protests": a verb only after a subject that has none yet, and not before another verb."""
    t = tokens[i]
    if before in _NOUNY_BEFORE or before in _TO_MAKE_NOUN or before in ("I", "V", "b", "z", "d", "n", "g", "^"):
        return t.readings[0] if before in ("b", "z", "d", "n", "g", "^") and "N" not in t.readings else "N"
    if after is not None and (
        after.tag in ("M", "z", "d") or after.low in ("are", "were", "have") or "d" in after.readings
    ):
        return "N"
    verb = "z" if "z" in t.readings else "b"
    if before in ("W", "T", "O"):
        return verb
    if (
        before == ","
        and after is not None
        and after.tag == "TO"
        and not any(x.tag in ("z", "d", "M") for x in tokens[:i])
    ):
        return verb  # "Norway, like others, plans to …"
    if before in ("N", "P") and after is not None:
        previous = tokens[i - 1]
        plural = (
            lexicon.noun_lemma(previous.low) != previous.low
            or previous.low in ("people", "police")
            or _joined_before(tokens, i)
        )
        fits = plural == (verb == "b") and (
            previous.tag == "N" or not previous.text[0].isupper() or verb == "z" or plural
        )
        opens = after.tag in ("D", "A", "#", "P", "I", "TO", "R", "O", "J", "N", "T") or after.readings
        if fits and opens and not _verb_in_segment(tokens, i):
            return verb
    return "N" if "N" in t.readings else t.readings[0]


def _joined_before(tokens: list[Token], i: int) -> bool:
    """ "Kenya and Uganda ink a pact": two names are plural."""
    k = i - 2
    while k > 0 and tokens[k].tag in ("P", "J", "N", "D"):
        k -= 1
    return k > 0 and tokens[k].low == "and" and tokens[k - 1].tag in ("P", "N")


def _verb_in_segment(tokens: list[Token], i: int) -> bool:
    """Whether the stretch around i, up to a comma or a subordinate clause, has a sure finite verb already or later."""
    k = i - 1
    while k >= 0 and tokens[k].tag not in (",", ";", "S", "T", "W", ":", '"'):
        if tokens[k].tag in ("z", "d", "M", "V", "b"):
            return True
        k -= 1
    k = i + 1
    while k < len(tokens) and tokens[k].tag not in (",", ";", "S", "T", "W", ":", "C", '"'):
        low = tokens[k].low
        if (
            tokens[k].tag in ("z", "d", "M")
            or low in ("are", "have")
            or tokens[k].readings[:2] == "dn"
            or "nd" in tokens[k].readings
        ):
            return True
        k += 1
    return False


def _participle_or_past(tokens: list[Token], i: int) -> str:
    """ "killed": participle after be and have or where it modifies a noun, else the past."""
    t = tokens[i]
    accused_of = t.low in _REDUCED and i + 1 < len(tokens) and tokens[i + 1].low == "of"
    if t.low in _SPEECH_PAST and not accused_of and not _auxiliary_before(tokens, i):
        return "d"
    if _auxiliary_before(tokens, i):
        return "n"
    before = _before(tokens, i)
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    follows = after.tag if after else "."
    if before in ("D", "A", "'s", "#", "J") and follows in ("N", "P", "J", "#"):
        return "J"
    if before in ("D", "A", "'s"):
        return "J" if t.readings[0] != "N" else "N"
    if before == "^" and follows in ("N", "J") and _verb_after_nouns(tokens, i + 1):
        return "J"  # "Ousted leaders return"
    if before in ("I", "^"):
        return "J" if follows in ("N", "P", "J") and before == "I" else "n"
    if before in ("N", "P", "#", "O", ",", ")", "R") and after is not None:
        by = after.low == "by" or (follows == "R" and i + 2 < len(tokens) and tokens[i + 2].low == "by")
        if by or (t.low in _REDUCED and follows == "I" and before != ","):
            return "n"
        if before == "," and follows in ("I", "TO"):
            return "n"
        if follows in ("I", "R", "TO") and _finite_after_phrases(tokens, i + 1):
            return "n"
    if before in ("b", "z", "d", "n") and follows in ("N", "P"):
        return "J"
    if before == "C":
        return _like_last_verb(tokens, i)
    return "d"


def _auxiliary_before(tokens: list[Token], i: int) -> bool:
    k = i - 1
    while k >= 0 and tokens[k].tag in ("R", "NEG", "O"):
        if tokens[k].tag == "O" and k != i - 1:
            return False
        k -= 1
    return k >= 0 and tokens[k].lemma in ("be", "have", "get") and tokens[k].tag in VERB_TAGS


def _finite_after_phrases(tokens: list[Token], k: int) -> bool:
    """Whether a finite verb follows with nothing but prepositional phrases between."""
    while k < len(tokens) and tokens[k].tag in ("I", "D", "A", "J", "N", "P", "#", "R", "'s", "TO"):
        k += 1
    return k < len(tokens) and (tokens[k].tag in ("z", "d", "M") or tokens[k].low in ("are", "have"))


def _verb_after_nouns(tokens: list[Token], k: int) -> bool:
    while k < len(tokens) and tokens[k].tag in ("N", "P", "J"):
        k += 1
    return k < len(tokens) and tokens[k].tag in ("z", "d", "M", "V", "b")


def _like_last_verb(tokens: list[Token], i: int) -> str:
    """ "were killed and wounded", "attacked and burned": the form of the verb before the conjunction."""
    for k in range(i - 2, max(-1, i - 14), -1):
        if tokens[k].tag in ("n", "d", "b", "z", "g", "M"):
            return "n" if tokens[k].tag == "n" and _auxiliary_before(tokens, k) and k >= i - 8 else "d"
    return "d"
