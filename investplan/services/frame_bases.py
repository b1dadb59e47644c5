"""What finance states before a frame is counted: last year's budgets, and what each committee's rows are counted from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from investplan.db.models import BaseFrame, CommitteeBasis, FrameAdjustment, PlanningRound
from investplan.domain.frame_bases import Basis
from investplan.domain.organisations import OrganisationKind
from investplan.errors import ConflictError, InvalidInputError, Note, StateError
from investplan.services import frames, organisations, rounds, stated_rows
from investplan.services.work import Work, once
from investplan.units import Ore


@dataclass(frozen=True)
class StatedBasis:
    """One committee's basis as finance states it; `id` is the stored row that it replaces."""

    basis: Basis
    id: int | None = None


def of_round(work: Work, round_id: int) -> list[CommitteeBasis]:
    """The round's bases by committee and year."""
    work.require("see")
    found = work.session.scalars(select(CommitteeBasis).where(CommitteeBasis.round_id == round_id)).all()
    return sorted(found, key=lambda one: (one.organisation.name, one.year))


def by_committee(work: Work, round_id: int) -> dict[str, list[Basis]]:
    """Every committee's bases by its code, as the rule takes them."""
    found: dict[str, list[Basis]] = {}
    for row in of_round(work, round_id):
        found.setdefault(row.organisation.code, []).append(facts_of(row))
    return found


def facts_of(row: CommitteeBasis) -> Basis:
    return Basis(
        row.organisation.code,
        row.year,
        row.wages_ore,
        bool(row.payroll_included),
        row.other_costs_ore,
        row.new_street_m2,
        row.source,
    )


def save(
    work: Work, round_id: int, rows: Sequence[StatedBasis], *, seen: Mapping[int, int], key: str = ""
) -> int:
    """Save the whole table of bases.

    Args:
        seen: Id → version of the rows the table was filled with.

    Returns:
        How many rows were added, changed or taken away.

    Raises:
        InvalidInputError: one note per field (`rows.2.wages_ore`).
        ConflictError: somebody else changed a row that is changed here.
    """
    work.require("edit frames")
    planning_round = rounds.find(work, round_id)

    def write() -> int:
        _refuse_faults(work, planning_round, rows)
        found = stated_rows.changes(
            "committee_basis",
            of_round(work, round_id),
            rows,
            seen,
            stored_json=lambda row: basis_json(facts_of(row)),
            stated_json=lambda row: basis_json(row.basis),
        )
        _refuse_taken(work, round_id, rows, {row.id for row in found.gone})
        for row in found.gone:
            work.session.delete(row)
            work.record("remove basis", "committee_basis", row.id, before=basis_json(facts_of(row)))
        work.session.flush()
        for stored, stated in found.changed:
            _write(work, stored, stated.basis)
        for stated in found.new:
            _write(work, CommitteeBasis(round_id=round_id, version=0), stated.basis)
        return len(found.gone) + len(found.changed) + len(found.new)

    body = {"round": round_id, "rows": [{**basis_json(row.basis), "id": row.id} for row in rows]}
    return once(work, "save bases", key, body, write)


def _write(work: Work, row: CommitteeBasis, basis: Basis) -> None:
    before = None if row.version == 0 else basis_json(facts_of(row))
    row.organisation = organisations.by_code(work)[basis.committee]
    row.year, row.wages_ore, row.payroll_included = basis.year, basis.wages_ore, basis.payroll_included
    row.other_costs_ore, row.new_street_m2 = basis.other_costs_ore, basis.new_street_m2
    row.source = basis.source.strip()
    row.version += 1
    work.session.add(row)
    work.session.flush()
    work.record("save basis", "committee_basis", row.id, before=before, after=basis_json(basis))


def basis_json(basis: Basis) -> dict[str, Any]:
    """The basis as the audit keeps it, amounts in öre."""
    return {
        "committee": basis.committee,
        "year": basis.year,
        "wages_ore": basis.wages_ore,
        "payroll_included": basis.payroll_included,
        "other_costs_ore": basis.other_costs_ore,
        "new_street_m2": basis.new_street_m2,
        "source": basis.source.strip(),
    }


