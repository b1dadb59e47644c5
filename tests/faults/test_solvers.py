"""What goes wrong with a solver, or is at the edge of what it can count: a clear answer each time, and never a wrong
"optimal"."""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import highspy
import pytest

from benchmarks.full_instances import full_municipality
from benchmarks.instances import municipality
from optimizer import cbc
from optimizer.answers import Answer
from optimizer.case_files import CaseError, read_case, write_case
from optimizer.engines import Found, HighsEngine, Outcome, Task
from optimizer.models import build_model
from optimizer.problem import Alternative, Choice, Limit, OptimizerError, Problem, Proposal
from optimizer.ranking import rank
from optimizer.relaxing import Programme, Wait
from optimizer.solving import NO_MEMORY, SolveStatus, solve
from optimizer.verifying import verify

PROBLEM = municipality(14, seed=1)
KINDS = highspy.HighsModelStatus
LAST = "for last; do :; done\n"  # the last argument: where CBC is told to write its answer


def true_optimum() -> Fraction:
    answer = solve(PROBLEM, break_ties=False, gap=0)
    assert answer.status is SolveStatus.OPTIMAL
    assert answer.value is not None
    assert answer.value > rank(PROBLEM).value, "the start alone would be the best plan"
    return answer.value


@pytest.fixture(scope="module")
def best() -> Fraction:
    return true_optimum()


