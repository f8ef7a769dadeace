"""The linker of one partition: joins, revisions, merges, corrections, the window."""

import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.models import ArticleRevision, Correction, Event, EventMention
from services.linker.link import Linker
from services.linker.state import State
from tests.linker.reports import (
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
    report,
    said_by,
)


class Reader:
    """Feeds a linker and keeps the newest version of each event told, as an index would."""

    def __init__(self, state: State | None = None) -> None:
        self.linker = Linker(state or State())
        self.events: dict[str, Event] = {}
        self.told = 0
        self.minutes = 0

    def take(self, *mentions: EventMention, revision: int = 1) -> list[Event]:
        """An article of these mentions, then what the linker tells."""
        self.announce(mentions[0].article_id, mentions, revision)
        for mention in mentions:
            self.linker.mention(mention.model_copy(update={"revision": revision}), self.now)
        return self.flush()

    def announce(self, article: str, mentions: Iterable[EventMention], revision: int) -> None:
        self.minutes += 1
        ids = tuple(mention.id for mention in mentions)
        self.linker.revision(
            ArticleRevision(article_id=article, revision=revision, coder_number=1, mention_ids=ids), self.now
        )

    @property
    def now(self) -> datetime:
        return NOON + timedelta(minutes=self.minutes)

    def flush(self) -> list[Event]:
        events = [told.event for told in self.linker.flush()]
        for event in events:
            known = self.events.get(event.id)
            assert known is None or event.version > known.version or event == known
            self.events[event.id] = event
        self.told += len(events)
        return events

    def live(self) -> list[Event]:
        return [e for e in self.events.values() if not e.retracted and e.merged_into is None]

    def groups(self) -> set[frozenset[str]]:
        return {frozenset(ref.mention_id for ref in event.mentions) for event in self.live()}


class SavingReader(Reader):
    """Keeps the state records too, as the compacted topic would."""

    def __init__(self, state: State | None = None) -> None:
        super().__init__(state)
        self.records: dict[str, object] = {}

    def flush(self) -> list[Event]:
        events = super().flush()
        for key, record in self.linker.state.take_changes():
            if record is None:
                self.records.pop(key, None)
            else:
                self.records[key] = record
        return events


# ---------------------------------------------------------------- joining


def test_two_reports_of_one_fight_are_one_event_and_the_id_stays() -> None:
    reader = Reader()
    (first,) = reader.take(report("a1"))
    (second,) = reader.take(report("a2", "Clashes broke out at Abu Qarin."))
    assert first.id == second.id
    assert first.version < second.version
    assert second.mention_count == 2
    assert (second.first_seen, second.last_seen) == (first.first_seen, reader.now)


def test_different_happenings_are_different_events() -> None:
    reader = Reader()
    for n, place in enumerate([TOWN, SEBHA, HOMS]):
        reader.take(report(f"a{n}", place=place))
    assert len(reader.live()) == 3


def test_a_hub_swallows_nothing() -> None:
    reader = Reader()
    hub = report("hub", "Fighting continued in Syria.", place=SYRIA, day=None, actors=(), recipients=())
    reader.take(hub)
    for n in range(12):
        words = f"Rebels took the village number {n} from soldiers after heavy shelling."
        place = HOMS.model_copy(update={"id": f"v{n}", "lat": 33.0 + n / 2, "name": f"Village {n}"})
        reader.take(report(f"a{n}", words, place=place, actors=(REBELS,), recipients=()))
        reader.take(report(f"h{n}", "Fighting continued in Syria.", place=SYRIA, day=None, actors=(), recipients=(),
                           published=NOON + timedelta(days=n)))  # fmt: skip
    assert all(len({ref.article_id[0] for ref in event.mentions}) == 1 for event in reader.live())


def test_each_event_is_told_once_per_flush() -> None:
    reader = Reader()
    for n in range(5):
        reader.linker.mention(report(f"a{n}"), NOON)
    assert [e.mention_count for e in reader.flush()] == [5]


def test_an_accusation_points_to_the_attack_that_it_is_about() -> None:
    reader = Reader()
    attack = report("a1", number=1)
    blame = report("a1", "The government blamed the army for the attack.", number=2, type="ACCUSE", about=attack.id,
                   actors=(GOVERNMENT,), attribution=said_by(GOVERNMENT))  # fmt: skip
    reader.take(blame, attack)
    by_type = {event.type: event for event in reader.live()}
    assert by_type["ACCUSE"].about == by_type["ASSAULT"].id
    assert by_type["ASSAULT"].about is None


