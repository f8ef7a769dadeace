"""Dead letters: finding them, sending them back to where they failed, and setting them aside for good.

A log can not give up single records, so what was done with a letter is told beside it, in dateline.dlq-state.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from pydantic import ValidationError

from services.core.envelope import DLQ_PREFIX, read, record_of
from services.core.errors import BadInput, ConfigError
from services.core.models import DeadLetter, DeadLetterState
from services.core.ports import Bus, Message, Record
from services.core.topics import BY_NAME, DLQ_STATE, DLQ_SUFFIX, TOPICS, dlq_of

State = Literal["waiting", "replayed", "dropped"]
STATES: Final[tuple[State, ...]] = get_args(State)
WAITING: Final[State] = "waiting"
_OUR_PREFIX: Final = "dateline."


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter: the record as it lies there, what its headers tell, and what was done with it."""

    message: Message
    told: DeadLetter
    state: State = WAITING

    @property
    def id(self) -> str:
        """The place of the message that failed: topic/partition/offset."""
        return f"{self.told.topic}/{self.told.partition}/{self.told.offset}"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which letters: all that is given must fit. `since` and `until` (not included) are when the message failed."""

    ids: Collection[str] = ()
    topic: str | None = None
    stage: str | None = None
    error: str | None = None
    key: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    states: Collection[State] = (WAITING,)
    limit: int | None = None

    def takes(self, letter: Letter) -> bool:
        """Whether a letter is meant; the limit is for whoever counts."""
        told = letter.told
        wanted = (
            (self.topic, told.topic), (self.stage, told.stage), (self.error, told.error), (self.key, letter.message.key)
        )  # fmt: skip
        return (
            all(want is None or want == has for want, has in wanted)
            and letter.state in self.states
            and (not self.ids or letter.id in self.ids)
            and (self.since is None or told.time >= self.since)
            and (self.until is None or told.time < self.until)
        )

    def topics(self) -> list[str]:
        """The topics whose letters may be meant."""
        named = {letter_id.partition("/")[0] for letter_id in self.ids}
        wanted = {self.topic} if self.topic else named or set(BY_NAME)
        return [topic.name for topic in TOPICS if topic.name in wanted]


def topic_named(name: str) -> str:
    """The topic that somebody means, with or without "dateline." and ".dlq". Raises ConfigError."""
    plain = name.removesuffix(DLQ_SUFFIX)
    for topic in (plain, _OUR_PREFIX + plain):
        if topic in BY_NAME:
            return topic
    raise ConfigError(f"there is no topic {name!r}; there are {', '.join(sorted(BY_NAME))}")


def letter_of(message: Message) -> Letter:
    """Reads what the headers tell. Raises BadInput for a record that no stage of ours wrote."""
    headers = {k.removeprefix(DLQ_PREFIX): v for k, v in message.headers.items() if k.startswith(DLQ_PREFIX)}
    where = f"{message.topic}[{message.partition}]@{message.offset}"
    try:
        told = DeadLetter.model_validate(headers)
    except ValidationError as error:
        raise BadInput(f"{where}: no dead letter: {error.error_count()} of its headers are missing or wrong") from None
    if dlq_of(told.topic) != message.topic:
        raise BadInput(f"{where}: a letter of {told.topic} does not belong here")
    return Letter(message, told)


def original(letter: Letter) -> Record:
    """The message as it was when it failed: same bytes, key, headers, topic and partition."""
    message, told = letter.message, letter.told
    headers = {name: value for name, value in message.headers.items() if not name.startswith(DLQ_PREFIX)}
    return Record(told.topic, message.key, message.value, headers, partition=told.partition)


def mark(letter: Letter, state: Literal["replayed", "dropped"], now: datetime, reason: str = "") -> Record:
    """The record that says what was done with a letter."""
    told = letter.told
    done = DeadLetterState(
        topic=told.topic, partition=told.partition, offset=told.offset, state=state, reason=reason, time=now
    )
    return record_of(DLQ_STATE, letter.id, done)


async def find(bus: Bus, selection: Selection, bad: list[BadInput]) -> AsyncIterator[Letter]:
    """The selected letters, topic by topic, each as old as it is in the log; in `bad` what is no letter.

    What was set aside twice, because its stage died before the commit, comes once.
    """
    marks = await _marks(bus)
    seen: set[tuple[str, State]] = set()
    for topic in selection.topics():
        async for message in bus.read_all(dlq_of(topic)):
            if selection.limit is not None and len(seen) >= selection.limit:
                return
            try:
                letter = _with_state(letter_of(message), marks)
            except BadInput as error:
                bad.append(error)
                continue
            if selection.takes(letter) and (letter.id, letter.state) not in seen:
                seen.add((letter.id, letter.state))
                yield letter


def _with_state(letter: Letter, marks: Mapping[str, tuple[datetime, State]]) -> Letter:
    marked = marks.get(letter.id)
    # A letter that came after its mark tells something new: its message was read, and failed, once more.
    if marked is None or letter.message.time > marked[0]:
        return letter
    return Letter(letter.message, letter.told, marked[1])


async def _marks(bus: Bus) -> dict[str, tuple[datetime, State]]:
    marks: dict[str, tuple[datetime, State]] = {}
    async for message in bus.read_all(DLQ_STATE):
        if message.value is None:
            marks.pop(message.key, None)
        else:
            marks[message.key] = (message.time, read(DeadLetterState, message).state)
    return marks


async def drop(bus: Bus, letters: Sequence[Letter], *, now: datetime, reason: str = "") -> None:
    """Marks the letters, so that nothing lists or replays them any more; their bytes stay until they expire."""
    await bus.publish([mark(letter, "dropped", now, reason) for letter in letters])
