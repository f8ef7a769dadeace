"""schemas/ is what the models say, and its examples are valid under its schemas."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from services.app.schemas import ROOT, contract_files, drift, export
from services.core.topics import TOPICS

SCHEMAS = sorted(path.name for path in ROOT.glob("*.v1.json"))


def test_the_files_are_what_the_models_say() -> None:
    assert drift() == [], "run `dateline schemas export` and commit what it writes"


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_example_is_valid_under_its_schema(name: str) -> None:
    schema = json.loads((ROOT / name).read_text())
    Draft202012Validator.check_schema(schema)
    example = json.loads((ROOT / "examples" / name.removesuffix(".v1.json") / "v1" / "complete.json").read_text())
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(example)


def test_each_topic_names_schemas_that_are_there() -> None:
    files = [yaml.safe_load((ROOT / "topics" / f"{topic.name}.yaml").read_text()) for topic in TOPICS]
    named = {record["schema"] for file in files for record in file["records"]}
    assert named == set(SCHEMAS)


def test_export_mends_what_differs_and_removes_what_nothing_makes(tmp_path: Path) -> None:
    assert set(export(tmp_path)) == set(contract_files())
    (tmp_path / "event.v1.json").write_text("{}")
    (tmp_path / "ghost.v1.json").write_text("{}")
    assert drift(tmp_path) == ["event.v1.json", "ghost.v1.json"]
    export(tmp_path)
    assert drift(tmp_path) == []
