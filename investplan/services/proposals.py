"""Proposals: written, found, changed with a look at what others changed, and submitted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import shapely
from sqlalchemy import ColumnElement, Text, cast, func, or_, select

from investplan.db.models import (
    Alternative,
    Consultation,
    ConsultationParty,
    District,
    InvestigationRequest,
    Organisation,
    PlanningRound,
    Proposal,
    SecrecyMark,
)
from investplan.domain.consultations import as_own_rows, keep_reply_rows
from investplan.domain.gates import RequestState
from investplan.domain.investigations import faults_in, missing_before_submission
from investplan.domain.organisations import FINANCE, OF_ORGANISATION, Role, may
from investplan.domain.proposals import ProposalFacts, Stage, Status
from investplan.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    Note,
    NotFoundError,
    StateError,
)
from investplan.services import gate_tables, lineages, secrecy
from investplan.services import proposal_records as records
from investplan.services.work import Work, once

EDITABLE = (Status.DRAFT, Status.SUBMITTED, Status.DORMANT)
MOST_NAMED = 500
SORTS: dict[str, Any] = {
    "title": Proposal.title,
    "case_number": Proposal.case_number,
    "organisation": Organisation.name,
    "outlay": Proposal.outlay_ore,
    "changed": Proposal.changed_at,
    "stage": Proposal.stage,
    "status": Proposal.status,
}


@dataclass(frozen=True)
class Filter:
    """What a list of proposals is cut down to; empty means all. `box` is west, south, east, north in EPSG:3006."""

    search: str = ""
    organisation_id: int | None = None
    category: str = ""
    stage: str = ""
    status: str = ""
    district_id: int | None = None
    box: tuple[float, float, float, float] | None = None
    sort: str = "title"
    descending: bool = False


class Listed(NamedTuple):
    """What a row of a list tells of a proposal, organisation and district by name."""

    id: int
    case_number: str
    title: str
    organisation: str
    category: str
    stage: str
    status: str
    district: str
    outlay_ore: int
    changed_at: datetime


LISTED = (Proposal.id, Proposal.case_number, Proposal.title, Organisation.name, Proposal.category, Proposal.stage,
          Proposal.status, func.coalesce(District.name, ""), Proposal.outlay_ore, Proposal.changed_at)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """One page of a list, and the sums over the whole of it."""

    proposals: list[Listed]
    number: int
    size: int
    count: int
    outlay_ore: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // self.size))


class Placed(NamedTuple):
    """What a map and its table tell of a proposal; `starts` are the years in which some alternative may start."""

    id: int
    title: str
    status: str
    organisation: str
    outlay_ore: int
    starts: tuple[int, ...]


def _visible(work: Work) -> ColumnElement[bool] | None:
    """Drafts are working material of their own organisation, those it asks, and finance; the council sees the rest.

    The executive board also sees a draft that has passed its first gate, or asks for money to be investigated: it is
    the board that is to decide about them.
    """
    role, is_shared = work.actor.role, Proposal.status != Status.DRAFT.value
    if role in FINANCE:
        return None
    if role in OF_ORGANISATION:
        own = work.actor.organisation_id
        asked = (
            select(Consultation.proposal_id)
            .join(ConsultationParty, ConsultationParty.consultation_id == Consultation.id)
            .where(ConsultationParty.organisation_id == own)
        )
        return or_(is_shared, Proposal.organisation_id == own, Proposal.id.in_(asked))
    if role is Role.EXECUTIVE_BOARD:
        asks = select(InvestigationRequest.proposal_id).where(
            InvestigationRequest.state != RequestState.WITHDRAWN.value
        )
        return or_(is_shared, Proposal.stage != Stage.NEED.value, Proposal.id.in_(asks))
    return is_shared


def only_open_places(work: Work, query: Any) -> Any:
    """A query of proposals cut down to those whose place the actor may read."""
    is_open = secrecy.place_is_open(work)
    return query if is_open is None else query.where(is_open)


def only_visible(work: Work, query: Any, round_id: int) -> Any:
    """A query of proposals cut down to the round's that the actor may see."""
    return _filtered(work, query, round_id, Filter())


def state(work: Work, round_id: int) -> tuple[Any, ...]:
    """What a list or map of the round depends on, for this actor: changes when any of it changes."""
    versions = select(func.count(Proposal.id), func.sum(Proposal.version), func.max(Proposal.changed_at))
    asked = select(func.count(ConsultationParty.consultation_id)).where(
        ConsultationParty.organisation_id == work.actor.organisation_id
    )
    told = select(func.count()).select_from(secrecy.told_to(work).subquery())
    named = select(func.sum(Organisation.version))
    marked = select(func.count(SecrecyMark.part), func.max(SecrecyMark.marked_at))
    return (
        str(work.session.get_bind().engine.url), round_id, work.actor.role, work.actor.organisation_id,
        *work.session.execute(versions.where(Proposal.round_id == round_id)).one(),
        *work.session.execute(marked).one(), *map(work.session.scalar, (asked, told, named)),
    )  # fmt: skip


