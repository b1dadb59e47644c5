"""Every invariant of the database, verified on the rows as they are; each breach is named by a code.

Codes begin with what they look at: CHK the checks themselves, AUD audit, DBS database, PRO proposals, RUN runs and
plans, STU studies, DEC decisions, FRM frames, POP populations, CON consultations. `investplan check` prints them; nothing here changes anything.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import shapely
from sqlalchemy import func, inspect, select, text

from investplan import queue
from investplan.db import migrating
from investplan.db.models import (
    AuditEntry,
    DecidedInvestment,
    Decision,
    FrameAdjustment,
    InvestmentDelay,
    Outbox,
    PlanningRound,
    PopulationForecast,
    Proposal,
    Run,
    Study,
    StudyChunk,
)
from investplan.db.models.runs import RunState
from investplan.db.session import Database
from investplan.domain.frame_rows import FrameRow, investment_rows, part_ore
from investplan.domain.investigations import missing_before_submission
from investplan.domain.proposals import Status
from investplan.services import (
    consultation_checks,
    decisions,
    delays,
    frames,
    organisations,
    populations,
    proposal_records,
    study_families,
)
from investplan.services.work import GENESIS, Work, hash_entry
from optimizer.case_files import read_case
from optimizer.problem import Choice
from optimizer.verifying import value_of, verify

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Breach:
    """What does not hold: code, where, and in words."""

    code: str
    place: str
    message: str


Check = Callable[[Work, Database], Iterator[Breach]]


def run(work: Work, database: Database) -> list[Breach]:
    """All breaches, in the order of the checks; empty when everything holds.

    Rows can be spoiled so that a check cannot even be carried out; that is a breach (CHK1) too, and the others go on.
    """
    return [breach for check in CHECKS for breach in _carried_out(check, work, database)]


def _carried_out(check: Check, work: Work, database: Database) -> Iterator[Breach]:
    try:
        yield from check(work, database)
    except Exception as error:
        log.exception("%s could not be carried out", check.__name__)
        yield Breach(
            "CHK1", check.__name__.lstrip("_"), f"could not be carried out: {type(error).__name__}: {error}"
        )


def _audit_chain(work: Work, _database: Database) -> Iterator[Breach]:
    previous_hash, expected_seq = GENESIS, 1
    for entry in work.session.scalars(
        select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=500)
    ):
        place = f"audit_entry {entry.seq}"
        if entry.seq != expected_seq:
            yield Breach("AUD1", place, f"rows {expected_seq}-{entry.seq - 1} are gone")
        if entry.previous_hash != previous_hash:
            yield Breach("AUD2", place, "does not link to the row before it")
        if hash_entry(entry) != entry.hash:
            yield Breach("AUD3", place, "was changed after it was written")
        previous_hash, expected_seq = entry.hash, entry.seq + 1


def _database_is_whole(work: Work, database: Database) -> Iterator[Breach]:
    if database.is_sqlite:
        for (answer,) in work.session.execute(text("PRAGMA integrity_check")):
            if answer != "ok":
                yield Breach("DBS1", "database", str(answer))
        for row in work.session.execute(text("PRAGMA foreign_key_check")):
            yield Breach("DBS2", str(row[0]), f"row {row[1]} points at nothing in {row[2]}")
    revision = work.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision != migrating.head():
        yield Breach("DBS3", "database", f"is at revision {revision}, the code at {migrating.head()}")
    yield from _triggers(work, database)


def _triggers(work: Work, database: Database) -> Iterator[Breach]:
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if database.is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    present = {name for (name,) in work.session.execute(text(names))}
    for table in (
        "audit_entry",
        "decision",
        "decided_investment",
        "investment_delay",
        "frame_adjustment",
        "proposal",
        "parameter_set",
        "reply",
        "reply_cost",
    ):
        for event in ("update", "delete"):
            if f"frozen_{table}_{event}" not in present:
                yield Breach("DBS4", table, f"the trigger that refuses {event} of frozen rows is gone")
    if not inspect(work.session.connection()).has_table("alembic_version"):
        yield Breach("DBS3", "database", "has no revision")


def _proposals(work: Work, _database: Database) -> Iterator[Breach]:
    for proposal in work.session.scalars(select(Proposal).order_by(Proposal.id)):
        place = f"proposal {proposal.id} ({proposal.case_number})"
        facts = proposal_records.facts(proposal)
        stated_ore = facts.outlay_ore
        if proposal.outlay_ore != stated_ore:
            yield Breach("PRO1", place, f"outlay {proposal.outlay_ore} öre, its rows add up to {stated_ore}")
        yield from _box(proposal, place)
        if proposal.status == Status.SUBMITTED:
            for name in missing_before_submission(facts):
                yield Breach("PRO3", place, f"is submitted without {name}")
        years = proposal.round.years
        for alternative in facts.alternatives:
            if any(start not in years for start in alternative.starts):
                yield Breach(
                    "PRO4", place, f"alternative {alternative.code} starts outside the planning period"
                )


def _box(proposal: Proposal, place: str) -> Iterator[Breach]:
    shapes = [shapely.from_wkb(a.geometry) for a in proposal.alternatives if a.geometry is not None]
    stored = (proposal.min_e, proposal.min_n, proposal.max_e, proposal.max_n)
    expected = tuple(float(x) for x in shapely.total_bounds(shapes)) if shapes else (None,) * 4
    if stored != expected:
        yield Breach("PRO2", place, "its bounding box is not that of its places")


def _runs(work: Work, _database: Database) -> Iterator[Breach]:
    for found in work.session.scalars(select(Run).order_by(Run.id)):
        place = f"run {found.id}"
        if found.case_bytes is not None and hashlib.sha256(found.case_bytes).hexdigest() != found.case_sha256:
            yield Breach("RUN1", place, "its case does not have the hash that was recorded")
            continue
        if found.plan is not None and found.case_bytes is not None:
            yield from _plan(found, found.plan, place)
        if found.state == RunState.DONE and found.finished_at is None:
            yield Breach("RUN5", place, "is done without a time")
    waiting = (
        select(func.count())
        .select_from(Outbox)
        .where(Outbox.task != queue.CARRY_OUT_CHUNK, Outbox.record_id.not_in(select(Run.id)))
    )
    if work.session.scalar(waiting):
        yield Breach("RUN6", "outbox", "holds messages about runs that do not exist")


def _plan(found: Run, plan: dict[str, Any], place: str) -> Iterator[Breach]:
    assert found.case_bytes is not None
    if plan.get("status") in ("infeasible", "stopped"):
        return
    problem = read_case(found.case_bytes)
    chosen = tuple(Choice(c["proposal"], c["alternative"], c["start"]) for c in plan["chosen"])
    broken = verify(problem, chosen)
    for one in broken:
        yield Breach("RUN2", place, one.message)
    if plan["case_sha256"] != found.case_sha256:
        yield Breach("RUN3", place, "its plan is of another case")
    if not plan.get("checked"):
        yield Breach("RUN4", place, "its plan is shown without the checker's signature")
    if broken:
        return
    exact = value_of(problem, chosen)
    tolerance = Fraction(1, 10**6) * max(Fraction(1), Fraction(abs(exact)))
    if abs(exact - _fraction(plan["value"])) > tolerance:
        yield Breach("RUN7", place, f"states the value {plan['value']}, which is {float(exact)}")


def _studies(work: Work, _database: Database) -> Iterator[Breach]:
    """Every stored answer is accepted by the exact checker under its own member, made anew; counts are what is there."""
    waiting = (
        select(func.count())
        .select_from(Outbox)
        .where(Outbox.task == queue.CARRY_OUT_CHUNK, Outbox.record_id.not_in(select(StudyChunk.id)))
    )
    if work.session.scalar(waiting):
        yield Breach("STU4", "outbox", "holds messages about parts of studies that do not exist")
    for study in work.session.scalars(select(Study).order_by(Study.id)):
        place = f"study {study.id}"
        outcomes = study_families.outcomes_of(work, study.id)
        if study.answered_count != len(outcomes):
            yield Breach("STU1", place, f"counts {study.answered_count} answers and has {len(outcomes)}")
        family = study_families.family_of(study.run, study.kind, study.parameters)
        for number, outcome in outcomes.items():
            member = family.member(number, outcomes)
            if outcome.value is None:
                continue
            if member is None or (broken := verify(member.problem_of(outcome), outcome.chosen)):
                words = "there is no such member" if member is None else broken[0].message
                yield Breach("STU2", f"{place} member {number}", words)
            elif member.judged is None and value_of(member.problem, outcome.chosen) != outcome.value:
                yield Breach("STU3", f"{place} member {number}", "does not have the value that it states")


def _fraction(number: Any) -> Fraction:
    return Fraction(str(number))


def _decisions(work: Work, _database: Database) -> Iterator[Breach]:
    for decided in work.session.scalars(select(DecidedInvestment).order_by(DecidedInvestment.id)):
        place = f"decided_investment {decided.id} ({decided.decision.label})"
        if decisions.hash_snapshot(decided.snapshot) != decided.snapshot_sha256:
            yield Breach("DEC1", place, "its snapshot is not what was decided")
        if decided.proposal.status != Status.DECIDED:
            yield Breach("DEC2", place, f"its proposal is {decided.proposal.status}")
    locked = select(Proposal).where(
        Proposal.status == Status.DECIDED.value, Proposal.id.not_in(select(DecidedInvestment.proposal_id))
    )
    for proposal in work.session.scalars(locked):
        yield Breach("DEC3", f"proposal {proposal.id}", "is decided without a decision")


def _frame_sums(work: Work, _database: Database) -> Iterator[Breach]:
    """The frame is the previous one plus its rows, summed here again straight from the tables."""
    for planning_round in work.session.scalars(select(PlanningRound)):
        outside = _rows_outside(work, planning_round)
        yield from outside
        if outside:
            continue
        for one in frames.of_round(work, planning_round.id):
            rows = work.session.execute(
                select(FrameAdjustment.year, FrameAdjustment.amount_ore, FrameAdjustment.permanent).where(
                    FrameAdjustment.round_id == planning_round.id,
                    FrameAdjustment.organisation_id == one.organisation.id,
                    FrameAdjustment.decision_id.is_not(None),
                )
            ).all()
            for year in one.years:
                sums_ore = one.base_ore + sum(
                    amount
                    for when, amount, permanent in rows
                    if when <= year.year and (permanent or when == year.year)
                )
                place = f"frame {planning_round.name} {one.organisation.code} {year.year}"
                if year.frame_ore != sums_ore:
                    yield Breach(
                        "FRM1", place, f"is {year.frame_ore} öre, base and rows add up to {sums_ore}"
                    )
                if year.frame_ore != year.previous_ore + sum(row.amount_ore for row in year.rows):
                    yield Breach("FRM2", place, "is not the previous frame plus its adjustments")


def _rows_outside(work: Work, planning_round: PlanningRound) -> list[Breach]:
    """Frame rows in years that the round does not have: they would be in no frame."""
    query = select(FrameAdjustment).where(
        FrameAdjustment.round_id == planning_round.id, FrameAdjustment.year.not_in(planning_round.years)
    )
    return [
        Breach("FRM4", f"frame_adjustment {row.id}", f"is of {row.year}, outside {planning_round.name}")
        for row in work.session.scalars(query)
    ]


Cells = dict[tuple[int | None, int, int, str], int]
"""Öre by proposal, organisation, year and kind."""


def _frames_follow_decisions(work: Work, _database: Database) -> Iterator[Breach]:
    """Decided rows are what the decided investments and their delays give, computed anew from the snapshots."""
    for decision in work.session.scalars(select(Decision).order_by(Decision.id)):
        stored: Cells = {}
        for row in work.session.scalars(
            select(FrameAdjustment).where(
                FrameAdjustment.decision_id == decision.id, FrameAdjustment.proposal_id.is_not(None)
            )
        ):
            place = (row.proposal_id, row.organisation_id, row.year, row.kind)
            stored[place] = stored.get(place, 0) + row.amount_ore
        expected = _expected_rows(work, decision)
        for key in sorted(stored.keys() | expected.keys(), key=str):
            if stored.get(key, 0) != expected.get(key, 0):
                yield Breach(
                    "FRM3",
                    f"{decision.label} proposal {key[0]} organisation {key[1]} {key[2]} {key[3]}",
                    f"is {stored.get(key, 0)} öre, the decision gives {expected.get(key, 0)}",
                )


def _expected_rows(work: Work, decision: Decision) -> Cells:
    """What the decision's investments give as first decided, and what its delays change."""
    years = work.session.get_one(PlanningRound, decision.round_id).years
    companies = organisations.company_codes(work)
    rows: Cells = {}
    by_code = organisations.by_code(work)

    def add(proposal_id: int, found: Iterable[FrameRow]) -> None:
        for row in found:
            key = (proposal_id, by_code[row.committee].id, row.year, row.kind.value)
            rows[key] = rows.get(key, 0) + row.amount_ore

    for decided in decision.investments:
        parameters = delays.parameters_of(work, decided)
        view = delays.view_of(decided, parameters, years, companies)
        add(decided.proposal_id, investment_rows(view, parameters))
    for delay in work.session.scalars(
        select(InvestmentDelay).where(InvestmentDelay.decision_id == decision.id)
    ):
        add(delay.investment.proposal_id, delays.rows_of(work, delay))
    return rows


