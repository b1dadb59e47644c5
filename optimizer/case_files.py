"""`investplan-case/1` files: a prioritisation problem as anyone may write it, read and written exactly.

Plans (`investplan-plan/1`) are read and written in `plan_files`; their functions are offered here too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from optimizer.case_checks import check_references
from optimizer.case_writing import case_to_json, write_case
from optimizer.json_reading import (
    LARGEST_LIMIT_ORE,
    LARGEST_VALUE,
    CaseError,
    Fault,
    Reader,
    join,
    parse_json,
)
from optimizer.plan_files import PlanFile, plan_to_json, read_plan, write_plan
from optimizer.problem import (
    FIXED_ROWS,
    NAMED_ROWS,
    AllOrNone,
    Alternative,
    Amounts,
    AtMost,
    Choice,
    Coordinate,
    Fix,
    Forbid,
    Limit,
    Number,
    PerPeriod,
    Problem,
    Profile,
    Proposal,
    Requires,
    Rule,
)

__all__ = [
    "CaseError",
    "Fault",
    "PlanFile",
    "case_sha256",
    "case_to_json",
    "plan_to_json",
    "read_case",
    "read_plan",
    "write_case",
    "write_plan",
]

FORMAT = "investplan-case/1"
GROUPS = {"frames": "frame", "capacity": "capacity", "lasting": "lasting"}
TEXT_FIELDS = ("committee", "category", "district")
EARLIEST, LATEST = 1900, 2300
RULE_KEYS = {
    "requires": ({"proposal", "needs", "lag_years"}, ("proposal", "needs")),
    "at_most": ({"proposals", "count"}, ("proposals", "count")),
    "all_or_none": ({"proposals"}, ("proposals",)),
    "coordinate": ({"proposals", "saving", "value"}, ("proposals",)),
    "fix": ({"proposal", "alternative", "start"}, ("proposal",)),
    "forbid": ({"proposal", "alternative", "start"}, ("proposal",)),
}


def read_case(data: bytes) -> Problem:
    """The problem in a case file.

    Raises `CaseError`, whose `faults` name everything that does not fit, each with its place.
    """
    read = Reader()
    case = read.mapping(parse_json(data), "")
    read.finish()
    lists = {"proposals", "limits", "rules", "previous"}
    read.keys(case, "", {"format", "title", "years"} | lists, ("format", "years", "proposals"))
    if "format" in case and case["format"] != FORMAT:
        read.fault("format", f'must be "{FORMAT}"')
    years = _years(read, case["years"], "years") if "years" in case else ()
    problem = Problem(
        title=read.text(case.get("title", ""), "title"),
        years=years,
        proposals=tuple(
            _proposal(read, v, at) for v, at in read.items(case.get("proposals", []), "proposals")
        ),
        limits=tuple(_limit(read, v, at, years) for v, at in read.items(case.get("limits", []), "limits")),
        rules=tuple(r for v, at in read.items(case.get("rules", []), "rules") if (r := _rule(read, v, at))),
        previous=tuple(_choice(read, v, at) for v, at in read.items(case.get("previous", []), "previous")),
    )
    if not read.faults:
        check_references(read, problem)
    read.finish()
    return problem


def case_sha256(data: bytes) -> str:
    """SHA-256 of the case file's bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _years(read: Reader, value: Any, place: str) -> tuple[int, ...]:
    found = tuple(read.integer(v, at, EARLIEST, LATEST) for v, at in read.items(value, place, 1))
    if not read.faults and any(b != a + 1 for a, b in pairwise(found)):
        read.fault(place, "must be consecutive and in order")
    return found


def _proposal(read: Reader, value: Any, place: str) -> Proposal:
    found = read.mapping(value, place)
    own = {"id", "title", *TEXT_FIELDS, "required", "alternatives"}
    read.keys(found, place, set(found), ("id", "alternatives"))
    alternatives = read.items(
        found.get("alternatives", []), join(place, "alternatives"), "alternatives" in found
    )
    texts = {k: read.text(found[k], join(place, k)) for k in ("title", *TEXT_FIELDS) if k in found}
    return Proposal(
        id=read.text(found.get("id", "?"), join(place, "id"), empty=False),
        required=read.boolean(found.get("required", False), join(place, "required")),
        fields=_free_fields(read, found, place, own),
        alternatives=tuple(_alternative(read, v, at) for v, at in alternatives),
        **texts,
    )


def _free_fields(read: Reader, found: Mapping[str, Any], place: str, own: set[str]) -> dict[str, str]:
    """Every further key is a text field; anything but text there is an unknown key."""
    fields = {}
    for key, value in found.items():
        if key not in own:
            if isinstance(value, str):
                fields[key] = read.text(value, join(place, key))
            else:
                read.fault(join(place, key), "unknown key (further fields must be text)")
    return fields