def test_about_follows_where_the_attack_comes_later_or_goes() -> None:
    reader = Reader()
    attack = report("a1", number=1)
    blame = report("a1", "The government blamed the army.", number=2, type="ACCUSE", about=attack.id)
    reader.announce("a1", [attack, blame], 1)
    reader.linker.mention(blame, NOON)
    assert reader.flush()[0].about is None
    reader.linker.mention(attack, NOON)
    reader.flush()
    accusation = next(event for event in reader.live() if event.type == "ACCUSE")
    assert accusation.about is not None
    reader.take(blame, revision=2)
    assert reader.events[accusation.id].about is None


# ---------------------------------------------------------------- repetition, order, revisions


def test_seeing_it_all_again_tells_nothing() -> None:
    reader = Reader()
    articles = [report("a1"), report("a2"), report("a3", place=SEBHA)]
    for mention in articles:
        reader.take(mention)
    told = reader.told
    for mention in articles * 2:
        assert reader.take(mention) == []
    assert reader.told == told


def test_a_mention_that_a_newer_revision_lacks_leaves_its_event() -> None:
    reader = Reader()
    (first,) = reader.take(report("a1"))
    gone, kept = report("a2", number=1), report("a2", "Doctors arrived.", number=2, type="AID")
    both = next(event for event in reader.take(gone, kept) if event.id == first.id)
    reader.take(kept, revision=2)
    fight = next(event for event in reader.live() if event.type == "ASSAULT")
    assert {ref.mention_id for ref in fight.mentions} == {"a1-m1"}
    assert first.version < both.version < fight.version


def test_an_event_that_loses_its_last_mention_is_retracted_and_comes_back_under_its_id() -> None:
    reader = Reader()
    (first,) = reader.take(report("a1"))
    reader.announce("a1", [], 2)
    (gone,) = reader.flush()
    assert (gone.id, gone.retracted, gone.mention_count) == (first.id, True, 0)
    (back,) = reader.take(report("a1"), revision=3)
    assert (back.id, back.retracted, back.mention_count) == (first.id, False, 1)
    assert first.version < gone.version < back.version


def test_what_came_and_went_between_two_flushes_was_never_told() -> None:
    reader = Reader()
    reader.linker.mention(report("a1"), NOON)
    reader.announce("a1", [], 2)
    assert reader.flush() == []
    assert reader.linker.state.events == {}


def test_an_older_revision_that_comes_late_is_ignored() -> None:
    reader = Reader()
    reader.take(report("a1"), revision=2)
    before = dict(reader.events)
    assert reader.take(report("a1"), report("a1", number=2, place=SEBHA), revision=1) == []
    assert reader.events == before
    assert reader.linker.counts.stale == 2


def test_an_unchanged_mention_of_a_newer_revision_stays_where_it_is() -> None:
    reader = Reader()
    reader.take(report("a1"))
    reader.take(report("a2"))
    (event,) = reader.take(report("a2"), revision=2)
    assert {ref.mention_id: ref.revision for ref in event.mentions} == {"a1-m1": 1, "a2-m1": 2}


def test_a_mention_that_now_tells_of_another_place_moves() -> None:
    reader = Reader()
    reader.take(report("a1"))
    reader.take(report("a2"))
    reader.take(report("a2", place=HOMS), revision=2)
    assert reader.groups() == {frozenset({"a1-m1"}), frozenset({"a2-m1"})}


def test_the_first_mention_may_leave_without_its_id_being_given_twice() -> None:
    reader = Reader()
    reader.take(report("a1"))
    reader.take(report("a2"))
    reader.take(report("a1", place=HOMS), revision=2)
    assert len(reader.live()) == 2
    assert reader.groups() == {frozenset({"a1-m1"}), frozenset({"a2-m1"})}


CLEAR = {
    "north": [report(f"n{n}", f"Clashes at Abu Qarin, part {n}.") for n in range(3)],
    "south": [report(f"s{n}", f"Shelling in Sebha, part {n}.", place=SEBHA) for n in range(3)],
    "later": [report(f"l{n}", f"More clashes, part {n}.", day=DAY + timedelta(days=9)) for n in range(2)],
}


@settings(max_examples=40, deadline=None)
@given(st.permutations([m for group in CLEAR.values() for m in group]), st.lists(st.integers(1, 8), max_size=6))
def test_clear_cases_are_grouped_alike_in_any_order_and_batching(order: list[EventMention], cuts: list[int]) -> None:
    reader = Reader()
    for at, mention in enumerate([*order, *order[:3]]):
        reader.linker.mention(mention, NOON)
        if at in cuts:
            reader.flush()
    reader.flush()
    assert reader.groups() == {frozenset(m.id for m in group) for group in CLEAR.values()}


