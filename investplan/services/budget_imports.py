"""Last year's budget from a file: looked at first, then set as the committees' base frames, all of them or none.

`stage` reads in the limited child process, `preview` says which committee gets what, `take` does it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from investplan.db.models import BudgetImport
from investplan.domain.organisations import OrganisationKind
from investplan.errors import InvalidInputError, Note, NotFoundError
from investplan.exchange import budget_files, sandbox, sie_reading
from investplan.exchange.budget_files import BudgetReading, Fault, Responsibility
from investplan.exchange.tables import UnreadableError, Wanted
from investplan.services import frames, organisations, rounds
from investplan.services.work import Work, once
from investplan.units import Ore, Unit

FORMATS = {
    ".se": "sie",
    ".si": "sie",
    ".sie": "sie",
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".xlsx": "xlsx",
}
MAX_RULES_CHARACTERS = 20_000
MAX_SOURCE = 200


class RefusedBudgetError(InvalidInputError):
    """Nothing was set; `preview` says all that is wrong."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        shown = preview.faults[:200]
        super().__init__(
            {f"line {fault.line} ({number})": fault.note for number, fault in enumerate(shown, start=1)}
        )


@dataclass(frozen=True)
class StagedBudget:
    """A file as it was read, for one year; nothing is stored."""

    file_name: str
    file_sha256: str
    year: int
    reading: BudgetReading


@dataclass(frozen=True)
class Line:
    """A responsibility and where it goes: a committee's code, "" where it is left out, None where no rule says."""

    responsibility: Responsibility
    committee: str | None


@dataclass(frozen=True)
class CommitteeSum:
    """What a committee's base frame becomes, and what it is now (None where it has none)."""

    code: str
    name: str
    amount_ore: Ore
    before_ore: Ore | None


@dataclass(frozen=True)
class Preview:
    """What taking the file would do. With any fault nothing is taken."""

    staged: StagedBudget
    lines: tuple[Line, ...]
    sums: tuple[CommitteeSum, ...]
    faults: tuple[Fault, ...]

    @property
    def left_out_ore(self) -> Ore:
        return sum(one.responsibility.amount_ore for one in self.lines if one.committee == "")


def stage(
    source: Path | bytes, file_name: str, year: int, *, unit: Unit = "kr", sheet: str | None = None
) -> StagedBudget:
    """The file as it is read for a year; touches no database. What is wrong with it is in `reading.faults`.

    Args:
        unit: Of the amounts in Excel and CSV; SIE is always in kronor.
    """
    content = source if isinstance(source, bytes) else sandbox.read_capped(source)
    sha256 = hashlib.sha256(content).hexdigest()
    return StagedBudget(file_name[:200], sha256, year, _read(content, file_name, year, unit, sheet))


def _read(content: bytes, file_name: str, year: int, unit: Unit, sheet: str | None) -> BudgetReading:
    file_format = FORMATS.get(Path(file_name).suffix.lower())
    if file_format is None:
        note = Note("Filen ska vara SIE (.se), Excel (.xlsx) eller CSV (.csv).")
        return BudgetReading(faults=(Fault(1, note),))
    try:
        table = sandbox.read_table(content, file_name, Wanted(file_format, sheet=sheet))
    except UnreadableError as error:
        return BudgetReading(faults=tuple(Fault(1, note) for note in error.notes))
    if file_format == "sie":
        return budget_files.read_budget_sie(sie_reading.interpret(table), year)
    return budget_files.read_budget_table(table, year, unit)


def preview(work: Work, round_id: int, staged: StagedBudget, rules_text: str) -> Preview:
    """Which committee gets what, and everything that stands in the way; writes nothing.

    Rules come first; a responsibility that is a committee's code or name needs none.
    """
    work.require("edit frames")
    planning_round = rounds.find(work, round_id)
    rules = budget_files.read_rules(rules_text[:MAX_RULES_CHARACTERS])
    committees = {
        one.code: one.name for one in organisations.everything(work) if one.kind == OrganisationKind.COMMITTEE
    }
    by_name = {name.casefold(): code for code, name in committees.items()}
    lines = tuple(
        Line(one, _committee_of(one, rules, committees, by_name)) for one in staged.reading.responsibilities
    )
    faults = [*staged.reading.faults, *rules.faults]
    if staged.year != planning_round.budget_year - 1:
        facts = {"year": planning_round.budget_year - 1}
        faults.append(Fault(1, Note("Utgångsläget är budgeten för %(year)d.", facts)))
    faults.extend(_line_faults(lines, committees))
    bases = {one.organisation.code: one.base_ore for one in frames.of_round(work, round_id)}
    sums = tuple(
        CommitteeSum(code, name, _sum_of(lines, code), bases.get(code))
        for code, name in sorted(committees.items())
        if any(line.committee == code for line in lines)
    )
    if not sums and not faults:
        faults.append(Fault(1, Note("Ingen nämnd får något belopp av filen.")))
    return Preview(staged, lines, sums, tuple(faults))


