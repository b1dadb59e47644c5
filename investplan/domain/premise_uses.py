"""What premises, and the places of a proposal, are for."""

from __future__ import annotations

from enum import StrEnum


class PremiseUse(StrEnum):
    """What premises are used for; each use has its own ages and shares."""

    PRESCHOOL = "preschool"
    SCHOOL = "school"
    UPPER_SECONDARY = "upper_secondary"
    ELDERLY_CARE = "elderly_care"
    OTHER = "other"
