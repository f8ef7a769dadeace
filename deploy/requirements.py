"""Compiles the hashed requirement files, one per image, one for development, one for the build, from pyproject.toml.

python deploy/requirements.py            writes requirements/*.txt
python deploy/requirements.py --upgrade  the same with the newest versions that pyproject.toml allows
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAGES = ("crawler", "enricher", "linker", "sink", "dashboard")
# `universal`: one file for every platform, with markers; no address of a registry gets into it.
OPTIONS = ["--quiet", "--generate-hashes", "--universal", "--python-version", "3.11", "--no-header"]


def compile_file(name: str, arguments: list[str], upgrade: bool) -> None:
    """Writes requirements/<name>.txt; the others take their versions from all.txt."""
    constraint = [] if name == "all" else ["--constraint", "requirements/all.txt"]
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *OPTIONS, *constraint, *arguments]
    _run([*command, *(["--upgrade"] if upgrade else []), "-o", f"requirements/{name}.txt"])


def compile_build(upgrade: bool) -> None:
    """Writes requirements/build.txt: what makes the wheel, so that images are built from known files only."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", *OPTIONS, *(["--upgrade"] if upgrade else [])]
    _run([*command, "-o", "requirements/build.txt"], given="\n".join(wanted))


def _run(command: list[str], given: str = "") -> None:
    subprocess.run(command, cwd=ROOT, check=True, input=given, text=True)  # noqa: S603 (no part comes from outside)


def main() -> None:
    """Compiles `all` first: it constrains the rest."""
    upgrade = "--upgrade" in sys.argv[1:]
    (ROOT / "requirements").mkdir(exist_ok=True)
    compile_file("all", [part for extra in (*STAGES, "embedded") for part in ("--extra", extra)], upgrade)
    for stage in STAGES:
        compile_file(stage, ["--extra", stage], upgrade)
    compile_file("dev", ["--group", "pyproject.toml:dev"], upgrade)
    compile_build(upgrade)


if __name__ == "__main__":
    main()