def _refuse_faults(work: Work, planning_round: PlanningRound, rows: Sequence[StatedBasis]) -> None:
    committees = committee_codes(work)
    faults: dict[str, Note] = {}
    taken: set[tuple[str, int]] = set()
    for number, row in enumerate(rows):
        basis, place = row.basis, f"rows.{number}"
        if basis.committee not in committees:
            faults[f"{place}.committee"] = Note("Välj en nämnd.")
        if basis.year not in planning_round.years:
            faults[f"{place}.year"] = Note("Året ligger utanför planperioden.")
        if (basis.committee, basis.year) in taken:
            faults[f"{place}.year"] = Note("Nämnden har redan ett underlag från det året.")
        taken.add((basis.committee, basis.year))
        if basis.wages_ore < 0:
            faults[f"{place}.wages_ore"] = Note("Beloppet får inte vara negativt.")
        if basis.other_costs_ore is not None and basis.other_costs_ore < 0:
            faults[f"{place}.other_costs_ore"] = Note("Beloppet får inte vara negativt.")
        if basis.new_street_m2 is not None and not 0 <= basis.new_street_m2 <= 10**8:
            faults[f"{place}.new_street_m2"] = Note("Ange ytan i hela kvadratmeter, noll eller mer.")
        if len(basis.source) > 200:
            faults[f"{place}.source"] = Note("Högst 200 tecken.")
    if faults:
        raise InvalidInputError(faults)


def _refuse_taken(work: Work, round_id: int, rows: Sequence[StatedBasis], gone: set[int]) -> None:
    """Somebody else added a basis for the same committee and year while this table was open."""
    sent = {row.id for row in rows}
    others = {
        (one.organisation.code, one.year)
        for one in of_round(work, round_id)
        if one.id not in sent and one.id not in gone
    }
    faults = {
        f"rows.{number}.year": Note("Någon annan har lagt in ett underlag för nämnden och året. Ladda om.")
        for number, row in enumerate(rows)
        if (row.basis.committee, row.basis.year) in others
    }
    if faults:
        raise InvalidInputError(faults)


def committee_codes(work: Work) -> list[str]:
    """Codes of the committees, by name; companies have no frames."""
    return [one.code for one in organisations.everything(work) if one.kind == OrganisationKind.COMMITTEE]


# Last year's budgets


@dataclass(frozen=True)
class StatedBase:
    """A committee's operating budget of the year before, as finance states it; `seen_version` 0 where it had none."""

    committee: str
    amount_ore: Ore
    source: str
    seen_version: int = 0


def base_frames(work: Work, round_id: int) -> dict[str, BaseFrame]:
    """The round's base frames by committee."""
    work.require("see")
    found = work.session.scalars(select(BaseFrame).where(BaseFrame.round_id == round_id))
    return {one.organisation.code: one for one in found}


def locked_bases(work: Work, round_id: int) -> frozenset[str]:
    """Committees whose base is history: the council has decided rows on top of it."""
    decided = select(FrameAdjustment.organisation_id).where(
        FrameAdjustment.round_id == round_id, FrameAdjustment.decision_id.is_not(None)
    )
    with_rows = set(work.session.scalars(decided))
    stored = base_frames(work, round_id)
    return frozenset(code for code, base in stored.items() if base.organisation_id in with_rows)


def save_base_frames(work: Work, round_id: int, rows: Sequence[StatedBase]) -> int:
    """Save the budgets that differ from what is stored; how many did.

    Raises:
        ConflictError: somebody else changed one of them since it was read.
        InvalidInputError: a source that is too long, a committee that does not exist.
        StateError: the council has decided rows on top of one of them.
    """
    work.require("edit frames")
    stored, locked = base_frames(work, round_id), locked_bases(work, round_id)
    changed = [row for row in rows if _differs(stored.get(row.committee), row)]
    faults = {
        f"source-{row.committee}": Note("Högst 200 tecken.") for row in changed if len(row.source) > 200
    }
    if faults:
        raise InvalidInputError(faults)
    for row in changed:
        known = stored.get(row.committee)
        if row.committee in locked:
            raise StateError(Note("Ramen har redan beslutade justeringar; utgångsläget kan inte ändras."))
        if known is not None and known.version != row.seen_version:
            theirs = {"amount_ore": known.amount_ore, "source": known.source, "committee": row.committee}
            raise ConflictError(
                "base_frame",
                row.committee,
                stored=theirs,
                submitted={"amount_ore": row.amount_ore, "source": row.source},
            )
    for row in changed:
        frames.set_base(work, round_id, row.committee, row.amount_ore, source=row.source.strip())
    return len(changed)


def _differs(known: BaseFrame | None, row: StatedBase) -> bool:
    return known is None or (known.amount_ore, known.source) != (row.amount_ore, row.source.strip())
