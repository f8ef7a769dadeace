"""How `dateline dlq` shows letters. What is in them comes from outside, and must not steer a terminal."""

import base64
import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from services.app.dlq import Letter

_COLUMNS = {
    "letter": "id",
    "failed": "time",
    "stage": "stage",
    "error": "error",
    "message": "message",
    "state": "state",
}


def row(letter: "Letter") -> dict[str, Any]:
    """What is listed of a letter; `bytes` is the size of the whole message, where only its beginning was kept too."""
    size = letter.told.truncated_from or len(letter.message.value or b"")
    told = letter.told.model_dump(mode="json", exclude_none=True)
    return {"id": letter.id, "state": letter.state, "key": letter.message.key, "bytes": size, **told}


def print_table(rows: list[dict[str, Any]]) -> None:
    """The rows for people."""
    if not rows:
        Console().print("no dead letters")
        return
    table = Table()
    for name in _COLUMNS:
        # Folded, so that an id can be copied whole from a narrow terminal.
        table.add_column(name, overflow="fold")
    for each in rows:
        # Text: what a server said must not be read as markup.
        table.add_row(*(Text(printable(str(each[name]))) for name in _COLUMNS.values()))
    Console().print(table, f"{len(rows)} letters", markup=False, highlight=False)


def in_json(letter: "Letter") -> dict[str, Any]:
    """All of a letter; its message as `value` where it is UTF-8, else as `value_base64`."""
    return {**row(letter), "headers": dict(letter.message.headers), **_value(letter.message.value)}


def _value(value: bytes | None) -> dict[str, Any]:
    try:
        return {"value": None if value is None else value.decode()}
    except UnicodeDecodeError:
        return {"value_base64": base64.b64encode(value or b"").decode()}


def in_words(letter: "Letter") -> str:
    """All of a letter for people: a line for each thing known, then the message."""
    from services.app.dlq import original

    known = {**row(letter), **{f"header {name}": text for name, text in original(letter).headers.items()}}
    lines = [f"{name}: {printable(str(text))}" for name, text in known.items()]
    return "\n".join([*lines, "", printable(_pretty(letter.message.value))])


def _pretty(value: bytes | None) -> str:
    if value is None:
        return "(a tombstone)"
    try:
        return json.dumps(json.loads(value), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return value.decode("utf-8", "backslashreplace")


def printable(text: str) -> str:
    """The text with control characters as escapes."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
