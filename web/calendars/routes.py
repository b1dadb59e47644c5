"""The round's calendar, as a page and as a file; each user's own settings, with the secret address of the calendar."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from investplan.domain.organisations import Role
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError
from investplan.services import calendars, rounds, user_settings
from investplan.services.calendars import EntryFacts
from investplan.services.user_settings import SettingFacts
from investplan.services.work import Work
from web import access, sessions
from web.app import limiter
from web.consultations.forms import read_date
from web.proposals.typed import Reader, Typed
from web.texts import label

pages = Blueprint("calendars", __name__, template_folder="templates")
ENTRY = "/calendar/<int(max=2147483647):entry_id>"


def reply_text() -> str:
    """What the last day of a reply is called in a calendar."""
    return str(_("Remissvar senast: %(title)s", title="%(title)s"))


@pages.get("/calendar")
@access.requires("see")
def index() -> ResponseReturnValue:
    """The calendar of the latest round: what is for the reader; finance sees and changes all of it."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    whole = access.allowed("edit round")
    entries: list[Any] = []
    if planning_round is not None:
        read = calendars.of_round if whole else calendars.of_actor
        entries = read(work, planning_round.id)
    return render_template(
        "calendars/index.html",
        planning_round=planning_round,
        entries=entries,
        may_edit=whole,
        today=work.today,
        has_feed=user_settings.own(work).has_feed,
    )


def _render(
    entry: Any, fields: dict[str, Any], roles: list[str], faults: dict[str, Note], **more: Any
) -> str:
    return render_template(
        "calendars/edit.html",
        entry=entry,
        f=fields,
        chosen=roles,
        roles=[(one.value, label(one)) for one in Role if one is not Role.ADMINISTRATOR],
        faults=faults,
        **{"theirs": None, "key": "", "version": entry.version if entry else 0, **more},
    )


def _fields(facts: EntryFacts) -> dict[str, str]:
    return {
        "name": facts.name,
        "starts_on": facts.starts_on.isoformat(),
        "ends_on": facts.ends_on.isoformat() if facts.ends_on else "",
        "note": facts.note,
    }


def _read() -> tuple[EntryFacts, dict[str, Note]]:
    faults: dict[str, Note] = {}
    read = Reader(Typed.of_form(request.form).fields, faults)
    missing = Note("Ange vilken dag.")
    facts = EntryFacts(
        name=read.text("name", 120, Note("Skriv vad som händer.")),
        starts_on=read_date(read, "starts_on", missing),
        ends_on=read_date(read, "ends_on", missing) if read.raw("ends_on") else None,
        roles=tuple(one for one in Role if one.value in request.form.getlist("roles")),
        note=read.text("note", 2000),
    )
    return facts, faults


@pages.get("/calendar/new")
@access.requires("edit round")
def new() -> ResponseReturnValue:
    return _render(None, {}, [], {}, key=uuid.uuid4().hex)


@pages.post("/calendar/new")
@access.requires("edit round")
def add() -> ResponseReturnValue:
    work = sessions.current()
    planning_round = sessions.the_round()
    facts, faults = _read()
    key = request.form.get("key", "")[:80]
    if not faults:
        try:
            calendars.add(work, planning_round.id, facts, key=key)
        except InvalidInputError as refused:
            faults = refused.fields
        else:
            flash(_("%(name)s är tillagd i årshjulet.", name=facts.name), "success")
            return redirect(url_for(".index"))
    return _render(None, dict(request.form), request.form.getlist("roles"), faults, key=key), 422


@pages.get(f"{ENTRY}/edit")
@access.requires("edit round")
def show_edit(entry_id: int) -> ResponseReturnValue:
    found = calendars.find(sessions.current(), entry_id)
    return _render(found, _fields(calendars.facts_of(found)), list(found.roles), {})


def _version(name: str = "version") -> int:
    faults: dict[str, Note] = {}
    version = Reader(request.form, faults).whole(name, 0, 2**31 - 1)
    if faults:
        raise InvalidInputError(faults)
    return version