STEPS: list[tuple[int, Sequence[EventMention]]] = [
    (1, [report("a1"), report("a1", "Troops fled.", number=2, place=SEBHA)]),
    (2, [report("a1")]),
    (3, [report("a1"), report("a1", "Talks began.", number=3, type="CONSULT")]),
]


@pytest.mark.parametrize("order", list(itertools.permutations(STEPS)))
def test_the_newest_revision_holds_whatever_the_order(order: Sequence[tuple[int, Sequence[EventMention]]]) -> None:
    reader = Reader()
    reader.take(report("a2"))
    for revision, mentions in [*order, *order]:
        reader.take(*mentions, revision=revision)
    assert reader.groups() == {frozenset({"a1-m1", "a2-m1"}), frozenset({"a1-m3"})}


# ---------------------------------------------------------------- merging


def test_a_report_that_knows_what_two_thin_ones_lack_makes_them_one() -> None:
    reader = Reader()
    (older,) = reader.take(report("a1", "Shells fell on the market.", place=None, recipients=()))
    (newer,) = reader.take(report("a2", "People fled.", actors=(), recipients=()))
    told = {event.id: event for event in reader.take(report("a3", "Shells fell on the market; people fled."))}
    assert told[newer.id].merged_into == older.id
    assert reader.groups() == {frozenset({"a1-m1", "a2-m1", "a3-m1"})}


def test_a_report_that_fits_two_unlike_events_joins_the_likelier_and_merges_nothing() -> None:
    reader = Reader()
    reader.take(report("a1", place=TOWN))
    reader.take(report("a2", "Shelling in Sebha.", place=SEBHA))
    reader.take(report("a3", "The two forces fought.", place=LIBYA))
    assert len(reader.live()) == 2
    assert reader.linker.counts.merged == 0


def test_events_that_an_operator_links_become_the_older_one_and_the_other_points_to_it() -> None:
    reader = Reader()
    (older,), (newer,) = reader.take(report("a1")), reader.take(report("a2", place=SEBHA))
    reader.linker.correction(_order("link", "a1-m1", "a2-m1"))
    events = {event.id: event for event in reader.flush()}
    assert events[newer.id].merged_into == older.id
    assert events[newer.id].version > newer.version
    assert events[older.id].mention_count == 2
    assert reader.linker.counts.merged == 1


def test_an_order_holds_for_mentions_that_come_later() -> None:
    reader = Reader()
    reader.linker.correction(_order("link", "a1-m1", "a2-m1"))
    reader.take(report("a1"))
    reader.take(report("a2", place=SEBHA))
    assert reader.groups() == {frozenset({"a1-m1", "a2-m1"})}


def test_a_split_takes_mentions_apart_and_keeps_others_away() -> None:
    reader = Reader()
    for article in ("a1", "a2", "a3"):
        reader.take(report(article))
    reader.linker.correction(_order("split", "a2-m1"))
    reader.flush()
    reader.take(report("a4"))
    assert reader.groups() == {frozenset({"a1-m1", "a3-m1", "a4-m1"}), frozenset({"a2-m1"})}


def test_the_newest_order_about_a_mention_holds_and_repeating_it_changes_nothing() -> None:
    reader = Reader()
    reader.take(report("a1"))
    reader.take(report("a2"))
    split, link = _order("split", "a2-m1"), _order("link", "a1-m1", "a2-m1", minute=1)
    for order in (split, link, split):
        reader.linker.correction(order)
        reader.flush()
    assert reader.groups() == {frozenset({"a1-m1", "a2-m1"})}
    told = reader.told
    for order in (split, link):
        reader.linker.correction(order)
    assert reader.flush() == []
    assert reader.told == told


def _order(kind: str, *mentions: str, minute: int = 0) -> Correction:
    when = NOON + timedelta(minutes=minute)
    return Correction(id=f"{kind}-{minute}", kind=kind, mention_ids=mentions, time=when)


# ---------------------------------------------------------------- the window and restarts


def test_old_and_quiet_events_are_forgotten_with_all_that_belongs_to_them() -> None:
    reader = SavingReader()
    reader.take(report("a1"), revision=2)
    reader.announce("a9", [], 2)
    reader.flush()
    reader.minutes += 60 * 24 * 45
    reader.take(report("a2", day=DAY + timedelta(days=45), published=reader.now))
    assert set(reader.linker.state.held) == {"a2-m1"}
    assert reader.linker.counts.expired == 1
    assert len(reader.linker.state.events) == 1
    assert {key.split(":")[0] for key in reader.records} == {"a2-m1", "event"}


