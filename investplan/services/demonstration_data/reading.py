"""The demonstration's proposals and scenarios, read from the tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from investplan.domain.proposals import Category, ProposalFacts, Stage
from investplan.services.demonstration_data import placing, telling
from investplan.services.demonstration_data.building import TKR_ORE, AskedWay, Setting, build_alternative
from investplan.services.demonstration_data.tables import read_table
from investplan.services.scenarios import LimitFacts, RuleFacts, ScenarioFacts

PROPOSAL_TABLES = ("education", "care", "streets", "culture", "premises", "administration", "companies")
SOURCE = "Fiktivt förslag i demonstrationen"


@dataclass(frozen=True)
class AskedProposal:
    """A proposal of the demonstration; a draft has not been submitted."""

    facts: ProposalFacts
    is_draft: bool


@cache
def criteria() -> dict[str, tuple[str, int]]:
    """Criterion code → name and weight in per mille."""
    return {row["code"]: (row["name"], row["permille"]) for row in read_table("economy")["criterion"]}


def company_codes() -> frozenset[str]:
    return frozenset(row["code"] for row in read_table("economy")["company"])


def proposals() -> list[AskedProposal]:
    """Every proposal, in the order of the tables."""
    return [_proposal(row) for name in PROPOSAL_TABLES for row in read_table(name)["proposal"]]


def _proposal(row: dict[str, Any]) -> AskedProposal:
    committee = row["case"].partition(" ")[0]
    district, place_wkt = _place(row)
    first, last = row["starts"]
    setting = Setting(
        committee=committee,
        starts=tuple(range(first, last + 1)),
        place_wkt=place_wkt,
        is_company=committee in company_codes(),
        unstated=frozenset(row.get("unstated", ())),
    )
    facts = ProposalFacts(
        case_number=row["case"],
        title=row["title"],
        committee=committee,
        category=Category(row.get("category", "expansion")),
        purpose=row["purpose"],
        stage=Stage(row["stage"]),
        district=district,
        required=row.get("required", False),
        place_note=row.get("place_note", ""),
        source_ref=SOURCE,
        alternatives=tuple(
            build_alternative(AskedWay(**way), letter, setting)
            for letter, way in zip("ABCD", row["ways"], strict=False)
        ),
        scores=dict(zip(criteria(), map(int, row["scores"]), strict=True)),
    )
    return AskedProposal(telling.told(facts), row.get("draft", False))


def _place(row: dict[str, Any]) -> tuple[str | None, str | None]:
    """District code and WKT; neither for what has no place."""
    for kind, draw in (("place", placing.point), ("area", placing.area)):
        if kind in row:
            name, *numbers = row[kind]
            return placing.known_places()[name].code, draw(name, *numbers)
    if "line" in row:
        name, *offsets = row["line"]
        return placing.known_places()[name].code, placing.line(name, offsets)
    return None, None


def scenarios(years: tuple[int, ...]) -> list[ScenarioFacts]:
    """The scenarios over the plan's years."""
    return [_scenario(row, years) for row in read_table("scenarios")["scenario"]]


def _scenario(row: dict[str, Any], years: tuple[int, ...]) -> ScenarioFacts:
    rules = read_table("scenarios")["rule"]
    return ScenarioFacts(
        name=row["name"],
        note=row["note"],
        weights={code: weight for code, (_, weight) in criteria().items()},
        limits=tuple(_limit(limit, years) for limit in row["limits"]),
        rules=tuple(RuleFacts(rule["code"], rule["kind"], rule["body"]) for rule in rules),
    )


def _limit(row: dict[str, Any], years: tuple[int, ...]) -> LimitFacts:
    stated = row.get("tkr", [])
    return LimitFacts(
        code=row["code"],
        label=row["label"],
        row=row["row"],
        max_ore_by_year={year: tkr * TKR_ORE for year, tkr in zip(years, stated, strict=bool(stated))},
        carry_over=row.get("carry_over", False),
        extra=row.get("extra", {}),
    )
