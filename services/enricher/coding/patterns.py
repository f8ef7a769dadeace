"""Verb and noun patterns: knowledge/verbs.tsv and nouns.tsv, read, checked and indexed by word.

A pattern is tried on a verb with its clause or on a noun with its group; all its tests must hold. The pattern that
asks for most wins, then the earlier line.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.core.errors import ConfigError
from services.core.ontology import CONTEXTS, EVENT_TYPES, TYPES
from services.enricher.coding.lexicon import word_class
from services.enricher.knowledge.tables import FOLDER

FRONT = frozenset(("obj", "subj", "prt", "inf", "ger", "that", "word", "pass", "neg", "sent", "must", "pair"))
# What a line may say about ACLED; acled.py turns it into a sub-event type
ACLED_HINTS = word_class("patterns.acled_hints")


@dataclass(frozen=True, slots=True)
class Test:
    """One condition: `place` is a front word or prepositions, `words` what must stand there (None: anything)."""

    place: tuple[str, ...]
    words: frozenset[str] | None
    wanted: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line for one word. `refer` is "obj" or "subj" where the code is that noun's; `type` "" codes nothing."""

    word: str
    tests: tuple[Test, ...]
    type: str
    mode: str | None
    root: str
    contexts: tuple[str, ...]
    acled: str
    to: tuple[str, ...]
    by: tuple[str, ...]
    both: bool
    refer: str
    rule: str


@dataclass(frozen=True, slots=True)
class Patterns:
    """All patterns, the most specific first under each word."""

    verbs: dict[str, tuple[Pattern, ...]]
    nouns: dict[str, tuple[Pattern, ...]]
    disasters: frozenset[str]
    violent: frozenset[str]


def read(text: str, kind: str, sets: dict[str, frozenset[str]]) -> dict[str, tuple[Pattern, ...]]:
    """The patterns of a file's lines by word. Raises ConfigError for a line that cannot be."""
    found: dict[str, list[Pattern]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith(("#", "@")):
            continue
        columns = [c.strip() for c in line.split("|")]
        if len(columns) < 7:
            raise ConfigError(f"{kind}.tsv:{number}: 7 columns wanted, {len(columns)} given")
        for word in columns[0].split():
            found.setdefault(word, []).append(_pattern(word, columns, f"{kind}:{word}:{number}", sets))
    return {word: tuple(sorted(lines, key=lambda p: -_weight(p))) for word, lines in found.items()}


def _weight(pattern: Pattern) -> int:
    """How much a pattern asks for: a test of certain words counts twice."""
    return sum(1 if test.words is None else 2 for test in pattern.tests)


def _sets(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in text.splitlines():
        if line.startswith("@"):
            name, _, words = line[1:].partition("=")
            found[name.strip()] = found.get(name.strip(), frozenset()) | frozenset(words.split())
    return found


def _pattern(word: str, columns: Sequence[str], rule: str, sets: dict[str, frozenset[str]]) -> Pattern:
    _, when, code, root, contexts, acled, roles = columns[:7]
    refer = code[1:] if code.startswith("=") else ""
    kind, _, mode = ("" if refer or code == "none" else code).partition("/")
    tests = tuple(_test(item, rule, sets) for item in when.split())
    named = dict(item.split("=", 1) for item in roles.split() if "=" in item)
    pattern = Pattern(
        word, tests, kind, mode or None, root, tuple(contexts.split()), acled,
        tuple(filter(None, named.get("to", "").split(","))), tuple(filter(None, named.get("by", "").split(","))),
        "both" in roles.split(), refer, rule,
    )  # fmt: skip
    _check(pattern)
    return pattern


def _test(item: str, rule: str, sets: dict[str, frozenset[str]]) -> Test:
    place, colon, words = item.removeprefix("-").partition(":")
    chosen: frozenset[str] | None = None
    if colon:
        chosen = frozenset()
        for word in words.split(","):
            if word.startswith("@") and word[1:] not in sets:
                raise ConfigError(f"{rule}: no set {word}")
            chosen |= sets[word[1:]] if word.startswith("@") else {word}
    return Test(tuple(place.split(",")), chosen, not item.startswith("-"))


def _check(p: Pattern) -> None:
    if not p.type:
        return
    if p.type not in EVENT_TYPES:
        raise ConfigError(f"{p.rule}: no type {p.type}")
    facts = next(facts for name, facts in TYPES.items() if name == p.type)
    if p.mode is not None and p.mode not in facts.modes:
        raise ConfigError(f"{p.rule}: {p.type} has no mode {p.mode}")
    if not (len(p.root) == 2 and p.root.isdigit() and 1 <= int(p.root) <= 20):
        raise ConfigError(f"{p.rule}: no CAMEO root {p.root}")
    if unknown := set(p.contexts) - set(CONTEXTS):
        raise ConfigError(f"{p.rule}: no context {unknown}")
    if p.acled and p.acled not in ACLED_HINTS:
        raise ConfigError(f"{p.rule}: no ACLED hint {p.acled}")


def _texts(name: str, overlay: Path | None) -> list[tuple[str, str]]:
    """What rules are called after and text of a file; the operator's first, to win over equally strict ones."""
    found = [(name, (FOLDER / f"{name}.tsv").read_text("utf-8"))]
    theirs = overlay / f"{name}.tsv" if overlay is not None else None
    return found if theirs is None or not theirs.exists() else [(f"own-{name}", theirs.read_text("utf-8")), *found]


def _joined(texts: list[tuple[str, str]], sets: dict[str, frozenset[str]]) -> dict[str, tuple[Pattern, ...]]:
    found: dict[str, list[Pattern]] = {}
    for kind, text in texts:
        for word, lines in read(text, kind, sets).items():
            found.setdefault(word, []).extend(lines)
    return {word: tuple(sorted(lines, key=lambda p: -_weight(p))) for word, lines in found.items()}


@cache
def load(overlay: Path | None = None) -> Patterns:
    """Reads both files once, with the operator's files of the same names in `overlay` added.

    Raises ConfigError for a line that says what the ontology does not know. A set (@name) of the operator adds to ours.
    """
    verbs, nouns = _texts("verbs", overlay), _texts("nouns", overlay)
    sets = _sets("\n".join(text for _, text in (*verbs, *nouns)))
    read_nouns = _joined(nouns, sets)
    sets["event"] = frozenset(read_nouns)
    return Patterns(_joined(verbs, sets), read_nouns, sets["disaster"], sets["violent"])


def best(patterns: Sequence[Pattern], holds: Callable[[Test], bool]) -> Pattern | None:
    """The first pattern all of whose tests hold."""
    for pattern in patterns:
        for test in pattern.tests:
            if holds(test) != test.wanted:
                break
        else:
            return pattern
    return None
