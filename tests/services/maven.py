"""Jars from Maven coordinates, with all that they need at run time, kept in a cache directory."""

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

from tests.services.java import apt_install
from tests.services.process import HarnessError

CACHE = Path.home() / ".cache" / "dateline"

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>{name}</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
{dependencies}
  </dependencies>
</project>
"""
# Named in full, so that the plugin's version does not depend on the Maven that happens to be there.
_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds an exclusive lock on a file over processes; it ends with the process at the latest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def pom(name: str, artifacts: Sequence[str]) -> str:
    """A project file that depends on these artifacts, each "group:artifact:version"."""
    lines = []
    for artifact in artifacts:
        group, artifact_id, version = map(escape, artifact.split(":"))
        lines.append(
            f"    <dependency><groupId>{group}</groupId><artifactId>{artifact_id}</artifactId>"
            f"<version>{version}</version></dependency>"
        )
    return _POM.format(name=escape(name), dependencies="\n".join(lines))


def resolve(name: str, artifacts: Sequence[str]) -> list[Path]:
    """The jars of these artifacts ("group:artifact:version") and of all they need at run time.

    They lie in ~/.cache/dateline/<name>/lib; a second call with the same artifacts starts nothing. Raises
    HarnessError with the end of Maven's output where they cannot be had.
    """
    home = CACHE / name
    with locked(home / "lock"):
        project, lib, done = pom(name, artifacts), home / "lib", home / "resolved"
        mark = hashlib.sha256(project.encode()).hexdigest()
        if not (done.exists() and done.read_text() == mark):
            done.unlink(missing_ok=True)
            (home / "pom.xml").write_text(project)
            _copy(home / "pom.xml", lib)
            done.write_text(mark)
        return sorted(lib.glob("*.jar"))


def _copy(project: Path, lib: Path) -> None:
    if shutil.which("mvn") is None:
        apt_install("maven")
    output = ""
    # Offline first: where all is in the local repository, nothing is asked of the network.
    for mode in (["-o"], []):
        shutil.rmtree(lib, ignore_errors=True)
        answer = subprocess.run(
            ["mvn", "-B", "-q", *mode, "-f", project, _GOAL, "-DincludeScope=runtime", f"-DoutputDirectory={lib}"],
            check=False,
            capture_output=True,
            text=True,
        )
        if answer.returncode == 0:
            return
        output = answer.stdout + answer.stderr
    raise HarnessError(f"Maven cannot resolve {project}:\n{output[-3000:]}")
