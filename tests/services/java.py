"""Finds a Java of at least some version, and installs the newest one of the package manager where there is none."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.services.process import HarnessError

JVM_ROOT = Path("/usr/lib/jvm")
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')
_PACKAGE = re.compile(r"^((?:openjdk|temurin)-(\d+)-jdk(?:-headless)?) ", re.MULTILINE)


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home, "bin", "java")
    if found := shutil.which("java"):
        yield Path(found).resolve()
    yield from sorted(JVM_ROOT.glob("*/bin/java"))


def parse_version(output: str) -> int:
    """The feature release that `java -version` names: 17 of "17.0.15", 8 of "1.8.0_292"; 0 where it names none."""
    match = _VERSION.search(output)
    return int(match[1]) if match else 0


def _version_of(executable: Path) -> int:
    try:
        answer = subprocess.run([executable, "-version"], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return 0
    return parse_version(answer.stderr)


def _find(minimum: int) -> Path | None:
    return next((path for path in _candidates() if _version_of(path) >= minimum), None)


def newest_package(listing: str, minimum: int) -> str | None:
    """Of lines "name - what it is", the JDK package with the highest version from `minimum` on, headless first."""
    offers = [(int(version), name.endswith("-headless"), name) for name, version in _PACKAGE.findall(listing)]
    return max((offer for offer in offers if offer[0] >= minimum), default=(0, False, None))[2]


def apt_install(*packages: str) -> None:
    """Installs Debian packages. Raises HarnessError with the end of what apt said where that fails."""
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    try:
        answer = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    except OSError as error:
        raise HarnessError(f"cannot install {' '.join(packages)}: there is no apt-get here ({error})") from error
    if answer.returncode:
        raise HarnessError(f"{' '.join(command)} failed:\n{(answer.stdout + answer.stderr)[-2000:]}")


def _install(minimum: int) -> None:
    if shutil.which("apt-get") is None:
        raise HarnessError(f"no Java {minimum}+ in JAVA_HOME, PATH or {JVM_ROOT}, and no apt-get to install one")
    subprocess.run(["apt-get", "update", "-q"], check=False, capture_output=True)
    listing = subprocess.run(
        ["apt-cache", "search", "--names-only", "jdk"], check=False, capture_output=True, text=True
    ).stdout
    package = newest_package(listing, minimum)
    if package is None:
        raise HarnessError(f"no Java {minimum}+ here and none among the packages: install a JDK and set JAVA_HOME")
    apt_install(package)


@cache
def java(minimum: int) -> Path:
    """The `java` executable of a JDK of at least this version: JAVA_HOME's, then the PATH's, then any installed.

    Raises HarnessError, saying what to do, where there is none and none can be installed.
    """
    found = _find(minimum)
    if found is None:
        _install(minimum)
        found = _find(minimum)
    if found is None:
        raise HarnessError(f"no Java {minimum}+ after installing one: set JAVA_HOME")
    return found
