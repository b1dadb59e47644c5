from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from investplan.cli.budgets import budget_command
from investplan.db.models import AuditEntry, BaseFrame, BudgetImport, PlanningRound
from investplan.db.session import Database
from investplan.domain.frames import AdjustmentKind
from investplan.domain.organisations import Role
from investplan.errors import InvalidInputError, NotAllowedError, NotFoundError, StateError
from investplan.services import accounts, budget_imports, decisions, frames
from investplan.services.budget_imports import RefusedBudgetError
from investplan.services.work import Actor, Work, begin, look
from tests import factories, prepared_plans

FILE = "Ansvar;Benämning;Budget 2026\n3100;Förskola norr;1 000\n3200;Skola;2 000,5\nKFN;Kultur;500\n"
RULES = "3* = UN\n"


@pytest.fixture
def found(work: Work) -> PlanningRound:
    prepared_plans.organisations_for(work)
    return factories.planning_round(work)


def stage(text: str = FILE, name: str = "budget.csv", year: int = 2026) -> budget_imports.StagedBudget:
    return budget_imports.stage(text.encode(), name, year, unit="tkr")


def bases(work: Work) -> dict[str, int]:
    return {one.organisation.code: one.amount_ore for one in work.session.scalars(select(BaseFrame))}


def count(work: Work, model: type) -> int:
    return work.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_file_is_looked_at_before_anything_is_written(work: Work, found: PlanningRound) -> None:
    seen = budget_imports.preview(work, found.id, stage(), RULES)
    assert seen.faults == ()
    assert [(one.responsibility.code, one.committee) for one in seen.lines] == [
        ("3100", "UN"), ("3200", "UN"), ("KFN", "KFN"),
    ]  # fmt: skip
    assert [(one.code, one.amount_ore, one.before_ore) for one in seen.sums] == [
        ("KFN", 500_000_00, None), ("UN", 3_000_500_00, None),
    ]  # fmt: skip
    assert bases(work) == {}


def test_taking_the_file_sets_every_committees_base_with_its_source(work: Work, found: PlanningRound) -> None:
    stored = budget_imports.take(work, found.id, stage(), RULES)
    assert bases(work) == {"UN": 3_000_500_00, "KFN": 500_000_00}
    assert frames.of_committee(work, found.id, "UN").base_source == "Budget 2026, budget.csv"
    assert budget_imports.of_round(work, found.id) == [stored]
    assert budget_imports.latest_rules(work) == RULES
    entry = work.session.scalar(select(AuditEntry).where(AuditEntry.noun == "budget_import"))
    assert entry is not None
    assert entry.after is not None
    assert entry.after["bases_ore"] == {"KFN": 500_000_00, "UN": 3_000_500_00}


def test_the_same_form_again_is_the_same_import(work: Work, found: PlanningRound) -> None:
    first = budget_imports.take(work, found.id, stage(), RULES, key="a")
    audited = count(work, AuditEntry)
    assert budget_imports.take(work, found.id, stage(), RULES, key="a") == first
    assert count(work, AuditEntry) == audited
    with pytest.raises(InvalidInputError, match="annat innehåll"):
        budget_imports.take(work, found.id, stage(), RULES + "KFN =", key="a")


def test_a_responsibility_may_be_a_committees_name_and_may_be_left_out(
    work: Work, found: PlanningRound
) -> None:
    text = "Ansvar;Budget 2026\nUtbildningsnämnden;5\n9100;7\n"
    seen = budget_imports.preview(work, found.id, stage(text), "9* =")
    assert [one.committee for one in seen.lines] == ["UN", ""]
    assert (seen.faults, seen.left_out_ore) == ((), 7_000_00)


@pytest.mark.parametrize(
    ("text", "rules", "year", "words"),
    [
        (FILE, "", 2026, "Ansvaret 3100 hör inte till någon nämnd"),
        (FILE, "3* = XX", 2026, "Nämnden XX finns inte"),
        (FILE, "3* = KVAB", 2026, "Nämnden KVAB finns inte"),
        (FILE, RULES + "hej", 2026, "ansvar = nämnd"),
        (FILE.replace("2026", "2025"), RULES, 2025, "Utgångsläget är budgeten för 2026"),
        (FILE.replace("500", "femhundra"), RULES, 2026, "är inte ett belopp"),
        ("Ansvar;Budget 2026\n9;5\n", "9 =", 2026, "Ingen nämnd får något belopp"),
    ],
)
def test_what_stands_in_the_way_stops_the_whole_file(
    work: Work, found: PlanningRound, text: str, rules: str, year: int, words: str
) -> None:
    with pytest.raises(RefusedBudgetError, match=words):
        budget_imports.take(work, found.id, stage(text, year=year), rules)
    assert bases(work) == {}
    assert count(work, BudgetImport) == 0


