"""Study a plan from the command line: a family of re-solves over a case file, without a database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from investplan.cli.optimising import (
    BAD_INPUT,
    EXIT_STATUS,
    existing,
    exit_with,
    interruptible,
    read_both,
    read_or_exit,
    solve_or_exit,
    write_whole,
)
from optimizer.case_files import case_sha256
from optimizer.families.kinds import KINDS
from optimizer.families.members import FamilyError, outcome_to_json
from optimizer.families.processes import Order, answer_family
from optimizer.json_reading import canonical_bytes
from optimizer.problem import Choice, Problem


@click.command()
@click.argument("case", type=existing)
@click.option("--kind", type=click.Choice(list(KINDS)), required=True, help="Which family of re-solves.")
@click.option("--plan", type=existing, help="The plan to study; found first, if not given.")
@click.option(
    "-p", "--parameter", "given", multiple=True, metavar="NAME=VALUE", help="A parameter of the family; JSON."
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.option(
    "--gap", type=click.FloatRange(0), default=0.005, show_default=True, help="Proven gap that is enough."
)
@click.option(
    "--member-seconds",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    help="Longest time for each member.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write all of it here as JSON.")
def study(
    case: Path,
    kind: str,
    plan: Path | None,
    given: tuple[str, ...],
    workers: int,
    gap: float,
    member_seconds: float,
    seed: int,
    shape: str,
    out: Path | None,
) -> None:
    """Ask a plan of CASE again with something changed, many times: what would it be worth, what would still hold?

    Ctrl-C ends it and keeps the answers that have come. Exit status: 0 answered, 2 bad input, 3 infeasible, 4 no plan
    in time.
    """
    problem, chosen = _problem_and_plan(case, plan, gap, seed)
    order = Order(kind, problem, chosen, _parameters(kind, given, seed), gap, member_seconds, seed=seed)
    changes: dict[int, Mapping[str, Any]] = {}
    try:
        family = order.family()
        with interruptible() as stop:
            outcomes = answer_family(
                order, workers=workers, on_answer=_teller(family.count), should_stop=lambda: bool(stop)
            )
    except FamilyError as error:
        exit_with(BAD_INPUT, str(error))
    result = family.result(outcomes).to_json()
    for number in outcomes:
        member = family.member(number, outcomes)
        changes[number] = {} if member is None else member.change
    whole = {
        "case_sha256": case_sha256(case.read_bytes()),
        "kind": kind,
        "parameters": dict(order.parameters),
        "gap_target": gap,
        "member_seconds": member_seconds,
        "seed": seed,
        "member_count": family.count,
        "members": [
            {"number": n, "change": changes[n], "answer": outcome_to_json(outcomes[n])}
            for n in sorted(outcomes)
        ],
        "result": result,
    }
    if out is not None:
        write_whole(out, canonical_bytes(whole))
    if shape == "json":
        click.echo(canonical_bytes(whole).decode(), nl=False)
    else:
        for line in LINES[kind](result):
            click.echo(line)


commands = [study]


def _problem_and_plan(
    case: Path, plan: Path | None, gap: float, seed: int
) -> tuple[Problem, tuple[Choice, ...]]:
    if plan is not None:
        problem, found = read_both(case, plan)
        return problem, found.chosen
    _data, problem = read_or_exit(case)
    answer = solve_or_exit(problem, gap=gap, seed=seed)
    if not answer.checked:
        exit_with(EXIT_STATUS[answer.status], f"{answer.status}: {answer.message}", *answer.conflict)
    return problem, answer.chosen


def _parameters(kind: str, given: Sequence[str], seed: int) -> dict[str, Any]:
    """`name=value`, the value as JSON (numbers with decimals stay text) or plain text."""
    parameters: dict[str, Any] = {"seed": seed} if kind == "robustness" else {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign:
            exit_with(BAD_INPUT, f"-p {one}: must be NAME=VALUE")
        try:
            parameters[name] = json.loads(value, parse_float=str)
        except ValueError:
            parameters[name] = value
    return parameters


def _teller(count: int) -> Any:
    if not sys.stderr.isatty():
        return None
    answered: list[int] = []

    def tell(one: Any) -> None:
        answered.append(one.number)
        click.echo(f"\r{len(answered)} of {count}", err=True, nl=len(answered) == count)

    return tell


def _kr(amount: float | None) -> str:
    return "-" if amount is None else f"{amount:,.0f}".replace(",", " ")


def _gap(gap: float | None) -> str:
    return "unknown" if gap is None else f"{100 * gap:.2f} %"


def _plans(difference: Mapping[str, Any]) -> str:
    into, out, moved = (len(difference[name]) for name in ("in", "out", "moved"))
    return f"{into} in, {out} out, {moved} moved"


def _answer_lines(result: Mapping[str, Any]) -> Iterator[str]:
    """The figures only; `investplan explain` says the same in whole sentences."""
    for one in result["out"]:
        yield f"{one['proposal']}: out, short of {_figure(one['value_missing'])} in value"
    for one in result["in"]:
        yield f"{one['proposal']}: in, leaving it out costs {_figure(one['leaving'])} in value"
    for one in result["prices"]:
        yield f"{one['id']}: costs {_figure(one['costs'])} in value"


def _figure(figure: Mapping[str, Any] | None) -> str:
    if figure is None:
        return "an unknown amount"
    low, high = figure["low"], figure["high"]
    return f"{low:g}" if figure["exact"] else f"{low:g} to {'?' if high is None else format(high, 'g')}"


def _operating_lines(result: Mapping[str, Any]) -> Iterator[str]:
    for point in result["points"]:
        words = f"operating {_kr(point['used'])}  value {point['value']:g}  gap {_gap(point['gap'])}"
        yield f"{words}  {_plans(point['difference'])}"
    if result["impossible_up_to"] is not None:
        yield f"no plan with operating at most {_kr(result['impossible_up_to'])}"
    yield from _missing(result)


def _ceiling_lines(result: Mapping[str, Any]) -> Iterator[str]:
    for point in result["points"]:
        share = float(Fraction(point["share"]))
        words = (
            f"{100 * share:5.1f} % of {result['limit']}  value {point['value']:g}  gap {_gap(point['gap'])}"
        )
        yield f"{words}  {_plans(point['difference'])}"
    for split in result["splits"]:
        amounts = " ".join(_kr(amount) for amount in split["ceiling"])
        yield f"better split ({split['kind']}): value {split['value']:g}, by year {amounts}"
    if not result["splits"]:
        yield "no better split was found"
    yield from _missing(result)


def _different_lines(result: Mapping[str, Any]) -> Iterator[str]:
    for number, plan in enumerate(result["plans"], 2):
        kept = float(Fraction(plan["kept_share"]))
        yield f"plan {number}: value {plan['value']:g} ({100 * kept:.2f} %)  {_plans(plan['difference'])}"
        for word in ("in", "out"):
            named = ", ".join(one["proposal"] for one in plan["difference"][word])
            if named:
                yield f"  {word}: {named}"
    yield result["ended"]


def _stability_lines(result: Mapping[str, Any]) -> Iterator[str]:
    for step in result["curve"]:
        price = step["price_per_promise"]
        more = "" if price is None else f"  each more costs {price}"
        yield f"{step['kept']} promises kept: value {step['value']:g}{more}"
    for one in result["promises"]:
        promise = one["promise"]
        words = f"{promise['proposal']} {promise['alternative']} {promise['start']}"
        broken, kept = one["broken_at"], one["kept_from"]
        if broken is None:
            yield f"{words}: kept at no price"
        elif kept is None:
            yield f"{words}: broken even at {broken:g}"
        else:
            yield f"{words}: broken at {broken:g}, kept from {kept:g}"
    yield from _missing(result)


def _robustness_lines(result: Mapping[str, Any]) -> Iterator[str]:
    yield f"{result['solved']} of {result['planned']} samples have a plan, {result['impossible']} have none"
    for one in result["proposals"]:
        interval = f"{100 * one['low']:.0f}-{100 * one['high']:.0f} %"
        yield f"{one['proposal']}: {one['word']} ({one['count']} of {one['of']}, {interval})"


def _missing(result: Mapping[str, Any]) -> Iterator[str]:
    if result["missing"]:
        yield f"{result['missing']} members have no answer"


LINES = {
    "answers": _answer_lines,
    "operating": _operating_lines,
    "ceiling": _ceiling_lines,
    "different": _different_lines,
    "stability": _stability_lines,
    "robustness": _robustness_lines,
}
