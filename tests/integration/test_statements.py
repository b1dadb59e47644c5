"""What a proposal says beside the money: stored, kept apart from silence, frozen by a decision, and never competing once
rejected."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from investplan.db.models import AuditEntry
from investplan.domain.proposals import AlternativeKind, ProposalFacts
from investplan.domain.statements import (
    Impact,
    ImpactCheck,
    PlanStatus,
    Risk,
    SteeringKind,
    SteeringLink,
    Trigger,
)
from investplan.errors import InvalidInputError
from investplan.services import cases, history, proposal_records, proposals
from investplan.services.work import Work
from tests import factories


@pytest.fixture
def round_id(work: Work) -> int:
    factories.committee(work)
    return factories.planning_round(work).id


def told() -> ProposalFacts:
    open_one = factories.alternative(
        excludes_vat=True, places=120, accuracy_percent=30, plan_status=PlanStatus.PLAN_ONGOING
    )
    shared = factories.alternative(
        code="shared_use", kind=AlternativeKind.SHARED_USE, rejected=True, rejected_reason="Skolan är full."
    )
    return factories.facts(
        alternatives=(open_one, shared),
        trigger=Trigger.LAW,
        steering=(SteeringLink(SteeringKind.FOCUS_AREA, "Barnen först", "F2"),),
        risks=(Risk("Marken", 3, 4), Risk("Tiden")),
        impacts=(ImpactCheck(Impact.CHILDREN, True, "Närmare"), ImpactCheck(Impact.SAFETY, False)),
    )


def test_everything_said_is_read_back_as_it_was_written(work: Work, round_id: int) -> None:
    made = proposals.create(work, round_id, told())
    work.session.expire_all()
    assert proposal_records.facts(proposals.find(work, made.id)) == told()


def test_no_risks_and_nothing_said_of_risks_are_kept_apart(work: Work, round_id: int) -> None:
    made = proposals.create(work, round_id, replace(told(), risks=()))
    work.session.expire_all()
    assert proposal_records.facts(proposals.find(work, made.id)).risks == ()
    proposals.save(work, made.id, replace(told(), risks=None), seen_version=1)
    work.session.expire_all()
    assert proposal_records.facts(proposals.find(work, made.id)).risks is None


def test_an_impact_that_is_judged_anew_takes_the_place_of_the_old(work: Work, round_id: int) -> None:
    made = proposals.create(work, round_id, told())
    anew = (ImpactCheck(Impact.SAFETY, True, "Mörkt"), ImpactCheck(Impact.EQUALITY, False))
    proposals.save(work, made.id, replace(told(), impacts=anew), seen_version=1)
    work.session.expire_all()
    assert set(proposal_records.facts(proposals.find(work, made.id)).impacts) == set(anew)


def test_the_audit_names_what_was_changed(work: Work, round_id: int) -> None:
    made = proposals.create(work, round_id, told())
    first = replace(told().alternatives[0], places=90)
    changed = replace(told(), trigger=None, alternatives=(first, told().alternatives[1]))
    proposals.save(work, made.id, changed, seen_version=1)
    entry = work.session.query(AuditEntry).filter_by(action="save proposal").one()
    assert history.changed_parts(entry) == ["trigger", "alternatives.places"]


def test_a_rejected_alternative_is_kept_but_never_competes(work: Work, round_id: int) -> None:
    made = factories.submitted_proposal(work, round_id, alternatives=told().alternatives)
    built = cases.build_case(work, factories.scenario(work, made.round))
    assert [one.id for one in built.problem.proposals[0].alternatives] == ["build"]
    assert len(built.snapshot["proposals"]["KS 2026/0001"]["facts"]["alternatives"]) == 2


def test_a_submitted_proposal_cannot_lose_its_last_open_alternative(work: Work, round_id: int) -> None:
    made = factories.submitted_proposal(work, round_id)
    closed = factories.alternative(rejected=True, rejected_reason="Nej")
    with pytest.raises(InvalidInputError):
        proposals.save(work, made.id, factories.facts(alternatives=(closed,)), seen_version=made.version)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE risk SET probability = 1",
        "DELETE FROM impact_check",
        "INSERT INTO steering_link (proposal_id, position, kind, text, reference) VALUES (1, 9, 'document', 'x', '')",
    ],
)
def test_what_a_decided_proposal_says_never_changes(work: Work, round_id: int, change: str) -> None:
    made = proposals.create(work, round_id, told())
    work.session.execute(text("UPDATE proposal SET status = 'decided' WHERE id = :id"), {"id": made.id})
    with pytest.raises(IntegrityError, match="frozen"):
        work.session.execute(text(change))


@pytest.mark.parametrize(
    "change",
    ["UPDATE risk SET probability = 6", "UPDATE alternative SET kind = 'nowhere'", "UPDATE proposal SET trigger = 'x'"],
)  # fmt: skip
def test_the_database_refuses_what_cannot_be(work: Work, round_id: int, change: str) -> None:
    proposals.create(work, round_id, told())
    with pytest.raises(IntegrityError):
        work.session.execute(text(change))
