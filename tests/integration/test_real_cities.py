"""The chain on real input: New York's projects under a ceiling of 60 % of what is asked for, proven and on the map."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import select

from investplan.db.models import Criterion, PlanningRound, Proposal, Score
from investplan.db.session import Database
from investplan.domain.parameters import DEFAULTS
from investplan.domain.proposals import Category
from investplan.services import checks, imports, places, plans, rounds, runs, scenarios
from investplan.services.work import Work, begin, look
from optimizer.case_files import read_case
from optimizer.problem import Choice
from optimizer.solving import solve
from optimizer.verifying import verify
from tests import factories

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
# The file has no scores; the trial gives each purpose its points, as finance would begin.
POINTS = {
    Category.LEGAL: 5,
    Category.REINVESTMENT: 4,
    Category.CLIMATE: 4,
    Category.EXPANSION: 3,
    Category.EQUIPMENT: 2,
}


def _import(work: Work, shared_data: Path) -> PlanningRound:
    mapping = (EXAMPLES / "new_york.toml").read_text(encoding="utf-8")
    path = shared_data / "nyc_capital_projects" / "projects_mapped.csv"
    staged = imports.stage(path, path.name, mapping)
    parameters = rounds.add_parameters(work, DEFAULTS, name="Trial", valid_from=factories.START_OF_TIME)
    found = rounds.add(
        work, name="New York", budget_year=2021, horizon_years=5, parameter_set=parameters, currency="USD",
        map_crs="EPSG:32618",
    )  # fmt: skip
    work.session.flush()
    criterion = rounds.set_criteria(work, found.id, {"purpose": ("Purpose", 1000)})[0]
    account = imports.reconciliation(imports.take(work, found.id, staged))
    assert (account.projects, account.outlays.difference_ore, account.outlays.negative_cells) == (2010, 0, 2)
    _score(work, found.id, criterion)
    return found


def _score(work: Work, round_id: int, criterion: Criterion) -> None:
    rows = work.session.execute(select(Proposal.id, Proposal.category).where(Proposal.round_id == round_id))
    work.session.add_all(
        Score(proposal_id=one, criterion_id=criterion.id, points=POINTS.get(Category(category), 1))
        for one, category in rows
    )


def _scenario(work: Work, found: PlanningRound) -> int:
    """A ceiling of 60 % of what is asked for in each year."""
    bare = scenarios.create(work, found.id, scenarios.ScenarioFacts(name="What is asked for"))
    asked = plans.asked_for(work, bare)
    ceiling = {
        year: int(Fraction(60, 100) * amount)
        for year, amount in zip(found.years, asked.investment_ore, strict=True)
    }
    limit = scenarios.LimitFacts("ceiling", "Ceiling", "investment", ceiling)
    return scenarios.create(work, found.id, scenarios.ScenarioFacts(name="60 %", limits=(limit,))).id


@pytest.mark.shared_data
def test_new_yorks_projects_are_prioritised_under_60_percent_of_what_is_asked_for(
    database: Database, shared_data: Path
) -> None:
    with begin(database) as work:
        found = _import(work, shared_data)
        run_id = runs.request(work, _scenario(work, found), gap="0.01", max_seconds=60).id
    with begin(database) as work:
        claim = runs.claim(work, run_id, lease_seconds=600)
    assert claim is not None
    answer = solve(claim.problem, max_seconds=60, gap=0.01)
    with begin(database) as work:
        assert runs.store(work, run_id, claim.attempt, answer)
    with look(database) as work:
        run = runs.find(work, run_id)
        assert run.status == "optimal"
        assert run.plan is not None
        assert run.case_bytes is not None
        problem = read_case(run.case_bytes)
        chosen = tuple(Choice(c["proposal"], c["alternative"], c["start"]) for c in run.plan["chosen"])
        assert verify(problem, chosen) == ()
        assert 300 < len(chosen) < len(problem.proposals)
        assert len(places.of_proposals(work, run.scenario.round_id)) == 2010
        assert checks.run(work, database) == []
