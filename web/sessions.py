"""The edge of a request: who asks, and the one transaction in which they are answered.

An unsafe request gets a write transaction that is committed when the answer is good, and rolled back otherwise; a safe
one gets a read transaction that never commits. The signed cookie carries the session's token and when it was last used;
the session itself is in the database, so that it can be ended there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, g, request, session

from investplan.config import Settings
from investplan.errors import NoRoundError
from investplan.services import databases, rounds, users
from investplan.services.work import Actor, Work

ANONYMOUS = Actor(None, "", None)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def settings() -> Settings:
    """The settings of this installation."""
    found: Settings = current_app.extensions["investplan_settings"]
    return found


def database() -> databases.Database:
    found: databases.Database = current_app.extensions["investplan_database"]
    return found


def current() -> Work:
    """The request's unit of work, on behalf of whoever is signed in."""
    if "work" not in g:
        g.work = Work(database().open(write=request.method not in SAFE_METHODS), ANONYMOUS)
        g.user = _user_of_cookie(g.work)
        if g.user is not None:
            g.work.actor = users.actor_of(g.user)
    found: Work = g.work
    return found


def user() -> Any:
    """The signed-in user, or None."""
    current()
    return g.user


def latest_round() -> Any:
    """The round that work goes on in, looked up once a request; None where there is none yet."""
    if "latest_round" not in g:
        # After a failed request the transaction is gone: an error page then shows no round.
        work: Work | None = g.get("work")
        g.latest_round = rounds.latest(work) if work is not None and work.session.is_active else None
    return g.latest_round


def the_round() -> Any:
    """The round that work goes on in, for a page that is about one.

    Raises:
        NoRoundError: there is none yet.
    """
    current()
    found = latest_round()
    if found is None:
        raise NoRoundError
    return found


def _user_of_cookie(work: Work) -> Any:
    token, seen = session.get("token"), session.get("seen")
    if not isinstance(token, str) or not isinstance(seen, int):
        return None
    idle = _now() - datetime.fromtimestamp(seen, UTC)
    if idle > timedelta(minutes=settings().session_idle_minutes):
        return None
    found = users.signed_in(work, token, longest=timedelta(hours=settings().session_hours))
    if found is not None:
        session["seen"] = int(_now().timestamp())
    return found


def _now() -> datetime:
    return datetime.now(UTC)


def begin_session(token: str) -> None:
    """Let this browser be signed in, with a fresh cookie so that nothing set before signing in lives on."""
    locale = session.get("locale")
    session.clear()
    session["token"], session["seen"] = token, int(_now().timestamp())
    if locale:
        session["locale"] = locale


def act_as(token: str) -> None:
    """Let the rest of this request be done by whoever has just signed in."""
    work = current()
    g.user = users.signed_in(work, token, longest=timedelta(hours=settings().session_hours))
    if g.user is not None:
        work.actor = users.actor_of(g.user)


def end_session() -> None:
    """Sign this browser out; its session is gone from the database too."""
    token = session.get("token")
    if isinstance(token, str):
        users.sign_out(current(), token)
    locale = session.get("locale")
    session.clear()
    if locale:
        session["locale"] = locale


def register(app: Flask) -> None:
    """Commit at the end of a good unsafe request; leave nothing open after any."""

    @app.after_request
    def _commit(response: Response) -> Response:
        work: Work | None = g.get("work")
        if work is None:
            return response
        if request.method not in SAFE_METHODS and response.status_code < 400:
            # An error here is a 500: the client may send the same form again, its key makes that safe.
            work.session.commit()
            for call in work.after_commit:
                call()
        else:
            work.session.rollback()
        return response

    @app.teardown_request
    def _close(_error: BaseException | None) -> None:
        work: Work | None = g.pop("work", None)
        if work is not None:
            work.session.close()
