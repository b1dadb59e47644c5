"""Last year's budget as a file: SIE, Excel or CSV, to one amount per responsibility, and which committee each is.

Source: sections 8.1 and 10.5 of the domain reference: an account's total and its parts are never both summed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from investplan.errors import Note
from investplan.exchange.amounts import read_amount
from investplan.exchange.mappings import Amounts
from investplan.exchange.sie import RESPONSIBILITY
from investplan.exchange.sie_reading import PeriodBudget, SieFile
from investplan.exchange.tables import Cell, Table, clean
from investplan.units import AmountError, Ore, Unit

CODES = frozenset(
    ("ansvar", "ansvarskod", "kod", "objekt", "kostnadsställe", "nämnd", "nämndkod", "code", "committee")
)
NAMES = frozenset(("namn", "benämning", "ansvarsnamn", "nämndnamn", "name"))
AMOUNT_WORDS = frozenset(("belopp", "budget", "ram", "nettobudget", "kommunbidrag", "amount"))
YEARLY = re.compile(r"(?:budget|ram|belopp) ([0-9]{4})(?:,? (?:kr|tkr|mnkr))?")
RESULT_ACCOUNT = re.compile(r"[3-8][0-9]*")
SUMS = re.compile(r"(?i)summa.*|tot.*|sum")
RULE = re.compile(r"\s*(?P<code>[^=]+?)\s*=\s*(?P<committee>[^=]*?)\s*")
NO_CODE = ""
"""The responsibility of what a file does not put on any."""


@dataclass(frozen=True)
class Fault:
    """What is wrong on a line of the file or of the mapping."""

    line: int
    note: Note


@dataclass(frozen=True)
class Responsibility:
    """What one responsibility has in the file over the year; `code` is empty for what is on none."""

    code: str
    name: str
    amount_ore: Ore


@dataclass(frozen=True)
class BudgetReading:
    """A file's amounts. `other_accounts_ore` is what stands on balance accounts (investments) and is not read."""

    responsibilities: tuple[Responsibility, ...] = ()
    other_accounts_ore: Ore = 0
    faults: tuple[Fault, ...] = ()
    remarks: tuple[Note, ...] = ()

    @property
    def total_ore(self) -> Ore:
        return sum(one.amount_ore for one in self.responsibilities)


# --- tables ------------------------------------------------------------------------------------------------------


def read_budget_table(table: Table, year: int, unit: Unit) -> BudgetReading:
    """Amounts by responsibility from a table with a column of codes and one of amounts (`Budget 2026` or `Belopp`).

    Rows with the same code are added; a row that is a sum of others is passed over and told.
    """
    names = [clean(name).casefold() for name in table.header]
    code, name = _column(names, CODES), _column(names, NAMES)
    amount = _amount_column(names, year)
    lacking = [
        Fault(1, Note("Kolumnen %(name)s saknas.", {"name": what}))
        for what, place in (("ansvar", code), (f"budget {year}", amount))
        if place is None
    ]
    if code is None or amount is None:
        return BudgetReading(faults=tuple(lacking), remarks=table.remarks)
    stated = Amounts(unit=unit, years="{year}")
    found: dict[str, Responsibility] = {}
    faults: list[Fault] = []
    sums = 0
    for row in table.rows:
        key = _text(row.cells[code])
        if SUMS.fullmatch(key):
            sums += 1
            continue
        try:
            if row.faults:
                raise AmountError(row.faults[0])
            read = read_amount(row.cells[amount], stated)
        except AmountError as error:
            faults.append(Fault(row.number, error.note))
            continue
        before = found.get(key)
        shown = _text(row.cells[name]) if name is not None else ""
        found[key] = Responsibility(
            key, (before.name if before else "") or shown, (before.amount_ore if before else 0) + read.ore
        )
    remarks = [*table.remarks]
    if sums:
        remarks.append(Note("%(count)d summarader är inte lästa.", {"count": sums}))
    if not found and not faults:
        faults.append(Fault(1, Note("Filen har inga belopp.")))
    return BudgetReading(tuple(found.values()), 0, tuple(faults), tuple(remarks))


def _text(cell: Cell) -> str:
    return "" if cell is None else clean(str(cell))


def _column(names: Sequence[str], known: frozenset[str]) -> int | None:
    return next((place for place, name in enumerate(names) if name in known), None)


def _amount_column(names: Sequence[str], year: int) -> int | None:
    """The column of the year; else the only one that is called an amount."""
    for place, name in enumerate(names):
        found = YEARLY.fullmatch(name)
        if name == str(year) or (found is not None and int(found[1]) == year):
            return place
    return _column(names, AMOUNT_WORDS)


# --- SIE ---------------------------------------------------------------------------------------------------------


