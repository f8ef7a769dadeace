"""Every setting, in one place. Environment variables DATELINE_<NAME>, a TOML file, secrets also from files.

Order, strongest first: arguments, environment, the file that DATELINE_CONFIG names, defaults. A secret may be given as
DATELINE_<NAME>_FILE, whose content, stripped, is the value.
"""

import json
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from services.core.errors import ConfigError
from services.core.topics import DEFAULT_PARTITIONS

PREFIX = "DATELINE_"

# In the environment: words parted by commas, or a JSON list (see _listed).
Words = Annotated[tuple[str, ...], NoDecode]
Ports = Annotated[tuple[int, ...], NoDecode]


class Settings(BaseSettings):
    """The effective configuration. `dateline config` prints it with secrets hidden."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, env_parse_none_str="none")

    bus: str = Field("embedded:./data", description="embedded:DIRECTORY or kafka://host:port[,host:port]")
    index: str = Field("embedded:./data", description="embedded:DIRECTORY or opensearch+http[s]://host:port")
    partitions: int = Field(DEFAULT_PARTITIONS, ge=1, le=1024, description="partitions of topics that are created")
    connect_patience: float = Field(60.0, ge=0, description="seconds to wait for bus and index at the start")
    member: str | None = Field(None, description="stable instance name for Kafka's static membership")

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = Field("auto", description="auto: console on a terminal")
    health_host: str = Field("127.0.0.1", description="address of /livez, /readyz and /metrics")
    health_port: int = Field(9100, ge=0, le=65535, description="their port; 0 lets the system choose")
    drain: float = Field(10.0, ge=0, description="seconds for work in flight to end at a stop")

    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca: Path | None = None
    kafka_certificate: Path | None = None
    kafka_key: Path | None = None
    kafka_session_timeout: float = Field(10.0, gt=0, description="seconds of silence after which a member is out")
    kafka_rebalance_timeout: float = Field(60.0, gt=0, description="seconds a rebalance waits for work in flight")
    kafka_replication: int = Field(1, ge=1, description="replication factor of topics that are created")

    opensearch_username: str | None = None
    opensearch_password: SecretStr | None = None
    opensearch_ca: Path | None = None
    opensearch_verify: bool = Field(True, description="check the certificate")
    opensearch_shards: int = Field(1, ge=1)
    opensearch_replicas: int = Field(0, ge=0)
    opensearch_refresh: str = Field("1s", pattern=r"^\d+(ms|s|m)$", description="how soon what was written is found")

    user_agent: str = Field(
        "DatelineBot/0.1 (+https://dateline.invalid/bot)", min_length=3, description="name, version and contact URL"
    )
    crawler_allow: Words = Field((), description="networks or host:port that the guard lets through, by commas")
    crawler_ports: Ports = Field((80, 443, 8000, 8008, 8080, 8443), description="ports that may be dialled, by commas")
    crawler_connections: int = Field(512, ge=1, description="connections at once")
    crawler_verify: bool = Field(True, description="check certificates of sites")
    crawler_ca: Path | None = Field(None, description="certificates trusted beside the system's")
    crawler_pause: float = Field(2.0, ge=0, description="seconds between requests to one host")
    crawler_min_interval: float = Field(300.0, gt=0, description="shortest seconds between polls of a feed")
    crawler_max_interval: float = Field(86400.0, gt=0, description="longest seconds between polls of a feed")
    crawler_trusted: tuple[str, ...] = Field((), description="sites whose feeds are believed about others' pages")
    crawler_processes: int = Field(2, ge=1, description="worker processes that parse feeds and pages")

    enricher_processes: int = Field(2, ge=1, description="worker processes")
    enricher_timeout: float = Field(30.0, gt=0, description="seconds that one article may take")
    # Read from the environment by the enricher's worker processes themselves; here so that it is known and shown.
    cache: Path | None = Field(None, description="folder of the compiled gazetteer; none: ~/.cache/dateline")
    enricher_overlay: Path | None = Field(None, description="folder with an operator's own knowledge files")

    linker_window_days: int = Field(30, ge=1, description="how far back an event can gain reports")
    linker_idle_days: int = Field(10, ge=8, description="days without news until it is forgotten; over the topic's 7")

    demo_port: int = Field(8090, ge=0, le=65535, description="port of the demo's outlets on 127.0.0.11 to .19")
    demo_corrected_after: float = Field(40.0, ge=0, description="seconds until the demo corrects one of its reports")

    dashboard_host: str = "127.0.0.1"
    dashboard_port: int = Field(8080, ge=0, le=65535)
    dashboard_hosts: Words = Field(("127.0.0.1", "localhost"), description="Host headers that are answered, by commas")
    dashboard_open: bool = Field(False, description="anybody who reaches its address may read, without a token")
    dashboard_token: SecretStr | None = Field(None, description="what full texts need; none: nobody gets them remotely")

    @field_validator("crawler_allow", "crawler_ports", "dashboard_hosts", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return [word.strip() for word in value.split(",") if word.strip()]

    @field_validator("bus", "index")
    @classmethod
    def _without_credentials(cls, value: str) -> str:
        # An address is logged and printed: nothing in it may be secret.
        if "://" in value and "@" in value:
            raise ValueError("no user and password in an address: they have settings of their own")
        return value

    @field_validator("enricher_overlay")
    @classmethod
    def _a_folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("there is no such folder")
        return value

    @field_validator("bus")
    @classmethod
    def _known_bus(cls, value: str) -> str:
        return _with_scheme(value, ("embedded:", "kafka://"))

    @field_validator("index")
    @classmethod
    def _known_index(cls, value: str) -> str:
        return _with_scheme(value, ("embedded:", "opensearch+http://", "opensearch+https://"))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, *_FILE secrets, the TOML file."""
        path = os.environ.get(PREFIX + "CONFIG")
        toml = (TomlConfigSettingsSource(settings_cls, Path(path)),) if path else ()
        return (init_settings, env_settings, SecretFiles(settings_cls), *toml)


