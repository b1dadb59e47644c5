"""The draft of next year's frames: every row of the algorithm computed, and made real only by a council decision.

A draft is what the rows should be less what is decided already, row by row. So a decided draft is empty, and what is
changed afterwards (a rate, a basis, a planned row) comes back as a row of the difference for a later decision.
Source: section 3.2 of the domain reference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from investplan.db.models import Decision, FrameAdjustment, ParameterSet, PlanningRound
from investplan.domain import frame_bases as base_rules
from investplan.domain.demography import AverageByAge, PriceTag
from investplan.domain.demography_rows import DEMOGRAPHY, demography_rows
from investplan.domain.frame_bases import Gap
from investplan.domain.frame_rows import (
    RATE_COUNTER_KEY,
    RATE_KEY,
    FrameRow,
    RateShift,
    amount_part,
    rate_rows,
)
from investplan.domain.frames import AdjustmentKind
from investplan.domain.labels import N_
from investplan.domain.parameters import Parameters
from investplan.domain.populations import average_by_age
from investplan.errors import Note, StateError
from investplan.services import (
    decisions,
    delays,
    frame_bases,
    frame_rows,
    frames,
    organisations,
    planned_adjustments,
    populations,
    rounds,
)
from investplan.services.work import Work, canonical_json, once
from investplan.units import Ore

RowKey = tuple[str, int, str]
"""Committee, year and key of a row."""


@dataclass(frozen=True)
class Forecast:
    """Average inhabitants by year and age, and what the forecast is called.

    `top_age` holds everyone who is older too; None where every age stands for itself.
    """

    name: str
    averages: Mapping[int, AverageByAge]
    top_age: int | None = None

    def tells_apart(self, tag: PriceTag, year: int) -> bool:
        """Whether the tag's class can be counted: every age of it is there, and none holds others too."""
        if self.top_age is None:
            return True
        last = self.top_age if tag.age_to is None else tag.age_to
        whole = all(age in self.averages[year] for age in range(tag.age_from, last + 1))
        return whole and tag.age_from <= self.top_age and (tag.age_to is None or last < self.top_age)


def forecast_of(work: Work, forecast_id: int, years: Collection[int]) -> Forecast:
    """The averages of a stored forecast for the years; dates it does not hold are taken from the latest outcome.

    Raises:
        NotFoundError: no such forecast.
    """
    stored = populations.find(work, forecast_id)
    counts = populations.counts_by_year(work, forecast_id)
    outcome = populations.latest(work, "outcome")
    if outcome is not None and outcome.top_age == stored.top_age:
        counts = {**populations.counts_by_year(work, outcome.id), **counts}
    averages: dict[int, AverageByAge] = {}
    for year in {*years, *(one - 1 for one in years)}:
        if year in counts and year - 1 in counts and counts[year].keys() == counts[year - 1].keys():
            averages[year] = average_by_age(counts[year - 1], counts[year])
    return Forecast(f"befolkningsprognos {stored.vintage}", averages, stored.top_age)


@dataclass(frozen=True)
class FrameDraft:
    """The rows that a decision would add.

    Attributes:
        gaps: What could not be computed, and why. Rows that are decided already are left alone there.
        parameters: The parameter set the rows are computed with.
    """

    round_id: int
    rows: tuple[FrameRow, ...]
    gaps: tuple[Gap, ...]
    parameters: str
    forecast: str = ""

    @property
    def fingerprint(self) -> str:
        """Changes when any row does: what was previewed is what is decided, or nothing."""
        told = [
            [r.committee, r.year, r.kind.value, r.amount_ore, r.source, r.key, r.permanent] for r in self.rows
        ]
        return hashlib.sha256(canonical_json(told).encode()).hexdigest()

    def in_years(self, years: Collection[int]) -> tuple[FrameRow, ...]:
        return tuple(row for row in self.rows if row.year in years)

    def as_extra(self) -> frames.Extra:
        """The rows on top of decided frames, as pages show them: without decision."""
        shown: dict[str, dict[int, list[frames.AdjustmentRow]]] = {}
        for row in self.rows:
            shown.setdefault(row.committee, {}).setdefault(row.year, []).append(
                frames.AdjustmentRow(
                    kind=row.kind,
                    amount_ore=row.amount_ore,
                    source=row.source,
                    decision=None,
                    permanent=row.permanent,
                    proposal_id=None,
                    case_number=None,
                    detail=list(row.detail),
                    row_key=row.key,
                    parameters="" if _is_stated(row) else self.parameters,
                )
            )
        return shown


