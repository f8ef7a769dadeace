"""Clauses: each verb group with its subject, object and prepositional phrases, and how clauses hang together.

One pass from left to right with a stack of open frames. A frame waits for its verb; a finite verb takes the fresh noun
group in front of it as its subject, even one that looked like an object ("said Israel attacked"), and closes what was
opened in between (relative clauses, participles).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from services.enricher.coding.groups import Chunk, Mark, NounGroup, VerbGroup, chunk, counts_ahead
from services.enricher.coding.lexicon import word_class
from services.enricher.coding.tokens import VERB_TAGS, Token

ClauseKind = Literal["main", "said", "relative", "participle", "infinitive", "gerund", "adverbial"]

_CLAUSE_PREPOSITIONS = frozenset(("after", "before", "since", "until", "as", "till"))
_KEPT_OVER_PHRASES = _CLAUSE_PREPOSITIONS | {"also", "object", "beside"}
_OBJECT_CONTROL = word_class("clauses.object_control")
_BLAME = word_class("clauses.blame")
_NEEDS_OBJECT = word_class("clauses.needs_object")
SPEECH = word_class("clauses.speech")


@dataclass(slots=True)
class Clause:
    """A verb group with what belongs to it. `parent` is the clause that it completes or modifies."""

    verb: VerbGroup
    kind: ClauseKind
    subject: NounGroup | None = None
    object: NounGroup | None = None
    second: NounGroup | None = None
    phrases: list[tuple[str, NounGroup]] = field(default_factory=list)
    times: list[NounGroup] = field(default_factory=list)
    parent: "Clause | None" = None
    mark: str = ""
    extra: str = ""  # adjective complement: "dead", "free"

    @property
    def agent(self) -> NounGroup | None:
        """Who does it: the subject, in the passive the group after "by"."""
        if not self.verb.passive:
            return self.subject
        return self.phrase("by")

    @property
    def patient(self) -> NounGroup | None:
        """To whom it is done: the object, in the passive the subject."""
        return self.subject if self.verb.passive else self.object

    def phrase(self, *prepositions: str) -> NounGroup | None:
        """The first group behind one of these prepositions."""
        found = [group for word, group in self.phrases if word in prepositions]
        # What stands before the verb belongs to its subject ("forces loyal to X laid siege to Y")
        return next((g for g in found if g.i > self.verb.i), found[0] if found else None)


@dataclass(slots=True)
class _Frame:
    """An open clause: `subject` waits for a verb, `clause` has it."""

    kind: ClauseKind
    subject: NounGroup | None = None
    clause: Clause | None = None
    parent: Clause | None = None
    mark: str = ""
    waiting: list[tuple[str, NounGroup]] = field(default_factory=list)
    times: list[NounGroup] = field(default_factory=list)
    early: list[Clause] = field(default_factory=list)  # participles before their subject


@dataclass(slots=True)
class Parse:
    """A sentence in clauses; `chunks` in text order."""

    tokens: Sequence[Token]
    chunks: list[Chunk]
    clauses: list[Clause]
    groups: list[NounGroup]


class _Parser:
    """The pass over one sentence."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.chunks = chunk(tokens)
        self.clauses: list[Clause] = []
        self.groups: list[NounGroup] = []
        self.stack = [_Frame("main")]
        self.fresh: NounGroup | None = None  # the last group that could yet be a subject
        self.fresh_role = ""
        self.last: NounGroup | None = None  # the last group of any role
        self.anchor: NounGroup | None = None  # what a phrase right behind belongs to
        self.series: list[NounGroup] = []  # groups with commas between, perhaps a list
        self.joins = False  # whether the conjunction just read joins noun groups
        self.preposition = ""
        self.after = "^"  # tag of the chunk before

    @property
    def frame(self) -> _Frame:
        return self.stack[-1]

    def run(self) -> Parse:
        for k, piece in enumerate(self.chunks):
            if isinstance(piece, NounGroup):
                self.noun(piece)
                self.after = "NG"
            elif isinstance(piece, VerbGroup):
                self.verb(piece)
                self.after = "VG"
            elif piece.tag != "J":
                self.sign(piece, k)
                self.joins = piece.tag == "C" and self.after in ("NG", ",")
                self.after = piece.tag
        for a, b in zip(self.clauses, self.clauses[1:], strict=False):  # "killing or wounding 50"
            joined = b.verb.i - a.verb.j == 1 and self.tokens[a.verb.j].tag == "C"
            if joined and a.object is None and a.verb.passive == b.verb.passive:
                a.object = b.object
        return Parse(self.tokens, self.chunks, self.clauses, self.groups)

    # ------------------------------------------------------------ noun groups

    def noun(self, group: NounGroup) -> None:
        self.groups.append(group)
        if group.owner is not None:
            self.groups.append(group.owner)
        if self.tokens[group.i].low == "whose" and self.last is not None:
            group.owner = self.last
            self.stack.append(_Frame("relative", group, parent=self.frame.clause))
            self.last = self.anchor = group
            self.fresh = None
            return
        frame = self.frame
        if self.preposition:
            counted = self.anchor if self.preposition == "of" and self.anchor and self.anchor.is_quantity else None
            self.phrase(self.preposition, group)
            self.preposition = ""
            if counted is not None and counted.j == group.j:
                self.groups.remove(group)
                return
        elif group.is_time:
            (frame.clause.times if frame.clause else frame.times).append(group)
            return
        elif self.after in ("(", "[") and self.last is not None:
            self.last.beside.append(group)
            return
        elif self.after == "C" and self.last is not None and self.joins:
            self.join(group)
            return
        elif self.after in (",", "--") and self.last is not None and (frame.clause or frame.subject):
            first = self.series[0] if self.series and self.last is self.series[-1] else self.last
            self.series = [*(self.series if first is not self.last else [first]), group]
            first.beside.append(group)
            self.free(group, "beside")
        elif frame.clause is None:
            if frame.subject is not None and self.after == "NG":
                frame.subject.beside.append(group)
                self.free(group, "beside")
            elif frame.subject is None or self.after != "NG":
                self.subject(group)
        elif self.after in ('"', "'q"):
            self.free(group, "loose")
        elif frame.clause.object is None:
            frame.clause.object = group
            self.free(group, "object")
        elif frame.clause.second is None:
            frame.clause.second = group
            self.free(group, "second")
        else:
            self.free(group, "loose")
        self.anchor = group
        self.last = self.last if group.is_time else group

    def join(self, group: NounGroup) -> None:
        """ "X and Y", "X, Y and Z": the first of them speaks for all; a new clause may yet claim the last."""
        assert self.last is not None
        first, above = self.last, self.frame.clause
        if self.series and self.last is self.series[-1]:
            first = self.series[0]
            first.also.extend(g for g in self.series[1:] if g in first.beside)
            first.beside[:] = [g for g in first.beside if g not in self.series]
        first.also.append(group)
        spoken = above is not None and above.verb.lemma in SPEECH and self.fresh_role == "object"
        if not (self.fresh is self.last and (spoken or self.fresh_role == "beside")):
            self.free(group, "also")
            self.last = group if above else self.last
        self.series = []
        self.anchor = group

    def subject(self, group: NounGroup) -> None:
        self.frame.subject = group
        for clause in self.frame.early:
            clause.subject = clause.subject or group
        self.fresh = None

    def free(self, group: NounGroup, role: str) -> None:
        self.fresh, self.fresh_role = group, role

    def phrase(self, word: str, group: NounGroup) -> None:
        frame = self.frame
        if word == "of" and self.anchor is not None and self.anchor.is_quantity and self.anchor.j == group.i - 1:
            self.anchor.head, self.anchor.j = group.head, group.j  # "hundreds of students" are students
            self.anchor.owner = self.anchor.owner or group.owner
            return
        if frame.clause is not None:
            frame.clause.phrases.append((word, group))
        else:
            frame.waiting.append((word, group))
        if self.anchor is not None and not group.is_time:
            self.anchor.phrases.append((word, group))
        if word in _CLAUSE_PREPOSITIONS:
            self.free(group, word)
        else:
            self.fresh = (
                None
                if (frame.clause is None and self.fresh_role not in _CLAUSE_PREPOSITIONS)
                or self.fresh_role not in _KEPT_OVER_PHRASES
                else self.fresh
            )
        if group.is_time:
            return

    # ------------------------------------------------------------ verb groups

    def verb(self, verb: VerbGroup) -> None:
        if self.preposition and not verb.finite:
            self.gerund(verb)
        elif verb.finite:
            self.finite(self.elliptic(verb))
        elif self.tokens[verb.i].tag == "TO":
            self.infinitive(verb)
        else:
            self.participle(verb)
        self.preposition = ""
        self.fresh = None
        self.anchor = None

    def elliptic(self, verb: VerbGroup) -> VerbGroup:
        """ "six killed, ten others wounded": verbs that need an object are passive where none follows."""
        k = verb.j
        bare = verb.j - verb.i == 1 and verb.form == "d" and verb.lemma in _NEEDS_OBJECT
        if bare and k < len(self.tokens) and counts_ahead(self.tokens, k):
            return verb
        if bare and k + 1 < len(self.tokens) and self.tokens[k].tag == "C" and self.tokens[k + 1].tag in VERB_TAGS:
            return verb  # "killed or wounded 26"
        if bare and (
            k >= len(self.tokens) or self.tokens[k].tag in ("I", ",", ".", "C", ";", "S", ":", '"', "(", "--")
        ):
            verb.passive = True
        return verb

    def open(self, clause: Clause) -> None:
        self.clauses.append(clause)
        self.frame.clause = clause

    def gerund(self, verb: VerbGroup) -> None:
        above = self.frame.clause
        subject = above.subject if above else self.frame.subject
        if above is not None and above.verb.lemma in _BLAME:
            subject = above.patient
        clause = Clause(verb, "gerund", subject, parent=above, mark=self.preposition)
        if above is None and subject is None:
            self.frame.early.append(clause)
        self.push_inner(clause)

    def push_inner(self, clause: Clause) -> None:
        """A clause without subject of its own; the frame around may still wait for its verb."""
        self.clauses.append(clause)
        if self.frame.clause is None:
            self.stack.append(_Frame(clause.kind, clause=clause))
        else:
            self.frame.clause = clause

    def infinitive(self, verb: VerbGroup) -> None:
        above = self.frame.clause
        subject = self.frame.subject
        if above is not None:
            subject = above.subject
            if above.verb.lemma in _OBJECT_CONTROL:
                subject = above.patient or above.phrase("on", "to", "for") or subject
                if not above.verb.passive and above.verb.lemma in ("call", "appeal"):
                    subject = above.phrase("on", "to", "upon", "for") or subject
        self.push_inner(Clause(verb, "infinitive", subject, parent=above))

    def participle(self, verb: VerbGroup) -> None:
        above, subject = self.frame.clause, self.frame.subject
        if self.after == "NG" and self.last is not None:
            subject = self.last
            if self.fresh_role == "object" and above is not None and above.object is self.fresh and verb.form == "g":
                pass
        elif above is not None:
            finite = self.finite_above(above)
            subject = finite.subject if finite else above.subject
        if self.after == "C" and above is not None and not above.verb.finite and above.verb.form == verb.form:
            clause = Clause(verb, above.kind, above.subject, parent=above.parent)
        else:
            clause = Clause(verb, "participle", subject, parent=above)
        if subject is None:
            self.frame.early.append(clause)
        self.push_inner(clause)

    def finite(self, verb: VerbGroup) -> None:
        fresh = self.fresh if self.after not in ("C", ",") else None
        frame = self.frame
        if self.reduced(verb, fresh):
            verb.finite, verb.passive, verb.tense = False, True, "none"
            self.participle(verb)
            return
        waiting = frame.clause is None and frame.subject is not None
        if waiting and (fresh is None or self.fresh_role in _CLAUSE_PREPOSITIONS):
            self.begin(verb, frame)
        elif fresh is not None and self.fresh_role in _CLAUSE_PREPOSITIONS:
            self.take_back(fresh)
            self.stack.append(_Frame("adverbial", fresh, parent=frame.clause, mark=self.fresh_role))
            self.begin(verb, self.frame)
        elif fresh is not None and frame.clause is not None and self.fresh_role != "second":
            self.with_new_subject(verb, frame, fresh)
        else:
            self.return_to_subject(verb)

    def reduced(self, verb: VerbGroup, fresh: NounGroup | None) -> bool:
        """ "lynched a man accused of theft": a past form after an object is a participle unless somebody spoke."""
        above = self.frame.clause
        alone = verb.j - verb.i == 1 and verb.form == "d" and "n" in self.tokens[verb.main].readings
        return (
            alone
            and fresh is not None
            and self.fresh_role == "object"
            and above is not None
            and above.verb.lemma not in SPEECH
            and verb.lemma != "say"
        )

    def begin(self, verb: VerbGroup, frame: _Frame) -> None:
        clause = Clause(verb, frame.kind, frame.subject, parent=frame.parent, mark=frame.mark)
        clause.phrases.extend(frame.waiting)
        clause.times.extend(frame.times)
        frame.waiting, frame.times = [], []
        self.open(clause)

    def with_new_subject(self, verb: VerbGroup, frame: _Frame, fresh: NounGroup) -> None:
        """The object or joined group of the clause before was the subject of this verb."""
        above = frame.clause
        role = self.fresh_role
        if (
            role in ("beside", "also", "object")
            and self.waiting_outside()
            and not (above and above.verb.lemma in SPEECH and role == "object")
        ):
            self.return_to_subject(verb)  # "X, whose men attacked Y, said": the outer subject's turn
            return
        self.take_back(fresh)
        if role == "object" and above is not None:
            self.stack.append(_Frame("said", fresh, parent=above))
        else:
            self.stack = (
                [_Frame("main", fresh)]
                if frame.kind != "said"
                else [*self.stack, _Frame("said", fresh, parent=frame.parent)]
            )
        self.begin(verb, self.frame)

    def waiting_outside(self) -> bool:
        return any(f.clause is None and f.subject is not None for f in self.stack[:-1])

    def take_back(self, group: NounGroup) -> None:
        """Frees a group from the role that it was given first."""
        clause = self.frame.clause
        if clause is not None:
            if clause.object is group:
                clause.object = None
            clause.phrases[:] = [p for p in clause.phrases if p[1] is not group]
        self.frame.waiting[:] = [p for p in self.frame.waiting if p[1] is not group]
        for other in self.groups[-24:]:
            for row in (other.also, other.beside):
                if group in row:  # what was listed after it goes with it
                    k = row.index(group)
                    group.also.extend(g for g in row[k + 1 :] if g not in group.also)
                    del row[k:]
            if other.phrases and other.phrases[-1][1] is group:
                other.phrases.pop()

    def return_to_subject(self, verb: VerbGroup) -> None:
        """No fresh subject: an outer frame waits for this verb, or it is joined to the last finite clause."""
        for depth in range(len(self.stack) - 1, -1, -1):
            outer = self.stack[depth]
            if outer.clause is None and outer.subject is not None:
                del self.stack[depth + 1 :]
                self.begin(verb, outer)
                return
        above = self.frame.clause
        twin = self.finite_above(above) if above else None
        clause = Clause(
            verb, twin.kind if twin else "main", twin.subject if twin else None, parent=twin.parent if twin else None
        )
        self.open(clause)

    def finite_above(self, clause: Clause) -> Clause | None:
        """The nearest clause from here up that has a finite verb."""
        found: Clause | None = clause
        while found is not None and not found.verb.finite:
            found = found.parent
        return found

    # ------------------------------------------------------------ words between

    def sign(self, mark: Mark, k: int) -> None:
        following = self.chunks[k + 1] if k + 1 < len(self.chunks) else None
        if mark.tag == "I":
            self.preposition = mark.low if not self.preposition else self.preposition
            if self.after not in ("NG",):
                self.anchor = None if self.after != "I" else self.anchor
        elif mark.tag == "TO":
            self.preposition = "to"
        elif mark.tag == "W" or (mark.tag == "T" and self.after == "NG" and isinstance(following, VerbGroup)):
            self.stack.append(_Frame("relative", self.last, parent=self.frame.clause))
            self.fresh = None
            self.preposition = ""
        elif mark.tag == "T":
            self.complement(following)
        elif mark.tag == "S":
            self.stack.append(_Frame("adverbial", parent=self.frame.clause, mark=mark.low))
            self.fresh = None
            self.anchor = None
        elif mark.tag in (",", ";", ":", "--", "(", ")", "[", "]"):
            self.anchor = None if mark.tag != ")" else self.anchor
            self.preposition = ""
            if mark.tag == ";":
                self.stack, self.fresh, self.last = [_Frame("main")], None, None
        elif mark.tag == "E" and self.frame.clause is not None:
            self.stack = [_Frame("main")]
        elif mark.tag == '"' and self.frame.clause is not None and self.after in (",", ".", "!", "?"):
            pass

    def complement(self, following: Chunk | None) -> None:
        if not isinstance(following, NounGroup | Mark):
            return
        self.stack.append(_Frame("said", parent=self.frame.clause))
        self.fresh = None
        self.last = None
        self.anchor = None


def parse(tokens: Sequence[Token]) -> Parse:
    """The clauses of a tagged sentence; linear in its length."""
    return _Parser(tokens).run()
