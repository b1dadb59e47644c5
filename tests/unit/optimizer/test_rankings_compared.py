"""What a ranking loses and breaks, on a case whose answer paper and pencil give, and on a municipality."""

from __future__ import annotations

from fractions import Fraction

from benchmarks.full_instances import full_municipality
from optimizer.problem import Alternative, Limit, Problem, Proposal
from optimizer.rankings_compared import compare_rankings
from optimizer.verifying import verify


def proposal(name: str, value: int, outlay: int, frame: int) -> Proposal:
    rows = {"investment": (outlay,), "frame:UN": (frame,)}
    return Proposal(name, committee="UN", alternatives=(Alternative("a", (2027,), {2027: value}, rows),))


def test_the_ranking_under_the_ceiling_alone_takes_the_best_per_krona_and_breaks_the_frame() -> None:
    problem = Problem(
        "paper",
        (2027, 2028),
        (proposal("A", 10, 100, 500), proposal("B", 6, 100, 300), proposal("C", 1, 100, 100)),
        (
            Limit("ceiling", "investment", max=(200, 200)),
            Limit("frame UN", "frame:UN", max=(400, 400)),
            Limit("least", "frame:UN", min_total=1000),
        ),
    )
    told = compare_rankings(problem)
    # A and B are best per krona and fill the ceiling; 800 is above the frame in both years.
    assert (told.ceiling_value, told.committee_years, told.of_committee_years) == (Fraction(16), 2, 2)
    assert told.ceiling_broken == ()
    # With the frame, A does not fit; B and C do, and their 400 a year are 800 in all, which is below the least.
    assert (told.fair_value, told.fair_broken) == (Fraction(7), ("least",))


def test_a_fair_ranking_of_a_municipality_breaks_no_frame_and_one_under_the_ceiling_many() -> None:
    problem = full_municipality(100, seed=1)
    told = compare_rankings(problem)
    frames = {limit.id for limit in problem.limits if str(limit.of).startswith("frame:")}
    assert not frames & set(told.fair_broken)
    assert told.of_committee_years == sum(
        len(x.max) for x in problem.limits if x.id in frames if isinstance(x.max, tuple)
    )
    assert told.committee_years > 0
    assert verify(problem, ()) or told.fair_value >= 0
