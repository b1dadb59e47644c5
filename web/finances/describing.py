"""Finances as the pages tell them: targets with their outcomes, figures in tables, and what stands in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from investplan.domain.balance_requirement import RESERVED_TO, USED_FROM, Statement
from investplan.domain.finances import GROUPS, ITEM_LABELS, Finances, Item, Phase
from investplan.domain.indicators import DEFINITIONS, INDICATORS, Definition, Indicator, Scale
from investplan.domain.labels import N_
from investplan.domain.parameter_descriptions import Confidence
from investplan.domain.targets import Operator, Outcome, Target, outcomes
from web.formatting import current_locale, localise_figures

OPERATORS = {Operator.AT_LEAST: N_("minst"), Operator.AT_MOST: N_("högst")}
CONFIDENCES = {
    Confidence.HIGH: (N_("Säkert"), "ok"),
    Confidence.MEDIUM: (N_("Rimligt"), "submitted"),
    Confidence.LOW: (N_("Osäkert"), "warning"),
    Confidence.PLACEHOLDER: (N_("Platshållare"), "fault"),
}
"""How sure it is that a target is the municipality's own, and the shape that shows it."""


@dataclass(frozen=True)
class TargetYear:
    """A target in one year: without the round's proposals, and with a plan where one is shown."""

    year: int
    phase: Phase | None
    base: Outcome
    planned: Outcome | None

    @property
    def shown(self) -> Outcome:
        """The outcome that counts on the page: with the plan where one is shown."""
        return self.base if self.planned is None else self.planned


@dataclass(frozen=True)
class ShownTarget:
    """A target with its years. `row` is the stored one, for its id and version."""

    row: Any
    target: Target
    years: tuple[TargetYear, ...]

    @property
    def definition(self) -> Definition:
        return DEFINITIONS[self.target.indicator]

    def of_phase(self, phase: Phase) -> list[TargetYear]:
        return [one for one in self.years if one.phase is phase]

    @property
    def bars(self) -> list[dict[str, Any]]:
        """The lines of the chart: what is known, the same with a plan, and the target."""
        series = (
            (_("Utan omgångens förslag"), [(one.year, one.base) for one in self.years]),
            (_("Med planen"), [(one.year, one.planned) for one in self.years if one.planned]),
        )
        rows = [
            {"year": year, "series": name, "value": drawn(found.measured.value, self.definition.scale)}
            for name, outcomes_found in series
            for year, found in outcomes_found
            if found.measured.value is not None
        ]
        goal = drawn(self.target.value, self.definition.scale)
        return rows and [
            *rows,
            *({"year": one.year, "series": _("Mål"), "value": goal} for one in self.years),
        ]


def drawn(value: Any, scale: Scale) -> float:
    """A value on a chart's axis: per cent, or kronor."""
    return float(value / 100 if scale is Scale.KRONOR else value * 100)


def shown_target(
    row: Any, target: Target, base: Finances, planned: Finances | None, phases: Mapping[int, Phase]
) -> ShownTarget:
    """The target over the years of `phases`, which are there too when nothing is stated for them."""
    years = sorted(phases) if base.years else []
    before = outcomes(target, base, years)
    after = {} if planned is None else outcomes(target, planned, years)
    return ShownTarget(
        row,
        target,
        tuple(
            TargetYear(
                year, phases[year], found, after.get(year) if _differs(after.get(year), found) else None
            )
            for year, found in before.items()
        ),
    )


def _differs(after: Outcome | None, before: Outcome) -> bool:
    """History and budget years stay as they are; showing them twice would say nothing."""
    return after is not None and after.measured != before.measured


def demand(target: Target) -> str:
    """The demand in words: at least 2.00 %, on average over 4 years, 2027–2030."""
    value = local(target.text)
    parts = [f"{_(OPERATORS[target.operator])} {value}"]
    if target.average_years > 1:
        parts.append(_("i genomsnitt över %(count)s år", count=target.average_years))
    else:
        parts.append(_("varje år"))
    if target.first_year is not None and target.last_year is not None:
        parts.append(f"{target.first_year}–{target.last_year}")
    elif target.first_year is not None:
        parts.append(_("från %(year)s", year=target.first_year))
    elif target.last_year is not None:
        parts.append(_("till %(year)s", year=target.last_year))
    return ", ".join(parts)


