"""The demonstration's layers and premises: made by rule, and telling something."""

from __future__ import annotations

from datetime import date

from investplan.domain.layers import LayerKind
from investplan.domain.premise_uses import PremiseUse
from investplan.services import layers, needs, populations
from investplan.services.demonstration_data import localities, population
from investplan.services.work import Work

BASE = next(one for one in population.STEPS if one.value == "base")


def test_the_areas_add_up_to_the_municipality_to_the_thousandth() -> None:
    whole = population.forecast(BASE)
    parts = localities.by_area(whole)
    for (_, year), counts in whole.items():
        for age, count in counts.items():
            assert sum(parts[name, year][age] for name in localities.NAMES) == count


def test_some_area_runs_out_of_school_places_while_another_has_room(work: Work) -> None:
    localities.load(work)
    for scenario in population.STEPS:
        series = localities.by_area(population.forecast(scenario))
        populations.add(work, vintage=population.VINTAGE, scenario=scenario, series=series)
    assert {one.kind for one in layers.in_use(work)} == {
        LayerKind.SCHOOL_AREA, LayerKind.PLAN, LayerKind.PROTECTED, LayerKind.FLOOD}  # fmt: skip
    assert all(one.current.source_date == date(2026, 3, 1) for one in layers.in_use(work))
    rows = [one for one in needs.compute(work, use=PremiseUse.SCHOOL).rows if one.area]
    assert any(one.base.first_shortage for one in rows)
    assert any(one.base.first_shortage is None for one in rows)
