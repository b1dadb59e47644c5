"""A form that arrives after its session has ended: nothing of it is lost.

What was sent goes along, signed, through the page where one signs in, and becomes the draft of its step: nothing is
stored for somebody who is not signed in, and nothing is saved in the proposal until the writer saves it.
"""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, flash, render_template, request, session
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer

from investplan.errors import InvalidInputError, InvestplanError
from investplan.services import form_drafts, users
from web import sessions

KEPT_ENDPOINTS = ("proposals.create", "proposals.edit")
MOST_SECONDS = 12 * 3600


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="kept form")


def is_from_here() -> bool:
    """Whether the browser says that the form was sent from a page of this site."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


def page() -> str | None:
    """The page that carries on what was sent: to sign in, or for whoever is signed in; None where nothing is kept."""
    kept = _kept()
    if kept is None:
        return None
    if sessions.user() is None:
        return render_template(
            "start/sign_in.html", next=request.form.get("next") or "/", username="", fault=None, kept=kept
        )
    return render_template("start/kept.html", kept=kept)


def _kept() -> str | None:
    """What was sent, signed."""
    from web.proposals import drafts

    if request.method != "POST":
        return None
    if request.endpoint == "start.carry_out_sign_in":
        return request.form.get("kept")
    if request.endpoint not in KEPT_ENDPOINTS:
        return None
    typed = drafts.pairs(request.form.items(multi=True))
    if not typed or not form_drafts.fits(typed):
        return None
    place = request.view_args or {}
    token = session.get("token")
    owner = users.owner_of(sessions.current(), token) if isinstance(token, str) else None
    return str(_signer().dumps([place.get("proposal_id"), place.get("step", "need"), owner, typed]))


def put_back() -> str | None:
    """Make what was kept the signed-in user's draft; its address, or None, with the reason told, where it cannot be."""
    from web.proposals import drafts

    if not request.form.get("kept"):
        return None
    try:
        proposal_id, step, owner, typed = _signer().loads(request.form["kept"], max_age=MOST_SECONDS)
    except BadSignature:
        flash(_("Texten som följde med inloggningen är för gammal och kan inte visas."), "warning")
        return None
    if owner is not None and owner != sessions.current().actor.user_id:
        flash(_("Texten som följde med inloggningen skrevs av någon annan och visas inte."), "warning")
        return None
    try:
        row = _keep(proposal_id, drafts.step_of(step), dict(typed), typed)
    except InvestplanError as refused:
        told = (
            InvestplanError(next(iter(refused.fields.values())))
            if isinstance(refused, InvalidInputError)
            else refused
        )
        flash(str(told.note), "warning")
        return None
    if row is None:
        return None
    flash(_("Det du skrev står kvar men är inte sparat än. Spara steget."), "warning")
    return drafts.address_of(row)


def _keep(proposal_id: int | None, step: Any, fields: dict[str, str], typed: list[tuple[str, str]]) -> Any:
    from web.proposals import drafts

    place = drafts.place_of(proposal_id, step, fields.get("code", "")[:40])
    key = fields.get("key" if proposal_id is None else "draft_key", "")
    if not form_drafts.FORM_KEY.fullmatch(key):
        key = uuid.uuid4().hex
    version = fields.get("version", "")
    seen = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
    return form_drafts.keep(sessions.current(), key, place, typed, seen_version=seen)
