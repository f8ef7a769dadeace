"""Commands that set things up or show how they are: topics, index, schemas, config, health."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer

from services.app.settings import PREFIX, Settings, load_settings

topics = typer.Typer(help="The bus's topics.", no_args_is_help=True)
index = typer.Typer(help="The search index.", no_args_is_help=True)
gazetteer = typer.Typer(help="The places that the enricher knows.", no_args_is_help=True)
schemas = typer.Typer(help="The contract with other teams, under schemas/.", no_args_is_help=True)


@topics.command("create")
def create_topics() -> None:
    """Create what is missing; safe to repeat."""
    made = asyncio.run(_create_topics(load_settings()))
    typer.echo(f"created {len(made)} topics" + "".join(f"\n  {name}" for name in made))


async def _create_topics(settings: Settings) -> list[str]:
    from services.app.wiring import connect, open_bus
    from services.core.clock import SystemClock

    bus = open_bus(settings)
    await connect("bus", bus.start, patience=settings.connect_patience, clock=SystemClock())
    try:
        return await bus.create_topics(settings.partitions)
    finally:
        await bus.close()


@index.command("create")
def create_index() -> None:
    """Install templates and aliases; safe to repeat."""
    made = asyncio.run(_create_index(load_settings()))
    typer.echo(f"installed {len(made)}" + "".join(f"\n  {name}" for name in made))


async def _create_index(settings: Settings) -> list[str]:
    from services.app.wiring import connect, open_index
    from services.core.clock import SystemClock

    async with AsyncExitStack() as stack:
        opened = open_index(settings)
        await connect("index", opened.start, patience=settings.connect_patience, clock=SystemClock())
        stack.push_async_callback(opened.close)
        return await opened.install()


@gazetteer.command("load")
def load_gazetteer(
    file: Annotated[Path, typer.Argument(help="a GeoNames dump: .txt, or the .zip that holds it")],
    minimum_population: Annotated[int, typer.Option(min=0, help="leave out smaller populated places")] = 0,
) -> None:
    """Add the places of a GeoNames dump; enrichers take them when they start."""
    from services.enricher.knowledge.geonames_dump import load_dump

    load_settings()
    typer.echo(f"loaded {load_dump(file, minimum_population=minimum_population)} places")


@schemas.command("export")
def export_schemas(
    check: Annotated[bool, typer.Option(help="write nothing; exit 1 where a file differs")] = False,
) -> None:
    """Write schemas/ from the models."""
    from services.app.schemas import drift, export

    touched = drift() if check else export()
    for path in touched:
        typer.echo(f"{'differs' if check else 'wrote'}: schemas/{path}")
    if check and touched:
        typer.echo("run `dateline schemas export` and commit what it writes", err=True)
        raise typer.Exit(1)


def config(as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False) -> None:
    """Print the effective configuration, secrets hidden."""
    settings = load_settings()
    values = settings.model_dump(mode="json")
    if as_json:
        typer.echo(json.dumps(values))
        return
    for name, value in values.items():
        field = Settings.model_fields[name]
        typer.echo(f"{PREFIX}{name.upper()}={'' if value is None else value}")
        if field.description:
            typer.echo(f"    {field.description}")


def health() -> None:
    """Ask the stage on this machine whether it is alive: the container's check."""
    from services.app.probe import probe

    raise typer.Exit(probe(load_settings().health_port))
