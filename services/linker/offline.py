"""The linker over a file: all mentions of some articles at once, with the code of the running stage."""

from collections.abc import Iterable, Iterator

from services.core.models import ArticleRevision, EnrichedArticle, Event
from services.linker.link import Linker
from services.linker.state import State


def link_articles(articles: Iterable[EnrichedArticle]) -> Iterator[Event]:
    """The events of these articles, by first sight, with all their mentions; merged ones are left out.

    The same set of articles gives the same events, whatever its order and however often one occurs. Of several
    revisions of an article the newest counts.
    """
    newest: dict[str, EnrichedArticle] = {}
    for article in sorted(articles, key=_stamp):
        newest[article.id] = article
    linker = Linker(State(), window=None)
    for article in sorted(newest.values(), key=lambda a: (a.published or a.first_fetched_at, a.id)):
        _take(linker, article)
    events = (told.event for told in linker.flush(everything=True))
    return iter(sorted(events, key=lambda event: (event.first_seen, event.id)))


def _stamp(article: EnrichedArticle) -> tuple[str, int, int, str]:
    # The whole record breaks ties: two different records of one revision must not leave it to chance.
    return article.id, article.revision, article.coder.number, article.model_dump_json()


def _take(linker: Linker, article: EnrichedArticle) -> None:
    # A file has no arrival times; the article's own first fetch stands for it in live news, its date in archives.
    arrived = article.published or article.first_fetched_at
    ids = tuple(mention.id for mention in article.events)
    revision = ArticleRevision(
        article_id=article.id, revision=article.revision, coder_number=article.coder.number, mention_ids=ids
    )
    linker.revision(revision, arrived)
    for mention in article.events:
        linker.mention(mention, arrived)
