"""Parts of studies: taken by one worker at a time, answered member by member.

The same discipline as for runs (`services.runs`): a part may be delivered twice and its worker may die, so the row
decides. A claim counts the part's `attempt` and takes a lease; every answer and every beat renews it; answers are
stored only by the attempt that holds the part; a lease that nobody renews sends the part out again, from its first
unanswered member. On a queued part `lease_until` is when its message was last sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CursorResult, and_, or_, select, update

from investplan import queue
from investplan.db.models import Outbox, Run, Study, StudyChunk, StudyMember
from investplan.db.models.runs import RunState
from investplan.db.models.studies import ChunkState, StudyState
from investplan.errors import Note
from investplan.services import studies
from investplan.services.runs import MAX_ATTEMPTS, PATIENCE_SECONDS
from investplan.services.work import Work, canonical_json
from optimizer.case_files import read_case
from optimizer.families.kinds import make_family
from optimizer.families.members import (
    SKIPPED,
    Family,
    Outcome,
    choice_from_json,
    outcome_from_json,
    outcome_to_json,
)


@dataclass(frozen=True)
class Claim:
    """A part that is the claimer's for now. `known` are the answers that its members start from; `gap` is a share."""

    study_id: int
    chunk_id: int
    attempt: int
    numbers: range
    known: Mapping[int, Outcome]
    kind: str
    case_bytes: bytes
    chosen: Sequence[Mapping[str, Any]]
    parameters: Mapping[str, Any]
    gap: float
    member_seconds: int
    seed: int

    def family(self) -> Family:
        """Read when no transaction is open: a large case takes a while."""
        problem = read_case(self.case_bytes)
        return make_family(self.kind, problem, tuple(map(choice_from_json, self.chosen)), self.parameters)


def claim(work: Work, chunk_id: int, *, lease_seconds: int, max_attempts: int = MAX_ATTEMPTS) -> Claim | None:
    """Take a waiting part, or one whose worker has gone silent.

    Args:
        lease_seconds: How long it is the claimer's without an answer or a beat.

    Returns:
        None when there is nothing to do: delivered twice, cancelled, over, or held by another.
    """
    chunk = work.session.get(StudyChunk, chunk_id, populate_existing=True)
    if chunk is None or not _is_free(chunk, work.now()) or not _may_go_on(work, chunk, max_attempts):
        return None
    study = chunk.study
    run = work.session.get_one(Run, study.run_id)
    assert run.case_bytes is not None
    assert run.plan is not None
    chunk.state, chunk.attempt = ChunkState.RUNNING.value, chunk.attempt + 1
    chunk.lease_until = work.now() + timedelta(seconds=lease_seconds)
    if study.state == StudyState.QUEUED:
        study.state, study.started_at = StudyState.RUNNING.value, work.now()
    after = {"study": study.id, "attempt": chunk.attempt, "first": chunk.first_number, "members": chunk.size}
    work.record("start study part", "study_chunk", chunk.id, after=after)
    return Claim(
        study_id=study.id,
        chunk_id=chunk.id,
        attempt=chunk.attempt,
        numbers=chunk.numbers,
        known=_known(work, chunk),
        kind=study.kind,
        case_bytes=run.case_bytes,
        chosen=run.plan["chosen"],
        parameters=study.parameters,
        gap=float(Decimal(study.gap_target)),
        member_seconds=study.member_seconds,
        seed=study.seed,
    )


def _known(work: Work, chunk: StudyChunk) -> dict[int, Outcome]:
    """The answers of the part itself and of the opening one; never those of its neighbours, since then the result would
    depend on which worker was faster.
    """
    openings = select(StudyChunk.id).where(
        StudyChunk.study_id == chunk.study_id, StudyChunk.opening.is_(True)
    )
    rows = work.session.execute(
        select(StudyMember.number, StudyMember.answer).where(
            StudyMember.study_id == chunk.study_id,
            or_(StudyMember.chunk_id == chunk.id, StudyMember.chunk_id.in_(openings)),
        )
    )
    return {number: outcome_from_json(answer) for number, answer in rows}


def _is_free(chunk: StudyChunk, now: datetime) -> bool:
    if chunk.state == ChunkState.RUNNING:
        return chunk.lease_until is None or chunk.lease_until < now
    return chunk.state == ChunkState.QUEUED


