"""`investplan import`: a file and its mapping become proposals of a planning round."""

from __future__ import annotations

import csv
import sys
from datetime import date
from pathlib import Path

import click

from investplan.config import Settings
from investplan.db.session import Database
from investplan.domain.parameters import DEFAULTS
from investplan.errors import InvalidInputError, InvestplanError, Note
from investplan.exchange.amounts import Reconciliation, Sums
from investplan.services import databases, imports, rounds
from investplan.services.work import Work, begin

TAKEN, REFUSED = 0, 2
SHOWN = 20
"""How many refused rows the terminal shows; --report has every row."""


class _DryRun(Exception):  # noqa: N818 - not an error: it ends the transaction without keeping anything
    pass


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping",
    "mapping_path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file that says what the columns mean (docs/importing.md).",
)
@click.option("--round", "round_name", required=True, help="Name of the planning round.")
@click.option(
    "--create-round",
    "budget_year",
    type=click.IntRange(2000, 2200),
    metavar="BUDGET_YEAR",
    help="Create the round first, in the mapping's currency and map system.",
)
@click.option(
    "--horizon",
    type=click.IntRange(1, 30),
    default=10,
    show_default=True,
    help="Years of a round that is created.",
)
@click.option("--dry-run", is_flag=True, help="Report what would happen; write nothing.")
@click.option("--skip-refused", is_flag=True, help="Take the other rows when some are refused.")
@click.option("--report", "report_path", type=click.Path(dir_okay=False, path_type=Path),
              help="Write one line per row of the file to this CSV file.")  # fmt: skip
def import_command(
    file: Path, mapping_path: Path, round_name: str, budget_year: int | None, horizon: int,
    dry_run: bool, skip_refused: bool, report_path: Path | None,
) -> None:  # fmt: skip
    """Take proposals from FILE into a planning round: all of them, or none.

    Exit status 0 when the file was taken, 2 when it was refused and nothing was written.
    """
    try:
        mapping_toml = mapping_path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.UsageError(f"{mapping_path} is not UTF-8 text") from None
    database: Database | None = None
    try:
        database = databases.open_current(Settings.from_environment())
        click.echo(f"Reading {file.name} …", err=True)
        staged = imports.stage(file, file.name, mapping_toml)
        status = _carry_out(
            database, staged, round_name, budget_year, horizon,
            dry_run=dry_run, skip_refused=skip_refused, report_path=report_path,
        )  # fmt: skip
    except InvestplanError as error:
        _say_refusal(error)
        status = REFUSED
    finally:
        if database is not None:
            database.close()
    sys.exit(status)


def _carry_out(
    database: Database, staged: imports.Staged, round_name: str, budget_year: int | None, horizon: int,
    *, dry_run: bool, skip_refused: bool, report_path: Path | None,
) -> int:  # fmt: skip
    try:
        with begin(database) as work:
            round_id = _round_id(work, staged, round_name, budget_year, horizon)
            preview = imports.preview(work, round_id, staged)
            if report_path is not None:
                write_report(report_path, imports.lines_of(preview))
            _say_summary(preview)
            refused = bool(
                preview.problems or not preview.proposals or (preview.refused and not skip_refused)
            )
            if refused:
                raise imports.RefusedImportError(preview)
            if dry_run:
                raise _DryRun
            click.echo(f"Writing {len(preview.proposals)} proposals …", err=True)
            batch = imports.take(work, round_id, staged, skip_refused=skip_refused)
            batch_id = batch.id
    except _DryRun:
        click.echo("Dry run: nothing written.")
        return TAKEN
    click.echo(f"Taken as import {batch_id}.")
    return TAKEN


def _round_id(work: Work, staged: imports.Staged, name: str, budget_year: int | None, horizon: int) -> int:
    if budget_year is None:
        return rounds.find_by_name(work, name).id
    parameter_set = rounds.add_parameters(
        work, DEFAULTS, name=f"Import {name}"[:80], valid_from=date(budget_year, 1, 1),
        source="Default values; replace them before figures are used.",
    )  # fmt: skip
    mapping = staged.mapping
    added = rounds.add(
        work, name=name, budget_year=budget_year, parameter_set=parameter_set, horizon_years=horizon,
        currency=mapping.amounts.currency, map_crs=mapping.place.map_crs,
    )  # fmt: skip
    work.session.flush()
    return added.id


def write_report(path: Path, lines: list[imports.ReportLine]) -> None:
    """One line per row of the file: row, outcome, case number, notes. UTF-8 with BOM, so that Excel reads it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "outcome", "case_number", "notes"])
        for line in lines:
            notes = " | ".join(str(note) for note in line.notes)
            writer.writerow([line.row, line.outcome, _inert(line.case_number), _inert(notes)])


def _inert(text: str) -> str:
    """Text that a spreadsheet will not take for a formula."""
    return "'" + text if text[:1] in "=+-@\t\r" else text


def _say_summary(preview: imports.Preview) -> None:
    for note in preview.remarks:
        click.echo(f"  {note}", err=True)
    account = preview.reconciliation
    rows = ", ".join(f"{count} {name}" for name, count in account.rows.items())
    click.echo(f"Rows:      {sum(account.rows.values())} ({rows})")
    click.echo(f"Proposals: {account.projects}")
    if preview.new_committees or preview.new_districts:
        click.echo(
            f"New:       {len(preview.new_committees)} committees, {len(preview.new_districts)} districts"
        )
    for line in describe(account):
        click.echo(line)


def describe(account: Reconciliation) -> list[str]:
    """The account as lines of text, amounts in whole units of the file's currency with two decimals."""
    lines = _describe_sums("Outlays", account.outlays)
    return lines + (_describe_sums("Grants", account.grants) if account.grants else [])


def _describe_sums(label: str, sums: Sums) -> list[str]:
    parts = (
        ("in the file", sums.file_ore), ("taken", sums.taken_ore), ("outside the years", sums.outside_ore),
        ("refused", sums.refused_ore), ("skipped", sums.skipped_ore), ("set to zero", sums.zeroed_ore),
        ("difference", sums.difference_ore),
    )  # fmt: skip
    lines = [f"{label}:"] + [f"  {name:<18}{_money(amount):>24}" for name, amount in parts]
    cells = f"  {sums.negative_cells} negative cells, together {_money(sums.negative_ore).strip()}"
    cells += (
        f"; {sums.blank_cells} blank, {sums.rounded_cells} rounded, {sums.unreadable_cells} unreadable cells"
    )
    return [*lines, cells]


def _money(amount_ore: int) -> str:
    sign = "-" if amount_ore < 0 else ""
    whole, rest = divmod(abs(amount_ore), 100)
    return f"{sign}{whole:,}.{rest:02d}".replace(",", " ")


def _say_refusal(error: InvestplanError) -> None:
    notes: dict[str, Note] = error.fields if isinstance(error, InvalidInputError) else {"": error.note}
    for place, note in list(notes.items())[:SHOWN]:
        click.echo(f"{place}: {note}" if place else str(note), err=True)
    count = len(notes)
    if isinstance(error, imports.RefusedImportError):
        count = max(count, len(error.preview.refused) + len(error.preview.problems))
    if count > SHOWN:
        click.echo(f"… and {count - SHOWN} more; see --report.", err=True)
    click.echo("Refused: nothing was written.", err=True)


commands = [import_command]
