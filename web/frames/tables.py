"""Tables of rows that are saved as a whole: what was seen, where faults belong, and what somebody else saved meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from investplan.errors import ConflictError, Note
from web.errors import say
from web.proposals.typed import Row

SEEN = re.compile(r"seen-([0-9]{1,9})")
FIELD = re.compile(r"rows-([0-9]+)-.+")


def seen_of(form: Mapping[str, str]) -> dict[int, int]:
    """Id → version of the rows the page was filled with."""
    return {
        int(match[1]): int(value)
        for name, value in form.items()
        if (match := SEEN.fullmatch(name)) and value.isdecimal() and len(value) < 10
    }


def row_id(row: Row) -> int | None:
    """The stored row that the typed one replaces; None for a new one."""
    text = str(row.get("id", ""))
    return int(text) if text.isdecimal() and len(text) < 10 else None


def field_ids(faults: Mapping[str, Note]) -> dict[str, Note]:
    """Faults of `rows.2.year` at the field `rows-2-year`."""
    return {name.replace(".", "-"): note for name, note in faults.items()}


def summary(faults: Mapping[str, Note]) -> list[tuple[str | None, Any]]:
    """Every fault with the row it is in, for the list above the form."""
    found: list[tuple[str | None, Any]] = []
    for name, note in faults.items():
        match = FIELD.fullmatch(name)
        facts = {"row": int(match[1]) + 1, "note": say(note)} if match else {}
        found.append((name or None, Note("Rad %(row)s: %(note)s", facts) if match else note))
    return found


@dataclass(frozen=True)
class Conflicts:
    """Faults at the rows that somebody else changed, and versions with which saving again keeps one's own."""

    faults: dict[str, Note]
    seen: dict[int, int]


def conflicts(
    rows: list[Row],
    seen: Mapping[int, int],
    error: ConflictError,
    told: Callable[[dict[str, Any]], Note],
    versions: Mapping[int, int],
) -> Conflicts:
    """What somebody else saved, told at each row; nothing typed is lost. Saving again then keeps one's own version."""
    faults: dict[str, Note] = {}
    found = {number: version for number, version in versions.items() if number in seen}
    place_by_id = {row_id(row): number for number, row in enumerate(rows)}
    for text, theirs in error.stored.items():
        number = place_by_id.get(int(text))
        if number is None:
            note = Note(
                "En rad som du tog bort har ändrats av någon annan: %(row)s. Spara igen för att ta bort den.",
                {"row": told(theirs)},
            )
            faults[f"gone-{text}"] = note
        elif theirs:
            faults[f"rows-{number}-committee"] = Note(
                "Någon annan har sparat: %(row)s. Spara igen för att behålla ditt.", {"row": told(theirs)}
            )
        else:
            rows[number]["id"] = ""
            faults[f"rows-{number}-committee"] = Note(
                "Någon annan har tagit bort raden. Spara igen för att lägga in den på nytt."
            )
    return Conflicts(faults, found)
