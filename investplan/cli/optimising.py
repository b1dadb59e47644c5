"""Solve, verify and explain from the command line, without a database: files in, files out."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import click

from optimizer.case_files import CaseError, PlanFile, case_sha256, read_case, read_plan, write_plan
from optimizer.easing import lines_of, ways_out
from optimizer.explaining import Explanation, explain_plan
from optimizer.json_reading import canonical_bytes, plain_number
from optimizer.plan_claims import check_plan
from optimizer.problem import OptimizerError, Problem
from optimizer.solving import NO_MEMORY, Answer, Progress, SolveStatus, solve
from optimizer.verifying import verify

BAD_INPUT = 2
LEAST_SECONDS_FOR_WAYS, MOST_SECONDS_FOR_WAYS = 2.0, 20.0
EXIT_STATUS = {
    SolveStatus.OPTIMAL: 0,
    SolveStatus.FEASIBLE: 0,
    SolveStatus.INFEASIBLE: 3,
    SolveStatus.STOPPED: 4,
}
existing = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("case", type=existing)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the plan here; else it is printed."
)
@click.option("--max-seconds", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True)
@click.option(
    "--gap", type=click.FloatRange(0), default=1e-4, show_default=True, help="Proven gap that is enough."
)
@click.option("--solver", type=click.Choice(["highs", "cbc"]), default="highs", show_default=True)
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "--progress/--no-progress", default=None, help="Tell progress on stderr (default: on a terminal)."
)
def optimise(
    case: Path,
    out: Path | None,
    max_seconds: float,
    gap: float,
    solver: str,
    threads: int,
    seed: int,
    progress: bool | None,
) -> None:
    """Find the best plan of CASE and prove how good it is.

    Exit status: 0 optimal or feasible, 3 infeasible (with the limits and rules that cannot hold together; ways out, with
    amounts and who may decide, on stderr), 4 no plan found in time, 2 a case that does not fit its format.
    """
    data, problem = read_or_exit(case)
    if out is not None and not out.absolute().parent.is_dir():
        exit_with(BAD_INPUT, f"{out}: there is no folder {out.parent}")
    with interruptible() as stop:
        answer = solve_or_exit(
            problem,
            max_seconds=max_seconds,
            gap=gap,
            solver=solver,
            threads=threads,
            seed=seed,
            on_progress=_teller(progress),
            should_stop=lambda: bool(stop),
        )
    written = write_plan(plan_of_answer(answer, case_sha256(data)))
    if out is None:
        click.echo(written.decode(), nl=False)
    else:
        write_whole(out, written)
        click.echo(_summary(answer), err=True)
    if answer.conflict:
        left = max_seconds - answer.solver.seconds
        for line in _ways_out(problem, answer, max(LEAST_SECONDS_FOR_WAYS, min(left, MOST_SECONDS_FOR_WAYS))):
            click.echo(line, err=True)
    sys.exit(EXIT_STATUS[answer.status])


def _ways_out(problem: Problem, answer: Answer, seconds: float) -> Iterator[str]:
    """What would make the case hold, in words; nothing when Ctrl-C or the time ends the search for it."""
    with interruptible() as stop:
        ways = ways_out(
            problem,
            answer.conflict,
            max_seconds=seconds,
            should_stop=lambda: bool(stop),
            seed=answer.solver.seed,
        )
    if ways:
        yield f"Cannot hold together: {', '.join(answer.conflict)}"
        yield from lines_of(problem, ways)


@click.command("verify")
@click.argument("case", type=existing)
@click.argument("plan", type=existing)
def verify_command(case: Path, plan: Path) -> None:
    """Check PLAN against CASE without any solver.

    Prints `accepted` (exit status 0), or every broken limit and rule with year and amount, and everything that the
    file says wrongly of its plan: value, bound, gap, use, `checked` (exit status 1).
    """
    problem, found = read_both(case, plan)
    breaches = check_plan(problem, found)
    for breach in breaches:
        click.echo(breach.message)
    if breaches:
        sys.exit(1)
    click.echo("accepted")


@click.command()
@click.argument("case", type=existing)
@click.argument("plan", type=existing)
@click.option("--proposal", help="Explain only this proposal.")
@click.option("--max-seconds", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True)
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def explain(case: Path, plan: Path, proposal: str | None, max_seconds: float, shape: str) -> None:
    """Say why proposals are out of PLAN and what every limit and rule costs in value."""
    problem, found = read_both(case, plan)
    if proposal is not None and proposal not in {p.id for p in problem.proposals}:
        exit_with(BAD_INPUT, f"{case}: there is no proposal {proposal!r}")
    if breaches := verify(problem, found.chosen):
        exit_with(1, *(breach.message for breach in breaches))
    only = None if proposal is None else (proposal,)
    with interruptible() as stop:
        explanation = explain_plan(
            problem, found.chosen, only=only, max_seconds=max_seconds, should_stop=lambda: bool(stop)
        )
    if shape == "json":
        click.echo(canonical_bytes(explanation_to_json(explanation)).decode(), nl=False)
    else:
        for line in explanation.lines():
            click.echo(line)


commands = [optimise, verify_command, explain]


def plan_of_answer(answer: Answer, sha256: str) -> PlanFile:
    """The answer as a plan file's content."""
    facts = answer.solver
    return PlanFile(
        case_sha256=sha256,
        status=str(answer.status),
        chosen=answer.chosen,
        value=answer.value,
        bound=answer.bound,
        gap=answer.gap,
        use=answer.use,
        conflict=answer.conflict,
        solver={
            "name": facts.name,
            "version": facts.version,
            "seconds": round(facts.seconds, 3),
            "threads": facts.threads,
            "seed": facts.seed,
        },
        checked=answer.checked,
        stopped_by=answer.stopped_by,
        message=answer.message,
    )


