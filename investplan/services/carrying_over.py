"""Carrying proposals over to the next planning round.

The new round gets a proposal of its own, so that the earlier round can still be read and computed as it was. What belongs
to the case rather than to a round goes along: consultations with their replies, files and comments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from investplan.db.models import (
    Attachment,
    CarryOver,
    Comment,
    Consultation,
    DismissedPair,
    InvestigationRequest,
    Organisation,
    PlanningRound,
    Proposal,
    SecrecyMark,
)
from investplan.domain import carrying
from investplan.domain.carrying import FOLLOWS, StartsMoved
from investplan.domain.gates import RequestState
from investplan.domain.investigations import faults_in
from investplan.domain.organisations import OF_ORGANISATION
from investplan.domain.proposals import ProposalFacts, Status
from investplan.errors import InvalidInputError, Note
from investplan.services import investigation_requests, proposals, rounds, secrecy
from investplan.services import proposal_records as records
from investplan.services.work import Work, once

MOST_SHOWN = 500
OF_THE_CASE = (Attachment, Comment, Consultation)
"""What follows the case from round to round; each has a `proposal_id`."""


@dataclass(frozen=True)
class Candidate:
    """A proposal that may follow: what it would say, the start years that change, and why it cannot (None: it can)."""

    proposal: Proposal
    facts: ProposalFacts
    moved: tuple[StartsMoved, ...]
    fault: Note | None = None


def candidates(work: Work, round_id: int) -> list[Candidate]:
    """Proposals of earlier rounds that the actor may carry over to this one, by organisation and title, `MOST_SHOWN` of them."""
    work.require("edit proposal")
    planning_round = rounds.find(work, round_id)
    query = _query(work, planning_round, Proposal).join(Proposal.organisation)
    query = query.order_by(Organisation.name, Proposal.title, Proposal.id).limit(MOST_SHOWN)
    return _judged(work, planning_round, work.session.scalars(query))


def count(work: Work, round_id: int) -> int:
    """How many the actor may carry over to this round."""
    work.require("edit proposal")
    query = _query(work, rounds.find(work, round_id), func.count(Proposal.id))
    return int(work.session.scalar(query) or 0)


def _query(work: Work, planning_round: PlanningRound, wanted: Any) -> Any:
    query = (
        select(wanted)
        .join(PlanningRound, PlanningRound.id == Proposal.round_id)
        .outerjoin(CarryOver, CarryOver.from_id == Proposal.id)
        .where(
            or_(
                PlanningRound.budget_year < planning_round.budget_year,
                and_(
                    PlanningRound.budget_year == planning_round.budget_year,
                    PlanningRound.id < planning_round.id,
                ),
            ),
            Proposal.status.in_([one.value for one in FOLLOWS]),
            CarryOver.id.is_(None),
        )
    )
    if work.actor.role in OF_ORGANISATION:
        query = query.where(Proposal.organisation_id == work.actor.organisation_id)
    return query


def _judged(work: Work, planning_round: PlanningRound, found: Iterable[Proposal]) -> list[Candidate]:
    people = records.People.of(work)
    query = select(Proposal.case_number).where(Proposal.round_id == planning_round.id)
    taken = frozenset(work.session.scalars(query))
    return [_candidate(planning_round, one, people, taken) for one in found]


def _candidate(
    planning_round: PlanningRound, proposal: Proposal, people: records.People, taken: frozenset[str]
) -> Candidate:
    criteria = {code for round_id, code in people.criteria if round_id == planning_round.id}
    facts, moved = carrying.carried(records.facts(proposal), planning_round.years, criteria)
    faults = faults_in(facts, planning_round.years) | people.faults_in(facts)
    if facts.case_number in taken:
        faults["case_number"] = Note("Diarienumret %(number)s används redan.", {"number": facts.case_number})
    if proposal.round.map_crs != planning_round.map_crs:
        faults["place"] = Note("Omgångarna har inte samma koordinatsystem.")
    return Candidate(proposal, facts, moved, next(iter(faults.values()), None))


def carry(work: Work, round_id: int, ids: Collection[int], *, key: str = "") -> list[Proposal]:
    """Carry proposals over: all of them, or none. Sent twice with the same key, they follow once.

    Raises:
        InvalidInputError: none chosen, or one that cannot follow: by `proposals.<id>`.
        NotAllowedError: another organisation's.
    """
    work.require("edit proposal")
    planning_round, wanted = rounds.find(work, round_id), sorted(set(ids))

    def insert() -> int:
        sources = work.session.scalars(_query(work, planning_round, Proposal).where(Proposal.id.in_(wanted)))
        found = {one.proposal.id: one for one in _judged(work, planning_round, sources)}
        _refuse_faults(work, wanted, found)
        people = records.People.of(work)
        for number in wanted:
            _carry(work, planning_round, found[number], people)
        _keep_dismissed(work, wanted)
        return planning_round.id

    once(work, "carry over", key, {"round": round_id, "proposals": wanted}, insert)
    query = select(CarryOver).where(CarryOver.from_id.in_(wanted)).order_by(CarryOver.from_id)
    return [one.target for one in work.session.scalars(query)]


def _refuse_faults(work: Work, wanted: Sequence[int], found: dict[int, Candidate]) -> None:
    faults: dict[str, Note] = {}
    if not wanted:
        faults["proposals"] = Note("Välj minst ett förslag.")
    for number in wanted:
        if number not in found:
            proposal = proposals.find(work, number)
            work.require("edit proposal", organisation_id=proposal.organisation_id)
            facts = {"title": proposal.title}
            faults[f"proposals.{number}"] = Note(
                "%(title)s har redan följt med, eller är beslutat, avslaget eller avbrutet.", facts
            )
        elif (fault := found[number].fault) is not None:
            faults[f"proposals.{number}"] = fault
    if faults:
        raise InvalidInputError(faults)


def _carry(
    work: Work, planning_round: PlanningRound, candidate: Candidate, people: records.People
) -> Proposal:
    source = candidate.proposal
    made = Proposal(
        round_id=planning_round.id,
        round=planning_round,
        version=1,
        status=carrying.status_after(Status(source.status)).value,
        not_before_year=_still_ahead(source.not_before_year, planning_round),
    )
    records.write(made, candidate.facts, people, now=work.now())
    work.session.add(made)
    work.session.flush()
    row = CarryOver(source=source, target=made, carried_by_name=work.actor.name, carried_at=work.now())
    work.session.add(row)
    gone = {model.__tablename__: _hand_over(work, model, source.id, made.id) for model in OF_THE_CASE}
    # What is decided belongs to the round that it was decided in; what is still asked for is asked for here.
    asked = InvestigationRequest.state == RequestState.ASKED.value
    in_time = InvestigationRequest.year.in_(investigation_requests.years_of(planning_round))
    gone[InvestigationRequest.__tablename__] = _hand_over(
        work, InvestigationRequest, source.id, made.id, asked, in_time
    )
    _copy_secrecy(work, source, made)
    told = {
        "round": planning_round.name,
        "carried_from": source.id,
        "followed": gone,
        "starts": {one.alternative: [list(one.before), list(one.after)] for one in candidate.moved},
    }
    work.record("carry proposal over", "proposal", source.id, after={**told, "carried_to": made.id})
    work.record("carry proposal over", "proposal", made.id, after={**records.to_json(made), **told})
    return made


def _still_ahead(year: int | None, planning_round: PlanningRound) -> int | None:
    """What the executive board has postponed to, while that still lies ahead."""
    return year if year is not None and year > planning_round.budget_year else None


def _hand_over(work: Work, model: Any, source_id: int, target_id: int, *wanted: Any) -> list[int]:
    ids = list(work.session.scalars(select(model.id).where(model.proposal_id == source_id, *wanted)))
    work.session.execute(update(model).where(model.id.in_(ids)).values(proposal_id=target_id))
    return ids


def _copy_secrecy(work: Work, source: Proposal, made: Proposal) -> None:
    """Secret in one round is secret in the next; both say the same."""
    for mark in secrecy.marks(work, source).values():
        stated = {
            "part": mark.part,
            "basis": mark.basis,
            "marked_by": mark.marked_by,
            "marked_at": mark.marked_at,
        }
        work.session.add(SecrecyMark(proposal_id=made.id, **stated))
    work.session.flush()


def _keep_dismissed(work: Work, source_ids: Sequence[int]) -> None:
    """Neighbours that were found not to need coordination still do not, where both have followed."""
    query = select(CarryOver.from_id, CarryOver.to_id)
    after: dict[int, int] = {before: to for before, to in work.session.execute(query)}  # noqa: C416 - rows, not pairs
    pairs = select(DismissedPair).where(
        or_(DismissedPair.first_id.in_(source_ids), DismissedPair.second_id.in_(source_ids))
    )
    for pair in work.session.scalars(pairs):
        if pair.first_id in after and pair.second_id in after:
            first, second = sorted((after[pair.first_id], after[pair.second_id]))
            work.session.add(
                DismissedPair(
                    first_id=first,
                    second_id=second,
                    reason=pair.reason,
                    dismissed_by=pair.dismissed_by,
                    dismissed_at=pair.dismissed_at,
                )
            )
    work.session.flush()
