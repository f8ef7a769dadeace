"""`dateline feeds` on an embedded bus: what is told of a feed, and how an operator asks for a poll."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.app.cli import app
from services.app.main import main

LONG = "https://news.example/" + "a-long-section/" * 12 + "feed.xml"


@pytest.fixture(autouse=True)
def own_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("DATELINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATELINE_BUS", f"embedded:{tmp_path}")
    monkeypatch.setenv("COLUMNS", "60")


def dateline(*arguments: str) -> Result:
    done = CliRunner().invoke(app, ["feeds", *arguments])
    assert done.exit_code == 0, done.output
    return done


def test_a_list_on_a_narrow_terminal_still_shows_whole_addresses() -> None:
    dateline("add", LONG)
    first, second = dateline("list").output.splitlines()
    assert first == f"new      {LONG}"
    assert second.split() == ["read", "not", "yet,", "next", "not", "yet"]


def test_a_refresh_is_asked_for_by_address_and_keeps_the_rest() -> None:
    dateline("add", LONG, "--tag", "war")
    dateline("refresh", LONG)
    feed = json.loads(dateline("list", "--json").output)
    assert feed["refresh_at"] is not None
    assert (feed["url"], feed["tags"], feed["paused"]) == (LONG, ["war"], False)


def test_a_refresh_of_a_feed_that_is_not_listed_says_how_to_see_what_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["dateline", "feeds", "refresh", "https://none.example/feed"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "`dateline feeds list` shows them" in capsys.readouterr().err
