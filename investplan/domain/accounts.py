"""Which account of the chart of accounts each kind of frame row is written on.

The numbers follow the groups of Kommun-Bas; where a group does not say enough the account is a placeholder that finance
replaces. Source: sections 8.1 and 8.2 of the domain reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from investplan.domain.labels import N_
from investplan.domain.parameter_descriptions import Confidence

ACCOUNT = re.compile(r"[0-9]{3,10}")


class RowKind(StrEnum):
    """The kinds of frame rows (`domain.frames.AdjustmentKind`), and the frame that was there before them."""

    BASE = "base"
    WAGES = "wages"
    INDEX = "index"
    DEMOGRAPHY = "demography"
    RENT = "rent"
    CAPITAL_COST = "capital_cost"
    OPERATING = "operating"
    TECHNICAL = "technical"
    PRIORITY = "priority"
    ONE_OFF = "one_off"


@dataclass(frozen=True)
class Account:
    """An account and why rows of a kind are written on it. `name` goes into files, so it is not translated."""

    account: str
    name: str
    confidence: Confidence
    note: str


_CLASS = N_("Kommun-Bas: klassen är känd, kontot inom den väljer kommunen")
_GROUP = N_("Kommun-Bas: kontogruppen är inte kontrollerad mot årets utgåva")
_PLACEHOLDER = N_("Platshållare: ramen är netto och hör till flera konton")

SEEDS: Mapping[RowKind, Account] = {
    RowKind.BASE: Account("4000", "Föregående års ram, ofördelad", Confidence.PLACEHOLDER, _PLACEHOLDER),
    RowKind.WAGES: Account("5000", "Kostnader för arbetskraft", Confidence.MEDIUM, _CLASS),
    RowKind.INDEX: Account("7000", "Övriga verksamhetskostnader", Confidence.MEDIUM, _CLASS),
    RowKind.DEMOGRAPHY: Account("4010", "Demografi, ofördelad", Confidence.PLACEHOLDER, _PLACEHOLDER),
    RowKind.RENT: Account("6011", "Lokalhyra, intern", Confidence.LOW, _GROUP),
    RowKind.CAPITAL_COST: Account("7900", "Avskrivningar och internränta", Confidence.LOW, _GROUP),
    RowKind.OPERATING: Account("7000", "Övriga verksamhetskostnader", Confidence.MEDIUM, _CLASS),
    RowKind.TECHNICAL: Account("8500", "Intern ränta, teknisk justering", Confidence.LOW, _GROUP),
    RowKind.PRIORITY: Account(
        "4020", "Politisk prioritering, ofördelad", Confidence.PLACEHOLDER, _PLACEHOLDER
    ),
    RowKind.ONE_OFF: Account("4030", "Engångsposter, ofördelade", Confidence.PLACEHOLDER, _PLACEHOLDER),
}
