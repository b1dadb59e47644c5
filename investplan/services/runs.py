"""Runs of the optimiser: asked for, taken by one worker at a time, and answered exactly once.

A run may be delivered twice, and its worker may die. So the row decides: a claim counts the `attempt` and takes a
lease; progress renews the lease; an answer is stored only by the attempt that still holds the run; a lease that
nobody renews sends the run out again. On a queued run `lease_until` is when its message was last sent.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import CursorResult, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import undefer

from investplan import __version__, queue
from investplan.db.models import Outbox, Run
from investplan.db.models.runs import RunState
from investplan.errors import InvalidInputError, InvestplanError, Note, NotFoundError, StateError
from investplan.services import frames, run_answers, scenarios
from investplan.services.work import Work, once
from optimizer.case_files import read_case
from optimizer.easing import Way
from optimizer.problem import Problem
from optimizer.solving import Answer, Progress

SOLVERS = ("highs", "cbc")
ACTIVE = (RunState.QUEUED.value, RunState.RUNNING.value)
MAX_ATTEMPTS = 4
PATIENCE_SECONDS = 60

ALREADY_ACTIVE = Note("Scenariot har redan en körning som väntar eller pågår.")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """A run that is the claimer's for now: the frozen problem and how it is to be solved. `gap` is a share."""

    run_id: int
    attempt: int
    problem: Problem
    max_seconds: int
    gap: float
    solver: str
    seed: int


def request(
    work: Work,
    scenario_id: int,
    *,
    max_seconds: int = 60,
    gap: str = "0.01",
    solver: str = "highs",
    seed: int = 0,
    key: str = "",
) -> Run:
    """Ask for a run of a scenario; with a `key` it is asked for once however often it is sent.

    Args:
        max_seconds: Time for the solver, 1-540.
        gap: Proven distance to the best possible at which the solver may stop, a share as decimal text.
        seed: For the solver, >= 0; the same case, seed and version give the same plan.

    Raises:
        InvalidInputError: one note per field.
        StateError: the scenario has a run that waits or goes on.
    """
    work.require("run scenario")
    scenarios.find(work, scenario_id)
    _refuse_faults(max_seconds, gap, solver, seed)
    asked = {
        "scenario_id": scenario_id,
        "max_seconds": max_seconds,
        "gap_target": gap,
        "solver": solver,
        "seed": seed,
    }
    return find(work, once(work, "request run", key, asked, lambda: _insert(work, asked)))


def _refuse_faults(max_seconds: int, gap: str, solver: str, seed: int) -> None:
    faults: dict[str, Note] = {}
    if not 1 <= max_seconds <= queue.MAX_SOLVE_SECONDS:
        faults["max_seconds"] = Note(
            "Tiden ska vara 1–%(max)s sekunder.", {"max": str(queue.MAX_SOLVE_SECONDS)}
        )
    if not is_share(gap):
        faults["gap"] = Note("Avståndet ska vara ett tal från 0 till under 1, till exempel 0.01.")
    if solver not in SOLVERS:
        faults["solver"] = Note("Okänd lösare.")
    if not 0 <= seed < 2**31:
        faults["seed"] = Note("Fröet ska vara ett heltal, 0 eller mer.")
    if faults:
        raise InvalidInputError(faults)


def is_share(text: str) -> bool:
    """Is it decimal text from 0 to under 1?"""
    try:
        return len(text) <= 20 and text.isascii() and 0 <= Decimal(text) < 1
    except InvalidOperation:
        return False


def _insert(work: Work, asked: Mapping[str, Any]) -> int:
    if active(work, asked["scenario_id"]) is not None:
        raise StateError(ALREADY_ACTIVE)
    run = Run(
        **asked, requested_by=work.actor.user_id or 0, requested_at=work.now(), software_version=__version__
    )
    try:
        with work.session.begin_nested():
            work.session.add(run)
    except IntegrityError as error:
        if "uq_run_active" in str(error.orig) or "run.scenario_id" in str(error.orig):
            raise StateError(ALREADY_ACTIVE) from error
        raise
    queue.after_commit(work.session, queue.CARRY_OUT_RUN, run.id, now=work.now())
    work.record("request run", "run", run.id, after=dict(asked))
    return run.id


def find(work: Work, run_id: int) -> Run:
    """One run.

    Raises:
        NotFoundError: there is none.
    """
    work.require("see")
    run = work.session.get(Run, run_id)
    if run is None:
        raise NotFoundError("run", run_id)
    return run


def of_scenario(work: Work, scenario_id: int) -> list[Run]:
    """The scenario's runs, the newest first."""
    work.require("see")
    return list(
        work.session.scalars(select(Run).where(Run.scenario_id == scenario_id).order_by(Run.id.desc()))
    )