def local(text: str) -> str:
    """A Swedish figure text in the reader's signs."""
    return localise_figures(text, current_locale())


def value(outcome: Outcome | None, definition: Definition) -> str:
    """The outcome's value in the reader's signs; a dash where there is none."""
    return "–" if outcome is None else local(definition.text(outcome.measured.value))


MET = {True: (N_("nås"), "ok"), False: (N_("nås inte"), "fault"), None: (N_("uppgift saknas"), "unknown")}


def met(outcome: Outcome) -> tuple[str, str]:
    """Met, not met or not known: the word and the shape that shows it."""
    if outcome.met is None and not outcome.measured.missing:
        return str(_("går inte att räkna")), "unknown"
    text, code = MET[outcome.met]
    return str(_(text)), code


def summary(years: Sequence[TargetYear]) -> tuple[str, str]:
    """How a target goes over the years of a phase, in words and as the shape that shows it."""
    known = [one for one in years if one.shown.met is not None]
    if not years:
        return "–", ""
    if not known:
        return met(years[0].shown)
    reached = sum(bool(one.shown.met) for one in known)
    code = "fault" if reached < len(known) else "ok" if len(known) == len(years) else "warning"
    if len(years) == 1:
        return str(_("nås") if reached else _("nås inte")), code
    if reached == len(years):
        return str(_("nås alla %(count)s år", count=reached)), code
    if len(known) == len(years):
        return str(_("nås %(count)s av %(all)s år", count=reached, all=len(years))), code
    facts = {"count": reached, "all": len(years), "unknown": len(years) - len(known)}
    return str(_("nås %(count)s av %(all)s år, %(unknown)s okända", **facts)), code


def missing_text(missing: Sequence[Any]) -> str:
    """The figures that are missing: names, with years where they are told."""
    names = []
    for one in missing:
        year, item = one if isinstance(one, tuple) else (None, one)
        name = str(_(ITEM_LABELS[item])).lower()
        names.append(f"{name} {year}" if year is not None else name)
    shown = ", ".join(names[:4])
    if len(names) > 4:
        shown = _("%(some)s och %(count)s till", some=shown, count=len(names) - 4)
    return str(_("Uppgift saknas: %(what)s", what=shown))


@dataclass(frozen=True)
class IndicatorRow:
    """An indicator over the years, as texts."""

    indicator: Indicator
    definition: Definition
    values: tuple[str, ...]


def indicator_rows(found: Finances, years: Sequence[int]) -> list[IndicatorRow]:
    """Every indicator over the years."""
    return [
        IndicatorRow(
            one,
            DEFINITIONS[one],
            tuple(local(DEFINITIONS[one].text(INDICATORS[one](found, year).value)) for year in years),
        )
        for one in Indicator
    ]


@dataclass(frozen=True)
class FigureRow:
    """One item over the years. `kind` is `group` for a heading."""

    label: str
    item: Item | None
    kind: str = ""


def figure_rows() -> list[FigureRow]:
    """The items under their headings, as the pages list them."""
    rows: list[FigureRow] = []
    for heading, items in GROUPS:
        rows.append(FigureRow(_(heading), None, "group"))
        rows.extend(FigureRow(_(ITEM_LABELS[item]), item) for item in items)
    return rows


def differences(found: Finances) -> list[tuple[int, str, int, int, int]]:
    """Year, item, stated, computed and their difference, for every figure that is stated otherwise than it follows."""
    rows = []
    for year in found.years:
        for item, difference in found.differences(year).items():
            figure = found.figure(year, item)
            assert figure.stated is not None
            assert figure.computed is not None
            rows.append((year, str(_(ITEM_LABELS[item])), figure.stated.amount, figure.computed, difference))
    return rows


MIXED_LABELS = {
    RESERVED_TO["RUR"]: N_("Reservering till resultatutjämningsreserv (från 2024 resultatreserv)"),
    USED_FROM["RUR"]: N_("Användning av medel från resultatutjämningsreserv (från 2024 resultatreserv)"),
}


def statement_labels(statements: Sequence[Statement]) -> list[str]:
    """The rows' names for all the years together: the reserve has another name from 2024."""
    labels: list[str] = []
    for rows in zip(*(one.rows for one in statements), strict=True):
        names = list(dict.fromkeys(row.label for row in rows))
        labels.append(str(_(names[0] if len(names) == 1 else MIXED_LABELS[names[0]])))
    return labels
