"""Which mentions tell of one happening."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.models import DateRange, EventMention
from services.linker.match import RULED_OUT, WEIGHTS, cosine, match, match_all
from services.linker.traits import traits_of, words_of
from tests.linker.reports import (
    ARMY,
    DAY,
    GOVERNMENT,
    HOMS,
    LIBYA,
    MISRATA,
    NOON,
    REBELS,
    SEBHA,
    SYRIA,
    TOWN,
    clash,
    fingerprint,
    killed,
    report,
)

FIGHT = report("a1")
VAGUE = "Fighting continued in Syria."


def same(one: EventMention, other: EventMention) -> bool:
    return match(traits_of(one), traits_of(other)).same


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (report("a2", "Clashes broke out at Abu Qarin."), "other words"),
        (report("a2", "Clashes broke out.", actors=(GOVERNMENT,), recipients=(ARMY,)), "the sides told in turn"),
        (report("a2", "Clashes broke out.", type="COERCE", mode="seize", recipients=()), "a kin type"),
        (report("a2", "Clashes broke out.", actors=(), recipients=(GOVERNMENT,)), "one side only"),
        (report("a2", "Clashes broke out.", day=None, published=NOON + timedelta(days=1)), "publication for a date"),
        (report("a2", "Clashes broke out at Abu Qarin.", casualties=killed(11)), "a toll that the other lacks"),
        (report("a2", "Clashes broke out.", acled=clash()), "an ACLED type that the other lacks"),
    ],
)
def test_reports_of_one_fight_belong_together(other: EventMention, why: str) -> None:
    assert same(FIGHT, other), why


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (report("a2", place=HOMS), "another country"),
        (report("a2", place=SEBHA), "a town hundreds of kilometres away"),
        (report("a2", day=DAY - timedelta(days=3)), "three days earlier, to the day"),
        (report("a2", type="AID"), "another kind of event"),
        (report("a2", "Shells hit a farm.", day=DAY - timedelta(days=1)), "the same front a day earlier"),
        (report("a2", "An officer was shot.", place=MISRATA, actors=(), recipients=()), "the next city"),
        (report("a2", "Gunmen abducted two men.", mode="abduct", actors=(REBELS,), recipients=()), "others, otherwise"),
        (report("a2", day=None, published=NOON + timedelta(days=12)), "published much later"),
        (report("a2", place=TOWN, day=None, background=True, actors=(), recipients=()), "history without a date"),
    ],
)
def test_reports_of_different_happenings_stay_apart(other: EventMention, why: str) -> None:
    fight = report("a1", "Forces attacked the town of Abu Qarin with rockets.", mode="heavy-weapons")
    assert not same(fight, other), why


def test_another_spelling_with_the_same_ids_is_the_same_place_and_actor() -> None:
    spelt = TOWN.model_copy(update={"name": "Abu Grein"})
    assert same(FIGHT, report("a2", "Battles at Abu Grein.", place=spelt))


def test_copies_join_where_they_say_the_same_and_not_elsewhere() -> None:
    loose = {"place": None, "day": None, "actors": (), "recipients": (), "published": NOON}
    words = "Masked men burnt the customs house at the border crossing before dawn."
    one = report("a1", words, fingerprint=fingerprint(1), **loose)  # type: ignore[arg-type]
    copy = report("a2", words, fingerprint=fingerprint(1, changed=0.3), **loose)  # type: ignore[arg-type]
    elsewhere = report("a2", "A bridge fell in the night.", fingerprint=fingerprint(1), **loose)  # type: ignore[arg-type]
    assert same(one, copy)
    assert not same(one, elsewhere)


def test_without_place_date_or_actors_only_strong_words_join() -> None:
    nothing = {"place": None, "day": None, "actors": (), "recipients": ()}
    words = "Masked men burnt the customs house at the border crossing before dawn."
    one = report("a1", words, **nothing)  # type: ignore[arg-type]
    near = report("a2", "Before dawn the border crossing's customs house was burnt by masked men.", **nothing)  # type: ignore[arg-type]
    far = report("a2", "Men burnt a house.", **nothing)  # type: ignore[arg-type]
    assert same(one, near)
    assert not same(one, far)
    assert match(traits_of(one), traits_of(far)).against == "too little to go by"


def test_a_vague_report_of_a_country_is_not_the_battle_in_its_city() -> None:
    hub = report("a1", VAGUE, place=SYRIA, day=None, actors=(), recipients=())
    battle = report("a2", "Rebels fought for a quarter of Homs.", place=HOMS, actors=(REBELS,), recipients=())
    assert not same(hub, battle)


def test_a_country_report_joins_its_city_where_day_and_both_sides_agree() -> None:
    assert same(FIGHT, report("a2", "The two forces fought again.", place=LIBYA))


def test_equal_uncommon_tolls_speak_for_and_tolls_of_another_order_against() -> None:
    def toll(one: int, other: int) -> float:
        pair = (report("a1", casualties=killed(one, one)), report("a2", casualties=killed(other, other)))
        return match(*map(traits_of, pair)).features["toll"]

    assert toll(17, 17) > toll(1, 1) > 0 == toll(11, 20) > toll(3, 90)
    assert (
        match(traits_of(report(casualties=killed(11))), traits_of(report(casualties=killed(20)))).features["toll"] > 0
    )


def test_a_year_is_no_date_to_tell_events_by() -> None:
    year = DateRange(start=DAY.replace(month=1, day=1), end=DAY.replace(month=12, day=31), precision="year")
    assert traits_of(report(date=year)).window is None


def test_inflected_words_meet() -> None:
    assert len(words_of("kidnapped kidnapping kidnappers kidnaps")) == 1
    assert words_of("the said and") == frozenset()
    assert cosine(frozenset(), words_of("attack")) == 0.0


def test_an_event_is_judged_by_all_who_speak_for_it_and_not_by_the_best() -> None:
    one, far = traits_of(FIGHT), traits_of(report("a3", place=HOMS, actors=(REBELS,), recipients=()))
    assert match_all(one, [traits_of(report("a2"))]) > 0
    assert match_all(one, [traits_of(report("a2")), far, far]) < 0
    assert match_all(one, []) == RULED_OUT


PLACES = st.sampled_from([None, TOWN, MISRATA, SEBHA, LIBYA, HOMS, SYRIA])
SIDES = st.lists(st.sampled_from([ARMY, GOVERNMENT, REBELS]), max_size=2, unique=True)
ANY_REPORT = st.builds(
    report,
    article=st.sampled_from(["a1", "a2"]),
    sentence=st.sampled_from([VAGUE, "Forces fought near the town.", ""]),
    type=st.sampled_from(["ASSAULT", "COERCE", "AID", "ACCUSE"]),
    place=PLACES,
    day=st.sampled_from([None, DAY, DAY - timedelta(days=1), DAY + timedelta(days=40)]),
    published=st.sampled_from([None, NOON, NOON + timedelta(days=3)]),
    actors=SIDES,
    recipients=SIDES,
    casualties=st.sampled_from([None, killed(3, 3), killed(None, 20), killed(100)]),
    fingerprint=st.sampled_from(["", "no base64!", "AAA=", fingerprint(1), fingerprint(2, length=64)]),
)


@given(ANY_REPORT, ANY_REPORT)
def test_matching_is_symmetric_bounded_and_explains_itself(one: EventMention, other: EventMention) -> None:
    there, back = match(traits_of(one), traits_of(other)), match(traits_of(other), traits_of(one))
    assert there == back
    assert RULED_OUT <= there.logit <= -RULED_OUT
    assert all(-1 <= value <= 1 for value in there.features.values())
    assert there.against is not None or set(there.features) == set(WEIGHTS)