@pytest.fixture
def cbc_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Puts a shell script in the place of CBC."""

    def put(script: str) -> None:
        path = tmp_path / "cbc"
        path.write_text(f'#!/bin/sh\n[ "$1" = -quit ] && exit 0\n{script}\n')
        path.chmod(0o755)
        monkeypatch.setattr(cbc, "pulp_cbc_path", str(path))

    return put


def honest(answer: Answer, best: Fraction) -> None:
    """The plan holds, is claimed to be no better than it is, and is called optimal only if it is."""
    assert verify(PROBLEM, answer.chosen) == ()
    assert answer.checked is bool(answer.chosen)
    if answer.bound is not None:
        assert answer.bound >= float(best)
    if answer.status is SolveStatus.OPTIMAL:
        assert answer.value == best


CRASHES = {
    "aborts": ("kill -ABRT $$", "CBC ended with signal 6"),
    "breaks its memory": ("kill -SEGV $$", "CBC ended with signal 11"),
    "is killed": ("kill -KILL $$", "CBC ended with signal 9"),
    "ends with a status": ("exit 3", "CBC ended with status 3 and no answer"),
    "writes nothing": ("exit 0", "CBC ended with status 0 and no answer"),
    "writes an empty answer": (f'{LAST}: > "$last"', "what CBC wrote cannot be read"),
    "writes bytes": (f'{LAST}printf "\\377\\376\\000" > "$last"', "what CBC wrote cannot be read"),
    "writes other words": (
        f'{LAST}printf "Optimal - objective value 7\\na b\\n" > "$last"',
        "what CBC wrote",
    ),
    "calls nothing optimal": (
        f'{LAST}echo "Optimal - objective value 0" > "$last"',
        "CBC says that no plan is worth",
    ),
}


@pytest.mark.parametrize("how", CRASHES)
def test_a_cbc_that_crashes_is_named_and_highs_answers(
    how: str, cbc_is: Callable[[str], None], best: Fraction
) -> None:
    script, words = CRASHES[how]
    cbc_is(script)
    answer = solve(PROBLEM, break_ties=False, solver="cbc", max_seconds=30, gap=0)
    honest(answer, best)
    assert (answer.status, answer.solver.name) == (SolveStatus.OPTIMAL, "HiGHS")
    assert words in answer.message
    assert "HiGHS was asked instead" in answer.message


@pytest.mark.parametrize("path", ["no/such/file", "a folder", "not a program"])
def test_a_cbc_that_is_not_there_is_named_and_highs_answers(
    path: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, best: Fraction
) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "not a program").write_text("words")
    monkeypatch.setattr(cbc, "pulp_cbc_path", str(tmp_path / path))
    answer = solve(PROBLEM, break_ties=False, solver="cbc", max_seconds=30, gap=0)
    honest(answer, best)
    assert answer.message.startswith("CBC cannot be started: ")


def test_a_cbc_that_hangs_is_killed_and_the_best_plan_so_far_is_given(
    cbc_is: Callable[[str], None], best: Fraction
) -> None:
    cbc_is("exec sleep 600")
    started = time.monotonic()
    answer = solve(PROBLEM, break_ties=False, solver="cbc", max_seconds=1, gap=0)
    assert time.monotonic() - started < 8
    honest(answer, best)
    assert (answer.status, answer.stopped_by, answer.bound) == (SolveStatus.FEASIBLE, "time", None)


def cbc_that_answers(point: dict[str, int], words: str) -> str:
    """A CBC that claims this answer, by column number, whatever it was asked."""
    count = len(solve_columns())
    lines = [f"{words}"]
    lines += [f"{j} X{j:07d} {point.get(str(j), 0)} 0" for j in range(count)]
    told = "\\n".join(lines)
    return f"{LAST}printf '{told}\\n' > \"$last\""


def solve_columns() -> list[str]:
    return build_model(PROBLEM).column_names


def test_a_cbc_that_calls_a_poor_plan_optimal_is_not_believed(
    cbc_is: Callable[[str], None], best: Fraction
) -> None:
    # The empty plan breaks what is required; a plan that the ranking beats is no optimum either.
    for point in ({}, {str(j): 1 for j in range(len(solve_columns()))}):
        cbc_is(cbc_that_answers(point, "Optimal - objective value 1"))
        answer = solve(PROBLEM, break_ties=False, solver="cbc", max_seconds=20, gap=0)
        honest(answer, best)


def test_a_cbc_that_calls_a_case_infeasible_that_has_a_plan_is_not_believed(
    cbc_is: Callable[[str], None], best: Fraction
) -> None:
    cbc_is(cbc_that_answers({}, "Infeasible - objective value 0"))
    answer = solve(PROBLEM, break_ties=False, solver="cbc", max_seconds=20, gap=0)
    honest(answer, best)
    assert answer.status is SolveStatus.OPTIMAL
    assert answer.message.startswith("CBC says that no plan holds, but one does")


def raising(_highs: highspy.Highs) -> None:
    raise MemoryError("std::bad_alloc")


def doing_nothing(_highs: highspy.Highs) -> object:
    return highspy.HighsStatus.kError


def hanging(_highs: highspy.Highs) -> None:
    time.sleep(6)


@pytest.mark.parametrize("run", [raising, doing_nothing])
def test_a_highs_that_fails_is_named_and_cbc_answers(
    run: Callable[[highspy.Highs], object], monkeypatch: pytest.MonkeyPatch, best: Fraction
) -> None:
    monkeypatch.setattr(highspy.Highs, "run", run)
    answer = solve(PROBLEM, break_ties=False, max_seconds=60, gap=0)
    honest(answer, best)
    assert (answer.status, answer.solver.name) == (SolveStatus.OPTIMAL, "CBC")
    assert "CBC was asked instead" in answer.message


@pytest.mark.parametrize(
    "kind", ["kSolveError", "kUnknown", "kMemoryLimit", "kInfeasible", "kUnbounded", "kNotset", "kModelEmpty"]
)
def test_whatever_highs_says_a_plan_that_holds_is_a_proof(
    kind: str, monkeypatch: pytest.MonkeyPatch, best: Fraction
) -> None:
    monkeypatch.setattr(highspy.Highs, "run", doing_nothing)
    monkeypatch.setattr(highspy.Highs, "getModelStatus", lambda _highs: getattr(KINDS, kind))
    answer = solve(PROBLEM, break_ties=False, max_seconds=60, gap=0)
    honest(answer, best)
    assert "HiGHS" in answer.message


@pytest.mark.parametrize("run", [raising, doing_nothing])
def test_a_highs_that_did_not_run_has_no_bound_to_tell(
    run: Callable[[highspy.Highs], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tells 0, which would call a plan worth nothing optimal."""
    monkeypatch.setattr(highspy.Highs, "run", run)
    outcome = HighsEngine(build_model(PROBLEM)).run(Task(time.monotonic() + 5), lambda _found: False)
    assert (outcome.status, outcome.found.point, outcome.found.bound) == ("failed", None, None)


