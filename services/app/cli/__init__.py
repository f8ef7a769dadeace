"""The command line. Each command is a thin shell around a function that a test can call.

Imports stand within the commands: `dateline feeds parse` must not pay for the index, nor an image carry it.
"""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from services.app.cli import dlq, feeds, setup, tools
from services.app.cli.account import account
from services.app.settings import Settings, load_settings

app = typer.Typer(
    help="Reads news as it appears and says what happened: who did what to whom, and who says so.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(feeds.app, name="feeds")
app.add_typer(dlq.app, name="dlq")
app.add_typer(setup.topics, name="topics")
app.add_typer(setup.index, name="index")
app.add_typer(setup.schemas, name="schemas")
app.add_typer(setup.gazetteer, name="gazetteer")
app.command()(setup.config)
app.command()(setup.health)
app.command()(account)
app.command()(tools.extract)
app.command()(tools.link)
app.command()(tools.ingest)


def _start(settings: Settings, work: Coroutine[Any, Any, None]) -> None:
    from services.app.logs import set_up_logs

    set_up_logs(settings.log_level, settings.log_format)
    try:
        import uvloop
    except ImportError:  # no uvloop for this interpreter
        asyncio.run(work)
    else:
        uvloop.run(work)


@app.command()
def stage(name: Annotated[str, typer.Argument(help="crawler, enricher, linker, sink or dashboard")]) -> None:
    """Run one stage until SIGTERM; what it connects to is in the settings."""
    from services.app.serve import serve
    from services.app.wiring import STAGES
    from services.core.errors import ConfigError

    if name not in STAGES:
        raise ConfigError(f"there is no stage {name!r}; there are {', '.join(STAGES)}")
    settings = load_settings()
    _start(settings, serve(settings, [name]))


@app.command()
def run(
    feeds_file: Annotated[
        Path | None, typer.Option("--feeds", help="OPML file, or a text file with one feed URL a line")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="directory of the embedded bus and index")] = None,
    demo: Annotated[bool, typer.Option(help="serve the demo site on loopback and read it")] = False,
    port: Annotated[int | None, typer.Option(help="port of the dashboard")] = None,
) -> None:
    """Run all stages in one process, with the dashboard."""
    from services.app.run import run_all

    where = f"embedded:{data}" if data else None
    settings = load_settings(bus=where, index=where, dashboard_port=port)
    _start(settings, run_all(settings, feeds_file=feeds_file, demo=demo))
