"""The records hold what the contract says, and read back what they wrote."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from services.core import models as m
from services.core.examples import EXAMPLES, RAW_ARTICLE
from services.core.ontology import TYPES


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_record_survives_the_way_over_the_bus(name: str) -> None:
    example = EXAMPLES[name]
    assert type(example).model_validate_json(example.to_bytes()) == example


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_unknown_fields_of_a_later_version_are_ignored(name: str) -> None:
    example = EXAMPLES[name]
    later = json.loads(example.to_bytes()) | {"a_field_of_2031": [1]}
    assert type(example).model_validate(later) == example


def test_times_are_written_in_utc_with_a_z() -> None:
    east = datetime(2026, 5, 12, 12, tzinfo=timezone(timedelta(hours=3)))
    article = RAW_ARTICLE.model_copy(update={"published": None})
    article = m.RawArticle.model_validate(article.model_dump() | {"published": east})
    assert json.loads(article.to_bytes())["published"] == "2026-05-12T09:00:00Z"
    assert article.published == datetime(2026, 5, 12, 9, tzinfo=UTC)


def test_an_article_needs_a_body_unless_it_is_retracted() -> None:
    bare = RAW_ARTICLE.model_dump() | {"html": None, "text": None}
    with pytest.raises(ValidationError, match="needs html or text"):
        m.RawArticle.model_validate(bare)
    assert m.RawArticle.model_validate(bare | {"flags": ("retracted",)}).html is None


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_utc_cannot_hold_is_a_bad_record_and_nothing_worse(time: str) -> None:
    record = json.dumps(json.loads(RAW_ARTICLE.to_bytes()) | {"published": time})
    with pytest.raises(ValidationError, match="outside the years 1 to 9999"):
        m.RawArticle.model_validate_json(record)


@pytest.mark.parametrize(("field", "value"), [("revision", 0), ("id", ""), ("fetched_at", "yesterday")])
def test_a_value_out_of_range_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        m.RawArticle.model_validate(RAW_ARTICLE.model_dump() | {field: value})


def test_scores_and_quad_classes_agree() -> None:
    for name, facts in TYPES.items():
        assert (facts.score >= 0) == (facts.quad_class <= 2 or name == "REQUEST"), name
