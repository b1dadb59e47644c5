"""Population by age class: all classes stacked, and how each has changed since the first year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from investplan.services.populations import ClassRow


def stacked(rows: Sequence[ClassRow]) -> dict[str, Any]:
    """A Vega-Lite spec: a bar per year, made of the age classes, the youngest lowest."""
    values = [
        {"year": str(year), "series": row.age_class.label, "value": float(count), "order": place}
        for place, row in enumerate(rows)
        for year, count in row.by_year.items()
        if count is not None
    ]
    order = [row.age_class.label for row in rows]
    return {
        "data": {"values": values},
        "height": 460,
        "usermeta": {"patterns": True},
        "layer": [{"mark": {"type": "bar"}}],
        "encoding": {
            "x": _years(),
            "y": {"field": "value", "type": "quantitative", "title": _("Invånare")},
            "color": {"field": "series", "type": "nominal", "sort": order, "title": _("Ålder")},
            "order": {"field": "order", "type": "quantitative"},
        },
    }


def changes(rows: Sequence[ClassRow]) -> dict[str, Any]:
    """A Vega-Lite spec: a line per age class, inhabitants more or fewer than in the first year."""
    values = []
    for row in rows:
        known = {year: count for year, count in row.by_year.items() if count is not None}
        first = known[min(known)] if known else 0
        values += [
            {"year": str(year), "series": row.age_class.label, "value": float(count - first)}
            for year, count in known.items()
        ]
    series = {"field": "series", "type": "nominal", "sort": [row.age_class.label for row in rows]}
    return {
        "data": {"values": values},
        "height": 460,
        "layer": [{"mark": {"type": "line", "point": {"size": 60, "filled": True}}}],
        "encoding": {
            "x": _years(),
            "y": {"field": "value", "type": "quantitative", "title": _("Fler eller färre invånare")},
            "color": {**series, "title": _("Ålder"), "legend": {"symbolStrokeWidth": 0, "symbolSize": 110}},
            "shape": {**series, "title": _("Ålder")},
            "strokeDash": {**series, "title": _("Ålder")},
        },
    }


def _years() -> dict[str, Any]:
    axis = {"labelAngle": 0, "labelOverlap": "greedy"}
    return {"field": "year", "type": "ordinal", "title": None, "axis": axis}
