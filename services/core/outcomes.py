"""What became of a fetch, for the accounts: records of dateline.outcomes."""

from datetime import datetime

from services.core.envelope import record_of
from services.core.ids import fetch_id
from services.core.metrics import error_class
from services.core.models import EnrichedArticle, Outcome, OutcomeKind, RawArticle
from services.core.ports import Record
from services.core.topics import OUTCOMES


def outcome_of(
    article: RawArticle | EnrichedArticle, kind: OutcomeKind, *, stage: str, now: datetime, reason: str | None = None
) -> Outcome:
    """What became of the fetch that an article is from."""
    return Outcome(
        id=fetch_id(article.id, article.fetched_at),
        article_id=article.id,
        revision=article.revision,
        fetched_at=article.fetched_at,
        feed_id=article.feed_id,
        source_id=article.source.id,
        kind=kind,
        reason=reason,
        stage=stage,
        time=now,
    )


def outcome_record(outcome: Outcome, traceparent: str | None) -> Record:
    """The outcome on its way: keyed by fetch, in the partition of its article."""
    return record_of(OUTCOMES, outcome.id, outcome, routing=outcome.article_id, traceparent=traceparent)


def dead_lettered(
    article: RawArticle | EnrichedArticle, error: Exception, *, stage: str, now: datetime, traceparent: str | None
) -> Record:
    """Closes the account of a fetch whose message goes to the dead letters, with the class of its error."""
    return outcome_record(
        outcome_of(article, "dead_lettered", stage=stage, now=now, reason=error_class(error)), traceparent
    )
