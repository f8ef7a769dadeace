"""Stand-ins for the images of Kafka, OpenSearch and Prometheus that docker-compose.yml names."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import yaml

from tests.containers.base import recipe
from tests.containers.engine import ROOT, Engine
from tests.services import kafka, opensearch
from tests.services.java import java
from tests.services.maven import CACHE, resolve

SERVERS = ("kafka", "opensearch", "prometheus")
_PROMETHEUS = Path("/usr/bin/prometheus")
_FOLDER = Path(__file__).with_name("servers")
# What a JDK has beside what runs programs.
_NO_RUNTIME = shutil.ignore_patterns("jmods", "src.zip", "include", "man", "demo", "ct.sym")


def image_of(service: str) -> str:
    """The image that docker-compose.yml names for a service, with its version."""
    name: str = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][service]["image"]
    return name


def ensure_stand_ins(engine: Engine) -> None:
    """Builds the three images under the names of the real ones. Raises HarnessError where their parts can't be had."""
    assert kafka.VERSION in image_of("kafka")
    assert opensearch.VERSION in image_of("opensearch")
    runtime = java(opensearch.MINIMUM_JAVA)
    label = f"org.dateline.test.recipe={_recipe(runtime)}"
    missing = [name for name in SERVERS if not engine.docker("images", "-q", "-f", f"label={label}", image_of(name))]
    if not missing:
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="context-") as folder:
        _gather(Path(folder), runtime)
        for name in missing:
            engine.docker("build", "--target", name, "--label", label, "-t", image_of(name), folder)


def _recipe(runtime: Path) -> str:
    """A hash over what the images are made from, without reading half a gigabyte."""
    sources = [path.read_text() for path in sorted(_FOLDER.iterdir()) if path.is_file()]
    parts = [*sources, *kafka.ARTIFACTS, *opensearch.ARTIFACTS, opensearch.LAUNCHER.read_text(), recipe()]
    parts += [str(runtime.resolve()), str(_PROMETHEUS.stat().st_mtime_ns)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _gather(context: Path, runtime: Path) -> None:
    """Lays out the build context, by links where that is possible: it is half a gigabyte."""
    for source in _FOLDER.iterdir():
        if source.is_file():
            shutil.copy(source, context)
    home = runtime.resolve().parent.parent
    shutil.copytree(home, context / "jdk", copy_function=_link, ignore=_NO_RUNTIME, ignore_dangling_symlinks=True)
    jars = resolve("opensearch", opensearch.ARTIFACTS)
    libraries = {
        "kafka": resolve(f"kafka-{kafka.VERSION}", kafka.ARTIFACTS),
        "opensearch": [*jars, opensearch.launcher(runtime, jars)],
    }
    for name, files in libraries.items():
        (context / name).mkdir()
        for file in files:
            _link(file, context / name / file.name)
    shutil.copy(_PROMETHEUS, context)


def _link(source: str | Path, target: str | Path) -> None:
    real = os.path.realpath(source)
    try:
        os.link(real, target)
    except OSError:  # another file system
        shutil.copy2(real, target)
