"""Studies of a run's plan: asked for, split into parts of neighbouring members, looked at, cancelled.

How workers take and answer the parts is in `services.study_parts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from investplan import __version__, queue
from investplan.db.models import Proposal, Run, Study, StudyChunk
from investplan.db.models.studies import ChunkState, StudyKind, StudyState
from investplan.domain.organisations import may
from investplan.errors import InvalidInputError, NotAllowedError, Note, NotFoundError, StateError
from investplan.services import overviews, runs, study_families
from investplan.services.work import Work, once
from optimizer.families.kinds import CHUNK, chunks
from optimizer.families.members import (
    Family,
)

ACTIVE = (StudyState.QUEUED.value, StudyState.RUNNING.value)
OPEN = (ChunkState.WAITING.value, ChunkState.QUEUED.value, ChunkState.RUNNING.value)
MOST_MEMBERS = 1000
MOST_MEMBER_SECONDS = 120
CHUNK_SECONDS = 300
"""A part is made so small that it takes no longer than this; well below the hard limit of a task."""
ONE_GAP, ONE_SECONDS = "0.002", 10
"""What a question about one proposal is answered to: it weighs little in a whole plan."""

ALREADY_ACTIVE = Note("Planen har redan en undersökning som väntar eller pågår.")


def request(
    work: Work,
    run_id: int,
    kind: str,
    parameters: Mapping[str, Any],
    *,
    gap: str = "0.005",
    member_seconds: int = 10,
    seed: int = 0,
    key: str = "",
) -> Study:
    """Ask for a study of a run's plan; with a `key` it is asked for once however often it is sent.

    Args:
        parameters: Those of the family (`optimizer.families`), JSON-ready.
        gap: Proven distance to the best at which a member is answered, a share as decimal text.
        member_seconds: Longest time for each member, 1-120.
        seed: For draws and solver, >= 0; kept so that anyone can repeat the study.

    Raises:
        InvalidInputError: one note per field.
        StateError: the run has no plan, or has a study that waits or goes on.
    """
    work.require("run scenario")
    run = runs.find(work, run_id)
    return _request(work, run, kind, parameters, gap=gap, member_seconds=member_seconds, seed=seed, key=key)


def ask_about(work: Work, run_id: int, case_number: str, *, key: str = "") -> Study:
    """Ask what would bring one proposal into a run's plan: a study of that alone, for whom the proposal belongs to.

    Raises:
        NotFoundError: the proposal did not compete in the run.
        StateError: the run has no plan, the proposal is in it, or a study of it waits or goes on.
    """
    run = runs.find(work, run_id)
    asked_of = _competitor(work, run, case_number)
    if asked_of is None:
        raise NotFoundError("proposal in plan", case_number)
    work.require("ask about plan", organisation_id=asked_of.organisation_id)
    _problem, plan = study_families.problem_and_plan(run)
    if any(choice.proposal == case_number for choice in plan):
        raise StateError(Note("Förslaget är med i planen."))
    parameters = {"about": ["proposals_out"], "proposals": [case_number]}
    return _request(
        work,
        run,
        StudyKind.ANSWERS.value,
        parameters,
        gap=ONE_GAP,
        member_seconds=ONE_SECONDS,
        seed=0,
        key=key,
    )


def may_ask_about(work: Work, run: Run, case_number: str) -> bool:
    """Whether the actor may ask what would bring the proposal in."""
    found = _competitor(work, run, case_number)
    own = found is not None and found.organisation_id == work.actor.organisation_id
    return found is not None and may(work.actor.role, "ask about plan", own=own)


def _competitor(work: Work, run: Run, case_number: str) -> Proposal | None:
    """The proposal as it is now, if it took part in the run."""
    if not overviews.competed(run, case_number):
        return None
    wanted = (Proposal.round_id == run.scenario.round_id, Proposal.case_number == case_number)
    return work.session.scalars(select(Proposal).where(*wanted)).one_or_none()


def _request(
    work: Work,
    run: Run,
    kind: str,
    parameters: Mapping[str, Any],
    *,
    gap: str,
    member_seconds: int,
    seed: int,
    key: str,
) -> Study:
    _refuse_faults(kind, gap, member_seconds, seed)
    if kind == StudyKind.ROBUSTNESS:
        parameters = {**parameters, "seed": seed}
    family = study_families.family_of(run, kind, parameters)
    _refuse_size(family, member_seconds)
    asked = {
        "run_id": run.id,
        "kind": kind,
        "parameters": dict(parameters),
        "gap_target": gap,
        "member_seconds": member_seconds,
        "seed": seed,
    }
    return find(work, once(work, "request study", key, asked, lambda: _insert(work, asked, family)))


def _refuse_faults(kind: str, gap: str, member_seconds: int, seed: int) -> None:
    faults: dict[str, Note] = {}
    if kind not in list(StudyKind):
        faults["kind"] = Note("Okänt slag av undersökning.")
    if not runs.is_share(gap):
        faults["gap"] = Note("Avståndet ska vara ett tal från 0 till under 1, till exempel 0.01.")
    if not 1 <= member_seconds <= MOST_MEMBER_SECONDS:
        faults["member_seconds"] = Note(
            "Tiden ska vara 1–%(most)s sekunder per beräkning.", {"most": str(MOST_MEMBER_SECONDS)}
        )
    if not 0 <= seed < 2**31:
        faults["seed"] = Note("Fröet ska vara ett heltal, 0 eller mer.")
    if faults:
        raise InvalidInputError(faults)


def _refuse_size(family: Family, member_seconds: int) -> None:
    if family.count > MOST_MEMBERS:
        note = Note("Undersökningen blir för stor: högst %(most)s beräkningar.", {"most": str(MOST_MEMBERS)})
        raise InvalidInputError({"kind": note})
    most = queue.MAX_SOLVE_SECONDS // max(1, family.opening)
    if member_seconds > most:
        note = Note("Högst %(most)s sekunder, eftersom beräkningarna måste ske i följd.", {"most": str(most)})
        raise InvalidInputError({"member_seconds": note})


def _insert(work: Work, asked: Mapping[str, Any], family: Family) -> int:
    if active(work, asked["run_id"]) is not None:
        raise StateError(ALREADY_ACTIVE)
    study = Study(
        **asked,
        member_count=family.count,
        requested_by=work.actor.user_id or 0,
        requested_at=work.now(),
        software_version=__version__,
    )
    try:
        with work.session.begin_nested():
            work.session.add(study)
    except IntegrityError as error:
        if "uq_study_active" in str(error.orig) or "study.run_id" in str(error.orig):
            raise StateError(ALREADY_ACTIVE) from error
        raise
    _split(work, study, family)
    work.record("request study", "study", study.id, after={**asked, "members": family.count})
    return study.id


def _split(work: Work, study: Study, family: Family) -> None:
    """The parts, and messages about those that need not wait for another."""
    for part in chunks(family, max(1, min(CHUNK, CHUNK_SECONDS // study.member_seconds))):
        opening = part.start < family.opening
        waits = family.opening > 0 and not opening
        chunk = StudyChunk(
            study=study,
            first_number=part.start,
            size=len(part),
            opening=opening,
            state=(ChunkState.WAITING if waits else ChunkState.QUEUED).value,
        )
        work.session.add(chunk)
        work.session.flush()
        if not waits:
            send(work, chunk)


def send(work: Work, chunk: StudyChunk) -> None:
    """Queue the part, and its message with it."""
    chunk.state, chunk.lease_until = ChunkState.QUEUED.value, work.now()
    queue.after_commit(work.session, queue.CARRY_OUT_CHUNK, chunk.id, now=work.now())


def find(work: Work, study_id: int) -> Study:
    """One study.

    Raises:
        NotFoundError: there is none.
    """
    work.require("see")
    study = work.session.get(Study, study_id)
    if study is None:
        raise NotFoundError("study", study_id)
    return study


def of_run(work: Work, run_id: int) -> list[Study]:
    """The studies of a run's plan, the newest first."""
    work.require("see")
    return list(work.session.scalars(select(Study).where(Study.run_id == run_id).order_by(Study.id.desc())))


