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
from investplan.exchange import mail_client
from investplan.services import daily, mails, ranking_views, runs, study_parts, ways_out
from investplan.services.runs import Claim
from investplan.services.work import begin
from optimizer import solving
from optimizer.families.running import answer_members
from optimizer.resolving import Resolver
from optimizer.solving import Answer, Progress

NICENESS = 10
BEAT_SECONDS = 1.0
PART_BEAT_SECONDS = 0.5
"""Parts of studies look twice a second whether they have been cancelled."""

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

    def renew(latest: Progress | None) -> bool:
        with begin(database) as work:
            return runs.report_progress(
                work, run_id, claim.attempt, latest, lease_seconds=settings.lease_seconds
            )

    try:
        with Heartbeat(f"run {run_id}", renew) as heartbeat:
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
            ways = ways_out.find(
                claim.problem,
                answer,
                max_seconds=claim.max_seconds,
                seed=claim.seed,
                should_stop=heartbeat.stopped,
            )
            ranking = ranking_views.find(claim.problem) if answer.checked else None
    except Exception as error:
        _fail(database, claim, error)
        return
    with begin(database) as work:
        kept = runs.store(work, run_id, claim.attempt, answer, ways, ranking)
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


@celery.task(name=queue.CARRY_OUT_DAILY)
def carry_out_daily(day: int) -> None:
    """The day's reminders and digests; `day` only tells whose they were, what is done is today's."""
    log.info("daily job ordered for day %s", day)
    with begin(_database()) as work:
        daily.carry_out(work, mail_is_on=bool(settings.smtp_host), public_url=settings.public_url)


@celery.task(name=queue.SEND_MAIL)
def send_mail(mail_id: int) -> None:
    deliver(_database(), mail_id, settings)


def deliver(database: Database, mail_id: int, settings: Settings) -> None:
    """Claim, send, keep how it went: three steps, and no transaction is open while the mail server answers."""
    if not settings.smtp_host:
        return
    with begin(database) as work:
        message = mails.claim(work, mail_id)
    if message is None:
        return
    server = mail_client.Server(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_starttls,
        settings.smtp_from,
        settings.smtp_user,
        settings.smtp_password,
    )
    try:
        mail_client.send(server, message)
        error = ""
    except OSError as failed:
        # A server's answer may hold the address; the kind of error is enough to act on.
        error = type(failed).__name__
        log.warning("mail %s was not sent: %s", mail_id, error)
    with begin(database) as work:
        mails.finish(work, mail_id, error)


@celery.task(name=queue.CARRY_OUT_CHUNK)
def carry_out_chunk(chunk_id: int) -> None:
    carry_out_part(_database(), chunk_id, settings)


def carry_out_part(database: Database, chunk_id: int, settings: Settings) -> None:
    """Claim a part of a study, store each answer as it comes, finish; no transaction is open while the solver works."""
    with begin(database) as work:
        claim = study_parts.claim(
            work, chunk_id, lease_seconds=settings.lease_seconds, max_attempts=settings.max_attempts
        )
    if claim is None:
        log.info("study part %s: nothing to do", chunk_id)
        return

    def renew(_latest: Progress | None) -> bool:
        with begin(database) as work:
            return (
                study_parts.beat(work, claim, lease_seconds=settings.lease_seconds)
                is not study_parts.Verdict.STOP
            )

    try:
        with Heartbeat(f"study part {chunk_id}", renew, beat_seconds=PART_BEAT_SECONDS) as heartbeat:
            verdict = _answer_part(database, claim, settings, heartbeat)
    except Exception as error:
        log.error("study part %s attempt %s failed", chunk_id, claim.attempt, exc_info=error)
        with begin(database) as work:
            study_parts.fail(work, claim, f"{type(error).__name__} {error}")
        return
    with begin(database) as work:
        if verdict is study_parts.Verdict.GO_ON:
            study_parts.finish(work, claim)
        elif verdict is study_parts.Verdict.MAKE_WAY:
            study_parts.give_back(work, claim)


def _answer_part(
    database: Database, claim: study_parts.Claim, settings: Settings, heartbeat: Heartbeat
) -> study_parts.Verdict:
    """One solver for the whole part. `GO_ON`: answered to its end; `MAKE_WAY`: some members are left."""
    family = claim.family()
    resolver = Resolver(family.problem, threads=settings.solver_threads, seed=claim.seed)
    left = len(claim.numbers) - sum(number in claim.known for number in claim.numbers)
    for number, member, outcome in answer_members(
        family,
        resolver,
        claim.numbers,
        claim.known,
        gap=claim.gap,
        max_seconds=claim.member_seconds,
        should_stop=heartbeat.stopped,
    ):
        change = {} if member is None else member.change
        with begin(database) as work:
            verdict = study_parts.store(
                work, claim, number, change, outcome, lease_seconds=settings.lease_seconds
            )
        left -= 1
        if verdict is study_parts.Verdict.STOP or (verdict is study_parts.Verdict.MAKE_WAY and left):
            return verdict
    return study_parts.Verdict.STOP if heartbeat.stopped() else study_parts.Verdict.GO_ON


class Heartbeat:
    """A thread that renews a lease in time, with the latest progress, also while the solver is silent.

    It is the only writer: the solver's callback leaves its figures in memory and never waits for the database.
    """

    def __init__(
        self, name: str, renew: Callable[[Progress | None], bool], *, beat_seconds: float = BEAT_SECONDS
    ) -> None:
        self._name, self._renew, self._beat_seconds = name, renew, beat_seconds
        self._latest: Progress | None = None
        self._stop, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat {name}", daemon=True)

    def note(self, progress: Progress) -> None:
        """Remember the latest progress."""
        self._latest = progress

    def stopped(self) -> bool:
        """Whether the solver should stop: cancelled, or what it works at was given to another worker."""
        return self._stop.is_set()

    def _beat(self) -> None:
        while not self._ended.wait(self._beat_seconds):
            try:
                go_on = self._renew(self._latest)
            except Exception:
                # The database may be back before the lease is out; if not, the stored attempt decides.
                log.warning("%s: the lease could not be renewed", self._name, exc_info=True)
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
