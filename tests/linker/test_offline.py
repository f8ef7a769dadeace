"""The linker over files."""

import random
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.models import EnrichedArticle
from services.linker.build import MENTIONS_ON_BUS
from services.linker.offline import link_articles
from tests.linker.reports import HOMS, NOON, REBELS, SEBHA, TOWN, article_of, report


def made(number: int) -> EnrichedArticle:
    place = (TOWN, SEBHA, HOMS)[number % 3]
    words = f"Forces fought at {place.name}, a witness said."
    when = NOON + timedelta(hours=number % 5)
    return article_of(report(f"a{number}", words, place=place, published=when, actors=(REBELS,)))


def lines(articles: list[EnrichedArticle]) -> bytes:
    return b"\n".join(event.to_bytes() for event in link_articles(articles))


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(9)), st.lists(st.integers(0, 8), max_size=4))
def test_the_same_set_gives_the_same_bytes_in_any_order_and_number(order: list[int], again: list[int]) -> None:
    assert lines([made(n) for n in [*order, *again]]) == lines([made(n) for n in range(9)])


def test_every_mention_is_listed() -> None:
    articles = [article_of(report(f"a{n:03}")) for n in range(MENTIONS_ON_BUS + 5)]
    (event,) = link_articles(articles)
    assert len(event.mentions) == event.mention_count == MENTIONS_ON_BUS + 5
    assert event.version == 1


def test_articles_without_a_coded_event_give_none() -> None:
    assert list(link_articles([article_of(article="quiet")])) == []
    assert list(link_articles([])) == []


def test_of_several_revisions_the_newest_counts() -> None:
    old = article_of(report("a1", number=1), report("a1", number=2, place=SEBHA), revision=1)
    new = article_of(report("a1", number=1), revision=2)
    for articles in ([old, new], [new, old]):
        (event,) = link_articles(articles)
        assert [(ref.mention_id, ref.revision) for ref in event.mentions] == [("a1-m1", 2)]


def test_events_of_every_age_are_in_one_answer() -> None:
    # An archive spans years: the running stage's window is about memory and has no say over a file.
    articles = [
        article_of(report(f"a{n}", day=(NOON + timedelta(days=30 * n)).date(), published=NOON + timedelta(days=30 * n)))
        for n in range(24)
    ]
    random.Random(3).shuffle(articles)
    assert len(list(link_articles(articles))) == 24
