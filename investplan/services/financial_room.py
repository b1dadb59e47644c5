"""The financial room of a round, the part of it that each committee is given, and the room as limits of a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from investplan.db.models import CommitteeRoom, CommitteeRooms, PlanningRound, Scenario
from investplan.domain import financial_room
from investplan.domain.finances import Finances
from investplan.domain.financial_room import Room, RoomLimit
from investplan.domain.parameters import decimal_text
from investplan.errors import ConflictError, InvalidInputError, Note
from investplan.services import finances, financial_targets, organisations, rounds, scenarios
from investplan.services.scenarios import LimitFacts, ScenarioFacts
from investplan.services.work import Work
from investplan.units import MAX_AMOUNT_ORE, Ore

Rooms = Mapping[str, Mapping[int, Ore]]
"""What the plan may add to the frames: by committee code and year, as levels. A year that is not there has no limit."""


# Per committee


def rooms_of(work: Work, round_id: int) -> tuple[Rooms, int]:
    """The committees' room and its version (0 where none has been given)."""
    work.require("see")
    rounds.find(work, round_id)
    row = _stored(work, round_id)
    return ({}, 0) if row is None else (_rooms(row), row.version)


def _stored(work: Work, round_id: int) -> CommitteeRooms | None:
    return work.session.scalar(select(CommitteeRooms).where(CommitteeRooms.round_id == round_id))


def _rooms(row: CommitteeRooms) -> dict[str, dict[int, Ore]]:
    found: dict[str, dict[int, Ore]] = {}
    for one in row.rooms:
        found.setdefault(one.organisation.code, {})[one.year] = one.amount_ore
    return found


def save_rooms(work: Work, round_id: int, rooms: Rooms, *, seen_version: int) -> int:
    """Replace the committees' room as a whole; the same again changes nothing. Gives the version.

    Raises:
        ConflictError: someone else changed it since; carries both versions.
        InvalidInputError: one note per `code.year`.
    """
    work.require("edit finances")
    planning_round = rounds.find(work, round_id)
    stored = _stored(work, round_id)
    before, version = ({}, 0) if stored is None else (_rooms(stored), stored.version)
    wanted = {code: dict(by_year) for code, by_year in rooms.items() if by_year}
    _refuse_faults(work, planning_round, wanted)
    if wanted == before:
        return version
    if version != seen_version:
        raise ConflictError("committee_rooms", round_id, stored=_to_json(before), submitted=_to_json(wanted))
    row = stored or CommitteeRooms(round_id=round_id, version=0)
    _write(work, row, wanted)
    row.version = version + 1
    work.session.add(row)
    work.session.flush()
    work.record(
        "save committee rooms",
        "committee_rooms",
        round_id,
        before=_to_json(before) if version else None,
        after=_to_json(wanted),
    )
    return row.version


def _write(work: Work, row: CommitteeRooms, rooms: Rooms) -> None:
    by_code = organisations.by_code(work)
    existing = {(one.organisation.code, one.year): one for one in row.rooms}
    kept: list[CommitteeRoom] = []
    for code, by_year in rooms.items():
        for year, amount_ore in sorted(by_year.items()):
            room = existing.get((code, year)) or CommitteeRoom(organisation=by_code[code], year=year)
            room.amount_ore = amount_ore
            kept.append(room)
    row.rooms = kept


def _refuse_faults(work: Work, planning_round: PlanningRound, rooms: Rooms) -> None:
    known = set(organisations.by_code(work)) - organisations.company_codes(work)
    faults: dict[str, Note] = {}
    for code, by_year in rooms.items():
        if code not in known:
            faults[code] = Note("Nämnden %(code)s finns inte.", {"code": code})
        for year, amount_ore in by_year.items():
            if year not in planning_round.years:
                faults[f"{code}.{year}"] = Note("Året ligger utanför planperioden.")
            elif abs(amount_ore) > MAX_AMOUNT_ORE:
                faults[f"{code}.{year}"] = Note("Beloppet är för stort.")
    if faults:
        raise InvalidInputError(faults)


def _to_json(rooms: Rooms) -> dict[str, Any]:
    return {
        code: {str(year): amount for year, amount in sorted(by_year.items())}
        for code, by_year in rooms.items()
    }


# The room as a whole


def rooms_per_year(work: Work, round_id: int, found: Finances) -> list[Room]:
    """The room of every plan year in `found`: the round's finances, or those with a run's plan on top."""
    targets = financial_targets.targets_of(work, round_id)
    return [financial_room.room(found, targets, year) for year in rounds.find(work, round_id).years]


def limits_of(work: Work, round_id: int) -> list[RoomLimit]:
    """What the targets that are to be handed over demand of the round's plan."""
    planning_round = rounds.find(work, round_id)
    return list(
        financial_room.every_limit(
            financial_targets.targets_of(work, round_id),
            finances.finances_of_round(work, round_id),
            planning_round.years,
            rounds.parameters_of(planning_round),
        )
    )


# Handed over to a scenario


class ChangeKind(StrEnum):
    """What happens to one limit of the scenario when it takes the room from the finances."""

    ADD = "add"
    CHANGE = "change"
    SAME = "same"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True)
