"""The only table from error to HTTP status, and the pages that go with them."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from investplan.errors import (
    ConflictError,
    InvalidInputError,
    InvestplanError,
    NoRoundError,
    NotAllowedError,
    Note,
    NotFoundError,
    StateError,
)
from web import access, formatting, keeping, sessions

STATUS_BY_ERROR: dict[type[InvestplanError], int] = {
    NotFoundError: 404,
    NotAllowedError: 403,
    InvalidInputError: 422,
    ConflictError: 409,
    StateError: 409,
    InvestplanError: 400,
}
PAGES = {403, 404, 409, 413, 422, 429, 500, 503}
log = logging.getLogger("investplan.web")


def say(note: Note) -> str:
    """The note in the reader's language."""
    return formatting.note_text(note)


def _answer(status: int, message: str, *, page: str = "", **extra: Any) -> Response:
    if access.asks_for_json():
        body: Response = jsonify(status=status, title=message, **extra)
        body.status_code = status
        body.content_type = "application/problem+json; charset=utf-8"
        return body
    known = status if status in PAGES else (500 if status >= 500 else 404 if status == 405 else 422)
    return make_response(render_template(f"errors/{page or known}.html", message=message, **extra), status)


def register(app: Flask) -> None:
    @app.errorhandler(InvestplanError)
    def _expected(error: InvestplanError) -> Response:
        status = next(STATUS_BY_ERROR[kind] for kind in type(error).__mro__ if kind in STATUS_BY_ERROR)
        fields = (
            {name: say(note) for name, note in error.fields.items()}
            if isinstance(error, InvalidInputError)
            else {}
        )
        message = "" if fields else say(error.note)
        page = "no_round" if isinstance(error, NoRoundError) else ""
        return _answer(status, message, page=page, errors=fields)

    @app.errorhandler(CSRFError)
    def _forged(_error: CSRFError) -> Response:
        if access.asks_for_json() and sessions.user() is None:
            return _answer(401, gettext("Du är inte inloggad längre. Logga in och försök igen."))
        # A token goes with its session: whoever signed in again has pages with the old one open.
        kept = keeping.page() if keeping.is_from_here() else None
        if kept is not None:
            return make_response(kept, 403)
        return _answer(
            403, gettext("Formuläret är för gammalt. Gå tillbaka, ladda om sidan och skicka det igen.")
        )

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return _answer(error.code or 500, "")

    @app.errorhandler(Exception)
    def _bug(_error: Exception) -> Response:
        request_id = g.setdefault("request_id", uuid.uuid4().hex[:12])
        log.exception("request %s failed: %s %s", request_id, request.method, request.path)
        return _answer(500, "", request_id=request_id)
