"""Beside a run's plan: what a ranking of the same proposals would have given, worked out by the worker and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from investplan.db.models import Run
from investplan.errors import Note
from investplan.services import cases
from investplan.services.plan_labels import labels_of
from optimizer.problem import Problem
from optimizer.rankings_compared import compare_rankings


@dataclass(frozen=True)
class RankingView:
    """As `optimizer.rankings_compared.Comparison`, with what the broken demands are called; shares are of the plan's value.

    `fair_lost` and `ceiling_lost` are below nothing where the ranking, which breaks something, is worth more.
    """

    fair_value: Fraction
    fair_lost: Fraction
    fair_broken: tuple[str | Note, ...]
    ceiling_value: Fraction
    ceiling_lost: Fraction
    ceiling_broken: tuple[str | Note, ...]
    committee_years: int
    of_committee_years: int


def find(problem: Problem) -> dict[str, Any]:
    """The comparison, JSON-ready, as it is kept in the run's progress."""
    told = compare_rankings(problem)
    return {
        "fair_value": str(told.fair_value),
        "fair_broken": list(told.fair_broken),
        "ceiling_value": str(told.ceiling_value),
        "ceiling_broken": list(told.ceiling_broken),
        "committee_years": told.committee_years,
        "of_committee_years": told.of_committee_years,
    }


def of_run(run: Run) -> RankingView | None:
    """None for a run without a plan of some value, and for one from before rankings were kept."""
    stored = (run.progress or {}).get("ranking")
    value = Fraction(run.value) if run.value else Fraction(0)
    if not stored or value <= 0 or run.case_bytes is None:
        return None
    labels = labels_of(cases.frozen(run.case_bytes), run.snapshot or {})
    fair, ceiling = Fraction(stored["fair_value"]), Fraction(stored["ceiling_value"])
    return RankingView(
        fair_value=fair,
        fair_lost=1 - fair / value,
        fair_broken=_named(stored["fair_broken"], labels),
        ceiling_value=ceiling,
        ceiling_lost=1 - ceiling / value,
        ceiling_broken=_named(stored["ceiling_broken"], labels),
        committee_years=stored["committee_years"],
        of_committee_years=stored["of_committee_years"],
    )


def _named(ids: list[str], labels: Mapping[str, str | Note]) -> tuple[str | Note, ...]:
    """What limits and rules are called; a proposal that must be in goes by its case number."""
    return tuple(labels.get(one, one.removeprefix("required:")) for one in ids)