def _filtered(work: Work, query: Any, round_id: int, wanted: Filter) -> Any:
    query = query.where(Proposal.round_id == round_id)
    visible = _visible(work)
    if visible is not None:
        query = query.where(visible)
    for column, value in (
        (Proposal.organisation_id, wanted.organisation_id),
        (Proposal.category, wanted.category),
        (Proposal.stage, wanted.stage),
        (Proposal.status, wanted.status),
        (Proposal.district_id, wanted.district_id),
    ):
        if value:
            query = query.where(column == value)
    # SQLite's own LIKE takes no notice of case either, and folding each text first would take most of the time.
    anyhow = "like" if work.session.get_bind().dialect.name == "sqlite" else "ilike"
    for word in wanted.search.split()[:8]:
        like = "%" + word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        texts = (Proposal.title, Proposal.case_number, Proposal.purpose)
        query = query.where(or_(*(getattr(text, anyhow)(like, escape="\\") for text in texts)))
    if wanted.box is not None:
        west, south, east, north = wanted.box
        query = only_open_places(work, query).where(
            Proposal.max_e >= west, Proposal.min_e <= east, Proposal.max_n >= south, Proposal.min_n <= north
        )
    return query


def page(work: Work, round_id: int, wanted: Filter, *, number: int = 1, size: int = 50) -> Page:
    """One page of the round's proposals that the actor may see, with count and sum over all pages."""
    work.require("see")
    size = max(1, min(size, 200))
    count, outlay_ore, found = _totals(work, round_id, wanted)
    number = max(1, min(number, -(-count // size) or 1))
    column = SORTS.get(wanted.sort, Proposal.title)
    query = select(*LISTED).join(Proposal.organisation).outerjoin(Proposal.district)
    named = None if found is None else query.where(Proposal.id.in_(found))
    query = _filtered(work, query, round_id, wanted) if named is None else named
    query = query.order_by(column.desc() if wanted.descending else column, Proposal.id)
    rows = work.session.execute(query.offset((number - 1) * size).limit(size))
    return Page([Listed(*row) for row in rows], number, size, count, outlay_ore)


def _totals(work: Work, round_id: int, wanted: Filter) -> tuple[int, int, list[int] | None]:
    """How many there are, their outlays in öre, and which they are when that is known.

    Texts are searched once: a search that finds few tells which; one that finds many is soon found again page by page.
    """
    if not wanted.search:
        query = select(func.count(), func.coalesce(func.sum(Proposal.outlay_ore), 0))
        count, outlay_ore = work.session.execute(_filtered(work, query, round_id, wanted)).one()
        return count, int(outlay_ore), None
    query = _filtered(work, select(Proposal.id, Proposal.outlay_ore), round_id, wanted)
    rows = work.session.execute(query).all()
    few = [key for key, _ in rows] if len(rows) <= MOST_NAMED else None
    return len(rows), sum(outlay_ore for _, outlay_ore in rows), few


def counts_by_status(work: Work, round_id: int) -> dict[str, int]:
    """How many proposals the actor sees, by status."""
    query = _filtered(work, select(Proposal.status, func.count()), round_id, Filter()).group_by(
        Proposal.status
    )
    return {status: count for status, count in work.session.execute(query)}  # noqa: C416 - rows, not pairs


def all_of(work: Work, round_id: int, *, statuses: Sequence[Status] = ()) -> list[Proposal]:
    """Every proposal of a round that the actor may see, whole, by id."""
    query = _filtered(work, select(Proposal), round_id, Filter()).order_by(Proposal.id)
    if statuses:
        query = query.where(Proposal.status.in_([status.value for status in statuses]))
    return list(work.session.scalars(query))


def find(work: Work, proposal_id: int) -> Proposal:
    """One proposal.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    work.require("see")
    query = select(Proposal).where(Proposal.id == proposal_id)
    visible = _visible(work)
    if visible is not None:
        query = query.where(visible)
    proposal = work.session.scalars(query).one_or_none()
    if proposal is None:
        raise NotFoundError("proposal", proposal_id)
    return proposal


def create(work: Work, round_id: int, facts: ProposalFacts, *, key: str = "") -> Proposal:
    """A new draft; with a `key` it is created once however often it is sent.

    Raises:
        InvalidInputError: one note per field; a committee's own begin with the need, others state the stage.
        NotAllowedError: a planner creates for another organisation.
    """
    planning_round = work.session.get(PlanningRound, round_id)
    if planning_round is None:
        raise NotFoundError("planning round", round_id)
    people, facts = records.People.of(work), as_own_rows(facts)
    work.require("edit proposal", organisation_id=people.organisation_id(facts.committee))
    if work.actor.role in OF_ORGANISATION and facts.stage is not Stage.NEED:
        raise InvalidInputError(
            {"stage": Note("Ett nytt förslag börjar som behov och går vidare genom grindarna.")}
        )
    _refuse_faults(planning_round, facts, people)

    def insert() -> int:
        _refuse_taken_case_number(work, round_id, facts.case_number, None)
        proposal = Proposal(round_id=round_id, round=planning_round, version=1)
        records.write(proposal, facts, people, now=work.now())
        work.session.add(proposal)
        work.session.flush()
        work.record("create proposal", "proposal", proposal.id, after=records.to_json(proposal))
        return proposal.id

    return find(work, once(work, "create proposal", key, records.facts_to_json(facts), insert))


def _refuse_faults(planning_round: PlanningRound, facts: ProposalFacts, people: records.People) -> None:
    faults = faults_in(facts, planning_round.years)
    faults.update(people.faults_in(facts))
    faults.update(records.place_faults(facts, in_sweden=planning_round.map_crs == "EPSG:3006"))
    if faults:
        raise InvalidInputError(faults)


def _refuse_taken_case_number(work: Work, round_id: int, case_number: str, own_id: int | None) -> None:
    taken = work.session.scalar(
        select(Proposal.id).where(Proposal.round_id == round_id, Proposal.case_number == case_number.strip())
    )
    if taken is not None and taken != own_id:
        raise InvalidInputError(
            {"case_number": Note("Diarienumret %(number)s används redan.", {"number": case_number.strip()})}
        )


def is_open(proposal: Proposal) -> bool:
    """Whether the proposal can still be worked on, in its own round."""
    return Status(proposal.status) in EDITABLE and proposal.carried_on is None


def refuse_closed(proposal: Proposal) -> None:
    """Refuse to change what is decided, rejected, cancelled or goes on in another round.

    Raises:
        StateError: it is.
    """
    lineages.refuse_carried(proposal)
    if proposal.status in (Status.REJECTED, Status.CANCELLED):
        raise StateError(Note("Förslaget är avslaget eller avbrutet och kan inte ändras."))
    if Status(proposal.status) not in EDITABLE:
        raise StateError(Note("Förslaget är beslutat och kan inte ändras."))


def _for_change(work: Work, proposal_id: int, seen_version: int, submitted: dict[str, Any]) -> Proposal:
    proposal = find(work, proposal_id)
    work.require("edit proposal", organisation_id=proposal.organisation_id)
    refuse_closed(proposal)
    if proposal.version != seen_version:
        raise ConflictError("proposal", proposal_id, stored=records.to_json(proposal), submitted=submitted)
    return proposal


def save(
    work: Work, proposal_id: int, facts: ProposalFacts, *, seen_version: int, reason: str = ""
) -> Proposal:
    """Replace what the proposal says, all but the rows that replies have added: those stay (see `reply_rows`).

    Args:
        seen_version: The version the writer had before them.

    Raises:
        ConflictError: someone else changed it since; carries both versions.
        InvalidInputError: one note per field.
        StateError: decided, so locked.
    """
    proposal = _for_change(work, proposal_id, seen_version, records.facts_to_json(facts))
    people = records.People.of(work)
    if facts.stage.value != proposal.stage:
        raise InvalidInputError({"stage": Note("Skedet ändras genom grindarna, inte i formuläret.")})
    if people.organisation_id(facts.committee) != proposal.organisation_id:
        work.require("edit proposal", organisation_id=people.organisation_id(facts.committee))
    facts, lost = keep_reply_rows(facts, records.facts(proposal))
    if lost:
        raise InvalidInputError(lost)
    _refuse_faults(proposal.round, facts, people)
    _refuse_taken_case_number(work, proposal.round_id, facts.case_number, proposal.id)
    if proposal.status == Status.SUBMITTED:
        missing = missing_before_submission(facts)
        if missing:
            raise InvalidInputError(missing)
    before = records.to_json(proposal)
    records.write(proposal, facts, people, now=work.now(), keep_scores=True)
    proposal.ready = False
    proposal.version += 1
    work.session.flush()
    work.record(
        "save proposal",
        "proposal",
        proposal.id,
        before=before,
        after=records.to_json(proposal),
        reason=reason,
    )
    return proposal


def submit(work: Work, proposal_id: int, *, seen_version: int) -> Proposal:
    """Send the proposal to prioritisation.

    Raises:
        InvalidInputError: what is still missing, one note per field.
        NotAllowedError: the municipality lets the committee's manager submit, not its planner.
    """
    proposal = _for_change(work, proposal_id, seen_version, {})
    _refuse_resting(proposal)
    if not may_submit(work, proposal):
        raise NotAllowedError("submit proposal")
    missing = missing_before_submission(records.facts(proposal))
    if missing:
        raise InvalidInputError(missing)
    return _set_status(work, proposal, Status.SUBMITTED, "submit proposal")


def may_submit(work: Work, proposal: Proposal) -> bool:
    """Whether the actor may submit this proposal: a planner only where the gates' table says so."""
    own = proposal.organisation_id == work.actor.organisation_id
    if not may(work.actor.role, "submit proposal", own=own):
        return False
    return work.actor.role is not Role.PLANNER or gate_tables.in_force(work).planner_submits


def withdraw(work: Work, proposal_id: int, *, seen_version: int, reason: str = "") -> Proposal:
    """Take a submitted proposal back to draft."""
    proposal = _for_change(work, proposal_id, seen_version, {})
    _refuse_resting(proposal)
    return _set_status(work, proposal, Status.DRAFT, "withdraw proposal", reason)


def _refuse_resting(proposal: Proposal) -> None:
    if proposal.status == Status.DORMANT:
        raise StateError(Note("Förslaget är vilande. Ta upp det igen först."))


def _set_status(work: Work, proposal: Proposal, status: Status, action: str, reason: str = "") -> Proposal:
    before = {"status": proposal.status, "version": proposal.version}
    proposal.status, proposal.ready = status.value, False
    proposal.version += 1
    proposal.changed_at = work.now()
    work.record(
        action,
        "proposal",
        proposal.id,
        before=before,
        after={"status": proposal.status, "version": proposal.version},
        reason=reason,
    )
    return proposal


def score(work: Work, proposal_id: int, points: dict[str, int], *, seen_version: int) -> Proposal:
    """Set the proposal's points, criterion code → 0-5."""
    work.require("score proposal")
    proposal = _for_change(work, proposal_id, seen_version, {"scores": points})
    people = records.People.of(work)
    faults = people.score_faults(proposal.round_id, points)
    if faults:
        raise InvalidInputError(faults)
    before = {"scores": records.scores(proposal)}
    records.write_scores(proposal, points, people)
    proposal.version += 1
    proposal.changed_at = work.now()
    work.session.flush()
    work.record(
        "score proposal", "proposal", proposal.id, before=before, after={"scores": records.scores(proposal)}
    )
    return proposal


def missing(work: Work, ids: Sequence[int]) -> dict[int, list[Note]]:
    """The checklist before submission of each of these proposals, by id."""
    query = select(Proposal).where(Proposal.id.in_(ids))
    return {
        one.id: list(missing_before_submission(records.facts(one)).values())
        for one in work.session.scalars(query)
    }


def places(
    work: Work, round_id: int, wanted: Filter | None = None, *, proposal_id: int | None = None
) -> list[tuple[Placed, Any]]:
    """Proposals with a place that the actor may see, by id, and their first alternative's geometry that there is.

    Geometries are Shapely's, in the round's own system. One query whatever the number of proposals.
    """
    work.require("see")
    # Start years come as text: ten thousand proposals have few different ones, and each is read once.
    columns = (Proposal.id, Proposal.title, Proposal.status, Organisation.name, Proposal.outlay_ore,
               cast(Alternative.starts, Text), Alternative.geometry)  # fmt: skip
    query = (
        _filtered(work, select(*columns), round_id, wanted or Filter())
        .join(Proposal.organisation)
        .join(Proposal.alternatives)
        .where(Proposal.min_e.is_not(None))
        .order_by(Proposal.id, Alternative.position)
    )
    query = only_open_places(work, query)
    if proposal_id is not None:
        query = query.where(Proposal.id == proposal_id)
    found: list[Placed] = []
    geometries: list[bytes] = []
    years_of = cache(_years_of)
    for _, alternatives in groupby(work.session.execute(query), key=itemgetter(0)):
        rows = list(alternatives)
        geometry = next((wkb for *_, wkb in rows if wkb is not None), None)
        if geometry is not None:
            key, title, status, organisation, outlay_ore, *_ = rows[0]
            years = years_of(*(row[5] for row in rows))
            found.append(Placed(key, title, status, organisation, outlay_ore, years))
            geometries.append(geometry)
    return list(zip(found, shapely.from_wkb(geometries), strict=True))


def _years_of(*starts_json: str) -> tuple[int, ...]:
    """Every year that some of the lists has, in order."""
    return tuple(sorted(set().union(*map(json.loads, starts_json))))