def test_both_solvers_failing_leaves_the_ranking_and_no_word_of_optimal(
    monkeypatch: pytest.MonkeyPatch, cbc_is: Callable[[str], None], best: Fraction
) -> None:
    cbc_is("kill -ABRT $$")
    monkeypatch.setattr(highspy.Highs, "run", raising)
    answer = solve(PROBLEM, break_ties=False, max_seconds=20, gap=0)
    honest(answer, best)
    assert (answer.status, answer.stopped_by) == (SolveStatus.FEASIBLE, "failure")
    assert (answer.chosen, answer.bound, answer.gap) == (rank(PROBLEM).chosen, None, None)
    assert "bad_alloc" in answer.message
    assert "CBC ended with signal 6" in answer.message


def test_both_solvers_failing_without_a_plan_is_stopped_and_not_infeasible(
    monkeypatch: pytest.MonkeyPatch, cbc_is: Callable[[str], None]
) -> None:
    cbc_is("kill -ABRT $$")
    monkeypatch.setattr(highspy.Highs, "run", doing_nothing)
    floor = Limit("floor", "investment", min_total=3)
    costs = tuple(one(f"P{k}", -1, 1) for k in range(4))
    answer = solve(Problem("", (2027,), costs, (floor,)), max_seconds=20)
    assert (answer.status, answer.chosen, answer.value) == (SolveStatus.STOPPED, (), None)
    assert answer.conflict == ()


def test_a_highs_that_ignores_its_time_and_its_interrupt_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, best: Fraction
) -> None:
    monkeypatch.setattr(highspy.Highs, "run", hanging)
    started = time.monotonic()
    answer = solve(PROBLEM, break_ties=False, max_seconds=1, gap=0)
    assert time.monotonic() - started < 5
    honest(answer, best)
    assert (answer.status, answer.bound) == (SolveStatus.FEASIBLE, None)


def test_a_highs_whose_bound_is_below_a_plan_that_holds_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, best: Fraction
) -> None:
    lie = Outcome("limit", Found(bound=1.0))
    monkeypatch.setattr(HighsEngine, "run", lambda *_args, **_more: lie)
    answer = solve(PROBLEM, break_ties=False, max_seconds=60, gap=0)
    honest(answer, best)
    assert "says that no plan is worth more than" in answer.message


def test_a_solver_that_is_done_with_is_let_go_of_with_its_model() -> None:
    """A worker solves for weeks: what one run leaves behind is there until the process ends."""
    model = build_model(PROBLEM)
    engine = HighsEngine(model)
    engine.run(Task(time.monotonic() + 5), lambda _found: False)
    programme = Programme(model.matrix(), model.aim.weights, time.monotonic() + 5, 0)
    programme.solve(Wait(time.monotonic() + 5, lambda: False))
    kept = [weakref.ref(one) for one in (engine, engine.highs, programme, programme.highs)]
    del engine, programme
    gc.collect()
    assert [one() for one in kept] == [None] * 4


# What is at the edge of what can be counted.


def one(name: str, value: int | Fraction, ore: int) -> Proposal:
    return Proposal(name, alternatives=(Alternative("x", (2027,), {2027: value}, {"investment": (ore,)}),))


def test_a_hundred_amounts_of_ten_billion_kronor_are_counted_to_the_ore() -> None:
    rng = random.Random(5)
    amounts = [rng.randrange(10**11, 10**12) for _ in range(100)]
    proposals = tuple(one(f"P{k:03d}", 1 + k % 7, amount) for k, amount in enumerate(amounts))
    for short in (0, 1):
        limit = Limit("ceiling", "investment", max_total=sum(amounts) - short)
        answer = solve(Problem("", (2027,), proposals, (limit,)), gap=0)
        assert (answer.status, answer.ties_exact) == (SolveStatus.OPTIMAL, True)
        assert len(answer.chosen) == 100 - short
        assert answer.value == sum(1 + k % 7 for k in range(100)) - short