def _may_go_on(work: Work, chunk: StudyChunk, max_attempts: int) -> bool:
    """False when the part has been ended instead: its workers died too many times without a single answer more."""
    if chunk.state == ChunkState.RUNNING:
        chunk.losses += 1
    if chunk.losses < max_attempts:
        return True
    chunk.state, chunk.lease_until = ChunkState.FAILED.value, None
    work.record(
        "fail study part", "study_chunk", chunk.id, after={"losses": chunk.losses}, reason="worker lost"
    )
    _go_on(work, chunk.study)
    return False


def _go_on(work: Work, study: Study) -> None:
    """What follows when a part is over: those that waited for it are sent, or the study ends with its last part."""
    parts = studies.parts_of(work, study.id)
    openings = [chunk for chunk in parts if chunk.opening]
    waiting = [chunk for chunk in parts if chunk.state == ChunkState.WAITING]
    if waiting and all(chunk.state == ChunkState.DONE for chunk in openings):
        for chunk in waiting:
            studies.send(work, chunk)
    elif waiting and all(chunk.state not in studies.OPEN for chunk in openings):
        studies.close(work, study.id, ChunkState.CANCELLED)
    work.session.flush()
    if study.state not in studies.ACTIVE or any(chunk.state in studies.OPEN for chunk in parts):
        return
    if all(chunk.state == ChunkState.DONE for chunk in parts):
        studies.end(work, study, StudyState.DONE, Note(text=""))
    else:
        facts = {"answered": str(study.answered_count), "all": str(study.member_count)}
        note = Note("Beräkningen avbröts flera gånger. %(answered)s av %(all)s svar finns.", facts)
        studies.end(work, study, StudyState.FAILED, note)
    after = {"state": study.state, "answered": study.answered_count}
    work.record("end study", "study", study.id, after=after, reason=study.message)


class Verdict(StrEnum):
    """What a worker should do next: go on, stop (it is cancelled, or another's), or let a waiting run go before."""

    GO_ON = "go on"
    STOP = "stop"
    MAKE_WAY = "make way"