def active(work: Work, scenario_id: int | None = None) -> Run | None:
    """The run that waits or goes on, of the scenario or (the oldest) of any."""
    work.require("see")
    query = select(Run).where(Run.state.in_(ACTIVE)).order_by(Run.id).limit(1)
    if scenario_id is not None:
        query = query.where(Run.scenario_id == scenario_id)
    return work.session.scalars(query).one_or_none()


def cancel(work: Work, run_id: int) -> Run:
    """Stop a run. A waiting one is cancelled at once; one that goes on stops within seconds and keeps its best plan.

    A run that is over stays as it is: it ended while the user reached for the button.
    """
    work.require("run scenario")
    run = find(work, run_id)
    if run.state not in ACTIVE or run.cancel_requested:
        return run
    before = {"state": run.state}
    run.cancel_requested = True
    if run.state == RunState.QUEUED:
        _end(work, run, RunState.CANCELLED, Note("Körningen avbröts innan den hade börjat."))
    work.record(
        "cancel run", "run", run.id, before=before, after={"state": run.state, "cancel_requested": True}
    )
    return run


def _end(work: Work, run: Run, state: RunState, note: Note) -> None:
    run.state, run.message = state.value, str(note)
    run.finished_at, run.lease_until = work.now(), None


def claim(work: Work, run_id: int, *, lease_seconds: int, max_attempts: int = MAX_ATTEMPTS) -> Claim | None:
    """Take a waiting run, or one whose worker has gone silent, and freeze its case at the first claim.

    Args:
        lease_seconds: How long it is the claimer's without `report_progress`.

    Returns:
        None when there is nothing to do: delivered twice, cancelled, over, held by another, or it cannot be built.
    """
    run = work.session.get(Run, run_id, options=[undefer(Run.case_bytes)], populate_existing=True)
    if run is None or not _is_free(run, work.now()) or not _may_go_on(work, run, max_attempts):
        return None
    problem = _problem(work, run)
    if problem is None:
        return None
    run.state, run.attempt = RunState.RUNNING.value, run.attempt + 1
    run.started_at, run.progress = work.now(), {}
    run.lease_until = work.now() + timedelta(seconds=lease_seconds)
    work.record("start run", "run", run.id, after={"attempt": run.attempt, "case_sha256": run.case_sha256})
    return Claim(
        run.id, run.attempt, problem, run.max_seconds, float(Decimal(run.gap_target)), run.solver, run.seed
    )


def _is_free(run: Run, now: datetime) -> bool:
    if run.state == RunState.RUNNING:
        return run.lease_until is None or run.lease_until < now
    return run.state == RunState.QUEUED


def _may_go_on(work: Work, run: Run, max_attempts: int) -> bool:
    """False when the run has been ended instead: cancelled meanwhile, or its workers died too many times."""
    before = {"state": run.state, "attempt": run.attempt}
    if run.cancel_requested:
        _end(work, run, RunState.CANCELLED, Note("Körningen avbröts. Ingen plan hann sparas."))
    elif run.attempt >= max_attempts:
        _end(work, run, RunState.FAILED, Note(
            "Beräkningen avbröts %(attempts)s gånger utan att bli klar och försöks inte igen. "
            "Troligen räcker inte serverns minne. Prova med färre förslag eller kortare tid.",
            {"attempts": str(run.attempt)},
        ))  # fmt: skip
    else:
        return True
    work.record("end run", "run", run.id, before=before, after={"state": run.state}, reason=run.message)
    return False


def _problem(work: Work, run: Run) -> Problem | None:
    """The frozen case; built and frozen now if this is the first claim. None: it cannot be built, and the run failed."""
    if run.case_bytes is not None:
        return read_case(run.case_bytes)
    try:
        with work.session.begin_nested():
            built = scenarios.build_case(work, run.scenario)
    except SQLAlchemyError:
        raise  # the database is in trouble, not the case: the lease brings the run back
    except InvalidInputError as error:
        note = Note(
            "Underlaget går inte att räkna på: %(why)s", {"why": "; ".join(map(str, error.fields.values()))}
        )
    except InvestplanError as error:
        note = error.note
    except Exception:
        log.exception("run %s: the case could not be built", run.id)
        note = Note(
            "Underlaget kunde inte byggas på grund av ett fel i programmet. Felet finns i serverns logg."
        )
    else:
        run.case_bytes, run.snapshot = built.case_bytes, built.snapshot
        run.case_sha256 = hashlib.sha256(built.case_bytes).hexdigest()
        run.parameter_set_id = built.parameter_set_id
        return built.problem
    _end(work, run, RunState.FAILED, note)
    work.record("fail run", "run", run.id, after={"state": run.state}, reason=run.message)
    return None


