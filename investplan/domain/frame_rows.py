"""Rows of a frame with the calculation behind each: what changes, why, from which lines and by which formula.

A row's amount is always the sum of its calculation's parts (`part_ore`), so that a figure can be followed to its inputs.
Source: sections 3.2-3.7, 10.1, 10.2 and 10.17 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from investplan.domain.capital_costs import kronor_text
from investplan.domain.consequences import CommitteeKind, CommitteeLine, CommitteeView
from investplan.domain.frames import AdjustmentKind, frame_changes
from investplan.domain.labels import N_
from investplan.domain.parameters import Parameters
from investplan.errors import Note
from investplan.units import Ore

Detail = tuple[dict[str, Any], ...]

KEPT = N_("Nämnden behåller minskningen")
EARLIER_SCHEDULE, LATER_SCHEDULE = N_("Enligt tidigare tidplan"), N_("Enligt ny tidplan")
EARLIER_RATE, LATER_RATE = N_("Med beslutad internränta"), N_("Med ny internränta")
CAPITAL_KINDS = (CommitteeKind.RENT, CommitteeKind.CAPITAL_COST)
"""What a price tag that holds premises already pays for."""


@dataclass(frozen=True)
class FrameRow:
    """One change of one committee's frame in one year, with its calculation.

    Args:
        key: Names the row within its decision, committee and year; a row may be applied there only once.
        permanent: False is taken back the year after.
        group: Rows of one group are a move: they sum to zero in each year ("" belongs to none).
        detail: Parts of the calculation as JSON, see `part_ore`.
    """

    committee: str
    year: int
    kind: AdjustmentKind
    amount_ore: Ore
    source: str
    key: str
    permanent: bool = True
    group: str = ""
    detail: Detail = ()


def part_ore(part: Mapping[str, Any]) -> Ore:
    """What one part of a calculation adds to its row: an amount, or the change from one level to another.

    >>> part_ore({"label": "Löneöversyn", "amount_ore": 5}), part_ore({"before_ore": 3, "level_ore": 2})
    (5, -1)
    """
    if "amount_ore" in part:
        amount: Ore = part["amount_ore"]
        return amount
    change: Ore = part["level_ore"] - part["before_ore"]
    return change


def amount_part(label: str, detail: str, amount_ore: Ore, formula: Iterable[Note] = ()) -> dict[str, Any]:
    """A part that is an amount of its own. `label` is a Swedish message id, `detail` a name."""
    return {"label": label, "detail": detail, "amount_ore": amount_ore, "formula": [str(n) for n in formula]}


# Rows that follow from an investment


def investment_rows(view: CommitteeView, parameters: Parameters, *, source: str = "") -> Iterator[FrameRow]:
    """The rows of one investment: one per committee, year and kind whose level changes.

    Committees whose price tags hold their premises get no rent and no capital cost on top (`premises_in_price_tag`).
    """
    for committee in view.committees:
        for kind, changes in frame_changes(view, committee, parameters).items():
            if kind in CAPITAL_KINDS and committee in parameters.premises_in_price_tag:
                continue
            for index, change in enumerate(changes):
                if change:
                    yield FrameRow(
                        committee,
                        view.years[index],
                        AdjustmentKind(kind.value),
                        change,
                        source,
                        f"investment:{kind.value}",
                        detail=level_parts(view, committee, kind, index, change),
                    )


def level_parts(
    view: CommitteeView, committee: str, kind: CommitteeKind, index: int, change_ore: Ore
) -> Detail:
    """The lines behind a change, with level this year and last; what the committee keeps of a fall is a part too."""
    year = view.years[index]
    parts: list[dict[str, Any]] = []
    for line in view.lines_of(committee):
        before_ore = line.amounts_ore[index - 1] if index else 0
        if line.kind is kind and (line.amounts_ore[index] or before_ore):
            parts.append(
                {
                    "label": line.label,
                    "detail": line.detail,
                    "before_ore": before_ore,
                    "level_ore": line.amounts_ore[index],
                    "formula": [str(note) for note in line.explain(year)],
                }
            )
    kept_ore = change_ore - sum(part_ore(part) for part in parts)
    return (*parts, amount_part(KEPT, "", kept_ore)) if kept_ore else tuple(parts)


# Differences between two schedules or two rates of the same investment


Cell = tuple[str, int, AdjustmentKind]


def cells(rows: Iterable[FrameRow]) -> dict[Cell, Ore]:
    """Sum of the rows by committee, year and kind."""
    sums: dict[Cell, Ore] = {}
    for row in rows:
        cell = (row.committee, row.year, row.kind)
        sums[cell] = sums.get(cell, 0) + row.amount_ore
    return sums


def difference_rows(
    carried: CommitteeView,
    wanted: CommitteeView,
    parameters: Parameters,
    *,
    source: str,
    key: str,
) -> Iterator[FrameRow]:
    """What must be added where the frames carry the changes of `carried` and should carry those of `wanted`.

    Used for delays: both views are of the same investment, computed with the same parameters.
    """
    before = cells(investment_rows(carried, parameters))
    after = cells(investment_rows(wanted, parameters))
    for cell in sorted(before.keys() | after.keys(), key=lambda one: (one[1], one[0], one[2].value)):
        committee, year, kind = cell
        amount_ore = after.get(cell, 0) - before.get(cell, 0)
        if amount_ore:
            detail = (
                amount_part(
                    EARLIER_SCHEDULE,
                    "",
                    -before.get(cell, 0),
                    _level_notes(carried, committee, kind, year),
                ),
                amount_part(
                    LATER_SCHEDULE, "", after.get(cell, 0), _level_notes(wanted, committee, kind, year)
                ),
            )
            yield FrameRow(committee, year, kind, amount_ore, source, f"{key}:{kind.value}", detail=detail)


def _level_notes(view: CommitteeView, committee: str, kind: AdjustmentKind, year: int) -> Iterator[Note]:
    """Each line's level in the year with its formula: what the change comes from."""
    index = view.years.index(year)
    for line in view.lines_of(committee):
        before_ore = line.amounts_ore[index - 1] if index else 0
        if line.kind.value == kind.value and (line.amounts_ore[index] or before_ore):
            yield _level_note(line, year, before_ore, line.amounts_ore[index])
            yield from line.explain(year)


