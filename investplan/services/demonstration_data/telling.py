"""What the demonstration's proposals say beside the money, and its table of what things cost."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from investplan.domain.object_templates import Basis, ObjectTemplate, TemplateCost, TemplatePart, code_of
from investplan.domain.premise_uses import PremiseUse
from investplan.domain.proposals import Alternative, OperatingKind, Part, ProposalFacts
from investplan.domain.reference_objects import ReferenceObject
from investplan.domain.statements import (
    Impact,
    ImpactCheck,
    PlanStatus,
    Risk,
    SteeringKind,
    SteeringLink,
    Trigger,
)
from investplan.services import object_templates, reference_objects
from investplan.services.demonstration_data.tables import read_table
from investplan.services.work import Work

TKR_ORE = 100_000
SOURCE = "Fiktiv kommun"
PLAIN = ("unit", "contact_role", "contact_name", "target_group", "need_year", "without_action")


def load(work: Work) -> None:
    """The templates and the finished projects."""
    table = read_table("references")
    for row in table["template"]:
        object_templates.save(work, _template(row), seen_version=0)
    for row in table["object"]:
        reference_objects.add(work, _object(row))


def _template(row: dict[str, Any]) -> ObjectTemplate:
    parts = read_table("profiles")[row["profile"]]["components"]
    return ObjectTemplate(
        code=code_of(row["name"]),
        name=row["name"],
        basis=Basis(row["basis"]),
        ore_per_unit=row["kr"] * 100,
        price_level_year=row["year"],
        parts=tuple(
            TemplatePart(name, share, years * 12 or None, Part.USER if "user" in more else Part.PROPERTY)
            for name, share, years, *more in parts
        ),
        costs=tuple(
            TemplateCost(OperatingKind(kind), kronor * 100, Basis(basis))
            for kind, kronor, basis in row.get("costs", ())
        ),
        source=SOURCE,
        use=PremiseUse(row["use"]) if "use" in row else None,
    )


def _object(row: dict[str, Any]) -> ReferenceObject:
    return ReferenceObject(
        row["name"], code_of(row["type"]), row["year"], row["tkr"] * TKR_ORE, row["year"], row.get("m2"),
        row.get("places"), row.get("metres"), SOURCE,
    )  # fmt: skip


@cache
def _by_case() -> dict[str, dict[str, Any]]:
    return {row["case"]: row for row in read_table("references")["told"]}


def told(facts: ProposalFacts) -> ProposalFacts:
    """The proposal with what its row says; as it is where there is none."""
    row = _by_case().get(facts.case_number)
    if row is None:
        return facts
    ways = row.get("ways", [])
    return replace(
        facts,
        **{name: row[name] for name in PLAIN if name in row},
        object_type=code_of(row["object_type"]) if "object_type" in row else None,
        trigger=Trigger(row["trigger"]) if "trigger" in row else None,
        steering=tuple(SteeringLink(SteeringKind(kind), *rest) for kind, *rest in row.get("steering", ())),
        risks=tuple(Risk(*one) for one in row["risks"]) if "risks" in row else None,
        impacts=tuple(ImpactCheck(Impact(impact), *rest) for impact, *rest in row.get("impacts", ())),
        alternatives=tuple(
            _described(one, ways[place]) if place < len(ways) else one
            for place, one in enumerate(facts.alternatives)
        ),
    )


def _described(alternative: Alternative, way: dict[str, Any]) -> Alternative:
    stated = dict(way)
    if "plan_status" in stated:
        stated["plan_status"] = PlanStatus(stated["plan_status"])
    return replace(alternative, **stated)
