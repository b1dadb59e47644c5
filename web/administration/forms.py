"""What the administrator's forms say, read strictly: one note per field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from investplan.errors import InvalidInputError, Note


def read_date(form: Mapping[str, str], name: str, *, required: bool) -> date | None:
    """An ISO date.

    Raises:
        InvalidInputError: not a date, or missing where one is required.
    """
    text = form.get(name, "").strip()
    if not text and not required:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError({name: Note("Skriv datumet som 2027-01-31.")}) from None


def read_choice(form: Mapping[str, str], name: str, known: Mapping[str, object]) -> str:
    """One of the known codes.

    Raises:
        InvalidInputError: anything else.
    """
    chosen = form.get(name, "")
    if chosen not in known:
        raise InvalidInputError({name: Note("Välj ett av alternativen.")})
    return chosen