@dataclass
class _Target:
    """What the rows should be. `silent` names parts that are not computed and whose decided rows stay, with no word."""

    rows: list[FrameRow] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)

    def take(self, found: Iterable[FrameRow | Gap]) -> None:
        for one in found:
            if isinstance(one, Gap):
                self.gaps.append(one)
            else:
                self.rows.append(one)

    def leaves_alone(self, committee: str, year: int, key: str) -> bool:
        parts = {key, key.partition(":")[0]}
        return bool(parts & self.silent) or any(
            gap.part in parts and gap.year == year and gap.committee in ("", committee) for gap in self.gaps
        )


def draft(work: Work, round_id: int, *, forecast: Forecast | None = None) -> FrameDraft:
    """Every row of the budget year and the plan years that should be and is not decided yet.

    Args:
        forecast: The population forecast to count demography with; None takes the newest in use, if there is one.
    """
    work.require("see")
    planning_round = rounds.find(work, round_id)
    newest = populations.latest(work) if forecast is None else None
    if newest is not None:
        forecast = forecast_of(work, newest.id, planning_round.years)
    parameters = rounds.parameters_of(planning_round)
    target = _Target()
    _take_bases(work, planning_round, parameters, target)
    target.take(_demography(work, planning_round, parameters, forecast))
    target.take(planned_adjustments.frame_rows(work, round_id))
    target.take(_rates(work, planning_round, parameters, target))
    rows = tuple(_less_decided(work, round_id, target))
    return FrameDraft(
        round_id,
        rows,
        tuple(target.gaps),
        planning_round.parameter_set.label,
        forecast.name if forecast else "",
    )


def frames_with_draft(
    work: Work, round_id: int, found: FrameDraft, *, run_id: int | None = None, code: str | None = None
) -> list[frames.CommitteeFrames]:
    """Every committee's frames as they would be if the draft were decided: a scenario, not the real frames."""
    return frames.of_round(work, round_id, run_id=run_id, extra=found.as_extra(), code=code)


def _take_bases(work: Work, planning_round: PlanningRound, parameters: Parameters, target: _Target) -> None:
    bases = frame_bases.by_committee(work, planning_round.id)
    with_frames = {*bases, *frame_bases.base_frames(work, planning_round.id)}
    for code in frame_bases.committee_codes(work):
        if code in with_frames:
            for year in planning_round.years:
                target.take(base_rules.basis_rows(code, bases.get(code, []), year, parameters))


def _demography(
    work: Work, planning_round: PlanningRound, parameters: Parameters, forecast: Forecast | None
) -> Iterator[FrameRow | Gap]:
    if not parameters.price_tags:
        return
    known = set(frame_bases.committee_codes(work))
    unknown = sorted({tag.committee for tag in parameters.price_tags} - known)
    kept = replace(
        parameters, price_tags=tuple(tag for tag in parameters.price_tags if tag.committee in known)
    )
    for year in planning_round.years:
        for code in unknown:
            note = Note("Prislappens nämnd %(code)s finns inte.", {"code": code})
            yield Gap(year, DEMOGRAPHY, note, code)
        if forecast is None:
            yield Gap(year, DEMOGRAPHY, Note("Ingen befolkningsprognos är inläst."))
            continue
        now, before = forecast.averages.get(year), forecast.averages.get(year - 1)
        if not now or not before:
            note = Note("Invånarna det året och året före finns inte i %(name)s.", {"name": forecast.name})
            yield Gap(year, DEMOGRAPHY, note)
            continue
        blurred = [tag for tag in kept.price_tags if not forecast.tells_apart(tag, year)]
        for tag in blurred:
            facts = {"label": tag.label, "top": forecast.top_age, "name": forecast.name}
            note = Note("%(label)s kan inte skiljas ut: %(name)s slutar med %(top)s år och äldre.", facts)
            yield Gap(year, f"{DEMOGRAPHY}:{tag.key}", note, tag.committee)
        clear = replace(kept, price_tags=tuple(tag for tag in kept.price_tags if tag not in blurred))
        yield from demography_rows(year, now, before, clear, forecast=forecast.name)