def _alternative(read: Reader, value: Any, place: str) -> Alternative:
    found = read.mapping(value, place)
    read.keys(found, place, set(found), ("id", "starts", "value"))
    starts_place = join(place, "starts")
    starts = tuple(
        read.integer(v, at, EARLIEST, LATEST)
        for v, at in read.items(found.get("starts", []), starts_place, "starts" in found)
    )
    if len(set(starts)) < len(starts):
        read.fault(starts_place, "names a year twice")
    rows: dict[str, Profile] = {}
    for row in FIXED_ROWS:
        if row in found:
            rows[row] = _profile(read, found[row], join(place, row), starts)
    for group, prefix in GROUPS.items():
        inside = join(place, group)
        for name, profile in read.mapping(found.get(group, {}), inside).items():
            rows[f"{prefix}:{name}"] = _profile(read, profile, join(inside, name), starts)
    own = {"id", "starts", "value", *FIXED_ROWS, *GROUPS}
    return Alternative(
        id=read.text(found.get("id", "?"), join(place, "id"), empty=False),
        starts=starts,
        value_by_start=_values(read, found.get("value", 0), join(place, "value"), starts),
        rows=rows,
        fields=_free_fields(read, found, place, own),
    )


def _values(read: Reader, value: Any, place: str, starts: tuple[int, ...]) -> dict[int, Number]:
    if not isinstance(value, dict):
        one = read.number(value, place, LARGEST_VALUE)
        return dict.fromkeys(starts, one)
    by_year = {
        year: read.number(v, join(place, key), LARGEST_VALUE)
        for key, v in value.items()
        if (year := _year_key(read, key, place)) is not None
    }
    _every_start(read, by_year, place, starts)
    return {start: by_year.get(start, 0) for start in starts}


def _profile(read: Reader, value: Any, place: str, starts: tuple[int, ...]) -> Profile:
    if not isinstance(value, dict):
        return _amounts(read, value, place)
    by_year = {
        year: _amounts(read, v, join(place, key))
        for key, v in value.items()
        if (year := _year_key(read, key, place)) is not None
    }
    _every_start(read, by_year, place, starts)
    return {start: by_year.get(start, ()) for start in starts}


def _amounts(read: Reader, value: Any, place: str) -> Amounts:
    return tuple(read.ore(v, at) for v, at in read.items(value, place))


def _year_key(read: Reader, key: str, place: str) -> int | None:
    if len(key) == 4 and key.isascii() and key.isdigit():
        return int(key)
    read.fault(join(place, key), "must be a year, four digits")
    return None


def _every_start(read: Reader, by_year: Mapping[int, Any], place: str, starts: tuple[int, ...]) -> None:
    if missing := [str(s) for s in starts if s not in by_year]:
        read.fault(place, f"has nothing for start {', '.join(missing)}")


def _limit(read: Reader, value: Any, place: str, years: tuple[int, ...]) -> Limit:
    found = read.mapping(value, place)
    bounds = ("max", "min", "max_total", "min_total", "max_share", "min_share")
    read.keys(
        found, place, {"id", "of", "where", "carry_over", "cumulative", "window", *bounds}, ("id", "of")
    )
    flags = {k: read.boolean(found.get(k, False), join(place, k)) for k in ("carry_over", "cumulative")}
    window = None
    if "window" in found:
        window = read.integer(found["window"], join(place, "window"), 1, max(1, len(years)))
    if flags["carry_over"] + flags["cumulative"] + (window is not None) > 1:
        read.fault(place, "carry_over, cumulative and window exclude each other")
    if not any(found.get(k) is not None for k in bounds):
        read.fault(place, f"has no bound; give at least one of {', '.join(bounds)}")
    where = read.mapping(found.get("where", {}), join(place, "where"))
    if not where and ("min_share" in found or "max_share" in found):
        read.fault(join(place, "where"), "is missing: a share compares the part it picks out with the whole")
    periods = len(years) - (window or 1) + 1
    return Limit(
        id=read.text(found.get("id", "?"), join(place, "id"), empty=False),
        of=_of(read, found.get("of", "investment"), join(place, "of")),
        max=_bound(read, found.get("max"), join(place, "max"), periods),
        min=_bound(read, found.get("min"), join(place, "min"), periods),
        window=window,
        where={k: read.text(v, join(join(place, "where"), k)) for k, v in where.items()},
        carry_over=flags["carry_over"],
        cumulative=flags["cumulative"],
        max_total=_total(read, found, place, "max_total"),
        min_total=_total(read, found, place, "min_total"),
        max_share=_share(read, found, place, "max_share"),
        min_share=_share(read, found, place, "min_share"),
    )


