"""The command `investplan frames`: committee frames of a round as JSON, Excel or SIE."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from investplan.config import Settings
from investplan.db.models import PlanningRound
from investplan.errors import NotFoundError
from investplan.exchange import frame_files
from investplan.services import accounts, databases, frames, rounds, runs, scenarios
from investplan.services.work import Work, look

WRITERS = {"json": frame_files.write_json, "xlsx": frame_files.write_xlsx}


@click.command("frames")
@click.option("--round", "round_name", required=True, help="Name of the planning round.")
@click.option(
    "--scenario", "scenario_name", help="Add the rows of this scenario's latest finished plan (not decided)."
)
@click.option(
    "--format", "file_format", type=click.Choice([*WRITERS, "sie"]), default="json", show_default=True
)
@click.option("--year", type=int, help="With --format sie: the year of the file [the round's budget year].")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; standard output otherwise."
)
def frames_command(
    round_name: str, scenario_name: str | None, file_format: str, year: int | None, out: Path | None
) -> None:
    """Committee frames per year: last year's frame, every adjustment, and the frame that is their sum.

    Amounts are kronor. Rows of a scenario have no decision and appear only with --scenario. A SIE file holds one year,
    spread over its months; characters that SIE cannot hold are replaced, and told on standard error.
    """
    if year is not None and file_format != "sie":
        raise click.UsageError("--year goes with --format sie; the other formats hold every year.")
    settings = Settings.from_environment()
    database = databases.open_database(settings)
    try:
        with look(database) as work:
            content = _content(work, settings, round_name, scenario_name, file_format, year)
    finally:
        database.close()
    if out is not None:
        out.write_bytes(content)
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def _content(
    work: Work, settings: Settings, round_name: str, scenario_name: str | None, file_format: str, year: int | None
) -> bytes:  # fmt: skip
    planning_round, found = _frames(work, round_name, scenario_name)
    if file_format != "sie":
        return WRITERS[file_format](frames.to_json(planning_round, found))
    written = accounts.sie_file(
        work, planning_round, found, year or planning_round.budget_year, company=settings.municipality
    )
    for note in written.remarks:
        click.echo(str(note), err=True)
    return written.content


def _frames(
    work: Work, round_name: str, scenario_name: str | None
) -> tuple[PlanningRound, list[frames.CommitteeFrames]]:
    planning_round = rounds.find_by_name(work, round_name)
    run_id = None if scenario_name is None else _latest_run_id(work, planning_round.id, scenario_name)
    return planning_round, frames.of_round(work, planning_round.id, run_id=run_id)


def _latest_run_id(work: Work, round_id: int, scenario_name: str) -> int:
    for scenario in scenarios.of_round(work, round_id):
        if scenario.name == scenario_name:
            run = next((run for run in runs.of_scenario(work, scenario.id) if run.value is not None), None)
            if run is None:
                raise NotFoundError("finished plan of scenario", scenario_name)
            return run.id
    raise NotFoundError("scenario", scenario_name)


commands = [frames_command]
