"""Organisations, people and the log: what the administrator keeps in order."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.organisations import OrganisationKind, Role
from investplan.errors import InvalidInputError
from investplan.services import history, organisations, parameter_sets, rounds, users
from web import access, sessions
from web.administration.forms import read_choice, read_date
from web.texts import label

pages = Blueprint("administration", __name__, template_folder="templates", url_prefix="/administration")
LOG_PAGE_SIZE = 50


@pages.get("/")
@access.requires("administer")
def index() -> ResponseReturnValue:
    return redirect(url_for(".show_organisations"))


@pages.get("/organisations")
@access.requires("administer")
def show_organisations() -> ResponseReturnValue:
    return _organisations({}, {})


def _organisations(errors: dict[str, Any], typed: dict[str, str]) -> str:
    work = sessions.current()
    planning_round = rounds.latest(work)
    return render_template(
        "administration/organisations.html",
        organisations=organisations.everything(work),
        kinds=[(kind.value, label(kind)) for kind in OrganisationKind],
        round=planning_round,
        missing_years=parameter_sets.missing_plan_years(planning_round) if planning_round else 0,
        today=work.today,
        errors=errors,
        typed=typed,
    )


@pages.post("/organisations")
@access.requires("administer")
def add_organisation() -> ResponseReturnValue:
    form = request.form
    try:
        added = organisations.add(
            sessions.current(),
            code=form.get("code", ""),
            name=form.get("name", ""),
            kind=OrganisationKind(read_choice(form, "kind", {kind.value: kind for kind in OrganisationKind})),
            valid_from=read_date(form, "valid_from", required=True),  # type: ignore[arg-type]
            valid_to=read_date(form, "valid_to", required=False),
            is_landlord="is_landlord" in form,
        )
    except InvalidInputError as error:
        return _organisations(dict(error.fields), dict(form)), 422
    flash(_("%(name)s är tillagd.", name=added.name), "success")
    return redirect(url_for(".show_organisations"))


@pages.post("/organisations/<int:organisation_id>/end")
@access.requires("administer")
def end_organisation(organisation_id: int) -> ResponseReturnValue:
    work = sessions.current()
    ended = organisations.end(work, organisation_id, valid_to=work.today)
    flash(_("%(name)s upphör i dag. Förslag och historik finns kvar.", name=ended.name), "success")
    return redirect(url_for(".show_organisations"))


@pages.get("/users")
@access.requires("administer")
def show_users() -> ResponseReturnValue:
    return _users({}, {})


def _users(errors: dict[str, Any], typed: dict[str, str]) -> str:
    work = sessions.current()
    return render_template(
        "administration/users.html",
        users=users.everyone(work),
        roles=[(role.value, label(role)) for role in Role],
        current_username=sessions.user().username,
        organisations=[(str(o.id), o.name) for o in organisations.all_valid(work)],
        today=work.today,
        errors=errors,
        typed=typed,
    )


@pages.post("/users")
@access.requires("administer")
def add_user() -> ResponseReturnValue:
    form, work = request.form, sessions.current()
    known = {str(o.id): o for o in organisations.all_valid(work)}
    try:
        chosen = read_choice(form, "organisation_id", known) if form.get("organisation_id") else None
        added = users.add(
            work,
            username=form.get("username", ""),
            display_name=form.get("display_name", ""),
            password=form.get("password", ""),
            role=Role(read_choice(form, "role", {role.value: role for role in Role})),
            organisation_id=int(chosen) if chosen else None,
            valid_from=work.today,
            valid_to=read_date(form, "valid_to", required=False),
        )
    except InvalidInputError as error:
        return _users(dict(error.fields), {**form, "password": ""}), 422
    flash(_("%(name)s kan nu logga in.", name=added.display_name), "success")
    return redirect(url_for(".show_users"))


@pages.post("/users/<int:user_id>/end")
@access.requires("administer")
def end_user(user_id: int) -> ResponseReturnValue:
    work = sessions.current()
    ended = users.end(work, user_id, valid_to=work.today)
    flash(_("%(name)s kan inte längre logga in.", name=ended.display_name), "success")
    return redirect(url_for(".show_users"))


@pages.get("/log")
@access.requires("administer")
def show_log() -> ResponseReturnValue:
    number = max(1, request.args.get("page", 1, type=int))
    entries, count = history.latest(sessions.current(), page=number, size=LOG_PAGE_SIZE)
    return render_template(
        "administration/log.html",
        entries=entries,
        page=number,
        pages=max(1, -(-count // LOG_PAGE_SIZE)),
        count=count,
        action_names={action: _(text) for action, text in history.ACTION_LABELS.items()},
        url_of=lambda page: url_for(".show_log", page=page),
    )
