"""One hand-made problem per limit and rule kind, three lines each, with the answer that paper and pencil give."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from optimizer.problem import (
    AllOrNone,
    Alternative,
    AtMost,
    Choice,
    Coordinate,
    Fix,
    Forbid,
    Limit,
    Number,
    Problem,
    Profile,
    Proposal,
    Requires,
)

YEARS = (2027, 2028, 2029)
KR = 100


@dataclass(frozen=True)
class Small:
    """A problem and the plan it must give, as ``A2027 B2028`` (alternative ``x`` throughout)."""

    problem: Problem
    plan: str
    value: Number


def proposal(
    name: str,
    value: Number | dict[int, Number],
    starts: tuple[int, ...] = (2027,),
    *,
    required: bool = False,
    district: str = "",
    **rows: Profile,
) -> Proposal:
    """A proposal with one alternative ``x``; amounts in kronor."""
    values = value if isinstance(value, dict) else dict.fromkeys(starts, value)
    names = {"frame": "frame:UN", "people": "capacity:people", "cash": "lasting:cash"}
    named = {names.get(k, k): tuple(a * KR for a in v) for k, v in rows.items() if isinstance(v, tuple)}
    return Proposal(
        name, district=district, required=required, alternatives=(Alternative("x", starts, values, named),)
    )


def problem(
    *parts: Proposal | Limit, rules: tuple[object, ...] = (), previous: tuple[Choice, ...] = ()
) -> Problem:
    """A problem of these proposals and limits."""
    proposals = tuple(p for p in parts if isinstance(p, Proposal))
    limits = tuple(x for x in parts if isinstance(x, Limit))
    return Problem("small", YEARS, proposals, limits, rules, previous)  # type: ignore[arg-type]


def plan_words(chosen: tuple[Choice, ...]) -> str:
    return " ".join(f"{c.proposal}{c.start}" for c in sorted(chosen, key=lambda c: c.proposal))


def limit(of: str | dict[str, Number], **bounds: object) -> Limit:
    """A limit ``L``; bounds in kronor but for shares."""

    def ore(key: str, value: object) -> object:
        if isinstance(value, tuple):
            return tuple(None if v is None else v * KR for v in value)
        money = isinstance(value, int) and not isinstance(value, bool) and key != "window"
        return value * KR if money else value  # type: ignore[operator]

    return Limit("L", of, **{k: ore(k, v) for k, v in bounds.items()})  # type: ignore[arg-type]


A = proposal("A", 6, investment=(6,))
B = proposal("B", 5, investment=(5,))
C = proposal("C", 4, investment=(4,))
EARLY_OR_LATE = {2027: 10, 2028: 9, 2029: 8}

SMALL_CASES: dict[str, Small] = {
    "max": Small(problem(A, B, C, limit("investment", max=(9, 0, 0))), "B2027 C2027", 9),
    "max_null": Small(problem(A, B, C, limit("investment", max=(None, 0, 0))), "A2027 B2027 C2027", 15),
    "min": Small(
        problem(proposal("A", -1, investment=(6,)), B, limit("investment", min=(6, 0, 0))), "A2027 B2027", 4
    ),
    "carry_over": Small(
        problem(
            proposal("A", EARLY_OR_LATE, YEARS, investment=(6,)),
            proposal("B", EARLY_OR_LATE, YEARS, investment=(6,)),
            limit("investment", max=(4, 4, 4), carry_over=True),
        ),
        "A2028 B2029",
        17,
    ),
    "carry_over_min": Small(
        problem(
            proposal("A", -1, YEARS, investment=(6,)), B, limit("investment", min=(3, 3, 3), carry_over=True)
        ),
        "A2027 B2027",
        4,
    ),
    "max_total": Small(
        problem(A, proposal("B", 5, (2029,), investment=(5,)), limit("investment", max_total=10)), "A2027", 6
    ),
    "min_total": Small(
        problem(proposal("A", -1, YEARS, investment=(6,)), limit("investment", min_total=6)), "A2027", -1
    ),
    "cumulative": Small(
        problem(
            proposal("A", EARLY_OR_LATE, YEARS, investment=(6,)),
            limit("investment", max=(0, 5, 6), cumulative=True),
        ),
        "A2029",
        8,
    ),
    "window": Small(
        problem(
            proposal("A", EARLY_OR_LATE, YEARS, investment=(6,)),
            proposal("B", EARLY_OR_LATE, YEARS, investment=(6,)),
            limit("investment", max=(6, 6), window=2),
        ),
        "A2027 B2029",
        18,
    ),
    "weights": Small(
        problem(
            proposal("A", 6, investment=(6,), cash=(0, 2)),
            proposal("B", 5, investment=(6,)),
            limit({"investment": Fraction(1, 2), "lasting:cash": 1}, max_total=6),
        ),
        "B2027",
        5,
    ),
    "where": Small(
        problem(
            proposal("A", 6, investment=(6,), district="Norr"),
            proposal("B", 5, investment=(5,), district="Norr"),
            proposal("C", 1, investment=(90,), district="Söder"),
            limit("investment", max=7, where={"district": "Norr"}),
        ),
        "A2027 C2027",
        7,
    ),
    "min_share": Small(
        problem(
            proposal("A", 6, investment=(6,), district="Norr"),
            proposal("B", 1, investment=(2,), district="Söder"),
            limit("investment", min_share=Fraction(1, 4), where={"district": "Söder"}),
        ),
        "A2027 B2027",
        7,
    ),
    "max_share": Small(
        problem(
            proposal("A", 6, investment=(6,), district="Norr"),
            proposal("B", 1, investment=(2,), district="Söder"),
            limit("investment", max_share=Fraction(1, 2), where={"district": "Norr"}),
        ),
        "B2027",
        1,
    ),
    "capacity": Small(
        problem(
            proposal("A", 6, people=(1, 1)),
            proposal("B", EARLY_OR_LATE, YEARS, people=(1,)),
            limit("capacity:people", max=1),
        ),
        "A2027 B2029",
        14,
    ),
    "goes_on": Small(
        problem(
            proposal("A", EARLY_OR_LATE, YEARS, operating=(0, 3)),
            proposal("B", 5, operating=(2,)),
            limit("operating", max=(2, 2, 5)),
        ),
        "A2028 B2027",
        14,
    ),
    "frame": Small(
        problem(proposal("A", 6, frame=(0, 3)), proposal("B", 5, frame=(3,)), limit("frame:UN", max=3)),
        "A2027",
        6,
    ),
    "requires": Small(
        problem(
            proposal("A", EARLY_OR_LATE, YEARS), proposal("B", -1, YEARS), rules=(Requires("r", "A", "B", 1),)
        ),
        "A2028 B2027",
        8,
    ),
    "at_most": Small(problem(A, B, C, rules=(AtMost("r", ("A", "B", "C"), 2),)), "A2027 B2027", 11),
    "all_or_none": Small(
        problem(A, B, C, limit("investment", max=10), rules=(AllOrNone("r", ("A", "B")),)), "C2027", 4
    ),
    "coordinate": Small(
        problem(
            proposal("A", EARLY_OR_LATE, YEARS, investment=(6,)),
            proposal("B", {2028: 9, 2029: 8}, (2028, 2029), investment=(6,)),
            limit("investment", max=10),
            rules=(Coordinate("r", ("A", "B"), {"investment": 2 * KR}, 2),),
        ),
        "A2028 B2028",
        20,
    ),
    "coordinate_that_hurts": Small(
        problem(
            proposal("A", EARLY_OR_LATE, YEARS, investment=(6,)),
            proposal("B", 9, investment=(6,)),
            limit("investment", max_total=20, min_total=12),
            rules=(Coordinate("r", ("A", "B"), {"investment": 1 * KR}, 0),),
        ),
        "A2028 B2027",
        18,
    ),
    "fix": Small(
        problem(A, proposal("B", EARLY_OR_LATE, YEARS), rules=(Fix("r", "B", "x", 2029),)), "A2027 B2029", 14
    ),
    "forbid": Small(
        problem(A, proposal("B", EARLY_OR_LATE, YEARS), rules=(Forbid("r", "B", start=2027),)),
        "A2027 B2028",
        15,
    ),
    "required": Small(problem(proposal("A", -5, YEARS, required=True), B), "A2027 B2027", 0),
    "previous": Small(
        problem(proposal("A", 6, YEARS), B, previous=(Choice("A", "x", 2028),)), "A2028 B2027", 11
    ),
    "lower_operating": Small(problem(proposal("A", 6, YEARS, operating=(1,)), B), "A2029 B2027", 11),
    "lower_investment": Small(
        problem(proposal("A", 6, YEARS, investment=(1, 1, 1)), B, limit("investment", min_total=1)),
        "A2029 B2027",
        11,
    ),
    "by_id": Small(
        problem(
            proposal("B", 5, investment=(5,)), proposal("A", 5, investment=(5,)), limit("investment", max=5)
        ),
        "A2027",
        5,
    ),
    "min_cumulative": Small(
        problem(
            proposal("A", -1, YEARS, investment=(6,)), limit("investment", min=(0, 5, 6), cumulative=True)
        ),
        "A2027",
        -1,
    ),
    "min_window": Small(
        problem(proposal("A", -1, YEARS, investment=(6,)), limit("investment", min=(0, 6), window=2)),
        "A2028",
        -1,
    ),
    "max_and_min": Small(
        problem(A, B, C, limit("investment", max=(9, 0, 0), min=(7, 0, 0))), "B2027 C2027", 9
    ),
    "carry_over_null": Small(
        problem(
            proposal("A", EARLY_OR_LATE, YEARS, investment=(6,)),
            proposal("B", EARLY_OR_LATE, YEARS, investment=(6,)),
            limit("investment", max=(6, None, 0), carry_over=True),
        ),
        "A2027 B2028",
        19,
    ),
    "weighted_cumulative": Small(
        problem(
            proposal("A", EARLY_OR_LATE, YEARS, investment=(6,), cash=(0, 3)),
            limit({"investment": 1, "lasting:cash": 1}, max=(6, 8, 12), cumulative=True),
        ),
        "A2028",
        9,
    ),
    "weighted_both_ways": Small(
        problem(
            proposal("A", 6, YEARS, investment=(6,), cash=(0, 9)),
            limit({"investment": 1, "lasting:cash": Fraction(-1, 3)}, max=6, min=(0, 0, -3)),
        ),
        "A2028",
        6,
    ),
    "weighted_totals": Small(
        problem(
            proposal("A", 6, investment=(6,)),
            proposal("B", -1, investment=(2,)),
            limit({"investment": Fraction(1, 2)}, max_total=4, min_total=4),
        ),
        "A2027 B2027",
        5,
    ),
    "share_of_weights": Small(
        problem(
            proposal("A", 6, investment=(6,), district="Norr"),
            proposal("B", 1, cash=(1,), district="Söder"),
            limit(
                {"investment": Fraction(1, 2), "lasting:cash": 1},
                min_share=Fraction(1, 4),
                max_share=Fraction(1, 2),
                where={"district": "Söder"},
            ),
        ),
        "A2027 B2027",
        7,
    ),
    "where_of_the_alternative": Small(
        problem(
            Proposal(
                "A",
                district="Norr",
                alternatives=(
                    Alternative("x", (2027,), {2027: 6}, {"investment": (600,)}, {"district": "Söder"}),
                ),
            ),
            proposal("B", 5, investment=(5,), district="Norr"),
            limit("investment", max=5, where={"district": "Norr"}),
        ),
        "A2027 B2027",
        11,
    ),
    "where_least_and_totals": Small(
        problem(
            proposal("A", -1, investment=(6,), district="Norr"),
            proposal("B", 5, investment=(5,), district="Norr"),
            proposal("C", 4, investment=(4,), district="Söder"),
            limit(
                "investment",
                min=(9, 0, 0),
                max_total=11,
                min_total=10,
                where={"district": "Norr", "committee": ""},
            ),
        ),
        "A2027 B2027 C2027",
        8,
    ),
    "amounts_by_start": Small(
        problem(
            Proposal(
                "A",
                alternatives=(
                    Alternative(
                        "x",
                        (2027, 2028),
                        {2027: 10, 2028: 9},
                        {"investment": {2027: (800,), 2028: (500, -100)}},
                    ),
                ),
            ),
            limit("investment", max=5),
        ),
        "A2028",
        9,
    ),
    "coordinate_weighted": Small(
        problem(
            proposal("A", 10, investment=(6,)),
            proposal("B", 10, investment=(6,)),
            limit({"investment": Fraction(1, 2)}, max=(5, 0, 0)),
            rules=(Coordinate("r", ("A", "B"), {"investment": 2 * KR}),),
        ),
        "A2027 B2027",
        20,
    ),
    "coordinate_unseen_by_where": Small(
        problem(
            proposal("A", 10, investment=(6,), district="Norr"),
            proposal("B", 9, investment=(6,), district="Norr"),
            limit("investment", max=10, where={"district": "Norr"}),
            rules=(Coordinate("r", ("A", "B"), {"investment": 2 * KR}),),
        ),
        "A2027",
        10,
    ),
    "coordinate_operating": Small(
        problem(
            proposal("A", 5, operating=(2,)),
            proposal("B", 5, operating=(2,)),
            limit("operating", max=3),
            rules=(Coordinate("r", ("A", "B"), {"operating": 1 * KR}, -1),),
        ),
        "A2027 B2027",
        9,
    ),
    "coordinate_of_three": Small(
        problem(
            A,
            B,
            C,
            limit("investment", max=(14, 0, 0)),
            rules=(Coordinate("r", ("A", "B", "C"), {"investment": 1 * KR}, 1),),
        ),
        "A2027 B2027 C2027",
        16,
    ),
    "requires_at_once": Small(
        problem(
            proposal("A", EARLY_OR_LATE, YEARS),
            proposal("B", -1, (2028, 2029)),
            rules=(Requires("r", "A", "B"),),
        ),
        "A2028 B2028",
        8,
    ),
    "requires_lead": Small(
        problem(
            proposal("A", EARLY_OR_LATE, YEARS),
            proposal("B", -1, (2028, 2029)),
            rules=(Requires("r", "A", "B", -1),),
        ),
        "A2027 B2028",
        9,
    ),
    "fix_any": Small(problem(A, proposal("B", -1, (2028, 2029)), rules=(Fix("r", "B"),)), "A2027 B2028", 5),
    "forbid_all": Small(problem(A, B, rules=(Forbid("r", "A"),)), "B2027", 5),
    "forbid_way": Small(
        problem(
            A,
            proposal("B", EARLY_OR_LATE, YEARS),
            rules=(Forbid("r", "B", "x", 2027), Forbid("s", "B", start=2028), Forbid("t", "A", "x")),
        ),
        "B2029",
        8,
    ),
    "lasting": Small(
        problem(proposal("A", 6, cash=(0, 3)), proposal("B", 5, cash=(3,)), limit("lasting:cash", max=3)),
        "A2027",
        6,
    ),
}
