"""Useful lives as years in text with a decimal comma, and whole months."""

from __future__ import annotations

import re

from investplan.domain.investigations import MAX_LIFE_MONTHS
from investplan.errors import Note
from web.proposals.typed import Reader

LIFE = re.compile(r"[0-9]{1,3}(?:,[0-9]{1,3})?", re.ASCII)
DEPRECIATED, LAND = "depreciated", "land"


def years_text(months: int) -> str:
    """Months as years: 480 → `40`, 18 → `1,5`, 4 → `0,333` (which reads back as 4)."""
    years, rest = divmod(months, 12)
    return str(years) if rest == 0 else f"{years}," + f"{round(rest * 1000 / 12):03d}".rstrip("0")


def read_life(read: Reader) -> int:
    """Whole months from years with a decimal comma: `40`, `12,5`."""
    text = read.raw("life")
    if not LIFE.fullmatch(text):
        read.refuse("life", Note("Skriv nyttjandeperioden i år, till exempel 40 eller 12,5."))
        return 1
    whole, _, decimals = text.partition(",")
    thousandths = int(whole) * 1000 + int((decimals + "000")[:3])
    months = (thousandths * 12 + 500) // 1000
    if not 1 <= months <= MAX_LIFE_MONTHS:
        read.refuse("life", Note("Nyttjandeperioden måste vara 1–150 år."))
        return 1
    return months
