"""Each stage's image: who it runs as, what it carries, what it may write."""

import json
import re
import tomllib
from typing import Any

import pytest

from tests.containers.conftest import STAGES
from tests.containers.engine import ROOT, CommandError, Engine

pytestmark = [pytest.mark.containers, pytest.mark.timeout(1500)]

LOOK_INSIDE = """
import importlib.metadata, json, os, pathlib, sys
here = pathlib.Path(sys.prefix).resolve()
found = [d for d in importlib.metadata.distributions() if here in pathlib.Path(d.locate_file("")).resolve().parents]
capabilities = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("CapEff"))
unwritable = []
for folder in ("/", "/opt/dateline", "/usr", "/var/lib/dateline"):
    try:
        open(os.path.join(folder, "probe"), "w")
    except OSError:
        unwritable.append(folder)
open("/tmp/probe", "w")
print(json.dumps({"user": os.getuid(), "group": os.getgid(), "capabilities": int(capabilities, 16),
                  "distributions": sorted(d.name.lower().replace("_", "-") for d in found), "unwritable": unwritable}))
"""
CONFINED = ("--rm", "--network", "none", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
READ_ONLY = ("--read-only", "--tmpfs", "/tmp")
# Of each stage one library that it can't do without, and that no other stage has a use for.
OWN = {"crawler": "feedparser", "enricher": "trafilatura", "dashboard": "starlette"}


def named_in(requirements: str) -> set[str]:
    text = (ROOT / "requirements" / requirements).read_text()
    return {name.lower() for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}


def inspect(engine: Engine, image: str) -> Any:
    return json.loads(engine.docker("image", "inspect", image))[0]["Config"]


@pytest.mark.parametrize("stage", STAGES)
def test_an_image_says_what_it_is_and_how_it_runs(engine: Engine, images: dict[str, str], stage: str) -> None:
    config = inspect(engine, images[stage])
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["dateline"]
    assert config["Cmd"] == ["stage", stage]
    assert config["Healthcheck"]["Test"] == ["CMD", "dateline", "health"]
    labels = config["Labels"]
    assert labels["org.opencontainers.image.title"] == f"dateline-{stage}"
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.version"] == project()["version"]


def project() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("stage", STAGES)
def test_an_image_carries_its_own_dependencies_only(engine: Engine, images: dict[str, str], stage: str) -> None:
    told = engine.docker(
        "run", *CONFINED, *READ_ONLY, "--entrypoint", "python", images[stage], "-c", LOOK_INSIDE
    )  # fmt: skip
    inside = json.loads(told)
    carried = set(inside["distributions"])
    assert carried <= named_in(f"{stage}.txt") | {"dateline"}
    assert {"dateline", "aiokafka"} <= carried
    assert ("opensearch-py" in carried) == (stage in {"sink", "dashboard"})
    assert {name for name, library in OWN.items() if library in carried} == {stage} & OWN.keys()
    assert inside["user"] == inside["group"] == 10001
    assert inside["capabilities"] == 0
    assert inside["unwritable"] == ["/", "/opt/dateline", "/usr", "/var/lib/dateline"]


@pytest.mark.parametrize("stage", STAGES)
def test_the_code_is_not_the_users_to_change(engine: Engine, images: dict[str, str], stage: str) -> None:
    """Also where nobody asked for a read-only root."""
    told = engine.docker("run", *CONFINED, "--entrypoint", "python", images[stage], "-c", LOOK_INSIDE)
    assert json.loads(told)["unwritable"] == ["/", "/opt/dateline", "/usr"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_without_its_bus_says_so_and_ends(engine: Engine, images: dict[str, str], stage: str) -> None:
    settings = {
        "DATELINE_BUS": "kafka://127.0.0.1:1",
        "DATELINE_INDEX": "opensearch+http://127.0.0.1:1",
        "DATELINE_CONNECT_PATIENCE": "0",
        "DATELINE_DASHBOARD_OPEN": "true",
    }
    given = [part for name, value in settings.items() for part in ("-e", f"{name}={value}")]
    with pytest.raises(CommandError, match=r"ended with 3:[^$]*dateline: gave up on the bus after 0 s"):
        engine.docker("run", *CONFINED, *READ_ONLY, *given, images[stage])
