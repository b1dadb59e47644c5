"""What a schema cannot say about a case: references, ids that stand once, years that fit."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.json_reading import Reader
from optimizer.problem import Fix, Forbid, Problem, Requires, Rule


def check_references(read: Reader, problem: Problem) -> None:
    """Writes a fault for everything that names what the case does not have, or names it twice."""
    _check_ids(read, problem)
    _check_starts(read, problem)
    alternatives = {p.id: {a.id for a in p.alternatives} for p in problem.proposals}
    for index, rule in enumerate(problem.rules):
        _check_rule(read, rule, f"rules[{index}]", alternatives, problem.years)
    for index, choice in enumerate(problem.previous):
        place = f"previous[{index}]"
        if choice.proposal not in alternatives:
            read.fault(f"{place}.proposal", f"there is no proposal {choice.proposal!r}")
        elif choice.alternative not in alternatives[choice.proposal]:
            read.fault(f"{place}.alternative", f"{choice.proposal} has no alternative {choice.alternative!r}")
    _check_once(read, (c.proposal for c in problem.previous), "previous[{}].proposal")
    _check_where(read, problem)


def _check_ids(read: Reader, problem: Problem) -> None:
    _check_once(read, (p.id for p in problem.proposals), "proposals[{}].id")
    for index, proposal in enumerate(problem.proposals):
        ids = (a.id for a in proposal.alternatives)
        _check_once(read, ids, f"proposals[{index}].alternatives[{{}}].id")
    _check_once(read, (limit.id for limit in problem.limits), "limits[{}].id")
    taken = {limit.id for limit in problem.limits}
    for index, rule in enumerate(problem.rules):
        place = f"rules[{index}].id"
        if rule.id in taken:
            read.fault(place, f"the id {rule.id!r} stands twice among limits and rules")
        taken.add(rule.id)
        if rule.id.startswith("required:"):
            read.fault(place, "must not begin with 'required:'")
    for index, limit in enumerate(problem.limits):
        if limit.id.startswith("required:"):
            read.fault(f"limits[{index}].id", "must not begin with 'required:'")


def _check_once(read: Reader, ids: Iterable[str], place: str) -> None:
    seen: set[str] = set()
    for index, one in enumerate(ids):
        if one in seen:
            read.fault(place.format(index), f"the id {one!r} stands twice")
        seen.add(one)


def _check_starts(read: Reader, problem: Problem) -> None:
    years = set(problem.years)
    for p, proposal in enumerate(problem.proposals):
        for a, alternative in enumerate(proposal.alternatives):
            if outside := [str(s) for s in alternative.starts if s not in years]:
                place = f"proposals[{p}].alternatives[{a}].starts"
                read.fault(place, f"{', '.join(outside)} is not among the years of the case")


def _check_rule(
    read: Reader, rule: Rule, place: str, alternatives: dict[str, set[str]], years: tuple[int, ...]
) -> None:
    named: list[tuple[str, str]]
    if isinstance(rule, Requires):
        named = [("proposal", rule.proposal), ("needs", rule.needs)]
        if rule.proposal == rule.needs:
            read.fault(f"{place}.needs", "a proposal cannot require itself")
    elif isinstance(rule, (Fix, Forbid)):
        named = [("proposal", rule.proposal)]
        if rule.start is not None and rule.start not in years:
            read.fault(f"{place}.start", f"{rule.start} is not among the years of the case")
        known = alternatives.get(rule.proposal)
        if known is not None and rule.alternative is not None and rule.alternative not in known:
            read.fault(f"{place}.alternative", f"{rule.proposal} has no alternative {rule.alternative!r}")
    else:
        named = [(f"proposals[{i}]", p) for i, p in enumerate(rule.proposals)]
    for key, proposal in named:
        if proposal not in alternatives:
            read.fault(f"{place}.{key}", f"there is no proposal {proposal!r}")


def _check_where(read: Reader, problem: Problem) -> None:
    known = {"committee", "category", "district"}
    for proposal in problem.proposals:
        known.update(proposal.fields)
        for alternative in proposal.alternatives:
            known.update(alternative.fields)
    for index, limit in enumerate(problem.limits):
        for name in limit.where:
            if name not in known:
                read.fault(f"limits[{index}].where.{name}", "no proposal has a field of this name")