def _populations(work: Work, _database: Database) -> Iterator[Breach]:
    """Stored numbers are those that were read in."""
    for forecast in work.session.scalars(select(PopulationForecast)):
        found = populations.content_hash(populations.series_of(work, forecast.id))
        if found != forecast.content_sha256:
            yield Breach("POP1", f"population_forecast {forecast.id}", "its numbers are not those read in")


def _rows_are_explained(work: Work, _database: Database) -> Iterator[Breach]:
    """A computed row is the sum of its calculation, and a move takes from one what it gives another."""
    moves: dict[tuple[int | None, int, str, bool], int] = {}
    for row in work.session.scalars(
        select(FrameAdjustment).where(FrameAdjustment.decision_id.is_not(None)).order_by(FrameAdjustment.id)
    ):
        explained = sum(part_ore(part) for part in row.detail)
        if row.detail and row.row_key and explained != row.amount_ore:
            yield Breach(
                "FRM5",
                f"frame_adjustment {row.id}",
                f"is {row.amount_ore} öre, its calculation gives {explained}",
            )
        if row.group_name:
            move = (row.decision_id, row.year, row.group_name, bool(row.permanent))
            moves[move] = moves.get(move, 0) + row.amount_ore
    for (decision_id, year, group, _), left in moves.items():
        if left:
            yield Breach("FRM6", f"decision {decision_id} {group} {year}", f"leaves {left} öre over")


def _replies(work: Work, _database: Database) -> Iterator[Breach]:
    yield from (Breach(*found) for found in consultation_checks.breaches(work))


CHECKS: tuple[Check, ...] = (
    _audit_chain,
    _database_is_whole,
    _proposals,
    _runs,
    _studies,
    _decisions,
    _frame_sums,
    _frames_follow_decisions,
    _populations,
    _rows_are_explained,
    _replies,
)
