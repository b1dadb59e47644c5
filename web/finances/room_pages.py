"""The table in which finance gives each committee its part of the room."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.organisations import OrganisationKind
from investplan.errors import ConflictError, InvalidInputError, Note
from investplan.services import financial_room, organisations
from investplan.units import Ore
from web import access, sessions
from web.finances import entry_forms
from web.finances.blueprint import pages, shown_with
from web.finances.entry_forms import TypedForm
from web.formatting import input_amount


@pages.get("/rooms")
@access.requires("edit finances")
def edit_rooms() -> ResponseReturnValue:
    rooms, version = financial_room.rooms_of(sessions.current(), sessions.the_round().id)
    return _page(entry_forms.rooms_form(rooms), version, 200)


@pages.post("/rooms")
@access.requires("edit finances")
def save_rooms() -> ResponseReturnValue:
    work, planning_round = sessions.current(), sessions.the_round()
    form = TypedForm(request.form.to_dict())
    rooms = entry_forms.rooms_from(form, _committees(), planning_round.years)
    if rooms is None:
        return _page(form, _version(), 422)
    try:
        financial_room.save_rooms(work, planning_round.id, rooms, seen_version=_version())
    except InvalidInputError as error:
        form.errors.update(error.fields)
        return _page(form, _version(), 422)
    except ConflictError:
        return _changed_meanwhile(form)
    flash(_("Nämndernas rum är sparat."), "success")
    return redirect(url_for(".room", _anchor="committees-title"), 303)


def _changed_meanwhile(form: TypedForm) -> ResponseReturnValue:
    """The page again, with what is stored told at each field that differs; saving once more means the typed ones."""
    rooms, version = financial_room.rooms_of(sessions.current(), sessions.the_round().id)
    stored = {
        f"{code}.{year}": input_amount(amount, "mnkr")
        for code, by_year in rooms.items()
        for year, amount in by_year.items()
    }
    for code, name in _committees():
        for year in sessions.the_round().years:
            field = f"{code}.{year}"
            if _plain(form.value(field)) != _plain(stored.get(field, "")):
                facts = {"place": f"{name} {year}", "stored": stored.get(field) or _("tomt")}
                form.errors[field] = Note("%(place)s: någon annan har sparat %(stored)s.", facts)
    return _page(form, version, 409)


def _plain(text: str) -> Ore | str:
    amount = entry_forms.amount_of(text) if text.strip() else ""
    return text if isinstance(amount, Note) else amount


def _committees() -> list[tuple[str, str]]:
    found = organisations.all_valid(sessions.current())
    return [(one.code, one.name) for one in found if one.kind != OrganisationKind.COMPANY]


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _page(form: TypedForm, version: int, status: int) -> ResponseReturnValue:
    planning_round = sessions.the_round()
    page = render_template(
        "finances/edit_rooms.html",
        form=form,
        version=version,
        committees=_committees(),
        changed_meanwhile=status == 409,
        **shown_with(planning_round, None, "finances.room"),
    )
    return page, status
