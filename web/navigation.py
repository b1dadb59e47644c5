"""The main navigation, by what the signed-in user may do."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from investplan.domain.organisations import Role, may
from web import access

UNDER = {"layers": "maps", "coordination": "maps", "rounds": "proposals"}
"""Pages that stand under another's entry."""


def place_tabs(here: str) -> list[tuple[str, str, bool]]:
    """The pages under the map: address, label and whether it is the one shown (`here` is its endpoint)."""
    entries = [
        ("maps.show", _("Karta"), "see"),
        ("layers.index", _("Lager"), "see"),
        ("coordination.index", _("Samordning"), "edit scenario"),
    ]
    return [
        (url_for(endpoint), text, endpoint == here)
        for endpoint, text, action in entries
        if access.allowed(action)
    ]


def main(user: Any) -> list[tuple[str, str, bool]]:
    """Address, label and whether it is where the reader is, in order."""
    role = Role(user.role)
    entries = [
        ("start.show", _("Start"), "see"),
        ("proposals.index", _("Förslag"), "see"),
        ("gates.index", _("Utredningar"), "see"),
        ("consultations.index", _("Remisser"), "see"),
        ("maps.show", _("Karta"), "see"),
        ("scenarios.index", _("Scenarier"), "see"),
        ("frames.index", _("Ramar"), "see"),
        ("populations.index", _("Befolkning"), "see"),
        ("needs.index", _("Behov"), "see"),
        ("finances.index", _("Ekonomi"), "see"),
        ("decisions.index", _("Beslut"), "see"),
        ("parameters.show", _("Parametrar"), "edit round"),
        ("imports.index", _("Inläsning"), "import proposals"),
        ("administration.index", _("Administration"), "administer"),
    ]
    here = UNDER.get(request.blueprint or "", request.blueprint or "")
    return [
        (url_for(endpoint), text, endpoint.split(".")[0] == here)
        for endpoint, text, action in entries
        if may(role, action)
    ]