def _level_note(line: CommitteeLine, year: int, before_ore: Ore, level_ore: Ore) -> Note:
    facts = {
        "line": f"{line.label}, {line.detail}" if line.detail else line.label,
        "before_year": year - 1,
        "before": kronor_text(before_ore),
        "year": year,
        "level": kronor_text(level_ore),
    }
    return Note("%(line)s: %(before)s kr %(before_year)s, %(level)s kr %(year)s", facts)


@dataclass(frozen=True)
class RateShift:
    """One decided investment with the internal rate it was decided with and with the rate of today."""

    source: str
    decided: CommitteeView
    current: CommitteeView
    parameters: Parameters


RATE_KEY, RATE_COUNTER_KEY = "internal-rate", "internal-rate-counter"
RATE_GROUP = "Ändrad internränta, neutral"


def rate_rows(shifts: Sequence[RateShift], finance: str) -> Iterator[FrameRow]:
    """Technical rows that let every frame follow a changed internal rate, and their counter at central finance.

    Each year's rows sum to zero: a changed rate is neither a saving nor a cut (section 10.17).

    Args:
        finance: Code of the organisation that carries central finance.
    """
    parts: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for shift in shifts:
        before = cells(investment_rows(shift.decided, shift.parameters))
        after = cells(investment_rows(shift.current, shift.parameters))
        for committee, year in sorted({(cell[0], cell[1]) for cell in before.keys() | after.keys()}):
            old = sum(ore for cell, ore in before.items() if cell[:2] == (committee, year))
            new = sum(ore for cell, ore in after.items() if cell[:2] == (committee, year))
            if new != old:
                parts.setdefault((year, committee), []).append(_rate_part(shift.source, old, new))
    totals: dict[int, Ore] = {}
    for (year, committee), found in sorted(parts.items()):
        amount_ore = sum(part_ore(part) for part in found)
        totals[year] = totals.get(year, 0) + amount_ore
        if amount_ore:
            yield _technical(committee, year, amount_ore, RATE_KEY, tuple(found))
    for year, total in sorted(totals.items()):
        if total:
            counter = amount_part(N_("Motpost: nämndernas ändrade internränta"), "", -total)
            yield _technical(finance, year, -total, RATE_COUNTER_KEY, (counter,))


def _rate_part(source: str, old_ore: Ore, new_ore: Ore) -> dict[str, Any]:
    notes = (
        Note("Ändring i ramen med beslutad internränta: %(amount)s kr", {"amount": kronor_text(old_ore)}),
        Note("Ändring i ramen med ny internränta: %(amount)s kr", {"amount": kronor_text(new_ore)}),
    )
    return amount_part(N_("Ändrad internränta"), source, new_ore - old_ore, notes)


def _technical(committee: str, year: int, amount_ore: Ore, key: str, detail: Detail) -> FrameRow:
    return FrameRow(
        committee, year, AdjustmentKind.TECHNICAL, amount_ore, RATE_GROUP, key, True, RATE_GROUP, detail
    )
