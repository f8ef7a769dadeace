"""`dateline account`: does what was fetched add up with what became of it?"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from services.app.cli.bus import on_bus
from services.app.cli.times import duration
from services.core.ports import Bus

if TYPE_CHECKING:
    from services.app.account import Report
    from services.core.accounts import Account

_SHOWN = 20
_FAULTS = {
    "overdue": "fetched, and nothing became of it",
    "contradiction": "indexed and rejected",
    "unopened": "ended without having been fetched",
}


def account(
    feed: Annotated[str | None, typer.Option(help="only this feed (id or URL)")] = None,
    patience: Annotated[str, typer.Option(help="how long an article may be on its way: 30m, 2h, 1d")] = "1h",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line: each feed, then the total")] = False,
) -> None:
    """Balance the accounts: fetched = indexed + duplicate + rejected + dead-lettered + in flight; exit 1 where not."""
    from services.app.account import account as balanced

    limit = duration(patience)
    err = Console(stderr=True)

    async def work(bus: Bus) -> "Report":
        with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
            task = progress.add_task("reading the outcomes")
            return await balanced(
                bus, now=datetime.now(UTC), feed=feed, patience=limit,
                progress=lambda done, total: progress.update(task, completed=done, total=total),
            )  # fmt: skip

    report = on_bus(work)
    if as_json:
        _print_json(report)
    else:
        _print_table(report)
    for error in report.unreadable:
        typer.echo(json.dumps({"error": str(error)}, ensure_ascii=False), err=True)
    raise typer.Exit(0 if report.holds else 1)


def _print_json(report: "Report") -> None:
    for feed, each in sorted(report.accounts.feeds.items()):
        faults = [fault for fault in report.accounts.faults if fault.feed == feed]
        line = {"feed": feed or None, "url": report.urls.get(feed), **_numbers(each), "holds": not faults,
                "faults": [{"kind": f.kind, "article_id": f.article_id, "fetch_id": f.fetch_id,
                            "fetched_at": f.fetched_at.isoformat()} for f in faults]}  # fmt: skip
        typer.echo(json.dumps(line, ensure_ascii=False))
    typer.echo(json.dumps({"total": _numbers(report.accounts.total), "holds": report.holds,
                           "unreadable": len(report.unreadable)}))  # fmt: skip


def _numbers(each: "Account") -> dict[str, Any]:
    return {
        "fetched": each.fetched,
        "indexed": each.indexed,
        "duplicate": each.duplicate,
        "rejected": dict(sorted(each.rejected.items())),
        "dead_lettered": each.dead_lettered,
        "in_flight": each.in_flight,
    }


def _print_table(report: "Report") -> None:
    accounts = report.accounts
    table = Table(title="fetched is the sum of what follows; set aside: dead letters")
    table.add_column("feed", overflow="fold")
    for name in ("fetched", "indexed", "duplicate", "rejected", "set aside", "in flight"):
        table.add_column(name, justify="right", no_wrap=True)
    for feed, each in sorted(accounts.feeds.items()):
        table.add_row(Text(report.urls.get(feed, feed) or "(files)"), *_cells(each))
    table.add_section()
    table.add_row("all", *_cells(accounts.total))
    console = Console()
    console.print(table)
    for reason, count in accounts.total.rejected.most_common():
        console.print(Text(f"rejected for {reason or 'no reason'}: {count}"))
    for fault in accounts.faults[:_SHOWN]:
        where = report.urls.get(fault.feed, fault.feed) or "files"
        text = f"article {fault.article_id} of {where}, fetched {fault.fetched_at:%Y-%m-%d %H:%M:%S}Z: "
        console.print(Text(text + _FAULTS[fault.kind]), soft_wrap=True)
    if len(accounts.faults) > _SHOWN:
        console.print(f"and {len(accounts.faults) - _SHOWN} more")
    console.print("it holds" if report.holds else "it does not hold")


def _cells(each: "Account") -> list[str]:
    counts = (each.fetched, each.indexed, each.duplicate, each.rejected.total(), each.dead_lettered, each.in_flight)
    return [str(count) for count in counts]
