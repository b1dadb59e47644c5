from __future__ import annotations

import pytest

from tests.unit.exchange.mapped import HEADER, Staged, notes, staged

PLACED = (*HEADER, "N", "E")


def place(north: object, east: object, **settings: object) -> Staged:
    row = ("1", "A", "UN", "1", "1", "1", north, east)
    stated = {"east": "E", "north": "N", "crs": "EPSG:3006"} | settings
    return staged([row], header=PLACED, place=stated)  # type: ignore[list-item]


@pytest.mark.parametrize("north", ["6280546", "6 280 546", "6280546,0", "6280546.0"])
def test_coordinates_are_read_as_people_write_them(north: str) -> None:
    assert place(north, "583460").projects[0].place_wkt == "POINT (583460 6280546)"


@pytest.mark.parametrize(
    ("north", "east", "settings", "words"),
    [
        ("583460", "6280546", {}, "omkastade"),
        ("6280546", "nära torget", {}, "är inte tal"),
        ("6280546", None, {}, "är inte tal"),
        ("nan", "inf", {}, "är inte tal"),
        ("6580822", "674032", {"check": "municipality:0880"}, "utanför"),
        ("6280546", "583460", {"crs": "EPSG:4326"}, "inte grader"),
        ("40.7", "-74.0", {"crs": "EPSG:4326"}, "utanför"),
    ],
)
def test_places_that_cannot_be_right_are_refused_in_words(
    north: str, east: str | None, settings: dict[str, object], words: str
) -> None:
    found = place(north, east, **settings)
    assert found.rows[0].outcome == "refused"
    assert words in notes(found, 2)


def test_a_site_in_stockholm_is_in_sweden_but_not_in_kalmar() -> None:
    assert place("6580822", "674032", check="sweden").rows[0].outcome == "taken"


def test_a_missing_place_is_told_beside_the_rows_other_faults() -> None:
    assert "Platsen saknas" in notes(place(None, None), 2)
    row = ("1", "A", "UN", "x", "1", "1", None, None)
    found = staged(
        [row], header=PLACED, place={"east": "E", "north": "N", "crs": "EPSG:3006", "missing": "refuse"}
    )
    assert "Platsen saknas" in notes(found, 2)
    assert "”x”" in notes(found, 2)


def test_a_foreign_city_is_drawn_in_its_own_metres() -> None:
    found = place("40.7041", "-73.9878", crs="EPSG:4326", map_crs="EPSG:32618", check="none")
    assert found.rows[0].outcome == "taken"
    assert str(found.projects[0].place_wkt).startswith("POINT (5855")


def test_a_place_that_the_map_cannot_hold_is_refused() -> None:
    found = place("95", "500", crs="EPSG:4326", check="none")
    assert found.rows[0].outcome == "refused"
