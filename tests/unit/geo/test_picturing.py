from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.picturing import LEAST_SPAN_M, SIZE, draw_place

LAND = shapely.box(550_000, 6_250_000, 600_000, 6_300_000)
PLACE = shapely.Point(580_000, 6_280_000)
SVG = "{http://www.w3.org/2000/svg}"


def circles(svg: str) -> list[tuple[float, float, str]]:
    found = ElementTree.fromstring(svg).iter(f"{SVG}circle")
    return [(float(one.get("cx", 0)), float(one.get("cy", 0)), one.get("fill", "")) for one in found]


def test_the_place_is_where_it_lies_in_the_municipality_and_in_the_middle_of_the_near_map() -> None:
    *overview, near = circles(draw_place(PLACE, LAND))
    east_share = (580_000 - 550_000) / 50_000
    margin, inside = SIZE * 0.03 / 1.06, SIZE / 1.06
    for e, n, _colour in overview:
        assert abs(e - (margin + east_share * inside)) < 0.1
        assert abs(n - (margin + (1 - 0.6) * inside)) < 0.1
    assert (near[0], near[1]) == (SIZE / 2, SIZE / 2)


def test_a_neighbour_is_drawn_where_it_is_near_and_not_where_it_is_far() -> None:
    near = shapely.Point(580_000 + LEAST_SPAN_M / 4, 6_280_000)
    far = shapely.Point(590_000, 6_280_000)
    drawn = circles(draw_place(PLACE, None, (), [near, far]))
    assert [(e, n) for e, n, _colour in drawn] == [(300.0, 200.0), (200.0, 200.0)]


def test_without_an_outline_there_is_one_square() -> None:
    assert ElementTree.fromstring(draw_place(PLACE, None)).get("viewBox") == "0 0 400 400"
    assert ElementTree.fromstring(draw_place(PLACE, LAND)).get("viewBox") == "0 0 816 400"


@given(
    st.sampled_from(
        [
            "POINT (560000 6260000)",
            "LINESTRING (560000 6260000, 599000 6299000)",
            "POLYGON ((560000 6260000, 560001 6260000, 560001 6260001, 560000 6260000))",
            "MULTIPOLYGON (((560000 6260000, 561000 6260000, 561000 6261000, 560000 6260000)), ((570000 6270000, 571000 6270000, 571000 6271000, 570000 6270000)))",
        ]
    ),
    st.booleans(),
)
@settings(max_examples=20, deadline=None)
def test_every_kind_of_place_is_drawn_as_well_formed_svg(wkt: str, with_land: bool) -> None:
    own = shapely.from_wkt(wkt)
    svg = draw_place(own, LAND if with_land else None, [LAND], [own])
    assert ElementTree.fromstring(svg).tag == f"{SVG}svg"
    assert "nan" not in svg
    assert "inf" not in svg
