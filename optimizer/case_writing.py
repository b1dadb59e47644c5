"""A problem as an `investplan-case/1` file: the same problem always gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.json_reading import canonical_bytes, json_number, plain_number
from optimizer.problem import (
    FIXED_ROWS,
    AllOrNone,
    Alternative,
    AtMost,
    Choice,
    Coordinate,
    Fix,
    Forbid,
    Limit,
    PerPeriod,
    Problem,
    Profile,
    Proposal,
    Requires,
    Rule,
)

GROUP_KEYS = {"frame": "frames", "capacity": "capacity", "lasting": "lasting"}


def case_to_json(problem: Problem) -> dict[str, Any]:
    """The case as JSON-ready data; amounts in kronor."""
    case: dict[str, Any] = {
        "format": "investplan-case/1",
        "title": problem.title,
        "years": list(problem.years),
        "proposals": [_proposal(p) for p in problem.proposals],
        "limits": [_limit(limit) for limit in problem.limits],
        "rules": [_rule(rule) for rule in problem.rules],
    }
    if problem.previous:
        case["previous"] = [choice_to_json(c) for c in problem.previous]
    return case


def write_case(problem: Problem) -> bytes:
    """The case file's bytes; `read_case` gives the problem back."""
    return canonical_bytes(case_to_json(problem))


def choice_to_json(choice: Choice) -> dict[str, Any]:
    """``{"proposal": …, "alternative": …, "start": …}``."""
    return {"proposal": choice.proposal, "alternative": choice.alternative, "start": choice.start}


def _proposal(proposal: Proposal) -> dict[str, Any]:
    found: dict[str, Any] = {"id": proposal.id}
    for key in ("title", "committee", "category", "district"):
        if getattr(proposal, key):
            found[key] = getattr(proposal, key)
    found.update(sorted(proposal.fields.items()))
    if proposal.required:
        found["required"] = True
    found["alternatives"] = [_alternative(a) for a in proposal.alternatives]
    return found


def _alternative(alternative: Alternative) -> dict[str, Any]:
    values = [plain_number(alternative.value_by_start[s]) for s in alternative.starts]
    value: Any = dict(zip(map(str, alternative.starts), values, strict=True))
    if len(set(values)) == 1:
        value = values[0]
    found: dict[str, Any] = {"id": alternative.id, "starts": list(alternative.starts), "value": value}
    found.update(sorted(alternative.fields.items()))
    for row in FIXED_ROWS:
        if row in alternative.rows:
            found[row] = _profile(alternative.rows[row])
    for name in sorted(alternative.rows):
        group, _, rest = name.partition(":")
        if rest:
            found.setdefault(GROUP_KEYS[group], {})[rest] = _profile(alternative.rows[name])
    return found


def _profile(profile: Profile) -> Any:
    if isinstance(profile, Mapping):
        return {str(start): _profile(profile[start]) for start in sorted(profile)}
    return [json_number(amount) for amount in profile]


def _limit(limit: Limit) -> dict[str, Any]:
    found: dict[str, Any] = {"id": limit.id, "of": limit.of}
    if not isinstance(limit.of, str):
        found["of"] = {name: plain_number(weight) for name, weight in limit.of.items()}
    if limit.where:
        found["where"] = dict(sorted(limit.where.items()))
    for key in ("carry_over", "cumulative"):
        if getattr(limit, key):
            found[key] = True
    if limit.window is not None:
        found["window"] = limit.window
    for key in ("max", "min", "max_total", "min_total"):
        if getattr(limit, key) is not None:
            found[key] = _bound(getattr(limit, key))
    for key in ("max_share", "min_share"):
        if getattr(limit, key) is not None:
            found[key] = plain_number(getattr(limit, key))
    return found


def _bound(bound: PerPeriod) -> Any:
    if isinstance(bound, tuple):
        return [None if b is None else json_number(b) for b in bound]
    return json_number(bound)


def _rule(rule: Rule) -> dict[str, Any]:
    match rule:
        case Requires():
            found = {"kind": "requires", "proposal": rule.proposal, "needs": rule.needs}
            return {"id": rule.id, **found, **({"lag_years": rule.lag_years} if rule.lag_years else {})}
        case AtMost():
            return {"id": rule.id, "kind": "at_most", "proposals": list(rule.proposals), "count": rule.count}
        case AllOrNone():
            return {"id": rule.id, "kind": "all_or_none", "proposals": list(rule.proposals)}
        case Coordinate():
            saving = {row: json_number(rule.saving[row]) for row in FIXED_ROWS if row in rule.saving}
            group = {"id": rule.id, "kind": "coordinate", "proposals": list(rule.proposals)}
            return {**group, "saving": saving, "value": plain_number(rule.value)}
        case Fix() | Forbid():
            named = {"alternative": rule.alternative, "start": rule.start}
            found = {
                "id": rule.id,
                "kind": "fix" if isinstance(rule, Fix) else "forbid",
                "proposal": rule.proposal,
            }
            return {**found, **{k: v for k, v in named.items() if v is not None}}
