"""Pages to coded events, beside trafilatura, which only takes the text out: CPU seconds of one process, in one run.

    python -m bench.enrich [ROUNDS]

The pages are the demo's own articles. Both are warmed up first; the rounds take turns, so that a slow moment of the
machine hits both.
"""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

import trafilatura

from services.app.demo.answers import answers_of
from services.core.errors import DatelineError
from services.core.ids import article_id
from services.core.models import RawArticle
from services.enricher.knowledge import load_knowledge
from services.enricher.pipeline import enrich

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def pages() -> list[RawArticle]:
    """The demo's HTML pages of status 200 that are articles."""
    found = []
    for (host, path), answer in answers_of(8090, NOW).items():
        if answer.status == 200 and answer.content_type.startswith("text/html"):
            url = f"http://{host}:8090{path}"
            html = answer.body.decode("utf-8", "replace")
            found.append(RawArticle(id=article_id(url), url=url, html=html, fetched_at=NOW, first_fetched_at=NOW))
    return found


def cpu(work: Callable[[RawArticle], object], articles: list[RawArticle]) -> float:
    """CPU seconds for one pass; a page that is refused counts as done."""
    began = time.process_time()
    for article in articles:
        try:
            work(article)
        except DatelineError:
            continue
    return time.process_time() - began


def main(arguments: list[str]) -> None:
    """Prints pages a second of both and their ratio, medians over the rounds."""
    rounds = int(arguments[0]) if arguments else 5
    articles, knowledge = pages(), load_knowledge()

    def ours(article: RawArticle) -> object:
        return enrich(article, knowledge=knowledge, now=NOW)

    def theirs(article: RawArticle) -> object:
        return trafilatura.extract(article.html)

    cpu(ours, articles), cpu(theirs, articles)
    pairs = [(cpu(ours, articles), cpu(theirs, articles)) for _ in range(rounds)]
    mine, other = (len(articles) / median(side) for side in zip(*pairs, strict=True))
    print(f"{len(articles)} pages, {rounds} rounds, CPU of one process")
    print(f"page to events        {mine:8.1f} pages/s")
    print(f"trafilatura, text only{other:8.1f} pages/s")
    print(f"ratio                 {median(b / a for a, b in pairs):8.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
