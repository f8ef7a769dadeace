"""Files that `dateline ingest` refuses before it publishes anything."""

import os
from pathlib import Path

import pytest

from services.app.ingest import ingest_files
from services.app.settings import Settings
from services.core.errors import ConfigError


def settings_in(folder: Path) -> Settings:
    return Settings(bus=f"embedded:{folder}/data")


def test_what_is_no_file_is_named_and_nothing_is_begun(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    good = tmp_path / "good.txt"
    good.write_text("Fire in Tarvin")
    with pytest.raises(ConfigError, match=r"no such file: .*fifo, .*absent"):
        ingest_files(settings_in(tmp_path), [good, tmp_path / "fifo", tmp_path / "absent"])
    assert not (tmp_path / "data").exists()


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Fire in Tarvin")
    # Root may read everything: the system's answer is given by hand.
    monkeypatch.setattr(os, "access", lambda path, mode: path != secret)
    with pytest.raises(ConfigError, match=r"these files may not be read: .*secret\.txt"):
        ingest_files(settings_in(tmp_path), [secret])