def _total(read: Reader, found: Mapping[str, Any], place: str, key: str) -> int | None:
    return None if found.get(key) is None else read.ore(found[key], join(place, key), LARGEST_LIMIT_ORE)


def _share(read: Reader, found: Mapping[str, Any], place: str, key: str) -> Fraction | None:
    if found.get(key) is None:
        return None
    return read.number(found[key], join(place, key), 1, least=0, decimals=12)


def _bound(read: Reader, value: Any, place: str, periods: int) -> PerPeriod | None:
    if value is None:
        return None
    if not isinstance(value, list):
        return read.ore(value, place, LARGEST_LIMIT_ORE)
    if len(value) != periods:
        read.fault(place, f"has {len(value)} numbers, must have {periods} (or be one number)")
    return tuple(
        None if v is None else read.ore(v, at, LARGEST_LIMIT_ORE) for v, at in read.items(value, place)
    )


def _of(read: Reader, value: Any, place: str) -> str | dict[str, Number]:
    if isinstance(value, str):
        _check_row(read, value, place)
        return value
    if not isinstance(value, dict):
        read.fault(place, "must be a row name or an object of rows and weights")
        return "investment"
    if not value:
        read.fault(place, "must name at least one row")
    for name in value:
        _check_row(read, name, place)
    return {name: read.number(w, join(place, name), 10**6, decimals=9) for name, w in value.items()}


def _check_row(read: Reader, name: str, place: str) -> None:
    group, _, rest = name.partition(":")
    if name not in FIXED_ROWS and not (group in NAMED_ROWS and rest):
        known = ", ".join([*FIXED_ROWS, *(f"{g}:…" for g in NAMED_ROWS)])
        read.fault(place, f"unknown row {name!r}; known are {known}")


def _rule(read: Reader, value: Any, place: str) -> Rule | None:
    found = read.mapping(value, place)
    kind = found.get("kind")
    if not isinstance(kind, str) or kind not in RULE_KEYS:
        read.fault(join(place, "kind"), f"must be one of {', '.join(RULE_KEYS)}")
        return None
    keys, required = RULE_KEYS[kind]
    read.keys(found, place, {"id", "kind", *keys}, ("id", *required))
    rule_id = read.text(found.get("id", "?"), join(place, "id"), empty=False)
    if "proposals" in required:
        return _group_rule(read, found, place, kind, rule_id)
    proposal = read.text(found.get("proposal", ""), join(place, "proposal"))
    if kind == "requires":
        needs = read.text(found.get("needs", ""), join(place, "needs"))
        lag = read.integer(found.get("lag_years", 0), join(place, "lag_years"), -100, 100)
        return Requires(rule_id, proposal, needs, lag)
    start = found.get("start")
    alternative = found.get("alternative")
    return (Fix if kind == "fix" else Forbid)(
        rule_id,
        proposal,
        None if alternative is None else read.text(alternative, join(place, "alternative")),
        None if start is None else read.integer(start, join(place, "start"), EARLIEST, LATEST),
    )


def _group_rule(read: Reader, found: Mapping[str, Any], place: str, kind: str, rule_id: str) -> Rule:
    listed = read.items(found.get("proposals", []), join(place, "proposals"), "proposals" in found)
    members = tuple(read.text(v, at) for v, at in listed)
    if len(set(members)) < len(members):
        read.fault(join(place, "proposals"), "names a proposal twice")
    if kind == "at_most":
        return AtMost(rule_id, members, read.integer(found.get("count", 0), join(place, "count"), 0, 10**6))
    if kind == "all_or_none":
        return AllOrNone(rule_id, members)
    inside = join(place, "saving")
    saving = read.mapping(found.get("saving", {}), inside)
    read.keys(saving, inside, set(FIXED_ROWS))
    amounts = {row: read.ore(saving[row], join(inside, row)) for row in FIXED_ROWS if row in saving}
    return Coordinate(
        rule_id, members, amounts, read.number(found.get("value", 0), join(place, "value"), LARGEST_VALUE)
    )


def _choice(read: Reader, value: Any, place: str) -> Choice:
    found = read.mapping(value, place)
    keys = ("proposal", "alternative", "start")
    read.keys(found, place, set(keys), keys)
    return Choice(
        read.text(found.get("proposal", ""), join(place, "proposal")),
        read.text(found.get("alternative", ""), join(place, "alternative")),
        read.integer(found.get("start", EARLIEST), join(place, "start"), EARLIEST, LATEST),
    )
