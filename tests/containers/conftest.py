"""The engine, the images and what speaks to a running dashboard, for all tests of containers."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.containers.base import ensure_base
from tests.containers.engine import Engine, running_engine
from tests.containers.stand_ins import ensure_stand_ins
from tests.services.fixtures import unavailable
from tests.services.process import HarnessError

TAG = "test"
STAGES = ("crawler", "enricher", "linker", "sink", "dashboard")


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A private container engine with the images' base."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(running_engine())
            ensure_base(started)
        except HarnessError as error:
            unavailable(error)
        yield started


@pytest.fixture(scope="session")
def images(engine: Engine) -> dict[str, str]:
    """The image of each stage, built as an operator builds them: by docker-compose.yml."""
    engine.compose("build", *STAGES, env={"TAG": TAG}, timeout=1200)
    return {stage: f"dateline-{stage}:{TAG}" for stage in STAGES}


@pytest.fixture(scope="session")
def servers(engine: Engine) -> None:
    """Images under the names of those that docker-compose.yml takes from others."""
    try:
        ensure_stand_ins(engine)
    except HarnessError as error:
        unavailable(error)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder that the images' user can read."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    folder.chmod(0o755)
    return folder
