from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from investplan.db.models import AuditEntry, FinancialFigure, PlanningRound
from investplan.domain.finances import Item, Phase, Stated
from investplan.domain.indicators import Indicator
from investplan.domain.organisations import Role
from investplan.domain.targets import SEEDS, Operator
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, StateError
from investplan.services import finances, financial_targets, organisations, runs
from investplan.services.work import Work
from tests import factories, prepared_finances, prepared_plans
from tests.factories import MNKR
from tests.prepared_finances import DEBT, RESULT, SELF


@pytest.fixture
def found(work: Work) -> PlanningRound:
    factories.committee(work)
    return factories.planning_round(work)


def save(work: Work, found: PlanningRound, figures: dict[Item, Stated], **more: Any) -> finances.YearInPhase:
    wanted = {"seen_version": 0, **more}
    return finances.save_year(work, found.id, 2027, Phase.PLAN, figures, **wanted)


def test_the_years_offered_are_three_of_history_the_budget_and_the_plan(
    work: Work, found: PlanningRound
) -> None:
    finances.save_year(
        work, found.id, 2014, Phase.HISTORY, prepared_finances.stated(result="2.5"), seen_version=0
    )
    told = [(one.year, one.phase) for one in finances.years_of(work, found.id)]
    assert told[:5] == [
        (2014, Phase.HISTORY),
        *((year, Phase.HISTORY) for year in (2023, 2024, 2025)),
        (2026, Phase.BUDGET),
    ]
    assert told[5:] == [(year, Phase.PLAN) for year in range(2027, 2037)]


def test_a_year_is_replaced_whole_and_what_is_left_out_is_not_stated(
    work: Work, found: PlanningRound
) -> None:
    first = save(work, found, {Item.TAX: Stated(5, "SKR"), Item.GRANTS: Stated(0)})
    assert first.version == 1
    second = save(work, found, {Item.TAX: Stated(6, " SKR 26:30 ")}, seen_version=1)
    assert (second.version, dict(second.figures)) == (2, {Item.TAX: Stated(6, "SKR 26:30")})
    assert finances.year_of(work, found.id, 2027, Phase.PLAN) == second
    assert finances.finances_of_round(work, found.id).value(2027, Item.GRANTS) is None
    entry = work.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert entry.noun == "financial_year"
    assert entry.before is not None
    assert entry.before["figures"]["grants"] == {"amount": 0, "source": ""}
    assert entry.after is not None
    assert entry.after["figures"] == {"tax": {"amount": 6, "source": "SKR 26:30"}}


def test_the_same_again_changes_nothing_and_another_version_is_a_conflict(
    work: Work, found: PlanningRound
) -> None:
    figures = {Item.TAX: Stated(5)}
    save(work, found, figures)
    assert save(work, found, figures).version == 1
    with pytest.raises(ConflictError) as caught:
        save(work, found, {Item.TAX: Stated(7)})
    assert caught.value.stored == {"tax": {"amount": 5, "source": ""}}
    assert caught.value.submitted == {"tax": {"amount": 7, "source": ""}}


def test_faults_are_named_by_item_all_at_once(work: Work, found: PlanningRound) -> None:
    wrong = {Item.TAX: Stated(10**14), Item.POPULATION: Stated(0), Item.LOANS: Stated(1, "x" * 201)}
    with pytest.raises(InvalidInputError) as caught:
        save(work, found, wrong)
    assert caught.value.fields.keys() == {"tax", "population", "loans-source"}
    with pytest.raises(NotFoundError):
        finances.year_of(work, found.id, 1066, Phase.HISTORY)


def test_a_year_without_figures_hides_no_other_phase(work: Work, found: PlanningRound) -> None:
    finances.save_year(work, found.id, 2026, Phase.BUDGET, prepared_finances.stated(result=1), seen_version=0)
    finances.save_year(
        work, found.id, 2026, Phase.HISTORY, prepared_finances.stated(result=2), seen_version=0
    )
    assert finances.finances_of_round(work, found.id).value(2026, Item.RESULT) == 2 * MNKR
    finances.save_year(work, found.id, 2026, Phase.HISTORY, {}, seen_version=1)
    assert finances.finances_of_round(work, found.id).value(2026, Item.RESULT) == MNKR