def test_a_hundred_amounts_that_no_float_tells_apart_are_counted_to_the_ore() -> None:
    """Sixty fit, or fifty-nine, by one öre in 6·10^13: the solver cannot see it, the checker tells it."""
    rng = random.Random(5)
    amounts = [10**12 - rng.randrange(1000) for _ in range(100)]
    proposals = tuple(one(f"P{k:03d}", 1, amount) for k, amount in enumerate(amounts))
    for short, count in ((0, 60), (1, 59)):
        limit = Limit("ceiling", "investment", max_total=sum(sorted(amounts)[:60]) - short)
        answer = solve(Problem("", (2027,), proposals, (limit,)), gap=0, max_seconds=20, break_ties=False)
        assert (answer.status, answer.value, answer.bound) == (SolveStatus.OPTIMAL, count, count)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_krona_beside_a_billion_is_seen(weighted: bool) -> None:
    """Spreads of 10^11: the dear one fits only without the cheap one, by one öre."""
    dear, cheap = one("dear", 1000, 10**11), one("cheap", 1, 1)
    of: object = {"investment": Fraction(1, 3)} if weighted else "investment"
    scale = Fraction(1, 3) if weighted else 1
    for room, chosen in ((10**11 + 1, {"dear", "cheap"}), (10**11, {"dear"}), (10**11 - 1, {"cheap"})):
        bound = -(-room * scale // 1) if chosen != {"cheap"} else room * scale // 1
        limit = Limit("room", of, max=int(bound))  # type: ignore[arg-type]
        problem = Problem("", (2027,), (dear, cheap), (limit,))
        answer = solve(problem, gap=0)
        assert {c.proposal for c in answer.chosen} <= {"dear", "cheap"}
        held = [
            plan
            for plan in ((), ("dear",), ("cheap",), ("cheap", "dear"))
            if not verify(problem, tuple(Choice(p, "x", 2027) for p in plan))
        ]
        assert answer.value == max(1000 * ("dear" in plan) + ("cheap" in plan) for plan in held)
        if not weighted:
            assert {c.proposal for c in answer.chosen} == chosen


def test_values_from_a_billionth_to_a_billion_are_all_decided_exactly() -> None:
    values = [Fraction(10) ** k for k in range(-9, 10)]
    proposals = tuple(one(f"P{k:02d}", value, 100) for k, value in enumerate(values))
    answer = solve(Problem("", (2027,), proposals, (Limit("L", "investment", max=500),)), gap=0)
    assert {c.proposal for c in answer.chosen} == {f"P{k:02d}" for k in range(14, 19)}
    everything = solve(Problem("", (2027,), proposals), gap=0)
    assert everything.value == sum(values)


@pytest.mark.parametrize("value", ["1e300", "1" + "0" * 39, "NaN", "Infinity", "-1e30"])
def test_a_value_without_measure_is_refused_with_its_place(value: str) -> None:
    case = write_case(Problem("", (2027,), (one("A", 123456, 1),))).replace(b"123456", value.encode())
    with pytest.raises(CaseError) as refused:
        read_case(case)
    assert "value" in str(refused.value) or "number" in str(refused.value)


@pytest.mark.parametrize("value", [10**300, Fraction(1, 10**300), -(10**300)])
def test_a_value_without_measure_from_a_program_is_still_decided(value: int | Fraction) -> None:
    problem = Problem("", (2027,), (one("A", value, 1), one("B", 1, 1)), (Limit("L", "investment", max=1),))
    answer = solve(problem, gap=0)
    assert answer.status is SolveStatus.OPTIMAL
    assert [c.proposal for c in answer.chosen] == (["A"] if value > 1 else ["B"])


def test_an_amount_without_measure_is_refused_and_not_rounded() -> None:
    problem = Problem("", (2027,), (one("A", 1, 10**30),), (Limit("L", "investment", max=10**30),))
    with pytest.raises(OptimizerError, match="too large"):
        solve(problem)


def test_nothing_and_one_thing_to_choose_from_are_answered() -> None:
    assert solve(Problem("", (2027,), ())).status is SolveStatus.OPTIMAL
    alone = solve(Problem("", (2027,), (one("A", 5, 7),), (Limit("L", "investment", max=7),)))
    assert (alone.status, alone.value, alone.gap) == (SolveStatus.OPTIMAL, 5, 0)
    beyond = solve(Problem("", (2027,), (one("A", 5, 7),), (Limit("L", "investment", max=6),)))
    assert (beyond.status, beyond.value, beyond.chosen) == (SolveStatus.OPTIMAL, 0, ())
    must = replace(one("A", 5, 7), required=True)
    never = solve(Problem("", (2027,), (must,), (Limit("L", "investment", max=6),)))
    assert (never.status, never.value, never.bound) == (SolveStatus.INFEASIBLE, None, None)
    assert never.conflict == ("L", "required:A")
    empty = replace(must, alternatives=())
    assert solve(Problem("", (2027,), (empty,))).conflict == ("required:A",)


# The command, killed and starved.

LIMITED = """
import re, resource, sys
from investplan.cli.optimising import optimise
import optimizer.solving
size = int(re.search(r"VmSize:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
most = size + int(sys.argv[1]) * 2**20
resource.setrlimit(resource.RLIMIT_AS, (most, most))
optimise(sys.argv[2:])
"""


@pytest.fixture(scope="module")
def large_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("case") / "case.json"
    path.write_bytes(write_case(full_municipality(150, seed=1)))
    return path


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("megabytes", [0, 2, 6, 10, 16, 40])
def test_too_little_memory_is_said_plainly_and_leaves_no_half_plan(
    megabytes: int, large_case: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    told = subprocess.run(
        [sys.executable, "-c", LIMITED, str(megabytes), large_case, "--max-seconds", "2", "--out", plan],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in told.stderr
    assert told.stderr.strip()
    if plan.exists():
        assert told.returncode in (0, 4)
        assert json.loads(plan.read_text())["checked"] is (told.returncode == 0)
    else:
        # 127 and −6: the C library itself gives up, with a line of its own, when a thread cannot have its memory.
        assert told.returncode in (4, 127, -6)
    if megabytes == 0:
        assert (told.returncode, plan.exists()) == (4, False)
        assert NO_MEMORY in told.stderr


def test_killed_at_any_moment_the_command_leaves_a_whole_plan_or_none(tmp_path: Path) -> None:
    case, plan = tmp_path / "case.json", tmp_path / "plan.json"
    case.write_bytes(write_case(municipality(6, seed=1)))
    command = [sys.executable, "-m", "investplan", "optimise", str(case), "--out", str(plan), "--gap", "0"]
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    whole, seconds = plan.read_bytes(), time.monotonic() - started
    rng = random.Random(3)
    kept = 0
    for old in (None, whole) * 3:
        plan.unlink(missing_ok=True)
        if old is not None:
            plan.write_bytes(old)
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds * rng.uniform(0.5, 1.1))
        child.send_signal(signal.SIGKILL)
        child.wait()
        if plan.exists():
            kept += 1
            found = json.loads(plan.read_text())
            assert (found["checked"], found["chosen"]) == (True, json.loads(whole)["chosen"])
    assert kept >= 3


def test_killed_while_it_writes_the_command_leaves_what_was_there(tmp_path: Path) -> None:
    """The child kills itself in the middle of the file: after a part of it was written, before it is in its place."""
    plan = tmp_path / "plan.json"
    plan.write_text("what was there")
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from investplan.cli import optimising\n"
        "os.fsync = lambda _file: os.kill(os.getpid(), signal.SIGKILL)\n"
        "optimising.write_whole(Path(sys.argv[1]), b'x' * 10_000_000)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(plan)], check=False, env=os.environ)
    assert ended.returncode == -signal.SIGKILL
    assert plan.read_text() == "what was there"
