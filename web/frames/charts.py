"""The waterfall from one year's frame to the next, drawn close up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from investplan.units import ORE_PER, Ore, Unit
from web.formatting import amount, current_locale, unit_name

ROOM = 4  # the totals are drawn four times as long as the whole movement between them, at most


def waterfall(steps: Sequence[tuple[str, Ore, bool]], unit: Unit = "mnkr") -> dict[str, Any]:
    """A Vega-Lite spec. A frame is hundreds of times its yearly change, so the axis does not begin at zero.

    Args:
        steps: Label, amount, and whether it is a total; first and last are totals.
    """
    locale, at, rows = current_locale(), 0, []
    tops: list[Ore] = []
    for label, amount_ore, is_total in steps:
        start, at = (None, amount_ore) if is_total else (at, at + amount_ore)
        tops += [at] if start is None else [start, at]
        rows.append(
            (label, start, at, amount(amount_ore, unit, _decimals(unit), signed=not is_total, locale=locale))
        )
    low, high = min(tops), max(tops)
    floor = max(low - max((high - low) // ROOM, 1), 0) if low >= 0 else low
    values = [_value(row, floor, unit) for row in rows]
    scale = {"zero": False, "domain": [floor / ORE_PER[unit], high / ORE_PER[unit]], "nice": True}
    order = [row["step"] for row in values]
    return {
        "data": {"values": values},
        "height": {"step": 34},
        "usermeta": {"patterns": True},
        "encoding": {
            "y": {"field": "step", "type": "nominal", "sort": order, "title": None, "axis": {"ticks": False}}
        },
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.7}},
                "encoding": {
                    "x": {
                        "field": "start",
                        "type": "quantitative",
                        "title": unit_name(unit, locale=locale),
                        "scale": scale,
                    },
                    "x2": {"field": "end"},
                    "color": {
                        "field": "kind",
                        "type": "nominal",
                        "legend": None,
                        "scale": {
                            "domain": ["total", "up", "down"],
                            "range": ["#0b4a6b", "url(#pattern-3)", "url(#pattern-2)"],
                        },
                    },
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 6},
                "encoding": {"x": {"field": "edge", "type": "quantitative"}, "text": {"field": "text"}},
            },
        ],
    }


def _decimals(unit: Unit) -> int:
    return 2 if unit == "mnkr" else 0


def _value(row: tuple[str, Ore | None, Ore, str], floor: Ore, unit: Unit) -> dict[str, Any]:
    label, start, end, text = row
    kind = "total" if start is None else "up" if end >= start else "down"
    begin = floor if start is None else start
    return {
        "step": label,
        "start": begin / ORE_PER[unit],
        "end": end / ORE_PER[unit],
        "edge": max(begin, end) / ORE_PER[unit],
        "kind": kind,
        "text": text,
    }