def _change_if_ours(work: Work, claimed: Claim, values: Mapping[str, Any]) -> bool:
    """Compare and set: False, and nothing changed, when the part is no longer this attempt's."""
    result = work.session.execute(
        update(StudyChunk)
        .where(
            StudyChunk.id == claimed.chunk_id,
            StudyChunk.state == ChunkState.RUNNING.value,
            StudyChunk.attempt == claimed.attempt,
        )
        .values(dict(values)),
        execution_options={"synchronize_session": False},
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def beat(work: Work, claimed: Claim, *, lease_seconds: int) -> Verdict:
    """Renew the lease; twice a second is enough."""
    if not _change_if_ours(work, claimed, {"lease_until": work.now() + timedelta(seconds=lease_seconds)}):
        return Verdict.STOP
    waits = work.session.scalar(select(Run.id).where(Run.state == RunState.QUEUED.value).limit(1))
    return Verdict.GO_ON if waits is None else Verdict.MAKE_WAY


def store(
    work: Work,
    claimed: Claim,
    number: int,
    change: Mapping[str, Any],
    outcome: Outcome,
    *,
    lease_seconds: int,
) -> Verdict:
    """Keep the answer of a member; nothing is kept, and the verdict is stop, when the part is no longer this attempt's.

    A plan in the outcome has been accepted by the exact checker under the member's problem. The audit row comes with
    the part (`finish`), with the hash of all its answers.
    """
    lease_until = work.now() + timedelta(seconds=lease_seconds)
    if not _change_if_ours(work, claimed, {"lease_until": lease_until, "losses": 0}):
        return Verdict.STOP
    work.session.add(
        StudyMember(
            study_id=claimed.study_id,
            chunk_id=claimed.chunk_id,
            number=number,
            state=SKIPPED if outcome.how == SKIPPED else outcome.status.value,
            change=dict(change),
            answer=outcome_to_json(outcome),
            answered_at=work.now(),
        )
    )
    work.session.execute(
        update(Study).where(Study.id == claimed.study_id).values(answered_count=Study.answered_count + 1),
        execution_options={"synchronize_session": False},
    )
    return beat(work, claimed, lease_seconds=lease_seconds)


def finish(work: Work, claimed: Claim) -> bool:
    """The part is answered to its end; False when it is no longer this attempt's."""
    if not _change_if_ours(work, claimed, {"state": ChunkState.DONE.value, "lease_until": None}):
        return False
    rows = work.session.execute(
        select(StudyMember.number, StudyMember.answer)
        .where(StudyMember.chunk_id == claimed.chunk_id)
        .order_by(StudyMember.number)
    )
    answers = [[number, answer] for number, answer in rows]
    after = {
        "study": claimed.study_id,
        "attempt": claimed.attempt,
        "members": len(answers),
        "answers_sha256": hashlib.sha256(canonical_json(answers).encode()).hexdigest(),
    }
    work.record("store study part", "study_chunk", claimed.chunk_id, after=after)
    _go_on(work, _study(work, claimed))
    return True


def give_back(work: Work, claimed: Claim) -> bool:
    """Put the rest of the part last in the queue, so that a waiting run goes before; False when it is not ours."""
    if not _change_if_ours(work, claimed, {"state": ChunkState.QUEUED.value, "lease_until": work.now()}):
        return False
    queue.after_commit(work.session, queue.CARRY_OUT_CHUNK, claimed.chunk_id, now=work.now())
    after = {"study": claimed.study_id, "attempt": claimed.attempt}
    work.record("give back study part", "study_chunk", claimed.chunk_id, after=after, reason="a run waits")
    return True


def fail(work: Work, claimed: Claim, reason: str) -> bool:
    """End the part without the answers that are missing; False when it is no longer this attempt's."""
    if not _change_if_ours(work, claimed, {"state": ChunkState.FAILED.value, "lease_until": None}):
        return False
    after = {"study": claimed.study_id, "attempt": claimed.attempt}
    work.record("fail study part", "study_chunk", claimed.chunk_id, after=after, reason=reason[:500])
    _go_on(work, _study(work, claimed))
    return True


def _study(work: Work, claimed: Claim) -> Study:
    return work.session.get_one(Study, claimed.study_id, populate_existing=True)


def overdue(work: Work, *, patience_seconds: int = PATIENCE_SECONDS) -> list[int]:
    """Parts whose worker has gone silent, and waiting ones whose message must have been lost: it was handed over long
    ago, and for as long nothing has been going on that they could be waiting for.
    """
    now = work.now()
    silent = and_(
        StudyChunk.state == ChunkState.RUNNING.value,
        or_(StudyChunk.lease_until.is_(None), StudyChunk.lease_until < now),
    )
    found = list(work.session.scalars(select(StudyChunk.id).where(silent).order_by(StudyChunk.id)))
    if patience_seconds and _is_busy(work, now - timedelta(seconds=patience_seconds)):
        return found
    in_outbox = (
        select(Outbox.id)
        .where(Outbox.task == queue.CARRY_OUT_CHUNK, Outbox.record_id == StudyChunk.id)
        .exists()
    )
    forgotten = and_(
        StudyChunk.state == ChunkState.QUEUED.value,
        StudyChunk.lease_until <= now - timedelta(seconds=patience_seconds),
        ~in_outbox,
    )
    return found + list(work.session.scalars(select(StudyChunk.id).where(forgotten).order_by(StudyChunk.id)))


def _is_busy(work: Work, since: datetime) -> bool:
    """Is, or was since then, some worker carrying something out?"""
    carried_out = (
        select(StudyChunk.id).where(StudyChunk.state == ChunkState.RUNNING.value),
        select(Run.id).where(or_(Run.state == RunState.RUNNING.value, Run.finished_at > since)),
        select(StudyMember.id).where(StudyMember.answered_at > since),
    )
    return any(work.session.scalar(query.limit(1)) is not None for query in carried_out)


def sweep(
    work: Work, *, max_attempts: int = MAX_ATTEMPTS, patience_seconds: int = PATIENCE_SECONDS
) -> list[int]:
    """Send overdue parts out again; one that has killed its workers too often is ended instead.

    Returns:
        The ids that were sent again.
    """
    sent: list[int] = []
    for chunk_id in overdue(work, patience_seconds=patience_seconds):
        chunk = work.session.get_one(StudyChunk, chunk_id, populate_existing=True)
        if not _may_go_on(work, chunk, max_attempts):
            continue
        if chunk.state == ChunkState.RUNNING:
            after = {"attempt": chunk.attempt, "losses": chunk.losses}
            work.record("requeue study part", "study_chunk", chunk.id, after=after, reason="worker lost")
        studies.send(work, chunk)
        sent.append(chunk.id)
    return sent
