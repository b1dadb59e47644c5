"""Between what a proposal says beside the money and its rows: the same content, nothing added."""

from __future__ import annotations

from typing import Any

from investplan.db.models import Alternative, ImpactCheck, Proposal, Risk, SteeringLink
from investplan.domain import proposals as domain
from investplan.domain import statements

PLAIN = (
    "object_type", "unit", "contact_role", "contact_name", "target_group", "without_action", "need_year",
)  # fmt: skip
OF_ALTERNATIVE = (
    "accuracy_percent", "reserve_percent", "excludes_vat", "places", "gained_m2", "length_m",
    "property_designation", "rejected", "rejected_reason", "template",
)  # fmt: skip
"""Members that columns and JSON hold as they are."""


def write(proposal: Proposal, facts: domain.ProposalFacts) -> None:
    """Let the rows say what the facts say."""
    for name in PLAIN:
        setattr(proposal, name, getattr(facts, name))
    proposal.trigger = facts.trigger.value if facts.trigger else None
    proposal.steering = [
        SteeringLink(position=i, kind=one.kind.value, text=one.text, reference=one.reference)
        for i, one in enumerate(facts.steering)
    ]
    proposal.risks_stated = facts.risks is not None
    proposal.risks = [
        Risk(position=i, text=one.text, probability=one.probability, consequence=one.consequence,
             measure=one.measure, owner=one.owner)
        for i, one in enumerate(facts.risks or ())
    ]  # fmt: skip
    _write_impacts(proposal, facts)


def _write_impacts(proposal: Proposal, facts: domain.ProposalFacts) -> None:
    # Rows are reused, because a new row for an impact that has one would meet the unique constraint first.
    by_impact = {row.impact: row for row in proposal.impacts}
    kept: list[ImpactCheck] = []
    for one in facts.impacts:
        row = by_impact.get(one.impact.value) or ImpactCheck(impact=one.impact.value)
        row.matters, row.text, row.tonnes = one.matters, one.text, one.tonnes
        kept.append(row)
    proposal.impacts = kept


def write_alternative(row: Alternative, facts: domain.Alternative) -> None:
    """Let the alternative's row say what the facts say of size, certainty, place and standing."""
    for name in OF_ALTERNATIVE:
        setattr(row, name, getattr(facts, name))
    row.plan_status = facts.plan_status.value if facts.plan_status else None


def facts_of(proposal: Proposal) -> dict[str, Any]:
    """The members of `ProposalFacts` that are kept here, by name."""
    return {
        **{name: getattr(proposal, name) for name in PLAIN},
        "trigger": statements.Trigger(proposal.trigger) if proposal.trigger else None,
        "steering": tuple(
            statements.SteeringLink(statements.SteeringKind(one.kind), one.text, one.reference)
            for one in proposal.steering
        ),
        "risks": _risks(proposal) if proposal.risks_stated else None,
        "impacts": _in_order(
            statements.ImpactCheck(statements.Impact(one.impact), bool(one.matters), one.text, one.tonnes)
            for one in proposal.impacts
        ),
    }


def _risks(proposal: Proposal) -> tuple[statements.Risk, ...]:
    return tuple(
        statements.Risk(one.text, one.probability, one.consequence, one.measure, one.owner)
        for one in proposal.risks
    )


def _in_order(checks: Any) -> tuple[statements.ImpactCheck, ...]:
    return tuple(sorted(checks, key=lambda check: list(statements.Impact).index(check.impact)))


def facts_of_alternative(row: Alternative) -> dict[str, Any]:
    """The members of `Alternative` that are kept here, by name."""
    return {
        **{name: getattr(row, name) for name in OF_ALTERNATIVE},
        "rejected": bool(row.rejected),
        "plan_status": statements.PlanStatus(row.plan_status) if row.plan_status else None,
    }


def from_json(stored: dict[str, Any]) -> dict[str, Any]:
    """The same members out of a snapshot; one from before they existed states nothing."""
    read = {name: stored[name] for name in PLAIN if name in stored}
    if stored.get("trigger"):
        read["trigger"] = statements.Trigger(stored["trigger"])
    read["steering"] = tuple(
        statements.SteeringLink(**{**one, "kind": statements.SteeringKind(one["kind"])})
        for one in stored.get("steering", ())
    )
    risks = stored.get("risks")
    read["risks"] = None if risks is None else tuple(statements.Risk(**one) for one in risks)
    read["impacts"] = tuple(
        statements.ImpactCheck(**{**one, "impact": statements.Impact(one["impact"])})
        for one in stored.get("impacts", ())
    )
    return read


def alternative_from_json(stored: dict[str, Any]) -> dict[str, Any]:
    """The alternative's members out of a snapshot; one from before they existed is open and states nothing."""
    read = {name: stored[name] for name in OF_ALTERNATIVE if name in stored}
    if stored.get("plan_status"):
        read["plan_status"] = statements.PlanStatus(stored["plan_status"])
    return read
