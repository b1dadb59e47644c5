"""Rows that finance plans and the council may decide: priorities, efficiencies, technical moves, one-offs that end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from investplan.db.models import PlannedAdjustment, PlanningRound
from investplan.domain.capital_costs import kronor_text
from investplan.domain.frame_rows import FrameRow, amount_part
from investplan.domain.frames import AdjustmentKind
from investplan.domain.labels import N_
from investplan.errors import InvalidInputError, Note
from investplan.services import organisations, rounds, stated_rows
from investplan.services.frame_bases import committee_codes
from investplan.services.work import Work, once
from investplan.units import Ore

FREE_KINDS = (AdjustmentKind.PRIORITY, AdjustmentKind.TECHNICAL, AdjustmentKind.ONE_OFF)
EARLIER_KINDS = (AdjustmentKind.RENT, AdjustmentKind.CAPITAL_COST, AdjustmentKind.OPERATING)
"""Only a council-decided investment gives such rows; one from before this system is cited by date and paragraph."""
KINDS = (*FREE_KINDS, *EARLIER_KINDS)
PLANNED = "planned"
_CITED = re.compile(r"\d{4}-\d{2}-\d{2}\s*,?\s*§\s*\d+")


@dataclass(frozen=True)
class StatedRow:
    """One planned row as finance states it.

    Args:
        group: Rows of one group are a move between committees and sum to zero in each year; "" is no move.
        earlier_decision: The council decision (date, §) behind a row of an investment decided before this system.
        id: The stored row that it replaces; None is new.
    """

    committee: str
    year: int
    kind: AdjustmentKind
    amount_ore: Ore
    source: str
    permanent: bool = True
    earlier_decision: str = ""
    group: str = ""
    id: int | None = None


def of_round(work: Work, round_id: int) -> list[PlannedAdjustment]:
    """The round's planned rows by year and committee."""
    work.require("see")
    found = work.session.scalars(
        select(PlannedAdjustment).where(PlannedAdjustment.round_id == round_id)
    ).all()
    return sorted(found, key=lambda one: (one.year, one.group_name, one.organisation.name, one.id))


def facts_of(row: PlannedAdjustment) -> StatedRow:
    return StatedRow(
        row.organisation.code,
        row.year,
        AdjustmentKind(row.kind),
        row.amount_ore,
        row.source,
        bool(row.permanent),
        row.earlier_decision,
        row.group_name,
        row.id,
    )


def frame_rows(work: Work, round_id: int) -> Iterator[FrameRow]:
    """The planned rows as rows of frames. A key says kind, move and permanence too: changing one makes another row."""
    for stored in of_round(work, round_id):
        row = facts_of(stored)
        lasting = "" if row.permanent else "once"
        key = f"{PLANNED}:{row.id}:{row.kind.value}:{lasting}:{row.group}"
        facts = {"group": row.group, "earlier": row.earlier_decision}
        notes = [Note("Beloppet är angivet, inte uträknat.")]
        notes += [Note("Flytt mellan nämnder: %(group)s", facts)] if row.group else []
        notes += [Note("Följer av beslut: %(earlier)s", facts)] if row.earlier_decision else []
        parts = (amount_part(N_("Planerad justering"), row.source, row.amount_ore, notes),)
        yield FrameRow(
            row.committee,
            row.year,
            row.kind,
            row.amount_ore,
            row.source,
            key,
            row.permanent,
            row.group,
            parts,
        )


def save(
    work: Work, round_id: int, rows: Sequence[StatedRow], *, seen: Mapping[int, int], key: str = ""
) -> int:
    """Save the whole table of planned rows.

    A row that is decided already may be changed: the difference then stands in the next draft.

    Args:
        seen: Id → version of the rows the table was filled with.

    Returns:
        How many rows were added, changed or taken away.

    Raises:
        InvalidInputError: one note per field (`rows.2.amount_ore`); a move that does not sum to zero in a year is told
            at each of its amounts.
        ConflictError: somebody else changed a row that is changed here.
    """
    work.require("edit frames")
    planning_round = rounds.find(work, round_id)

    def write() -> int:
        _refuse_faults(work, planning_round, rows, seen)
        found = stated_rows.changes(
            "planned_adjustment",
            of_round(work, round_id),
            rows,
            seen,
            stored_json=lambda row: row_json(facts_of(row)),
            stated_json=row_json,
        )
        for row in found.gone:
            work.session.delete(row)
            work.record("remove planned row", "planned_adjustment", row.id, before=row_json(facts_of(row)))
        for stored, stated in found.changed:
            _write(work, stored, stated)
        for stated in found.new:
            _write(work, PlannedAdjustment(round_id=round_id, version=0), stated)
        return len(found.gone) + len(found.changed) + len(found.new)

    body = {"round": round_id, "rows": [{**row_json(row), "id": row.id} for row in rows]}
    return once(work, "save planned rows", key, body, write)