def _change_if_ours(work: Work, run_id: int, attempt: int, values: Mapping[str, Any]) -> bool:
    """Compare and set: False, and nothing changed, when the run is no longer this attempt's."""
    result = work.session.execute(
        update(Run)
        .where(Run.id == run_id, Run.state == RunState.RUNNING.value, Run.attempt == attempt)
        .values(dict(values)),
        execution_options={"synchronize_session": False},
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def report_progress(
    work: Work, run_id: int, attempt: int, progress: Progress | None, *, lease_seconds: int
) -> bool:
    """Renew the lease and keep the latest progress for the page; about once a second is enough.

    Args:
        progress: None renews the lease only.

    Returns:
        Whether to go on: False when the run was cancelled, or is no longer this attempt's.
    """
    values: dict[str, Any] = {"lease_until": work.now() + timedelta(seconds=lease_seconds)}
    if progress is not None:
        values["progress"] = run_answers.progress_to_json(progress)
    if not _change_if_ours(work, run_id, attempt, values):
        return False
    return not work.session.scalar(select(Run.cancel_requested).where(Run.id == run_id))


def store(
    work: Work,
    run_id: int,
    attempt: int,
    answer: Answer,
    ways: Sequence[Way] = (),
    ranking: Mapping[str, Any] | None = None,
) -> bool:
    """Keep the answer, its plan and what the plan does to the frames, all or nothing.

    Args:
        ways: Ways out of an infeasible case.
        ranking: What rankings would have given (`services.ranking_views.find`).

    Returns:
        False, and nothing kept, when the run is no longer this attempt's.
    """
    run = work.session.get(Run, run_id, populate_existing=True)
    if run is None or not _change_if_ours(
        work, run_id, attempt, run_answers.columns(run, answer, now=work.now(), ways=ways, ranking=ranking)
    ):
        return False
    work.session.refresh(run)
    rows = frames.write_scenario_adjustments(work, run) if answer.checked else 0
    after = {
        "attempt": attempt,
        "state": run.state,
        "status": run.status,
        "value": run.value,
        "bound": run.bound,
        "gap": run.gap,
        "case_sha256": run.case_sha256,
        "frame_rows": rows,
    }
    work.record("store run", "run", run_id, after=after, reason=run.message)
    return True


def fail(work: Work, run_id: int, attempt: int, note: Note) -> bool:
    """End the run without an answer; False when it is no longer this attempt's."""
    values = {
        "state": RunState.FAILED.value,
        "message": str(note),
        "finished_at": work.now(),
        "lease_until": None,
    }
    if not _change_if_ours(work, run_id, attempt, values):
        return False
    after = {"attempt": attempt, "state": RunState.FAILED.value}
    work.record("fail run", "run", run_id, after=after, reason=str(note))
    return True


def overdue(work: Work, *, patience_seconds: int = PATIENCE_SECONDS) -> list[int]:
    """Runs whose worker has gone silent, and waiting runs whose message was handed over long ago and never claimed."""
    now = work.now()
    sent = func.coalesce(Run.lease_until, Run.requested_at)
    in_outbox = (
        select(Outbox.id).where(Outbox.task == queue.CARRY_OUT_RUN, Outbox.record_id == Run.id).exists()
    )
    silent = and_(Run.state == RunState.RUNNING.value, or_(Run.lease_until.is_(None), Run.lease_until < now))
    forgotten = and_(
        Run.state == RunState.QUEUED.value, sent <= now - timedelta(seconds=patience_seconds), ~in_outbox
    )
    return list(work.session.scalars(select(Run.id).where(or_(silent, forgotten)).order_by(Run.id)))


def sweep(
    work: Work, *, max_attempts: int = MAX_ATTEMPTS, patience_seconds: int = PATIENCE_SECONDS
) -> list[int]:
    """Send overdue runs out again; a run that has been cancelled meanwhile or tried too often is ended instead.

    Returns:
        The ids that were sent again.
    """
    sent: list[int] = []
    for run_id in overdue(work, patience_seconds=patience_seconds):
        run = work.session.get_one(Run, run_id, populate_existing=True)
        if not _may_go_on(work, run, max_attempts):
            continue
        if run.state == RunState.RUNNING:
            run.state = RunState.QUEUED.value
            work.record("requeue run", "run", run.id, after={"attempt": run.attempt}, reason="worker lost")
        run.lease_until = work.now()
        queue.after_commit(work.session, queue.CARRY_OUT_RUN, run.id, now=work.now())
        sent.append(run.id)
    return sent
