"""What would move, as the pages show it: rows per committee, kind and year, and the plan against its limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from investplan.domain.consequences import CommitteeKind, ConsolidatedKind
from investplan.domain.labels import N_
from investplan.services.parameter_effects import Effects, Levels, LimitEffect
from investplan.units import Ore, round_half_up
from web.errors import say

KINDS = {
    CommitteeKind.RENT: N_("Hyra"),
    CommitteeKind.CAPITAL_COST: N_("Kapitalkostnad"),
    CommitteeKind.OPERATING: N_("Övrig drift"),
    CommitteeKind.ONE_OFF: N_("Engångspost"),
}
WHOLE = {
    ConsolidatedKind.DEPRECIATION: N_("Avskrivning"),
    ConsolidatedKind.EXTERNAL_RUNNING: N_("Externa driftkostnader för lokaler"),
    ConsolidatedKind.EXTERNAL_OPERATING: N_("Övriga externa driftkostnader"),
    ConsolidatedKind.EXTERNAL_INTEREST: N_("Räntor till långivare"),
    ConsolidatedKind.GRANT_INCOME: N_("Bidragsintäkter"),
    ConsolidatedKind.DISPOSAL: N_("Utrangeringar"),
}


@dataclass(frozen=True)
class Line:
    """One line per year; `kind` is `group`, `sum` or empty, as the tables want it."""

    label: str
    levels: Levels
    kind: str = ""


@dataclass(frozen=True)
class Shown:
    """Everything the page needs; lines without movement are left out, and counted."""

    effects: Effects
    committees: list[Line] = field(default_factory=list)
    whole: list[Line] = field(default_factory=list)
    limits: list[tuple[str, list[LimitEffect]]] = field(default_factory=list)
    still: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def shown(effects: Effects) -> Shown:
    moved, still = _limits(effects)
    return Shown(
        effects=effects,
        committees=list(_committee_lines(effects)),
        whole=list(_whole_lines(effects)),
        limits=moved,
        still=still,
        broken=[_place(one) for one in effects.plan.broken] if effects.plan else [],
    )


def _committee_lines(effects: Effects) -> Iterable[Line]:
    moving = [one for one in effects.committees if one.moves]
    for one in moving:
        moved = [(kind, levels) for kind, levels in one.by_kind.items() if levels.moves]
        for kind, levels in moved:
            yield Line(f"{one.name}: {_(KINDS[kind])}", levels)
        if len(moved) > 1:
            yield Line(str(_("%(name)s, summa", name=one.name)), one.total, "sum")
    if len(moving) > 1:
        yield Line(str(_("Alla nämnder")), effects.committee_total, "sum")


def _whole_lines(effects: Effects) -> Iterable[Line]:
    moved = [(kind, levels) for kind, levels in effects.consolidated.items() if levels.moves]
    for kind, levels in moved:
        yield Line(str(_(WHOLE[kind])), levels)
    if len(moved) > 1:
        yield Line(str(_("Kommunen som helhet")), effects.consolidated_total, "sum")


def _limits(effects: Effects) -> tuple[list[tuple[str, list[LimitEffect]]], list[str]]:
    """The limits whose use moves, with their periods, and the names of those whose use does not."""
    by_code: dict[str, list[LimitEffect]] = {}
    for one in effects.plan.limits if effects.plan else ():
        by_code.setdefault(one.code, []).append(one)
    moved, still = [], []
    for periods in by_code.values():
        if any(one.before_ore != one.after_ore for one in periods):
            moved.append((_name(periods[0]), periods))
        else:
            still.append(_name(periods[0]))
    return moved, still


def _name(one: LimitEffect) -> str:
    return one.label if isinstance(one.label, str) else say(one.label)


def _place(one: LimitEffect) -> str:
    return _name(one) if one.year is None else f"{_name(one)} {one.year}"


def whole_ore(number: Any) -> Ore | None:
    """A use or bound as an amount; None stays None."""
    return None if number is None else round_half_up(number)


def period(one: LimitEffect) -> str:
    """Which time the use is of."""
    texts = {
        "total": _("hela planen"),
        "share": _("andel av helheten"),
        "running": _("till och med %(year)s", year=one.year),
        "window": _("från %(year)s", year=one.year),
    }
    return str(texts.get(one.kind, one.year))