# A changed internal rate


def _rates(
    work: Work, planning_round: PlanningRound, parameters: Parameters, target: _Target
) -> Iterator[FrameRow | Gap]:
    """Section 10.17: what decided investments cost at today's internal rate, less at the rate they were decided with."""
    if not parameters.neutral_rate_changes:
        target.silent |= {RATE_KEY, RATE_COUNTER_KEY}
        return
    shifts = list(_shifts(work, planning_round, parameters))
    finance = parameters.finance_organisation
    if shifts and finance not in frame_bases.committee_codes(work):
        note = Note("Ändrad internränta: ange i parametrarna vilken nämnd som bär finansförvaltningen.")
        for year in planning_round.years:
            yield Gap(year, RATE_KEY, note)
        target.silent.add(RATE_COUNTER_KEY)
        return
    yield from rate_rows(shifts, finance)


def _shifts(work: Work, planning_round: PlanningRound, parameters: Parameters) -> Iterator[RateShift]:
    companies = organisations.company_codes(work)
    by_set: dict[int, Parameters] = {}
    for decided in delays.investments_of(work, planning_round.id):
        set_id = decided.parameter_set_id
        if set_id not in by_set:
            by_set[set_id] = work.session.get_one(ParameterSet, set_id).parameters
        then = by_set[set_id]
        if then.internal_rate == parameters.internal_rate:
            continue
        now = replace(then, internal_rate=parameters.internal_rate)
        months = delays.months_carried(decided)
        views = [
            delays.view_of(decided, rates, planning_round.years, companies, months) for rates in (then, now)
        ]
        yield RateShift(delays.title_of(decided), views[0], views[1], then)


# Less what is decided


def _less_decided(work: Work, round_id: int, target: _Target) -> Iterator[FrameRow]:
    decided = _decided(work, round_id)
    wanted: dict[RowKey, FrameRow] = {(row.committee, row.year, row.key): row for row in target.rows}
    for place, row in wanted.items():
        known = decided.get(place)
        if known is None:
            yield row
        elif row.amount_ore != known.amount_ore:
            yield _difference(row, known)
    for place, known in decided.items():
        if place not in wanted and known.amount_ore and not target.leaves_alone(*place):
            nothing = replace(known, amount_ore=0, detail=())
            yield _difference(nothing, known)


def _decided(work: Work, round_id: int) -> dict[RowKey, FrameRow]:
    """What all decisions of the round together give each row that a draft can hold."""
    query = (
        select(FrameAdjustment)
        .where(
            FrameAdjustment.round_id == round_id,
            FrameAdjustment.decision_id.is_not(None),
            FrameAdjustment.proposal_id.is_(None),
            FrameAdjustment.row_key != "",
        )
        .order_by(FrameAdjustment.id)
    )
    found: dict[RowKey, FrameRow] = {}
    for stored in work.session.scalars(query):
        place = (stored.organisation.code, stored.year, stored.row_key)
        before_ore = found[place].amount_ore if place in found else 0
        found[place] = FrameRow(
            stored.organisation.code,
            stored.year,
            AdjustmentKind(stored.kind),
            before_ore + stored.amount_ore,
            stored.source.removeprefix(CORRECTION),
            stored.row_key,
            bool(stored.permanent),
            stored.group_name,
        )
    return found


CORRECTION = "Rättelse: "


def _difference(row: FrameRow, known: FrameRow) -> FrameRow:
    taken_back = amount_part(N_("Redan beslutat"), "", -known.amount_ore)
    return replace(
        row,
        amount_ore=row.amount_ore - known.amount_ore,
        source=f"{CORRECTION}{row.source}",
        detail=(*row.detail, taken_back),
    )


