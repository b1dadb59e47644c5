"""Runs carried out on the spot, and a round with enough in it for plans to be worth looking at."""

from __future__ import annotations

from dataclasses import replace

from investplan.db.models import PlanningRound, Run, Scenario
from investplan.db.session import Database
from investplan.domain.organisations import OrganisationKind
from investplan.domain.proposals import (
    Category,
    Component,
    OperatingConsequence,
    OperatingKind,
    Outlay,
    Part,
    Stage,
)
from investplan.services import frames, organisations, ranking_views, runs, scenarios, ways_out
from investplan.services.work import Work, begin
from optimizer.solving import solve
from tests import factories
from tests.factories import MNKR, TKR


def finish(work: Work, run_id: int, *, max_seconds: float = 10, break_ties: bool = True) -> Run:
    """Claim, solve and store the run, as the worker does, in the caller's transaction."""
    claim = runs.claim(work, run_id, lease_seconds=60)
    assert claim is not None, runs.find(work, run_id).message
    answer = solve(
        claim.problem,
        max_seconds=max_seconds,
        gap=claim.gap,
        solver=claim.solver,
        seed=claim.seed,
        break_ties=break_ties,
    )
    ways = ways_out.find(
        claim.problem, answer, max_seconds=max_seconds, seed=claim.seed, should_stop=lambda: False
    )
    ranking = ranking_views.find(claim.problem) if answer.checked else None
    assert runs.store(work, run_id, claim.attempt, answer, ways, ranking)
    return runs.find(work, run_id)


def carry_out(database: Database, run_id: int) -> None:
    """Carry the run out as the worker does: no transaction is open while the solver works."""
    with begin(database) as work:
        claim = runs.claim(work, run_id, lease_seconds=60)
    assert claim is not None
    answer = solve(claim.problem, max_seconds=10, gap=claim.gap, solver=claim.solver, seed=claim.seed)
    with begin(database) as work:
        assert runs.store(work, run_id, claim.attempt, answer)


def plan_of(work: Work, scenario: Scenario, **more: str) -> Run:
    """A finished run of the scenario."""
    return finish(work, runs.request(work, scenario.id, **{"gap": "0", **more}).id)  # type: ignore[arg-type]


def organisations_for(work: Work) -> None:
    """Two committees, a landlord and a company."""
    factories.committee(work)
    factories.committee(work, "KFN", "Kultur- och fritidsnämnden")
    factories.committee(work, "SEN", "Servicenämnden", is_landlord=True)
    organisations.add(
        work, code="KVAB", name="Vatten AB", kind=OrganisationKind.COMPANY, valid_from=factories.START_OF_TIME
    )


def filled_round(work: Work) -> PlanningRound:
    """A round whose proposals ask for more than a ceiling of 15 mnkr a year gives, with base frames."""
    organisations_for(work)
    found = factories.planning_round(work)
    fill(work, found)
    return found


def fill(work: Work, found: PlanningRound) -> None:
    """Six proposals: a rented school, a field, a street, a company's pipe, one dear and one not ready; and base frames."""
    school = factories.alternative(
        12 * MNKR,
        landlord="SEN",
        area_m2=1200,
        outlays=(Outlay(0, 4 * MNKR + 33), Outlay(1, 8 * MNKR)),
        components=(
            Component("Stomme", 11 * MNKR + 33, 600, Part.PROPERTY),
            Component("Möbler", 1 * MNKR, 120, Part.USER),
        ),
    )
    own = factories.alternative(
        9 * MNKR, operating=(OperatingConsequence("KFN", OperatingKind.MAINTENANCE, 150 * TKR + 7),)
    )
    dear = factories.alternative(40 * MNKR)
    pipe = factories.alternative(6 * MNKR, operating=())
    made = factories.submitted_proposal
    made(work, found.id, "KS 2026/0101", title="Skolan i norr", alternatives=(school,))
    made(work, found.id, "KS 2026/0102", title="Konstgräs", committee="KFN", alternatives=(own,))
    made(work, found.id, "KS 2026/0103", title="=SUM(A1) gata", category=Category.REINVESTMENT,
         alternatives=(factories.alternative(7 * MNKR),))  # fmt: skip
    made(work, found.id, "KS 2026/0104", title="Ledning", committee="KVAB", alternatives=(pipe,))
    made(
        work, found.id, "KS 2026/0105", title="Badhuset", alternatives=(dear,), scores={"behov": 5, "risk": 5}
    )
    made(work, found.id, "KS 2026/0106", title="Tanken", stage=Stage.NEEDS_ANALYSIS,
         alternatives=(replace(dear, starts=(2027, 2028)),))  # fmt: skip
    frames.set_base(work, found.id, "UN", 900 * MNKR + 12, source="Budget 2026")
    frames.set_base(work, found.id, "KFN", 200 * MNKR, source="Budget 2026")
    frames.set_base(work, found.id, "SEN", 0, source="Budget 2026")


def scenario(work: Work, found: PlanningRound, ceiling_ore: int = 15 * MNKR, **changes: object) -> Scenario:
    """A scenario with a ceiling, a frame for UN and a share of reinvestment."""
    per_year = dict.fromkeys(found.years, ceiling_ore)
    limits = (
        scenarios.LimitFacts("ceiling", "Investeringstak", "investment", per_year),
        scenarios.LimitFacts("frame UN", "Ram UN", "frame:UN", dict.fromkeys(found.years, 5 * MNKR)),
        scenarios.LimitFacts("kvab", "Vatten AB", "capacity:KVAB", dict.fromkeys(found.years, 10 * MNKR)),
        scenarios.LimitFacts(
            "share 1",
            "Andel",
            "investment",
            {},
            extra={"where": {"category": "reinvestment"}, "min_share": "0.1"},
        ),
    )
    facts = scenarios.ScenarioFacts(name="Huvudscenario", limits=limits)
    return scenarios.create(work, found.id, replace(facts, **changes))  # type: ignore[arg-type]
