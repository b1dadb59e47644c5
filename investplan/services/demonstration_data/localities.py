"""Layers, premises and a forecast by area for the demonstration: drawn and counted by rule from its own districts.

Everything is made up. School areas are groups of districts; plans, protected nature and flooded ground are rings and
strips around the districts' middles, so that some proposals lie in them and most do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import shapely

from investplan.domain.layers import LayerKind
from investplan.domain.needs import Tenure
from investplan.domain.premise_uses import PremiseUse
from investplan.exchange.layer_files import Feature, LayerReading
from investplan.exchange.premise_files import PremiseFacts
from investplan.services import layers, premises
from investplan.services.demonstration_data import placing
from investplan.services.layers import LayerFacts
from investplan.services.work import Work

SOURCE = "Fiktivt lager i demonstrationen"
DATA_OF = date(2026, 3, 1)
AREAS = 5
"""School areas that the districts are grouped into, in the order they are listed."""
NAMES = ("Innerstaden", "Norra området", "Västra området", "Södra området", "Ytterområdena")
GROWTH_PER_MILLE = (4, 14, 0, -9, -6)
"""How much more of the municipality's inhabitants an area has each year, of its own share."""
PREMISES: tuple[tuple[PremiseUse, int, int], ...] = (
    (PremiseUse.PRESCHOOL, 4, 200), (PremiseUse.SCHOOL, 3, 560), (PremiseUse.ELDERLY_CARE, 2, 110),
)  # fmt: skip
"""Use, objects in each area, places in each object."""
PROFILES = {
    PremiseUse.PRESCHOOL: (1, 5, 860, 850, 950), PremiseUse.SCHOOL: (6, 15, 1000, 880, 950),
    PremiseUse.ELDERLY_CARE: (80, None, 130, 900, 970),
}  # fmt: skip


def school_areas() -> dict[str, Any]:
    """Name → outline: the districts' outlines, so many at a time."""
    outlines = list(placing.district_outlines().values())
    size = -(-len(outlines) // AREAS)
    return {
        NAMES[place]: shapely.union_all(outlines[place * size : (place + 1) * size]) for place in range(AREAS)
    }


def load(work: Work) -> None:
    """Four layers, the premises, and how the need is computed."""
    known = list(placing.known_places().values())
    middles = {one.name: shapely.Point(one.east, one.north) for one in known}
    drawn = {
        ("Skolområden", LayerKind.SCHOOL_AREA): school_areas(),
        ("Detaljplaner", LayerKind.PLAN): {
            f"Detaljplan för {name}": middle.buffer(700, quad_segs=4) for name, middle in middles.items()
        },
        ("Naturreservat", LayerKind.PROTECTED): {
            f"{name}s naturreservat": shapely.box(at.x + 500, at.y - 900, at.x + 1_500, at.y - 250)
            for name, at in list(middles.items())[::3]
        },
        ("Skyfall, hundraårsregn", LayerKind.FLOOD): {
            f"Lågstråk i {name}": shapely.box(at.x - 900, at.y - 40, at.x + 900, at.y + 60)
            for name, at in list(middles.items())[::2]
        },
    }
    for (name, kind), shapes in drawn.items():
        layers.publish(work, LayerFacts(name, kind, SOURCE, DATA_OF), _staged(name, shapes), accepted=False)
    _add_premises(work)


def _staged(name: str, shapes: Mapping[str, Any]) -> layers.Staged:
    features = tuple(
        Feature(number, label[:120], "whole", "", 0.0, 0.0, shapely.to_wkb(shape, hex=True))
        for number, (label, shape) in enumerate(shapes.items(), start=1)
    )
    reading = LayerReading(
        layer=name, layers=(name,), columns=("namn",), label_column="namn", stated_crs="EPSG:3006", crs="EPSG:3006",
        swapped=False, share=1.0, suggestions=(), features=features, kinds={"area": len(features)},
    )  # fmt: skip
    return layers.Staged(f"{name}.gpkg", "0" * 64, reading)


def _add_premises(work: Work) -> None:
    held: list[PremiseFacts] = []
    for area in NAMES:
        for use, objects, places in PREMISES:
            for number in range(1, objects + 1):
                is_rented = number == objects and area == NAMES[1]
                held.append(PremiseFacts(
                    code=f"{len(held) + 101}", name=f"{_word(use)} {number}, {area}", use=use, area=area, places=places,
                    area_m2=places * 10, tenure=Tenure.LEASE if is_rented else Tenure.OWN,
                    lease_end=date(2029, 6, 30) if is_rented else None,
                ))  # fmt: skip
    premises.take(work, premises.Staged("lokaler.csv", "1" * 64, tuple(held)))
    for use, (first, last, participation, municipal, fill) in PROFILES.items():
        premises.set_profile(
            work, use, age_from=first, age_to=last, participation_permille=participation,
            municipal_permille=municipal, fill_permille=fill,
        )  # fmt: skip


def _word(use: PremiseUse) -> str:
    return {PremiseUse.PRESCHOOL: "Förskola", PremiseUse.SCHOOL: "Skola"}.get(use, "Äldreboende")


def by_area(whole: Mapping[tuple[str, int], Mapping[int, int]]) -> dict[tuple[str, int], Mapping[int, int]]:
    """The forecast with a series for each area beside the whole: whole thousandths that add up to it.

    Areas grow and shrink against each other by `GROWTH_PER_MILLE`; the last one takes what is left.
    """
    found: dict[tuple[str, int], Mapping[int, int]] = dict(whole)
    first = min(year for _, year in whole)
    for (_, year), counts in whole.items():
        weights = [1000 + growth * (year - first) for growth in GROWTH_PER_MILLE]
        total = sum(weights)
        left = dict(counts)
        for name, weight in list(zip(NAMES, weights, strict=True))[:-1]:
            part = {age: count * weight // total for age, count in counts.items()}
            found[name, year] = part
            left = {age: left[age] - part[age] for age in counts}
        found[NAMES[-1], year] = left
    return found
