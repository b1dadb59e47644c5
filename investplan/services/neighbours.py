"""Proposals near each other in space and time: what could be dug, built or closed off once instead of twice.

Two signs: places on the map within a distance whose possible start years overlap or lie near, and, weaker, the same
street or property in the place told in words. A pair that is dismissed stays dismissed, with its reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, NamedTuple

import shapely
from sqlalchemy import select

from geo.pairing import Pair, near_pairs, year_bits
from investplan.db.models import Alternative, DismissedPair, Organisation, Proposal
from investplan.domain.place_words import place_words
from investplan.errors import InvalidInputError, Note, StateError
from investplan.services import proposals, scenarios
from investplan.services.kept import Kept
from investplan.services.scenarios import RuleFacts
from investplan.services.work import Work, once

DISTANCE_M, MAX_DISTANCE_M = 100, 2_000
GAP_YEARS, MAX_GAP_YEARS = 2, 10
COMMON_WORD = 40
"""A name that more proposals than this have says nothing of any two of them."""
KEPT = 4


class Named(NamedTuple):
    """What a list tells of a proposal."""

    id: int
    case_number: str
    title: str
    organisation: str


class _Placed(NamedTuple):
    id: int
    note: str
    years: frozenset[int]
    shapes: tuple[bytes, ...]


@dataclass(frozen=True)
class Neighbours:
    """Two proposals that may concern each other; `first` has the lower id.

    Attributes:
        distance_m: Between their nearest places; None where only words bring them together.
        words: Streets and properties that both name.
        years: Start years that both may have; empty where they only lie near each other.
    """

    first: int
    second: int
    distance_m: float | None
    overlap_m2: float
    gap_years: int
    years: tuple[int, ...]
    words: tuple[str, ...] = ()


_found: Kept[list[Neighbours]] = Kept(KEPT)


def pairs(
    work: Work, round_id: int, *, distance_m: int = DISTANCE_M, gap_years: int = GAP_YEARS
) -> list[Neighbours]:
    """Every pair of the round that the actor may see, the nearest first; those of words alone last.

    Kept until a proposal of the round changes: ten thousand are compared in about a second.
    """
    work.require("see")
    key = (*proposals.state(work, round_id), distance_m, gap_years)
    return _found.get(key, lambda: _compare(_placed(work, round_id), distance_m, gap_years))


def of_proposal(
    work: Work, proposal: Proposal, *, distance_m: int = DISTANCE_M, gap_years: int = GAP_YEARS
) -> list[Neighbours]:
    """The proposal's neighbours that are not dismissed, the nearest first."""
    away = dismissed(work, proposal.round_id)
    found = pairs(work, proposal.round_id, distance_m=distance_m, gap_years=gap_years)
    return [
        one for one in found if proposal.id in (one.first, one.second) and (one.first, one.second) not in away
    ]


def names(work: Work, round_id: int, ids: Iterable[int]) -> dict[int, Named]:
    """Those of the proposals that the actor may see, by id."""
    columns = (Proposal.id, Proposal.case_number, Proposal.title, Organisation.name)
    query = proposals.only_visible(work, select(*columns).join(Proposal.organisation), round_id)
    rows = work.session.execute(query.where(Proposal.id.in_(set(ids))))
    return {row[0]: Named(*row) for row in rows}


def _placed(work: Work, round_id: int) -> list[_Placed]:
    columns = (Proposal.id, Proposal.place_note, Alternative.starts, Alternative.geometry)
    query = proposals.only_visible(work, select(*columns).join(Proposal.alternatives), round_id)
    query = proposals.only_open_places(work, query)
    # What is ruled out is never built.
    query = query.where(Alternative.rejected.is_(False))
    notes: dict[int, str] = {}
    years: dict[int, set[int]] = defaultdict(set)
    shapes: dict[int, dict[bytes, None]] = defaultdict(dict)
    for key, note, starts, geometry in work.session.execute(
        query.order_by(Proposal.id, Alternative.position)
    ):
        notes[key] = note
        years[key].update(starts)
        if geometry is not None:
            shapes[key][geometry] = None
    return [_Placed(key, note, frozenset(years[key]), tuple(shapes[key])) for key, note in notes.items()]


def _compare(placed: Sequence[_Placed], distance_m: int, gap_years: int) -> list[Neighbours]:
    by_id = {one.id: one for one in placed}
    owners = [one.id for one in placed for _ in one.shapes]
    shapes = shapely.from_wkb([wkb for one in placed for wkb in one.shapes])
    bits = [bits for one in placed for bits in [year_bits(one.years)] * len(one.shapes)]
    near = near_pairs(owners, shapes, bits, within_m=distance_m, within_years=gap_years)
    words = _same_words(placed)
    found = [
        _neighbours(by_id[one.first], by_id[one.second], one, words.pop((one.first, one.second), ()))
        for one in near
    ]
    return [*found, *_by_words(by_id, words, gap_years)]


def _neighbours(one: _Placed, other: _Placed, pair: Pair, words: Iterable[str]) -> Neighbours:
    years = tuple(sorted(one.years & other.years))
    return Neighbours(
        one.id, other.id, pair.distance_m, pair.overlap_m2, pair.gap_years, years, tuple(sorted(words))
    )


