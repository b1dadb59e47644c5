"""OR-Library's multidimensional knapsack problems: one year, every row a capacity, the best known values published.

mknap1 has the optimum of each problem in its file; the best known values of mknapcb1 (5 limits) and mknapcb7 (30 limits,
both 100 proposals) are those of Chu and Beasley in mkcbres.txt. The files are read from ../shared/data/orlib beside the
project and are not part of it. One thread; a gap of nothing is asked for.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from optimizer.answers import Answer, Progress
from optimizer.problem import Alternative, Limit, Problem, Proposal
from optimizer.solving import SolveStatus, solve

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "orlib"
# File, its name among the best known values ("" = in the file), seconds for each problem.
FILES = (("mknap1.txt", "", 60.0), ("mknapcb1.txt", "5.100", 240.0), ("mknapcb7.txt", "30.100", 60.0))
QUICK = (7, 1, 0)  # problems of each file
QUICK_SECONDS = 20.0


@dataclass(frozen=True)
class Instance:
    """A problem and the best value that anyone has published for it."""

    name: str
    problem: Problem
    best_known: Fraction


@dataclass(frozen=True)
class Result:
    """What came out: value and bound, when the best plan was there and when the solve ended (seconds)."""

    instance: Instance
    answer: Answer
    found_after: float

    @property
    def reached(self) -> bool:
        return self.answer.value is not None and self.answer.value >= self.instance.best_known

    @property
    def proven(self) -> bool:
        return self.answer.status is SolveStatus.OPTIMAL and self.answer.gap == 0

    def line(self) -> str:
        answer = self.answer
        gap = "-" if answer.gap is None else f"{100 * answer.gap:.3f} %"
        value = "-" if answer.value is None else f"{float(answer.value):g}"
        words = "best known" if self.reached else f"best known {float(self.instance.best_known):g}"
        return (
            f"    {self.instance.name:<10} {value:>8} ({words}), proven gap {gap}, "
            f"found after {self.found_after:.1f} s, ended after {answer.solver.seconds:.1f} s"
        )


def run(quick: bool = False) -> Iterator[str]:
    """Lines to print as they come; the whole takes some fifty minutes, `quick` half a minute."""
    if not FOLDER.is_dir():
        yield "OR-Library: the files are not here (../shared/data/orlib beside the project); nothing was measured"
        return
    for (file, series, seconds), few in zip(FILES, QUICK, strict=True):
        instances = read_instances(FOLDER / file, series)[: few if quick else None]
        seconds = min(seconds, QUICK_SECONDS) if quick else seconds
        if not instances:
            continue
        yield f"  {file}: {len(instances)} problem(s), at most {seconds:g} s each"
        results = []
        for instance in instances:
            results.append(measure(instance, seconds))
            yield results[-1].line()
        yield summary(file, results)


def measure(instance: Instance, seconds: float) -> Result:
    """The instance solved, with the moment at which its best plan was first told of."""
    found = [0.0, Fraction(-1)]

    def told(progress: Progress) -> None:
        if progress.best_value is not None and progress.best_value > found[1]:
            found[:] = [progress.seconds, progress.best_value]

    answer = solve(instance.problem, max_seconds=seconds, gap=0, break_ties=False, on_progress=told)
    return Result(instance, answer, float(found[0]))


def summary(file: str, results: list[Result]) -> str:
    gaps = [100 * r.answer.gap for r in results if r.answer.gap is not None]
    seconds = [r.answer.solver.seconds for r in results]
    return (
        f"  {file}: {sum(r.reached for r in results)} of {len(results)} reach the best known value, "
        f"{sum(r.proven for r in results)} proven best; proven gap median {statistics.median(gaps):.3f} %, "
        f"worst {max(gaps):.3f} %; seconds median {statistics.median(seconds):.1f}, worst {max(seconds):.1f}"
    )


def read_instances(path: Path, series: str = "") -> list[Instance]:
    """Every problem of a file, with its best known value from mkcbres.txt beside it where `series` names it there."""
    numbers = iter(path.read_text().split())
    known = best_known_values(path.with_name("mkcbres.txt"), series) if series else []
    instances = []
    for number in range(int(next(numbers))):
        columns, rows, optimum = int(next(numbers)), int(next(numbers)), Fraction(next(numbers))
        values = [Fraction(next(numbers)) for _ in range(columns)]
        uses = [[_hundredths(next(numbers)) for _ in range(columns)] for _ in range(rows)]
        most = [_hundredths(next(numbers)) for _ in range(rows)]
        name = f"{series or path.stem}-{number:02d}"
        problem = _knapsack(name, values, uses, most)
        instances.append(Instance(name, problem, known[number] if series else optimum))
    return instances


def best_known_values(path: Path, series: str) -> list[Fraction]:
    """The values of ``<series>-00`` and on in the first table of mkcbres.txt (the second holds linear programmes)."""
    table = path.read_text().split("LP optimal")[0]
    return [Fraction(value) for value in re.findall(rf"^{re.escape(series)}-\d+\s+(\d+)\s*$", table, re.M)]


def _hundredths(text: str) -> int:
    return int(100 * Fraction(text))


def _knapsack(name: str, values: list[Fraction], uses: list[list[int]], most: list[int]) -> Problem:
    proposals = []
    for j, value in enumerate(values):
        rows = {f"capacity:{i:02d}": (use[j],) for i, use in enumerate(uses)}
        proposals.append(Proposal(f"P{j:03d}", alternatives=(Alternative("x", (1,), {1: value}, rows),)))
    limits = tuple(Limit(f"L{i:02d}", f"capacity:{i:02d}", max=room) for i, room in enumerate(most))
    return Problem(name, (1,), tuple(proposals), limits)