class SecretFiles(PydanticBaseSettingsSource):
    """Reads DATELINE_<NAME>_FILE for the secret settings, so that no secret need stand in an environment."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The stripped content of the file that the variable names."""
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE") if "SecretStr" in str(field.annotation) else None
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except OSError as error:
            raise ConfigError(f"{PREFIX}{field_name.upper()}_FILE: {path} can not be read: {error.strerror}") from None

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


def _with_scheme(value: str, schemes: tuple[str, ...]) -> str:
    if not value.startswith(schemes) or value in schemes:
        raise ValueError("must begin with one of " + ", ".join(schemes) + " and name a directory or address")
    return value


def load_settings(**given: Any) -> Settings:
    """The settings with these arguments on top. Raises ConfigError that names each bad variable and what is allowed."""
    path = os.environ.get(PREFIX + "CONFIG")
    if path and not Path(path).is_file():
        raise ConfigError(f"{PREFIX}CONFIG: there is no file {path}")
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and not _is_known(name))
    if unknown:
        raise ConfigError(f"{', '.join(unknown)}: no such setting; `dateline config` lists them")
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problems = [f"{PREFIX}{str(p['loc'][0]).upper()}: {p['msg']} (given: {_shown(p)})" for p in error.errors()]
        raise ConfigError("\n".join(problems)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{PREFIX}CONFIG: {path} cannot be read as TOML: {error}") from None


def _is_known(variable: str) -> bool:
    name = variable.removeprefix(PREFIX).lower()
    # DATELINE_TEST_… are read by the project's own tests only.
    return (
        name in Settings.model_fields
        or name == "config"
        or name.startswith("test_")
        or (name.endswith("_file") and name.removesuffix("_file") in Settings.model_fields)
    )


def _shown(problem: Any) -> str:
    secret = str(problem["loc"][0]).endswith(("password", "token")) or "@" in str(problem["input"])
    return "hidden" if secret else repr(problem["input"])
