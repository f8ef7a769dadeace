"""The crawler's metrics keep the rules for metrics."""

import pytest
from prometheus_client import REGISTRY

from services.core.ports import FetchError
from services.crawler import metrics


def families() -> dict[str, list[tuple[dict[str, str], float]]]:
    metrics.start_at_zero()
    return {
        family.name: [
            (sample.labels, sample.value) for sample in family.samples if not sample.name.endswith("_created")
        ]
        for family in REGISTRY.collect()
        if family.name.startswith("dateline_crawler_")
    }


def test_what_operators_ask_for_is_there() -> None:
    wanted = "fetches not_modified received_bytes feeds feeds_overdue ssrf_refused robots_refused"
    assert {f"dateline_crawler_{name}" for name in wanted.split()} <= families().keys()


def test_every_series_exists_from_the_start_and_there_are_not_many() -> None:
    for name, samples in families().items():
        assert 0 < len(samples) < 100, name


@pytest.mark.parametrize(
    ("status", "label"),
    [(200, "2xx"), (206, "2xx"), (304, "304"), (301, "3xx"), (404, "4xx"), (429, "429"), (503, "5xx"), (700, "other")],
)
def test_statuses_are_counted_by_class(status: int, label: str) -> None:
    assert metrics.status_class(status) == label
    assert label in metrics.CLASSES


def test_a_refusal_of_the_guard_is_counted_on_its_own() -> None:
    before = metrics.SSRF_REFUSED._value.get()
    metrics.count_failure("page", FetchError("refused_address", "10.0.0.1"))
    metrics.count_failure("page", FetchError("timeout", "30 s"))
    assert metrics.SSRF_REFUSED._value.get() == before + 1
