"""Which proposals lie near each other, and what is done with such a pair."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from investplan.db.models import AuditEntry
from investplan.domain.organisations import Role
from investplan.errors import InvalidInputError, NotAllowedError, StateError
from investplan.services import neighbours, proposals, scenarios
from investplan.services.work import Work
from tests import factories

HERE, NEAR, FAR = "POINT (583460 6280546)", "POINT (583520 6280546)", "POINT (590000 6290000)"


def proposal(
    work: Work, round_id: int, number: int, wkt: str | None, starts: tuple[int, ...] = (2029,), **more: Any
) -> Any:
    one = factories.alternative(place_wkt=wkt, starts=starts)
    return factories.submitted_proposal(work, round_id, f"KS 2026/{number:04}", alternatives=(one,), **more)


@pytest.fixture
def round_id(work: Work) -> int:
    factories.committee(work)
    return factories.planning_round(work).id


def test_places_within_the_distance_and_two_years_are_neighbours(work: Work, round_id: int) -> None:
    first = proposal(work, round_id, 1, HERE, (2029, 2030))
    second = proposal(work, round_id, 2, NEAR, (2030, 2031))
    proposal(work, round_id, 3, FAR)
    proposal(work, round_id, 4, NEAR, (2035,))
    found = neighbours.of_proposal(work, first)
    assert [(one.first, one.second, one.distance_m, one.years) for one in found] == [
        (first.id, second.id, 60.0, (2030,))]  # fmt: skip
    assert neighbours.of_proposal(work, first, distance_m=50) == []


def test_the_same_street_in_words_is_a_sign_that_comes_after_the_map(work: Work, round_id: int) -> None:
    first = proposal(work, round_id, 1, HERE, place_note="Norra Storgatan 4")
    proposal(work, round_id, 2, FAR, place_note="Ledning i Storgatan")
    proposal(work, round_id, 3, NEAR)
    assert [(one.distance_m, one.words) for one in neighbours.of_proposal(work, first)] == [
        (60.0, ()), (None, ("storgatan",))]  # fmt: skip


def test_a_change_is_seen_at_once(work: Work, round_id: int) -> None:
    first = proposal(work, round_id, 1, HERE)
    assert neighbours.of_proposal(work, first) == []
    proposal(work, round_id, 2, NEAR)
    assert len(neighbours.of_proposal(work, first)) == 1


def test_a_dismissed_pair_is_gone_with_its_reason_kept_until_it_is_taken_back(
    work: Work, round_id: int
) -> None:
    first, second = proposal(work, round_id, 1, HERE), proposal(work, round_id, 2, NEAR)
    with pytest.raises(InvalidInputError):
        neighbours.dismiss(work, second.id, first.id, reason="  ")
    neighbours.dismiss(work, second.id, first.id, reason="Olika sidor av järnvägen", key="a")
    neighbours.dismiss(work, second.id, first.id, reason="Olika sidor av järnvägen", key="a")
    assert neighbours.of_proposal(work, first) == []
    with pytest.raises(StateError):
        neighbours.dismiss(work, first.id, second.id, reason="Igen")
    neighbours.restore(work, first.id, second.id)
    assert len(neighbours.of_proposal(work, first)) == 1
    told = work.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("%pair")))
    assert list(told) == ["dismiss pair", "restore pair"]


def test_a_pair_becomes_one_rule_of_a_scenario(work: Work, round_id: int) -> None:
    first, second = proposal(work, round_id, 1, HERE), proposal(work, round_id, 2, NEAR)
    made = factories.scenario(work, first.round)
    neighbours.coordinate(work, made.id, second.id, first.id, saving_kronor=1_500_000, key="a")
    neighbours.coordinate(work, made.id, second.id, first.id, saving_kronor=1_500_000, key="a")
    rules = scenarios.facts_of(scenarios.find(work, made.id)).rules
    assert [(one.kind, one.body) for one in rules] == [
        (
            "coordinate",
            {"proposals": ["KS 2026/0001", "KS 2026/0002"], "saving": {"investment": 1_500_000}, "value": 0},
        )
    ]
    with pytest.raises(StateError):
        neighbours.coordinate(work, made.id, first.id, second.id)
    with pytest.raises(InvalidInputError):
        neighbours.coordinate(work, made.id, first.id, first.id)


def test_a_draft_of_others_is_nobodys_neighbour(work: Work, round_id: int) -> None:
    first = proposal(work, round_id, 1, HERE)
    proposals.withdraw(work, proposal(work, round_id, 2, NEAR).id, seen_version=2)
    viewer = Work(work.session, factories.user(work, "viewer", Role.COUNCIL_VIEWER), work.now)
    assert len(neighbours.of_proposal(work, first)) == 1
    assert neighbours.of_proposal(viewer, first) == []
    with pytest.raises(NotAllowedError):
        neighbours.dismiss(viewer, first.id, first.id, reason="x")
