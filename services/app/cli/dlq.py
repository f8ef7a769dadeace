"""`dateline dlq`: the messages that could not be processed, and what to do with them."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace as changed
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from services.app.cli import dlq_shown
from services.app.cli.bus import on_bus
from services.app.cli.times import moment
from services.core.errors import BadInput, ConfigError
from services.core.ports import Bus

if TYPE_CHECKING:
    from services.app.dlq import Letter, Selection, State

app = typer.Typer(help="Messages that could not be processed.", no_args_is_help=True)

Ids = Annotated[list[str] | None, typer.Argument(metavar="[LETTER]...", help="as listed: topic/partition/offset")]
Topic = Annotated[str | None, typer.Option(help="the topic that it failed in")]
Stage = Annotated[str | None, typer.Option(help="the stage that failed")]
Error = Annotated[str | None, typer.Option(help="class of the error, as in BadInput")]
Key = Annotated[str | None, typer.Option(help="key of the message: an article id, say")]
Since = Annotated[str | None, typer.Option(help="failed since: 2026-05-12T10:00Z, or 2h for two hours ago")]
Until = Annotated[str | None, typer.Option(help="failed before")]
Limit = Annotated[int | None, typer.Option(min=1, help="at most so many")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object a line")]


def _selection(
    ids: list[str] | None, topic: str | None, stage: str | None, error: str | None, key: str | None,
    since: str | None, until: str | None, limit: int | None, states: "tuple[State, ...]",
) -> "Selection":  # fmt: skip
    from services.app.dlq import Selection, topic_named

    now = datetime.now(UTC)
    for letter_id in ids or ():
        topic_named(letter_id.partition("/")[0])
    return Selection(
        ids=frozenset(ids or ()),
        topic=topic_named(topic) if topic else None,
        stage=stage,
        error=error,
        key=key,
        since=moment(since, now) if since else None,
        until=moment(until, now) if until else None,
        states=states,
        limit=limit,
    )


def _states(name: str) -> "tuple[State, ...]":
    from services.app.dlq import STATES

    found = tuple(state for state in STATES if name in (state, "any"))
    if not found:
        raise ConfigError(f"there is no state {name!r}; there are {', '.join(STATES)}, any")
    return found


def _complain(name: str, error: str) -> None:
    sys.stderr.write(json.dumps({"input": name, "error": error}, ensure_ascii=False) + "\n")


def _found(selection: "Selection", bad: list[BadInput], *, bodies: bool = True) -> "list[Letter]":
    """The letters, with their messages' bytes or, since there may be many of 16 MiB, without."""
    from services.app.dlq import find

    async def work(bus: Bus) -> "list[Letter]":
        with _progress("reading") as step:
            found = []
            async for letter in find(bus, selection, bad):
                found.append(letter if bodies else changed(letter, message=changed(letter.message, value=None)))
                step()
            return found

    return on_bus(work)


@contextmanager
def _progress(doing: str) -> Iterator[Callable[[], None]]:
    console = Console(stderr=True)
    with Progress(*Progress.get_default_columns(), "{task.completed}", console=console, transient=True,
                  disable=not console.is_terminal) as progress:  # fmt: skip
        task = progress.add_task(doing, total=None)
        yield lambda: progress.advance(task)


# ---------------------------------------------------------------- looking


