"""What waits for the actor, gathered from each noun that lets people wait.

A noun adds its own tasks by a function in `SOURCES`; nothing else needs to know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from sqlalchemy import select

from investplan.db.models import AuditEntry, PlanningRound, Proposal, User
from investplan.domain.consultations import ConsultationState
from investplan.domain.gates import RequestState
from investplan.domain.labels import LABELS
from investplan.domain.organisations import OF_ORGANISATION, Role
from investplan.domain.proposals import Stage, Status
from investplan.domain.waiting import Target, Task, TaskKind, in_order
from investplan.errors import Note
from investplan.services import (
    calendars,
    comments,
    consultations,
    form_drafts,
    gate_waiting,
    investigation_requests,
    proposals,
    replies,
    rounds,
)
from investplan.services.work import STOCKHOLM, Work
from investplan.units import format_amount

AHEAD = timedelta(days=30)
"""How long before its day a deadline of the calendar begins to wait."""
MOST_DRAFTS = 50
MOST_GATES = 20

Source = Callable[[Work, PlanningRound], Iterator[Task]]


def tasks(work: Work) -> list[Task]:
    """What waits for the actor in the round that work goes on in, most urgent first."""
    work.require("see")
    planning_round = rounds.latest(work)
    found = list(_mentions(work))
    if planning_round is not None:
        for source in SOURCES:
            found += source(work, planning_round)
    return in_order(found)


def _mentions(work: Work) -> Iterator[Task]:
    if work.actor.user_id is None:
        return
    for one in comments.unread(work):
        what = Note("%(who)s nämner dig i en kommentar", {"who": one.comment.author.display_name})
        title = one.comment.proposal.title
        yield Task(
            TaskKind.MENTION, what, title, Target("comment", one.comment_id, str(one.comment.proposal_id))
        )


def _replies_due(work: Work, planning_round: PlanningRound) -> Iterator[Task]:
    own = work.actor.organisation_id
    if work.actor.role not in OF_ORGANISATION or own is None:
        return
    for one in consultations.asked_of(work, own, round_id=planning_round.id):
        asked = one.consultation
        if asked.state == ConsultationState.OPEN and not one.replies:
            what = Note("Svara på remissen från %(who)s", {"who": asked.proposal.organisation.name})
            yield Task(
                TaskKind.REPLY,
                what,
                asked.proposal.title,
                Target("consultation", asked.id),
                asked.due_on,
                one.organisation.name,
            )


def _replies_to_answer(work: Work, planning_round: PlanningRound) -> Iterator[Task]:
    own = work.actor.organisation_id
    if work.actor.role not in OF_ORGANISATION or own is None:
        return
    for asked in consultations.asked_by(work, own, round_id=planning_round.id):
        for one, reply in consultations.current_replies(asked):
            if reply is not None and replies.wants_answer(reply) and not replies.is_superseded(work, reply):
                what = Note("Besvara remissvaret från %(who)s", {"who": one.organisation.name})
                yield Task(TaskKind.ANSWER, what, asked.proposal.title, Target("reply", reply.id))


def _own_drafts(work: Work, planning_round: PlanningRound) -> Iterator[Task]:
    """Drafts that were taken back by somebody outside the organisation, and drafts with something missing."""
    own = work.actor.organisation_id
    if work.actor.role not in OF_ORGANISATION or own is None:
        return
    query = (
        select(Proposal)
        .where(
            Proposal.round_id == planning_round.id,
            Proposal.organisation_id == own,
            Proposal.status == Status.DRAFT.value,
        )
        .order_by(Proposal.id)
        .limit(MOST_DRAFTS)
    )
    drafts = list(work.session.scalars(query))
    missing = proposals.missing(work, [one.id for one in drafts])
    for one in drafts:
        target = Target("proposal", one.id)
        returned = _returned(work, one)
        if returned is not None:
            yield Task(TaskKind.RETURNED, returned, one.title, target)
        elif missing[one.id]:
            gaps = missing[one.id]
            what = Note("Fyll i det som saknas: %(first)s", {"first": gaps[0]})
            yield Task(TaskKind.DRAFT, what, one.title, target)


def _returned(work: Work, proposal: Proposal) -> Note | None:
    """Who outside the organisation took the draft back, and why; None where its own planner did, or nobody."""
    entry = work.session.scalar(
        select(AuditEntry)
        .where(
            AuditEntry.noun == "proposal",
            AuditEntry.key == str(proposal.id),
            AuditEntry.action.in_(("submit proposal", "withdraw proposal")),
        )
        .order_by(AuditEntry.seq.desc())
        .limit(1)
    )
    if entry is None or entry.action != "withdraw proposal" or entry.actor_id is None:
        return None
    home = work.session.scalar(select(User.organisation_id).where(User.id == entry.actor_id))
    if home == proposal.organisation_id:
        return None
    if entry.reason:
        facts = {"who": entry.actor_name, "why": entry.reason}
        return Note("%(who)s har skickat tillbaka förslaget: %(why)s", facts)
    return Note("%(who)s har skickat tillbaka förslaget", {"who": entry.actor_name})


def _deadlines(work: Work, planning_round: PlanningRound) -> Iterator[Task]:
    for one in calendars.of_actor(work, planning_round.id):
        last = one.ends_on or one.starts_on
        if work.today <= last and one.starts_on <= work.today + AHEAD:
            note = Note("I årshjulet")
            yield Task(TaskKind.DEADLINE, note, one.name, Target("calendar", planning_round.id), last)


def _unsaved(work: Work, planning_round: PlanningRound) -> Iterator[Task]:
    del planning_round  # What somebody has typed waits whatever round it is of.
    for row, proposal in form_drafts.own(work):
        moment = row.saved_at.astimezone(STOCKHOLM)
        what = Note("Text som inte är sparad från %(when)s", {"when": f"{moment:%Y-%m-%d %H:%M}"})
        about = form_drafts.title_of(row, proposal)
        yield Task(TaskKind.UNSAVED, what, about, Target("form_draft", row.id, row.form_key))


def _gates(work: Work, planning_round: PlanningRound) -> Iterator[Task]:
    """Proposals that have what their next gate demands, where the move is for the actor's role."""
    for number, (one, gate) in enumerate(gate_waiting.moves(work, planning_round), start=1):
        if number > MOST_GATES:
            what = Note("Fler förslag har det som deras nästa grind kräver")
            yield Task(TaskKind.GATE, what, planning_round.name, Target("round", planning_round.id))
            return
        facts = {"stage": Note(LABELS[gate.into or Stage(one.stage)])}
        decides = Note("Besluta om nästa skede: %(stage)s. Allt som krävs finns", facts)
        moves = Note("Ta förslaget vidare: %(stage)s. Allt som krävs finns", facts)
        what = decides if gate.decision_required else moves
        yield Task(TaskKind.GATE, what, one.title, Target("gate", one.id, gate.code))


