"""From a table and a mapping to proposals-to-be, with what was done to every row. Pure: no database, no round."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from investplan.errors import Note
from investplan.exchange.amounts import Money, Reconciliation, Sums, read_amount
from investplan.exchange.grouping import StagedProject, StagedRow, group, number, refuse_siblings
from investplan.exchange.mappings import Amounts, Mapping, NegativePolicy, year_columns
from investplan.exchange.placing import Placer
from investplan.exchange.row_reports import RowReport
from investplan.exchange.tables import Cell, Row, Table, clean
from investplan.units import ORE_PER, AmountError, format_amount


@dataclass(frozen=True)
class Staged:
    """A file read by a mapping.

    Attributes:
        rows: One report per row of the file, in its order.
        problems: What is wrong with the file as a whole; nothing can be taken while there is one.
        remarks: What else is worth knowing of the file (unused columns, detected encoding, …).
    """

    file_name: str
    file_sha256: str
    mapping: Mapping
    projects: tuple[StagedProject, ...] = ()
    rows: tuple[RowReport, ...] = ()
    problems: tuple[Note, ...] = ()
    remarks: tuple[Note, ...] = ()
    reconciliation: Reconciliation = field(default_factory=Reconciliation)

    @property
    def refused(self) -> list[RowReport]:
        return [row for row in self.rows if row.outcome == "refused"]


def stage_table(table: Table, mapping: Mapping, file_name: str, content: bytes) -> Staged:
    """The table judged by the mapping: every row is read, and every fault found, whatever the others are."""
    sha256 = hashlib.sha256(content).hexdigest()
    problems = _header_faults(table, mapping) + (
        [] if table.rows else [Note("Filen har inga rader under rubriken.")]
    )
    placer = Placer(mapping.place, table.crs)
    problems += placer.problems
    if problems:
        return Staged(file_name, sha256, mapping, problems=tuple(problems), remarks=table.remarks)
    account = Reconciliation(grants=Sums() if mapping.grants else None)
    reader = _RowReader(mapping, table.header, placer, account)
    rows = [reader.read(row) for row in table.rows]
    projects = group(rows, mapping)
    number(projects, mapping)
    refuse_siblings(projects)
    return Staged(
        file_name,
        sha256,
        mapping,
        tuple(projects),
        tuple(row.report for row in rows),
        (),
        (*table.remarks, *_unused(table.header, mapping), *placer.remarks),
        account,
    )


def _header_faults(table: Table, mapping: Mapping) -> list[Note]:
    faults = []
    for place, column in mapping.columns():
        if column not in table.header:
            faults.append(
                Note(
                    "Kolumnen ”%(column)s” (%(place)s) finns inte i filen.",
                    {"column": column, "place": place},
                )
            )
        elif table.header.count(column) > 1:
            faults.append(Note("Kolumnen ”%(column)s” (%(place)s) finns flera gånger i filen.", {
                "column": column, "place": place}))  # fmt: skip
    years = [("amounts.years", mapping.amounts.years)]
    years += [("grants.years", mapping.grants.years)] if mapping.grants else []
    for place, stated in years:
        if not year_columns(stated, table.header):
            faults.append(Note("Ingen kolumn i filen passar %(place)s.", {"place": place}))
    if mapping.place.geometry and all(row.geometry is None for row in table.rows) and table.crs is None:
        faults.append(Note("Mappningen säger place.geometry men filen har ingen geometri."))
    return faults


def _unused(header: tuple[str, ...], mapping: Mapping) -> list[Note]:
    used = {column for _, column in mapping.columns()}
    used |= set(year_columns(mapping.amounts.years, header).values())
    if mapping.grants:
        used |= set(year_columns(mapping.grants.years, header).values())
    unused = [column or "(utan rubrik)" for column in header if column not in used]
    return [Note("Kolumner som inte används: %(columns)s", {"columns": ", ".join(unused)})] if unused else []


class _RowReader:
    """Reads rows one by one by the mapping, adding every cell to the account."""

    def __init__(
        self, mapping: Mapping, header: tuple[str, ...], placer: Placer, account: Reconciliation
    ) -> None:
        self.mapping, self.placer, self.account = mapping, placer, account
        self.position = {column: place for place, column in enumerate(header)}
        self.text_columns = self._text_columns()
        self.outlay_years = year_columns(mapping.amounts.years, header)
        self.grant_years = year_columns(mapping.grants.years, header) if mapping.grants else {}

    def _text_columns(self) -> list[str]:
        money = set(self.mapping.amounts.outside) | {self.mapping.amounts.total}
        money |= set(self.mapping.grants.outside) if self.mapping.grants else set()
        return sorted({column for _, column in self.mapping.columns()} - money)

    def read(self, row: Row) -> StagedRow:
        report = RowReport(row.number, refusals=list(row.faults))
        for note in row.changes:
            report.change(note)
        texts = {column: _text(row.cells[self.position[column]]) for column in self.text_columns}
        staged = StagedRow(report, texts)
        mapping = self.mapping
        staged.outlays = self._money(
            row, report, self.outlay_years, mapping.amounts.outside, mapping.amounts.negative,
            self.account.outlays, "Utgift")  # fmt: skip
        if mapping.grants and self.account.grants is not None:
            staged.grants = self._money(
                row, report, self.grant_years, mapping.grants.outside, mapping.grants.negative,
                self.account.grants, "Bidrag")  # fmt: skip
        self._compare_total(row, staged)
        staged.place_wkt = self.placer.place(row, texts, report)
        return staged

    def _money(
        self, row: Row, report: RowReport, years: dict[int, str], outside: Sequence[str],
        policy: NegativePolicy, sums: Sums, label: str,
    ) -> Money:  # fmt: skip
        money = Money()
        for year, column in years.items():
            money.by_year[year] += self._amount(row, report, column, policy, sums, money, label)
        for column in outside:
            money.outside[column] += self._amount(row, report, column, policy, sums, money, label)
        return money

    def _amount(
        self,
        row: Row,
        report: RowReport,
        column: str,
        policy: NegativePolicy,
        sums: Sums,
        money: Money,
        label: str,
    ) -> int:
        amounts = self.mapping.amounts
        try:
            amount = read_amount(row.cells[self.position[column]], amounts)
        except AmountError as error:
            sums.unreadable_cells += 1
            report.refuse(
                Note("%(label)s, kolumn %(column)s: %(fault)s", {
                    "label": label, "column": column, "fault": str(error.note)})
            )  # fmt: skip
            return 0
        sums.file_ore += amount.ore
        sums.blank_cells += amount.blank
        sums.rounded_cells += amount.rounded
        facts = {"label": label, "column": column, "amount": _shown(amount.ore, amounts)}
        if amount.blank:
            report.change(Note("%(label)s, kolumn %(column)s är tom och räknas som 0.", facts))
        if amount.scientific:
            text = str(row.cells[self.position[column]])
            report.change(
                Note(
                    "%(label)s, kolumn %(column)s: ”%(text)s” är läst som %(amount)s.",
                    {**facts, "text": text},
                )
            )
        if amount.rounded:
            report.change(Note("%(label)s, kolumn %(column)s är avrundad till hela öre.", facts))
        if amount.ore < 0:
            return self._negative(amount.ore, policy, sums, money, report, facts)
        return amount.ore

    def _negative(
        self,
        ore: int,
        policy: NegativePolicy,
        sums: Sums,
        money: Money,
        report: RowReport,
        facts: dict[str, str],
    ) -> int:
        sums.negative_cells += 1
        sums.negative_ore += ore
        if policy == "refuse":
            report.refuse(Note("%(label)s, kolumn %(column)s är negativ: %(amount)s.", facts))
            return ore
        if policy == "report_and_zero":
            money.zeroed_ore += ore
            report.change(
                Note("%(label)s, kolumn %(column)s är negativ (%(amount)s) och tas upp som 0.", facts)
            )
            return 0
        report.tell(Note("%(label)s, kolumn %(column)s är negativ (%(amount)s) och behålls.", facts))
        return ore

    def _compare_total(self, row: Row, staged: StagedRow) -> None:
        amounts = self.mapping.amounts
        if amounts.total is None:
            return
        try:
            stated = read_amount(row.cells[self.position[amounts.total]], amounts)
        except AmountError as error:
            staged.report.tell(Note("Summakolumnen %(column)s: %(fault)s", {
                "column": amounts.total, "fault": str(error.note)}))  # fmt: skip
            return
        difference = stated.ore - staged.outlays.total_ore - staged.outlays.zeroed_ore
        if difference:
            staged.report.tell(
                Note("Summakolumnen %(column)s skiljer %(amount)s från radens belopp. Beloppen gäller.", {
                    "column": amounts.total, "amount": _shown(difference, amounts)})
            )  # fmt: skip


def _text(cell: Cell) -> str:
    return "" if cell is None else clean(str(cell))


def _shown(ore: int, amounts: Amounts) -> str:
    """The amount in the mapping's own unit, or in whole units of a foreign currency."""
    if amounts.currency != "SEK":
        return f"{format_amount(ore, 'kr', 0 if ore % 100 == 0 else 2)} {amounts.currency}"
    decimals = 0 if ore % ORE_PER[amounts.unit] == 0 else 2
    return f"{format_amount(ore, amounts.unit, decimals)} {amounts.unit}"