def _committee_of(
    one: Responsibility, rules: budget_files.CommitteeRules, committees: dict[str, str], by_name: dict[str, str]
) -> str | None:  # fmt: skip
    stated = rules.committee_of(one.code)
    if stated is not None:
        return stated
    if one.code in committees:
        return one.code
    return by_name.get(one.code.casefold()) if one.code else None


def _line_faults(lines: Sequence[Line], committees: dict[str, str]) -> list[Fault]:
    faults: list[Fault] = []
    for line in lines:
        code = line.responsibility.code
        if line.committee is None:
            text = Note("Ansvaret %(code)s hör inte till någon nämnd. Skriv en rad för det.", {"code": code})
            faults.append(
                Fault(1, text if code else Note("Belopp utan ansvar. Skriv raden ”- = nämnd” eller ”- =”."))
            )
        elif line.committee and line.committee not in committees:
            faults.append(Fault(1, Note("Nämnden %(code)s finns inte.", {"code": line.committee})))
    return faults


def _sum_of(lines: Sequence[Line], code: str) -> Ore:
    return sum(line.responsibility.amount_ore for line in lines if line.committee == code)


def take(work: Work, round_id: int, staged: StagedBudget, rules_text: str, *, key: str = "") -> BudgetImport:
    """Set the committees' base frames from the file: all of them, or none.

    Raises:
        RefusedBudgetError: something stands in the way.
        StateError: a committee has decided rows already; its base is history.
    """
    work.require("edit frames")
    body = {"round": round_id, "file": staged.file_sha256, "year": staged.year, "rules": rules_text}

    def write() -> int:
        found = preview(work, round_id, staged, rules_text)
        if found.faults:
            raise RefusedBudgetError(found)
        source = f"Budget {staged.year}, {staged.file_name}"[:MAX_SOURCE]
        with work.session.begin_nested():
            for one in found.sums:
                frames.set_base(work, round_id, one.code, one.amount_ore, source=source)
            return _store(work, round_id, found, rules_text)

    return find(work, once(work, "import budget", key, body, write))


def _store(work: Work, round_id: int, found: Preview, rules_text: str) -> int:
    lines = [
        {
            "code": line.responsibility.code,
            "name": line.responsibility.name,
            "amount_ore": line.responsibility.amount_ore,
            "committee": line.committee,
        }
        for line in found.lines
    ]
    stored = BudgetImport(
        round_id=round_id,
        file_name=found.staged.file_name,
        file_sha256=found.staged.file_sha256,
        mapping=rules_text,
        lines=lines,
        imported_by=work.actor.user_id or 0,
        imported_at=work.now(),
    )
    work.session.add(stored)
    work.session.flush()
    after = {
        "file_name": stored.file_name,
        "file_sha256": stored.file_sha256,
        "year": found.staged.year,
        "mapping": rules_text,
        "bases_ore": {one.code: one.amount_ore for one in found.sums},
        "left_out_ore": found.left_out_ore,
    }
    work.record("import budget", "budget_import", stored.id, after=after)
    return stored.id


def find(work: Work, import_id: int) -> BudgetImport:
    """One import.

    Raises:
        NotFoundError: there is none.
    """
    work.require("edit frames")
    stored = work.session.get(BudgetImport, import_id)
    if stored is None:
        raise NotFoundError("budget import", import_id)
    return stored


def of_round(work: Work, round_id: int) -> list[BudgetImport]:
    """The round's imports, the latest first."""
    work.require("edit frames")
    query = select(BudgetImport).where(BudgetImport.round_id == round_id).order_by(BudgetImport.id.desc())
    return list(work.session.scalars(query))


def latest_rules(work: Work) -> str:
    """The rules of the latest import, to begin the next one from; empty where there is none."""
    work.require("edit frames")
    stored = work.session.scalar(select(BudgetImport).order_by(BudgetImport.id.desc()).limit(1))
    return stored.mapping if stored else ""
