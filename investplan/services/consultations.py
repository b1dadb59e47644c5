"""Consultations (remiss, samråd): asked, followed, reminded of, closed. Replies are in `replies`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from investplan.db.models import (
    AuditEntry,
    Consultation,
    ConsultationParty,
    Organisation,
    Proposal,
    Reminder,
    Reply,
)
from investplan.domain import consultations as domain
from investplan.domain.consultations import ConsultationState, Suggestion
from investplan.domain.organisations import SEES_DRAFTS, OrganisationKind
from investplan.domain.proposals import Status
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError, StateError
from investplan.services import history, lineages, organisations, proposal_records, proposals, question_sets
from investplan.services.work import Work, once

NEAR_M = 500
MAX_PARTIES = 60
ENDED = (Status.REJECTED, Status.CANCELLED)


@dataclass(frozen=True)
class Asked:
    """What is sent out. `parties`: organisation id → whether it is affected, so that a gate waits for its reply.

    `discloses`: whether they read what the proposal has marked secret while the consultation is open.
    """

    due_on: date
    parties: dict[int, bool]
    text: str = ""
    question_set: str = ""
    questions: tuple[str, ...] = ()
    discloses: bool = False


def find(work: Work, consultation_id: int) -> Consultation:
    """One consultation.

    Raises:
        NotFoundError: there is none, or the actor may not see its proposal.
    """
    found = work.session.get(Consultation, consultation_id)
    if found is None:
        raise NotFoundError("consultation", consultation_id)
    proposals.find(work, found.proposal_id)
    return found


def of_proposal(work: Work, proposal_id: int) -> list[Consultation]:
    """The consultations about a proposal that the actor may see, the latest first."""
    proposals.find(work, proposal_id)
    query = select(Consultation).where(Consultation.proposal_id == proposal_id)
    return list(work.session.scalars(query.order_by(Consultation.id.desc())))


def asked_of(work: Work, organisation_id: int | None, *, round_id: int) -> list[ConsultationParty]:
    """What an organisation (None: every one) has been asked in a round: open first, then by due date."""
    work.require("see")
    query = (
        select(ConsultationParty)
        .join(ConsultationParty.consultation)
        .join(Consultation.proposal)
        .where(Proposal.round_id == round_id)
        .order_by(Consultation.state.desc(), Consultation.due_on, Consultation.id, ConsultationParty.position)
    )
    if organisation_id is not None:
        query = query.where(ConsultationParty.organisation_id == organisation_id)
    visible = _seen(work)
    return [one for one in work.session.scalars(query) if visible(one)]


def asked_by(work: Work, organisation_id: int, *, round_id: int) -> list[Consultation]:
    """What an organisation has sent out in a round, open first, then by due date."""
    work.require("see")
    query = (
        select(Consultation)
        .join(Consultation.proposal)
        .where(Proposal.round_id == round_id, Proposal.organisation_id == organisation_id)
        .order_by(Consultation.state.desc(), Consultation.due_on, Consultation.id)
    )
    return list(work.session.scalars(query))


def _seen(work: Work) -> Any:
    """Whether the actor may see what a party was asked: the council sees no drafts."""
    role = work.actor.role
    if role in SEES_DRAFTS:
        return lambda _party: True
    return lambda party: party.consultation.proposal.status != Status.DRAFT


def suggestions(work: Work, proposal_id: int) -> list[Suggestion]:
    """Whom to ask about the proposal, and why."""
    proposal = proposals.find(work, proposal_id)
    parties = [
        domain.Party(one.code, one.name, one.kind == OrganisationKind.COMPANY, bool(one.is_landlord))
        for one in organisations.all_valid(work)
    ]
    facts = proposal_records.facts(proposal)
    return domain.suggest(facts, parties, question_sets.rules(work), _neighbours(work, proposal))


def _neighbours(work: Work, proposal: Proposal) -> list[domain.Neighbour]:
    """Others' proposals of the round whose box lies within `NEAR_M` of this one's."""
    if proposal.min_e is None or proposal.max_e is None or proposal.min_n is None or proposal.max_n is None:
        return []
    query = (
        select(Organisation.code, Proposal.title)
        .join(Proposal.organisation)
        .where(
            Proposal.round_id == proposal.round_id,
            Proposal.organisation_id != proposal.organisation_id,
            Proposal.status.in_([Status.SUBMITTED.value, Status.DECIDED.value]),
            Proposal.max_e >= proposal.min_e - NEAR_M,
            Proposal.min_e <= proposal.max_e + NEAR_M,
            Proposal.max_n >= proposal.min_n - NEAR_M,
            Proposal.min_n <= proposal.max_n + NEAR_M,
        )
        .order_by(Proposal.id)
        .limit(20)
    )
    return [domain.Neighbour(code, title) for code, title in work.session.execute(query)]


def ask(work: Work, proposal_id: int, asked: Asked, *, key: str = "") -> Consultation:
    """Send a proposal out for opinions, as it stands now.

    Raises:
        InvalidInputError: no party, a due date that has passed, one note per field.
        NotAllowedError: the proposal is another organisation's.
        StateError: the proposal has been rejected or cancelled, or goes on in a later round.
    """
    proposal = proposals.find(work, proposal_id)
    work.require("consult", organisation_id=proposal.organisation_id)
    if Status(proposal.status) in ENDED:
        raise StateError(Note("Förslaget är avslutat och kan inte skickas på remiss."))
    lineages.refuse_carried(proposal)
    body = _to_json(proposal_id, asked)

    def insert() -> int:
        _refuse_faults(work, proposal, asked)
        made = Consultation(
            proposal_id=proposal_id,
            asked_version=proposal.version,
            question_set=asked.question_set,
            questions=list(asked.questions),
            text=asked.text.strip(),
            due_on=asked.due_on,
            discloses=asked.discloses,
            asked_by=work.actor.user_id or 0,
            asked_by_name=work.actor.name,
            asked_at=work.now(),
        )
        made.parties = [
            ConsultationParty(organisation_id=organisation_id, position=position, affected=affected)
            for position, (organisation_id, affected) in enumerate(asked.parties.items())
        ]
        work.session.add(made)
        work.session.flush()
        work.record("ask consultation", "consultation", made.id, after=body)
        return made.id

    return work.session.get_one(Consultation, once(work, "ask consultation", key, body, insert))


def _to_json(proposal_id: int, asked: Asked) -> dict[str, Any]:
    return {
        "proposal": proposal_id,
        "due_on": asked.due_on.isoformat(),
        "parties": {str(key): affected for key, affected in asked.parties.items()},
        "text": asked.text,
        "question_set": asked.question_set,
        "questions": list(asked.questions),
        "discloses": asked.discloses,
    }


def _refuse_faults(work: Work, proposal: Proposal, asked: Asked) -> None:
    faults = question_sets.question_faults(asked.questions)
    if asked.due_on < work.today:
        faults["due_on"] = Note("Svarsdatumet har redan varit.")
    if len(asked.text) > domain.MAX_TEXT:
        faults["text"] = Note("Texten får vara högst %(most)d tecken.", {"most": domain.MAX_TEXT})
    valid = {one.id for one in organisations.all_valid(work)}
    if not asked.parties:
        faults["parties"] = Note("Välj minst en nämnd eller ett bolag att fråga.")
    elif len(asked.parties) > MAX_PARTIES or not asked.parties.keys() <= valid:
        faults["parties"] = Note("Välj bland de nämnder och bolag som finns i dag.")
    elif proposal.organisation_id in asked.parties:
        faults["parties"] = Note("Den som har lagt förslaget kan inte svara på remissen.")
    if faults:
        raise InvalidInputError(faults)


def _for_change(work: Work, consultation_id: int, seen_version: int) -> Consultation:
    found = find(work, consultation_id)
    work.require("consult", organisation_id=found.proposal.organisation_id)
    if found.version != seen_version:
        stored = {"due_on": found.due_on.isoformat(), "state": found.state}
        raise ConflictError("consultation", consultation_id, stored=stored, submitted={})
    if found.state != ConsultationState.OPEN:
        raise StateError(Note("Remissen är avslutad."))
    return found


def extend(work: Work, consultation_id: int, due_on: date, *, seen_version: int) -> Consultation:
    """Another due date, today or later."""
    found = _for_change(work, consultation_id, seen_version)
    if due_on < work.today:
        raise InvalidInputError({"due_on": Note("Svarsdatumet har redan varit.")})
    before, found.due_on = found.due_on, due_on
    found.version += 1
    work.record(
        "extend consultation",
        "consultation",
        found.id,
        before={"due_on": before.isoformat()},
        after={"due_on": due_on.isoformat()},
    )
    return found


def close(work: Work, consultation_id: int, *, seen_version: int, reason: str = "") -> Consultation:
    """End the time for replies. Affected parties that have not replied stay missing at the gate."""
    found = _for_change(work, consultation_id, seen_version)
    found.state = ConsultationState.CLOSED.value
    found.version += 1
    waiting = [one.organisation.code for one in found.parties if not one.replies]
    after = {"state": found.state, "without_reply": waiting}
    work.record("close consultation", "consultation", found.id, after=after, reason=reason)
    return found


def remind(work: Work, consultation_id: int) -> list[ConsultationParty]:
    """Remind those who have not replied, at most once a day each; returns whom.

    Raises:
        StateError: the consultation is closed.
    """
    found = find(work, consultation_id)
    work.require("consult", organisation_id=found.proposal.organisation_id)
    if found.state != ConsultationState.OPEN:
        raise StateError(Note("Remissen är avslutad."))
    return _remind(work, [one for one in found.parties if not one.replies])


def remind_due(work: Work) -> list[ConsultationParty]:
    """Remind whoever should be today; what the daily job does."""
    query = (
        select(ConsultationParty)
        .join(ConsultationParty.consultation)
        .where(
            Consultation.state == ConsultationState.OPEN.value,
            ~select(Reply.id).where(Reply.party_id == ConsultationParty.id).exists(),
        )
        .order_by(ConsultationParty.id)
    )
    due = [
        one
        for one in work.session.scalars(query)
        if domain.reminder_due(
            one.consultation.due_on, work.today, [sent.reminded_on for sent in one.reminders]
        )
    ]
    return _remind(work, due)


def _remind(work: Work, parties: Iterable[ConsultationParty]) -> list[ConsultationParty]:
    reminded = []
    for one in parties:
        if any(sent.reminded_on == work.today for sent in one.reminders):
            continue
        one.reminders.append(Reminder(reminded_on=work.today, sent_by=work.actor.user_id))
        after = {"party": one.organisation.code, "on": work.today.isoformat()}
        work.record("remind party", "consultation", one.consultation_id, after=after)
        reminded.append(one)
    return reminded


def missing_replies(work: Work, proposal_id: int) -> list[str]:
    """Names of the affected committees and companies whose reply a gate waits for.

    For each of them the latest consultation that asks it counts: one that is not affected there is not waited for.
    Closing a consultation does not make a missing reply given.
    """
    query = (
        select(ConsultationParty)
        .join(ConsultationParty.consultation)
        .where(Consultation.proposal_id == proposal_id)
        .order_by(Consultation.id, ConsultationParty.position)
    )
    latest = {one.organisation_id: one for one in work.session.scalars(query)}
    return [one.organisation.name for one in latest.values() if one.affected and not one.replies]


def changed_since(work: Work, consultation: Consultation) -> list[str]:
    """Names of the proposal's members that have changed since it was sent out, as `history.changed_parts` tells them."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.noun == "proposal", AuditEntry.key == str(consultation.proposal_id))
        .order_by(AuditEntry.seq)
    )
    parts: list[str] = []
    for entry in work.session.scalars(query):
        if (entry.after or {}).get("version", 0) > consultation.asked_version:
            parts += history.changed_parts(entry)
    return list(dict.fromkeys(parts))


def current_replies(consultation: Consultation) -> Sequence[tuple[ConsultationParty, Reply | None]]:
    """Each party with the reply that holds, None where it has not replied."""
    return [(one, one.replies[0] if one.replies else None) for one in consultation.parties]
