"""`investplan budget`: last year's budget from a file becomes the committees' base frames."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from investplan.config import Settings
from investplan.errors import InvestplanError
from investplan.services import budget_imports, databases, rounds
from investplan.services.work import Work, begin

SHOWN = 20


class _DryRun(Exception):  # noqa: N818 - not an error: it ends the transaction without keeping anything
    pass


@click.command("budget")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--round", "round_name", required=True, help="Name of the planning round.")
@click.option(
    "--mapping", "mapping_path", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Text file with lines as `31* = UN` (docs/importing.md).",
)  # fmt: skip
@click.option("--unit", type=click.Choice(["kr", "tkr", "mnkr"]), default="kr", show_default=True,
              help="Of the amounts in Excel and CSV.")  # fmt: skip
@click.option("--sheet", help="Sheet of an Excel file with several.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
def budget_command(
    file: Path, round_name: str, mapping_path: Path | None, unit: str, sheet: str | None, dry_run: bool
) -> None:
    """Set every committee's base frame from FILE (SIE, Excel or CSV): all of them, or none.

    The year is the one before the round's budget year. Exit status 2 when it was refused and nothing was written.
    """
    try:
        rules = mapping_path.read_text(encoding="utf-8") if mapping_path else ""
    except UnicodeDecodeError:
        raise click.UsageError(f"{mapping_path} is not UTF-8 text") from None
    database = databases.open_current(Settings.from_environment())
    try:
        with begin(database) as work:
            _carry_out(work, file, round_name, rules, unit, sheet, dry_run)
    except _DryRun:
        click.echo("Dry run: nothing written.")
    except InvestplanError as error:
        _say_refusal(error)
        sys.exit(2)
    finally:
        database.close()


def _carry_out(
    work: Work, file: Path, round_name: str, rules: str, unit: str, sheet: str | None, dry_run: bool
) -> None:
    planning_round = rounds.find_by_name(work, round_name)
    staged = budget_imports.stage(file, file.name, planning_round.budget_year - 1, unit=unit, sheet=sheet)  # type: ignore[arg-type]
    for remark in staged.reading.remarks:
        click.echo(f"  {remark}", err=True)
    found = budget_imports.preview(work, planning_round.id, staged, rules)
    for one in found.sums:
        click.echo(f"{one.code:<8}{_money(one.amount_ore):>22}")
    if found.faults:
        raise budget_imports.RefusedBudgetError(found)
    if dry_run:
        raise _DryRun
    stored = budget_imports.take(work, planning_round.id, staged, rules)
    click.echo(f"Taken as budget import {stored.id}.")


def _money(amount_ore: int) -> str:
    whole, rest = divmod(abs(amount_ore), 100)
    return f"{'-' if amount_ore < 0 else ''}{whole:,}.{rest:02d}".replace(",", " ")


def _say_refusal(error: InvestplanError) -> None:
    notes = [str(error)]
    if isinstance(error, budget_imports.RefusedBudgetError):
        notes = [f"line {fault.line}: {fault.note}" for fault in error.preview.faults]
    for text in notes[:SHOWN]:
        click.echo(text, err=True)
    if len(notes) > SHOWN:
        click.echo(f"… and {len(notes) - SHOWN} more.", err=True)
    click.echo("Refused: nothing was written.", err=True)


commands = [budget_command]
