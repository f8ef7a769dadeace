"""The running linker: one Linker per partition number, its state in the bus."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import timedelta

from services.core.clock import Clock
from services.core.envelope import read, record_of, tombstone, traceparent_of, type_of
from services.core.errors import BadInput, TooLarge
from services.core.models import ArticleRevision, Correction, Event, EventMention, LinkState
from services.core.outbox import Outbox
from services.core.ports import Batch, Bus, Message, Partition, Record
from services.core.stage import Done, Failed, Result
from services.core.topics import CORRECTIONS, EVENTS, LINKER_STATE, MENTIONS, limit_of
from services.linker import metrics
from services.linker.link import IDLE, WINDOW, Counts, Linker, Told
from services.linker.state import OWNER_PREFIX, State

_log = logging.getLogger(__name__)
# Messages between two turns of the event loop: linking is CPU work, and heartbeats must go out.
_BREATH = 25
# A state record holds the whole message and a little more, and must pass through a topic of the same limit.
_LARGEST = limit_of(LINKER_STATE) - 16 * 1024


@dataclass(frozen=True, slots=True)
class LinkerOptions:
    """An event is forgotten when its day is before `window` and its last report before `idle`. Patience in seconds."""

    window: timedelta = WINDOW
    idle: timedelta = IDLE
    batch_size: int = 500
    in_flight: int = 2000
    patience: float = 120.0


@dataclass(slots=True)
class _Owned:
    """A partition number that is ours. Its topics' lanes run side by side, its state takes one batch at a time."""

    linker: Linker
    lock: asyncio.Lock
    counted: Counts


class LinkerHandler:
    """Turns mentions, revisions and corrections into events (a core.stage.Handler).

    State is published, and durable, before the events that follow from it: a version number is never told twice with
    different contents. After a crash between the two, the messages come again and the events they touch are told again.
    """

    name = "linker"
    group = "linker"
    topics: Sequence[str] = (MENTIONS, CORRECTIONS)
    bulk_topics: Sequence[str] = ()
    ordered = True

    def __init__(self, bus: Bus, clock: Clock, options: LinkerOptions | None = None) -> None:
        self._bus = bus
        self._options = options or LinkerOptions()
        self.batch_size, self.in_flight = self._options.batch_size, self._options.in_flight
        self._outbox = Outbox(bus, clock, stage=self.name, patience=self._options.patience)
        self._owned: dict[int, _Owned] = {}

    async def assigned(self, partitions: frozenset[Partition], generation: int) -> None:
        """Loads the state of partition numbers that are new to us."""
        numbers = sorted({partition.number for partition in partitions} - self._owned.keys())
        if not numbers:
            return
        # From here on in the log, records of earlier owners no longer count.
        opening = LinkState(key=f"{OWNER_PREFIX}{generation}", generation=generation)
        await self._outbox.publish(
            [record_of(LINKER_STATE, opening.key, opening, partition=number) for number in numbers]
        )
        states = await self._load(numbers, generation)
        for number in numbers:
            linker = Linker(states[number], window=self._options.window, idle=self._options.idle)
            self._owned[number] = _Owned(linker, asyncio.Lock(), Counts())
        async for message in self._bus.read_all(CORRECTIONS, numbers):
            if message.value is not None and (order := _or_none(message)) is not None:
                self._owned[message.partition].linker.remember(order)
        self._show_window()

    async def draining(self, partitions: frozenset[Partition]) -> None:
        """A batch is linked in moments."""

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        """Forgets their state."""
        for number in {partition.number for partition in partitions}:
            self._owned.pop(number, None)
        self._show_window()

    async def close(self) -> None:
        """There is nothing to end."""

    async def handle(self, batch: Batch) -> Sequence[Result]:
        """Links a batch; each event that it changed goes out once, with the last message that changed it."""
        number = batch.partition.number
        owned = self._owned[number]
        async with owned.lock:
            failed: dict[int, Failed] = {}
            for at, message in enumerate(batch.messages):
                try:
                    _take(owned.linker, message, at)
                except BadInput as error:
                    failed[at] = Failed(error)
                if at % _BREATH == 0:
                    await asyncio.sleep(0)
            told = owned.linker.flush()
            await self._outbox.publish(_state_records(owned.linker.state, number))
            self._count(owned, told)
        return _results(batch, told, failed)

    # ------------------------------------------------------------ state

    async def _load(self, numbers: Sequence[int], generation: int) -> dict[int, State]:
        logs = {number: _StateLog() for number in numbers}
        async for message in self._bus.read_all(LINKER_STATE, numbers):
            logs[message.partition].take(message)
        states = {}
        for number, log in logs.items():
            if log.generation > generation:
                _log.warning("the linker's state is of a later generation than the group's: was the group reset?")
            owner = max(log.generation, generation)
            await self._outbox.publish(log.repairs(number, owner))
            states[number] = State(owner)
            states[number].restore(log.latest.values())
        return states

    # ------------------------------------------------------------ metrics

    def _count(self, owned: _Owned, told: Sequence[Told]) -> None:
        now, before = astuple(owned.linker.counts), astuple(owned.counted)
        for decision, new, old in zip(metrics.DECISIONS, now, before, strict=True):
            metrics.MENTIONS.labels(decision).inc(new - old)
        owned.counted = Counts(*now)
        for kind in map(_kind, (each.event for each in told)):
            metrics.EVENTS.labels(kind).inc()
        self._show_window()

    def _show_window(self) -> None:
        states = [owned.linker.state for owned in self._owned.values()]
        metrics.WINDOW_MENTIONS.set(sum(len(state.held) for state in states))
        metrics.WINDOW_EVENTS.set(sum(len(state.events) for state in states))


