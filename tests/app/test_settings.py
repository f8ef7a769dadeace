"""Settings: where they come from, what is refused, and that secrets stay secret."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.app.cli import app
from services.app.settings import Settings, load_settings
from services.core.errors import ConfigError


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:

    for name in [name for name in os.environ if name.startswith("DATELINE_")]:
        monkeypatch.delenv(name)


def test_defaults_are_a_laptops() -> None:
    settings = load_settings()
    assert (settings.bus, settings.index) == ("embedded:./data", "embedded:./data")
    assert settings.dashboard_host == "127.0.0.1"


def test_the_environment_beats_the_file_and_arguments_beat_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "dateline.toml"
    file.write_text('partitions = 3\nlog_level = "debug"\nhealth_port = 1\n')
    monkeypatch.setenv("DATELINE_CONFIG", str(file))
    monkeypatch.setenv("DATELINE_LOG_LEVEL", "error")
    monkeypatch.setenv("DATELINE_HEALTH_PORT", "2")
    settings = load_settings(health_port=3)
    assert (settings.partitions, settings.log_level, settings.health_port) == (3, "error", 3)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("DATELINE_BUS", "rabbit://x", "DATELINE_BUS: .*embedded:, kafka://"),
        ("DATELINE_BUS", "kafka://", "DATELINE_BUS"),
        ("DATELINE_PARTITIONS", "0", "DATELINE_PARTITIONS: .*greater than or equal to 1"),
        ("DATELINE_LOG_LEVEL", "loud", "DATELINE_LOG_LEVEL: .*'debug', 'info'"),
        ("DATELINE_OPENSEARCH_REFRESH", "soon", "DATELINE_OPENSEARCH_REFRESH"),
        ("DATELINE_CRAWLER_PORTS", "80,http", "DATELINE_CRAWLER_PORTS: .*valid integer.*'http'"),
        ("DATELINE_CRAWLER_ALLOW", "[127.0.0.1", "DATELINE_CRAWLER_ALLOW: "),
        ("DATELINE_ENRICHER_OVERLAY", "/nowhere/at/all", "DATELINE_ENRICHER_OVERLAY: .*no such folder"),
        ("DATELINE_PARTITONS", "3", "DATELINE_PARTITONS: no such setting"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=complaint):
        load_settings()


@pytest.mark.parametrize(
    "given", ["10.0.0.0/8, 127.0.0.1:8555", '["10.0.0.0/8", "127.0.0.1:8555"]', "10.0.0.0/8,127.0.0.1:8555,"]
)
def test_a_list_is_given_by_commas_or_as_json(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("DATELINE_CRAWLER_ALLOW", given)
    monkeypatch.setenv("DATELINE_CRAWLER_PORTS", "443")
    settings = load_settings()
    assert settings.crawler_allow == ("10.0.0.0/8", "127.0.0.1:8555")
    assert settings.crawler_ports == (443,)


def test_the_folder_for_compiled_tables_may_be_given_beside_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path))
    assert load_settings().cache == tmp_path


def test_a_secret_can_come_from_a_file_and_is_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter22\n")
    monkeypatch.setenv("DATELINE_KAFKA_PASSWORD_FILE", str(secret))
    settings = load_settings()
    assert settings.kafka_password is not None
    assert settings.kafka_password.get_secret_value() == "hunter22"
    assert "hunter22" not in repr(settings)
    printed = CliRunner().invoke(app, ["config", "--json"])
    assert printed.exit_code == 0
    assert "hunter22" not in printed.output
    assert "**********" in printed.output


def test_a_secret_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_OPENSEARCH_PASSWORD_FILE", "/nowhere/secret")
    with pytest.raises(ConfigError, match="DATELINE_OPENSEARCH_PASSWORD_FILE: /nowhere/secret can not be read"):
        load_settings()


def test_a_bad_secret_is_not_printed_in_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_CONFIG", "/nowhere.toml")
    with pytest.raises(ConfigError, match=r"there is no file /nowhere\.toml"):
        load_settings()


def test_config_shows_every_setting_by_its_variable() -> None:
    printed = CliRunner().invoke(app, ["config"])
    for name in Settings.model_fields:
        assert f"DATELINE_{name.upper()}=" in printed.output


@pytest.mark.parametrize("content", [b"bus = \n", b"\xff\xfe", b"[", b"bus = 'a'\nbus = 'b'\n"])
def test_a_file_that_is_no_toml_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "dateline.toml"
    path.write_bytes(content)
    monkeypatch.setenv("DATELINE_CONFIG", str(path))
    with pytest.raises(ConfigError, match=r"DATELINE_CONFIG: .*dateline\.toml cannot be read as TOML"):
        load_settings()


@pytest.mark.parametrize(("name", "scheme"), [("BUS", "kafka://"), ("INDEX", "opensearch+https://")])
def test_a_password_in_an_address_is_refused_and_not_printed(
    monkeypatch: pytest.MonkeyPatch, name: str, scheme: str
) -> None:
    monkeypatch.setenv(f"DATELINE_{name}", f"{scheme}me:hunter2@host.example:9200")
    with pytest.raises(ConfigError, match="settings of their own") as told:
        load_settings()
    assert "hunter2" not in str(told.value)