def _same_words(placed: Sequence[_Placed]) -> dict[tuple[int, int], set[str]]:
    holders: dict[str, list[int]] = defaultdict(list)
    for one in placed:
        for word in place_words(one.note):
            holders[word].append(one.id)
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for word, ids in holders.items():
        if len(ids) <= COMMON_WORD:
            for first, second in combinations(sorted(ids), 2):
                found[first, second].add(word)
    return found


def _by_words(
    by_id: dict[int, _Placed], words: dict[tuple[int, int], set[str]], gap_years: int
) -> Iterable[Neighbours]:
    for (first, second), names in sorted(words.items()):
        one, other = by_id[first], by_id[second]
        gap = min((abs(a - b) for a in one.years for b in other.years), default=gap_years + 1)
        if gap <= gap_years:
            years = tuple(sorted(one.years & other.years))
            yield Neighbours(first, second, None, 0.0, gap, years, tuple(sorted(names)))


# --- what is done with a pair ------------------------------------------------------------------------------------


def dismissed(work: Work, round_id: int) -> dict[tuple[int, int], DismissedPair]:
    """The round's dismissed pairs by their two ids, the lower first."""
    work.require("see")
    query = select(DismissedPair).join(Proposal, Proposal.id == DismissedPair.first_id)
    rows = work.session.scalars(query.where(Proposal.round_id == round_id))
    return {(one.first_id, one.second_id): one for one in rows}


def dismiss(work: Work, first_id: int, second_id: int, *, reason: str, key: str = "") -> DismissedPair:
    """Say that two proposals are not to be coordinated, and why.

    Raises:
        InvalidInputError: no reason, or not two proposals of one round.
    """
    work.require("edit places")
    one, other = _ordered(work, first_id, second_id)
    reason = reason.strip()[:500]
    if not reason:
        raise InvalidInputError({"reason": Note("Skriv varför förslagen inte ska samordnas.")})

    def write() -> int:
        if (one.id, other.id) in dismissed(work, one.round_id):
            raise StateError(Note("Paret är redan avfärdat."))
        made = DismissedPair(
            first_id=one.id, second_id=other.id, reason=reason,
            dismissed_by=work.actor.user_id or 0, dismissed_at=work.now(),
        )  # fmt: skip
        work.session.add(made)
        work.session.flush()
        work.record("dismiss pair", "proposal", one.id, after=_pair_json(one, other), reason=reason)
        return made.id

    body = {"first": one.id, "second": other.id, "reason": reason}
    found = work.session.get(DismissedPair, once(work, "dismiss pair", key, body, write))
    assert found is not None
    return found


def restore(work: Work, first_id: int, second_id: int) -> None:
    """Take a dismissal back.

    Raises:
        StateError: the pair is not dismissed.
    """
    work.require("edit places")
    one, other = _ordered(work, first_id, second_id)
    found = dismissed(work, one.round_id).get((one.id, other.id))
    if found is None:
        raise StateError(Note("Paret är inte avfärdat."))
    work.record("restore pair", "proposal", one.id, before={**_pair_json(one, other), "reason": found.reason})
    work.session.delete(found)


def _ordered(work: Work, first_id: int, second_id: int) -> tuple[Proposal, Proposal]:
    one, other = (proposals.find(work, key) for key in sorted((first_id, second_id)))
    if one.id == other.id or one.round_id != other.round_id:
        raise InvalidInputError({"pair": Note("Välj två olika förslag i samma omgång.")})
    return one, other


def _pair_json(one: Proposal, other: Proposal) -> dict[str, Any]:
    return {"first": one.case_number, "second": other.case_number}


def coordinate(
    work: Work,
    scenario_id: int,
    first_id: int,
    second_id: int,
    *,
    saving_kronor: int | float = 0,
    key: str = "",
) -> int:
    """Give a scenario the rule that the two, started in one year, cost `saving_kronor` less; the scenario's id.

    Raises:
        InvalidInputError: not two proposals of the scenario's round.
        StateError: the scenario has such a rule already.
    """
    work.require("edit scenario")
    scenario = scenarios.find(work, scenario_id)
    one, other = _ordered(work, first_id, second_id)
    if one.round_id != scenario.round_id:
        raise InvalidInputError({"scenario": Note("Scenariot hör till en annan omgång än förslagen.")})
    members = [one.case_number, other.case_number]

    def write() -> int:
        facts = scenarios.facts_of(scenario)
        if any(r.kind == "coordinate" and set(r.body["proposals"]) >= set(members) for r in facts.rules):
            raise StateError(Note("Scenariot har redan en regel som samordnar förslagen."))
        taken = {rule.code for rule in facts.rules}
        code = next(f"r{n}" for n in range(1, len(taken) + 2) if f"r{n}" not in taken)
        body = {"proposals": members, "saving": {"investment": saving_kronor}, "value": 0}
        rules = (*facts.rules, RuleFacts(code, "coordinate", body))
        scenarios.save(work, scenario.id, replace(facts, rules=rules), seen_version=scenario.version)
        return scenario.id

    asked = {"scenario": scenario_id, "members": members, "saving": str(saving_kronor)}
    return once(work, "coordinate pair", key, asked, write)
