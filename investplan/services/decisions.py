"""Council decisions: the only thing that changes a real frame. Recorded once, never changed."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from sqlalchemy import select

from investplan.db.models import DecidedInvestment, Decision, FrameAdjustment, Proposal, Run
from investplan.domain.proposals import Status
from investplan.errors import InvalidInputError, Note, NotFoundError, StateError
from investplan.services import lineages, proposal_records, rounds
from investplan.services.work import Work, canonical_json, once
from optimizer.case_files import read_case
from optimizer.problem import Choice
from optimizer.verifying import verify


def of_round(work: Work, round_id: int) -> list[Decision]:
    """The round's decisions, the latest first."""
    work.require("see")
    query = (
        select(Decision)
        .where(Decision.round_id == round_id)
        .order_by(Decision.decided_on.desc(), Decision.id.desc())
    )
    return list(work.session.scalars(query))


def find(work: Work, decision_id: int) -> Decision:
    work.require("see")
    decision = work.session.get(Decision, decision_id)
    if decision is None:
        raise NotFoundError("decision", decision_id)
    return decision


def of_run(work: Work, run_id: int) -> Decision | None:
    """The decision that adopted the run's plan, if one did."""
    return work.session.scalar(select(Decision).where(Decision.run_id == run_id))


def with_paragraph(work: Work, round_id: int, decided_on: date, paragraph: str) -> Decision | None:
    """The round's decision of that date and paragraph, if it is recorded."""
    number = paragraph.strip().removeprefix("§").strip()
    return work.session.scalar(
        select(Decision).where(
            Decision.round_id == round_id, Decision.decided_on == decided_on, Decision.paragraph == number
        )
    )


def record(
    work: Work,
    round_id: int,
    *,
    decided_on: date,
    paragraph: str,
    title: str,
    case_number: str = "",
    run_id: int | None = None,
    key: str = "",
) -> Decision:
    """Record a decision of the council. Rows that follow are added by `frames.add_decided`.

    Raises:
        InvalidInputError: no paragraph or title, a date to come, or date and paragraph already recorded.
    """
    work.require("decide")
    rounds.find(work, round_id)

    def insert() -> int:
        _refuse_faults(work, round_id, decided_on, paragraph, title)
        decision = Decision(
            round_id=round_id,
            body="Kommunfullmäktige",
            decided_on=decided_on,
            paragraph=paragraph.strip().removeprefix("§").strip(),
            case_number=case_number.strip(),
            title=title.strip(),
            run_id=run_id,
            recorded_by=work.actor.user_id or 0,
            recorded_at=work.now(),
        )
        work.session.add(decision)
        work.session.flush()
        work.record("record decision", "decision", decision.id, after=to_json(decision))
        return decision.id

    body = {
        "round": round_id,
        "decided_on": decided_on.isoformat(),
        "paragraph": paragraph,
        "title": title,
        "run": run_id,
    }
    return work.session.get_one(Decision, once(work, "record decision", key, body, insert))


def _refuse_faults(work: Work, round_id: int, decided_on: date, paragraph: str, title: str) -> None:
    faults: dict[str, Note] = {}
    number = paragraph.strip().removeprefix("§").strip()
    if not number or len(number) > 20:
        faults["paragraph"] = Note("Ange beslutets paragraf, till exempel 214.")
    if not title.strip() or len(title) > 200:
        faults["title"] = Note("Ange vad beslutet gäller, högst 200 tecken.")
    if decided_on > work.today:
        faults["decided_on"] = Note("Beslutsdatumet ligger i framtiden.")
    if with_paragraph(work, round_id, decided_on, number) is not None:
        faults["paragraph"] = Note("Beslutet är redan registrerat.")
    if faults:
        raise InvalidInputError(faults)


def to_json(decision: Decision) -> dict[str, Any]:
    return {
        "round_id": decision.round_id,
        "label": decision.label,
        "title": decision.title,
        "case_number": decision.case_number,
        "run_id": decision.run_id,
    }


def adopt(
    work: Work,
    run_id: int,
    *,
    decided_on: date,
    paragraph: str,
    title: str,
    case_number: str = "",
    key: str = "",
) -> Decision:
    """Adopt a run's plan: its investments are locked as they stood in the run, and the frames change by its rows.

    Raises:
        StateError: no checked plan, already adopted, or a proposal was changed after the run was made.
    """
    work.require("decide")
    run = work.session.get(Run, run_id)
    if run is None:
        raise NotFoundError("run", run_id)
    adopted = of_run(work, run_id)
    if adopted is not None:
        if key and (adopted.decided_on, adopted.paragraph) == (
            decided_on,
            paragraph.strip().removeprefix("§").strip(),
        ):
            return adopted
        raise StateError(Note("Planen är redan antagen: %(label)s.", {"label": adopted.label}))
    _refuse_unchecked(run)
    chosen = _new_choices(run)
    proposals = _unchanged_proposals(work, run, chosen)
    decision = record(
        work,
        run.scenario.round_id,
        decided_on=decided_on,
        paragraph=paragraph,
        title=title,
        case_number=case_number,
        run_id=run_id,
        key=key,
    )
    _lock_investments(work, run, decision, chosen, proposals)
    rows = _copy_rows(work, run, decision)
    work.record(
        "adopt plan",
        "decision",
        decision.id,
        after={"run": run_id, "case_sha256": run.case_sha256, "investments": len(chosen), "frame_rows": rows},
    )
    return decision


def _refuse_unchecked(run: Run) -> None:
    if run.plan is None or run.case_bytes is None or not run.plan.get("checked"):
        raise StateError(Note("Körningen har ingen kontrollerad plan att anta."))
    choices = tuple(Choice(c["proposal"], c["alternative"], c["start"]) for c in run.plan["chosen"])
    if verify(read_case(run.case_bytes), choices):
        raise StateError(Note("Kontrollen godkänner inte planen; den kan inte antas."))


def _new_choices(run: Run) -> list[dict[str, Any]]:
    """What the plan chose and the council has not decided before."""
    assert run.plan is not None
    assert run.snapshot is not None
    known = run.snapshot["proposals"]
    return [choice for choice in run.plan["chosen"] if not known[choice["proposal"]]["decided"]]


def _unchanged_proposals(work: Work, run: Run, chosen: list[dict[str, Any]]) -> dict[str, Proposal]:
    assert run.snapshot is not None
    known = run.snapshot["proposals"]
    found: dict[str, Proposal] = {}
    changed: list[str] = []
    for choice in chosen:
        stored = known[choice["proposal"]]
        proposal = work.session.get(Proposal, stored["id"])
        if proposal is None or proposal.version != stored["version"] or proposal.status != Status.SUBMITTED:
            changed.append(choice["proposal"])
        else:
            # Else the council would decide here what is asked for again there.
            lineages.refuse_carried(proposal)
            found[choice["proposal"]] = proposal
    if changed:
        raise StateError(
            Note(
                "Förslag har ändrats sedan körningen gjordes: %(cases)s. Kör scenariot igen och anta den nya planen.",
                {"cases": ", ".join(changed[:10]) + (" …" if len(changed) > 10 else "")},
            )
        )
    return found


def _lock_investments(
    work: Work, run: Run, decision: Decision, chosen: list[dict[str, Any]], proposals: dict[str, Proposal]
) -> None:
    assert run.snapshot is not None
    assert run.parameter_set_id is not None
    for choice in chosen:
        facts = run.snapshot["proposals"][choice["proposal"]]["facts"]
        proposal = proposals[choice["proposal"]]
        work.session.add(
            DecidedInvestment(
                decision_id=decision.id,
                proposal=proposal,
                alternative_code=choice["alternative"],
                start_year=choice["start"],
                parameter_set_id=run.parameter_set_id,
                snapshot=facts,
                snapshot_sha256=hash_snapshot(facts),
            )
        )
        before = {"status": proposal.status, "version": proposal.version}
        proposal.status = Status.DECIDED.value
        proposal.version += 1
        proposal.changed_at = work.now()
        work.record(
            "decide proposal",
            "proposal",
            proposal.id,
            before=before,
            after={
                "status": proposal.status,
                "version": proposal.version,
                "decision": decision.label,
                **choice,
            },
        )
    work.session.flush()
    work.session.refresh(decision)


def hash_snapshot(facts: dict[str, Any]) -> str:
    """SHA-256 of a decided investment's facts."""
    return hashlib.sha256(canonical_json(facts).encode()).hexdigest()


def _copy_rows(work: Work, run: Run, decision: Decision) -> int:
    """The run's frame rows become the decision's. Computed once, at the run; copied, never typed."""
    rows = work.session.scalars(select(FrameAdjustment).where(FrameAdjustment.run_id == run.id)).all()
    for row in rows:
        work.session.add(
            FrameAdjustment(
                round_id=row.round_id,
                organisation=row.organisation,
                year=row.year,
                kind=row.kind,
                amount_ore=row.amount_ore,
                permanent=row.permanent,
                source=row.source,
                detail=row.detail,
                proposal_id=row.proposal_id,
                decision_id=decision.id,
                parameter_set_id=row.parameter_set_id,
                row_key=row.row_key,
                group_name=row.group_name,
            )
        )
    work.session.flush()
    return len(rows)


def chosen_facts(decided: DecidedInvestment) -> Any:
    """The alternative the council decided, as it stood."""
    facts = proposal_records.facts_from_json(decided.snapshot)
    return next(a for a in facts.alternatives if a.code == decided.alternative_code)