def explanation_to_json(explanation: Explanation) -> dict[str, Any]:
    """The explanation as JSON-ready data; amounts in kronor."""
    return json.loads(json.dumps(explanation.to_json(), default=_plain))  # type: ignore[no-any-return]


def write_whole(path: Path, data: bytes) -> None:
    """Writes the file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _plain(number: object) -> int | float:
    if isinstance(number, Fraction):
        return plain_number(number)
    raise TypeError(type(number).__name__)


def read_both(case: Path, plan: Path) -> tuple[Problem, PlanFile]:
    """The case's problem and the plan of it; ends the command where they do not fit."""
    data, problem = read_or_exit(case)
    try:
        found = read_plan(plan.read_bytes())
    except CaseError as error:
        exit_with(BAD_INPUT, *(f"{plan}: {fault}" for fault in error.faults))
    if found.case_sha256.lower() != case_sha256(data):
        exit_with(1, f"{plan} answers another case: its case_sha256 is not that of {case}")
    return problem, found


def read_or_exit(case: Path) -> tuple[bytes, Problem]:
    """The case file's bytes and its problem; ends the command with every fault."""
    try:
        data = case.read_bytes()
        return data, read_case(data)
    except CaseError as error:
        exit_with(BAD_INPUT, *(f"{case}: {fault}" for fault in error.faults))
    except MemoryError:
        exit_with(EXIT_STATUS[SolveStatus.STOPPED], f"{case}: {NO_MEMORY}")


def solve_or_exit(problem: Problem, **options: Any) -> Answer:
    """The answer; ends the command where the solver cannot be used."""
    try:
        return solve(problem, **options)
    except OptimizerError as error:
        exit_with(EXIT_STATUS[SolveStatus.STOPPED], str(error))


def exit_with(status: int, *lines: str) -> NoReturn:
    """Ends the command with these lines on stderr."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(status)


@contextmanager
def interruptible() -> Iterator[list[bool]]:
    """A list that is no longer empty once the user has pressed Ctrl-C: the best plan so far is then given."""
    asked: list[bool] = []
    before = signal.signal(signal.SIGINT, lambda _number, _frame: asked.append(True))
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _teller(wanted: bool | None) -> Any:
    if wanted is False or (wanted is None and not sys.stderr.isatty()):
        return None
    return lambda progress: click.echo(_progress_line(progress), err=True)


def _progress_line(progress: Progress) -> str:
    value = "-" if progress.best_value is None else f"{float(progress.best_value):g}"
    bound = "-" if progress.bound is None else f"{progress.bound:g}"
    gap = "-" if progress.gap is None else f"{100 * progress.gap:.3f} %"
    return f"{progress.seconds:6.1f} s  {progress.phase:<11} value {value}  bound {bound}  gap {gap}"


def _summary(answer: Answer) -> str:
    words = [str(answer.status)]
    if answer.value is not None:
        gap = "no bound" if answer.gap is None else f"proven gap {100 * answer.gap:.4f} %"
        words.append(f"value {float(answer.value):g}, {gap}")
    if answer.conflict:
        words.append(f"cannot hold together: {', '.join(answer.conflict)}")
    if answer.message:
        words.append(answer.message)
    return "; ".join(words)
