"""Imports end to end: file, child process, database, report; and the two cities' own files."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from investplan.cli.importing import import_command
from investplan.db import migrating
from investplan.db.models import AuditEntry, ImportBatch, Organisation, PlanningRound, Proposal
from investplan.db.session import Database
from investplan.domain.organisations import Role
from investplan.domain.proposals import Status
from investplan.errors import InvalidInputError, NotAllowedError, NotFoundError
from investplan.services import imports, proposals
from investplan.services import proposal_records as records
from investplan.services.work import Actor, Work, begin, look
from tests import factories

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LIST_CSV = EXAMPLES / "investments.csv"
LIST_TOML = (EXAMPLES / "investments.toml").read_text(encoding="utf-8")
NEW_YORK = "nyc_capital_projects/projects_mapped.csv"
TORONTO = "toronto_capital/2023-2032-capital-budget-and-plan-details.csv"


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def stage_list(content: bytes | None = None) -> imports.Staged:
    return imports.stage(content or LIST_CSV, "investments.csv", LIST_TOML)


def count(work: Work, model: type) -> int:
    return work.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_example_list_is_taken_whole_and_accounted_for_to_the_ore(work: Work) -> None:
    planning_round = factories.planning_round(work, horizon_years=3)
    batch = imports.take(work, planning_round.id, stage_list())
    assert (batch.state, batch.counts["projects"], batch.counts["rows_refused"]) == ("taken", 7, 0)
    account = imports.reconciliation(batch)
    assert account.outlays.difference_ore == 0
    assert account.outlays.outside_ore == 8 * factories.MNKR
    assert account.outlays.taken_ore == 275_53300000
    assert account.grants is not None
    assert account.grants.taken_ore == 7 * factories.MNKR
    stored = work.session.scalar(select(func.sum(Proposal.outlay_ore)))
    assert stored == account.outlays.taken_ore


def test_what_is_written_reads_back_as_the_facts_that_were_previewed(work: Work) -> None:
    planning_round = factories.planning_round(work, horizon_years=3)
    staged = stage_list()
    fitted = imports.preview(work, planning_round.id, staged)
    imports.take(work, planning_round.id, staged)
    work.session.expire_all()
    written = proposals.all_of(work, planning_round.id)
    assert [records.facts(proposal) for proposal in written] == [facts for facts, _ in fitted.proposals]
    boxed = [p for p in written if p.min_e is not None]
    assert len(boxed) == 6
    assert all(p.min_e == p.max_e and 581_000 < p.min_e < 585_000 for p in boxed)


def test_an_imported_proposal_can_be_saved_like_any_other(work: Work) -> None:
    planning_round = factories.planning_round(work, horizon_years=3)
    imports.take(work, planning_round.id, stage_list())
    first = proposals.all_of(work, planning_round.id)[0]
    saved = proposals.save(work, first.id, records.facts(first), seen_version=1)
    assert saved.version == 2


def test_one_refused_row_stops_everything_and_nothing_is_written(work: Work) -> None:
    planning_round = factories.planning_round(work, horizon_years=3)
    content = LIST_CSV.read_bytes().replace(b";84;", b";ca 84;")
    before = count(work, AuditEntry)
    with pytest.raises(imports.RefusedImportError) as caught:
        imports.take(work, planning_round.id, stage_list(content))
    assert list(caught.value.fields) == ["row 2"]
    assert "ca 84" in str(caught.value.fields["row 2"])
    assert count(work, Proposal) == count(work, ImportBatch) == count(work, Organisation) == 0
    assert count(work, AuditEntry) == before


def test_refused_rows_are_left_out_only_when_asked_and_stay_in_the_report(work: Work) -> None:
    planning_round = factories.planning_round(work, horizon_years=3)
    content = LIST_CSV.read_bytes().replace(b";84;", b";ca 84;")
    batch = imports.take(work, planning_round.id, stage_list(content), skip_refused=True)
    assert count(work, Proposal) == 6
    lines = imports.report(work, batch.id)
    assert [line.row for line in lines] == [2, 3, 4, 5, 6, 7, 8]
    assert (lines[0].outcome, lines[0].case_number) == ("refused", "KS 2026/1001")
    account = imports.reconciliation(batch)
    assert account.outlays.refused_ore == 108_75000000
    assert account.outlays.unreadable_cells == 1
    assert account.outlays.difference_ore == 0


@pytest.mark.postgres
def test_postgresql_takes_the_same_import(empty_postgres: Database) -> None:
    migrating.migrate(empty_postgres)
    with begin(empty_postgres) as work:
        planning_round = factories.planning_round(work, horizon_years=3)
        staged = stage_list()
        fitted = imports.preview(work, planning_round.id, staged)
        imports.take(work, planning_round.id, staged)
        work.session.expire_all()
        written = proposals.all_of(work, planning_round.id)
        assert [records.facts(proposal) for proposal in written] == [facts for facts, _ in fitted.proposals]


def test_a_failure_halfway_leaves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with begin(database) as work:
        round_id = factories.planning_round(work, horizon_years=3).id
    staged = stage_list()
    monkeypatch.setattr(imports, "_part_rows", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError), begin(database) as work:
        imports.take(work, round_id, staged)
    with look(database) as work:
        assert count(work, Proposal) == count(work, Organisation) == count(work, ImportBatch) == 0


def test_the_same_file_twice_is_refused_and_the_same_key_twice_is_one_import(work: Work) -> None:
    planning_round = factories.planning_round(work, horizon_years=3)
    staged = stage_list()
    first = imports.take(work, planning_round.id, staged, key="form-1")
    assert imports.take(work, planning_round.id, staged, key="form-1").id == first.id
    with pytest.raises(imports.RefusedImportError, match="finns redan i omgången"):
        imports.take(work, planning_round.id, staged)
    assert count(work, Proposal) == 7
    assert [batch.id for batch in imports.batches(work, planning_round.id)] == [first.id]


def test_the_audit_row_holds_the_files_hash_and_the_contents(work: Work) -> None:
    planning_round = factories.planning_round(work, horizon_years=3)
    staged = stage_list()
    fitted = imports.preview(work, planning_round.id, staged)
    batch = imports.take(work, planning_round.id, staged)
    entry = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "import proposals")).one()
    assert entry.key == str(batch.id)
    assert entry.after is not None
    assert entry.after["file_sha256"] == staged.file_sha256 == batch.file_sha256
    assert entry.after["content_sha256"] == imports.content_hash(fitted)
    assert entry.after["proposal_ids"] == [p.id for p in proposals.all_of(work, planning_round.id)]


@pytest.mark.parametrize("role", [Role.PLANNER, Role.COUNCIL_VIEWER])
def test_only_finance_may_import(work: Work, role: Role) -> None:
    planning_round = factories.planning_round(work, horizon_years=3)
    other = Work(work.session, Actor(1, "A", role, 1))
    with pytest.raises(NotAllowedError):
        imports.preview(other, planning_round.id, stage_list())
    with pytest.raises(NotAllowedError):
        imports.take(other, planning_round.id, stage_list())


def test_creating_committees_takes_an_administrator(work: Work) -> None:
    planning_round = factories.planning_round(work, horizon_years=3)
    finance = Work(work.session, Actor(1, "F", Role.FINANCE))
    with pytest.raises(NotAllowedError):
        imports.take(finance, planning_round.id, stage_list())
    for code in ("UN", "TN", "SAMHN", "KFN", "SN", "RN"):
        factories.committee(work, code, code)
    assert imports.take(finance, planning_round.id, stage_list()).counts["projects"] == 7


def test_a_file_that_cannot_be_read_has_problems_and_is_never_taken(work: Work) -> None:
    planning_round = factories.planning_round(work)
    staged = stage_list(b"PK\x03\x04 not a csv")
    assert staged.problems
    with pytest.raises(imports.RefusedImportError):
        imports.take(work, planning_round.id, staged, skip_refused=True)


def test_an_unknown_import_is_not_found(work: Work) -> None:
    with pytest.raises(NotFoundError):
        imports.report(work, 99)


def test_a_bad_mapping_is_refused_before_the_file_is_read() -> None:
    with pytest.raises(InvalidInputError, match=r"amounts\.unit"):
        imports.stage(b"", "x.csv", LIST_TOML.replace('"mnkr"', '"Mkr"'))


def make_workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Investeringar"
    for row in (
        ["Investeringsplan 2027–2029"], [], ["Projekt", "Nämnd", "Budget", "Plan 1", "Plan 2"],
        ["Skola", "Barn och utbildning", 1250.5, 0.1 + 0.2, None], ["Väg", "Teknik", -10, 500, 0],
        ["Tomt", "Teknik", 0, 0, 0],
    ):  # fmt: skip
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_workbook_is_taken_with_every_change_told(work: Work) -> None:
    planning_round = factories.planning_round(work, horizon_years=3)
    factories.committee(work, "UN")
    factories.committee(work, "TN", "Tekniska nämnden")
    mapping = (EXAMPLES / "workbook.toml").read_text(encoding="utf-8")
    staged = imports.stage(make_workbook(), "plan.xlsx", mapping)
    batch = imports.take(work, planning_round.id, staged, skip_refused=True)
    lines = imports.report(work, batch.id)
    assert [(line.row, line.outcome, line.case_number) for line in lines] == [
        (4, "changed", "BOK-0001"), (5, "changed", "BOK-0002"), (6, "refused", "BOK-0003"),
    ]  # fmt: skip
    account = imports.reconciliation(batch).outlays
    assert (account.blank_cells, account.zeroed_ore, account.difference_ore) == (1, -10 * factories.TKR, 0)
    school = proposals.all_of(work, planning_round.id)[0]
    assert [o.amount_ore for o in records.facts(school).alternatives[0].outlays] == [125_050_000, 30_000]


def run(database: Database, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setenv("INVESTPLAN_DATABASE_URL", database.url)
    return CliRunner().invoke(import_command, arguments)


def list_arguments(*more: str) -> list[str]:
    return [str(LIST_CSV), "--mapping", str(EXAMPLES / "investments.toml"), "--round", "Lista", *more]


def test_the_command_creates_a_round_takes_the_file_and_writes_the_report(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    report = tmp_path / "report.csv"
    done = run(
        database, monkeypatch,
        *list_arguments("--create-round", "2027", "--horizon", "3", "--report", str(report)),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "Taken as import 1." in done.output
    assert "difference                            0.00" in done.output
    lines = table_of(report)
    assert len(lines) == 7
    assert lines[3]["notes"].startswith("Utgift utanför planperioden tas inte in: Senare år: 8000000.00")
    with look(database) as work:
        planning_round = work.session.scalars(select(PlanningRound)).one()
        assert (planning_round.years, planning_round.currency) == ((2027, 2028, 2029), "SEK")
        assert count(work, Proposal) == 7


def test_a_dry_run_writes_nothing_not_even_the_round(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run(database, monkeypatch, *list_arguments("--create-round", "2027", "--dry-run"))
    assert done.exit_code == 0
    assert "nothing written" in done.output
    with look(database) as work:
        assert count(work, PlanningRound) == count(work, Proposal) == count(work, AuditEntry) == 0


def test_a_refused_file_exits_with_2_and_writes_nothing_but_the_report(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(LIST_CSV.read_bytes().replace(b";84;", b";ca 84;"))
    report = tmp_path / "report.csv"
    arguments = [str(bad), *list_arguments("--create-round", "2027", "--report", str(report))[1:]]
    done = run(database, monkeypatch, *arguments)
    assert done.exit_code == 2
    assert "row 2: Utgift, kolumn Utgift 2028" in done.output
    assert "Refused: nothing was written." in done.output
    assert len(table_of(report)) == 7
    with look(database) as work:
        assert count(work, PlanningRound) == count(work, Proposal) == 0
    assert run(database, monkeypatch, *arguments, "--skip-refused").exit_code == 0


def test_an_unknown_round_is_refused_in_plain_words(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run(database, monkeypatch, *list_arguments())
    assert done.exit_code == 2
    assert "Lista" in done.output


def ore(thousands: str) -> int:
    whole, _, decimals = thousands.lstrip("-").partition(".")
    if "e" in whole:
        digit, power = whole.split("e")
        whole = digit + "0" * int(power)
    amount = int(whole) * 100_000 + int((decimals + "00000")[:5])
    return -amount if thousands.startswith("-") else amount


def city_round(work: Work, budget_year: int, horizon_years: int, currency: str, map_crs: str) -> int:
    return factories.planning_round(
        work,
        f"City {budget_year}",
        budget_year,
        horizon_years=horizon_years,
        currency=currency,
        map_crs=map_crs,
    ).id


@pytest.mark.shared_data
def test_new_york_is_imported_whole(work: Work, shared_data: Path) -> None:
    path = shared_data / NEW_YORK
    rows = table_of(path)
    round_id = city_round(work, 2021, 5, "USD", "EPSG:32618")
    started = time.monotonic()
    staged = imports.stage(path, path.name, (EXAMPLES / "new_york.toml").read_text(encoding="utf-8"))
    batch = imports.take(work, round_id, staged)
    assert time.monotonic() - started < 40
    assert len(rows) == batch.counts["projects"] == count(work, Proposal) == 2010
    assert batch.counts["rows_refused"] == batch.counts["rows_skipped"] == 0
    account = imports.reconciliation(batch).outlays
    assert account.file_ore == sum(ore(row["combined_total"]) for row in rows)
    assert account.taken_ore == sum(ore(row[f"combined{year}"]) for row in rows for year in range(2021, 2026))
    assert account.taken_ore == work.session.scalar(select(func.sum(Proposal.outlay_ore)))
    assert (account.difference_ore, account.negative_cells) == (0, 2)
    lines = imports.report(work, batch.id)
    told = [" ".join(str(note) for note in line.notes) for line in lines]
    assert sum("raden får" in text for text in told) == 2
    assert sum("saknar startår" in text for text in told) == 75
    placed = proposals.places(work, round_id)
    assert len(placed) == 2010
    assert all(560_000 < place.x < 610_000 and 4_480_000 < place.y < 4_560_000 for _, place in placed)
    assert proposals.counts_by_status(work, round_id) == {"draft": 77, "submitted": 1933}


@pytest.mark.shared_data
def test_toronto_is_imported_with_every_negative_cell_accounted_for(work: Work, shared_data: Path) -> None:
    path = shared_data / TORONTO
    rows = table_of(path)
    cells = [ore(row[str(year)]) for row in rows for year in range(2023, 2033)]
    round_id = city_round(work, 2023, 10, "CAD", "EPSG:3006")
    staged = imports.stage(path, path.name, (EXAMPLES / "toronto.toml").read_text(encoding="utf-8"))
    batch = imports.take(work, round_id, staged)
    account = imports.reconciliation(batch).outlays
    assert (account.negative_cells, account.negative_ore) == (1685, sum(cell for cell in cells if cell < 0))
    assert account.file_ore == account.taken_ore == sum(cells)
    assert account.difference_ore == account.unreadable_cells == 0
    assert (batch.counts["projects"], count(work, Proposal)) == (640, 640)
    lines = imports.report(work, batch.id)
    assert len(lines) == 4893
    told = [str(note) for line in lines for note in line.notes]
    assert sum("är negativ" in note for note in told) == 1685
    exponents = sum("e+" in row[str(year)] for row in rows for year in range(2023, 2033))
    assert sum("är läst som" in note for note in told) == exponents == 4
    assert not any(line.outcome in ("refused", "skipped") for line in lines)
    submitted = proposals.all_of(work, round_id, statuses=[Status.SUBMITTED])
    assert all(o.amount_ore >= 0 for p in submitted for o in records.facts(p).alternatives[0].outlays)