def test_late_reports_of_old_days_keep_their_event_alive() -> None:
    reader = Reader()
    old = {"day": DAY - timedelta(days=300), "published": NOON - timedelta(days=299)}
    reader.take(report("a1", **old))  # type: ignore[arg-type]
    reader.minutes += 60 * 24 * 9
    (event,) = reader.take(report("a2", **old))  # type: ignore[arg-type]
    assert event.mention_count == 2


def _restarted(reader: SavingReader) -> SavingReader:
    state = State(generation=1)
    state.restore(reader.records.values())  # type: ignore[arg-type]
    again = SavingReader(state)
    again.events, again.minutes, again.records = dict(reader.events), reader.minutes, dict(reader.records)
    return again


def test_a_restart_goes_on_where_it_was() -> None:
    reader = SavingReader()
    (first,) = reader.take(report("a1"))
    reader = _restarted(reader)
    (event,) = reader.take(report("a2"))
    assert (event.id, event.mention_count) == (first.id, 2)
    assert event.version > first.version
    assert event.first_seen == first.first_seen


def test_what_a_crash_may_have_kept_from_being_told_is_told_again_once() -> None:
    reader = SavingReader()
    one, two = report("a1"), report("a2", place=SEBHA)
    told = [*reader.take(one), *reader.take(two)]
    reader = _restarted(reader)
    assert [*reader.take(one), *reader.take(two)] == told
    assert [*reader.take(one), *reader.take(two)] == []


def test_redirects_and_retractions_survive_a_crash_before_they_were_told() -> None:
    reader = SavingReader()
    reader.take(report("a1"))
    reader.take(report("a2", place=SEBHA))
    reader.take(report("a3", place=HOMS))
    reader.linker.correction(_order("link", "a1-m1", "a2-m1"))
    reader.announce("a3", [], 2)
    told = {event.id: event for event in reader.flush()}
    reader = _restarted(reader)
    reader.take(report("a1"))
    reader.announce("a3", [], 2)
    again = {event.id: event for event in reader.flush()}
    retold = {**{k: v for k, v in reader.events.items() if k in told}, **again}
    assert retold == told
    assert any(event.retracted for event in again.values())


def test_a_lost_event_record_is_made_up_for() -> None:
    reader = SavingReader()
    (first,) = reader.take(report("a1"))
    reader.records = {key: value for key, value in reader.records.items() if not key.startswith("event:")}
    reader.events.clear()
    reader = _restarted(reader)
    (event,) = reader.take(report("a1"))
    assert event.id == first.id
    assert event.version > first.version


def test_an_event_that_was_forgotten_comes_back_with_a_higher_version() -> None:
    reader = Reader()
    reader.take(report("a1"))
    for n in range(5):
        (event,) = reader.take(report(f"b{n}"))
    reader.minutes += 60 * 24 * 60
    reader.take(report("z", place=SEBHA, day=reader.now.date()))
    assert event.id not in reader.linker.state.events
    (again,) = reader.take(report("a1"), revision=2)
    assert again.id == event.id
    assert again.version > event.version


def test_a_version_rises_though_the_clock_of_the_bus_goes_back() -> None:
    reader = Reader()
    (first,) = reader.take(report("a1"))
    reader.minutes -= 120
    (second,) = reader.take(report("a2"))
    assert second.version == first.version + 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.sampled_from([TOWN, HOMS])), max_size=10),
       st.sets(st.integers(0, 9)))  # fmt: skip
def test_restarts_anywhere_change_nothing(steps: list[tuple[str, int, object]], crashes: set[int]) -> None:
    steady, crashing = SavingReader(), SavingReader()
    for at, (article, revision, place) in enumerate(steps):
        mention = report(article, place=place)  # type: ignore[arg-type]
        steady.take(mention, revision=revision)
        crashing.take(mention, revision=revision)
        if at in crashes:
            crashing = _restarted(crashing)
    assert crashing.groups() == steady.groups()
    assert {e.id: e.model_copy(update={"version": 1}) for e in crashing.live()} == {
        e.id: e.model_copy(update={"version": 1}) for e in steady.live()
    }


def test_a_report_of_the_country_waits_for_the_city() -> None:
    reader = Reader()
    reader.take(report("a1", "The two forces fought again.", place=LIBYA))
    (event,) = reader.take(report("a2", place=TOWN))
    assert (event.mention_count, event.place) == (2, TOWN)
    (other,) = reader.take(report("a3", "An officer was shot.", place=MISRATA, actors=(), recipients=()))
    assert other.id != event.id
