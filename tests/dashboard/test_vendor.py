import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from services.dashboard.api import WEB

VENDOR = WEB / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())
FREE = {"ISC", "MIT", "BSD-3-Clause", "Apache-2.0", "OFL-1.1"}


@pytest.mark.parametrize("package", MANIFEST["packages"], ids=lambda package: package["name"])
def test_vendored_files_are_those_of_the_manifest(package: dict[str, Any]) -> None:
    assert set(package["sha256"]) == set(package["files"].values())
    for name, expected in package["sha256"].items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == expected, name


@pytest.mark.parametrize("package", MANIFEST["packages"], ids=lambda package: package["name"])
def test_every_package_states_version_licence_and_licence_text(package: dict[str, Any]) -> None:
    assert package["version"]
    assert package["licence"] in FREE
    [licence] = [name for name in package["files"].values() if name.endswith("LICENSE.txt")]
    assert len((VENDOR / licence).read_text()) > 500


def test_nothing_lies_in_vendor_that_the_manifest_does_not_name() -> None:
    named = {name for package in MANIFEST["packages"] for name in package["files"].values()} | {"manifest.json"}
    found = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    assert found == named


def assets_in(text: str) -> set[str]:
    return {part.split('"')[0].split("`")[0] for part in text.split("/assets/")[1:]}


def test_every_asset_that_the_page_names_is_there() -> None:
    sources = [WEB / "index.html", *(WEB / "css").glob("*.css"), *(WEB / "js").glob("*.js")]
    named = {asset for path in sources for asset in assets_in(path.read_text()) if "${" not in asset and "." in asset}
    assert len(named) > 10
    assert [asset for asset in sorted(named) if not Path(WEB / asset).is_file()] == []
