"""Words for the frames' pages, and which way to look at the frames the address asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from investplan.domain.frames import AdjustmentKind
from investplan.domain.labels import N_
from investplan.services import frame_views
from investplan.services.frame_views import View
from investplan.services.frames import FrameOfYear
from web import access, sessions
from web.errors import say

pages = Blueprint("frames", __name__, template_folder="templates", url_prefix="/frames")

KIND_LABELS = {
    AdjustmentKind.WAGES: N_("Löner"),
    AdjustmentKind.INDEX: N_("Prisindex"),
    AdjustmentKind.DEMOGRAPHY: N_("Demografi"),
    AdjustmentKind.RENT: N_("Hyra"),
    AdjustmentKind.CAPITAL_COST: N_("Kapitalkostnad"),
    AdjustmentKind.OPERATING: N_("Övrig drift"),
    AdjustmentKind.TECHNICAL: N_("Teknisk justering"),
    AdjustmentKind.PRIORITY: N_("Politisk prioritering"),
    AdjustmentKind.ONE_OFF: N_("Engångspost"),
}
KIND_ORDER = list(KIND_LABELS)


def kind_label(kind: AdjustmentKind) -> str:
    """The kind's name in the reader's language."""
    return str(_(KIND_LABELS[kind]))


def asked_view(planning_round: Any, name: str = "view") -> View:
    """The view of the address, decided frames where it says none; `?run=3` is the same as `?view=run-3`."""
    code = request.args.get(name, "")
    if not code and request.args.get("run"):
        code = f"run-{request.args['run']}"
    return frame_views.find(sessions.current(), planning_round.id, code or frame_views.DECIDED.code)


def view_choices(planning_round: Any, *shown: View) -> list[tuple[str, str]]:
    """Code and name of every view; the ones shown are always among them."""
    found = {one.code: one for one in frame_views.choices(sessions.current(), planning_round.id)}
    return [(code, say(one.label)) for code, one in {**found, **{one.code: one for one in shown}}.items()]


def parameters_used(years: Iterable[FrameOfYear]) -> list[str]:
    """Labels of the parameter sets that the rows shown were computed with, by name."""
    return sorted({row.parameters for year in years for row in year.rows if row.parameters})


def parts(current: str) -> list[tuple[str, str, bool]]:
    """The tabs of the frames' pages, by what the reader may do."""
    entries = [
        ("frames.index", _("Ramar"), "see"),
        ("frames.compare", _("Jämför"), "see"),
        ("frames.draft", _("Utkast"), "see"),
        ("frames.bases", _("Underlag"), "edit frames"),
        ("frames.planned", _("Planerade justeringar"), "edit frames"),
    ]
    return [
        (url_for(endpoint), text, endpoint == f"frames.{current}")
        for endpoint, text, action in entries
        if access.allowed(action)
    ]
