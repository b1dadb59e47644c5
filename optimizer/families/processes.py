"""A family answered by processes side by side: each takes a part of neighbours at a time, with a solver of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from optimizer.answers import ShouldStop
from optimizer.families.kinds import CHUNK, chunks, make_family
from optimizer.families.members import Family, Outcome
from optimizer.families.running import Answered, answer_members
from optimizer.problem import Choice, Problem
from optimizer.resolving import Resolver

LOOK_SECONDS = 0.2
OnAnswer = Callable[[Answered], None]


@dataclass(frozen=True)
class Order:
    """What every process is told: the family, and how its members are solved. `gap` is a share."""

    kind: str
    problem: Problem
    plan: tuple[Choice, ...]
    parameters: Mapping[str, Any]
    gap: float
    member_seconds: float
    threads: int = 1
    seed: int = 0

    def family(self) -> Family:
        return make_family(self.kind, self.problem, self.plan, self.parameters)


def answer_family(
    order: Order,
    *,
    workers: int = 1,
    size: int = CHUNK,
    on_answer: OnAnswer | None = None,
    should_stop: ShouldStop | None = None,
) -> dict[int, Outcome]:
    """The outcomes by number: all of them, or those that came before `should_stop` said so.

    With one worker everything happens in the caller's process, and `on_answer` is called at each answer; with several
    it is called as their parts are done.
    """
    family = order.family()
    parts = chunks(family, size)
    opening = [part for part in parts if part.start < family.opening]
    found: dict[int, Outcome] = {}

    def keep(answered: Answered) -> None:
        found[answered.number] = answered.outcome
        if on_answer is not None:
            on_answer(answered)

    for part in parts if workers == 1 else opening:
        first = {n: o for n, o in found.items() if n < family.opening}
        for answered in _answers(order, family, part, first, should_stop):
            keep(answered)
    if workers > 1:
        _side_by_side(order, parts[len(opening) :], dict(found), workers, keep, should_stop)
    return found


def _answers(
    order: Order, family: Family, part: range, known: Mapping[int, Outcome], should_stop: ShouldStop | None
) -> Any:
    resolver = Resolver(order.problem, threads=order.threads, seed=order.seed)
    return answer_members(
        family,
        resolver,
        part,
        known,
        gap=order.gap,
        max_seconds=order.member_seconds,
        should_stop=should_stop,
    )


def _side_by_side(
    order: Order,
    parts: tuple[range, ...],
    known: dict[int, Outcome],
    workers: int,
    keep: OnAnswer,
    should_stop: ShouldStop | None,
) -> None:
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(order, known, stop)
    ) as pool:
        going: set[Future[list[Answered]]] = {pool.submit(_carry_out, part) for part in parts}
        while going:
            done, going = wait(going, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                for answered in future.result():
                    keep(answered)
            if should_stop is not None and should_stop():
                stop.set()


_here: dict[str, Any] = {}
"""What this process was told when it began; only in the processes of a pool."""


def _begin(order: Order, known: dict[int, Outcome], stop: Any) -> None:
    _here.update(order=order, family=order.family(), known=known, stop=stop)


def _carry_out(part: range) -> list[Answered]:
    """Members' problems stay here: they are large and can be made anew."""
    answers = _answers(_here["order"], _here["family"], part, _here["known"], _here["stop"].is_set)
    return [answered._replace(member=None) for answered in answers]
