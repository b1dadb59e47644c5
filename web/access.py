"""Who may open which page. Deny by default: a view that says nothing is refused, and fails the route test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from investplan.domain.organisations import Role, may
from investplan.errors import NotAllowedError
from web import keeping, sessions

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"


def requires(action: str) -> Callable[[View], View]:
    """The view is for those who may do `action` (see `investplan.domain.organisations.ROLES_BY_ACTION`)."""

    def mark(view: View) -> View:
        view.required_action = action  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """The view is for everyone, signed in or not."""
    view.required_action = PUBLIC  # type: ignore[attr-defined]
    return view


def required_action(app: Flask, endpoint: str) -> str | None:
    """What the endpoint asks for; None for a view that forgot to say."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return PUBLIC
    found: str | None = getattr(app.view_functions[endpoint], "required_action", None)
    return found


def allowed(action: str, *, organisation_id: int | None = None) -> bool:
    """Whether the signed-in user may do `action`: for showing or hiding what leads there."""
    actor = sessions.current().actor
    own = organisation_id is None or organisation_id == actor.organisation_id
    return may(actor.role, action, own=own)


def asks_for_json() -> bool:
    """Whether the answer, also one of a fault, is to be JSON."""
    return request.path.endswith(".json") or prefers_json()


def prefers_json() -> bool:
    """Whether a script asks, rather than somebody who reads a page."""
    return request.accept_mimetypes.best == "application/json"


def register(app: Flask) -> None:
    @app.before_request
    def _guard() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None
        action = required_action(app, request.endpoint)
        if action == PUBLIC:
            return None
        work = sessions.current()
        if g.user is None:
            if "HX-Request" in request.headers or prefers_json():
                # A part of a page: a sign-in page swapped into it would help nobody.
                return Response(status=401)
            kept = keeping.page()
            if kept is not None:
                return kept, 401
            target = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("start.sign_in", next=target))
        if action is None or not may(Role(g.user.role), action):
            raise NotAllowedError(action or request.endpoint)
        del work
        return None
