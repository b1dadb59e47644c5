"""A small map as SVG, for paper: where in the municipality a place lies, and what lies near it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import shapely

SIZE = 400.0  # units of each of the two squares
GAP = 16.0
LEAST_SPAN_M = 2000.0
AROUND = 3.0  # the near map is so many times as wide as the place itself
SCALES_M = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
LAND, BORDER, OTHER, OWN = "#f3efe6", "#8c8470", "#7a7a7a", "#b3261e"


def draw_place(own: Any, municipality: Any, districts: Sequence[Any] = (), others: Sequence[Any] = ()) -> str:
    """SVG of two squares: the municipality with a ring around the place, and the place with its neighbours.

    Args:
        own: Shapely geometry of the place, not empty; metres, E N, as are all the others.
        municipality: Its outline; None where none is known, and then there is the second square alone.
        districts: Their outlines, drawn as borders.
        others: Places of other proposals, drawn in grey.
    """
    panels = []
    if municipality is not None:
        panels.append(_overview(own, municipality, districts))
    panels.append(_near(own, municipality, districts, others))
    width = len(panels) * SIZE + (len(panels) - 1) * GAP
    placed = [
        f'<g transform="translate({k * (SIZE + GAP):g} 0)">{panel}</g>' for k, panel in enumerate(panels)
    ]
    clips = '<clipPath id="panel"><rect width="400" height="400"/></clipPath>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {SIZE:g}">'
        f"<defs>{clips}</defs>{''.join(placed)}</svg>"
    )


class _View:
    """From metres to units of the square: the box's centre in the middle, north up."""

    def __init__(self, bounds: Sequence[float], span_m: float) -> None:
        west, south, east, north = bounds
        self.span_m = span_m
        self.west, self.north = (west + east - span_m) / 2, (south + north + span_m) / 2
        self.scale = SIZE / span_m

    def point(self, e: float, n: float) -> str:
        return f"{(e - self.west) * self.scale:.1f} {(self.north - n) * self.scale:.1f}"

    def path(self, shape: Any) -> str:
        """Path data of lines and areas."""
        parts = []
        for one in shapely.get_parts(shape):
            rings = [one.exterior, *one.interiors] if one.geom_type == "Polygon" else [one]
            for ring in rings:
                thinned = shapely.simplify(ring, 0.4 / self.scale)
                parts.append("M" + "L".join(self.point(e, n) for e, n, *_ in thinned.coords))
        return "".join(parts)


def _overview(own: Any, municipality: Any, districts: Sequence[Any]) -> str:
    west, south, east, north = municipality.bounds
    view = _View(municipality.bounds, 1.06 * max(east - west, north - south))
    centre = shapely.centroid(own)
    e, n = view.point(centre.x, centre.y).split()
    ring = f'<circle cx="{e}" cy="{n}" r="9" fill="none" stroke="{OWN}" stroke-width="3"/><circle cx="{e}" cy="{n}" r="2.5" fill="{OWN}"/>'
    return _framed(_land(view, municipality) + _borders(view, districts) + ring + _scale_bar(view))


def _near(own: Any, municipality: Any, districts: Sequence[Any], others: Sequence[Any]) -> str:
    west, south, east, north = own.bounds
    view = _View(own.bounds, max(LEAST_SPAN_M, AROUND * max(east - west, north - south)))
    box = shapely.box(view.west, view.north - view.span_m, view.west + view.span_m, view.north)
    land = _land(view, shapely.intersection(municipality, box)) if municipality is not None else ""
    near = [shape for shape in others if shapely.intersects(shape, box)]
    drawn = "".join(_shape(view, shape, OTHER, 1.5) for shape in near)
    return _framed(land + _borders(view, districts) + drawn + _shape(view, own, OWN, 3) + _scale_bar(view))


def _framed(content: str) -> str:
    frame = f'<rect width="{SIZE:g}" height="{SIZE:g}" fill="none" stroke="{BORDER}" stroke-width="1"/>'
    ground = f'<rect width="{SIZE:g}" height="{SIZE:g}" fill="#e3edf3"/>'
    north = '<path d="M380 14l7 20-7-5-7 5z" fill="#333"/><text x="380" y="50" font-size="14" text-anchor="middle">N</text>'
    return f'<g clip-path="url(#panel)">{ground}{content}</g>{north}{frame}'


def _land(view: _View, shape: Any) -> str:
    return (
        f'<path d="{view.path(shape)}" fill="{LAND}" fill-rule="evenodd" stroke="{BORDER}" stroke-width="1"/>'
    )


def _borders(view: _View, shapes: Sequence[Any]) -> str:
    data = "".join(view.path(shapely.boundary(shape)) for shape in shapes)
    return (
        f'<path d="{data}" fill="none" stroke="{BORDER}" stroke-width="0.7" stroke-dasharray="4 3"/>'
        if data
        else ""
    )


def _shape(view: _View, shape: Any, colour: str, width: float) -> str:
    drawn = []
    for one in shapely.get_parts(shape):
        if one.geom_type == "Point":
            e, n = view.point(one.x, one.y).split()
            drawn.append(f'<circle cx="{e}" cy="{n}" r="{2 + 2 * width:g}" fill="{colour}"/>')
        else:
            fill = f'fill="{colour}" fill-opacity="0.25"' if one.geom_type == "Polygon" else 'fill="none"'
            drawn.append(f'<path d="{view.path(one)}" {fill} stroke="{colour}" stroke-width="{width:g}"/>')
    return "".join(drawn)


def _scale_bar(view: _View) -> str:
    length = max((one for one in SCALES_M if one <= view.span_m / 3), default=SCALES_M[0])
    end = 14 + length * view.scale
    text = f"{length // 1000} km" if length >= 1000 else f"{length} m"
    assert math.isfinite(end)
    return (
        f'<path d="M14 378v8H{end:.1f}v-8" fill="none" stroke="#333" stroke-width="2"/>'
        f'<text x="18" y="372" font-size="15">{text}</text>'
    )
