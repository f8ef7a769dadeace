"""Reading knowledge files: tab-separated lines under a comment header that tells what, source and licence."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from services.core.errors import ConfigError

FOLDER = Path(__file__).parent


def rows(name: str, columns: int, overlay: Path | None = None) -> Iterator[list[str]]:
    """The lines of a knowledge file, then those of the operator's file of the same name, split into `columns` cells.

    Missing cells at the end of a line are empty. Raises ConfigError, naming file and line, for a line with too many.
    """
    for folder in (FOLDER, overlay):
        path = folder / name if folder else None
        if path is None or (folder is overlay and not path.exists()):
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            cells = [cell.strip() for cell in line.split("\t")]
            if len(cells) > columns:
                raise ConfigError(f"{path}:{number}: {len(cells)} columns where {columns} are meant: {line[:80]!r}")
            yield cells + [""] * (columns - len(cells))


def values(cell: str) -> tuple[str, ...]:
    """The values of a cell that holds several, separated by |."""
    return tuple(value for value in cell.split("|") if value)


@cache
def word_set(name: str) -> frozenset[str]:
    """A set of word_sets.tsv. Raises KeyError for a name that is not there."""
    return {key: frozenset(words.split()) for key, words in rows("word_sets.tsv", 2)}[name]
