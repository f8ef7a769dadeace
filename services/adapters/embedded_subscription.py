"""A member of a consumer group of the embedded bus."""

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from services.adapters.bus_groups import Groups, Member, View
from services.adapters.bus_log import Log
from services.adapters.bus_signal import Signal, heard
from services.core.clock import Clock
from services.core.errors import Unavailable
from services.core.ports import Batch, Partition, RebalanceListener

T = TypeVar("T")


class Host(Protocol):
    """What a subscription needs of its bus."""

    clock: Clock
    session: float
    # Given when there may be new records, and when a group may have changed.
    records: Signal
    members: Signal

    @property
    def client(self) -> str: ...
    async def write(self, work: Callable[[Log], T]) -> T: ...
    async def read(self, work: Callable[[Log], T]) -> T: ...
    def groups(self, log: Log) -> Groups: ...


class EmbeddedSubscription:
    """A Subscription. A task of its own keeps the membership alive and takes part in rebalances.

    What goes wrong in that task, or in the listener, is raised by the next poll or commit.
    """

    def __init__(
        self, bus: Host, group: str, topics: Sequence[str], listener: RebalanceListener, name: str | None
    ) -> None:
        self._bus = bus
        self._listener = listener
        self._member = Member(group, uuid.uuid4().hex, bus.client, name, tuple(topics))
        self._generation = 0
        self._owned: frozenset[Partition] = frozenset()
        # The next offset to read of what may be polled: owned, its listener told, not about to be given up.
        self._positions: dict[Partition, int] = {}
        self._turn = 0
        self._task: asyncio.Task[None] | None = None

    # ------------------------------------------------ the port

    @property
    def generation(self) -> int:
        """The group's generation when the assignment last changed."""
        return self._generation

    @property
    def assignment(self) -> frozenset[Partition]:
        """What this member owns now."""
        return self._owned

    async def poll(
        self, *, max_messages: int, timeout: float, partitions: frozenset[Partition] | None = None
    ) -> list[Batch]:
        """Returns as soon as there is a message; partitions take turns in being first."""
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            self._check()
            news = self._bus.records.next
            if batches := await self._fetch(max_messages, partitions):
                return batches
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return []
            await heard(news, left)

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Stores the offsets durably, all or none. Raises Lost where a partition is no longer ours."""
        self._check()
        if offsets:
            await self._bus.write(lambda log: self._bus.groups(log).commit(self._member, offsets))

    async def _fetch(self, limit: int, partitions: frozenset[Partition] | None) -> list[Batch]:
        wanted = sorted(each for each in self._positions if partitions is None or each in partitions)
        if not wanted or limit <= 0:
            return []
        self._turn = (self._turn + 1) % len(wanted)
        places = [(each, self._positions[each]) for each in wanted[self._turn :] + wanted[: self._turn]]
        found = await self._bus.read(lambda log: log.read_many(places, limit))
        batches = []
        for partition, position in places:
            # Meanwhile it may have been revoked, or read by another poll.
            if partition in found and self._positions.get(partition) == position:
                self._positions[partition] = found[partition][-1].offset + 1
                batches.append(Batch(partition, found[partition]))
        return batches

    def _check(self) -> None:
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()

    # ------------------------------------------------ membership

    async def start(self) -> None:
        """Joins the group; partitions come later, to the listener."""
        await self._in_groups(lambda groups: groups.join(self._member, self._bus.clock.monotonic()))
        self._bus.members.give()
        self._task = asyncio.create_task(self._take_part())

    async def stop(self) -> None:
        """Leaves the group, at once and without committing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        self._positions.clear()
        self._owned = frozenset()
        # Where that fails, the group notices by itself that we are gone.
        with contextlib.suppress(Unavailable):
            await self._in_groups(lambda groups: groups.leave(self._member))
        self._bus.members.give()

    async def _in_groups(self, work: Callable[[Groups], T]) -> T:
        return await self._bus.write(lambda log: work(self._bus.groups(log)))

    async def _take_part(self) -> None:
        seen = -1
        due = 0.0
        while True:
            news = self._bus.members.next
            now = self._bus.clock.monotonic()
            if now >= due or await self._group_generation() != seen:
                seen = await self._rebalance(now)
                due = now + self._bus.session / 4
            await heard(news, self._bus.session / 4)

    async def _group_generation(self) -> int:
        return await self._bus.read(lambda log: self._bus.groups(log).generation(self._member.group))

    async def _rebalance(self, now: float) -> int:
        """Takes and gives until the view is settled; returns the generation that was seen."""
        view = await self._in_groups(lambda groups: groups.look(self._member, now))
        # What we held and others may have by now: our session had ended. The listener is told, late as it is.
        if view.rejoined:
            await self._revoke(self._owned)
        if view.surplus:
            await self._revoke(view.surplus)
            await self._in_groups(lambda groups: groups.release(self._member, view.surplus))
            self._bus.members.give()
        await self._assign(view)
        return view.generation

    async def _revoke(self, partitions: frozenset[Partition]) -> None:
        if partitions:
            for partition in partitions:
                self._positions.pop(partition, None)
            await self._beating(self._listener.revoked(partitions))
            self._owned -= partitions

    async def _assign(self, view: View) -> None:
        added = view.owned - view.surplus - self._owned
        if view.surplus or added:
            self._generation = view.generation
        if not added:
            return
        self._owned |= added
        group = self._member.group
        committed = await self._bus.read(lambda log: log.committed(group, self._member.topics))
        await self._beating(self._listener.assigned(added, view.generation))
        self._positions.update({partition: committed.get(partition, 0) for partition in added})
        self._bus.records.give()

    async def _beating(self, work: Coroutine[Any, Any, None]) -> None:
        """Waits for a listener and reports us as alive meanwhile: it may take longer than a session."""
        task = asyncio.create_task(work)
        try:
            while not (await asyncio.wait({task}, timeout=self._bus.session / 4))[0]:
                await self._in_groups(lambda groups: groups.heartbeat(self._member, self._bus.clock.monotonic()))
            await task
        finally:
            task.cancel()
