"""`investplan-plan/1` files: an answer to a case, with the hash of the case it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from optimizer.case_writing import choice_to_json
from optimizer.json_reading import Reader, canonical_bytes, join, json_number, parse_json, plain_number
from optimizer.problem import Choice, LimitUse

FORMAT = "investplan-plan/1"
STATUSES = ("optimal", "feasible", "infeasible", "stopped")
KEYS = {"format", "case_sha256", "status", "value", "bound", "gap", "chosen", "use", "solver", "checked"}
OPTIONAL_KEYS = {"conflict", "message", "stopped_by", "title"}


@dataclass(frozen=True)
class PlanFile:
    """What a plan file says. `value`, `bound` and `gap` are None where no plan was found."""

    case_sha256: str
    status: str
    chosen: tuple[Choice, ...]
    value: Fraction | None = None
    bound: float | None = None
    gap: float | None = None
    use: tuple[LimitUse, ...] = ()
    conflict: tuple[str, ...] = ()
    solver: Mapping[str, Any] | None = None
    checked: bool = False
    stopped_by: str | None = None
    message: str = ""


def read_plan(data: bytes) -> PlanFile:
    """The plan in a file.

    Only `format`, `case_sha256` and `chosen` are needed to verify it. Raises `CaseError` naming every fault.
    """
    read = Reader()
    found = read.mapping(parse_json(data), "")
    read.finish()
    read.keys(found, "", KEYS | OPTIONAL_KEYS, ("format", "case_sha256", "chosen"))
    if "format" in found and found["format"] != FORMAT:
        read.fault("format", f'must be "{FORMAT}"')
    status = read.text(found.get("status", "feasible"), "status")
    if status not in STATUSES:
        read.fault("status", f"must be one of {', '.join(STATUSES)}")
    value = _number(read, found, "value")
    plan = PlanFile(
        case_sha256=read.text(found.get("case_sha256", ""), "case_sha256"),
        status=status,
        chosen=tuple(_choice(read, v, at) for v, at in read.items(found.get("chosen", []), "chosen")),
        value=value,
        bound=_float(_number(read, found, "bound")),
        gap=_float(_number(read, found, "gap")),
        use=tuple(_use(read, v, at) for v, at in read.items(found.get("use", []), "use")),
        conflict=tuple(read.text(v, at) for v, at in read.items(found.get("conflict", []), "conflict")),
        solver=read.mapping(found.get("solver", {}), "solver"),
        checked=read.boolean(found.get("checked", False), "checked"),
        stopped_by=None if found.get("stopped_by") is None else read.text(found["stopped_by"], "stopped_by"),
        message=read.text(found.get("message", ""), "message"),
    )
    read.finish()
    return plan


def plan_to_json(plan: PlanFile) -> dict[str, Any]:
    """The plan as JSON-ready data; amounts in kronor."""
    found: dict[str, Any] = {
        "format": FORMAT,
        "case_sha256": plan.case_sha256,
        "status": plan.status,
        "value": None if plan.value is None else plain_number(plan.value),
        "bound": plan.bound,
        "gap": plan.gap,
        "chosen": [choice_to_json(c) for c in plan.chosen],
        "use": [use_to_json(use) for use in plan.use],
        "solver": dict(plan.solver or {}),
        "checked": plan.checked,
    }
    if plan.status == "infeasible":
        found["conflict"] = list(plan.conflict)
    if plan.stopped_by:
        found["stopped_by"] = plan.stopped_by
    if plan.message:
        found["message"] = plan.message
    return found


def write_plan(plan: PlanFile) -> bytes:
    """The plan file's bytes."""
    return canonical_bytes(plan_to_json(plan))


def use_to_json(use: LimitUse) -> dict[str, Any]:
    """``{"limit", "year", "used", "max"}``, with ``min`` and ``kind`` where they say something."""
    found: dict[str, Any] = {"limit": use.limit, "year": use.year, "used": json_number(use.used_ore)}
    if use.max_ore is not None:
        found["max"] = json_number(use.max_ore)
    if use.min_ore is not None:
        found["min"] = json_number(use.min_ore)
    return found if use.kind == "year" else {**found, "kind": use.kind}


def _number(read: Reader, found: Mapping[str, Any], key: str) -> Fraction | None:
    return None if found.get(key) is None else read.number(found[key], key, 10**15, decimals=40)


def _float(number: Fraction | None) -> float | None:
    return None if number is None else float(number)


def _choice(read: Reader, value: Any, place: str) -> Choice:
    found = read.mapping(value, place)
    keys = ("proposal", "alternative", "start")
    read.keys(found, place, set(keys), keys)
    return Choice(
        read.text(found.get("proposal", ""), join(place, "proposal")),
        read.text(found.get("alternative", ""), join(place, "alternative")),
        read.integer(found.get("start", 1900), join(place, "start"), 0, 9999),
    )


def _use(read: Reader, value: Any, place: str) -> LimitUse:
    found = read.mapping(value, place)
    read.keys(found, place, {"limit", "year", "used", "max", "min", "kind"}, ("limit", "used"))
    year = found.get("year")
    amounts = {
        key: None
        if found.get(key) is None
        else read.number(found[key], join(place, key), 10**15, decimals=40) * 100
        for key in ("used", "max", "min")
    }
    return LimitUse(
        read.text(found.get("limit", ""), join(place, "limit")),
        None if year is None else read.integer(year, join(place, "year"), 0, 9999),
        amounts["used"] or 0,
        amounts["max"],
        amounts["min"],
        read.text(found.get("kind", "year"), join(place, "kind")),
    )


def choices_in_order(chosen: Sequence[Choice]) -> tuple[Choice, ...]:
    """The choices by proposal id."""
    return tuple(sorted(chosen, key=lambda c: c.proposal))
