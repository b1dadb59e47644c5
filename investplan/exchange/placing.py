"""Where a row's proposal lies: from coordinate columns or geometry to one checked place in the round's system."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np
import shapely

from geo.checking import SWEDEN, Box, Fault, fault_of, fault_of_position, repair, single
from geo.crs import SWEREF99_TM, is_geographic, project, same_system, system
from geo.errors import GeoError
from geo.outlining import municipality_outline
from investplan.domain.labels import N_
from investplan.errors import Note
from investplan.exchange.mappings import Places
from investplan.exchange.row_reports import RowReport
from investplan.exchange.tables import Cell, Row

MARGIN_M = 10_000.0
"""Around a municipality's box: quays, islands and sites across the border are honest places."""

FAULT_TEXTS: dict[Fault, str] = {
    Fault.EMPTY: N_("Platsens geometri är tom."),
    Fault.NOT_FINITE: N_("Platsens koordinater är inte tal (NaN eller oändligt)."),
    Fault.WRONG_TYPE: N_("Platsen ska vara en punkt, en linje eller en yta."),
    Fault.SEVERAL_PARTS: N_("Platsen har flera delar. Sätt place.repair = true för att behålla den största."),
    Fault.SELF_INTERSECTION: N_("Ytans gräns korsar sig själv. Sätt place.repair = true för att laga den."),
    Fault.NOT_DEGREES: N_(
        "Koordinaterna är inte grader, men koordinatsystemet säger det. Är det meter i SWEREF 99 TM?"
    ),
    Fault.DATE_LINE: N_("Platsen sträcker sig över datumgränsen."),
    Fault.AXES_SWAPPED: N_("Koordinaterna är omkastade: öst står i nords kolumn."),
    Fault.OUTSIDE: N_("Platsen ligger utanför det område som mappningen säger."),
}


class Placer:
    """Places rows by one mapping and one layer's CRS; `problems` concern the file as a whole."""

    def __init__(self, stated: Places, layer_crs: str | None) -> None:
        self.stated = stated
        self.problems: list[Note] = []
        self.remarks: list[Note] = []
        self.crs = stated.crs or layer_crs or ""
        self._check_systems(layer_crs)
        self.box = self._box() if not self.problems else None

    @property
    def is_used(self) -> bool:
        return self.stated.geometry or self.stated.east is not None

    def _check_systems(self, layer_crs: str | None) -> None:
        if not self.is_used:
            return
        if not self.crs:
            self.problems.append(Note("Filen säger inget koordinatsystem. Skriv place.crs i mappningen."))
            return
        try:
            system(self.crs)
            system(self.stated.map_crs)
            differs = self.stated.geometry and layer_crs and not same_system(self.crs, layer_crs)
        except GeoError as error:
            self.problems.append(Note("Okänt koordinatsystem: %(fault)s", {"fault": str(error)}))
            return
        if differs:
            self.problems.append(
                Note("Filen säger ett annat koordinatsystem än mappningens %(crs)s.", {"crs": self.crs})
            )

    def _box(self) -> Box | None:
        if not self.is_used or self.stated.check == "none":
            return None
        if self.stated.check == "sweden":
            return SWEDEN
        code = self.stated.check.removeprefix("municipality:")
        try:
            west, south, east, north = municipality_outline(code).bounds
        except GeoError:
            self.problems.append(Note("Det finns ingen kommun med koden %(code)s.", {"code": code}))
            return None
        return west - MARGIN_M, south - MARGIN_M, east + MARGIN_M, north + MARGIN_M

    def place(self, row: Row, texts: dict[str, str], report: RowReport) -> str | None:
        """The place as WKT in `map_crs`, millimetres; None where there is none or it is refused (told in `report`)."""
        if not self.is_used:
            return None
        if self._is_missing(row, texts):
            self._tell_missing(report)
            return None
        geometry = self._geometry(row, texts, report)
        return None if geometry is None else self._checked(geometry, report)

    def _is_missing(self, row: Row, texts: dict[str, str]) -> bool:
        if self.stated.geometry:
            return row.geometry is None
        return not texts[self.stated.east or ""] and not texts[self.stated.north or ""]

    def _tell_missing(self, report: RowReport) -> None:
        if self.stated.missing == "refuse":
            report.refuse(Note("Platsen saknas."))
        else:
            report.tell(Note("Platsen saknas."))

    def _geometry(self, row: Row, texts: dict[str, str], report: RowReport) -> Any | None:
        if row.geometry is not None and self.stated.geometry:
            with np.errstate(invalid="ignore"):  # coordinates that are no numbers are refused below, in words
                return single(shapely.from_wkb(row.geometry))
        east_text, north_text = texts[self.stated.east or ""], texts[self.stated.north or ""]
        east, north = read_coordinate(east_text), read_coordinate(north_text)
        if east is None or north is None:
            report.refuse(
                Note("Koordinaterna ”%(east)s”, ”%(north)s” är inte tal.", {
                    "east": east_text[:30], "north": north_text[:30]})
            )  # fmt: skip
            return None
        return shapely.Point(east, north)

    def _checked(self, geometry: Any, report: RowReport) -> str | None:
        fault = fault_of(geometry, self.crs)
        if fault in (Fault.SELF_INTERSECTION, Fault.SEVERAL_PARTS) and self.stated.repair:
            mended = self._repaired(geometry, report)
            fault = fault if mended is None else None
            geometry = geometry if mended is None else mended
        if fault is None and self.box is not None:
            fault = fault_of_position(geometry, self.crs, self.box)
        projected = project(geometry, self.crs, self.stated.map_crs) if fault is None else None
        if fault is None and fault_of(projected, self.stated.map_crs) is not None:
            fault = Fault.OUTSIDE
        if fault is not None:
            report.refuse(Note(FAULT_TEXTS[fault]))
            return None
        return str(shapely.to_wkt(projected, rounding_precision=3))

    def _repaired(self, geometry: Any, report: RowReport) -> Any | None:
        mended = repair(geometry)
        if mended is None:
            return None
        before = _area_m2(geometry, self.crs)
        after = _area_m2(mended.geometry, self.crs)
        report.change(
            Note(
                "Ytan är lagad: %(before)d m² blev %(after)d m².",
                {"before": round(before), "after": round(after)},
            )
        )
        return mended.geometry


def _area_m2(geometry: Any, crs: str) -> float:
    flat = project(geometry, crs, SWEREF99_TM) if is_geographic(crs) else geometry
    return float(flat.area)


def read_coordinate(cell: Cell) -> float | None:
    """A coordinate in metres or degrees, decimal point or comma; None where the text is no number.

    >>> read_coordinate("56,6616"), read_coordinate("6 280 546"), read_coordinate("nan")
    (56.6616, 6280546.0, None)
    """
    if isinstance(cell, Decimal):
        return float(cell)
    text = re.sub("[ \u00a0\u202f]", "", cell or "").replace("\u2212", "-")
    match = re.fullmatch(r"([-+]?[0-9]{1,9})(?:[.,]([0-9]{1,20}))?", text)
    return float(f"{match[1]}.{match[2] or 0}") if match else None
