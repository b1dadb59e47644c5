"""What of a proposal may be marked secret, and what is left of it for those who may not read that.

The law that a mark leans on is stated with it (offentlighets- och sekretesslagen, mostly chapters 18 and 19). Sums stay open:
the council decides on the outlay and on what it costs, and the district is what shares of the room are counted by.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from enum import StrEnum

from investplan.domain.organisations import Role
from investplan.domain.proposals import Alternative, ProposalFacts


class SecretPart(StrEnum):
    """PLACE: where exactly it is, on the map and in words. LAND_PRICE: the parts that the outlay is made of, and how costs
    are computed from them. RISKS: what could go wrong."""

    PLACE = "secret_place"
    LAND_PRICE = "secret_land_price"
    RISKS = "secret_risks"


READERS = frozenset({Role.FINANCE, Role.ADMINISTRATOR})
"""Read everything; others what is their own organisation's."""


def reads_secrets(role: Role | None, *, own: bool) -> bool:
    """Whether a role reads what is marked secret, in a proposal of its `own` organisation or another's."""
    return role in READERS or (own and role is not None)


def redacted(facts: ProposalFacts, parts: Collection[SecretPart]) -> ProposalFacts:
    """The facts without these parts: empty, as where nothing is stated."""
    if SecretPart.PLACE in parts:
        facts = replace(facts, place_note="", alternatives=tuple(map(_without_place, facts.alternatives)))
    if SecretPart.LAND_PRICE in parts:
        without = (replace(one, components=()) for one in facts.alternatives)
        facts = replace(facts, alternatives=tuple(without))
    if SecretPart.RISKS in parts:
        facts = replace(facts, risks=None)
    return facts


def _without_place(alternative: Alternative) -> Alternative:
    return replace(alternative, place_wkt=None, property_designation="", plan_status=None)
