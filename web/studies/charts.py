"""Charts of studies as Vega-Lite specs; each page has the same figures in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from investplan.units import ORE_PER
from web.formatting import current_locale, unit_name

TODAY, LIGHT = "#b3470a", "#55616b"
MOST_BARS = 25


def frontier(
    points: Sequence[Any], today_ore: int, x_title: str, today_label: str, *, cap: bool
) -> dict[str, Any]:
    """Value by mnkr: steps between the plans found, how much better each might be, and today's point by name.

    Args:
        cap: Points stand at what is allowed (a ceiling), else at what is used.
    """
    values = [
        {
            "x": (p.cap_ore if cap else p.used_ore) / ORE_PER["mnkr"],
            "value": float(p.value),
            "bound": float(p.bound if p.bound is not None else p.value),
        }
        for p in points
    ]
    near = min(points, key=lambda p: abs((p.cap_ore if cap else p.used_ore) - today_ore))
    here = {
        "x": (near.cap_ore if cap else near.used_ore) / ORE_PER["mnkr"],
        "value": float(near.value),
        "name": today_label,
    }
    x = {"field": "x", "type": "quantitative", "scale": {"zero": False, "padding": 12}}
    x["title"] = f"{x_title}, {unit_name('mnkr', locale=current_locale())}"
    y = {"field": "value", "type": "quantitative", "title": _("Värde, poäng"), "scale": {"zero": False}}
    return {
        "height": 320,
        "layer": [
            {
                "data": {"values": values},
                "encoding": {"x": x, "y": y},
                "layer": [
                    {
                        "mark": {"type": "rule", "color": LIGHT, "strokeWidth": 2},
                        "encoding": {"y2": {"field": "bound"}},
                    },
                    {
                        "mark": {
                            "type": "line",
                            "interpolate": "step-after",
                            "point": {"size": 50, "filled": True},
                        }
                    },
                ],
            },
            {
                "data": {"values": [here]},
                "encoding": {"x": x, "y": y},
                "layer": [
                    {
                        "mark": {
                            "type": "point",
                            "shape": "diamond",
                            "size": 190,
                            "color": TODAY,
                            "filled": True,
                        }
                    },
                    {
                        "mark": {
                            "type": "text",
                            "dy": 20,
                            "align": "right",
                            "dx": 8,
                            "color": TODAY,
                            "fontWeight": "bold",
                        },
                        "encoding": {"text": {"field": "name"}},
                    },
                ],
            },
        ],
    }


def promises(curve: Sequence[Any]) -> dict[str, Any]:
    """Value by number of promises kept."""
    values = [{"x": trade.kept, "value": float(trade.value)} for trade in curve]
    whole = {"format": "d", "tickMinStep": 1}
    return {
        "data": {"values": values},
        "height": 280,
        "mark": {"type": "line", "point": {"size": 70, "filled": True}},
        "encoding": {
            "x": {
                "field": "x",
                "type": "quantitative",
                "title": _("Löften som hålls"),
                "axis": whole,
                "scale": {"zero": False, "padding": 12},
            },
            "y": {
                "field": "value",
                "type": "quantitative",
                "title": _("Värde, poäng"),
                "scale": {"zero": False},
            },
        },
    }


def shares(rows: Sequence[Any], titles: Mapping[str, str]) -> dict[str, Any]:
    """In how large a share of the draws each uncertain proposal is in the best plan, with the 95 % interval."""
    values = [
        {
            "name": titles.get(one.proposal, one.proposal),
            "share": 100 * one.count / one.of,
            "low": 100 * one.low,
            "high": 100 * one.high,
        }
        for one in rows[:MOST_BARS]
    ]
    y = {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"ticks": False}}
    x = {"type": "quantitative", "title": _("Andel av dragningarna i procent"), "scale": {"domain": [0, 100]}}
    return {
        "data": {"values": values},
        "height": {"step": 28},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 5, "color": "#9fb8c6"},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90},
                "encoding": {"x": {**x, "field": "share"}},
            },
        ],
    }