@app.command("list")
def list_letters(
    topic: Topic = None, stage: Stage = None, error: Error = None, key: Key = None, since: Since = None,
    until: Until = None, limit: Limit = None,
    state: Annotated[str, typer.Option(help="waiting, replayed, dropped or any")] = "waiting",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show the letters that wait: oldest first, topic by topic."""
    from services.app.dlq import find

    selection = _selection(None, topic, stage, error, key, since, until, limit, _states(state))
    bad: list[BadInput] = []

    async def rows(bus: Bus) -> list[dict[str, Any]]:
        with _progress("reading") as step:
            found = []
            async for letter in find(bus, selection, bad):
                found.append(dlq_shown.row(letter))  # the bytes are let go
                step()
            return found

    found = on_bus(rows)
    if as_json:
        for row in found:
            typer.echo(json.dumps(row, ensure_ascii=False))
    else:
        dlq_shown.print_table(found)
    for broken in bad:
        _complain("dlq", str(broken))
    raise typer.Exit(1 if bad else 0)


@app.command()
def show(
    letter: Annotated[str, typer.Argument(metavar="LETTER", help="as listed: topic/partition/offset")],
    raw: Annotated[bool, typer.Option(help="nothing but the bytes of the message")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Show one letter with its headers and its message."""
    from services.app.dlq import STATES

    bad: list[BadInput] = []
    found = _found(_selection([letter], None, None, None, None, None, None, None, STATES), bad)
    if not found:
        _complain(letter, "there is no such letter; `dateline dlq list --state any` shows what there is")
        raise typer.Exit(1)
    newest = found[-1]
    if raw:
        sys.stdout.buffer.write(newest.message.value or b"")
    elif as_json:
        typer.echo(json.dumps(dlq_shown.in_json(newest), ensure_ascii=False))
    else:
        typer.echo(dlq_shown.in_words(newest))


# ---------------------------------------------------------------- doing


@app.command()
def replay(
    letters: Ids = None, topic: Topic = None, stage: Stage = None, error: Error = None, key: Key = None,
    since: Since = None, until: Until = None, limit: Limit = None,
    rate: Annotated[float, typer.Option(min=0.1, help="messages a second")] = 50.0,
    again: Annotated[bool, typer.Option(help="also those that were replayed or dropped")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Send letters back to where they failed, once their cause is mended; doing it twice changes nothing."""
    from services.app.dlq import find
    from services.app.dlq_replay import Replay
    from services.core.clock import SystemClock

    selection = _selection(
        letters, topic, stage, error, key, since, until, limit, _states("any" if again else "waiting")
    )
    bad: list[BadInput] = []
    results: dict[str, str | None] = {}

    async def work(bus: Bus) -> None:
        with _progress("replaying") as step:

            def tell(letter: "Letter", obstacle: str | None) -> None:
                results[letter.id] = obstacle
                step()

            await Replay(bus, SystemClock(), rate=rate, tell=tell).run(find(bus, selection, bad))

    on_bus(work)
    _report("replayed", selection, results, bad, as_json)


@app.command()
def drop(
    letters: Ids = None, topic: Topic = None, stage: Stage = None, error: Error = None, key: Key = None,
    since: Since = None, until: Until = None, limit: Limit = None,
    reason: Annotated[str, typer.Option(help="kept with the mark")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Set letters aside for good: no list and no replay shows them again, and their bytes expire with their topic."""
    from services.app import dlq

    selection = _selection(letters, topic, stage, error, key, since, until, limit, (dlq.WAITING,))
    bad: list[BadInput] = []
    found = _found(selection, bad, bodies=False)
    if found and not yes:
        if not sys.stdin.isatty():
            raise ConfigError(f"this drops {len(found)} letters: say --yes")
        typer.confirm(f"drop {len(found)} letters?", abort=True)
    on_bus(lambda bus: dlq.drop(bus, found, now=datetime.now(UTC), reason=reason))
    _report("dropped", selection, {letter.id: None for letter in found}, bad, as_json)


def _report(
    done: str, selection: "Selection", results: dict[str, str | None], bad: list[BadInput], as_json: bool
) -> None:
    """Says what was done, complains of the rest, and leaves with 1 where there is any."""
    complaints = {letter_id: obstacle for letter_id, obstacle in results.items() if obstacle is not None}
    missing = {letter_id: "no such letter waits; `dateline dlq list --state any` shows what there is"
               for letter_id in selection.ids if letter_id not in results}  # fmt: skip
    if as_json:
        for letter_id, obstacle in results.items():
            typer.echo(json.dumps({"id": letter_id, done: obstacle is None, "error": obstacle}, ensure_ascii=False))
    else:
        typer.echo(f"{done} {len(results) - len(complaints)} letters")
    for letter_id, complaint in [*complaints.items(), *missing.items(), *(("dlq", str(broken)) for broken in bad)]:
        _complain(letter_id, complaint)
    raise typer.Exit(1 if complaints or missing or bad else 0)
