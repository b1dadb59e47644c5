"""The round's calendar (årshjul): kept by finance, read by everybody it is for, and given out as an iCalendar file."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from investplan.db.models import CalendarEntry, Consultation, ConsultationParty, PlanningRound, Proposal
from investplan.domain.consultations import ConsultationState
from investplan.domain.organisations import Role
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError
from investplan.exchange.calendar_files import Event, write_calendar
from investplan.services import rounds
from investplan.services.work import Work, once


@dataclass(frozen=True)
class EntryFacts:
    """A day, or the days up to and with `ends_on`. Without `roles` it is for everyone."""

    name: str
    starts_on: date
    ends_on: date | None = None
    roles: tuple[Role, ...] = ()
    note: str = ""


def of_round(work: Work, round_id: int) -> list[CalendarEntry]:
    """Every entry of the round, in order of time."""
    work.require("see")
    query = select(CalendarEntry).where(CalendarEntry.round_id == round_id)
    return list(work.session.scalars(query.order_by(CalendarEntry.starts_on, CalendarEntry.id)))


def of_actor(work: Work, round_id: int) -> list[CalendarEntry]:
    """The entries that are for the actor's role; an administrator sees them all."""
    role = work.actor.role
    return [
        one
        for one in of_round(work, round_id)
        if not one.roles or role is Role.ADMINISTRATOR or (role is not None and role.value in one.roles)
    ]


def find(work: Work, entry_id: int) -> CalendarEntry:
    work.require("see")
    found = work.session.get(CalendarEntry, entry_id)
    if found is None:
        raise NotFoundError("calendar entry", entry_id)
    return found


def add(work: Work, round_id: int, facts: EntryFacts, *, key: str = "") -> CalendarEntry:
    """A new entry.

    Raises:
        InvalidInputError: one note per field.
    """
    work.require("edit round")
    rounds.find(work, round_id)
    _refuse_faults(facts)

    def insert() -> int:
        made = CalendarEntry(round_id=round_id, uid=uuid.uuid4().hex)
        _write(work, made, facts)
        work.session.add(made)
        work.session.flush()
        work.record("add calendar entry", "planning_round", round_id, after=to_json(made))
        return made.id

    body = {"round": round_id, **_facts_to_json(facts)}
    return find(work, once(work, "add calendar entry", key, body, insert))


def save(work: Work, entry_id: int, facts: EntryFacts, *, seen_version: int) -> CalendarEntry:
    """Change an entry; its identity in subscribed calendars stays.

    Raises:
        ConflictError: somebody else changed it after `seen_version`.
    """
    found = _for_change(work, entry_id, seen_version, _facts_to_json(facts))
    _refuse_faults(facts)
    before = to_json(found)
    _write(work, found, facts)
    found.version += 1
    work.record("save calendar entry", "planning_round", found.round_id, before=before, after=to_json(found))
    return found


def remove(work: Work, entry_id: int, *, seen_version: int) -> None:
    """Take an entry out of the calendar, and so out of everyone's subscription."""
    found = _for_change(work, entry_id, seen_version, {})
    work.record("remove calendar entry", "planning_round", found.round_id, before=to_json(found))
    work.session.delete(found)


def _for_change(work: Work, entry_id: int, seen_version: int, submitted: dict[str, Any]) -> CalendarEntry:
    work.require("edit round")
    found = find(work, entry_id)
    if found.version != seen_version:
        raise ConflictError("calendar entry", entry_id, stored=to_json(found), submitted=submitted)
    return found


def _write(work: Work, entry: CalendarEntry, facts: EntryFacts) -> None:
    entry.name, entry.note = facts.name.strip(), facts.note.strip()
    entry.starts_on, entry.ends_on = facts.starts_on, facts.ends_on
    entry.roles = [role.value for role in facts.roles]
    entry.changed_at = work.now()


def _refuse_faults(facts: EntryFacts) -> None:
    faults: dict[str, Note] = {}
    if not facts.name.strip() or len(facts.name) > 120:
        faults["name"] = Note("Namnet ska ha 1–120 tecken.")
    if facts.ends_on is not None and facts.ends_on < facts.starts_on:
        faults["ends_on"] = Note("Slutdatumet är före startdatumet.")
    if len(facts.note) > 2000:
        faults["note"] = Note("Texten får vara högst %(most)d tecken.", {"most": 2000})
    if faults:
        raise InvalidInputError(faults)


def facts_of(entry: CalendarEntry) -> EntryFacts:
    return EntryFacts(
        entry.name, entry.starts_on, entry.ends_on, tuple(Role(one) for one in entry.roles), entry.note
    )


def _facts_to_json(facts: EntryFacts) -> dict[str, Any]:
    return {
        "name": facts.name,
        "starts_on": facts.starts_on.isoformat(),
        "ends_on": facts.ends_on.isoformat() if facts.ends_on else None,
        "roles": [role.value for role in facts.roles],
        "note": facts.note,
    }


def to_json(entry: CalendarEntry) -> dict[str, Any]:
    return {"id": entry.id, **_facts_to_json(facts_of(entry))}


def file_of_actor(work: Work, planning_round: PlanningRound, reply_text: str) -> bytes:
    """The actor's calendar as an iCalendar file: the round's entries, and the replies that its organisation owes.

    Args:
        reply_text: What such a day is called, with `%(title)s` for the proposal.
    """
    events = [
        Event(
            f"{one.uid}@investplan",
            one.name,
            one.starts_on,
            one.changed_at,
            one.ends_on,
            one.note,
            sequence=one.version - 1,
        )
        for one in of_actor(work, planning_round.id)
    ]
    return write_calendar(planning_round.name, [*events, *_replies(work, planning_round, reply_text)])


def _replies(work: Work, planning_round: PlanningRound, reply_text: str) -> list[Event]:
    own = work.actor.organisation_id
    if own is None:
        return []
    query = (
        select(ConsultationParty)
        .join(ConsultationParty.consultation)
        .join(Consultation.proposal)
        .where(
            ConsultationParty.organisation_id == own,
            Consultation.state == ConsultationState.OPEN.value,
            Proposal.round_id == planning_round.id,
        )
        .order_by(ConsultationParty.id)
    )
    return [
        Event(
            f"reply-{one.id}@investplan",
            reply_text % {"title": one.consultation.proposal.title},
            one.consultation.due_on,
            one.consultation.asked_at,
            sequence=one.consultation.version - 1,
        )
        for one in work.session.scalars(query)
        if not one.replies
    ]
