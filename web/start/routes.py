"""Signing in and out, the reader's language, the start page by role, and a sign of life for those who watch."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan import __version__
from investplan.services import databases, users
from web import access, keeping, sessions
from web.app import LOCALES, limiter
from web.start import overview

pages = Blueprint("start", __name__, template_folder="templates")


def safe_path(text: str | None) -> str:
    """The text where it is a path of this site, else the start page.

    >>> safe_path("/proposals?page=2"), safe_path("//evil.example"), safe_path("https://evil.example/")
    ('/proposals?page=2', '/', '/')
    """
    text = text or ""
    # Browsers read a backslash as a slash and skip control characters.
    odd = "\\" in text or any(ord(sign) < 33 for sign in text)
    if odd or not text.startswith("/") or text.startswith("//") or len(text) > 2000:
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else text


@pages.get("/sign-in")
@access.public
def sign_in() -> ResponseReturnValue:
    """The form, or onwards for whoever is signed in already."""
    if sessions.user() is not None:
        return redirect(safe_path(request.args.get("next")))
    return render_template(
        "start/sign_in.html", next=safe_path(request.args.get("next")), username="", fault=None
    )


@pages.post("/sign-in")
@access.public
@limiter.limit("20 per minute")
def carry_out_sign_in() -> ResponseReturnValue:
    """Sign in; a refusal does not tell whether the name or the password was wrong."""
    target, username = (
        safe_path(request.form.get("next")),
        request.form.get("username", "").replace("\x00", ""),
    )
    token = users.sign_in(sessions.current(), username, request.form.get("password", ""))
    if token is None:
        fault = _("Användarnamnet eller lösenordet stämmer inte, eller så gäller inte behörigheten i dag.")
        kept = request.form.get("kept", "")
        page = render_template(
            "start/sign_in.html", next=target, username=username[:80], fault=fault, kept=kept
        )
        return page, 422
    sessions.begin_session(token)
    sessions.act_as(token)
    return redirect(keeping.put_back() or target)


@pages.post("/kept")
@access.requires("edit proposal")
def put_back() -> ResponseReturnValue:
    """What was written in a form that had become too old, back into its step."""
    return redirect(keeping.put_back() or url_for(".show"))


@pages.post("/sign-out")
@access.public
def sign_out() -> ResponseReturnValue:
    """End the session, here and in the database."""
    sessions.end_session()
    return redirect(url_for(".sign_in"))


@pages.post("/language")
@access.public
def choose_language() -> ResponseReturnValue:
    """Swedish or English from now on, and back to the same page."""
    language = request.form.get("language")
    if language in LOCALES:
        session["locale"] = language
    return redirect(safe_path((request.form.get("next") or "").rstrip("?")))


@pages.get("/healthz")
@access.public
def health() -> ResponseReturnValue:
    """Whether the service can answer: its database is there and of the version this code knows."""
    try:
        ready = databases.is_current(sessions.database())
    except Exception:
        # Whatever is wrong with the database, whoever asks shall get an answer.
        ready = False
    body: dict[str, Any] = {"status": "ok" if ready else "unavailable", "version": __version__}
    return jsonify(body), 200 if ready else 503


@pages.get("/")
@access.requires("see")
def show() -> ResponseReturnValue:
    """What waits for whoever is signed in, by role."""
    return render_template("start/show.html", **overview.for_user(sessions.current()))
