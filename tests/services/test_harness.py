"""The harness that brings real services to tests."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.services import java, maven
from tests.services.fixtures import unavailable
from tests.services.process import HarnessError, Process, free_port, tail

LISTING = """\
default-jdk - Standard Java or Java compatible Development Kit
openjdk-17-jdk - OpenJDK Development Kit (JDK)
openjdk-17-jdk-headless - OpenJDK Development Kit (JDK) (headless)
openjdk-21-jdk - OpenJDK Development Kit (JDK)
openjdk-21-jdk-headless - OpenJDK Development Kit (JDK) (headless)
openjdk-17-jre-headless - OpenJDK Java runtime, using Hotspot JIT (headless)
"""


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16 LTS', 25),
        ('java version "1.8.0_292"', 8),
        ("no such thing", 0),
    ],
)
def test_a_java_tells_its_version(output: str, version: int) -> None:
    assert java.parse_version(output) == version


def test_the_newest_headless_package_is_chosen() -> None:
    assert java.newest_package(LISTING, 17) == "openjdk-21-jdk-headless"
    assert java.newest_package(LISTING, 22) is None
    assert java.newest_package(LISTING + "temurin-25-jdk - Eclipse Temurin JDK 25\n", 21) == "temurin-25-jdk"


def test_a_java_home_that_is_new_enough_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable = tmp_path / "bin" / "java"
    executable.parent.mkdir()
    executable.write_text("#!/bin/sh\necho 'openjdk version \"99.0.1\"' >&2\n")
    executable.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    java.java.cache_clear()
    try:
        assert java.java(98) == executable
    finally:
        java.java.cache_clear()


def test_where_there_is_no_java_and_no_way_to_one_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(java, "JVM_ROOT", tmp_path)
    with pytest.raises(HarnessError, match=r"Java 90\+"):
        java.java(90)


def test_a_project_names_its_artifacts() -> None:
    project = maven.pom("some&thing", ["org.example:one:1.0", "org.example:two:2.0"])
    assert "<artifactId>some&amp;thing</artifactId>" in project
    assert project.count("<dependency>") == 2
    assert "<artifactId>two</artifactId><version>2.0</version>" in project


def test_artifacts_are_asked_for_offline_first_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = tmp_path / "calls"
    stand_in = tmp_path / "mvn"
    # It fails offline, as Maven does on a fresh machine, and makes a jar where it is told to.
    stand_in.write_text(
        f'#!/bin/sh\necho "$*" >> {calls}\ncase "$*" in *" -o "*) exit 1;; esac\n'
        'for part; do case "$part" in -DoutputDirectory=*) mkdir -p "${part#*=}";\n'
        'touch "${part#*=}/a.jar";; esac; done\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(maven, "CACHE", tmp_path / "cache")
    first = maven.resolve("thing", ["org.example:one:1.0"])
    assert [path.name for path in first] == ["a.jar"]
    assert maven.resolve("thing", ["org.example:one:1.0"]) == first
    assert [" -o " in call for call in calls.read_text().splitlines()] == [True, False]
    maven.resolve("thing", ["org.example:one:1.1"])
    assert len(calls.read_text().splitlines()) == 4


def script(tmp_path: Path, text: str) -> Process:
    return Process([sys.executable, "-c", text], log=tmp_path / "log")


def test_a_process_that_ends_early_shows_its_log(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="out of luck") as error:
        script(tmp_path, "raise SystemExit('out of luck')").start(lambda: False)
    assert "ended with 1" in str(error.value)


def test_a_process_that_is_never_ready_is_killed(tmp_path: Path) -> None:
    process = script(tmp_path, "import time; print('waiting', flush=True); time.sleep(600)")
    with pytest.raises(HarnessError, match="was not ready"):
        process.start(lambda: False, timeout=0.2)
    assert not process.running
    assert process.pid is None


def test_a_process_is_asked_to_end_and_killed_when_it_will_not(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    stubborn = script(
        tmp_path,
        "import signal, pathlib, time; signal.signal(signal.SIGTERM, lambda *_: print('no', flush=True));\n"
        f"pathlib.Path({str(ready)!r}).touch()\nwhile True: time.sleep(1)",
    )
    stubborn.start(ready.exists)
    assert stubborn.pid is not None
    os.kill(stubborn.pid, signal.SIGTERM)
    assert stubborn.running
    stubborn.stop(grace=0.2)
    assert not stubborn.running
    assert "no" in tail(tmp_path / "log")


def test_stopping_what_does_not_run_is_no_error(tmp_path: Path) -> None:
    process = script(tmp_path, "pass")
    process.stop()
    process.kill()


def test_free_ports_are_ports() -> None:
    assert 1024 <= free_port() < 65536


def test_a_service_that_cannot_start_is_a_failure_in_ci_and_else_a_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no broker"):
        unavailable(HarnessError("no broker"))
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="no broker"):
        unavailable(HarnessError("no broker"))
