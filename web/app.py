"""The web application: `create_app` is the table of contents."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request, session, url_for
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

from investplan import __version__
from investplan.config import Settings
from investplan.services import databases
from web import access, errors, formatting, navigation, sessions, texts

LOCALES = ("sv", "en")
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
limiter = Limiter(get_remote_address, default_limits=[], storage_uri="memory://")


def create_app(settings: Settings | None = None, database: databases.Database | None = None) -> Flask:
    """The whole application.

    Args:
        settings: As from the environment when left out.
        database: An open one (tests); else that of the settings.
    """
    settings = settings or Settings.from_environment()
    app = Flask("web", root_path=str(Path(__file__).parent))
    _configure(app, settings)
    app.extensions["investplan_settings"] = settings
    app.extensions["investplan_database"] = database or databases.open_database(settings)
    CSRFProtect(app)
    limiter.init_app(app)
    Babel(
        app,
        locale_selector=choose_locale,
        default_translation_directories=str(Path(__file__).parent / "translations"),
    )
    sessions.register(app)
    access.register(app)
    errors.register(app)
    formatting.register(app)
    texts.register(app)
    _register_pages(app)
    _register_context(app)
    app.after_request(_set_headers)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.effective_secret_key(),
        SESSION_COOKIE_NAME="__Host-session" if settings.https else "session",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=5_000,
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="sv",
        BABEL_DEFAULT_TIMEZONE="Europe/Stockholm",
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _register_pages(app: Flask) -> None:
    # Imported here so that a page module may import `limiter` from this one.
    from web.accounts.budgets import pages as budgets
    from web.accounts.routes import pages as accounts
    from web.administration.routes import pages as administration
    from web.attachments.routes import pages as attachments
    from web.calendars.routes import pages as calendars
    from web.comments.routes import pages as comments
    from web.consultations.routes import pages as consultations
    from web.coordination.routes import pages as coordination
    from web.decisions.routes import pages as decisions
    from web.finances.routes import pages as finances
    from web.frames.routes import pages as frames
    from web.gates.routes import pages as gates
    from web.imports.routes import pages as imports
    from web.layers.routes import pages as layers
    from web.maps.routes import pages as maps
    from web.needs.routes import pages as needs
    from web.object_templates.routes import pages as object_templates
    from web.papers.routes import pages as papers
    from web.parameters.routes import pages as parameters
    from web.populations.routes import pages as populations
    from web.proposals.routes import pages as proposals
    from web.rankings.routes import pages as rankings
    from web.reference_objects.routes import pages as reference_objects
    from web.rounds.routes import pages as rounds
    from web.runs.routes import pages as runs
    from web.scenarios.routes import pages as scenarios
    from web.secrecy.routes import pages as secrecy
    from web.start.routes import pages as start
    from web.statements.routes import pages as statements
    from web.studies.routes import pages as studies

    for pages in (
        start, proposals, scenarios, runs, studies, decisions, frames, finances, maps, imports, parameters, populations,
        accounts, budgets, administration, papers, rankings, statements, attachments, secrecy,
        calendars, comments, consultations,
        layers,
        coordination,
        needs,
        object_templates,
        reference_objects,
        gates,
        rounds,
    ):  # fmt: skip
        app.register_blueprint(pages)


def choose_locale() -> str:
    """The reader's own choice; else Swedish, unless the browser asks for English and not for Swedish."""
    chosen = session.get("locale")
    if chosen in LOCALES:
        return str(chosen)
    return request.accept_languages.best_match(LOCALES, default="sv") or "sv"


@cache
def _content_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Address of a built file, with its content's hash so that browsers may keep it for ever."""
    path = Path(__file__).parent / "static" / "vendor" / name
    return url_for("static", filename=f"vendor/{name}", v=_content_hash(path))


def _place_shown(proposal: Any) -> Any:
    from web.layers.describing import shown

    return shown(proposal)


def _need_shown(proposal: Any) -> Any:
    from web.needs.telling import shown

    return shown(proposal)


def _neighbours_shown(proposal: Any) -> Any:
    from web.coordination.telling import shown

    return shown(proposal)


def _register_context(app: Flask) -> None:
    app.jinja_env.globals.update(
        asset=asset,
        say=errors.say,
        allowed=access.allowed,
        place_tabs=navigation.place_tabs,
        place_shown=_place_shown,
        neighbours_shown=_neighbours_shown,
        need_shown=_need_shown,
    )

    @app.context_processor
    def _context() -> dict[str, Any]:
        settings = sessions.settings()
        user = g.get("user")
        planning_round = sessions.latest_round() if user is not None else None
        return {
            "site": {
                "name": settings.municipality,
                "version": __version__,
                "fictional": bool(planning_round and planning_round.fictional),
            },
            "locale": formatting.current_locale(),
            "navigation": navigation.main(user) if user is not None else [],
            "current_round": planning_round,
            "current_user": _shown_user(user),
        }


def _shown_user(user: Any) -> dict[str, Any] | None:
    if user is None:
        return None
    return {
        "name": user.display_name,
        "role": user.role,
        "role_label": texts.label(user.role),
        "organisation_name": user.organisation.name if user.organisation else "",
    }


def _set_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "geolocation=(), camera=(), microphone=()"
    if sessions.settings().https:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint == "static":
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if "v" in request.args else "no-cache"
        )
    else:
        response.headers["Cache-Control"] = "no-store"
    return response
