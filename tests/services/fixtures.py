"""Session fixtures that hand out the addresses of real services: given by the environment, or started here.

Where a service cannot be had, its tests are skipped on a developer's machine; with CI=true they fail.
"""

import os
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from tests.services.kafka import KafkaNode
from tests.services.opensearch import OpenSearchNode
from tests.services.process import HarnessError

N = TypeVar("N", KafkaNode, OpenSearchNode)


def unavailable(error: HarnessError) -> None:
    """Skips the test with the reason, or fails it where CI=true: there nothing may go untested unseen."""
    if os.environ.get("CI", "").lower() in {"true", "1"}:
        pytest.fail(str(error), pytrace=False)
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def kafka_address() -> Iterator[str]:
    """host:port of a Kafka: DATELINE_TEST_KAFKA's, else that of a broker started once per session."""
    yield from _given_or_started("DATELINE_TEST_KAFKA", KafkaNode, KafkaNode.remove)


@pytest.fixture(scope="module")
def clean_kafka_address() -> Iterator[str]:
    """host:port of a Kafka that nothing was written to: the shared one has other tests' topics and poison in it."""
    yield from _given_or_started("DATELINE_TEST_CLEAN_KAFKA", KafkaNode, KafkaNode.remove)


@pytest.fixture(scope="session")
def opensearch_address() -> Iterator[str]:
    """opensearch+http://host:port: DATELINE_TEST_OPENSEARCH's, else that of a node started once per session."""
    yield from _given_or_started("DATELINE_TEST_OPENSEARCH", OpenSearchNode, OpenSearchNode.stop)


def _given_or_started(variable: str, make: Callable[[], N], end: Callable[[N], None]) -> Iterator[str]:
    if given := os.environ.get(variable):
        yield given
        return
    node = make()
    try:
        try:
            node.start()
        except HarnessError as error:
            unavailable(error)
        yield node.address
    finally:
        end(node)
