"""What is typed for a study, and the parameters it gives: per cent as Swedes write it becomes shares as decimal text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from investplan.errors import Note

DEFAULTS: dict[str, dict[str, str]] = {
    "answers": {"about": "all"},
    "operating": {"steps": "20"},
    "ceiling": {"limit": "", "low": "70", "high": "130", "steps": "12"},
    "different": {"plans": "5", "within": "2", "least_changed": "3", "count": "in_or_out"},
    "stability": {"promises_of": ""},
    "robustness": {
        "samples": "100",
        "growth_low": "-5",
        "growth_high": "25",
        "delay_share": "10",
        "weights": "fixed",
    },
}
COMMON = {"gap": "0,5", "member_seconds": "10", "seed": "0"}
SHARPER = {"gap": "0,2", "member_seconds": "5"}  # one proposal weighs little in a whole plan
WHOLE = {"steps", "plans", "least_changed", "samples"}
PERCENT = {"low", "high", "within", "growth_low", "growth_high", "delay_share"}
TEXTS = {"limit", "count"}


@dataclass
class Typed:
    """What was typed, what it means, and what is wrong with it."""

    values: dict[str, str]
    parameters: dict[str, Any] = field(default_factory=dict)
    gap: str = "0"
    member_seconds: int = 0
    seed: int = 0
    errors: dict[str, Note] = field(default_factory=dict)


def defaults(kind: str, criteria: Mapping[str, str]) -> dict[str, str]:
    """What the form has when it is opened: criteria ranked by their weights."""
    ranks = {f"rank-{code}": str(place) for place, code in enumerate(criteria, 1)}
    own = SHARPER if kind == "answers" else {}
    return {**DEFAULTS[kind], **COMMON, **own, **(ranks if kind == "robustness" else {})}


def read(kind: str, given: Mapping[str, str], criteria: Mapping[str, str]) -> Typed:
    """The form as it was sent."""
    values = {name: given.get(name, "").strip()[:60] for name in defaults(kind, criteria)}
    typed = Typed(values)
    for name in DEFAULTS[kind]:
        if name in WHOLE:
            typed.parameters[name] = _whole(typed, name)
        elif name in PERCENT:
            typed.parameters[name] = _share(typed, name)
        elif name in TEXTS and values[name]:
            typed.parameters[name] = values[name]
        elif name == "about" and values[name] != "all":
            typed.parameters[name] = [values[name]]
    if kind == "robustness" and values["weights"] == "ranked":
        typed.parameters["ranking"] = _ranking(typed, criteria)
    typed.gap = _share(typed, "gap")
    typed.member_seconds, typed.seed = _whole(typed, "member_seconds"), _whole(typed, "seed")
    return typed


def _whole(typed: Typed, name: str) -> int:
    text = typed.values[name].replace("\u00a0", "").replace(" ", "")
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        typed.errors[name] = Note("Skriv ett heltal.")
        return 0
    return int(text)


def _share(typed: Typed, name: str) -> str:
    text = typed.values[name].replace("−", "-").replace(",", ".").replace("%", "").strip()
    try:
        percent = Decimal(text)
        if percent.is_finite() and abs(percent) < 10_000 and len(text) < 15:
            return f"{percent / 100:f}"
    except InvalidOperation:
        pass
    typed.errors[name] = Note("Skriv ett tal i procent, till exempel 10 eller 2,5.")
    return "0"


def _ranking(typed: Typed, criteria: Mapping[str, str]) -> list[str]:
    """The criteria in the order of their ranks, each rank used once."""
    ranks = {code: typed.values[f"rank-{code}"] for code in criteria}
    if sorted(ranks.values()) != sorted(str(place) for place in range(1, len(criteria) + 1)):
        typed.errors[f"rank-{next(iter(criteria))}"] = Note("Varje plats i ordningen ska användas en gång.")
        return []
    return sorted(criteria, key=lambda code: int(ranks[code]))
