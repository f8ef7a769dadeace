"""Tools on files: `extract`, `link`, `ingest`. What they print is a contract: one JSON object a line."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from services.app.settings import load_settings

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="FILES... | -", help="files, or - for standard input: one JSON article (as in .jsonl) a line"
    ),
]


def extract(inputs: Inputs) -> None:
    """Articles in (.txt, .html, .json, .jsonl, .warc), one coded article a line out, in input order.

    A bad input, or a page that is no article, is one line {"input", "error"} on standard error; the others go on.
    """
    from services.app.extract import extract_all

    def complain(name: str, error: str) -> None:
        sys.stderr.write(json.dumps({"input": name, "error": error}, ensure_ascii=False) + "\n")

    settings = load_settings()
    failed = extract_all(
        inputs,
        write=sys.stdout.buffer.write,
        complain=complain,
        processes=settings.enricher_processes,
        timeout=settings.enricher_timeout,
        overlay=settings.enricher_overlay,
    )
    sys.stdout.buffer.flush()
    raise typer.Exit(1 if failed else 0)


def link(source: Annotated[str, typer.Argument(metavar="FILE | -")] = "-") -> None:
    """Coded articles (the output of extract) in, linked events out, one a line; the same set gives the same bytes."""
    from services.app.extract import read_enriched
    from services.linker.offline import link_articles

    articles, errors = read_enriched(source)
    for event in link_articles(articles):
        sys.stdout.buffer.write(event.to_bytes() + b"\n")
    sys.stdout.buffer.flush()
    for number, error in errors:
        sys.stderr.write(json.dumps({"input": f"{source}:{number}", "error": error}, ensure_ascii=False) + "\n")
    raise typer.Exit(1 if errors else 0)


def ingest(files: Annotated[list[Path], typer.Argument(metavar="FILES...")]) -> None:
    """Publish articles of files (.txt, .html, .json, .jsonl, .warc) to be coded, linked and indexed."""
    from services.app.ingest import ingest_files

    report = ingest_files(load_settings(), files)
    typer.echo(f"published {report.published} articles")
    for failed in report.errors:
        sys.stderr.write(json.dumps({"input": failed.input, "error": failed.error}, ensure_ascii=False) + "\n")
    raise typer.Exit(1 if report.errors else 0)
