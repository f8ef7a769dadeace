"""English word forms: readings and lemma, from knowledge/lexicon.tsv.gz and function_words.tsv."""

import gzip
from functools import cache
from importlib import resources
from typing import NamedTuple


class Word(NamedTuple):
    """One form. `readings` are part-of-speech letters, the likeliest first (tokens.py says what they mean)."""

    readings: str
    lemma: str


_DATA = "services.enricher.knowledge"
_IRREGULAR = {
    "men": "man", "women": "woman", "children": "child", "people": "people", "police": "police", "talks": "talks",
    "forces": "force", "wives": "wife", "lives": "life", "knives": "knife", "thieves": "thief", "crises": "crisis",
    "series": "series", "headquarters": "headquarters", "news": "news", "ties": "tie", "dead": "dead", "wolves": "wolf",
    "leaves": "leave", "media": "media", "elections": "election", "refugees": "refugee", "employees": "employee",
}  # fmt: skip


def _lines(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@cache
def words() -> dict[str, Word]:
    """All forms; a form that is not here is a noun or a name."""
    data = resources.files(_DATA)
    open_class = gzip.decompress((data / "lexicon.tsv.gz").read_bytes()).decode()
    found = {form: Word(readings, lemma) for form, readings, lemma in _lines(open_class)}
    for tag, forms in _lines((data / "function_words.tsv").read_text(encoding="utf8")):
        for item in forms.split():
            form, _, lemma = item.partition("=")
            found[form] = Word("#" if tag == "NUM" else tag, lemma or form)
    for base in word_class("lexicon.regular_verbs"):
        for form, readings in regular(base):
            old = found.get(form)
            noun = "N" if old is not None and "N" in old.readings else ""
            found[form] = Word(readings + noun, base)
    return found


def regular(base: str) -> tuple[tuple[str, str], ...]:
    """The forms of a verb that is inflected by rule, with their readings."""
    stem = base[:-1] if base.endswith("e") else base
    sibilant = base.endswith(("s", "sh", "ch", "x", "z"))
    return (base, "b"), (base + ("es" if sibilant else "s"), "z"), (stem + "ed", "dn"), (stem + "ing", "g")


@cache
def noun_lemma(form: str) -> str:
    """The singular of a noun, by rule: "clashes" -> "clash", "militiamen" -> "militiaman"."""
    if form in _IRREGULAR:
        return _IRREGULAR[form]
    if form.endswith("men") and len(form) > 4:
        return form[:-2] + "an"
    if not form.endswith("s") or form.endswith(("ss", "us", "is")) or len(form) < 4:
        return form
    if form.endswith("ies") and len(form) > 4:
        return form[:-3] + "y"
    if form.endswith(("shes", "ches", "sses", "xes", "zes")):
        return form[:-2]
    return form[:-1]


@cache
def _classes() -> dict[str, frozenset[str]]:
    text = (resources.files(_DATA) / "word_classes.tsv").read_text(encoding="utf8")
    return {name: frozenset(members.split()) for name, members in _lines(text)}


def word_class(name: str) -> frozenset[str]:
    """The words of a class of knowledge/word_classes.tsv. Raises KeyError for a class that is not there."""
    return _classes()[name]
