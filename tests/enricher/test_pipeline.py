"""The whole way from a raw article to an enriched one."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.errors import BadInput, Rejected
from services.core.models import EnrichedArticle
from services.enricher.extract import extract
from services.enricher.knowledge import load_knowledge
from services.enricher.pipeline import CODER, STEPS, enrich, parse
from tests.enricher.articles import BODY, NOW, page, raw

GERMAN = "Bewaffnete haben am Dienstag auf einem Markt im Norden das Feuer eröffnet und sieben Menschen getötet."


def enriched(**fields: object) -> EnrichedArticle:
    return enrich(raw(**fields), knowledge=load_knowledge(), now=NOW)


def test_a_page_becomes_a_clean_article_with_events() -> None:
    head = '<meta property="article:published_time" content="2026-03-09T09:00:00Z">'
    head += '<meta name="author" content="Jan Lerner">'
    article = enriched(
        html=page(head=head, before="<h1>Seven killed in Kesra market attack</h1>"), revision=3, feed_id="f"
    )
    assert article.text == "\n\n".join(BODY)
    assert article.title == "Seven killed in Kesra market attack"
    assert (article.author, article.language, article.published_basis) == ("Jan Lerner", "en", "meta")
    assert (article.id, article.revision, article.feed_id, article.coder, article.enriched_at) == (
        "a1",
        3,
        "f",
        CODER,
        NOW,
    )
    assert "ASSAULT" in {event.type for event in article.events}
    assert article.fingerprint
    assert article.bands


def test_all_offsets_point_at_what_they_quote() -> None:
    article = enriched(text="\n\n".join(BODY), title="Seven killed")
    spans = [span for entity in article.entities for span in entity.mentions]
    spans += [span for place in article.places for span in place.mentions]
    assert spans
    assert all(article.text[span.start : span.end] == span.text for span in spans)
    assert article.events
    for event in article.events:
        for evidence in (event.sentence, event.trigger):
            assert article.text[evidence.start : evidence.end] == evidence.text


def test_the_same_article_and_time_give_the_same_bytes() -> None:
    assert enriched(html=page()).to_bytes() == enriched(html=page()).to_bytes()


def test_a_language_that_is_not_coded_is_passed_on_without_events() -> None:
    article = enriched(text=GERMAN)
    assert (article.language, article.text, article.events) == ("de", GERMAN, ())
    assert "language_unsupported" in article.flags


def test_a_retracted_article_is_passed_on_empty() -> None:
    article = enriched(flags=["retracted"], title="Gone", revision=2)
    assert (article.text, article.events, article.flags, article.revision) == ("", (), ("retracted",), 2)


def test_flags_of_the_crawler_are_kept() -> None:
    assert enriched(text=BODY[0], flags=["noarchive", "truncated"]).flags == ("noarchive", "truncated")


def test_a_page_that_is_no_article_is_rejected() -> None:
    with pytest.raises(Rejected) as caught:
        enriched(html="<title>404 Not Found</title><p>There is nothing at this address, I am sorry to say.</p>")
    assert caught.value.reason == "soft_404"


def test_each_step_stands_once_and_in_the_order_that_offsets_need() -> None:
    names = [step.__name__ for step in STEPS]
    assert len(set(names)) == len(names)
    assert names.index("read") < names.index("clean") < names.index("sentences") < names.index("entities")
    assert names.index("entities") < names.index("places") < names.index("events")


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b'{"id": "a"}', b"\xff\xfe\x00", b'{"id":"","text":"x"}'])
def test_what_is_no_raw_article_is_bad_input(value: bytes) -> None:
    with pytest.raises(BadInput, match="no valid raw article"):
        parse(value)


def test_extract_gives_a_line_or_an_error_for_each_input_in_order() -> None:
    items = [
        ("good", raw(text=BODY[0])),
        ("empty", raw(text=" ")),
        ("binary", raw(text="\0" * 50)),
        ("last", raw(text=BODY[1])),
    ]
    found = list(extract(items, knowledge=load_knowledge(), now=NOW))
    assert [(one.input, one.line is None) for one in found] == [
        ("good", False),
        ("empty", True),
        ("binary", True),
        ("last", False),
    ]
    assert json.loads(found[0].line or b"")["text"] == BODY[0]
    assert (found[1].error or "").startswith("empty")
    assert "binary" in (found[2].error or "")


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.binary(max_size=800).map(lambda data: data.decode("latin-1")), st.text(max_size=800)), st.booleans()
)
def test_any_body_gives_an_article_or_a_clear_error(body: str, is_html: bool) -> None:
    encodable = body.encode("utf-8", "ignore").decode()
    given_article = raw(html=encodable) if is_html else raw(text=encodable)
    with suppress(Rejected, BadInput):
        assert enrich(given_article, knowledge=load_knowledge(), now=NOW).text
