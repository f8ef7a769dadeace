"""Builds services/enricher/knowledge/lexicon.tsv.gz: English word forms with their parts of speech and lemmas.

    python tools/build_lexicon.py

Needs textblob (Brill's lexicon: the most frequent tag of a word) and lemminflect (all forms of a verb); neither is
needed afterwards. One line per form: form, readings (the likeliest first), lemma. Readings are N noun, J adjective,
R adverb, and of verbs b base, z third person, d past, n past participle, g present participle. A lower-case word that
is not in the file is a noun, so plain nouns are left out.
"""

import gzip
import importlib.util
import re
from pathlib import Path

from lemminflect import getAllInflections, getAllLemmas  # type: ignore[import-untyped]

OUT = Path(__file__).parents[1] / "services/enricher/knowledge/lexicon.tsv.gz"
HEADER = """\
# English word forms: readings (likeliest first) and lemma. Made by tools/build_lexicon.py; do not edit.
# Source: Brill's lexicon v1.14, (c) 1993 Massachusetts Institute of Technology and University of Pennsylvania,
# MIT licence; forms from LemmInflect, (c) 2019 Brad Jascob, MIT licence, after the NIH SPECIALIST Lexicon.
"""
PRIOR = {
    "NN": "N", "NNS": "N", "JJ": "J", "JJR": "J", "JJS": "J", "RB": "R", "RBR": "R", "RBS": "R", "VB": "b", "VBP": "b",
    "VBZ": "z", "VBD": "d", "VBN": "n", "VBG": "g",
}  # fmt: skip
FORMS = {"VB": "b", "VBP": "b", "VBZ": "z", "VBD": "d", "VBN": "n", "VBG": "g"}
# Forms of two verbs, and the one that news means.
OWNERS = {"found": "find", "left": "leave", "felt": "feel", "fell": "fall", "saw": "see", "lay": "lie", "shot": "shoot",
          "wound": "wound", "bound": "bind", "ground": "grind", "leaves": "leave", "leaving": "leave",
          "lives": "live", "wounded": "wound", "founded": "found", "retaken": "retake", "retook": "retake"}  # fmt: skip
WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


def brill() -> dict[str, str]:
    """Lower-case word -> its likeliest reading."""
    spec = importlib.util.find_spec("textblob")
    assert spec
    assert spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "en/en-lexicon.txt"
    found = {}
    for line in path.read_text(encoding="utf8").splitlines():
        word, _, tag = line.partition(" ")
        if WORD.fullmatch(word) and tag in PRIOR:
            found[word] = PRIOR[tag]
    return found


def verb_forms(known: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Form -> (readings, lemma) of every verb of which some form is an ordinary word."""
    lemmas = {lemma for word in known for lemma in getAllLemmas(word, upos="VERB").get("VERB", ())}
    found: dict[str, tuple[str, str]] = {}
    for lemma in sorted(lemmas):
        if "-" in lemma and lemma.replace("-", "") in lemmas:
            continue
        for tag, forms in getAllInflections(lemma, upos="VERB").items():
            for form in forms:
                readings, owner = found.get(form, ("", lemma))
                if FORMS[tag] not in readings:
                    readings += FORMS[tag]
                if FORMS[tag] == "b" and known.get(form) in ("b", "N", "J"):
                    owner = lemma
                found[form] = (readings, str(OWNERS.get(form, owner)))
    # LemmInflect leaves the participle out where it equals the past
    for form, (readings, owner) in list(found.items()):  # British spelling leads to the American lemma
        if owner.endswith("ize"):
            found.setdefault(owner[:-2] + "s" + form[len(owner) - 1 :], (readings, owner))
    return {form: (r + "n" if "d" in r and "n" not in r and form.endswith("ed") else r, o)
            for form, (r, o) in found.items()}  # fmt: skip


def main() -> None:
    """Writes the file."""
    known = brill()
    verbs = verb_forms(known)
    lines = []
    for form in sorted(known.keys() | verbs.keys()):
        prior = known.get(form, "")
        readings, lemma = verbs.get(form, ("", form))
        if readings and not prior:
            prior = readings[0]
        if prior in ("b", "z") and getAllLemmas(form, upos="NOUN").get("NOUN"):
            readings += "N"
        ordered = prior + "".join(r for r in readings if r != prior)
        if ordered and ordered != "N":
            lines.append(f"{form}\t{ordered}\t{lemma if readings else form}")
    OUT.write_bytes(gzip.compress((HEADER + "\n".join(lines) + "\n").encode(), mtime=0))


if __name__ == "__main__":
    main()
