"""The demonstration's finances, targets and committees' room, and the room handed to the scenarios that take it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from investplan.db.models import PlanningRound
from investplan.domain.finances import Item, Phase, Stated
from investplan.domain.indicators import DEFINITIONS, Indicator, Scale
from investplan.domain.parameter_descriptions import Confidence
from investplan.domain.targets import Operator, Target
from investplan.services import finances, financial_room, financial_targets, scenarios
from investplan.services.demonstration_data.building import TKR_ORE
from investplan.services.demonstration_data.tables import read_table
from investplan.services.work import Work

ORE_PER_KRONA = 100


def load(work: Work, planning_round: PlanningRound) -> None:
    """State the figures, targets and rooms, and let the scenarios named in the table take the room."""
    table = read_table("finances")
    for row in table["year"]:
        finances.save_year(
            work, planning_round.id, row["year"], Phase(row["phase"]), figures(row), seen_version=0
        )
    for row in table["target"]:
        financial_targets.create(work, planning_round.id, target(row))
    rooms = {row["committee"]: _per_year(row["tkr"], planning_round.years) for row in table["room"]}
    financial_room.save_rooms(work, planning_round.id, rooms, seen_version=0)
    for scenario in scenarios.of_round(work, planning_round.id):
        if scenario.name in table["takes_room"]:
            financial_room.hand_over(work, scenario.id, seen_version=scenario.version)


def figures(row: dict[str, Any]) -> dict[Item, Stated]:
    """A year's figures with the year's source."""
    stated = {Item(name): Stated(tkr * TKR_ORE, row["source"]) for name, tkr in row["tkr"].items()}
    return {**stated, Item.POPULATION: Stated(row["population"], row["source"])}


def target(row: dict[str, Any]) -> Target:
    """A target of the table; kronor per inhabitant become öre."""
    indicator = Indicator(row["indicator"])
    factor = ORE_PER_KRONA if DEFINITIONS[indicator].scale is Scale.KRONOR else 1
    return Target(
        code=row["code"],
        name=row["name"],
        indicator=indicator,
        operator=Operator(row["operator"]),
        value=Fraction(row["value"]) * factor,
        average_years=row.get("average_years", 1),
        first_year=row.get("first_year"),
        decided_by=row["decided_by"],
        is_limit=row["is_limit"],
        confidence=Confidence(row["confidence"]),
    )


def _per_year(tkr: list[int], years: tuple[int, ...]) -> dict[int, int]:
    return {year: amount * TKR_ORE for year, amount in zip(years, tkr, strict=True)}