def _ready_drafts(work: Work, planning_round: PlanningRound) -> Iterator[Task]:
    """Drafts that the planner has finished, where it is the manager who submits."""
    if work.actor.role is not Role.COMMITTEE_MANAGER:
        return
    query = select(Proposal).where(
        Proposal.round_id == planning_round.id,
        Proposal.organisation_id == work.actor.organisation_id,
        Proposal.status == Status.DRAFT.value,
        Proposal.ready,
    )
    for one in work.session.scalars(query.order_by(Proposal.id).limit(MOST_DRAFTS)):
        yield Task(
            TaskKind.GATE,
            Note("Granska och lämna in: planeraren är klar"),
            one.title,
            Target("proposal", one.id),
        )


def _money(work: Work, planning_round: PlanningRound) -> Iterator[Task]:
    """Money asked for to investigate, for the executive board to decide about."""
    if work.actor.role is not Role.EXECUTIVE_BOARD:
        return
    for one in investigation_requests.of_round(work, planning_round.id):
        if one.state == RequestState.ASKED.value:
            facts = {"amount": format_amount(one.amount_ore, "tkr", 0), "who": one.organisation.name}
            what = Note("Besluta om utredningsmedel: %(who)s begär %(amount)s tkr", facts)
            yield Task(TaskKind.GATE, what, one.proposal.title, Target("money", one.id))


SOURCES: list[Source] = [
    _unsaved, _replies_due, _replies_to_answer, _own_drafts, _gates, _ready_drafts, _money, _deadlines,
]  # fmt: skip
"""One function per noun."""
