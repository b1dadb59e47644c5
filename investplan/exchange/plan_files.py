"""A plan as people read it, and the Excel file that says the same: one set of sums for page, JSON and Excel.

Amounts are whole öre here and kronor with at most two decimals in the file. Text is always written as text: a title
that begins with `=` never becomes a formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

import xlsxwriter

from investplan.errors import Note
from investplan.units import Ore, kronor_from_ore, round_half_up

MONEY = "#,##0.00"
Cell = str | int | Fraction | Note | None
"""Text, a whole number, a value in points, or empty; money has a type of its own."""


@dataclass(frozen=True)
class Money:
    """An amount in a cell, öre."""

    amount_ore: Ore


@dataclass(frozen=True)
class Formula:
    """A sum that can be followed in the sheet, with the amount (öre) that readers without recalculation see."""

    text: str
    amount_ore: Ore


@dataclass(frozen=True)
class Investment:
    """A proposal that is in the plan. `outlay_ore` is what counts against the room, one entry per year of the plan."""

    proposal_id: int
    case_number: str
    title: str
    committee: str
    category: str
    alternative: str
    alternative_title: str
    start: int
    outlay_ore: tuple[Ore, ...]
    value: Fraction
    decided: bool

    @property
    def total_ore(self) -> Ore:
        return sum(self.outlay_ore)


@dataclass(frozen=True)
class Obstacle:
    """A limit or rule that would break if the proposal were added to the plan as it is.

    `kind` is the checker's code (`max`, `min_share`, `requires` …), `amount_ore` by how much (None for rules).
    """

    kind: str
    code: str
    label: str | Note
    year: int | None = None
    amount_ore: Ore | None = None


@dataclass(frozen=True)
class Option:
    """One alternative and start year of a proposal that is out, and what stands in its way there."""

    alternative: str
    alternative_title: str
    start: int
    value: Fraction
    outlay_ore: Ore
    obstacles: tuple[Obstacle, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """A proposal that competed and is out; `best` is its most valuable option."""

    proposal_id: int
    case_number: str
    title: str
    committee: str
    category: str
    best: Option


@dataclass(frozen=True)
class Unready:
    """A proposal that could not compete, and why."""

    case_number: str
    title: str
    reason: Note


@dataclass(frozen=True)
class Use:
    """What the plan uses of one limit in one period; öre. `year` is None for totals and shares.

    `kind`: `year`, `running` (from the first year up to `year`), `window`, `total`, `share`.
    """

    code: str
    label: str
    row: str
    kind: str
    year: int | None
    used_ore: Ore
    max_ore: Ore | None
    min_ore: Ore | None

    @property
    def left_ore(self) -> Ore | None:
        """Room that is left; None without an upper bound."""
        return None if self.max_ore is None else self.max_ore - self.used_ore


@dataclass(frozen=True)
class Proof:
    """What stands behind the plan: status, figures, solver, and what is needed to do it again.

    Attributes:
        open: Case numbers of proposals that a better plan may treat otherwise; None where it was not looked at.
    """

    status: str
    value: str
    bound: str | None
    gap: str | None
    solver: Mapping[str, Any]
    case_sha256: str
    parameters: str
    software: str
    checked: bool
    finished_at: datetime | None
    open: tuple[str, ...] | None = None


@dataclass(frozen=True)
class PlanReport:
    """A plan with every sum that pages and files show.

    Attributes:
        investment_ore: The municipality's outlay per year, after coordination; companies are not in it.
        company_ore: Each company's outlay per year by code.
        operating_ore: What the municipality as a whole pays per year (accumulated level).
        committee_ore: What each committee's frame must carry per year (accumulated level) by code.
        names: Organisation names by code.
    """

    run_id: int
    round_name: str
    scenario_name: str
    years: tuple[int, ...]
    proof: Proof
    chosen: tuple[Investment, ...]
    out: tuple[LeftOut, ...]
    unready: tuple[Unready, ...]
    uses: tuple[Use, ...]
    investment_ore: tuple[Ore, ...]
    company_ore: Mapping[str, tuple[Ore, ...]]
    operating_ore: tuple[Ore, ...]
    committee_ore: Mapping[str, tuple[Ore, ...]]
    names: Mapping[str, str]

    @property
    def coordination_ore(self) -> tuple[Ore, ...]:
        """What coordination takes off the municipality's outlay per year: zero or below where it saves."""
        own = [one.outlay_ore for one in self.chosen if one.committee not in self.company_ore]
        return tuple(
            total - sum(outlay[year] for outlay in own) for year, total in enumerate(self.investment_ore)
        )


def whole_ore(amount: int | Fraction) -> Ore:
    """Whole öre: shares and weights can give parts of an öre, rounded half up.

    >>> whole_ore(Fraction(5, 2))
    3
    """
    return amount if isinstance(amount, int) else round_half_up(amount)


def write_xlsx(report: PlanReport) -> bytes:
    """The plan as an Excel file with five sheets: in the plan, not in it, limits, years, proof."""
    sheets = {
        "Plan": _chosen_rows(report),
        "Inte med": _out_rows(report),
        "Gränser": _use_rows(report),
        "Per år": _year_rows(report),
        "Underlag": _proof_rows(report),
    }
    return write_sheets(sheets, created=report.proof.finished_at)


def write_sheets(
    sheets: Mapping[str, Iterable[Sequence[Cell | Money | Formula]]], *, created: datetime | None = None
) -> bytes:
    """An Excel file; the first row of each sheet is its head."""
    target = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        if created is not None:
            book.set_properties({"created": created.replace(tzinfo=None)})
        formats = {
            "head": book.add_format({"bold": True, "text_wrap": True}),
            "money": book.add_format({"num_format": MONEY}),
        }
        for name, rows in sheets.items():
            _write_sheet(book.add_worksheet(name), formats, list(rows))
    return target.getvalue()


