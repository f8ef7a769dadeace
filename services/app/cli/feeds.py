"""`dateline feeds`: the list of feeds, and what a feed file says."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from services.app.cli.bus import on_bus
from services.core.errors import BadInput
from services.core.ports import Bus

app = typer.Typer(help="The feeds to watch.", no_args_is_help=True)
Tags = Annotated[list[str] | None, typer.Option("--tag", help="may be repeated")]


@app.command()
def parse(file: Path) -> None:
    """Print a feed file's entries, one JSON object a line."""
    from services.crawler.sources.lines import feed_lines

    try:
        for line in feed_lines(file.read_bytes()):
            sys.stdout.write(line + "\n")
    except OSError as error:
        _fail(str(file), error.strerror or str(error))
    except BadInput as error:
        _fail(str(file), str(error))


def _fail(name: str, error: str) -> None:
    sys.stderr.write(json.dumps({"input": name, "error": error}, ensure_ascii=False) + "\n")
    raise typer.Exit(1)


@app.command()
def add(urls: Annotated[list[str], typer.Argument(metavar="URL...")], tag: Tags = None, name: str = "") -> None:
    """Watch these feeds."""
    from services.app.feeds import put_feeds
    from services.crawler.opml import feed_of

    try:
        feeds = [feed_of(url, name=name, tags=tag or ()) for url in urls]
    except BadInput as error:
        raise typer.BadParameter(str(error)) from None
    count = on_bus(lambda bus: put_feeds(bus, feeds))
    typer.echo(f"watching {count} more")


@app.command("import")
def import_list(file: Path) -> None:
    """Watch the feeds of an OPML file, or of a text file with one URL a line."""
    from services.app.feeds import put_feeds, read_list_file

    feeds, errors = read_list_file(file)
    count = on_bus(lambda bus: put_feeds(bus, feeds))
    typer.echo(f"watching {count} more")
    for error in errors:
        typer.echo(f"{file}: {error}", err=True)
    raise typer.Exit(1 if errors else 0)


@app.command("export")
def export_list() -> None:
    """Print the list as OPML."""
    from services.app.feeds import listed_feeds
    from services.crawler.opml import write_opml

    sys.stdout.buffer.write(write_opml(on_bus(listed_feeds).values()))


@app.command("list")
def list_feeds(as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False) -> None:
    """Show the feeds and how they are."""
    from services.app.feeds import feed_states, listed_feeds

    async def both(bus: Bus) -> list[dict[str, Any]]:
        feeds, states = await listed_feeds(bus), await feed_states(bus)
        rows = []
        for feed in sorted(feeds.values(), key=lambda feed: feed.url):
            state = states.get(feed.id)
            shown = state.model_dump(mode="json", exclude={"seen", "validators", "feed_id", "url"}) if state else {}
            rows.append({**feed.model_dump(mode="json"), "health": shown})
        return rows

    rows = on_bus(both)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
        return
    console = Console(highlight=False)
    for row in rows:
        # Text: what a server said must not be read as markup.
        console.print(Text(_told(row)), soft_wrap=True)


def _told(row: dict[str, Any]) -> str:
    """A feed in two lines, its last error in a third; a table would cut the addresses on a narrow terminal."""
    health = row["health"]
    state = "paused" if row["paused"] else health.get("state", "new")
    lines = [
        f"{state:<8} {row['url']}",
        f"read {_minute(health.get('last_success'))}, next {_minute(health.get('next_poll'))}",
    ]
    if reason := health.get("next_poll_reason"):
        lines[1] += f": {reason}"
    if error := health.get("last_error"):
        lines.append(f"last error: {error}")
    return "\n         ".join(lines)


def _minute(time: str | None) -> str:
    return f"{time[:10]} {time[11:19]} UTC" if time else "not yet"


@app.command()
def remove(feed: str) -> None:
    """Stop watching a feed (id or URL)."""
    from services.app.feeds import find, listed_feeds, remove_feed

    async def work(bus: Bus) -> None:
        await remove_feed(bus, find(await listed_feeds(bus), feed))

    on_bus(work)


@app.command()
def pause(feed: str) -> None:
    """Keep a feed on the list without polling it."""
    _set_paused(feed, True)


@app.command()
def resume(feed: str) -> None:
    """Poll a paused feed again."""
    _set_paused(feed, False)


def _set_paused(name: str, paused: bool) -> None:
    from services.app.feeds import find, listed_feeds, put_feeds

    async def work(bus: Bus) -> None:
        found = find(await listed_feeds(bus), name)
        await put_feeds(bus, [found.model_copy(update={"paused": paused})])

    on_bus(work)


@app.command()
def refresh(feed: str) -> None:
    """Poll a feed now (id or URL), whatever its schedule says; also one that answered 410 Gone."""
    from services.app.feeds import find, listed_feeds, put_feeds
    from services.core.clock import SystemClock

    async def work(bus: Bus) -> None:
        found = find(await listed_feeds(bus), feed)
        await put_feeds(bus, [found.model_copy(update={"refresh_at": SystemClock().now()})])

    on_bus(work)
