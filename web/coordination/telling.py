"""Pairs of proposals near each other, as rows to show. Made for templates: `neighbours_shown(proposal)`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _

from investplan.services import neighbours
from investplan.services.neighbours import Named, Neighbours
from web import formatting, sessions


def shown(proposal: Any) -> list[dict[str, Any]]:
    """One entry per neighbour of the proposal: the `other`, `where` and `when` in words."""
    work = sessions.current()
    found = neighbours.of_proposal(work, proposal)
    others = {one: one.second if one.first == proposal.id else one.first for one in found}
    named = neighbours.names(work, proposal.round_id, others.values())
    return [
        {"other": named[other], "where": where(one), "when": when(one), "pair": one}
        for one, other in others.items()
        if other in named
    ]


def rows(pairs: Iterable[Neighbours], named: dict[int, Named]) -> list[dict[str, Any]]:
    """Entries of the page of pairs: `first`, `second`, `where`, `when`; those someone may not see are left out."""
    return [
        {
            "first": named[one.first],
            "second": named[one.second],
            "where": where(one),
            "when": when(one),
            "pair": one,
        }
        for one in pairs
        if one.first in named and one.second in named
    ]


def where(one: Neighbours) -> str:
    """How they lie to each other in words."""
    locale = formatting.current_locale()
    words = ", ".join(word[:1].upper() + word[1:] for word in one.words)
    if one.distance_m is None:
        return str(_("Samma namn i platsen: %(names)s", names=words))
    if one.distance_m > 0:
        told = _("%(metres)s m isär", metres=formatting.number(one.distance_m, locale=locale))
    elif one.overlap_m2 >= 1:
        told = _("Överlappar %(area)s m²", area=formatting.number(one.overlap_m2, locale=locale))
    else:
        told = _("Samma ställe")
    return f"{told}. {words}" if words else str(told)


def when(one: Neighbours) -> str:
    """How their start years lie to each other in words."""
    if one.years:
        return str(_("Kan starta samtidigt %(years)s", years=formatting.years(one.years)))
    if one.gap_years == 1:
        return str(_("1 år isär som närmast"))
    return str(_("%(years)s år isär som närmast", years=one.gap_years))
