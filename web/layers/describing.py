"""What the layers say of a proposal's places, as rows to show. Made for templates: `place_shown(proposal)`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from investplan.domain.layers import LAYER_KIND_LABELS, LayerKind
from investplan.services import place_facts
from investplan.services.place_facts import AreaFact, LayerName, PlaceFacts
from web import formatting, sessions
from web.proposals import describing

PLACE_KINDS = (LayerKind.PROPERTY, LayerKind.PLAN, LayerKind.SCHOOL_AREA)
"""Kinds that say where a place is; the others say what it is in conflict with."""
MOST_LABELS = 4


def shown(proposal: Any) -> list[dict[str, Any]]:
    """One entry per alternative with a place: `title`, `rows` (label, value, source) and `conflicts` (see `conflict`)."""
    found = place_facts.of_proposal(sessions.current(), proposal)
    titles = {one.code: describing.title_of(one) for one in proposal.alternatives}
    return [{"title": titles[code], **of_place(facts)} for code, facts in found.items()]


def of_place(facts: PlaceFacts) -> dict[str, Any]:
    rows = [(_("Område"), facts.district or _("Utanför de områden som är ritade"), "")]
    rows += [_row(kind, facts) for kind in PLACE_KINDS]
    metres = formatting.number(facts.to_middle_m, locale=formatting.current_locale())
    return {
        "key": facts.key,
        "to_middle": f"{metres} m" if facts.to_middle_m is not None else "–",
        "rows": rows,
        "conflicts": [conflict(one, facts.shape) for one in facts.conflicts],
        "silent": [_kind(kind) for kind in LayerKind if kind.is_conflict and not facts.asked[kind]
                   and kind is not LayerKind.OTHER],
        "asked": [source(one) for kind in LayerKind if kind.is_conflict for one in facts.asked[kind]],
        "near_m": place_facts.NEAR_M,
    }  # fmt: skip


def _kind(kind: LayerKind) -> str:
    return str(_(LAYER_KIND_LABELS[kind]))


def _row(kind: LayerKind, facts: PlaceFacts) -> tuple[str, str, Any]:
    if not facts.asked[kind]:
        return _kind(kind), _("Okänt: inget lager av slaget är uppladdat"), ""
    areas = facts.areas[kind]
    sources = Markup(", ").join(source(one) for one in facts.asked[kind])
    if not areas:
        outside = (
            _("Utanför detaljplan") if kind is LayerKind.PLAN else _("Ligger inte i något objekt i lagret")
        )
        return _kind(kind), outside, sources
    return _kind(kind), _labels(areas, facts.shape), sources


def _labels(areas: Sequence[AreaFact], shape: str) -> str:
    """Names, with the share of the place where it lies in several."""
    told = []
    for one in areas[:MOST_LABELS]:
        name = one.label or _("Objekt %(number)s", number=one.feature)
        share = formatting.percent(one.share, 0, locale=formatting.current_locale())
        told.append(f"{name} ({share})" if shape != "Point" and one.share < 0.995 else name)
    if len(areas) > MOST_LABELS:
        told.append(_("och %(count)s till", count=len(areas) - MOST_LABELS))
    return ", ".join(told)


def source(name: LayerName) -> Markup:
    """Layer and the date of its data, as a link to that very version."""
    address = url_for("layers.show", layer_id=name.layer_id, version=name.number)
    return Markup('<a href="{}">{}, <span class="nowrap">{}</span></a>').format(
        address, name.name, name.source_date.isoformat()
    )


def conflict(one: AreaFact, shape: str) -> dict[str, Any]:
    """`what`, `kind`, `how` (overlap or distance in words), `is_overlap` and `source` of one conflict."""
    return {
        "what": one.label or _("Objekt %(number)s", number=one.feature),
        "kind": _kind(LayerKind(one.layer.kind)),
        "how": how(one, shape),
        "is_overlap": one.distance_m == 0,
        "source": source(one.layer),
    }


def how(one: AreaFact, shape: str) -> str:
    """Overlap or distance in words.

    A site that only touches an area lies 0 m from it.
    """
    locale = formatting.current_locale()
    if one.distance_m > 0 or (shape != "Point" and one.share == 0):
        return str(_("%(metres)s m bort", metres=formatting.number(one.distance_m, locale=locale)))
    if shape == "Point":
        return str(_("Ligger i området"))
    share = formatting.percent(one.share, 0, locale=locale)
    if shape == "LineString":
        metres = formatting.number(one.overlap_m, locale=locale)
        return str(_("%(metres)s m (%(share)s) ligger i området", metres=metres, share=share))
    area = formatting.number(one.overlap_m2, locale=locale)
    return str(_("%(area)s m² (%(share)s) ligger i området", area=area, share=share))
