"""What the bus over Kafka does beyond the contract: settings, topics as configured, a broker that dies."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.adapters.kafka_bus import KafkaBus, KafkaOptions, _portions
from services.adapters.kafka_options import topic_config
from services.core.errors import ConfigError, Unavailable
from services.core.ports import Record
from services.core.topics import ALERTS, BY_NAME, DAY_MS, EVENTS, FEED_STATE, MIB, PAGES, SUPERSEDED_MS, dlq_of
from tests.contract.bus_cases import PARTITIONS, Listener, opened, until
from tests.services.fixtures import unavailable
from tests.services.kafka import KafkaNode
from tests.services.process import HarnessError

# ------------------------------------------------ settings


def test_sasl_needs_a_user_name_and_a_password() -> None:
    with pytest.raises(ConfigError, match="SASL_SSL"):
        KafkaOptions(security_protocol="SASL_SSL", username="stage").connection("host:1")


def test_sasl_settings_reach_the_client_and_are_not_shown() -> None:
    options = KafkaOptions(security_protocol="SASL_PLAINTEXT", username="stage", password="secret-word")
    arguments = options.connection("host:1")
    assert arguments["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (arguments["sasl_plain_username"], arguments["sasl_plain_password"]) == ("stage", "secret-word")
    assert "secret-word" not in repr(options)


def test_tls_checks_the_broker_s_certificate() -> None:
    context = KafkaOptions(security_protocol="SSL").connection("host:1")["ssl_context"]
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"


def test_a_certificate_that_is_not_there_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="certificates"):
        KafkaOptions(security_protocol="SSL", ca_file=tmp_path / "none.pem").connection("host:1")


def test_topics_are_configured_as_the_design_says() -> None:
    pages, state, events = (topic_config(topic, 3) for topic in (PAGES, FEED_STATE, EVENTS))
    assert (pages["cleanup.policy"], pages["retention.ms"]) == ("delete", str(7 * DAY_MS))
    assert (state["cleanup.policy"], state["retention.ms"]) == ("compact", "-1")
    assert state["min.compaction.lag.ms"] == str(SUPERSEDED_MS)
    assert (events["cleanup.policy"], events["retention.ms"]) == ("compact,delete", str(30 * DAY_MS))
    assert topic_config(dlq_of(FEED_STATE), 3)["cleanup.policy"] == "delete"
    assert int(pages["max.message.bytes"]) > BY_NAME[PAGES].max_bytes


def test_a_write_is_acknowledged_with_one_replica_down() -> None:
    assert [topic_config(PAGES, copies)["min.insync.replicas"] for copies in (1, 2, 3)] == ["1", "1", "2"]


def test_large_publishes_are_cut_into_portions_in_order() -> None:
    placed = [(Record(PAGES, str(number), bytes(10 * MIB)), 0) for number in range(7)] + [(Record(PAGES, "7", b""), 1)]
    portions = list(_portions(placed))
    assert [record.key for portion in portions for record, _ in portion] == [str(number) for number in range(8)]
    assert max(sum(len(record.value or b"") for record, _ in portion) for portion in portions) <= 32 * MIB
    assert list(_portions([])) == []


# ------------------------------------------------ a real broker


@pytest.fixture
async def admin(kafka_address: str) -> AsyncIterator[Any]:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka_address)
    await client.start()
    yield client
    await client.close()


@pytest.mark.kafka
async def test_only_missing_topics_are_created_and_a_refusal_is_heard_of(kafka_address: str, admin: Any) -> None:
    async with opened(KafkaBus(kafka_address, options=KafkaOptions())) as bus:
        await bus.create_topics(PARTITIONS)
    await admin.delete_topics([ALERTS])
    async with asyncio.timeout(30):
        while ALERTS in await admin.list_topics():  # noqa: ASYNC110 - the broker deletes in its own time
            await asyncio.sleep(0.05)
    # One broker cannot keep three copies: the client itself does not raise.
    async with opened(KafkaBus(kafka_address, options=KafkaOptions(replication_factor=3))) as bus:
        with pytest.raises(ConfigError, match=ALERTS):
            await bus.create_topics(PARTITIONS)
    async with opened(KafkaBus(kafka_address, options=KafkaOptions())) as bus:
        assert await bus.create_topics(PARTITIONS) == [ALERTS]
        assert await bus.partition_count(ALERTS) == PARTITIONS


@pytest.mark.kafka
async def test_the_broker_has_the_settings_of_each_topic(kafka_address: str, admin: Any) -> None:
    async with opened(KafkaBus(kafka_address, options=KafkaOptions())) as bus:
        await bus.create_topics(PARTITIONS)
    for topic in (PAGES, FEED_STATE, EVENTS, dlq_of(PAGES)):
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        found = {name: value for name, value, *_ in answer.resources[0][4]}
        assert topic_config(topic, 1).items() <= found.items()


@pytest.fixture
def node() -> Iterator[KafkaNode]:
    """A broker of this test alone, to be killed."""
    own = KafkaNode()
    try:
        own.start()
    except HarnessError as error:
        unavailable(error)
    yield own
    own.remove()


@pytest.mark.kafka
async def test_a_broker_that_dies_is_unavailable_in_bounded_time_and_nothing_acknowledged_is_lost(
    node: KafkaNode,
) -> None:
    options = KafkaOptions(request_timeout=3.0, publish_timeout=3.0, close_timeout=3.0, session_timeout=3.0)
    async with opened(KafkaBus(node.address, options=options)) as bus:
        await bus.create_topics(1)
        acknowledged = [str(number) for number in range(50)]
        await bus.publish([Record(PAGES, key, bytes(1000)) for key in acknowledged])
        node.kill()
        with pytest.raises(Unavailable, match=node.address):
            await bus.publish([Record(PAGES, "unknown", b"")])
        with pytest.raises(Unavailable, match=node.address):
            await bus.ping()
        await asyncio.to_thread(node.start)
        await _publish_at_last(bus, Record(PAGES, "after", b""))
        found = [message.key async for message in bus.read_all(PAGES)]
    # What was sent in vain may have arrived, and then before what came after it.
    assert found in ([*acknowledged, "after"], [*acknowledged, "unknown", "after"])


async def _publish_at_last(bus: KafkaBus, record: Record) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                return await bus.publish([record])
            except Unavailable:
                await asyncio.sleep(0.2)


@pytest.mark.kafka
async def test_everything_closes_in_bounded_time_when_the_broker_is_gone(node: KafkaNode) -> None:
    options = KafkaOptions(request_timeout=2.0, publish_timeout=1.0, close_timeout=1.0, session_timeout=3.0)
    listener = Listener()
    async with asyncio.timeout(60), opened(KafkaBus(node.address, options=options)) as bus:
        await bus.create_topics(1)
        async with bus.subscribe("group", [PAGES], listener) as member:
            await until(lambda: bool(listener.owned), member)
            node.kill()
            with pytest.raises(Unavailable):
                await bus.publish([Record(PAGES, "lost", b"")])
            with pytest.raises(Unavailable, match=node.address):
                await member.commit(dict.fromkeys(listener.owned, 0))
