"""The fictional municipality of `investplan demo`: loaded through the services, in one transaction, the same each time.

Everything but place names is made up. The round is marked fictional, which every page shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import shapely

from investplan.db.models import Organisation, PlanningRound
from investplan.domain.organisations import OrganisationKind, Role
from investplan.errors import Note, StateError
from investplan.services import (
    organisations,
    parameter_sets,
    populations,
    proposals,
    rounds,
    scenarios,
    users,
)
from investplan.services.demonstration_data import (
    consulting,
    financing,
    framing,
    gating,
    localities,
    placing,
    population,
    reading,
    telling,
)
from investplan.services.demonstration_data.tables import read_table
from investplan.services.work import Actor, Work

ROUND_NAME = "Budget 2027"
BUDGET_YEAR = 2027
SINCE = date(2023, 1, 1)
PARAMETERS_SOURCE = "Fiktiv kommun: systemets förval med påhittade löneöversyner, index och prislappar"

Tell = Callable[[str], None]


@dataclass(frozen=True)
class DemonstrationUser:
    """Someone to sign in as, with a password that is for the demonstration only."""

    username: str
    password: str
    name: str
    role: Role
    organisation: str | None


def demonstration_users() -> list[DemonstrationUser]:
    """One for each role, two planners."""
    return [
        DemonstrationUser(
            row["username"], row["password"], row["name"], Role(row["role"]), row.get("organisation")
        )
        for row in read_table("economy")["user"]
    ]


def is_loaded(work: Work) -> bool:
    """Whether the fictional round is there.

    Raises:
        StateError: the database holds something that is not fictional; the demonstration never mixes with it.
    """
    found = rounds.everything(work)
    if any(not one.fictional for one in found) or (not found and organisations.everything(work)):
        raise StateError(
            Note("Databasen innehåller riktiga uppgifter. Demonstrationen läses bara in i en egen databas.")
        )
    return any(one.name == ROUND_NAME for one in found)


def load(work: Work, tell: Tell = lambda _text: None) -> bool:
    """Load the whole set; True when it was loaded, False when it was there already.

    Args:
        tell: Called with a line of English for each part, for the one who waits.

    Raises:
        StateError: the database holds a round that is not fictional.
    """
    if is_loaded(work):
        return False
    tell("organisations, districts and users")
    by_code = _add_organisations(work)
    _add_districts(work)
    actors = _add_users(work, by_code)
    tell("planning round, parameters and criteria")
    planning_round = _add_round(work)
    tell("population forecast")
    _add_populations(_by(work, actors["ekonomi"]))
    tell("map layers and premises")
    localities.load(_by(work, actors["ekonomi"]))
    tell("frames")
    framing.load(_by(work, actors["ekonomi"]), planning_round)
    tell("templates and finished projects")
    telling.load(_by(work, actors["ekonomi"]))
    asked = reading.proposals()
    tell(f"{len(asked)} proposals")
    for one in asked:
        _add_proposal(work, planning_round, one, actors)
    tell("investigations")
    gating.load(_by(work, actors["planerare.un"]), _by(work, actors["ks"]), planning_round)
    tell("scenarios")
    for facts in reading.scenarios(planning_round.years):
        scenarios.create(_by(work, actors["ekonomi"]), planning_round.id, facts)
    tell("finances and targets")
    financing.load(_by(work, actors["ekonomi"]), planning_round)
    tell("consultations, a comment and the calendar")
    consulting.load(work, planning_round, actors)
    return True


def _by(work: Work, actor: Actor) -> Work:
    """The same transaction on behalf of someone else."""
    return Work(work.session, actor, work.now, work.after_commit)


def _add_organisations(work: Work) -> dict[str, Organisation]:
    economy = read_table("economy")
    for row in economy["committee"]:
        organisations.add(
            work,
            code=row["code"],
            name=row["name"],
            kind=OrganisationKind.COMMITTEE,
            valid_from=SINCE,
            is_landlord=row.get("is_landlord", False),
        )
    for row in economy["company"]:
        organisations.add(
            work, code=row["code"], name=row["name"], kind=OrganisationKind.COMPANY, valid_from=SINCE
        )
    return organisations.by_code(work)


def _add_districts(work: Work) -> None:
    outlines = placing.district_outlines()
    for known in placing.known_places().values():
        geometry = shapely.to_wkb(outlines[known.code])
        organisations.add_district(
            work, code=known.code, name=known.name, valid_from=SINCE, geometry=geometry
        )


def _add_users(work: Work, by_code: dict[str, Organisation]) -> dict[str, Actor]:
    actors: dict[str, Actor] = {}
    for one in demonstration_users():
        added = users.add(
            work,
            username=one.username,
            display_name=one.name,
            password=one.password,
            role=one.role,
            organisation_id=by_code[one.organisation].id if one.organisation else None,
            valid_from=SINCE,
        )
        actors[one.username] = users.actor_of(added)
    return actors


def _add_round(work: Work) -> PlanningRound:
    parameter_set = parameter_sets.add(
        work,
        framing.parameters(),
        name="Grund (fiktiv kommun)",
        valid_from=SINCE,
        source=PARAMETERS_SOURCE,
        notes=framing.notes(),
    )
    planning_round = rounds.add(
        work, name=ROUND_NAME, budget_year=BUDGET_YEAR, parameter_set=parameter_set, fictional=True
    )
    work.session.flush()
    rounds.set_criteria(work, planning_round.id, reading.criteria())
    return planning_round


def _add_populations(work: Work) -> None:
    for scenario in population.STEPS:
        populations.add(
            work,
            vintage=population.VINTAGE,
            scenario=scenario,
            series=localities.by_area(population.forecast(scenario)),
            source=population.SOURCE,
        )


def _add_proposal(
    work: Work, planning_round: PlanningRound, asked: reading.AskedProposal, actors: dict[str, Actor]
) -> None:
    """Entered by finance, who may state how far it has come; submitted by the committee's own planner where it has one."""
    added = proposals.create(_by(work, actors["ekonomi"]), planning_round.id, asked.facts)
    if not asked.is_draft:
        planner = actors.get(f"planerare.{asked.facts.committee.lower()}", actors["ekonomi"])
        proposals.submit(_by(work, planner), added.id, seen_version=added.version)