def _take(linker: Linker, message: Message, at: int) -> None:
    if len(message.value or b"") > _LARGEST:
        raise TooLarge(message.topic, len(message.value or b""), _LARGEST)
    if message.topic == CORRECTIONS:
        # A correction that was taken back stays done; what it ordered ends with the mentions' window.
        if message.value is not None:
            linker.correction(read(Correction, message), at)
    elif type_of(message) == "article-revision":
        linker.revision(read(ArticleRevision, message), message.time, at)
    else:
        linker.mention(read(EventMention, message), message.time, at)


class _StateLog:
    """A partition of the state topic while it is read: the newest record per key, zombies' left out."""

    def __init__(self) -> None:
        self.latest: dict[str, LinkState] = {}
        self.generation = 0
        self._owners: dict[str, int] = {}
        self._spoilt: set[str] = set()

    def take(self, message: Message) -> None:
        """Takes the next record of the log."""
        if message.value is None:
            self.latest.pop(message.key, None)
            self._owners.pop(message.key, None)
            return
        try:
            record = read(LinkState, message)
        except BadInput as error:
            # The partition goes on without it; the mention it told of comes again with its next revision.
            _log.error("left out a state record: %s", error)
            metrics.IGNORED_STATE.labels("malformed").inc()
            return
        if record.generation < self.generation:
            metrics.IGNORED_STATE.labels("zombie").inc()
            self._spoilt.add(record.key)
            return
        self.generation = record.generation
        if record.key.startswith(OWNER_PREFIX):
            self._owners[record.key] = record.generation
        else:
            self.latest[record.key] = record

    def repairs(self, number: int, owner: int) -> list[Record]:
        """Writes over what zombies left, so that the markers that gave them away are no longer needed."""
        spoilt = [(key, self.latest.get(key)) for key in sorted(self._spoilt)]
        return [
            *(_state_record(key, now and now.model_copy(update={"generation": owner}), number) for key, now in spoilt),
            *(tombstone(LINKER_STATE, k, partition=number) for k, opened in self._owners.items() if opened < owner),
        ]


def _or_none(message: Message) -> Correction | None:
    # A malformed correction is dead-lettered when it is handled; here it is only passed over.
    try:
        return read(Correction, message)
    except BadInput:
        return None


def _state_records(state: State, number: int) -> list[Record]:
    return [_state_record(key, record, number) for key, record in state.take_changes()]


def _state_record(key: str, record: LinkState | None, number: int) -> Record:
    if record is None:
        return tombstone(LINKER_STATE, key, partition=number)
    return record_of(LINKER_STATE, key, record, partition=number)


def _results(batch: Batch, told: Sequence[Told], failed: dict[int, Failed]) -> list[Result]:
    outputs: dict[int, list[Record]] = defaultdict(list)
    for each in told:
        # An event may also be due because of what came before this batch; then any message of it will do.
        trace = traceparent_of(batch.messages[each.cause])
        outputs[each.cause].append(_event_record(each.event, batch.partition.number, trace))
    return [failed.get(at) or Done(outputs[at]) for at in range(len(batch.messages))]


def _event_record(event: Event, number: int, trace: str | None) -> Record:
    return record_of(EVENTS, event.id, event, partition=number, traceparent=trace)


def _kind(event: Event) -> str:
    return "redirected" if event.merged_into else "retracted" if event.retracted else "told"
