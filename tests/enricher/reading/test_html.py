"""Pages: which paragraphs are the article's, and what the page says about itself."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enricher.reading.cascade import article_lines
from services.enricher.reading.html import is_too_deep, read_html
from tests.enricher.articles import BODY, page


def test_paragraphs_come_without_menu_and_footer() -> None:
    assert read_html(page()).blocks == BODY


@pytest.mark.parametrize(
    "noise",
    [
        '<div class="related-stories"><p>Rebels and the army traded fire across the river, say residents.</p></div>',
        "<aside><p>Our newsletter brings you the best of our reporting from the borderlands each Friday.</p></aside>",
        '<div id="comments"><p>I was there, and nobody came to help us for hours, it was terrible to see.</p></div>',
        '<div class="cookie-banner"><p>We would like to remember what you read, so please agree to this.</p></div>',
        '<div style="display: none"><p>This paragraph is for search engines and is not seen by any reader.</p></div>',
        "<script>var text = 'A paragraph that is none, but the string of a program on the page.';</script>",
        '<figure><img src="x.jpg"><figcaption>The market on the morning after the attack.</figcaption></figure>',
        '<ul><li><a href="/a">The army and rebels trade fire</a></li><li><a href="/b">Truce in Lund</a></li></ul>',
    ],
)
def test_what_stands_around_the_article_is_left_out(noise: str) -> None:
    assert read_html(page(after=noise)).blocks == BODY


def test_long_comments_do_not_outweigh_a_short_article() -> None:
    comments = "".join(
        f"<li class='comment'><p>{BODY[0]} And I say so for the {n}th time today.</p></li>" for n in range(40)
    )
    assert read_html(page(after=f"<ol class='comment-list'>{comments}</ol>")).blocks == BODY


def test_a_page_whose_wrapper_has_a_suspicious_name_is_read_all_the_same() -> None:
    html = page().replace('class="page"', 'class="page share-enabled has-sidebar"')
    assert read_html(html).blocks == BODY


def test_the_marked_body_is_taken_before_a_longer_list_of_teasers() -> None:
    teasers = "".join(f"<p>{BODY[2]} Teaser number {n}.</p>" for n in range(4))
    html = page(after=f"<section>{teasers}</section>").replace('class="text"', 'class="entry-content"')
    assert read_html(html).blocks == BODY


def test_of_several_articles_the_one_around_the_headline_is_taken() -> None:
    others = "".join(f"<article><p>{BODY[2]} That was number {n}.</p></article>" for n in range(5))
    html = f"<body><article><h1>Seven killed</h1>{''.join(f'<p>{text}</p>' for text in BODY)}</article>{others}</body>"
    assert read_html(html).blocks[1:] == BODY


def test_a_headline_in_an_article_without_paragraphs_is_no_article() -> None:
    assert read_html("<body><article><h1>Seven killed</h1></article></body>").blocks == ()


def test_breaks_part_paragraphs_where_there_are_no_paragraph_elements() -> None:
    html = f"<html><body><div>{'<br><br>'.join(BODY)}</div></body></html>"
    assert read_html(html).blocks == BODY


def test_inline_elements_do_not_break_words_or_paragraphs() -> None:
    sentence = "The <b>gover</b>nor of <a href='/k'>Kesra</a> said <em>that</em> she would not resign over the attack."
    assert read_html(page(body=(sentence, *BODY))).blocks[0] == (
        "The governor of Kesra said that she would not resign over the attack."
    )


def test_headings_within_stay_and_those_over_nothing_go() -> None:
    html = (
        page()
        .replace(f"<p>{BODY[1]}</p>", f"<h2>The hunt</h2><p>{BODY[1]}</p>")
        .replace("</div></div>", "<h2>Follow-ups</h2></div></div>")
    )
    assert read_html(html).blocks == (BODY[0], "The hunt", *BODY[1:])


def test_metadata_is_gathered() -> None:
    linked = {
        "@context": "https://schema.org",
        "@graph": [{"@type": "WebPage"}, {"@type": ["NewsArticle"], "headline": "H"}],
    }
    head = (
        '<title>  Seven killed |  Courier </title><meta property="og:title" content="Seven killed">'
        f'<script type="application/ld+json">{json.dumps(linked)}</script>'
    )
    found = read_html(page(head=head, before="<h1>Seven killed</h1>", lang="en-GB"))
    assert found.title_tag == "Seven killed | Courier"
    assert found.first_meta("og:title") == "Seven killed"
    assert found.linked[0]["headline"] == "H"
    assert found.headings == ("Seven killed",)
    assert found.language == "en"


@pytest.mark.parametrize(
    "content", ["", "{", "[" * 5000, '{"@type": "NewsArticle", "headline": "a\nb"}', "null", '"x"', "{}" * 3]
)
def test_broken_linked_data_does_no_harm(content: str) -> None:
    assert read_html(page(head=f'<script type="application/ld+json">{content}</script>')).blocks == BODY


def test_dates_and_names_are_seen_in_the_text_where_no_markup_tells_them() -> None:
    html = page(before="<h1>Seven killed in Kesra</h1><div>9 March 2026</div><div>By <span>Jan Lerner</span></div>")
    found = read_html(html)
    assert found.times == ("9 March 2026",)
    assert "By Jan Lerner" in found.bylines


def test_marked_authors_and_times_of_comments_are_not_the_articles() -> None:
    comment = '<div class="comment"><span class="author">Anon</span><time datetime="2026-03-11">11 March</time></div>'
    found = read_html(
        page(before='<h1>Seven killed in Kesra</h1><span class="author">Jan Lerner</span>', after=comment)
    )
    assert found.bylines == ("Jan Lerner",)
    assert found.times == ()


def test_the_thorough_extractor_is_asked_where_the_metadata_holds_other_words() -> None:
    text = " ".join(BODY)
    head = f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", "articleBody": text})}</script>'
    hidden = "".join(f"<p class='related'>{paragraph}</p>" for paragraph in BODY)
    html = f"<html><head>{head}</head><body><article>{hidden}</article></body></html>"
    assert article_lines(html, read_html(html)) == list(BODY)


def test_endless_nesting_is_seen_and_wide_pages_are_not_taken_for_it() -> None:
    assert is_too_deep("<div>" * 20_000 + "text" + "</div>" * 20_000)
    assert not is_too_deep("<div><p>text</p></div>" * 20_000)
    assert not is_too_deep(page())


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=3000))
def test_any_string_is_a_page(html: str) -> None:
    article_lines(html, read_html(html))


_TAGS = (
    "<p> </p> <div> </div> <a> </a> <article> <script> </script> <br> <h1> <li> <table> <td> <!-- --> <![CDATA[ &amp; "
    "&#x0; <svg> <title> <template> <select> <option> <aside> </aside> <body> </html>"
)
_PIECES = st.sampled_from(
    [*_TAGS.split(), "<div class='comment'>", "<time datetime='2026-03-09'>", "<meta name=author content=", *BODY]
)


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=60))
def test_any_soup_of_tags_is_a_page(pieces: list[str]) -> None:
    html = "".join(pieces)
    found = read_html(html)
    assert all(block == " ".join(block.split()) for block in found.blocks)
    article_lines(html, found)