# The decision


@dataclass(frozen=True)
class Outcome:
    """The decision, and how many rows this call added to it."""

    decision: Decision
    rows: int


def decide(
    work: Work,
    round_id: int,
    *,
    decided_on: date,
    paragraph: str,
    title: str,
    case_number: str = "",
    years: Collection[int] = (),
    forecast: Forecast | None = None,
    seen_fingerprint: str = "",
    key: str = "",
) -> Outcome:
    """Make the draft real: its rows become rows of a council decision, those of the budget year if nothing else is said.

    A decision with that date and paragraph that is recorded already (the one that adopted the plan, say) gets the rows.
    What it has is no longer in the draft, so the same decision applied twice changes nothing.

    Args:
        years: Years whose rows are decided; () is the budget year alone.
        seen_fingerprint: `FrameDraft.fingerprint` of what was previewed; "" decides without having looked.

    Raises:
        StateError: the draft is another than the one that was previewed, has no rows, or corrects rows of the very
            decision.
        InvalidInputError: no paragraph or title, a date to come.
    """
    work.require("decide")
    planning_round = rounds.find(work, round_id)
    chosen = tuple(sorted(years)) or (planning_round.budget_year,)
    written = [0]

    def insert() -> int:
        found = draft(work, round_id, forecast=forecast)
        existing = decisions.with_paragraph(work, round_id, decided_on, paragraph)
        if existing is None or found.in_years(chosen):
            _refuse(found, chosen, seen_fingerprint)
        decision = existing or decisions.record(
            work,
            round_id,
            decided_on=decided_on,
            paragraph=paragraph,
            title=title,
            case_number=case_number,
        )
        written[0] = _write(work, planning_round, decision, found.in_years(chosen))
        return decision.id

    body: dict[str, Any] = {
        "round": round_id,
        "decided_on": decided_on.isoformat(),
        "paragraph": paragraph,
        "years": list(chosen),
    }
    decision_id = once(work, "decide frames", key, body, insert)
    return Outcome(decisions.find(work, decision_id), written[0])


def _refuse(found: FrameDraft, years: Collection[int], seen_fingerprint: str) -> None:
    if seen_fingerprint and seen_fingerprint != found.fingerprint:
        raise StateError(
            Note("Utkastet har ändrats sedan du förhandsgranskade det. Gå igenom det igen före beslut.")
        )
    if not found.in_years(years):
        raise StateError(Note("Utkastet har inga rader att besluta för de valda åren."))


def _write(work: Work, planning_round: PlanningRound, decision: Decision, rows: Iterable[FrameRow]) -> int:
    by_code = organisations.by_code(work)
    present = {
        (row.organisation.code, row.year, row.row_key)
        for row in work.session.scalars(
            select(FrameAdjustment).where(FrameAdjustment.decision_id == decision.id)
        )
    }
    fresh = list(rows)
    if any((row.committee, row.year, row.key) in present for row in fresh):
        raise StateError(
            Note("Beslutet har redan de här raderna. En rättelse av dem behöver ett eget beslut.")
        )
    for row in fresh:
        work.session.add(
            frame_rows.as_adjustment(
                row,
                by_code,
                round_id=planning_round.id,
                decision_id=decision.id,
                parameter_set_id=None if _is_stated(row) else planning_round.parameter_set_id,
            )
        )
    work.session.flush()
    if fresh:
        sums: dict[str, Ore] = {}
        for row in fresh:
            place = f"{row.committee} {row.year}"
            sums[place] = sums.get(place, 0) + row.amount_ore
        after = {
            "rows": len(fresh),
            "parameters": planning_round.parameter_set.label,
            "sums_ore": dict(sorted(sums.items())),
        }
        work.record("decide frames", "decision", decision.id, after=after)
    return len(fresh)


def _is_stated(row: FrameRow) -> bool:
    """Whether somebody wrote the row: it then rests on no parameters."""
    return row.key.partition(":")[0] == planned_adjustments.PLANNED
