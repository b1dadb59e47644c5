"""The queue: how Celery is set up, and the outbox through which everything reaches it.

A message is written in the same transaction as the record it is about, and handed over by the relay once that has
committed: nothing is sent for what was rolled back, and nothing is lost while the broker is away. Only ids travel.
A message may be delivered twice or not at all; whose a run is, is decided by its row (`services.runs`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery import Celery, group
from kombu import entity
from kombu.exceptions import KombuError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from investplan.config import Settings
from investplan.db.models import Outbox
from investplan.db.session import Database

CARRY_OUT_RUN = "investplan.carry_out_run"
CARRY_OUT_CHUNK = "investplan.carry_out_chunk"
CARRY_OUT_DAILY = "investplan.carry_out_daily"
SEND_MAIL = "investplan.send_mail"
QUEUE_NAME = "investplan"
STUDY_QUEUE_NAME = "investplan-studies"
"""Parts of studies have a queue of their own: workers take from both in turn, so a run never waits behind them all."""

MAX_SOLVE_SECONDS = 540
"""The longest solve that may be asked for. The solver's own limit < soft limit < hard limit < broker's patience."""
SOFT_LIMIT_SECONDS = MAX_SOLVE_SECONDS + 60
HARD_LIMIT_SECONDS = SOFT_LIMIT_SECONDS + 60
VISIBILITY_SECONDS = 1800

CONNECT_SECONDS = 3
BATCH = 100

log = logging.getLogger(__name__)


def make_celery(settings: Settings) -> Celery:
    """The Celery application of an installation. Nothing is connected to and no folder is made yet.

    Embedded (no broker address) it uses files in `data_dir/queue`; else RabbitMQ (`amqp://`) or Redis (`redis://`).
    """
    celery = Celery(
        "investplan", broker=settings.broker_url or "filesystem://localhost/", set_as_current=False
    )
    celery.conf.update(_common_options())
    celery.conf.update(_broker_options(settings))
    return celery


def _common_options() -> dict[str, Any]:
    return {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_retry_on_worker_lost": True,
        "task_annotations": {"*": {"max_retries": 3, "default_retry_delay": 5}},
        "worker_prefetch_multiplier": 1,
        "task_track_started": True,
        "task_ignore_result": True,
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "task_soft_time_limit": SOFT_LIMIT_SECONDS,
        "task_time_limit": HARD_LIMIT_SECONDS,
        "worker_soft_shutdown_timeout": 30,
        "task_publish_retry": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": CONNECT_SECONDS,
        "task_default_queue": QUEUE_NAME,
        "task_routes": {CARRY_OUT_CHUNK: {"queue": STUDY_QUEUE_NAME}},
        "enable_utc": True,
    }


def _broker_options(settings: Settings) -> dict[str, Any]:
    if settings.is_embedded:
        folder = queue_folder(settings)
        return {
            "task_queues": _plain_queues(),
            "broker_transport_options": {
                "data_folder_in": str(folder / "messages"),
                "data_folder_out": str(folder / "messages"),
                "control_folder": str(folder / "control"),
                "store_processed": False,
                "polling_interval": 0.2,
            },
        }
    if urlsplit(settings.broker_url).scheme.startswith("redis"):
        return {
            "task_queues": _plain_queues(),
            "broker_transport_options": {
                "visibility_timeout": VISIBILITY_SECONDS,
                "unacked_restore_interval": 5,
                "unacked_restore_throttle": 1,
                "socket_timeout": 5,
                "socket_connect_timeout": 5,
                "socket_keepalive": True,
            },
        }
    return {
        # The relay deletes its row only when RabbitMQ has said that it holds the message.
        "broker_transport_options": {"confirm_publish": True},
        "task_queues": [_quorum_queue(name) for name in (QUEUE_NAME, STUDY_QUEUE_NAME)],
        # Celery's delayed delivery, which a retry uses, works with topic exchanges only.
        "task_default_exchange": QUEUE_NAME,
        "task_default_exchange_type": "topic",
        "task_default_routing_key": QUEUE_NAME,
    }


def _plain_queues() -> list[Any]:
    kinds: Any = entity
    return [kinds.Queue(name, routing_key=name) for name in (QUEUE_NAME, STUDY_QUEUE_NAME)]


def _quorum_queue(name: str) -> Any:
    kinds: Any = entity
    return kinds.Queue(
        name,
        kinds.Exchange(QUEUE_NAME, type="topic"),
        routing_key=name,
        queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": 5},
    )


def queue_folder(settings: Settings) -> Path:
    """Where the embedded queue keeps its messages."""
    return settings.data_dir.resolve() / "queue"


def prepare_folders(settings: Settings) -> None:
    """Make the embedded queue's folders, readable by their owner only; nothing in server mode."""
    if settings.is_embedded:
        for name in ("messages", "control"):
            (queue_folder(settings) / name).mkdir(mode=0o700, parents=True, exist_ok=True)


def after_commit(session: Session, task: str, record_id: int, *, now: datetime) -> None:
    """Send `task` with `record_id` if, and once, the session's transaction commits."""
    session.add(Outbox(task=task, record_id=record_id, created_at=now))


def relay_once(database: Database, celery: Celery) -> int:
    """Hand over what waits in the outbox; returns how many messages were sent.

    While the broker is away the rows stay where they are, 0 is returned and nothing is raised. A crash between
    handing over and deleting sends a message twice, which the receiver bears.
    """
    with database.read() as session:
        waiting = [
            (row.id, row.task, row.record_id)
            for row in session.scalars(select(Outbox).order_by(Outbox.id).limit(BATCH))
        ]
    if not waiting:
        return 0
    sent = _publish(celery, waiting)
    if sent:
        with database.write() as session:
            session.execute(delete(Outbox).where(Outbox.id.in_(sent)))
    return len(sent)


def _publish(celery: Celery, messages: list[tuple[int, str, int]]) -> list[int]:
    """The ids of the outbox rows that the broker took, in order, up to the first that it did not."""
    sent: list[int] = []
    try:
        # A connection of its own, connected by hand: Celery's pool would retry for longer than we want to wait.
        with celery.connection_for_write(connect_timeout=CONNECT_SECONDS) as connection:
            connection.connect()
            with celery.amqp.Producer(connection.channel()) as producer:
                for task, rows in groupby(messages, key=lambda row: row[1]):
                    for ids in _handed_over(celery, producer, task, list(rows)):
                        sent += ids
    except _broker_errors(celery) as error:
        log.warning("the broker is away, %d messages wait: %s", len(messages) - len(sent), error)
    return sent


def _handed_over(
    celery: Celery, producer: Any, task: str, rows: list[tuple[int, str, int]]
) -> Iterator[list[int]]:
    """Ids of outbox rows as the broker takes them: parts of studies as one Celery group, all else one by one."""
    if task == CARRY_OUT_CHUNK:
        parts = [celery.signature(task, args=[record_id]) for _, _, record_id in rows]
        group(parts, app=celery).apply_async(producer=producer, retry=False)
        yield [row_id for row_id, _, _ in rows]
        return
    for row_id, _, record_id in rows:
        celery.send_task(task, args=[record_id], producer=producer, retry=False)
        yield [row_id]


def _broker_errors(celery: Celery) -> tuple[type[Exception], ...]:
    connection = celery.connection_for_write()
    return (OSError, KombuError, *connection.connection_errors, *connection.channel_errors)
