"""Proposals carried over to the next round: what follows, what stays, and that nobody works on both."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from investplan.db.models import AuditEntry, CarryOver
from investplan.domain.attachments import DocumentKind
from investplan.domain.consultations import Decider, ReplyFacts, ReplyRow, Stance
from investplan.domain.investigations import missing_before_submission
from investplan.domain.organisations import Role
from investplan.domain.proposals import OperatingKind, Stage, Status
from investplan.domain.secrecy import SecretPart
from investplan.errors import InvalidInputError, NotAllowedError, StateError
from investplan.services import (
    attachments,
    carrying_over,
    case_archives,
    comments,
    consultation_checks,
    consultations,
    investigation_requests,
    organisations,
    proposal_records,
    proposals,
    replies,
    rounds,
    secrecy,
    secrecy_marks,
    stage_moves,
)
from investplan.services.consultations import Asked
from investplan.services.investigation_requests import AskedMoney
from investplan.services.work import Work
from tests import factories


def _next(work: Work, budget_year: int = 2028) -> Any:
    return rounds.open_next(work, name=f"Budget {budget_year}", budget_year=budget_year, horizon_years=10)


def _people(work: Work) -> tuple[Work, Any]:
    """The planner of UN at work, and the round of 2027 with UN and VMN."""
    own = factories.committee(work)
    factories.committee(work, "VMN", "Miljönämnden")
    actor = factories.user(work, "planerare", Role.PLANNER, own)
    return Work(work.session, actor, work.now), factories.planning_round(work)


def test_the_next_round_has_the_criteria_of_the_one_before_and_the_years_asked_for(work: Work) -> None:
    before = factories.planning_round(work)
    made = _next(work)
    assert made.years == tuple(range(2028, 2038))
    assert [(one.code, one.weight_permille) for one in rounds.criteria(work, made.id)] == [
        (one.code, one.weight_permille) for one in rounds.criteria(work, before.id)
    ]
    assert made.parameter_set_id == before.parameter_set_id
    assert rounds.latest(work) is made


def test_a_round_is_not_opened_for_a_year_that_the_latest_has_passed(work: Work) -> None:
    factories.planning_round(work)
    with pytest.raises(InvalidInputError) as refused:
        _next(work, 2026)
    assert set(refused.value.fields) == {"budget_year"}


def test_the_first_round_computes_with_the_defaults(work: Work) -> None:
    made = _next(work)
    assert made.parameter_set.name == "Grund"
    assert rounds.criteria(work, made.id) == []


def test_what_follows_says_the_same_but_for_years_that_have_passed_and_is_a_draft_again(work: Work) -> None:
    planner, before = _people(work)
    source = factories.submitted_proposal(work, before.id)
    source.not_before_year = 2030
    target_round = _next(work)
    (made,) = carrying_over.carry(planner, target_round.id, [source.id])
    then, now = proposal_records.facts(source), proposal_records.facts(made)
    assert then.alternatives[0].starts == (2027, 2028, 2029)
    assert now == replace(then, alternatives=(replace(then.alternatives[0], starts=(2028, 2029)),))
    assert (made.status, made.stage, made.not_before_year) == ("draft", source.stage, 2030)
    assert missing_before_submission(now) == {}
    assert source.status == Status.SUBMITTED
    assert proposals.submit(planner, made.id, seen_version=made.version).status == Status.SUBMITTED


def test_where_every_start_year_has_passed_they_move_to_the_first_of_the_round(work: Work) -> None:
    _planner, before = _people(work)
    source = factories.submitted_proposal(work, before.id)
    target = _next(work, 2031)
    (candidate,) = carrying_over.candidates(work, target.id)
    assert [(one.before, one.after) for one in candidate.moved] == [((2027, 2028, 2029), (2031, 2032, 2033))]
    (made,) = carrying_over.carry(work, target.id, [source.id])
    assert proposal_records.facts(made).alternatives[0].starts == (2031, 2032, 2033)


@pytest.mark.parametrize("status", [Status.DECIDED, Status.REJECTED, Status.CANCELLED])
def test_what_is_finished_with_does_not_follow(work: Work, status: Status) -> None:
    _planner, before = _people(work)
    source = factories.submitted_proposal(work, before.id)
    work.session.flush()
    source.status = status.value
    target = _next(work)
    assert carrying_over.candidates(work, target.id) == []
    with pytest.raises(InvalidInputError) as refused:
        carrying_over.carry(work, target.id, [source.id])
    assert set(refused.value.fields) == {f"proposals.{source.id}"}


def test_nobody_works_on_what_has_followed(work: Work) -> None:
    planner, before = _people(work)
    source = factories.submitted_proposal(work, before.id)
    target = _next(work)
    carrying_over.carry(planner, target.id, [source.id])
    facts = proposal_records.facts(source)
    for attempt in (
        lambda: proposals.save(planner, source.id, facts, seen_version=source.version),
        lambda: proposals.withdraw(planner, source.id, seen_version=source.version),
        lambda: comments.write(planner, source.id, "Hej"),
        lambda: attachments.remove(planner, source.id, 1, reason="x"),
        lambda: stage_moves.mark_ready(planner, source.id, seen_version=source.version),
        lambda: stage_moves.find_move(planner, source, "rest"),
        lambda: consultations.ask(planner, source.id, Asked(planner.today, {})),
    ):
        with pytest.raises(StateError) as refused:
            attempt()
        assert refused.value.note.facts == {"round": "Budget 2028"}
    assert stage_moves.standing(planner, source, facts).may == ()


def test_carried_over_twice_it_follows_once(work: Work) -> None:
    planner, before = _people(work)
    source = factories.submitted_proposal(work, before.id)
    target = _next(work)
    first = carrying_over.carry(planner, target.id, [source.id], key="k")
    again = carrying_over.carry(planner, target.id, [source.id], key="k")
    assert [one.id for one in first] == [one.id for one in again]
    with pytest.raises(InvalidInputError):
        carrying_over.carry(planner, target.id, [source.id], key="another")
    assert work.session.query(CarryOver).count() == 1


def test_all_follow_or_none(work: Work) -> None:
    planner, before = _people(work)
    first = factories.submitted_proposal(work, before.id)
    second = factories.submitted_proposal(work, before.id, "KS 2026/0002")
    target = _next(work)
    factories.submitted_proposal(
        work, target.id, "KS 2026/0002", alternatives=(factories.alternative(starts=(2030,)),)
    )
    with pytest.raises(InvalidInputError) as refused:
        carrying_over.carry(planner, target.id, [first.id, second.id])
    assert set(refused.value.fields) == {f"proposals.{second.id}"}
    assert work.session.query(CarryOver).count() == 0


def test_a_planner_carries_only_the_own_committees(work: Work) -> None:
    planner, before = _people(work)
    other = factories.submitted_proposal(work, before.id, committee="VMN")
    target = _next(work)
    assert carrying_over.candidates(planner, target.id) == []
    with pytest.raises(NotAllowedError):
        carrying_over.carry(planner, target.id, [other.id])
    assert carrying_over.count(work, target.id) == 1


def test_the_case_goes_along_and_its_past_can_be_read(work: Work) -> None:
    planner, before = _people(work)
    source = factories.submitted_proposal(work, before.id, stage=Stage.PRE_STUDY)
    other = organisations.by_code(work)["VMN"].id
    comments.write(planner, source.id, "Glöm inte skolvägen.")
    attachments.add(planner, source.id, "kalkyl.csv", b"a;b\n1;2\n", kind=DocumentKind.CALCULATION)
    secrecy_marks.save(work, source.id, {SecretPart.PLACE: "19 kap. 3 § OSL"}, seen={})
    asked = consultations.ask(planner, source.id, Asked(work.today + timedelta(days=9), {other: True}))
    row = ReplyRow(None, OperatingKind.MAINTENANCE, 85_000_00, note="Dagvatten")
    reply = ReplyFacts(Stance.SUPPORTS, "Bra.", Decider.DELEGATION, work.today, rows=(row,))
    replies.give(work, asked.parties[0].id, reply, on_behalf_note="Enligt protokoll")
    target = _next(work)
    (made,) = carrying_over.carry(planner, target.id, [source.id])
    assert [one.id for one in consultations.of_proposal(planner, made.id)] == [asked.id]
    assert consultations.of_proposal(planner, source.id) == []
    assert consultations.missing_replies(planner, made.id) == []
    assert [one.text for one in comments.of_proposal(planner, made.id)] == ["Glöm inte skolvägen."]
    assert [one.latest.file_name for one in attachments.of(planner, made.id)] == ["kalkyl.csv"]
    for one in (source, made):
        rows = proposal_records.facts(one).alternatives[0].from_replies
        assert [(row.committee, row.annual_ore) for row in rows] == [("VMN", 85_000_00)]
    assert list(consultation_checks.breaches(work)) == []
    assert secrecy.marks(work, made).keys() == secrecy.marks(work, source).keys()
    assert work.session.query(AuditEntry).filter_by(action="carry proposal over").count() == 2
    names = zipfile.ZipFile(io.BytesIO(case_archives.pack(work, made.id))).namelist()
    assert any(name.startswith(f"versioner/omgang-2027-{source.id}/") for name in names)
    assert any(name.startswith("samrad/") for name in names)


def test_money_still_asked_for_is_asked_for_in_the_next_round_and_what_is_decided_stays(work: Work) -> None:
    planner, before = _people(work)
    source = factories.submitted_proposal(work, before.id)
    asked, refused, past = (
        investigation_requests.ask(planner, source.id, AskedMoney(year, 100_000_00, "Geoteknik", "UN"))
        for year in (2027, 2028, 2026)
    )
    investigation_requests.decide(
        work, refused.id, granted=False, body="KSAU", decided_on=work.today, paragraph="7", seen_version=1
    )
    target = _next(work)
    (made,) = carrying_over.carry(planner, target.id, [source.id])
    work.session.expire_all()
    assert [one.id for one in investigation_requests.of_proposal(planner, made.id)] == [asked.id]
    assert {one.id for one in investigation_requests.of_proposal(planner, source.id)} == {refused.id, past.id}
    granted = investigation_requests.decide(
        work, asked.id, granted=True, body="KSAU", decided_on=work.today, paragraph="8", seen_version=1
    )
    assert granted.proposal.round_id == target.id


def test_what_is_marked_secret_later_is_secret_in_the_earlier_round_too(work: Work) -> None:
    planner, before = _people(work)
    source = factories.submitted_proposal(work, before.id)
    (made,) = carrying_over.carry(planner, _next(work).id, [source.id])
    basis = {SecretPart.PLACE: "19 kap. 3 § OSL"}
    secrecy_marks.save(planner, made.id, basis, seen={})
    assert secrecy.marks(work, source).keys() == secrecy.marks(work, made).keys() == {SecretPart.PLACE}
    with pytest.raises(StateError):
        secrecy_marks.save(planner, source.id, {}, seen=basis)
