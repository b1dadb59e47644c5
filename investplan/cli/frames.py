"""The command `investplan frames`: committee frames of a round as JSON or Excel."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from investplan.config import Settings
from investplan.errors import NotFoundError
from investplan.exchange import frame_files
from investplan.services import databases, frames, rounds, runs, scenarios
from investplan.services.work import Work, look

WRITERS = {"json": frame_files.write_json, "xlsx": frame_files.write_xlsx}


@click.command("frames")
@click.option("--round", "round_name", required=True, help="Name of the planning round.")
@click.option(
    "--scenario", "scenario_name", help="Add the rows of this scenario's latest finished plan (not decided)."
)
@click.option("--format", "file_format", type=click.Choice(list(WRITERS)), default="json", show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; standard output otherwise."
)
def frames_command(round_name: str, scenario_name: str | None, file_format: str, out: Path | None) -> None:
    """Committee frames per year: last year's frame, every adjustment, and the frame that is their sum.

    Amounts are kronor. Rows of a scenario have no decision and appear only with --scenario.
    """
    database = databases.open_database(Settings.from_environment())
    try:
        with look(database) as work:
            found = _frames(work, round_name, scenario_name)
    finally:
        database.close()
    content = WRITERS[file_format](found)
    if out is not None:
        out.write_bytes(content)
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def _frames(work: Work, round_name: str, scenario_name: str | None) -> dict[str, Any]:
    planning_round = rounds.find_by_name(work, round_name)
    run_id = None if scenario_name is None else _latest_run_id(work, planning_round.id, scenario_name)
    return frames.to_json(planning_round, frames.of_round(work, planning_round.id, run_id=run_id))


def _latest_run_id(work: Work, round_id: int, scenario_name: str) -> int:
    for scenario in scenarios.of_round(work, round_id):
        if scenario.name == scenario_name:
            run = next((run for run in runs.of_scenario(work, scenario.id) if run.value is not None), None)
            if run is None:
                raise NotFoundError("finished plan of scenario", scenario_name)
            return run.id
    raise NotFoundError("scenario", scenario_name)


commands = [frames_command]
