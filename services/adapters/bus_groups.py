"""Consumer groups of the embedded bus: who is a member, who owns what, who may commit. Synchronous, in the database.

There is no coordinator: each member looks at the members, works out its share by the same rule as the others, gives up
what is no longer its own, and takes what nobody holds. Only those partitions move that have to. The generation of a
group rises with each change, so the new owner of a partition has a higher one than the old owner ever had.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.adapters.bus_log import Log
from services.adapters.bus_records import share_out
from services.core.errors import Lost
from services.core.ports import Partition


@dataclass(frozen=True, slots=True)
class Member:
    """One subscription. `id` is its own for ever; `name` is the stable name of the instance, where it has one.

    `client` is the bus client that it runs on, which others ask to live.
    """

    group: str
    id: str
    client: str
    name: str | None
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What a member sees: what it owns (with what it just took), what of that it has to give up, the generation.

    `rejoined`: it had been put out meanwhile, so that nothing of what it owned before is its own by right.
    """

    owned: frozenset[Partition]
    surplus: frozenset[Partition]
    generation: int
    rejoined: bool


class Groups:
    """The group tables of a log. `now` is in seconds of a clock that all processes of the machine share.

    A member that was not seen for `session` seconds is out, and one whose client `is_gone`. A time far in the future
    is from before the machine's last start, and out as well.
    """

    def __init__(self, log: Log, session: float, is_gone: Callable[[str], bool]) -> None:
        self._log = log
        self._session = session
        self._is_gone = is_gone

    def generation(self, group: str) -> int:
        """The group's generation; 0 where it never had a member."""
        with self._log.reading() as db:
            return _generation(db, group)

    def look(self, member: Member, now: float) -> View:
        """Reports the member as alive, joining where it is not in, and takes what is free and its due.

        Raises Lost where another member has joined under the same name since.
        """
        counts = {topic: self._log.partition_count(topic) for topic in member.topics}
        with self._log.transaction() as db:
            rejoined = self._report(db, member, now)
            self._expel(db, member.group, now)
            shares = share_out(_members(db, member.group), counts)
            due = {partition for partition, owner in shares.items() if owner == member.id}
            owners = _owners(db, member.group)
            free = [partition for partition in due if partition not in owners]
            if free:
                _raise_generation(db, member.group)
                db.executemany(
                    "INSERT INTO owners VALUES (?, ?, ?, ?)", [(member.group, *each, member.id) for each in free]
                )
            owned = frozenset(free) | {each for each, owner in owners.items() if owner == member.id}
            return View(owned, owned - due, _generation(db, member.group), rejoined)

    def heartbeat(self, member: Member, now: float) -> None:
        """Reports the member as alive; nothing where it is out already: `look` will tell."""
        with self._log.transaction() as db:
            db.execute("UPDATE members SET seen = ? WHERE grp = ? AND id = ?", (now, member.group, member.id))

    def release(self, member: Member, partitions: Iterable[Partition]) -> None:
        """Gives partitions up for others to take."""
        with self._log.transaction() as db:
            db.executemany(
                "DELETE FROM owners WHERE grp = ? AND member = ? AND topic = ? AND partition = ?",
                [(member.group, member.id, *partition) for partition in partitions],
            )
            _raise_generation(db, member.group)

    def leave(self, member: Member) -> None:
        """Gives up everything and the membership."""
        with self._log.transaction() as db:
            _remove(db, member.group, [member.id])

    def commit(self, member: Member, offsets: Mapping[Partition, int]) -> None:
        """Stores offsets of partitions that the member owns. Raises Lost, and stores none, where it does not."""
        with self._log.transaction() as db:
            owners = _owners(db, member.group)
            for partition in offsets:
                if owners.get(partition) != member.id:
                    raise Lost(f"{partition.topic} {partition.number} is no longer ours in group {member.group}")
            db.executemany(
                "INSERT OR REPLACE INTO offsets VALUES (?, ?, ?, ?)",
                [(member.group, *partition, offset) for partition, offset in offsets.items()],
            )

    def _report(self, db: sqlite3.Connection, member: Member, now: float) -> bool:
        updated = db.execute("UPDATE members SET seen = ? WHERE grp = ? AND id = ?", (now, member.group, member.id))
        if updated.rowcount:
            return False
        if (
            member.name is not None
            and db.execute("SELECT 1 FROM members WHERE grp = ? AND name = ?", (member.group, member.name)).fetchone()
        ):
            raise Lost(f"another member of group {member.group} has taken our name {member.name!r}")
        # The order of joining is the order of sharing out, so that a newcomer moves few partitions.
        (joined,) = db.execute(
            "SELECT coalesce(max(joined), 0) + 1 FROM members WHERE grp = ?", (member.group,)
        ).fetchone()
        db.execute(
            "INSERT INTO members VALUES (?, ?, ?, ?, ?, ?, ?)",
            (member.group, member.id, member.client, member.name, json.dumps(member.topics), joined, now),
        )
        _raise_generation(db, member.group)
        return True

    def join(self, member: Member, now: float) -> None:
        """Enters the group; an earlier member of the same name is put out at once (it was restarted, or is fenced)."""
        with self._log.transaction() as db:
            if member.name is not None:
                rows = db.execute("SELECT id FROM members WHERE grp = ? AND name = ?", (member.group, member.name))
                _remove(db, member.group, [identity for (identity,) in rows.fetchall()])
            self._report(db, member, now)

    def _expel(self, db: sqlite3.Connection, group: str, now: float) -> None:
        rows = db.execute("SELECT id, client, seen FROM members WHERE grp = ?", (group,)).fetchall()
        if silent := [each for each, client, seen in rows if abs(now - seen) > self._session or self._is_gone(client)]:
            _remove(db, group, silent)


def _generation(db: sqlite3.Connection, group: str) -> int:
    row = db.execute("SELECT generation FROM groups WHERE grp = ?", (group,)).fetchone()
    return row[0] if row else 0


def _raise_generation(db: sqlite3.Connection, group: str) -> None:
    db.execute("INSERT INTO groups VALUES (?, 1) ON CONFLICT (grp) DO UPDATE SET generation = generation + 1", (group,))


def _members(db: sqlite3.Connection, group: str) -> dict[str, list[str]]:
    rows = db.execute("SELECT id, topics FROM members WHERE grp = ? ORDER BY joined", (group,))
    return {identity: json.loads(topics) for identity, topics in rows}


def _owners(db: sqlite3.Connection, group: str) -> dict[Partition, str]:
    rows = db.execute("SELECT topic, partition, member FROM owners WHERE grp = ?", (group,))
    return {Partition(topic, number): member for topic, number, member in rows}


def _remove(db: sqlite3.Connection, group: str, members: Sequence[str]) -> None:
    for table, column in (("members", "id"), ("owners", "member")):
        db.executemany(
            f"DELETE FROM {table} WHERE grp = ? AND {column} = ?",  # noqa: S608 - both are literals above
            [(group, member) for member in members],
        )
    _raise_generation(db, group)