def test_only_finance_writes(work: Work, found: PlanningRound) -> None:
    un = organisations.by_code(work)["UN"]
    for role, own in ((Role.PLANNER, un), (Role.COUNCIL_VIEWER, None)):
        looking = Work(work.session, factories.user(work, role.value, role, own))
        assert finances.years_of(looking, found.id)
        with pytest.raises(NotAllowedError):
            save(looking, found, {Item.TAX: Stated(1)})
        with pytest.raises(NotAllowedError):
            financial_targets.seed(looking, found.id)


def test_the_database_takes_whole_oere_and_known_items_only(work: Work, found: PlanningRound) -> None:
    save(work, found, {Item.TAX: Stated(5)})
    for column, value in (("amount", "1.5"), ("item", "'gold'")):
        with pytest.raises(IntegrityError), work.session.begin_nested():
            work.session.execute(text(f"UPDATE financial_figure SET {column} = {value}"))
    assert work.session.scalars(select(FinancialFigure)).one().amount == 5


def test_a_run_without_plan_or_of_another_round_has_no_effects(work: Work) -> None:
    found = prepared_plans.filled_round(work)
    made = prepared_plans.scenario(work, found)
    waiting = runs.request(work, made.id)
    with pytest.raises(StateError):
        finances.effects_of_run(work, waiting.id)
    other = factories.planning_round(work, "Budget 2028", 2028)
    with pytest.raises(NotFoundError):
        finances.finances_with_run(work, other.id, waiting.id)


# Targets


def test_targets_are_stored_exactly_and_in_order(work: Work, found: PlanningRound) -> None:
    prepared_finances.targets(work, found)
    assert financial_targets.targets_of(work, found.id) == [RESULT, SELF, DEBT]
    row = financial_targets.all_of(work, found.id)[2]
    assert row.value == "20000"


def test_the_suggestions_are_for_a_round_without_targets(work: Work, found: PlanningRound) -> None:
    financial_targets.seed(work, found.id)
    assert financial_targets.targets_of(work, found.id) == list(SEEDS)
    with pytest.raises(StateError):
        financial_targets.seed(work, found.id)


def test_a_target_is_created_once_changed_and_removed(work: Work, found: PlanningRound) -> None:
    fresh = replace(RESULT, code="")
    row = financial_targets.create(work, found.id, fresh, key="k")
    assert financial_targets.create(work, found.id, fresh, key="k").id == row.id
    assert row.code == "resultat-minst-2-procent"
    assert financial_targets.create(work, found.id, fresh).code == "resultat-minst-2-procent-2"
    harder = replace(fresh, value=Fraction("0.0225"), decided_by="KF 2026-06-15 § 9")
    saved = financial_targets.save(work, row.id, harder, seen_version=1)
    assert (saved.version, saved.code, saved.value) == (2, "resultat-minst-2-procent", "0.0225")
    with pytest.raises(ConflictError):
        financial_targets.save(work, row.id, fresh, seen_version=1)
    with pytest.raises(ConflictError):
        financial_targets.remove(work, row.id, seen_version=1)
    financial_targets.remove(work, row.id, seen_version=2)
    assert len(financial_targets.all_of(work, found.id)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"value": Fraction(1, 3)}, "value"),
        ({"value": Fraction(11)}, "value"),
        ({"indicator": Indicator.SELF_FINANCING, "value": Fraction(0)}, "value"),
        ({"indicator": Indicator.DEBT_PER_INHABITANT, "value": Fraction(-1)}, "value"),
        ({"average_years": 0}, "average_years"),
        ({"indicator": Indicator.SOLVENCY, "average_years": 3}, "average_years"),
        ({"first_year": 2030, "last_year": 2029}, "last_year"),
        ({"first_year": 2030, "last_year": 2031, "average_years": 4}, "last_year"),
        ({"indicator": Indicator.LIQUIDITY}, "is_limit"),
        ({"decided_by": "x" * 201}, "decided_by"),
    ],
)
def test_a_target_that_says_nothing_sensible_is_refused_at_its_field(
    work: Work, found: PlanningRound, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        financial_targets.create(work, found.id, replace(RESULT, code="", **changes))
    assert caught.value.fields.keys() == {field}


def test_a_target_for_what_no_plan_changes_may_stand_without_being_a_limit(
    work: Work, found: PlanningRound
) -> None:
    target = replace(RESULT, indicator=Indicator.LIQUIDITY, operator=Operator.AT_LEAST, is_limit=False)
    assert financial_targets.create(work, found.id, target).indicator == "liquidity"
