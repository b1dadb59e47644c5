"""Members are answered in parts, stopped and taken up again, and what is kept of them can be written and read."""

from __future__ import annotations

import pytest

from optimizer.families.kinds import KINDS, chunks, make_family
from optimizer.families.members import FamilyError, outcome_from_json, outcome_to_json
from optimizer.families.running import answer_members, solving_order
from optimizer.resolving import Resolver
from tests.unit.optimizer.families.town import answered, family_of, town
from tests.unit.optimizer.random_cases import choices_of

FEW = {"robustness": {"samples": 8}, "operating": {"steps": 8}}


@pytest.mark.parametrize("kind", KINDS)
def test_the_parts_hold_every_member_once_and_neighbours_stand_together(kind: str) -> None:
    family = family_of(kind, town(1))
    parts = chunks(family, 7)
    assert [n for part in parts for n in part] == list(range(family.count))
    assert all(1 <= len(part) <= 7 for part in parts if part.start >= family.opening)
    for part in parts:
        assert sorted(solving_order(family, part)) == list(part)


@pytest.mark.parametrize("kind", KINDS)
def test_a_family_answered_in_parts_gives_the_result_of_one_answered_whole(kind: str) -> None:
    family = family_of(kind, town(2), **FEW.get(kind, {}))
    whole = answered(family)
    parted: dict = {}
    for part in chunks(family, 3):
        opening = {n: o for n, o in parted.items() if n < family.opening}
        resolver = Resolver(family.problem)
        for one in answer_members(family, resolver, part, opening, gap=0.0, max_seconds=20):
            parted[one.number] = one.outcome
    assert family.result(parted).to_json() == family.result(whole).to_json()


def test_a_stopped_part_is_taken_up_from_its_first_unanswered_member() -> None:
    family = family_of("robustness", town(0), samples=6)
    found: dict = {}
    for one in answer_members(
        family,
        Resolver(family.problem),
        range(6),
        {},
        gap=0.0,
        max_seconds=20,
        should_stop=lambda: len(found) >= 2,
    ):
        found[one.number] = one.outcome
    assert sorted(found) == [0, 1]
    rest = answer_members(family, Resolver(family.problem), range(6), found, gap=0.0, max_seconds=20)
    assert [one.number for one in rest] == [2, 3, 4, 5]


@pytest.mark.parametrize("kind", KINDS)
def test_an_outcome_that_was_written_is_read_back_whole(kind: str) -> None:
    for outcome in answered(family_of(kind, town(3), **FEW.get(kind, {}))).values():
        written = outcome_to_json(outcome)
        again = outcome_from_json(written)
        assert (again.value, again.bound, again.chosen, again.status) == (
            outcome.value,
            outcome.bound,
            outcome.chosen,
            outcome.status,
        )
        assert outcome_to_json(again) == written


def test_a_plan_that_does_not_hold_starts_no_family() -> None:
    problem = town(0)
    twice = (choices_of(problem.proposals[0])[0],) * 2
    with pytest.raises(FamilyError, match="plan: P0 is chosen 2 times"):
        make_family("operating", problem, twice, {})


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(FamilyError, match="kind"):
        make_family("guessing", town(0), (), {})
