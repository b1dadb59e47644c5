"""The reader's texts in templates: their catalogue is looked up once a request, not once a text."""

from __future__ import annotations

from functools import cache
from typing import Any

import flask_babel
from flask import Flask, g

from investplan.domain.labels import LABELS
from web.formatting import current_locale


def catalogue() -> Any:
    """The texts of the reader's language."""
    found = g.get("catalogue")
    if found is None:
        found = g.catalogue = flask_babel.get_translations()
    return found


def label(code: Any) -> str:
    """The name of a code (stage, status, category, kind …) in the reader's language."""
    text = LABELS.get(str(code))
    return _translated(text, current_locale()) if text else str(code)


@cache
def _translated(text: str, _locale: str) -> str:
    # gettext answers in the reader's language; the locale stands here to be part of the cache's key.
    return str(flask_babel.gettext(text))


def register(app: Flask) -> None:
    app.jinja_env.globals.update(label=label)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: catalogue().ugettext(text),
        ngettext=lambda one, many, count: catalogue().ungettext(one, many, count),
        newstyle=True,
    )