def read_budget_sie(file: SieFile, year: int) -> BudgetReading:
    """Amounts by responsibility (dimension 1) of the year, result accounts only; totals and parts never both."""
    faults = [Fault(line, note) for line, note in file.faults]
    number = next((n for n, (first, _) in file.years.items() if first[:4] == str(year)), None)
    if number is None:
        years = ", ".join(sorted(first[:4] for first, _ in file.years.values()))
        note = Note(
            "Filen har inte räkenskapsåret %(year)d. Den har: %(years)s", {"year": year, "years": years}
        )
        return BudgetReading(faults=(*faults, Fault(1, note)), remarks=file.remarks)
    by_account: dict[str, list[PeriodBudget]] = {}
    other_ore = 0
    for one in file.budgets:
        if one.year_number != number:
            continue
        if RESULT_ACCOUNT.fullmatch(one.account):
            by_account.setdefault(one.account, []).append(one)
        elif not one.objects:
            other_ore += one.amount_ore
    amounts: dict[str, Ore] = {}
    for account, rows in sorted(by_account.items()):
        parts = _parts_of_account(account, rows)
        if isinstance(parts, Fault):
            faults.append(parts)
            continue
        for code, amount_ore in parts.items():
            amounts[code] = amounts.get(code, 0) + amount_ore
    if not by_account and not faults:
        faults.append(
            Fault(1, Note("Filen har ingen budget på resultatkonton för %(year)d.", {"year": year}))
        )
    found = tuple(
        Responsibility(code, file.objects.get((RESPONSIBILITY, code), ""), amount_ore)
        for code, amount_ore in sorted(amounts.items())
        if code or amount_ore
    )
    return BudgetReading(found, other_ore, tuple(faults), file.remarks)


def _parts_of_account(account: str, rows: Sequence[PeriodBudget]) -> dict[str, Ore] | Fault:
    """One account's amounts by responsibility, and under `NO_CODE` what the total has beyond them."""
    totals = [row.amount_ore for row in rows if not row.objects]
    coarse = _by_code(row for row in rows if len(row.objects) == 1)
    fine = _by_code(row for row in rows if len(row.objects) > 1)
    both = {code: coarse.get(code, 0) + fine.get(code, 0) for code in coarse.keys() | fine.keys()}
    if not coarse or not fine or (totals and sum(both.values()) == sum(totals)):
        parts = both
    elif totals and sum(coarse.values()) == sum(totals):
        parts = coarse
    else:
        return Fault(rows[0].line, Note("Konto %(account)s: raderna per objekt går inte ihop med kontots total.", {
            "account": account}))  # fmt: skip
    rest = sum(totals) - sum(parts.values()) if totals else 0
    return parts | ({NO_CODE: rest} if rest else {})


def _by_code(rows: Iterator[PeriodBudget]) -> dict[str, Ore]:
    found: dict[str, Ore] = {}
    for row in rows:
        code = dict(row.objects).get(RESPONSIBILITY)
        if code is not None:
            found[code] = found.get(code, 0) + row.amount_ore
    return found


# --- which committee each responsibility is ----------------------------------------------------------------------


@dataclass(frozen=True)
class CommitteeRules:
    """Which committee a responsibility belongs to. `exact` by its code, `prefixes` the longest first.

    An empty committee means that the responsibility is left out on purpose.
    """

    exact: Mapping[str, str] = field(default_factory=dict)
    prefixes: tuple[tuple[str, str], ...] = ()
    faults: tuple[Fault, ...] = ()

    def committee_of(self, code: str) -> str | None:
        """The committee's code, "" where it is left out, None where no rule says."""
        if code in self.exact:
            return self.exact[code]
        return next((committee for prefix, committee in self.prefixes if code.startswith(prefix)), None)


def read_rules(text: str) -> CommitteeRules:
    """Rules as lines `3100 = UN`, `31* = UN` or `9* =` (left out); `- = KS` is what is on no responsibility.

    >>> rules = read_rules("3100 = KFN\\n31* = UN\\n9* =")
    >>> rules.committee_of("3100"), rules.committee_of("3199"), rules.committee_of("91"), rules.committee_of("5")
    ('KFN', 'UN', '', None)
    """
    exact: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = RULE.fullmatch(line)
        if found is None:
            faults.append(
                Fault(number, Note("”%(text)s” ska vara ansvar = nämnd.", {"text": line.strip()[:60]}))
            )
            continue
        code, committee = clean(found["code"]), found["committee"]
        target, key = (
            (prefixes, code[:-1]) if code.endswith("*") else (exact, NO_CODE if code == "-" else code)
        )
        if target.get(key, committee) != committee:
            faults.append(Fault(number, Note("%(code)s står två gånger.", {"code": code})))
        target[key] = committee
    return CommitteeRules(exact, tuple(sorted(prefixes.items(), key=lambda one: -len(one[0]))), tuple(faults))
