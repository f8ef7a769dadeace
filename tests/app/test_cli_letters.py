"""`dateline dlq` and `dateline account` as an operator calls them, over an embedded bus."""

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.adapters.sqlite_bus import SqliteBus
from services.app.cli import app
from services.core.errors import ConfigError
from services.core.ports import Message, Record
from services.core.topics import RAW
from tests.app.letters import failed, there
from tests.app.test_account import FEED, LISTED, URL, told
from tests.app.test_cli_files import dateline, lines

PARTITIONS = 3
HOSTILE = b'\x1b]0;owned\x07 [red]{"id"'
FIRST, SECOND = f"{RAW}/1/1", f"{RAW}/1/2"


class Place:
    """A directory with an embedded bus, and the command line on it."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        for name in [name for name in os.environ if name.startswith("DATELINE_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("DATELINE_BUS", self.address)
        monkeypatch.setenv("DATELINE_PARTITIONS", str(PARTITIONS))

    @property
    def address(self) -> str:
        return f"embedded:{self.directory}"

    def put(self, *records: Record) -> None:
        asyncio.run(self._with_bus(records, None))

    def there(self, topic: str) -> list[Message]:
        return asyncio.run(self._with_bus((), topic))

    async def _with_bus(self, records: Sequence[Record], topic: str | None) -> list[Message]:
        bus = SqliteBus(self.directory / "bus")
        await bus.start()
        try:
            await bus.create_topics(PARTITIONS)
            await bus.publish(records)
            return await there(bus, topic) if topic else []
        finally:
            await bus.close()

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    def json(self, *arguments: str) -> list[Any]:
        return [json.loads(line) for line in self.run(*arguments, "--json").stdout.splitlines()]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path / "data", monkeypatch)


@pytest.fixture
def letters(place: Place) -> Place:
    place.put(failed(1, value=HOSTILE), failed(2, key="a2", value=b'{"id": "a2"}', stage="crawler"))
    return place


def test_the_list_is_a_table_or_one_object_a_line(letters: Place) -> None:
    first, second = letters.json("dlq", "list")
    assert (first["id"], first["state"], first["key"], first["bytes"]) == (FIRST, "waiting", "a1", len(HOSTILE))
    assert second["stage"] == "crawler"
    shown = letters.run("dlq", "list", "--stage", "crawler")
    assert shown.exit_code == 0
    assert "1 letters" in shown.stdout
    assert letters.json("dlq", "list", "--since", "1h") == []
    assert "no dead letters" in letters.run("dlq", "list", "--topic", "mentions").stdout


def test_a_letter_is_shown_without_steering_the_terminal(letters: Place) -> None:
    shown = letters.run("dlq", "show", FIRST).stdout
    assert "\\x1b]0;owned\\x07 [red]" in shown
    assert "\x1b" not in shown
    assert "header dateline-schema: raw-article/1" in shown
    assert '"id": "a2"' in letters.run("dlq", "show", SECOND).stdout


def test_a_letter_s_bytes_come_out_as_they_are(letters: Place) -> None:
    letters.put(failed(5, value=b"\xff\x00"))
    assert letters.run("dlq", "show", FIRST, "--raw").stdout_bytes == HOSTILE
    (shown,) = letters.json("dlq", "show", f"{RAW}/1/5")
    assert shown["value_base64"] == "/wA="
    assert letters.json("dlq", "show", SECOND)[0]["value"] == '{"id": "a2"}'
    missing = letters.run("dlq", "show", f"{RAW}/0/9")
    assert (missing.exit_code, missing.stdout) == (1, "")


def test_replay_sends_back_what_was_chosen_once(letters: Place) -> None:
    assert letters.run("dlq", "replay", "--key", "a2").stdout == "replayed 1 letters\n"
    assert [message.value for message in letters.there(RAW)] == [b'{"id": "a2"}']
    assert [row["id"] for row in letters.json("dlq", "list")] == [FIRST]
    done = letters.json("dlq", "replay", FIRST, SECOND)
    assert done == [{"id": FIRST, "replayed": True, "error": None}]
    asked_again = letters.run("dlq", "replay", SECOND)
    assert asked_again.exit_code == 1
    assert json.loads(asked_again.stderr)["input"] == SECOND
    assert letters.run("dlq", "replay", SECOND, "--again").exit_code == 0
    assert len(letters.there(RAW)) == 3


def test_what_can_not_go_back_is_told_and_the_rest_goes(place: Place) -> None:
    place.put(failed(1, value=b"x" * (17 * 2**20)), failed(2))
    done = place.run("dlq", "replay", "--rate", "500")
    assert (done.exit_code, done.stdout) == (1, "replayed 1 letters\n")
    assert "can not be replayed" in json.loads(done.stderr)["error"]


def test_drop_asks_first_and_then_they_are_gone(letters: Place) -> None:
    refused = letters.run("dlq", "drop", "--stage", "crawler")
    assert isinstance(refused.exception, ConfigError)
    assert "--yes" in str(refused.exception)
    assert len(letters.json("dlq", "list")) == 2
    assert letters.run("dlq", "drop", "--stage", "crawler", "--yes", "--reason", "spam").stdout == "dropped 1 letters\n"
    assert [row["id"] for row in letters.json("dlq", "list")] == [FIRST]
    assert [row["id"] for row in letters.json("dlq", "list", "--state", "dropped")] == [SECOND]
    assert letters.run("dlq", "replay").stdout == "replayed 1 letters\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("dlq", "list", "--topic", "juggling"),
        ("dlq", "list", "--state", "happy"),
        ("dlq", "list", "--since", "yesterday"),
        ("dlq", "replay", "juggling/1/2"),
        ("account", "--patience", "long"),
        ("dlq", "list", "--until", "999999d"),
        ("account", "--feed", "https://nobody.example/rss"),
    ],
)
def test_bad_usage_is_told(place: Place, arguments: tuple[str, ...]) -> None:
    assert isinstance(place.run(*arguments).exception, ConfigError)


def test_limits_and_rates_have_bounds(place: Place) -> None:
    assert place.run("dlq", "list", "--limit", "0").exit_code == 2
    assert place.run("dlq", "replay", "--rate", "0").exit_code == 2


def test_the_exit_codes_are_those_of_all_commands(place: Place) -> None:
    place.put(failed(1), told("a", "fetched", ago=9999), LISTED)
    settings = {"DATELINE_BUS": place.address, "DATELINE_PARTITIONS": str(PARTITIONS)}
    assert dateline("dlq", "list", stdin=b"", **settings).returncode == 0
    assert dateline("dlq", "list", "--topic", "juggling", stdin=b"", **settings).returncode == 2
    unbalanced = dateline("account", "--json", stdin=b"", **settings)
    assert unbalanced.returncode == 1
    assert lines(unbalanced.stdout)[0]["url"] == URL
    nobody = {"DATELINE_BUS": "kafka://127.0.0.1:9", "DATELINE_CONNECT_PATIENCE": "0.5"}
    away = dateline("dlq", "replay", stdin=b"", **nobody)
    assert (away.returncode, b"Traceback" in away.stderr) == (3, False)


def test_the_balance_is_a_table_that_ends_with_the_verdict(place: Place) -> None:
    place.put(LISTED, told("a", "fetched", ago=30), told("a", "indexed", ago=30, stage="sink"),
              told("b", "rejected", reason="no_text"), told("c", "duplicate", feed=None))  # fmt: skip
    shown = place.run("account")
    assert shown.exit_code == 0
    assert "(files)" in shown.stdout
    assert "rejected for no_text: 1" in shown.stdout
    assert shown.stdout.endswith("it holds\n")
    files, feed, total = place.json("account")
    assert (files["feed"], feed["feed"]) == (None, FEED)
    assert (feed["fetched"], feed["indexed"], feed["rejected"]) == (2, 1, {"no_text": 1})
    assert total["holds"] is True
    assert total["total"]["fetched"] == 3


def test_what_does_not_hold_is_named(place: Place) -> None:
    place.put(LISTED, *(told(f"a{number}", "fetched") for number in range(25)))
    assert place.run("account", "--patience", "99999d").exit_code == 0
    late = place.run("account", "--patience", "1s")
    assert late.exit_code == 1
    assert f"of {URL}, fetched 2024-05-12 09:59:00Z: fetched, and nothing became of it" in late.stdout
    assert "and 5 more" in late.stdout
    assert late.stdout.endswith("it does not hold\n")
    feed, total = place.json("account", "--feed", URL, "--patience", "1s")
    assert len(feed["faults"]) == 25
    assert (feed["holds"], total["holds"]) == (False, False)
