"""Session fixtures that hand out the addresses of real services: given by the environment, or started here.

Where a service cannot be had, its tests are skipped on a developer's machine; with CI=true they fail.
"""

import os
from collections.abc import Iterator

import pytest

from tests.services.kafka import KafkaNode
from tests.services.opensearch import OpenSearchNode
from tests.services.process import HarnessError


def unavailable(error: HarnessError) -> None:
    """Skips the test with the reason, or fails it where CI=true: there nothing may go untested unseen."""
    if os.environ.get("CI", "").lower() in {"true", "1"}:
        pytest.fail(str(error), pytrace=False)
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def kafka_address() -> Iterator[str]:
    """host:port of a Kafka: DATELINE_TEST_KAFKA's, else that of a broker started once per session."""
    if given := os.environ.get("DATELINE_TEST_KAFKA"):
        yield given
        return
    node = KafkaNode()
    try:
        try:
            node.start()
        except HarnessError as error:
            unavailable(error)
        yield node.address
    finally:
        node.remove()


@pytest.fixture(scope="session")
def opensearch_address() -> Iterator[str]:
    """opensearch+http://host:port: DATELINE_TEST_OPENSEARCH's, else that of a node started once per session."""
    if given := os.environ.get("DATELINE_TEST_OPENSEARCH"):
        yield given
        return
    node = OpenSearchNode()
    try:
        try:
            node.start()
        except HarnessError as error:
            unavailable(error)
        yield node.address
    finally:
        node.stop()
