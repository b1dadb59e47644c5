"""Ways to look at a round's frames (as decided, with the draft, with a plan, as of a decision), and two ways compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from investplan.db.models import Organisation
from investplan.domain.frames import AdjustmentKind
from investplan.errors import Note, NotFoundError
from investplan.services import decisions, frame_calculations, frames, runs, scenarios
from investplan.services.frames import AdjustmentRow, CommitteeFrames
from investplan.services.work import Work
from investplan.units import Ore


@dataclass(frozen=True)
class View:
    """One way to look at the frames.

    Args:
        code: How addresses name it: `decided`, `draft`, `start`, `run-3`, `run-3-draft`, `decision-4`.
        label: What it is called.
        run_id: The plan that lies on top of what is decided.
        with_draft: Whether the draft does.
        decision_ids: Only the rows of these decisions; None for all.
    """

    code: str
    label: Note
    run_id: int | None = None
    with_draft: bool = False
    decision_ids: frozenset[int] | None = None

    @property
    def is_scenario(self) -> bool:
        """Whether something in it is not decided."""
        return self.with_draft or self.run_id is not None


DECIDED = View("decided", Note("Beslutade ramar"))
DRAFT = View("draft", Note("Beslutade ramar med utkastet"), with_draft=True)
START = View("start", Note("Utgångsläget, utan justeringar"), decision_ids=frozenset())


def find(work: Work, round_id: int, code: str) -> View:
    """The view of that code.

    Raises:
        NotFoundError: there is no such run or decision in the round.
    """
    for known in (DECIDED, DRAFT, START):
        if code == known.code:
            return known
    match = re.fullmatch(r"(run|decision)-(\d{1,9})(-draft)?", code)
    if match is None:
        raise NotFoundError("view of frames", code)
    number = int(match[2])
    if match[1] == "decision":
        return _as_of(work, round_id, number)
    run = runs.find(work, number)
    if run.scenario.round_id != round_id:
        raise NotFoundError("run", number)
    return _with_run(run.scenario.name, number, with_draft=bool(match[3]))


def _with_run(name: str, run_id: int, *, with_draft: bool) -> View:
    facts = {"name": name, "number": run_id}
    if with_draft:
        label = Note("Med utkastet och planen %(name)s (körning %(number)s)", facts)
        return View(f"run-{run_id}-draft", label, run_id, True)
    return View(f"run-{run_id}", Note("Med planen %(name)s (körning %(number)s)", facts), run_id)


def _as_of(work: Work, round_id: int, decision_id: int) -> View:
    """The frames as the decision left them: its rows and those of every decision before it."""
    found = decisions.find(work, decision_id)
    if found.round_id != round_id:
        raise NotFoundError("decision", decision_id)
    last = (found.decided_on, found.id)
    ids = frozenset(one.id for one in decisions.of_round(work, round_id) if (one.decided_on, one.id) <= last)
    return View(f"decision-{decision_id}", Note("Efter %(label)s", {"label": found.label}), decision_ids=ids)


def choices(work: Work, round_id: int) -> list[View]:
    """Every view there is to choose: latest plans and decisions first."""
    found = [DECIDED, DRAFT, START]
    for scenario in scenarios.of_round(work, round_id):
        with_plan = next((run for run in runs.of_scenario(work, scenario.id) if run.value is not None), None)
        if with_plan is not None:
            found += [_with_run(scenario.name, with_plan.id, with_draft=draft) for draft in (False, True)]
    found += [_as_of(work, round_id, one.id) for one in decisions.of_round(work, round_id)]
    return found


def frames_of(
    work: Work, round_id: int, view: View, *, code: str | None = None, with_detail: bool = True
) -> list[CommitteeFrames]:
    """The frames as the view shows them.

    Args:
        code: Only that committee.
        with_detail: False leaves the calculations behind stored rows in the database.
    """
    extra = frame_calculations.draft(work, round_id).as_extra() if view.with_draft else None
    return frames.of_round(
        work,
        round_id,
        run_id=view.run_id,
        extra=extra,
        decision_ids=view.decision_ids,
        code=code,
        with_detail=with_detail,
    )


# Two views compared


@dataclass(frozen=True)
class Difference:
    """A row that two views do not have alike: what it is in either (0 where it is not there)."""

    kind: AdjustmentKind
    left_ore: Ore
    right_ore: Ore
    row: AdjustmentRow

    @property
    def amount_ore(self) -> Ore:
        return self.right_ore - self.left_ore


@dataclass(frozen=True)
class YearDifference:
    """One committee's frame in a year in two views. The frames' difference is that of the year before plus the rows'."""

    year: int
    left_ore: Ore
    right_ore: Ore
    rows: tuple[Difference, ...]

    @property
    def amount_ore(self) -> Ore:
        return self.right_ore - self.left_ore

    @property
    def rows_ore(self) -> Ore:
        return sum(row.amount_ore for row in self.rows)


