"""One article's events: every sentence with a trigger is parsed, matched, merged and filled in."""

from collections.abc import Iterator
from dataclasses import replace

from services.core.models import EventMention
from services.core.ontology import Modality
from services.enricher.coding import attribution, opening, where
from services.enricher.coding.actors import Resolver
from services.enricher.coding.clauses import Parse, parse
from services.enricher.coding.intent import recode
from services.enricher.coding.match import Candidate, Matcher
from services.enricher.coding.mention import CODER_NUMBER, mention
from services.enricher.coding.merge import merge
from services.enricher.coding.modality import modality
from services.enricher.coding.patterns import Patterns
from services.enricher.coding.state import Article
from services.enricher.coding.tokens import tag, tokenize
from services.enricher.coding.triggers import Triggers
from services.enricher.draft import Draft, Sentence
from services.enricher.knowledge import Knowledge

__all__ = ["CODER_NUMBER", "code"]

# Longer "sentences" are tables and lists without stops: nothing in them is understood
MAX_SENTENCE_TOKENS = 160
_MISHAPS = frozenset(("explosion", "blast", "explode", "derail", "collide", "drown", "tank", "chlorine", "collapse",
                      "capsize", "crash", "overturn", "plunge", "sink"))  # fmt: skip
_CLAIMS = frozenset(("ACCUSE", "SUPPORT", "REJECT", "THREATEN"))
_DEEDS = frozenset(("ASSAULT", "COERCE", "PROTEST"))


def code(draft: Draft, knowledge: Knowledge, patterns: Patterns, triggers: Triggers) -> tuple[EventMention, ...]:
    """The event mentions of a draft whose text, sentences, entities and places are known."""
    resolver = Resolver(draft.entities, draft.places, knowledge)
    published = draft.published.date() if draft.published else None
    article = Article(draft, resolver, where.spots(draft.text, draft.places), published)
    found: list[EventMention] = []
    for number, sentence in enumerate(draft.sentences):
        words = draft.text[sentence.start : sentence.end]
        quoting = article.in_quote
        _quotes(article, words)
        if triggers.fire(words):
            begin = opening.after(draft.text, sentence.start, sentence.end, article.spots)
            tokens = tokenize(draft.text, begin, sentence.end)
            if len(tokens) <= MAX_SENTENCE_TOKENS:
                found.extend(_sentence(article, sentence, parse(tag(tokens)), patterns, quoting))
        _remember_place(article, sentence, number)
    return tuple(found)


def _quotes(article: Article, words: str) -> None:
    """Follows whether a quotation goes on into the next sentence."""
    opened, closed = words.rfind("“"), words.rfind("”")
    if opened != closed:
        article.in_quote = opened > closed


def _remember_place(article: Article, sentence: Sentence, number: int) -> None:
    chosen = where.choose(article.spots, sentence.start, sentence.end, sentence.start)
    if chosen is not None:
        article.last_place = chosen
        if number == 0:
            article.dateline = chosen


def _sentence(
    article: Article, sentence: Sentence, parsed: Parse, patterns: Patterns, quoting: bool
) -> Iterator[EventMention]:
    article.resolver.bind([c.subject for c in parsed.clauses if c.subject is not None])
    _name_subject(article, parsed)
    whole = attribution.sentence_speaker(
        parsed, article.resolver, article.draft.text, sentence.start, sentence.end
    )  # fmt: skip
    if whole is None and quoting:
        whole = article.speaker
    kept = merge([w for c in Matcher(parsed, patterns).run() if (w := _weigh(c, parsed, patterns)) is not None])
    alone = sum(c.pattern.type == "ASSAULT" for c, _ in kept) == 1
    mentions = [m for c, how in kept if (m := mention(article, sentence, parsed, c, how, whole, alone)) is not None]
    if whole is not None:
        article.speaker = whole
    yield from _linked(mentions)


def _name_subject(article: Article, parsed: Parse) -> None:
    """The subject is named before what is done is looked at, so that "its forces" finds it."""
    for clause in parsed.clauses:
        if clause.kind in ("main", "said") and clause.subject is not None and not clause.subject.is_pronoun:
            article.resolver.actor(clause.subject)
            return


def _weigh(found: Candidate, parsed: Parse, patterns: Patterns) -> tuple[Candidate, Modality] | None:
    """A candidate with its modality; None where nobody tells it as an event."""
    how = modality(found)
    uttered = recode(found, how)
    if uttered is not None:
        found.pattern = replace(found.pattern, type=uttered.type, mode=uttered.mode, root=uttered.root, acled="")
        how = uttered.modality
    return None if how is None or _accident(found, parsed, patterns) else (found, how)


def _accident(found: Candidate, parsed: Parse, patterns: Patterns) -> bool:
    """People killed by nature or mishap: no actor, and the sentence names a disaster and no weapon."""
    if found.pattern.type != "ASSAULT" or found.actors or found.noun is not None:
        return False
    words = {t.lemma for t in parsed.tokens}
    nouns = {t.lemma for t in parsed.tokens if t.tag in ("N", "P", "J")}
    asked = frozenset().union(*(t.words for t in found.pattern.tests if t.wanted and t.words is not None))
    return bool((nouns & patterns.disasters or words & _MISHAPS) - asked) and not words & patterns.violent


def _linked(mentions: list[EventMention]) -> Iterator[EventMention]:
    """A claim in a sentence with a violent event, an arrest or a protest is about that event."""
    deed = next((m for m in mentions if m.type in _DEEDS), None)
    for each in mentions:
        claim = deed is not None and each is not deed and each.type in _CLAIMS
        yield each.model_copy(update={"about": deed.id}) if claim and deed is not None else each
