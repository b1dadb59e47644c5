"""Frames from very many decided investments: exact whole öre against a plain NumPy float schedule of the same assets.

The named peer is what one would write first: straight-line depreciation and opening-balance interest as float arrays,
no rounding, no committees. Ours gives whole öre, the year-on-year change of every investment, and each committee's sum.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from investplan.domain.capital_costs import CapitalCostRules, InterestBase, RateTable
from investplan.domain.schedules import AssetColumns, FrameBook

YEARS = range(2027, 2042)
COMMITTEES, COMPONENTS = 14, 10
RULES = CapitalCostRules(RateTable(Fraction("0.025"), {2029: Fraction("0.0275")}), InterestBase.OPENING)
LIVES = np.array([1, 120, 180, 240, 300, 396, 480, 600, 960, 1200])


def run(*, quick: bool = False) -> list[str]:
    """Lines to print: the ratio in time, peak memory of both, and one changed investment against all anew."""
    count, repeats = (1_000, 3) if quick else (10_000, 9)
    columns, investment, committee = _decided(count)
    book = FrameBook.of(columns, investment, committee, RULES, YEARS)
    own = _median(lambda: FrameBook.of(columns, investment, committee, RULES, YEARS), repeats)
    peer = _median(lambda: _float_schedule(columns), repeats)
    one = columns.part(0, COMPONENTS)
    alone = _median(lambda: book.replace(count // 2, one), repeats * 20)
    anew = FrameBook.of(columns, investment, committee, RULES, YEARS)
    off_kr = float(np.abs(_float_schedule(columns) - _levels(anew) / 100).max())
    return [
        f"{count} decided investments x {COMPONENTS} components x {len(YEARS)} years x {COMMITTEES} committees",
        f"  exact frames: {own / peer:.1f} times the plain NumPy float schedule "
        f"({own * 1000:.0f} ms, {peer * 1000:.0f} ms)",
        f"  peak memory: {_peak_mib(lambda: FrameBook.of(columns, investment, committee, RULES, YEARS)):.0f} MiB, "
        f"the float schedule {_peak_mib(lambda: _float_schedule(columns)):.0f} MiB",
        f"  one changed investment: 1/{own / alone:.0f} of all anew ({alone * 1e6:.0f} µs)",
        f"  largest difference of an investment's yearly cost from the float schedule: {off_kr:.4f} kr "
        "(each component is rounded to whole öre, twice)",
    ]


def _decided(count: int) -> tuple[AssetColumns, Any, Any]:
    """Components with a spread of lives (the first of each ten is land), amounts and months; payers drawn evenly."""
    draw = np.random.default_rng(2027)
    n = count * COMPONENTS
    life = np.tile(LIVES, count)
    land = life == 1
    value = draw.integers(10_000_00, 40_000_000_00, n)
    columns = AssetColumns(
        value_ore=value,
        depreciable_ore=np.where(land, 0, value),
        life_months=life,
        first=np.repeat(draw.integers(2027 * 12, 2037 * 12, count), COMPONENTS),
        months=np.where(land, 10**6, life),
    )
    return columns, np.repeat(np.arange(count), COMPONENTS), draw.integers(0, COMMITTEES, count)


def _float_schedule(columns: AssetColumns) -> Any:
    """Yearly cost per investment in kronor, [investment, year]."""
    edges = np.arange(YEARS[0] * 12, YEARS[-1] * 12 + 13, 12)
    passed = np.clip(edges[None, :] - columns.first[:, None], 0, columns.months[:, None]).astype(float)
    monthly = (columns.depreciable_ore / columns.life_months / 100)[:, None]
    months = np.diff(passed, axis=1)
    opening = columns.value_ore[:, None] / 100 - monthly * passed[:, :-1]
    rates = np.array([float(RULES.internal_rate.in_year(year)) for year in YEARS])
    cost = monthly * months + rates * opening * months / 12
    return cost.reshape(-1, COMPONENTS, len(YEARS)).sum(axis=1)


def _levels(book: FrameBook) -> Any:
    return np.cumsum(book.changes_ore, axis=1)


def _median(way: Callable[[], object], repeats: int) -> float:
    way()  # the first time pays for memory
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        way()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _peak_mib(way: Callable[[], object]) -> float:
    tracemalloc.start()
    way()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20
