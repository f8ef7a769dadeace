"""The files under schemas/: the contract with other teams, made from the models in core and never by hand."""

import json
from pathlib import Path

import yaml

from services.adapters.opensearch_index import templates
from services.core.envelope import TYPES, VERSION, schema_name
from services.core.examples import EXAMPLES
from services.core.topics import DEFAULT_PARTITIONS, TOPICS, Topic

ROOT = Path(__file__).resolve().parents[2] / "schemas"


def contract_files() -> dict[str, str]:
    """Relative path to content of every generated file."""
    files = {}
    for name, model in TYPES.items():
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **model.model_json_schema(mode="serialization"),
        }
        files[f"{name}.v{VERSION}.json"] = _json(schema)
        example = EXAMPLES[name].model_dump(mode="json")
        files[f"examples/{name}/v{VERSION}/complete.json"] = _json(example)
    files |= {f"topics/{topic.name}.yaml": _topic_file(topic) for topic in TOPICS}
    files |= {f"opensearch/{name}.json": _json(body) for name, body in templates().items()}
    return files


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _topic_file(topic: Topic) -> str:
    return yaml.safe_dump(
        {
            "topic": topic.name,
            "description": topic.doc,
            "records": [{"schema": f"{schema_name(model)}.v{VERSION}.json", "header": f"{schema_name(model)}/{VERSION}"}
                        for model in topic.schemas],
            "key": topic.key,
            "partitioned_by": topic.partition_by,
            "partitioner": "crc32 of the partitioning text modulo the number of partitions",
            "default_partitions": DEFAULT_PARTITIONS,
            "cleanup_policy": topic.cleanup,
            "retention_ms": topic.retention_ms,
            "max_message_bytes": topic.max_bytes,
            "producers": list(topic.producers),
            "consumers": list(topic.consumers),
        },
        sort_keys=False,
        allow_unicode=True,
        width=120,
    )  # fmt: skip


def export(root: Path = ROOT) -> list[str]:
    """Writes what differs; removes generated files that nothing makes any more. Returns the paths touched."""
    wanted = contract_files()
    touched = drift(root)
    for path in touched:
        target = root / path
        if path in wanted:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(wanted[path], encoding="utf-8")
        else:
            target.unlink()
    return touched


def drift(root: Path = ROOT) -> list[str]:
    """Relative paths that are missing, differ, or are there without a model that makes them."""
    wanted = contract_files()
    there = {
        str(path.relative_to(root))
        for pattern in ("*.json", "topics/*.yaml", "examples/*/*/complete.json", "opensearch/*.json")
        for path in root.glob(pattern)
    }
    different = {
        path for path, text in wanted.items() if path not in there or (root / path).read_text(encoding="utf-8") != text
    }
    return sorted(different | (there - set(wanted)))
