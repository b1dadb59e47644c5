"""Marking parts of a proposal secret."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.secrecy import SecretPart
from investplan.errors import ConflictError, InvalidInputError, Note
from investplan.services import proposals, secrecy, secrecy_marks
from web import access, sessions
from web.texts import label

pages = Blueprint(
    "secrecy", __name__, template_folder="templates", url_prefix="/proposals/<int:proposal_id>/secrecy"
)
Stated = dict[SecretPart, str]


def hints() -> dict[SecretPart, str]:
    return {
        SecretPart.PLACE: _(
            "Platsen på kartan och i ord, fastighet, detaljplan och vad kartlagren säger om platsen."
        ),
        SecretPart.LAND_PRICE: _(
            "Komponenterna, markens del och hur kostnaderna är uträknade av dem. Summorna är öppna."
        ),
        SecretPart.RISKS: _("Listan över risker."),
    }


@pages.get("")
@access.requires("edit proposal")
def edit(proposal_id: int) -> ResponseReturnValue:
    stated = _stated(proposal_id)
    return _page(proposal_id, stated, stated, {})


def _stated(proposal_id: int) -> Stated:
    work = sessions.current()
    proposal = proposals.find(work, proposal_id)
    work.require("edit proposal", organisation_id=proposal.organisation_id)
    return {part: mark.basis for part, mark in secrecy.marks(work, proposal).items()}


def _page(
    proposal_id: int,
    typed: Stated,
    seen: Stated,
    errors: dict[str, Note],
    chosen: set[SecretPart] | None = None,
) -> str:
    return render_template(
        "secrecy/edit.html",
        proposal=proposals.find(sessions.current(), proposal_id),
        parts=[
            {
                "code": part.value,
                "label": label(part),
                "hint": hints()[part],
                "chosen": part in (typed if chosen is None else chosen),
                "basis": typed.get(part, ""),
                "seen": seen.get(part, ""),
            }
            for part in SecretPart
        ],
        errors=errors,
    )


@pages.post("")
@access.requires("edit proposal")
def save(proposal_id: int) -> ResponseReturnValue:
    stored = _stated(proposal_id)
    chosen = {part for part in SecretPart if request.form.get(f"mark-{part}")}
    typed, seen = _texts("basis"), {part: text for part, text in _texts("seen").items() if text}
    wanted = {part: typed.get(part, "") for part in chosen}
    reason = request.form.get("reason", "").replace("\x00", "")
    try:
        secrecy_marks.save(sessions.current(), proposal_id, wanted, seen=seen, reason=reason)
    except InvalidInputError as refused:
        errors: dict[str, Any] = {f"basis-{name}": note for name, note in refused.fields.items()}
        return _page(proposal_id, typed, seen, errors, chosen), 422
    except ConflictError:
        told = Note(
            "Någon annan har ändrat markeringarna sedan du öppnade sidan. Det du valde står kvar: spara igen om det ska gälla."
        )
        return _page(proposal_id, typed, stored, {"": told}, chosen), 409
    flash(_("Sekretessmarkeringarna är sparade."), "success")
    return redirect(url_for("proposals.show", proposal_id=proposal_id), 303)


def _texts(name: str) -> Stated:
    return {
        part: request.form.get(f"{name}-{part}", "").replace("\x00", "").strip()[:500] for part in SecretPart
    }
