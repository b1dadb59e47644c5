"""The accessibility statement that the law asks for (lag 2018:1937)."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from web import access

pages = Blueprint("statements", __name__, template_folder="templates")


@pages.get("/accessibility")
@access.public
def accessibility() -> ResponseReturnValue:
    return render_template("statements/accessibility.html")
