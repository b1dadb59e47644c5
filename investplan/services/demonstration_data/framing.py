"""The demonstration's frames, made as finance makes them: bases and planned rows, a draft, and the council's decision."""

from __future__ import annotations

from typing import Any

from investplan.db.models import Decision, PlanningRound
from investplan.domain.frame_bases import Basis
from investplan.domain.frames import AdjustmentKind
from investplan.domain.parameter_descriptions import Confidence
from investplan.domain.parameters import DEFAULTS, Parameters
from investplan.services import frame_bases, frame_calculations, frames, planned_adjustments
from investplan.services.demonstration_data.building import TKR_ORE
from investplan.services.demonstration_data.tables import read_table
from investplan.services.frame_bases import StatedBasis
from investplan.services.planned_adjustments import StatedRow
from investplan.services.work import Work

SOURCE = "Fiktiv kommun i demonstrationen"


def parameters() -> Parameters:
    """The system's defaults with the rates and price tags of the fictional municipality."""
    return Parameters.from_json({**DEFAULTS.to_json(), **_own()})


def notes() -> dict[str, dict[str, str]]:
    """Where the municipality's own values come from."""
    return {name: {"source": SOURCE, "confidence": Confidence.LOW.value} for name in _own()}


def _own() -> dict[str, Any]:
    found = dict(read_table("frames")["parameters"])
    # A class without an upper end: TOML has no word for nothing.
    found["price_tags"] = [{"age_to": None, **tag} for tag in found["price_tags"]]
    return found


def load(work: Work, planning_round: PlanningRound) -> Decision:
    """State last year's budgets, bases and planned rows, and let the council decide the budget year's frames."""
    committees, year = read_table("economy")["committee"], planning_round.budget_year
    source = f"Driftbudget {year - 1} (fiktiv)"
    for row in committees:
        frames.set_base(work, planning_round.id, row["code"], row["frame_tkr"] * TKR_ORE, source=source)
    bases = [StatedBasis(basis(row, year, source)) for row in committees]
    frame_bases.save(work, planning_round.id, bases, seen={})
    table = read_table("frames")
    planned_adjustments.save(
        work, planning_round.id, [planned(row, year) for row in table["planned"]], seen={}
    )
    return frame_calculations.decide(work, planning_round.id, **table["decision"]).decision


def basis(row: dict[str, Any], year: int, source: str) -> Basis:
    """What a committee's rows are counted from; only what its row states."""
    other_tkr = row.get("other_costs_tkr")
    return Basis(
        row["code"],
        year,
        row["wages_tkr"] * TKR_ORE,
        other_costs_ore=None if other_tkr is None else other_tkr * TKR_ORE,
        new_street_m2=row.get("new_street_m2"),
        source=source,
    )


def planned(row: dict[str, Any], year: int) -> StatedRow:
    """A row that finance states."""
    return StatedRow(
        row["committee"],
        year,
        AdjustmentKind(row["kind"]),
        row["tkr"] * TKR_ORE,
        row["source"],
        permanent=row.get("permanent", True),
        earlier_decision=row.get("earlier_decision", ""),
        group=row.get("group", ""),
    )
