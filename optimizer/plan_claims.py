"""What a plan file says of itself, held against the plan: value, bound, gap, use, status and `checked`.

`verifying` tells whether the choices hold. Here the rest of the file is read as claims that can be wrong on their own.
What a file does not claim is not asked for: only its format, case and choices are needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from optimizer.answers import relative_gap
from optimizer.json_reading import plain_number
from optimizer.plan_files import PlanFile
from optimizer.problem import Breach, LimitUse, Number, Problem
from optimizer.verifying import use_of, value_of, verify

FOUND = ("optimal", "feasible")
ROUNDED = 1e-6  # a file may round its bound and its gap, relatively and absolutely


def check_plan(problem: Problem, plan: PlanFile) -> tuple[Breach, ...]:
    """Every demand that the plan breaks; for a plan that holds, every wrong claim of its file. Empty when all is well.

    A file that claims no plan (``infeasible``, ``stopped``) is judged as the empty plan.
    """
    breaches = verify(problem, plan.chosen)
    if not breaches:
        return tuple(_claims(problem, plan))
    if plan.checked:
        return (
            *breaches,
            _wrong("checked", "checked", "checked is claimed, but the checker refuses the plan"),
        )
    return breaches


def _claims(problem: Problem, plan: PlanFile) -> Iterator[Breach]:
    if plan.status == "infeasible" or (plan.status not in FOUND and plan.chosen):
        what = "there is a plan, and it holds" if plan.chosen else "choosing nothing holds"
        yield _wrong("status", "status", f"{plan.status} is claimed, but {what}")
    if plan.conflict:
        named = ", ".join(plan.conflict)
        yield _wrong(
            "conflict", "conflict", f"{named} cannot hold together, it is claimed, but the plan holds"
        )
    value = value_of(problem, plan.chosen)
    if plan.value is not None and not _same(plan.value, value):
        told = f"value: {_text(plan.value)} claimed, the plan is worth {_text(value)}"
        yield Breach("value", "value", None, plan.value - value, told)
    if plan.status in FOUND:
        yield from _bound_and_gap(plan, value)
    yield from _use(problem, plan)


def _bound_and_gap(plan: PlanFile, value: Fraction) -> Iterator[Breach]:
    near = ROUNDED * max(1.0, abs(float(value)))
    if plan.bound is not None and plan.bound < float(value) - near:
        yield _wrong("bound", "bound", f"bound: {plan.bound:g} claimed, the plan is worth {_text(value)}")
    if plan.gap is None:
        return
    gap = relative_gap(value, plan.bound)
    if plan.gap < 0 or (gap is not None and abs(plan.gap - gap) > ROUNDED * max(1.0, gap)):
        known = "it cannot be below 0" if gap is None else f"value and bound leave {gap:g}"
        yield _wrong("gap", "gap", f"gap: {plan.gap:g} claimed, {known}")


def _use(problem: Problem, plan: PlanFile) -> Iterator[Breach]:
    """Each row of `use` must be one that the plan has, with the same numbers, and stand once."""
    real: dict[tuple[str, int | None, str], list[LimitUse]] = {}
    for use in use_of(problem, plan.chosen):
        real.setdefault((use.limit, use.year, use.kind), []).append(use)
    with_years = {limit for limit, _, kind in real if kind == "year"}
    unsaid = {limit for limit, *_ in real} - with_years
    for claim in plan.use:
        if claim.kind == "year" and claim.limit in unsaid:
            continue  # a file of others' that does not say which sums it means
        own = real.get((claim.limit, claim.year, claim.kind), [])
        match = next((use for use in own if not list(_differences(claim, use))), None)
        if match is not None:
            own.remove(match)
        else:
            yield from _wrong_row(claim, own[0] if own else None)


def _wrong_row(claim: LimitUse, real: LimitUse | None) -> Iterator[Breach]:
    place = f"use of {claim.limit} {claim.year if claim.year is not None else claim.kind}"
    if real is None:
        yield Breach(
            "use", claim.limit, claim.year, None, f"{place}: the plan has no such row, or it stands twice"
        )
        return
    for name, told, is_so in _differences(claim, real):
        known = "there is none" if is_so is None else f"it is {_kronor(is_so)}"
        difference = None if is_so is None else told - is_so
        text = f"{place}: {name} {_kronor(told)} claimed, {known}"
        yield Breach("use", claim.limit, claim.year, difference, text)


def _differences(claim: LimitUse, use: LimitUse) -> Iterator[tuple[str, Number, Number | None]]:
    """The numbers of a row that are not what they should be; bounds that the claim leaves out are not asked for."""
    for name, told, is_so in (
        ("used", claim.used_ore, use.used_ore),
        ("max", claim.max_ore, use.max_ore),
        ("min", claim.min_ore, use.min_ore),
    ):
        if told is not None and (is_so is None or not _same(Fraction(told) / 100, Fraction(is_so) / 100)):
            yield name, told, is_so


def _wrong(kind: str, about: str, message: str) -> Breach:
    return Breach(kind, about, None, None, message)


def _same(told: Fraction, exact: Fraction) -> bool:
    """Whether a number of the file is this one: as the nearest JSON number, since a file can say no more."""
    return told == exact or float(told) == float(plain_number(exact))


def _text(number: Fraction) -> str:
    return f"{plain_number(number)}"


def _kronor(hundredths: Number) -> str:
    return _text(Fraction(hundredths) / 100)
