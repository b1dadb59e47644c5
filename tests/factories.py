"""Small, real records for tests: state only what the test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from investplan.db.models import Organisation, PlanningRound, Proposal
from investplan.domain.organisations import OrganisationKind, Role
from investplan.domain.parameters import DEFAULTS
from investplan.domain.proposals import (
    Alternative,
    AlternativeKind,
    Category,
    Component,
    OperatingConsequence,
    OperatingKind,
    Outlay,
    Part,
    ProposalFacts,
    Stage,
)
from investplan.services import organisations, proposals, rounds, scenarios, users
from investplan.services.work import Actor, Work

MNKR = 100_000_000
TKR = 100_000
START_OF_TIME = date(2020, 1, 1)


def committee(work: Work, code: str = "UN", name: str = "Utbildningsnämnden", **more: Any) -> Organisation:
    return organisations.add(
        work, code=code, name=name, kind=OrganisationKind.COMMITTEE, valid_from=START_OF_TIME, **more
    )


def planning_round(
    work: Work, name: str = "Budget 2027", budget_year: int = 2027, **more: Any
) -> PlanningRound:
    parameter_set = rounds.add_parameters(work, DEFAULTS, name="Grund", valid_from=START_OF_TIME)
    found = rounds.add(work, name=name, budget_year=budget_year, parameter_set=parameter_set, **more)
    work.session.flush()
    rounds.set_criteria(work, found.id, {"behov": ("Behov", 600), "risk": ("Risk", 400)})
    return found


def alternative(outlay_ore: int = 10 * MNKR, code: str = "build", **changes: Any) -> Alternative:
    made = Alternative(
        code=code,
        title="Nybyggnad",
        kind=AlternativeKind.BUILD,
        starts=(2027, 2028, 2029),
        price_level_year=2027,
        commissioned_after_months=11,
        outlays=(Outlay(0, outlay_ore),),
        components=(Component("Stomme", outlay_ore, 480, Part.PROPERTY),),
        grants=(),
        operating=(OperatingConsequence("UN", OperatingKind.STAFF, 100 * TKR),),
        disposals=(),
        place_wkt="POINT (583460 6280546)",
    )
    return replace(made, **changes)


def facts(case_number: str = "KS 2026/0001", **changes: Any) -> ProposalFacts:
    made = ProposalFacts(
        case_number=case_number,
        title=f"Skola {case_number[-1]}",
        committee="UN",
        category=Category.EXPANSION,
        purpose="Fler platser behövs.",
        stage=Stage.IMPLEMENTATION_DECISION,
        alternatives=(alternative(),),
        scores={"behov": 4, "risk": 2},
    )
    return replace(made, **changes)


def submitted_proposal(
    work: Work, round_id: int, case_number: str = "KS 2026/0001", **changes: Any
) -> Proposal:
    made = proposals.create(work, round_id, facts(case_number, **changes))
    return proposals.submit(work, made.id, seen_version=made.version)


def scenario(work: Work, found: PlanningRound, ceiling_ore: int = 15 * MNKR, **changes: Any) -> Any:
    ceiling = scenarios.LimitFacts(
        "ceiling", "Investeringstak", "investment", dict.fromkeys(found.years, ceiling_ore)
    )
    made = scenarios.ScenarioFacts(name="Huvudscenario", limits=(ceiling,))
    return scenarios.create(work, found.id, replace(made, **changes))


def user(work: Work, username: str, role: Role, organisation: Organisation | None = None) -> Actor:
    made = users.add(
        work,
        username=username,
        display_name=username.title(),
        password="korrekt häst batteri",
        role=role,
        organisation_id=organisation.id if organisation else None,
        valid_from=START_OF_TIME,
    )
    return users.actor_of(made)
