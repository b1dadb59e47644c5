"""How a proposal fared in the latest plans: in, out, or not among those that competed. On both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from investplan.db.models import Proposal, Run
from investplan.db.session import Database
from investplan.services import overviews, plans, runs
from investplan.services.work import Work, begin
from tests import factories, prepared_plans
from tests.factories import MNKR


def _fates(work: Work, found_id: int) -> dict[str, list[tuple[int, int | None]]]:
    """By case number: run and start year, None where it was left out."""
    everything = work.session.scalars(select(Proposal).where(Proposal.round_id == found_id))
    return {
        one.case_number: [
            (fate.run.id, fate.chosen.start_year if fate.chosen else None)
            for fate in overviews.fates_of(work, one)
        ]
        for one in everything
    }


def _told_by(work: Work, run: Run, number: str) -> list[tuple[int, int | None]]:
    """The same of one run, out of the plan's whole report."""
    report = plans.of_run(work, run.id)
    starts: dict[str, int | None] = {one.case_number: one.start for one in report.chosen}
    starts |= dict.fromkeys(one.case_number for one in report.out)
    return [(run.id, starts[number])] if number in starts else []


def _check(work: Work) -> None:
    found = prepared_plans.filled_round(work)
    quoted = "KS 2026/\"7\" 'x' {a,b} $."
    factories.submitted_proposal(
        work, found.id, quoted, title="Citat", alternatives=(factories.alternative(60 * MNKR),)
    )
    factories.submitted_proposal(
        work, found.id, "ÖN 2026/0108", title="Åtgärd", alternatives=(factories.alternative(60 * MNKR),)
    )
    main = prepared_plans.scenario(work, found)
    prepared_plans.plan_of(work, main)
    first = prepared_plans.plan_of(work, main)  # the latest plan of the scenario is the one told of
    second = prepared_plans.plan_of(work, prepared_plans.scenario(work, found, 9 * MNKR, name="Lägre tak"))
    runs.request(work, main.id)  # one that goes on has no plan to tell of
    late = factories.submitted_proposal(work, found.id, "KS 2026/0200", title="Efter körningarna")
    told = _fates(work, found.id)
    for number, fates in told.items():
        assert fates == _told_by(work, second, number) + _told_by(work, first, number), number
    assert told[late.case_number] == []
    assert told["KS 2026/0106"] == []  # too early to compete
    assert told[quoted] == told["ÖN 2026/0108"] == [(second.id, None), (first.id, None)]
    assert {start is None for fates in told.values() for _run, start in fates} == {True, False}


def test_the_latest_plan_of_each_scenario_tells_how_a_proposal_fared(work: Work) -> None:
    _check(work)


@pytest.mark.postgres
def test_the_latest_plan_of_each_scenario_tells_how_a_proposal_fared_on_postgresql(
    postgres_database: Database,
) -> None:
    with begin(postgres_database) as work:
        _check(work)