@dataclass(frozen=True)
class CommitteeDifference:
    """One committee's frames in two views, year by year."""

    organisation: Organisation
    years: tuple[YearDifference, ...]

    @property
    def is_different(self) -> bool:
        return any(year.left_ore != year.right_ore or year.rows for year in self.years)


def compare(
    work: Work, round_id: int, left: View, right: View, *, code: str | None = None
) -> list[CommitteeDifference]:
    """Every committee's frames in two views: who gains or loses in which year, and by which rows.

    Args:
        code: Only that committee.
    """
    detailed = code is not None
    before = {
        one.organisation.code: one for one in frames_of(work, round_id, left, code=code, with_detail=detailed)
    }
    after = {
        one.organisation.code: one
        for one in frames_of(work, round_id, right, code=code, with_detail=detailed)
    }
    named = {one.organisation.name: one for one in (*before.values(), *after.values())}
    return [
        _committee(one, before.get(one.organisation.code), after.get(one.organisation.code))
        for _, one in sorted(named.items())
    ]


def _committee(
    named: CommitteeFrames, before: CommitteeFrames | None, after: CommitteeFrames | None
) -> CommitteeDifference:
    nothing = replace(
        named, years=tuple(replace(year, previous_ore=0, rows=(), frame_ore=0) for year in named.years)
    )
    years = [
        YearDifference(left.year, left.frame_ore, right.frame_ore, _rows(left.rows, right.rows))
        for left, right in zip((before or nothing).years, (after or nothing).years, strict=True)
    ]
    return CommitteeDifference(named.organisation, tuple(years))


def _rows(left: Iterable[AdjustmentRow], right: Iterable[AdjustmentRow]) -> tuple[Difference, ...]:
    before, after = _by_identity(left), _by_identity(right)
    found: list[Difference] = []
    for identity in dict.fromkeys((*after, *before)):
        old, new = before.get(identity), after.get(identity)
        amounts = (old[1] if old else 0, new[1] if new else 0)
        if amounts[0] != amounts[1]:
            row = (new or old or (None, 0))[0]
            assert row is not None
            found.append(Difference(row.kind, amounts[0], amounts[1], row))
    return tuple(sorted(found, key=lambda one: -abs(one.amount_ore)))


def _by_identity(rows: Iterable[AdjustmentRow]) -> Mapping[Any, tuple[AdjustmentRow, Ore]]:
    """Rows that mean the same thing in two views, summed: a proposal's kind, a computed row's key, a stated source."""
    found: dict[Any, tuple[AdjustmentRow, Ore]] = {}
    for row in rows:
        if row.proposal_id is not None:
            identity: tuple[Any, ...] = ("proposal", row.proposal_id, row.kind)
        elif row.row_key:
            identity = ("key", row.row_key, row.kind)
        else:
            identity = ("source", row.source, row.kind)
        known = found.get(identity)
        found[identity] = (row, row.amount_ore + (known[1] if known else 0))
    return found
