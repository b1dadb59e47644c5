"""What waits for the reader, with the addresses where it is done; and the next days of the calendar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from investplan.domain.waiting import Target, Task, TaskKind, Urgency
from investplan.services import calendars, waiting
from investplan.services.work import Work

MOST_DAYS = 5
SHOWN_ELSEWHERE = (TaskKind.DRAFT, TaskKind.DEADLINE)
"""Own drafts and the calendar have their own place on the start page."""

ADDRESSES: dict[str, Callable[[Target], str]] = {
    "proposal": lambda at: url_for("proposals.show", proposal_id=at.id),
    "comment": lambda at: url_for("proposals.show", proposal_id=int(at.part), _anchor=f"comment-{at.id}"),
    "consultation": lambda at: url_for("consultations.show", consultation_id=at.id),
    "reply": lambda at: url_for("consultations.show_answer", reply_id=at.id),
    "form_draft": lambda at: url_for("proposals.open_draft", form_key=at.part),
    "gate": lambda at: url_for("gates.move", proposal_id=at.id, code=at.part),
    "money": lambda at: url_for("gates.decide", request_id=at.id),
    "round": lambda at: url_for("proposals.index", round=at.id),
    "calendar": lambda _at: url_for("calendars.index"),
}
"""Noun of a task's target → its address; a new noun adds its own."""


def of_reader(work: Work, planning_round: Any) -> dict[str, Any]:
    """What the top of the start page shows."""
    tasks = [one for one in waiting.tasks(work) if one.kind not in SHOWN_ELSEWHERE]
    days = calendars.of_actor(work, planning_round.id) if planning_round else []
    coming = [one for one in days if (one.ends_on or one.starts_on) >= work.today]
    return {
        "tasks": [(one, ADDRESSES[one.target.noun](one.target), _tag(one, work)) for one in tasks],
        "coming_days": coming[:MOST_DAYS],
        "has_days": bool(days),
    }


def _tag(task: Task, work: Work) -> tuple[str, str] | None:
    urgency = task.urgency(work.today)
    if urgency is Urgency.OVERDUE:
        return _("Försenat"), "over"
    return (_("Snart"), "dormant") if urgency is Urgency.SOON else None
