"""Where the pages of gates hang, and what they share."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from investplan.errors import Note
from web import access

pages = Blueprint("gates", __name__, template_folder="templates", url_prefix="/gates")
KEY_LENGTH = 100


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """The parts of the gates' pages that the reader may open."""
    entries = [
        ("gates.index", _("Grindar"), "see"),
        ("gates.money", _("Utredningsmedel"), "follow gates"),
        ("gates.cancelled", _("Avbrutna"), "follow gates"),
    ]
    return [
        (url_for(endpoint), text, endpoint == f"gates.{here}")
        for endpoint, text, action in entries
        if access.allowed(action)
    ]


def clean(name: str, most: int = 5000) -> str:
    """A text of the form without what no database takes."""
    return request.form.get(name, "").replace("\x00", "").replace("\r\n", "\n").strip()[:most]


def read_date(name: str, faults: dict[str, Note]) -> date | None:
    """An ISO date; None where nothing is written, and a note where it is something else."""
    text = clean(name, 40)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults[name] = Note("Skriv datumet som 2027-01-31.")
        return None


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """A file for spreadsheets; a cell that begins like a formula is told as text."""
    written = io.StringIO()
    lines = csv.writer(written, delimiter=";", lineterminator="\r\n")
    lines.writerow(head)
    for row in rows:
        lines.writerow(["'" + cell if cell[:1] in "=+-@\t\r" and cell else cell for cell in row])
    answer = Response("\ufeff" + written.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer
