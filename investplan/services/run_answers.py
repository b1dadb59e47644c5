"""Between the optimiser's answer and a run's columns: the same content, figures as decimal text, words in Swedish."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from investplan.db.models import Run
from investplan.db.models.runs import RunState
from investplan.errors import Note
from optimizer.case_files import PlanFile, plan_to_json
from optimizer.easing import Way, ways_to_json
from optimizer.solving import Answer, Progress


def progress_to_json(progress: Progress) -> dict[str, Any]:
    """Where a solve is, as the page shows it; figures as decimal text."""
    return {
        "seconds": round(progress.seconds, 1),
        "best_value": decimal_text(progress.best_value),
        "bound": decimal_text(progress.bound),
        "gap": decimal_text(progress.gap),
        "phase": str(progress.phase),
    }


def columns(
    run: Run,
    answer: Answer,
    *,
    now: datetime,
    ways: Sequence[Way] = (),
    ranking: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What an answer writes into its run: state, status, figures as decimal text, plan and message.

    A plan is written only when the exact checker accepted it.
    """
    state = RunState.CANCELLED if run.cancel_requested else RunState.DONE
    if not answer.checked and (_has_plan(answer) or answer.stopped_by == "failure"):
        state = RunState.FAILED
    values: dict[str, Any] = {
        "state": state.value,
        "status": answer.status.value,
        "value": decimal_text(answer.value) if answer.checked else None,
        "bound": decimal_text(answer.bound),
        "gap": decimal_text(answer.gap) if answer.checked else None,
        "plan": plan_to_json(_plan_file(run, answer)) if answer.checked else None,
        "message": str(_outcome(run, answer)),
        "finished_at": now,
        "lease_until": None,
    }
    told: dict[str, Any] = {}
    if answer.conflict:
        told = {"conflict": list(answer.conflict), "ways_out": ways_to_json(ways)}
    if answer.settled is not None and answer.checked:
        told["open"] = list(answer.settled.open)
    if ranking is not None and answer.checked:
        told["ranking"] = dict(ranking)
    if told:
        values["progress"] = {**run.progress, **told}
    return values


def _plan_file(run: Run, answer: Answer) -> PlanFile:
    assert run.case_sha256 is not None
    return PlanFile(
        case_sha256=run.case_sha256,
        status=answer.status.value,
        chosen=answer.chosen,
        value=answer.value,
        bound=answer.bound,
        gap=answer.gap,
        use=answer.use,
        solver=asdict(answer.solver),
        checked=answer.checked,
        stopped_by=answer.stopped_by,
        message=answer.message,
    )


def _has_plan(answer: Answer) -> bool:
    return answer.status.value in ("optimal", "feasible")


def _outcome(run: Run, answer: Answer) -> Note:
    """What the user should know beside the plan; empty when the plan says it all."""
    if _has_plan(answer) and not answer.checked:
        return Note(
            "Planen underkändes av den oberoende kontrollen och visas inte: %(why)s", {"why": answer.message}
        )
    if answer.stopped_by == "failure":
        return Note(
            "Lösaren %(solver)s avbröts av ett fel: %(why)s. Prova den andra lösaren eller ett annat frö.",
            {"solver": run.solver, "why": answer.message},
        )
    if run.cancel_requested and answer.checked:
        return Note("Körningen avbröts. Den bästa plan som hade hittats är sparad.")
    if run.cancel_requested:
        return Note("Körningen avbröts innan någon plan hade hittats.")
    if answer.status.value == "infeasible":
        return Note(
            "Gränserna och reglerna går inte att hålla samtidigt: %(conflict)s.",
            {"conflict": ", ".join(answer.conflict)},
        )
    if not answer.checked:
        return Note(
            "Ingen plan hann hittas på %(seconds)s sekunder. Ge körningen mer tid.",
            {"seconds": str(run.max_seconds)},
        )
    return Note(text="")


def decimal_text(number: Fraction | float | None) -> str | None:
    """Decimal text with at most six decimals; None for what is not a finite number.

    >>> decimal_text(Fraction(1925, 10)), decimal_text(0.0), decimal_text(float("inf"))
    ('192.5', '0', None)
    """
    if number is None or (isinstance(number, float) and not math.isfinite(number)):
        return None
    text = f"{Decimal(round(Fraction(number) * 10**6)).scaleb(-6):f}"
    return text.rstrip("0").rstrip(".") or "0"