def test_files_that_cannot_be_read_are_told() -> None:
    for content, name, words in (
        (b"a", "budget.pdf", "ska vara SIE"),
        (b"", "budget.csv", "tom"),
        (b"#HEJ\n", "budget.se", "inte en SIE-fil"),
    ):
        reading = budget_imports.stage(content, name, 2026).reading
        assert words in str(reading.faults[0].note)


def test_one_committee_with_decided_rows_stops_all(work: Work, found: PlanningRound) -> None:
    frames.set_base(work, found.id, "UN", 1, source="före")
    decision = decisions.record(work, found.id, decided_on=date(2026, 6, 15), paragraph="9", title="Budget")
    frames.add_decided(work, decision, "UN", 2027, AdjustmentKind.PRIORITY, 5, source="x")
    with pytest.raises(StateError, match="redan beslutade"):
        budget_imports.take(work, found.id, stage(), RULES)
    assert bases(work) == {"UN": 1}
    assert count(work, BudgetImport) == 0


def test_excel_is_read_from_the_sheet_that_is_named(work: Work, found: PlanningRound) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Annat"
    sheet = book.create_sheet("Budget")
    for row in (["Nämnd", "Ram 2026"], ["UN", 1000.07], ["KFN", 5]):
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    staged = budget_imports.stage(target.getvalue(), "budget.xlsx", 2026, unit="kr", sheet="Budget")
    budget_imports.take(work, found.id, staged, "")
    assert bases(work) == {"UN": 1000_07, "KFN": 5_00}
    several = budget_imports.stage(target.getvalue(), "budget.xlsx", 2026)
    assert "flera blad" in str(several.reading.faults[0].note)


def test_our_own_sie_file_of_last_year_sets_the_same_frames(work: Work, found: PlanningRound) -> None:
    before = factories.planning_round(work, "Budget 2026", 2026)
    for code, amount_ore in (("UN", 1_234_567_89), ("KFN", -5_01)):
        frames.set_base(work, before.id, code, amount_ore, source="2025")
    written = accounts.sie_file(work, before, frames.of_round(work, before.id), 2026, company="Provköping")
    budget_imports.take(work, found.id, budget_imports.stage(written.content, "ramar-2026.se", 2026), "")
    got = {one.organisation.code: one.base_ore for one in frames.of_round(work, found.id)}
    assert got == {"UN": 1_234_567_89, "KFN": -5_01}


def test_only_finance_reads_in_a_budget(work: Work, found: PlanningRound) -> None:
    planner = Work(work.session, Actor(7, "p", Role.PLANNER))
    with pytest.raises(NotAllowedError):
        budget_imports.take(planner, found.id, stage(), RULES)
    with pytest.raises(NotAllowedError):
        budget_imports.preview(planner, found.id, stage(), RULES)
    with pytest.raises(NotFoundError):
        budget_imports.find(work, 999)
    assert budget_imports.latest_rules(work) == ""


# --- the command -------------------------------------------------------------------------------------------------


@pytest.fixture
def command(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    with begin(database) as work:
        prepared_plans.organisations_for(work)
        factories.planning_round(work)
    monkeypatch.setenv("INVESTPLAN_DATABASE_URL", database.url)
    (tmp_path / "budget.csv").write_text(FILE, encoding="cp437")
    (tmp_path / "rules.txt").write_text(RULES, encoding="utf-8")

    def run(*arguments: str) -> Result:
        fixed = [str(tmp_path / "budget.csv"), "--round", "Budget 2027", "--unit", "tkr"]
        return CliRunner().invoke(budget_command, [*fixed, *arguments])

    return run


def test_the_command_sets_the_bases_or_only_says_what_would_happen(
    command: Callable[..., Result], database: Database, tmp_path: Path
) -> None:
    rules = ("--mapping", str(tmp_path / "rules.txt"))
    dry = command(*rules, "--dry-run")
    assert (dry.exit_code, "3 000 500.00" in dry.output) == (0, True)
    with look(database) as work:
        assert bases(work) == {}
    assert "Taken as budget import" in command(*rules).output
    with look(database) as work:
        assert bases(work) == {"UN": 3_000_500_00, "KFN": 500_000_00}


def test_the_command_refuses_with_status_2(command: Callable[..., Result], tmp_path: Path) -> None:
    refused = command()
    assert refused.exit_code == 2
    assert "Ansvaret 3100 hör inte till någon nämnd" in refused.output
    assert "nothing was written" in refused.output
    (tmp_path / "rules.txt").write_bytes(b"\xff = UN")
    assert "not UTF-8" in command("--mapping", str(tmp_path / "rules.txt")).output
