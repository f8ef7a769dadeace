"""Whatever stands in a page: an article, a rejection or a plain refusal, in time that grows with its length."""

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.errors import BadInput, DatelineError
from services.core.models import EnrichedArticle
from services.enricher.knowledge import load_knowledge
from services.enricher.pipeline import enrich
from services.enricher.reading.html import has_endless_tag
from tests.enricher.articles import BODY, NOW, page, raw

HEADLINE = "<h1>Gunmen attack market in Kesra</h1><div class='byline'>By Jan Lerner</div><time>9 March 2026</time>"
HEAD = (
    '<title>Gunmen attack market in Kesra - Courier</title><meta property="og:title" content="Gunmen attack market">'
    '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2026-03-09"}</script>'
)
PAGE = page(head=HEAD, before=HEADLINE, after="<div class=comments><p>I have been there and saw nothing.</p></div>")
FRAGMENTS = (
    "<", ">", "</", "<!--", "-->", "<![CDATA[", "&", "&#x0;", "&#xD800;", '"', "'", "\0", "\ud800", "\u202e", "<div>",
    "</div></div>", "<table><p>", "<form>", "<svg><p>", "<template>", "<noscript>", "<select>", "<plaintext>",
    "<textarea>", "<body>", "<br><br>", "{", "[" * 50, "2026-13-45", "99.99.2026", "By ", "1" * 40, " " * 40, "…", "。",
)  # fmt: skip


def outcome(**fields: str) -> EnrichedArticle | DatelineError:
    """What becomes of an article with these fields. Raises what is not one of our own errors."""
    try:
        return enrich(raw(**fields), knowledge=load_knowledge(), now=NOW)
    except DatelineError as error:
        return error


def mutated(markup: str, chance: random.Random) -> str:
    """The markup with some of its pieces cut, doubled, moved or replaced."""
    for _ in range(chance.randint(1, 12)):
        start = chance.randrange(len(markup) + 1)
        end = min(len(markup), start + int(chance.expovariate(1 / 30)))
        piece = markup[start:end]
        new = chance.choice(("", piece * 2, piece[::-1], chance.choice(FRAGMENTS), chance.choice(FRAGMENTS) * 20))
        markup = markup[:start] + new + markup[end:]
    return markup


def test_the_page_that_is_mutated_is_an_article() -> None:
    found = outcome(html=PAGE)
    assert isinstance(found, EnrichedArticle)
    assert found.text == "\n\n".join(BODY)
    assert (found.author, str(found.published)[:10]) == ("Jan Lerner", "2026-03-09")


@settings(deadline=None, max_examples=150)
@given(st.integers())
def test_a_damaged_page_is_an_article_or_an_error_of_ours(seed: int) -> None:
    found = outcome(html=mutated(PAGE, random.Random(seed)))
    if isinstance(found, EnrichedArticle):
        assert all(found.text[e.sentence.start : e.sentence.end] == e.sentence.text for e in found.events)
        assert EnrichedArticle.model_validate_json(found.to_bytes()) == found


@settings(deadline=None, max_examples=100)
@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=30), st.sampled_from(BODY)), max_size=30))
def test_any_sequence_of_fragments_is_an_article_or_an_error_of_ours(pieces: list[str]) -> None:
    outcome(html="".join(pieces))
    outcome(text="".join(pieces), title="".join(pieces[:3]))


PARAGRAPHS = "".join(f"<p>{paragraph}</p>" for paragraph in BODY)
GROWING: dict[str, Callable[[int], dict[str, str]]] = {
    "line breaks": lambda n: {"html": page(before="<br>" * n)},
    "links": lambda n: {"html": page(before="<p>" + "<a href=x>a link to it</a> " * n + "</p>")},
    "times": lambda n: {"html": page(before="<time class=date>3 May 2020</time>" * n)},
    "labels": lambda n: {"html": page(before="<div>Published</div>" * n)},
    "headlines": lambda n: {"html": page(before="<h1>Gunmen attack market in Kesra</h1>" * n)},
    "open comments": lambda n: {"html": PARAGRAPHS + "<!--" * n},
    "class names": lambda n: {"html": page(before=f'<div class="{"content " * n}">a</div>')},
    "attributes": lambda n: {"html": page(before="<div " + " ".join(f"a{i}" for i in range(n)) + ">a</div>")},
    "a deep tree": lambda n: {"html": page(before="<div>" * n + PARAGRAPHS)},
    "open quotes": lambda n: {"html": page(before='<a href="' * n)},
    "one word": lambda n: {"text": "a" * n},
    "full stops": lambda n: {"text": "a" + "." * n},
    "abbreviations": lambda n: {"text": "A." * n},
    "quotation marks": lambda n: {"text": 'a"' * n},
    "digits": lambda n: {"text": "a" + "1" * n},
    "years": lambda n: {"text": "a" + " 2020" * n},
    "combining marks": lambda n: {"text": "e" + "\u0301" * n},
    "short lines": lambda n: {"text": "a b\n" * n},
}


@pytest.mark.parametrize("kind", GROWING)
def test_work_grows_with_the_length_and_not_with_its_square(kind: str) -> None:
    build = GROWING[kind]
    small, large = 1_500, 24_000

    def work(size: int) -> float:
        given = build(size)
        began = time.process_time()
        outcome(**given)
        return time.process_time() - began

    work(small)
    # Sixteen times the input: 16 where work is linear, 256 where it is quadratic. Small inputs cost next to nothing,
    # so their work is rounded up.
    assert work(large) < 100 * max(work(small), 0.004)


def test_a_tag_with_endless_attributes_is_refused_and_a_long_address_is_not() -> None:
    attributes = " ".join(f"a{number}" for number in range(5_000))
    assert isinstance(outcome(html=page(before=f"<div {attributes}>x</div>")), BadInput)
    picture = "A" * 100_000
    assert not has_endless_tag(page(before=f'<img src="data:image/png;base64,{picture}" alt="a picture">'))
    drawing = "M1 2 l-3 4 " * 5_000
    assert not has_endless_tag(page(before=f'<svg><path d="{drawing}"/></svg>'))
    script = "for(i=0;i<n;i++){" + "var a = 1; " * 5_000 + "}"
    assert not has_endless_tag(page(before=f"<script>{script}</script>"))
