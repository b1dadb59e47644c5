from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from investplan import queue
from investplan.config import Settings
from investplan.db.models import Outbox
from investplan.db.session import Database
from investplan.services.work import SYSTEM, Work, begin
from tests.servers import free_port


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path)
    queue.prepare_folders(made)
    return made


def messages(settings: Settings) -> list[Path]:
    return sorted((queue.queue_folder(settings) / "messages").iterdir())


def waiting(database: Database) -> list[int]:
    with database.read() as session:
        return [row.record_id for row in session.query(Outbox).order_by(Outbox.id)]


@pytest.mark.parametrize("broker_url", ["", "amqp://localhost//", "redis://localhost/0"])
def test_a_lost_worker_gives_its_task_back_and_nothing_but_json_is_read(broker_url: str) -> None:
    conf = queue.make_celery(Settings(broker_url=broker_url)).conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.task_retry_on_worker_lost
    assert conf.task_annotations == {"*": {"max_retries": 3, "default_retry_delay": 5}}
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_ignore_result
    assert (conf.task_serializer, conf.accept_content) == ("json", ["json"])
    assert not conf.worker_enable_remote_control
    assert not conf.task_publish_retry
    assert conf.broker_connection_retry_on_startup
    assert conf.worker_soft_shutdown_timeout == 30


def test_the_solver_stops_before_the_soft_limit_before_the_hard_one_before_the_broker_loses_patience() -> (
    None
):
    redis = queue.make_celery(Settings(broker_url="redis://localhost/0")).conf
    rabbitmq_consumer_timeout_seconds = 30 * 60
    assert queue.MAX_SOLVE_SECONDS < redis.task_soft_time_limit < redis.task_time_limit
    assert redis.task_time_limit < redis.broker_transport_options["visibility_timeout"]
    assert redis.task_time_limit < rabbitmq_consumer_timeout_seconds


def test_redis_gives_a_lost_message_back_soon_after_its_visibility_ends() -> None:
    options = queue.make_celery(Settings(broker_url="redis://localhost/0")).conf.broker_transport_options
    assert options["unacked_restore_interval"] == 5
    assert options["unacked_restore_throttle"] == 1
    assert options["socket_timeout"] == options["socket_connect_timeout"] == 5


def test_rabbitmq_keeps_messages_in_a_quorum_queue_with_a_delivery_limit() -> None:
    conf = queue.make_celery(Settings(broker_url="amqp://localhost//")).conf
    assert [one.name for one in conf.task_queues] == ["investplan", "investplan-studies"]
    for one in conf.task_queues:
        assert one.queue_arguments == {"x-queue-type": "quorum", "x-delivery-limit": 5}
    assert conf.broker_transport_options == {"confirm_publish": True}


def test_the_embedded_queue_lies_in_the_data_folder(tmp_path: Path) -> None:
    options = queue.make_celery(Settings(data_dir=tmp_path)).conf.broker_transport_options
    assert {options["data_folder_in"], options["data_folder_out"]} == {str(tmp_path / "queue" / "messages")}
    assert options["control_folder"] == str(tmp_path / "queue" / "control")


def test_only_the_id_travels(database: Database, settings: Settings) -> None:
    with begin(database) as work:
        queue.after_commit(work.session, queue.CARRY_OUT_RUN, 17, now=work.now())
    assert queue.relay_once(database, queue.make_celery(settings)) == 1
    (path,) = messages(settings)
    message = json.loads(path.read_bytes())
    body = json.loads(base64.b64decode(message["body"]))
    assert (message["headers"]["task"], body[0], body[1]) == (queue.CARRY_OUT_RUN, [17], {})
    assert waiting(database) == []


def test_parts_of_a_study_go_as_one_group_in_a_queue_of_their_own(
    database: Database, settings: Settings
) -> None:
    with begin(database) as work:
        queue.after_commit(work.session, queue.CARRY_OUT_RUN, 1, now=work.now())
        for part in (7, 8, 9):
            queue.after_commit(work.session, queue.CARRY_OUT_CHUNK, part, now=work.now())
        queue.after_commit(work.session, queue.CARRY_OUT_RUN, 2, now=work.now())
    assert queue.relay_once(database, queue.make_celery(settings)) == 5
    assert waiting(database) == []
    found = [(path.name, json.loads(path.read_bytes())) for path in messages(settings)]
    parts = [message for name, message in found if name.endswith(".investplan-studies.msg")]
    assert len({message["headers"]["group"] for message in parts}) == 1
    assert sorted(json.loads(base64.b64decode(m["body"]))[0][0] for m in parts) == [7, 8, 9]
    assert sum(name.endswith(".investplan.msg") for name, _ in found) == 2


def test_nothing_is_sent_for_what_was_rolled_back(database: Database, settings: Settings) -> None:
    with database.write() as session:
        work = Work(session, SYSTEM)
        queue.after_commit(session, queue.CARRY_OUT_RUN, 17, now=work.now())
        session.rollback()
    assert queue.relay_once(database, queue.make_celery(settings)) == 0
    assert messages(settings) == []


@pytest.mark.parametrize("scheme", ["amqp", "redis"])
def test_while_the_broker_is_away_messages_wait_in_the_outbox(
    database: Database, settings: Settings, scheme: str
) -> None:
    away = replace(settings, broker_url=f"{scheme}://127.0.0.1:{free_port()}//")
    with begin(database) as work:
        queue.after_commit(work.session, queue.CARRY_OUT_RUN, 17, now=work.now())
    assert queue.relay_once(database, queue.make_celery(away)) == 0
    assert waiting(database) == [17]
