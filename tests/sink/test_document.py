"""Records to documents."""

import json

import pytest

from services.core.index_fields import FIELDS, LOCATION, values_at
from services.core.ports import Collection, Hit, Upsert
from services.sink.document import article_plan, article_upsert, event_upsert, mention_upserts, month_of, version_of
from tests.sink.records import NOW, TOWN, article, event, mention


def _document_of(collection: Collection) -> Upsert:
    match collection:
        case "articles":
            return article_upsert(article())
        case "mentions":
            return mention_upserts(article())[0]
        case "events":
            return event_upsert(event())


@pytest.mark.parametrize(
    ("collection", "path"), [(name, field.name) for name, fields in FIELDS.items() for field in fields]
)
def test_every_searchable_field_is_filled_from_a_full_record(collection: Collection, path: str) -> None:
    assert values_at(_document_of(collection).document, path)


@pytest.mark.parametrize("collection", ["articles", "mentions", "events"])
def test_documents_are_plain_json(collection: Collection) -> None:
    document = _document_of(collection).document
    assert json.loads(json.dumps(document)) == document


def test_a_new_revision_beats_every_recoding_of_an_older_one() -> None:
    assert version_of(article(revision=2, coder=1)) > version_of(article(revision=1, coder=2**20 - 1))


def test_a_newer_coder_beats_an_older_one_on_the_same_revision() -> None:
    assert version_of(article(coder=4)) > version_of(article(coder=3))


def test_the_month_is_that_of_the_first_sight_and_the_same_for_the_mentions() -> None:
    late = article(first_fetched_at=NOW.replace(year=2025, month=12))
    assert {article_upsert(late).month, mention_upserts(late)[0].month} == {"2025-12"}
    assert event_upsert(event()).month == month_of(NOW.replace(month=2)) == "2026-02"


def test_an_article_document_is_the_whole_record_with_what_is_counted() -> None:
    document = article_upsert(article(mentions=(1, 2))).document
    assert document["event_count"] == 2
    assert document["event_types"] == ["ASSAULT"]
    assert document["mention_ids"] == ["a1-m1", "a1-m2"]
    assert document["text"] == "Gunmen fired at a bus near Ajdabiya."


def test_places_with_coordinates_become_points_and_others_do_not() -> None:
    assert event_upsert(event()).document[LOCATION] == {"lat": TOWN.lat, "lon": TOWN.lon}
    nowhere = TOWN.model_copy(update={"lat": None})
    assert LOCATION not in event_upsert(event(place=nowhere)).document
    assert LOCATION not in event_upsert(event(place=None)).document


def test_an_events_text_holds_its_reports_and_claims_once() -> None:
    told_twice = event().mentions * 2
    text = event_upsert(event(mentions=told_twice)).document["text"]
    assert text == "Gunmen fired at a bus. Two died."


def _stored(revision: int, mentions: tuple[int, ...], coder: int = 3) -> Hit:
    upsert = article_upsert(article(revision=revision, mentions=mentions, coder=coder))
    return Hit(upsert.id, upsert.version, upsert.document, {})


def _summary(plan: list[Upsert]) -> dict[str, tuple[int, bool]]:
    return {u.id: (u.version >> 20, u.document["withdrawn"]) for u in plan}


def test_what_a_newer_revision_no_longer_says_is_withdrawn_at_its_version() -> None:
    plan = article_plan(article(revision=2, mentions=(1, 3)), _stored(1, (1, 2)))
    assert _summary(plan) == {"a1-m1": (2, False), "a1-m3": (2, False), "a1-m2": (2, True)}


def test_what_a_late_older_revision_says_alone_is_withdrawn_at_the_stored_version() -> None:
    plan = article_plan(article(revision=1, mentions=(1, 2)), _stored(2, (1,)))
    assert _summary(plan) == {"a1-m2": (2, True)}


def test_a_first_sight_and_a_repetition_write_the_same_mentions() -> None:
    again = article(mentions=(1, 2))
    assert article_plan(again, None) == article_plan(again, _stored(1, (1, 2))) == mention_upserts(again)


def test_a_recoding_withdraws_what_the_newer_coder_does_not_see() -> None:
    plan = article_plan(article(coder=4, mentions=()), _stored(1, (1,)))
    assert [(u.id, u.version, u.document["withdrawn"]) for u in plan] == [("a1-m1", 2**20 + 4, True)]


def test_a_withdrawn_mention_keeps_its_fields() -> None:
    (gone,) = article_plan(article(revision=2, mentions=()), _stored(1, (1,)))
    assert gone.document["sentence"]["text"] == mention(1).sentence.text
    assert gone.document[LOCATION] == {"lat": TOWN.lat, "lon": TOWN.lon}
    assert gone.document["first_fetched_at"]
    assert gone.month == "2026-03"
