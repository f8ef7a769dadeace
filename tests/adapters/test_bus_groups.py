"""Consumer groups of the embedded bus, in the database alone: no loop, no clock but the one given."""

import pytest

from services.adapters.bus_groups import Groups, Member
from services.adapters.bus_log import Log
from services.core.errors import Lost
from services.core.ports import Partition
from services.core.topics import PAGES, PAGES_BULK

SESSION = 10.0
ALL = frozenset(Partition(PAGES, number) for number in range(4))
LOW, HIGH = frozenset(sorted(ALL)[:2]), frozenset(sorted(ALL)[2:])
A = Member("group", "a", "client-a", None, (PAGES,))
B = Member("group", "b", "client-b", None, (PAGES,))


class Case:
    """A group over a log in memory, and the clients that have ended."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.log = Log(None)
        self.log.create_topics(4)
        self.groups = Groups(self.log, SESSION, self.gone.__contains__)


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def groups(case: Case) -> Groups:
    return case.groups


def test_a_lone_member_takes_everything(groups: Groups) -> None:
    groups.join(A, 0)
    view = groups.look(A, 0)
    assert (view.owned, view.surplus, view.rejoined) == (ALL, frozenset(), False)
    assert groups.generation("group") == view.generation


def test_a_newcomer_gets_its_share_only_once_it_is_given_up(groups: Groups) -> None:
    groups.join(A, 0)
    groups.look(A, 0)
    groups.join(B, 0)
    assert groups.look(B, 0).owned == frozenset()
    view = groups.look(A, 0)
    assert view.surplus == HIGH
    assert groups.look(B, 0).owned == frozenset()
    groups.release(A, view.surplus)
    taken = groups.look(B, 0)
    assert taken.owned == HIGH
    assert taken.generation > view.generation
    settled = groups.look(A, 0)
    assert (settled.owned, settled.surplus) == (LOW, frozenset())


def test_looking_again_changes_nothing(groups: Groups) -> None:
    groups.join(A, 0)
    assert groups.look(A, 0) == groups.look(A, 1)


def test_a_silent_member_is_out_after_its_session_and_the_new_owner_has_a_higher_generation(groups: Groups) -> None:
    groups.join(A, 0)
    old = groups.look(A, 0)
    groups.join(B, 5)
    assert groups.look(B, SESSION).owned == frozenset()
    new = groups.look(B, SESSION + 1)
    assert new.owned == ALL
    assert new.generation > old.generation


def test_a_heartbeat_keeps_a_member_in(groups: Groups) -> None:
    groups.join(A, 0)
    groups.look(A, 0)
    groups.heartbeat(A, 8)
    groups.join(B, 12)
    assert groups.look(B, 12).owned == frozenset()


def test_a_member_whose_process_ended_is_out_at_once(case: Case) -> None:
    case.groups.join(A, 0)
    case.groups.look(A, 0)
    case.groups.join(B, 0)
    case.gone.add("client-a")
    assert case.groups.look(B, 0).owned == ALL


def test_times_from_before_the_last_start_of_the_machine_do_not_count_as_life(groups: Groups) -> None:
    groups.join(A, 100_000)
    groups.look(A, 100_000)
    groups.join(B, 5)
    assert groups.look(B, 5).owned == ALL


def test_a_member_that_was_put_out_is_told_so_when_it_comes_back(groups: Groups) -> None:
    groups.join(A, 0)
    groups.look(A, 0)
    groups.join(B, 20)
    groups.look(B, 20)
    groups.leave(B)
    # All is free again, and it takes it; but others may have worked on it since.
    view = groups.look(A, 21)
    assert (view.owned, view.rejoined) == (ALL, True)


def test_leaving_sets_everything_free(groups: Groups) -> None:
    groups.join(A, 0)
    groups.look(A, 0)
    groups.leave(A)
    groups.join(B, 0)
    assert groups.look(B, 0).owned == ALL


def test_only_owners_commit_and_all_or_nothing(case: Case) -> None:
    groups = case.groups
    groups.join(A, 0)
    groups.join(B, 0)
    groups.look(A, 0)
    groups.look(B, 0)
    mine, others = min(LOW), min(HIGH)
    with pytest.raises(Lost, match=PAGES):
        groups.commit(A, {mine: 3, others: 3})
    assert case.log.committed("group", [PAGES]) == {}
    groups.commit(A, {mine: 3})
    groups.commit(B, {others: 4})
    assert case.log.committed("group", [PAGES]) == {mine: 3, others: 4}
    assert case.log.committed("group", [PAGES_BULK]) == {}


def test_a_member_that_comes_back_under_its_name_replaces_itself(groups: Groups) -> None:
    before, after = (Member("group", each, each, "stage-0", (PAGES,)) for each in ("before", "after"))
    groups.join(before, 0)
    groups.look(before, 0)
    groups.join(after, 1)
    assert groups.look(after, 1).owned == ALL
    with pytest.raises(Lost, match="stage-0"):
        groups.look(before, 1)


def test_groups_are_apart(groups: Groups) -> None:
    other = Member("other", "o", "client-o", None, (PAGES,))
    groups.join(A, 0)
    groups.join(other, 0)
    assert groups.look(A, 0).owned == groups.look(other, 0).owned == ALL


def test_members_with_different_topics_share_what_they_have_in_common(groups: Groups) -> None:
    both = Member("group", "both", "client-c", None, (PAGES, PAGES_BULK))
    groups.join(A, 0)
    groups.join(both, 0)
    assert groups.look(A, 0).owned == LOW
    assert groups.look(both, 0).owned == HIGH | {Partition(PAGES_BULK, number) for number in range(4)}
