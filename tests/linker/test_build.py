"""One Event of many reports."""

import random
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.core.models import Actor, Attribution, Count, DateRange, Event, EventMention, Source
from services.linker.build import MENTIONS_ON_BUS, Frame, Report, build, redirect, retracted
from services.linker.copies import Text, independent_sources, originals, signature_of, similarity
from tests.linker.reports import (
    ARMY,
    DAY,
    GOVERNMENT,
    LIBYA,
    MISRATA,
    NOON,
    REBELS,
    SPOKESMAN,
    TOWN,
    clash,
    fingerprint,
    killed,
    on,
    report,
    said_by,
)

TOWN_PEOPLE = Actor(id="agent:farmers", name="farmers", country="LBY", sector="CVL", text="three farmers")


def event_of(*mentions: EventMention, everything: bool = False) -> Event:
    reports = [Report(m, NOON + timedelta(minutes=n)) for n, m in enumerate(mentions)]
    return build(Frame("e1", 1, NOON), reports, everything=everything)


def after(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


# ---------------------------------------------------------------- claims and tolls


def test_each_claimants_newest_toll_counts_and_nothing_is_averaged() -> None:
    event = event_of(
        report("a1", casualties=killed(3, 3), attribution=said_by(SPOKESMAN), published=after(0)),
        report("a2", casualties=killed(11), attribution=said_by(SPOKESMAN), published=after(5)),
        report("a3", casualties=killed(40, 50), attribution=said_by(GOVERNMENT), published=after(2)),
    )
    assert event.casualties is not None
    assert (event.casualties.low.killed, event.casualties.high.killed) == (11, 50)
    assert {toll.by.id: toll.mention_id for toll in event.casualties.by_claimant} == {
        SPOKESMAN.id: "a2-m1",
        GOVERNMENT.id: "a3-m1",
    }


def test_a_rising_toll_stays_visible_in_the_claims() -> None:
    event = event_of(
        report("a1", casualties=killed(3, 3), attribution=said_by(SPOKESMAN), published=after(0)),
        report("a2", casualties=killed(11), attribution=said_by(SPOKESMAN), published=after(5)),
    )
    assert [claim.casualties and claim.casualties.killed and claim.casualties.killed.min for claim in event.claims] == [
        11,
        3,
    ]


def test_a_newer_report_without_the_dead_does_not_make_them_vanish() -> None:
    hurt = killed(None).model_copy(update={"killed": None, "injured": Count(min=9, max=9)})
    event = event_of(
        report("a1", casualties=killed(4, 4), attribution=said_by(SPOKESMAN), published=after(0)),
        report("a2", casualties=hurt, attribution=said_by(SPOKESMAN), published=after(1)),
    )
    assert event.casualties is not None
    assert (event.casualties.high.killed, event.casualties.high.injured) == (4, 9)


def test_at_least_has_no_upper_bound_to_invent_and_up_to_no_lower_one() -> None:
    event = event_of(
        report("a1", casualties=killed(11, None), attribution=said_by(SPOKESMAN)),
        report("a2", casualties=killed(None, 20), attribution=said_by(GOVERNMENT)),
    )
    assert event.casualties is not None
    assert (event.casualties.low.killed, event.casualties.high.killed) == (11, 20)
    assert event.casualties.low.injured is None


def test_denied_and_threatened_tolls_are_nobodys_count() -> None:
    event = event_of(
        report("a1", casualties=killed(30), attribution=said_by(ARMY, "denies"), modality="denied"),
        report("a2", casualties=killed(99), attribution=said_by(ARMY, "warns"), modality="threatened"),
    )
    assert event.casualties is None


def test_the_publisher_claims_what_nobody_is_quoted_for() -> None:
    (claim,) = event_of(report("a1", source="courier")).claims
    assert (claim.by.id, claim.by.name, claim.stance) == ("courier", "Courier", "asserts")


def test_who_is_spoken_for_claims_where_the_speaker_is_unknown() -> None:
    (claim,) = event_of(report("a1", attribution=Attribution(on_behalf_of=ARMY, stance="alleges"))).claims
    assert (claim.by.id, claim.stance) == (ARMY.id, "alleges")


def test_claims_tell_who_asserts_and_who_denies() -> None:
    event = event_of(
        report("a1", attribution=said_by(GOVERNMENT)),
        report("a2", attribution=said_by(ARMY, "denies"), modality="denied"),
    )
    assert {claim.by.id: claim.stance for claim in event.claims} == {GOVERNMENT.id: "asserts", ARMY.id: "denies"}
    assert event.modality == "actual"


def test_an_event_is_denied_only_where_nobody_asserts_it() -> None:
    assert event_of(report("a1", modality="denied"), report("a2", modality="denied")).modality == "denied"
    assert event_of(report("a1", modality="denied"), report("a2", modality="possible")).modality == "possible"


# ---------------------------------------------------------------- what is agreed


def test_the_place_is_the_most_precise_of_the_most_agreed() -> None:
    event = event_of(report("a1", place=LIBYA), report("a2", place=LIBYA), report("a3", place=TOWN))
    assert event.place == TOWN
    event = event_of(report("a1", place=MISRATA), report("a2", place=TOWN), report("a3", place=TOWN))
    assert event.place == TOWN
    assert event_of(report("a1", place=None)).place is None


def test_the_date_is_the_most_agreed_and_then_the_shortest() -> None:
    week = DateRange(start=DAY - timedelta(days=6), end=DAY, precision="week", text="this week")
    event = event_of(report("a1", date=week), report("a2", day=DAY), report("a3", day=DAY + timedelta(days=1)))
    assert event.date == on(DAY)
    assert event_of(report("a1", day=None)).date is None


def test_actors_are_merged_by_id_and_stand_where_most_tell_them() -> None:
    event = event_of(
        report("a1", actors=(ARMY,), recipients=(GOVERNMENT,)),
        report("a2", actors=(ARMY, REBELS), recipients=(GOVERNMENT,)),
        report("a3", actors=(GOVERNMENT,), recipients=(ARMY,)),
    )
    assert [actor.id for actor in event.actors] == [ARMY.id, REBELS.id]
    assert [actor.id for actor in event.recipients] == [GOVERNMENT.id]


def test_type_mode_and_acled_are_those_of_most_reports() -> None:
    event = event_of(
        report("a1", mode="heavy-weapons", acled=clash()),
        report("a2", mode="heavy-weapons", acled=clash()),
        report("a3", type="COERCE", mode="seize"),
    )
    assert (event.type, event.quad_class, event.mode, event.acled) == ("ASSAULT", 4, "heavy-weapons", clash())


def test_the_title_is_the_headline_that_is_about_it() -> None:
    event = event_of(
        report("a1", title="Markets calm as oil slips"),
        report("a2", title="Forces fought for town of Abu Qarin"),
    )
    assert event.title == "Forces fought for town of Abu Qarin"


def test_without_a_fitting_headline_the_sentence_is_the_title() -> None:
    assert (
        event_of(report("a1", title="Markets calm")).title == "Forces of both sides fought near the town of Abu Qarin."
    )
    long = event_of(report("a1", "word " * 100)).title
    assert len(long) <= 200
    assert long.endswith("…")


# ---------------------------------------------------------------- reports, copies, sources


def test_reports_are_newest_first_and_bounded_on_the_bus_alone() -> None:
    mentions = [report(f"a{n}", published=after(n)) for n in range(MENTIONS_ON_BUS + 10)]
    event = event_of(*mentions)
    assert event.mention_count == MENTIONS_ON_BUS + 10
    assert [ref.article_id for ref in event.mentions[:2]] == ["a59", "a58"]
    assert len(event.mentions) == MENTIONS_ON_BUS
    assert len(event_of(*mentions, everything=True).mentions) == MENTIONS_ON_BUS + 10


def test_a_copy_names_its_original_and_is_no_second_source() -> None:
    event = event_of(
        report("a1", fingerprint=fingerprint(1), published=after(0)),
        report("a2", fingerprint=fingerprint(1, changed=0.4), published=after(1)),
        report("a3", fingerprint=fingerprint(2), published=after(2)),
    )
    assert {ref.article_id: ref.copy_of for ref in event.mentions} == {"a1": None, "a2": "a1", "a3": None}
    assert (event.independent_sources, len(event.sources)) == (2, 3)
    assert {claim.by.id for claim in event.claims} == {"source-of-a1", "source-of-a3"}


def test_a_source_that_floods_counts_once() -> None:
    event = event_of(*(report(f"a{n}", source="flood", fingerprint=fingerprint(n)) for n in range(9)))
    assert event.independent_sources == 1


def test_confidence_grows_with_sources_and_not_with_repetition() -> None:
    one = event_of(report("a1")).confidence
    assert event_of(report("a1"), report("a2")).confidence > one
    assert event_of(report("a1", source="s"), report("a2", source="s")).confidence == one


def test_a_copy_of_a_copy_names_the_first() -> None:
    texts = [
        Text(f"a{n}", "s", NOON + timedelta(hours=n), signature_of(fingerprint(1, changed=change)))
        for n, change in enumerate([0.0, 0.3, 0.2])
    ]
    assert originals(texts) == {"a1": "a0", "a2": "a0"}
    assert independent_sources(texts, {}) == 1


def test_what_is_no_fingerprint_is_like_nothing() -> None:
    assert signature_of("no base64!") is signature_of("") is signature_of("AAA=") is None
    assert similarity(None, None) == 0.0
    assert similarity(signature_of(fingerprint(1)), signature_of(fingerprint(1, length=64))) == 0.0
    assert similarity(signature_of(fingerprint(1)), signature_of(fingerprint(1, changed=0.25))) == 0.75


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 0.1, 0.3])), max_size=12))
def test_originals_are_never_copies_and_do_not_depend_on_the_order(made: list[tuple[int, float]]) -> None:
    texts = [
        Text(f"a{n}", "s", NOON + timedelta(hours=n % 3), signature_of(fingerprint(seed, changed=change)))
        for n, (seed, change) in enumerate(made)
    ]
    found = originals(texts)
    assert found.keys().isdisjoint(found.values())
    assert len(texts) - len(found) == len({seed for seed, _ in made})
    random.Random(1).shuffle(texts)
    assert originals(texts) == found


