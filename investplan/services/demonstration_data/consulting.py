"""The demonstration's consultations with replies, a comment with a mention, and the calendar, made as people make them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from investplan.db.models import Consultation, PlanningRound, Proposal
from investplan.domain.consultations import Decider, ReplyFacts, ReplyRow, Stance
from investplan.domain.organisations import Role
from investplan.domain.proposals import OperatingKind
from investplan.services import calendars, comments, consultations, organisations, question_sets, replies
from investplan.services.calendars import EntryFacts
from investplan.services.consultations import Asked
from investplan.services.demonstration_data.tables import read_table
from investplan.services.work import Actor, Work

KR_ORE = 100


def load(work: Work, planning_round: PlanningRound, actors: Mapping[str, Actor]) -> None:
    """Everything in the table, on behalf of who does it there."""
    table = read_table("consultations")

    def by(username: str) -> Work:
        return Work(work.session, actors[username], work.now, work.after_commit)

    for row in table["consultation"]:
        asked = _ask(by(row["by"]), planning_round, row)
        for given in row.get("reply", ()):
            _reply(by(given["by"]), asked, given)
    for row in table["comment"]:
        comments.write(by(row["by"]), _proposal_id(work, planning_round, row["case"]), row["text"])
    for row in table["day"]:
        roles = tuple(Role(one) for one in row.get("roles", ()))
        facts = EntryFacts(row["name"], row["from"], row.get("to"), roles, row.get("note", ""))
        calendars.add(by("ekonomi"), planning_round.id, facts)


def _proposal_id(work: Work, planning_round: PlanningRound, case_number: str) -> int:
    query = select(Proposal.id).where(
        Proposal.round_id == planning_round.id, Proposal.case_number == case_number
    )
    return work.session.scalars(query).one()


def _ask(work: Work, planning_round: PlanningRound, row: dict[str, Any]) -> Consultation:
    by_code = organisations.by_code(work)
    parties = {by_code[code].id: True for code in row["affected"]}
    parties |= {by_code[code].id: False for code in row["asked"]}
    asked = Asked(
        due_on=work.today + timedelta(days=row["due_in"]),
        parties=parties,
        text=row["text"],
        question_set=row["set"],
        questions=question_sets.find(work, row["set"]).rule.questions,
    )
    return consultations.ask(work, _proposal_id(work, planning_round, row["case"]), asked)


def _reply(work: Work, asked: Consultation, given: dict[str, Any]) -> None:
    party = next(one for one in asked.parties if one.organisation.code == given["party"])
    rows = tuple(
        ReplyRow(None, OperatingKind(one["kind"]), one["kr"] * KR_ORE, note=one["note"])
        for one in given["rows"]
    )
    facts = ReplyFacts(
        Stance(given["stance"]),
        given["text"],
        Decider(given["decider"]),
        work.today,
        given["paragraph"],
        tuple(given["answers"]),
        rows,
    )
    replies.give(work, party.id, facts, on_behalf_note=given.get("on_behalf", ""))
