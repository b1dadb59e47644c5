"""Worked examples of the domain reference that several tests follow from end to end."""

from __future__ import annotations

from dataclasses import replace

from investplan.domain.proposals import (
    Alternative,
    AlternativeKind,
    Component,
    OperatingConsequence,
    OperatingKind,
    Outlay,
    Part,
)
from tests.factories import TKR

PARTS = [
    ("Mark", 4_000, None),
    ("Markanläggning", 6_000, 20),
    ("Stomme och grund", 28_000, 80),
    ("Fasad, fönster, dörrar", 9_000, 40),
    ("Yttertak", 4_000, 40),
    ("Installationer", 15_000, 25),
    ("Styr- och övervakning", 2_000, 15),
    ("Ytskikt, fast inredning", 6_000, 15),
    ("Storköksutrustning", 2_000, 10),
    ("Restpost byggnad", 2_000, 50),
]
OTHER_OPERATING = OperatingConsequence("UN", OperatingKind.OTHER, 360 * TKR)
ENDED_PAVILIONS = OperatingConsequence(
    "UN", OperatingKind.RENT, -1_050 * TKR, 4, ended=True, note="Paviljonger"
)
PRESCHOOL = Alternative(
    code="build",
    title="Förskola Exempel",
    kind=AlternativeKind.BUILD,
    starts=(2027,),
    price_level_year=2027,
    commissioned_after_months=7,
    landlord="SEN",
    area_m2=1850,
    outlays=(Outlay(0, 80_000 * TKR),),
    components=(
        *(Component(name, tkr * TKR, None if years is None else years * 12) for name, tkr, years in PARTS),
        Component("Lösa inventarier", 2_000 * TKR, 120, Part.USER),
    ),
    grants=(),
    operating=(OTHER_OPERATING, ENDED_PAVILIONS),
    disposals=(),
    place_wkt="POINT (583460 6280546)",
)
"""Example B (1.5, 2.3, 3.6): rented from SEN, all paid in the year it opens, in August 2027."""

PRESCHOOL_LATER = replace(PRESCHOOL, commissioned_after_months=19)
"""The same preschool opened a year later."""