def _write_sheet(
    sheet: Any, formats: Mapping[str, Any], rows: list[Sequence[Cell | Money | Formula]]
) -> None:
    sheet.freeze_panes(1, 0)
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            _write_cell(sheet, y, x, cell, formats["head"] if y == 0 else None, formats["money"])
    width = max((len(row) for row in rows), default=1)
    for x in range(width):
        longest = max((_shown_width(row[x]) for row in rows if x < len(row)), default=0)
        sheet.set_column(x, x, min(max(longest + 2, 8), 60))


def _shown_width(cell: Cell | Money | Formula) -> int:
    return 16 if isinstance(cell, Money | Formula) else len(str(cell)) if cell is not None else 0


def _write_cell(sheet: Any, y: int, x: int, cell: Cell | Money | Formula, style: Any, money: Any) -> None:
    if cell is None:
        return
    if isinstance(cell, Money):
        sheet.write_number(y, x, kronor_from_ore(cell.amount_ore), money)
    elif isinstance(cell, Formula):
        sheet.write_formula(y, x, cell.text, money, kronor_from_ore(cell.amount_ore))
    elif isinstance(cell, Fraction):
        sheet.write_number(y, x, kronor_from_ore(round_half_up(cell * 100)), style)
    elif isinstance(cell, int) and y:
        sheet.write_number(y, x, cell, style)
    else:
        sheet.write_string(y, x, str(cell), style)


def _chosen_rows(report: PlanReport) -> Iterator[Sequence[Cell | Money]]:
    yield ["Diarienummer", "Förslag", "Nämnd", "Alternativ", "Start", "Värde", "Beslutat", "Utgift i planen, kr",
           *report.years]  # fmt: skip
    for one in report.chosen:
        yield [
            one.case_number, one.title, report.names.get(one.committee, one.committee), one.alternative_title,
            one.start, one.value, "ja" if one.decided else "nej", Money(one.total_ore), *map(Money, one.outlay_ore),
        ]  # fmt: skip


def _out_rows(report: PlanReport) -> Iterator[Sequence[Cell | Money]]:
    yield ["Diarienummer", "Förslag", "Nämnd", "Äskad utgift, kr", "Start", "Värde", "Varför inte med"]
    for one in report.out:
        why = "; ".join(str(obstacle_note(obstacle)) for obstacle in one.best.obstacles)
        yield [
            one.case_number, one.title, report.names.get(one.committee, one.committee), Money(one.best.outlay_ore),
            one.best.start, one.best.value, why,
        ]  # fmt: skip
    for unready in report.unready:
        yield [unready.case_number, unready.title, None, None, None, None, unready.reason]


def obstacle_note(obstacle: Obstacle) -> Note:
    """The obstacle in words, amounts in tkr."""
    if obstacle.amount_ore is None:
        return Note("Regeln bryts: %(rule)s", {"rule": obstacle.label})
    facts = {
        "limit": obstacle.label,
        "year": obstacle.year,
        "amount": f"{round_half_up(Fraction(obstacle.amount_ore, 100_000)):,}".replace(",", "\u00a0"),
    }
    short = obstacle.kind.startswith("min")
    if obstacle.year is None:
        if short:
            return Note("%(limit)s: %(amount)s tkr för lite", facts)
        return Note("%(limit)s: %(amount)s tkr för mycket", facts)
    if short:
        return Note("%(limit)s %(year)s: %(amount)s tkr för lite", facts)
    return Note("%(limit)s %(year)s: %(amount)s tkr för mycket", facts)


def _use_rows(report: PlanReport) -> Iterator[Sequence[Cell | Money]]:
    yield ["Gräns", "Rad", "Slag", "År", "Använt, kr", "Högst, kr", "Minst, kr", "Kvar, kr"]
    for use in report.uses:
        yield [use.label, use.row, use.kind, use.year, Money(use.used_ore),
               *(None if ore is None else Money(ore) for ore in (use.max_ore, use.min_ore, use.left_ore))]  # fmt: skip


def _year_rows(report: PlanReport) -> Iterator[Sequence[Cell | Money]]:
    yield ["Kronor per år", *report.years]
    yield ["Kommunens investeringsutgift", *map(Money, report.investment_ore)]
    yield ["varav samordning mellan förslag", *map(Money, report.coordination_ore)]
    for code, amounts in report.company_ore.items():
        yield [f"Investeringsutgift {report.names.get(code, code)}", *map(Money, amounts)]
    yield ["Kommunens kostnad, koncernvy", *map(Money, report.operating_ore)]
    for code, amounts in report.committee_ore.items():
        yield [f"Nämndens kostnad {report.names.get(code, code)}", *map(Money, amounts)]


def _proof_rows(report: PlanReport) -> Iterator[Sequence[Cell | Money]]:
    proof = report.proof
    yield ["Uppgift", "Värde"]
    yield ["Planeringsomgång", report.round_name]
    yield ["Scenario", report.scenario_name]
    yield ["Status", proof.status]
    yield ["Värde", proof.value]
    yield ["Bästa möjliga värde högst", proof.bound or ""]
    yield ["Återstående avstånd (andel)", proof.gap or ""]
    for name, value in proof.solver.items():
        yield [f"Lösare: {name}", str(value)]
    yield ["Underlagets SHA-256", proof.case_sha256]
    yield ["Parametrar", proof.parameters]
    yield ["Programversion", proof.software]
    yield ["Exakt kontroll godkänd", "ja" if proof.checked else "nej"]