@pages.post(f"{ENTRY}/edit")
@access.requires("edit round")
def edit(entry_id: int) -> ResponseReturnValue:
    work = sessions.current()
    found = calendars.find(work, entry_id)
    facts, faults = _read()
    more: dict[str, Any] = {}
    status = 422
    if not faults:
        try:
            calendars.save(work, entry_id, facts, seen_version=_version())
        except InvalidInputError as refused:
            faults = refused.fields
        except ConflictError:
            more, status = {"theirs": found}, 409
        else:
            flash(_("%(name)s är ändrad.", name=facts.name), "success")
            return redirect(url_for(".index"))
    return _render(found, dict(request.form), request.form.getlist("roles"), faults, **more), status


@pages.post(f"{ENTRY}/remove")
@access.requires("edit round")
def remove(entry_id: int) -> ResponseReturnValue:
    calendars.remove(sessions.current(), entry_id, seen_version=_version())
    flash(_("Händelsen är borttagen ur årshjulet."), "success")
    return redirect(url_for(".index"))


def _file(work: Work) -> Response:
    planning_round = sessions.the_round()
    content = calendars.file_of_actor(work, planning_round, reply_text())
    return Response(content, content_type="text/calendar; charset=utf-8")


@pages.get("/calendar.ics")
@access.requires("see")
def download() -> ResponseReturnValue:
    """The reader's calendar as a file, once."""
    answer = _file(sessions.current())
    answer.headers["Content-Disposition"] = "attachment; filename=arshjul.ics"
    return answer


@pages.get("/calendar/feed/<token>.ics")
@access.public
@limiter.limit("60 per minute")
def feed(token: str) -> ResponseReturnValue:
    """The calendar of whoever the secret address belongs to: calendars fetch it without signing in."""
    work = sessions.current()
    found = user_settings.actor_of_token(work, token)
    if found is None:
        raise NotFoundError("calendar", "")
    actor, language = found
    with force_locale(language):
        return _file(Work(work.session, actor, work.now))


@pages.get("/settings")
@access.requires("see")
def settings() -> ResponseReturnValue:
    kept = user_settings.own(sessions.current())
    return _settings(kept.facts, kept.version, {})


def _settings(facts: SettingFacts, version: int, faults: dict[str, Note], address: str = "") -> str:
    return render_template(
        "calendars/settings.html",
        facts=facts,
        version=version,
        faults=faults,
        address=address,
        has_feed=user_settings.own(sessions.current()).has_feed,
        mail_is_on=bool(sessions.settings().smtp_host),
    )


@pages.post("/settings")
@access.requires("see")
def save_settings() -> ResponseReturnValue:
    faults: dict[str, Note] = {}
    read = Reader(Typed.of_form(request.form).fields, faults)
    facts = SettingFacts(
        read.raw("email")[:300], bool(read.raw("wants_digest")), read.one_of("language", ["sv", "en"])
    )
    version = read.whole("version", 0, 2**31 - 1)
    if not faults:
        try:
            user_settings.save(sessions.current(), facts, seen_version=version)
        except InvalidInputError as refused:
            faults = refused.fields
        except ConflictError:
            now = user_settings.own(sessions.current())
            flash(
                _("Inställningarna har ändrats i ett annat fönster. Spara igen om dina ska gälla."), "warning"
            )
            return _settings(facts, now.version, {}), 409
        else:
            flash(_("Inställningarna är sparade."), "success")
            return redirect(url_for(".settings"))
    return _settings(facts, version, faults), 422


@pages.post("/settings/calendar")
@access.requires("see")
def renew_feed() -> ResponseReturnValue:
    """A new address, shown this once."""
    token = user_settings.renew_feed(sessions.current())
    kept = user_settings.own(sessions.current())
    return _settings(kept.facts, kept.version, {}, url_for(".feed", token=token, _external=True))


@pages.post("/settings/calendar/end")
@access.requires("see")
def end_feed() -> ResponseReturnValue:
    user_settings.end_feed(sessions.current())
    flash(_("Kalenderadressen är stängd."), "success")
    return redirect(url_for(".settings"))