# ---------------------------------------------------------------- the whole


def test_the_first_and_last_sight_are_the_frames_and_the_newest_arrival() -> None:
    event = event_of(report("a1"), report("a2"), report("a3"))
    assert (event.first_seen, event.last_seen) == (NOON, NOON + timedelta(minutes=2))


@given(st.permutations(range(6)))
def test_the_order_of_reports_changes_nothing(order: list[int]) -> None:
    mentions = [
        report(
            f"a{n}",
            title=f"Fighting near Abu Qarin, part {n}",
            place=(TOWN, LIBYA, None)[n % 3],
            actors=((ARMY,), (GOVERNMENT,))[n % 2],
            casualties=killed(n, n),
            fingerprint=fingerprint(n // 2),
            contexts=("military", "territory")[: n % 3],
        )
        for n in range(6)
    ]
    reports = [Report(m, NOON) for m in mentions]
    frame = Frame("e1", 1, NOON)
    assert build(frame, [reports[n] for n in order]) == build(frame, reports)


def test_what_is_gone_keeps_its_face_and_loses_its_reports() -> None:
    last = event_of(report("a1", casualties=killed(2, 2)), report("a2"))
    gone, merged = retracted(last, 7), redirect(last, 8, "e0")
    assert (gone.version, gone.retracted, gone.merged_into) == (7, True, None)
    assert (merged.version, merged.retracted, merged.merged_into) == (8, False, "e0")
    for left in (gone, merged):
        assert (left.title, left.place, left.first_seen) == (last.title, last.place, last.first_seen)
        assert (left.mention_count, left.mentions, left.claims, left.casualties, left.sources) == (0, (), (), None, ())


def test_a_source_without_a_name_is_called_by_its_id() -> None:
    (claim,) = event_of(report("a1").model_copy(update={"source": Source(id="x.example")})).claims
    assert claim.by.name == "x.example"


def test_articles_of_unknown_source_speak_for_their_site_or_for_themselves() -> None:
    def unknown(article: str, url: str | None) -> EventMention:
        return report(article).model_copy(update={"source": Source(), "url": url})

    site = [unknown("a1", "https://x.example/1"), unknown("a2", "https://X.example/2")]
    assert event_of(*site).independent_sources == 1
    assert {claim.by.id for claim in event_of(*site).claims} == {"x.example"}
    assert event_of(unknown("a1", None), unknown("a2", None)).independent_sources == 2
    assert event_of(unknown("a1", "https://[bad/")).independent_sources == 1


def test_who_acts_is_told_by_mentions_of_the_events_own_type_only() -> None:
    event = event_of(
        report("a1", type="ASSAULT", actors=(), recipients=(TOWN_PEOPLE,)),
        report("a2", type="ASSAULT", actors=(), recipients=(TOWN_PEOPLE,)),
        report("a3", type="COERCE", actors=(ARMY,), recipients=()),
    )
    assert event.type == "ASSAULT"
    assert event.actors == ()
    assert [actor.id for actor in event.recipients] == [TOWN_PEOPLE.id]