def active(work: Work, run_id: int) -> Study | None:
    """The study of the run that waits or goes on."""
    work.require("see")
    return work.session.scalars(
        select(Study).where(Study.run_id == run_id, Study.state.in_(ACTIVE))
    ).one_or_none()


def cancel(work: Work, study_id: int) -> Study:
    """Stop a study at once; its workers find out within a second. What has been answered stays.

    A study that is over stays as it is: it ended while the user reached for the button. Who asked for it may stop it.
    """
    study = find(work, study_id)
    if not may_cancel(work, study):
        raise NotAllowedError("run scenario")
    if study.state not in ACTIVE:
        return study
    before = {"state": study.state}
    close(work, study.id, ChunkState.CANCELLED)
    end(work, study, StudyState.CANCELLED, Note("Undersökningen avbröts. Svaren som hann komma är sparade."))
    after = {"state": study.state, "answered": study.answered_count}
    work.record("cancel study", "study", study.id, before=before, after=after)
    return study


def may_cancel(work: Work, study: Study) -> bool:
    """Whether the actor may stop the study: finance, and whoever asked for it."""
    asked_it = study.requested_by == work.actor.user_id and may(work.actor.role, "ask about plan")
    return asked_it or may(work.actor.role, "run scenario")


def close(work: Work, study_id: int, state: ChunkState) -> None:
    """Every part that is not over becomes so."""
    for chunk in parts_of(work, study_id):
        if chunk.state in OPEN:
            chunk.state, chunk.lease_until = state.value, None
    work.session.flush()


def parts_of(work: Work, study_id: int) -> list[StudyChunk]:
    """The parts as they are now, in order."""
    query = select(StudyChunk).where(StudyChunk.study_id == study_id).order_by(StudyChunk.first_number)
    return list(work.session.scalars(query.execution_options(populate_existing=True)))


def end(work: Work, study: Study, state: StudyState, note: Note) -> None:
    """The study is over, with what the user should know beside its answers."""
    study.state, study.message, study.finished_at = state.value, str(note), work.now()