class Change:
    """One limit before and after. `REPLACE` takes away what was written by hand for a row that the room now has."""

    kind: ChangeKind
    code: str
    before: LimitFacts | None
    after: LimitFacts | None
    room: RoomLimit | None = None

    @property
    def below_zero(self) -> tuple[int, ...]:
        """Years in which the room is below zero: only a plan that saves can hold the limit."""
        amounts = self.after.max_ore_by_year if self.after else {}
        return tuple(year for year, amount in sorted(amounts.items()) if amount < 0)


def changes_for(work: Work, scenario: Scenario) -> list[Change]:
    """What taking the room from the finances would change in the scenario, limit by limit."""
    facts = scenarios.facts_of(scenario)
    by_code = {limit.code: limit for limit in facts.limits}
    fresh = _fresh(work, scenario, facts)
    changes = [_change(by_code.get(limit.code), limit, room) for limit, room in fresh]
    taken = {limit.code for limit, _ in fresh}
    has_operating_room = any(limit.row == "operating" and not _spans(limit) for limit, _ in fresh)
    for limit in facts.limits:
        if limit.code in taken:
            continue
        if "origin" in limit.extra:
            changes.append(Change(ChangeKind.REMOVE, limit.code, limit, None))
        elif has_operating_room and limit.row == "operating" and not limit.extra:
            changes.append(Change(ChangeKind.REPLACE, limit.code, limit, None))
    return changes


def _change(before: LimitFacts | None, after: LimitFacts, room: RoomLimit | None) -> Change:
    kind = (
        ChangeKind.ADD if before is None else ChangeKind.SAME if _same(before, after) else ChangeKind.CHANGE
    )
    return Change(kind, after.code, before, after, room)


def _same(one: LimitFacts, other: LimitFacts) -> bool:
    return (one.row, dict(one.max_ore_by_year), dict(one.extra)) == (
        other.row,
        dict(other.max_ore_by_year),
        dict(other.extra),
    )


def _spans(limit: LimitFacts) -> bool:
    return bool(limit.extra.get("cumulative") or limit.extra.get("window"))


def _fresh(work: Work, scenario: Scenario, facts: ScenarioFacts) -> list[tuple[LimitFacts, RoomLimit | None]]:
    found: list[tuple[LimitFacts, RoomLimit | None]] = [
        (_as_limit(room), room) for room in limits_of(work, scenario.round_id) if room.max_ore_by_year
    ]
    rooms, _ = rooms_of(work, scenario.round_id)
    names = {one.code: one.name for one in organisations.everything(work)}
    by_row = {limit.row: limit for limit in facts.limits if not limit.extra}
    for code, by_year in rooms.items():
        row = f"frame:{code}"
        known = by_row.get(row)
        made = LimitFacts(f"frame {code}", f"Ram för {names.get(code, code)}", row, dict(by_year))
        found.append((replace(known, max_ore_by_year=dict(by_year)) if known else made, None))
    return found


def _as_limit(room: RoomLimit) -> LimitFacts:
    """A limit of the room as the scenario stores it: one row as it is, several with their weights as decimal text."""
    extra: dict[str, Any] = {"origin": room.target.code}
    row = next(iter(room.weights))
    if dict(room.weights) != {row: 1}:
        row = scenarios.WEIGHTED
        extra["of"] = {name: decimal_text(weight) for name, weight in sorted(room.weights.items())}
    if room.cumulative:
        extra["cumulative"] = True
    if room.window:
        extra["window"] = room.window
    return LimitFacts(room.code, room.target.name, row, dict(room.max_ore_by_year), extra=extra)


def is_stale(work: Work, scenario: Scenario) -> bool:
    """Whether the scenario has taken the room from the finances, and they have changed since."""
    if not any("origin" in limit.extra for limit in scenario.limits):
        return False
    moved = (ChangeKind.CHANGE, ChangeKind.REMOVE)
    return any(
        one.kind in moved and one.before and "origin" in one.before.extra
        for one in changes_for(work, scenario)
    )


def hand_over(
    work: Work, scenario_id: int, *, leave_out: Set[str] = frozenset(), seen_version: int
) -> Scenario:
    """Save the scenario with the room's limits; limits whose codes are in `leave_out` stay as they are.

    Raises:
        ConflictError: someone else changed the scenario since; carries both versions.
        InvalidInputError: there is no room to take.
    """
    work.require("edit scenario")
    scenario = scenarios.find(work, scenario_id)
    changes = changes_for(work, scenario)
    if not changes:
        raise InvalidInputError({"room": Note("Ekonomin har inga mål eller ramar att lämna som gränser.")})
    facts = scenarios.facts_of(scenario)
    wanted = [one for one in changes if one.code not in leave_out and one.kind is not ChangeKind.SAME]
    if not wanted:
        return scenario
    limits = tuple(_applied(facts.limits, wanted))
    return scenarios.save(work, scenario_id, replace(facts, limits=limits), seen_version=seen_version)


def _applied(limits: Sequence[LimitFacts], changes: Sequence[Change]) -> Iterator[LimitFacts]:
    by_code = {change.code: change for change in changes}
    for limit in limits:
        change = by_code.get(limit.code)
        if change is None:
            yield limit
        elif change.after is not None:
            yield change.after
    known = {limit.code for limit in limits}
    for change in changes:
        if change.code not in known and change.after is not None:
            yield change.after
