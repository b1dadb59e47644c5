"""Kinds of map layers, and what each says of a place. Source: sections 5.4 and 7.5 of the domain reference."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from investplan.domain.labels import N_


class LayerKind(StrEnum):
    """What a layer shows; a place is told which areas it lies in, or that it is in conflict with them."""

    PROTECTED = "protected"
    FLOOD = "flood"
    PLAN = "plan"
    SCHOOL_AREA = "school_area"
    PROPERTY = "property"
    OTHER = "other"

    @property
    def is_conflict(self) -> bool:
        """Whether a place should rather not lie in it, or near it."""
        return self in (LayerKind.PROTECTED, LayerKind.FLOOD, LayerKind.OTHER)


LAYER_KIND_LABELS: Mapping[str, str] = {
    LayerKind.PROTECTED: N_("Skyddad natur"),
    LayerKind.FLOOD: N_("Översvämning"),
    LayerKind.PLAN: N_("Detaljplan"),
    LayerKind.SCHOOL_AREA: N_("Skolområde"),
    LayerKind.PROPERTY: N_("Fastighet"),
    LayerKind.OTHER: N_("Annat hinder"),
}