def _write(work: Work, row: PlannedAdjustment, stated: StatedRow) -> None:
    before = None if row.version == 0 else row_json(facts_of(row))
    row.organisation = organisations.by_code(work)[stated.committee]
    row.year, row.kind, row.amount_ore = stated.year, stated.kind.value, stated.amount_ore
    row.permanent, row.source = stated.permanent, stated.source.strip()
    row.earlier_decision, row.group_name = stated.earlier_decision.strip(), stated.group.strip()
    row.version += 1
    work.session.add(row)
    work.session.flush()
    work.record("save planned row", "planned_adjustment", row.id, before=before, after=row_json(stated))


def row_json(row: StatedRow) -> dict[str, Any]:
    """The row as the audit keeps it, the amount in öre."""
    return {
        "committee": row.committee,
        "year": row.year,
        "kind": row.kind.value,
        "amount_ore": row.amount_ore,
        "source": row.source.strip(),
        "permanent": row.permanent,
        "earlier_decision": row.earlier_decision.strip(),
        "group": row.group.strip(),
    }


def _refuse_faults(
    work: Work, planning_round: PlanningRound, rows: Sequence[StatedRow], seen: Mapping[int, int]
) -> None:
    committees = committee_codes(work)
    faults: dict[str, Note] = {}
    for number, row in enumerate(rows):
        for name, note in _row_faults(row, committees, planning_round.years):
            faults.setdefault(f"rows.{number}.{name}", note)
    unseen = [
        facts_of(row) for row in of_round(work, planning_round.id) if row.id not in seen and row.group_name
    ]
    faults = {**_move_faults(rows, unseen), **faults}
    if faults:
        raise InvalidInputError(faults)


def _row_faults(
    row: StatedRow, committees: Sequence[str], years: Sequence[int]
) -> Iterator[tuple[str, Note]]:
    if row.committee not in committees:
        yield "committee", Note("Välj en nämnd.")
    if row.year not in years:
        yield "year", Note("Året ligger utanför planperioden.")
    if row.kind not in KINDS:
        yield "kind", Note("Löner, index och demografi räknas fram och skrivs inte in för hand.")
    if not row.amount_ore:
        yield "amount_ore", Note("Beloppet är noll. Ta bort raden om den inte behövs.")
    if not row.source.strip() or len(row.source) > 200:
        yield "source", Note("Ange vad ändringen kommer av, högst 200 tecken.")
    if row.kind in EARLIER_KINDS and not _CITED.search(row.earlier_decision):
        yield (
            "earlier_decision",
            Note("Ange fullmäktiges beslut med datum och paragraf, till exempel KF 2025-06-16 § 98."),
        )
    if len(row.earlier_decision) > 120:
        yield "earlier_decision", Note("Högst 120 tecken.")
    if len(row.group) > 80:
        yield "group", Note("Högst 80 tecken.")
    if row.group.strip() and row.kind is not AdjustmentKind.TECHNICAL:
        yield "kind", Note("En flytt mellan nämnder är en teknisk justering.")


def _move_faults(rows: Sequence[StatedRow], unseen: Sequence[StatedRow]) -> dict[str, Note]:
    """A move takes from one what it gives another: each year's rows, lasting and one-off apart, sum to zero."""
    sums: dict[tuple[str, int, bool], Ore] = {}
    for row in (*rows, *unseen):
        if row.group.strip():
            move = (row.group.strip(), row.year, row.permanent)
            sums[move] = sums.get(move, 0) + row.amount_ore
    faults: dict[str, Note] = {}
    for number, row in enumerate(rows):
        left_ore = sums.get((row.group.strip(), row.year, row.permanent), 0)
        if row.group.strip() and left_ore:
            facts = {"group": row.group.strip(), "year": row.year, "sum": kronor_text(left_ore)}
            faults[f"rows.{number}.amount_ore"] = Note(
                "Flytten %(group)s ska ta ut sig själv %(year)s. Nu är summan %(sum)s kr.", facts
            )
    return faults
