"""A stand-in for the images' base: Debian with Python, made here, so that no image registry is needed.

This machine's certificates and pip settings go into it, never into the project's Dockerfile.
"""

import hashlib
import os
import subprocess
from pathlib import Path

from tests.containers.engine import Engine
from tests.services.maven import CACHE, locked
from tests.services.process import HarnessError

IMAGE = "python:3.11-slim"
HOME = CACHE / "base-image"
_PACKAGES = "ca-certificates,python3,python3-pip,python3-venv"
_SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
_AUTHORITIES = Path("/usr/local/share/ca-certificates")
# What tells pip where packages come from; the rest of a machine's settings is its own affair.
_PIP = ("index_url", "extra_index_url", "trusted_host", "proxy", "default_timeout")
_MARK = "org.dateline.test.recipe"

_HOOK = """\
set -e
mkdir -p "$1/usr/local/share/ca-certificates"
cp {authorities}/*.crt "$1/usr/local/share/ca-certificates/" 2>/dev/null || true
chroot "$1" update-ca-certificates >/dev/null 2>&1
cat {pip} > "$1/etc/pip.conf"
rm -f "$1"/usr/lib/python3*/EXTERNALLY-MANAGED
ln -sf /usr/bin/python3 "$1/usr/local/bin/python"
ln -sf /usr/bin/pip3 "$1/usr/local/bin/pip"
"""


def pip_settings() -> str:
    """A pip.conf with this machine's way to packages."""
    given = {name: os.environ.get(f"PIP_{name.upper()}") for name in _PIP}
    lines = [f"{name.replace('_', '-')} = {value}" for name, value in given.items() if value]
    return "\n".join(["[global]", "cert = /etc/ssl/certs/ca-certificates.crt", *lines]) + "\n"


def recipe() -> str:
    """A hash over all that the image is made from."""
    parts = [_PACKAGES, _HOOK, pip_settings(), _codename(), _SOURCES.read_text() if _SOURCES.exists() else ""]
    parts += [path.read_text() for path in sorted(_AUTHORITIES.glob("*.crt"))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def ensure_base(engine: Engine) -> None:
    """Makes sure that the engine has the image; from the cached archive, or anew in one or two minutes."""
    wanted = recipe()
    images = engine.docker("images", "-q", "--filter", f"label={_MARK}={wanted}", IMAGE)
    if not images:
        paths = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
        changes = ["ENV LANG=C.UTF-8", f"ENV PATH={paths}", 'CMD ["python3"]', f"LABEL {_MARK}={wanted}"]
        flags = [part for change in changes for part in ("-c", change)]
        engine.docker("import", *flags, _archive(wanted), IMAGE)


def _archive(wanted: str) -> Path:
    archive = HOME / f"{wanted[:16]}.tar"
    with locked(HOME / "lock"):
        if not archive.exists():
            for old in HOME.glob("*.tar"):
                old.unlink()
            _bootstrap(archive.with_suffix(".part.tar"))
            archive.with_suffix(".part.tar").rename(archive)
    return archive


def _bootstrap(target: Path) -> None:
    pip, hook = HOME / "pip.conf", HOME / "hook.sh"
    pip.write_text(pip_settings())
    hook.write_text(_HOOK.format(authorities=_AUTHORITIES, pip=pip))
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", f"--include={_PACKAGES}"]
    command += ['--aptopt=Acquire::Languages "none"', "--dpkgopt=path-exclude=/usr/share/doc/*"]
    command += ["--dpkgopt=path-exclude=/usr/share/man/*", f'--customize-hook=sh {hook} "$1"', _codename(), str(target)]
    command += [str(_SOURCES)] if _SOURCES.exists() else []
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    if answer.returncode:
        target.unlink(missing_ok=True)
        raise HarnessError(f"mmdebstrap cannot make {IMAGE}:\n{answer.stderr[-3000:]}")


def _codename() -> str:
    """The Debian release of this machine, whose package archive is at hand."""
    lines = Path("/etc/os-release").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    if values.get("ID") != "debian":
        raise HarnessError("the stand-in base image is made from Debian's packages, and this is no Debian")
    return values["VERSION_CODENAME"].strip('"')
