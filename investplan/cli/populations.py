"""`investplan population`: a population forecast or outcome from a file, or from Statistics Sweden."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from investplan.config import Settings
from investplan.domain.populations import PopulationScenario
from investplan.errors import InvalidInputError, InvestplanError
from investplan.services import databases, populations
from investplan.services.work import begin
from investplan.units import round_half_up

SHOWN = 20


@click.command("population")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--vintage", default="", help="Which forecast it is, as 2026-05, where the file does not say.")
@click.option(
    "--scenario", type=click.Choice([one.value for one in PopulationScenario]), default="base", show_default=True,
    help="Of rows without a scenario of their own.",
)  # fmt: skip
@click.option(
    "--municipality", help="Code or name of the municipality in the file [INVESTPLAN_MUNICIPALITY_CODE]."
)
@click.option("--only-municipality", is_flag=True, help="Leave out the file's other areas.")
@click.option("--source", default="", help="Who made it; printed beside the numbers.")
@click.option("--sheet", help="Sheet of an Excel file with several.")
@click.option(
    "--scb", "table", metavar="TABLE", help="Fetch this table (TAB638) from INVESTPLAN_SCB_URL instead."
)
@click.option("--years", metavar="FIRST-LAST", help="Years to fetch with --scb, as 2023-2025.")
def population_command(
    file: Path | None, vintage: str, scenario: str, municipality: str | None, only_municipality: bool, source: str,
    sheet: str | None, table: str | None, years: str | None,
) -> None:  # fmt: skip
    """Take in population by age on 31 December, from FILE (CSV, Excel, JSON-stat) or from Statistics Sweden.

    Exit status 0 when it is stored (or was already), 2 when it was refused and nothing was written.
    """
    if (file is None) == (table is None):
        raise click.UsageError("Give a FILE, or --scb TABLE.")
    settings = Settings.from_environment()
    asked = populations.Asked(
        vintage=vintage,
        scenario=PopulationScenario(scenario),
        municipality=municipality or settings.municipality_code,
        only_municipality=only_municipality,
    )
    try:
        if table is not None:
            first, last = _years(years)
            staged = populations.fetch(settings.scb_url, table, asked, range(first, last + 1))
            source = source or f"SCB {table}"
        else:
            assert file is not None
            staged = populations.stage(file, file.name, asked, sheet=sheet)
        _store(settings, staged, source)
    except InvestplanError as error:
        _say_refusal(error)
        sys.exit(2)


def _years(text: str | None) -> tuple[int, int]:
    first, _, last = (text or "").partition("-")
    if not (first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first)):
        raise click.UsageError("--scb needs --years, as 2023-2025.")
    return int(first), int(last or first)


def _store(settings: Settings, staged: populations.Staged, source: str) -> None:
    for remark in staged.reading.remarks:
        click.echo(f"  {remark}", err=True)
    database = databases.open_current(settings)
    try:
        with begin(database) as work:
            found = populations.read_in(work, staged, source=source)
            for one in found:
                total = populations.totals(work, one.id).get(one.first_year)
                inhabitants = "" if total is None else f", {round_half_up(total)} inhabitants at the start"
                click.echo(f"{one.vintage} {one.scenario}: {one.first_year}-{one.last_year}{inhabitants}")
    finally:
        database.close()


def _say_refusal(error: InvestplanError) -> None:
    if isinstance(error, InvalidInputError):
        for place, note in list(error.fields.items())[:SHOWN]:
            click.echo(f"{place}: {note}", err=True)
        if len(error.fields) > SHOWN:
            click.echo(f"… and {len(error.fields) - SHOWN} more.", err=True)
    else:
        click.echo(str(error), err=True)
    click.echo("Refused: nothing was written.", err=True)


commands = [population_command]
