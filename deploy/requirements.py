"""Compiles the hashed requirement files, one per image and one for development, from pyproject.toml.

python deploy/requirements.py            writes requirements/*.txt
python deploy/requirements.py --upgrade  the same with the newest versions that pyproject.toml allows
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAGES = ("crawler", "enricher", "linker", "sink", "dashboard", "all")
OPTIONS = [
    "--quiet", "--generate-hashes", "--strip-extras", "--allow-unsafe", "--resolver=backtracking", "--no-header",
    "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options",
]  # fmt: skip


def compile_file(name: str, arguments: list[str], upgrade: bool) -> None:
    """Writes requirements/<name>.txt; the others' versions hold, since all are constrained by all.txt."""
    target = ROOT / "requirements" / f"{name}.txt"
    constraint = [] if name == "all" else ["--constraint", "requirements/all.txt"]
    command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *constraint, *arguments, "-o", str(target)]
    subprocess.run(  # noqa: S603 -- our own arguments
        [*command, *(["--upgrade"] if upgrade else [])],
        cwd=ROOT,
        check=True,
        env={**os.environ, "CUSTOM_COMPILE_COMMAND": "make requirements"},
    )


def main() -> None:
    """Compiles `all` first: it constrains the rest."""
    upgrade = "--upgrade" in sys.argv[1:]
    (ROOT / "requirements").mkdir(exist_ok=True)
    for name in ("all", *(stage for stage in STAGES if stage != "all")):
        compile_file(name, ["--extra", name, "pyproject.toml"], upgrade)
    compile_file("dev", ["--group", "dev"], upgrade)


if __name__ == "__main__":
    main()
