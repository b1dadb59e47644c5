"""What the worker carries out. `celery -A investplan.tasks worker` runs it; `carry_out` needs no Celery."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from functools import cache
from types import TracebackType
from typing import Any

from celery.signals import worker_process_init

from investplan import queue
from investplan.config import Settings
from investplan.db.session import Database
from investplan.errors import Note
from investplan.services import runs
from investplan.services.runs import Claim
from investplan.services.work import begin
from optimizer import solving
from optimizer.solving import Answer, Progress

NICENESS = 10
BEAT_SECONDS = 1.0

log = logging.getLogger(__name__)
settings = Settings.from_environment()
celery = queue.make_celery(settings)


@worker_process_init.connect
def _give_way(**_: Any) -> None:
    """Pages go before solves."""
    os.nice(NICENESS)


@cache
def _database() -> Database:
    # Opened at the first task, which is after the fork: a connection must not cross it.
    return Database(settings.effective_database_url)


@celery.task(name=queue.CARRY_OUT_RUN)
def carry_out_run(run_id: int) -> None:
    carry_out(_database(), run_id, settings)


def carry_out(
    database: Database, run_id: int, settings: Settings, *, solve: Callable[..., Answer] = solving.solve
) -> None:
    """Claim, solve, store: three steps, and no transaction is open while the solver works."""
    with begin(database) as work:
        claim = runs.claim(
            work, run_id, lease_seconds=settings.lease_seconds, max_attempts=settings.max_attempts
        )
    if claim is None:
        log.info("run %s: nothing to do", run_id)
        return
    try:
        with Heartbeat(database, claim, settings.lease_seconds) as heartbeat:
            answer = solve(
                claim.problem,
                max_seconds=claim.max_seconds,
                gap=claim.gap,
                solver=claim.solver,
                seed=claim.seed,
                threads=settings.solver_threads,
                on_progress=heartbeat.note,
                should_stop=heartbeat.stopped,
            )
    except Exception as error:
        _fail(database, claim, error)
        return
    with begin(database) as work:
        kept = runs.store(work, run_id, claim.attempt, answer)
    if not kept:
        log.warning("run %s attempt %s: the answer was refused, the run is another's", run_id, claim.attempt)


def _fail(database: Database, claim: Claim, error: Exception) -> None:
    log.error("run %s attempt %s: the solver failed", claim.run_id, claim.attempt, exc_info=error)
    note = Note(
        "Lösaren %(solver)s avbröts av ett fel: %(why)s. Prova den andra lösaren eller ett annat frö.",
        {"solver": claim.solver, "why": f"{type(error).__name__} {error}".strip()},
    )
    with begin(database) as work:
        runs.fail(work, claim.run_id, claim.attempt, note)


class Heartbeat:
    """A thread that renews the lease once a second, with the latest progress, also while the solver is silent.

    It is the only writer: the solver's callback leaves its figures in memory and never waits for the database.
    """

    def __init__(self, database: Database, claim: Claim, lease_seconds: int) -> None:
        self._database, self._claim, self._lease_seconds = database, claim, lease_seconds
        self._latest: Progress | None = None
        self._stop, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{claim.run_id}", daemon=True)

    def note(self, progress: Progress) -> None:
        """Remember the latest progress."""
        self._latest = progress

    def stopped(self) -> bool:
        """Whether the solver should stop: cancelled, or the run was given to another worker."""
        return self._stop.is_set()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            try:
                with begin(self._database) as work:
                    go_on = runs.report_progress(
                        work,
                        self._claim.run_id,
                        self._claim.attempt,
                        self._latest,
                        lease_seconds=self._lease_seconds,
                    )
            except Exception:
                # The database may be back before the lease is out; if not, the stored attempt decides.
                log.warning("run %s: the lease could not be renewed", self._claim.run_id, exc_info=True)
                continue
            if not go_on:
                self._stop.set()

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
