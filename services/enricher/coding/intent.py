"""What somebody says they will or will not do, coded as PLOVER has it: a promise, a threat or a refusal.

"said it would meet", "will support" -> AGREE; "said it will boycott", "may halt aid" -> THREATEN; "would not provide
support" -> REJECT. Plans that nobody utters (a meeting next month) stay what they are, planned.
"""

from typing import NamedTuple

from services.core.ontology import Modality
from services.enricher.coding.clauses import Clause
from services.enricher.coding.lexicon import word_class
from services.enricher.coding.match import Candidate

_KIND = frozenset(("CONSULT", "AID", "COOPERATE", "SUPPORT", "CONCEDE", "RETREAT"))
_REFUSED = _KIND | {"AGREE"}
_HARSH = {"SANCTION": "relations", "COERCE": "restrict", "ASSAULT": "violence", "PROTEST": None}
_WILL = frozenset(("will", "would", "'ll", "'d", "shall", "wo"))
_MAY = frozenset(("may", "might", "could"))
# Verbs whose infinitive is what their subject means to do
_INTENDING = word_class("intent.intending")
_UTTER = word_class("intent.utter")


class Recoded(NamedTuple):
    """Type, mode, root and modality in place of the pattern's."""

    type: str
    mode: str | None
    root: str
    modality: Modality


def recode(found: Candidate, modality: Modality | None) -> Recoded | None:
    """The utterance that a candidate is; None where it is what its pattern says."""
    clause = found.clause
    if clause is None or (found.noun is not None and found.trigger[0] != clause.verb.main):
        return None
    kind = found.pattern.type
    if clause.verb.negated:
        if clause.verb.modal in _WILL and kind in _REFUSED and (clause.kind == "main" or _own_words(clause)):
            return Recoded("REJECT", None, "12", "actual")
        return None
    if modality == "planned" and ((clause.verb.modal in _WILL and _own_words(clause)) or _plan(clause)):
        if kind in _KIND:
            return Recoded("AGREE", None, "03", "actual")
        if kind in _HARSH:
            return Recoded("THREATEN", _HARSH[kind], "13", "actual")
    if modality == "possible" and clause.verb.modal in _MAY and kind == "SANCTION":
        return Recoded("THREATEN", "relations", "13", "actual")
    return None


def _own_words(clause: Clause) -> bool:
    """ "X said it would …": the one who speaks is the one who acts."""
    above = clause.parent
    if clause.kind != "said" or above is None or above.verb.lemma not in _UTTER or clause.subject is None:
        return False
    subject = clause.subject
    own = subject.is_pronoun or subject.tokens[subject.i].tag == "A"  # "his country would …"
    return own or (above.subject is not None and above.subject.lemma == clause.subject.lemma)


def _plan(clause: Clause) -> bool:
    """ "plans to impose", "pledged to expel", "hopes to meet"."""
    above = clause.parent
    return clause.kind == "infinitive" and above is not None and above.verb.lemma in _INTENDING
