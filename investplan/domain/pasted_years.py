"""A table of years pasted from a spreadsheet: `2027 <tab> 1 200 000` line by line, or years on one line and amounts below.

Swedish numbers; `1.500` is refused, because it may mean two things. Source: UX conventions for Swedish locale.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from investplan.errors import Note
from investplan.units import AmountError, Ore, Unit, parse_amount

MAX_CHARACTERS = 20_000
MAX_LINES = 200
YEAR = re.compile(r"(?:år )?((?:19|20|21)[0-9]{2})", re.IGNORECASE)
ORDINAL = re.compile(r"år ([0-9]{1,2})(?: \(.*\))?", re.IGNORECASE)
TOTAL = re.compile(r"(?:summa|totalt?|sum)\b.*", re.IGNORECASE)


@dataclass(frozen=True)
class PastedYears:
    """Amounts in öre by year offset from the start, in order; and what was wrong, one note each."""

    amounts_ore: dict[int, Ore]
    faults: tuple[Note, ...] = ()


def read_pasted_years(text: str, start: int, unit: Unit = "tkr", *, most: int = 31) -> PastedYears:
    """What was pasted, all of it or nothing. Never raises.

    Args:
        start: The calendar year of offset 0. `år 1` is the start year, too.
        unit: What the amounts are in.
        most: How many years from the start there can be.

    >>> read_pasted_years("2027\\t1 200\\n2028\\t12,5", 2027).amounts_ore
    {0: 120000000, 1: 1250000}
    >>> read_pasted_years("2027\\t2028\\n1 200\\t12,5", 2027).amounts_ore
    {0: 120000000, 1: 1250000}
    """
    if len(text) > MAX_CHARACTERS:
        return PastedYears({}, (Note("Det är för mycket text. Klistra in bara år och belopp."),))
    lines = [[cell.strip() for cell in line.split("\t")] for line in text.splitlines() if line.strip()]
    if not lines:
        return PastedYears({}, (Note("Klistra in år och belopp från kalkylbladet."),))
    if len(lines) > MAX_LINES:
        return PastedYears({}, (Note("Det är för många rader. Klistra in bara år och belopp."),))
    amounts: dict[int, Ore] = {}
    faults: list[Note] = []
    for year_text, amount_text in _pairs(lines, range(start, start + most)):
        _take(year_text, amount_text, start, unit, most, amounts, faults)
    if not amounts and not faults:
        faults.append(Note("Hittade inga år. Skriv ett år och ett belopp på varje rad, med tabb emellan."))
    return PastedYears({} if faults else dict(sorted(amounts.items())), tuple(faults))


def _pairs(lines: Sequence[list[str]], known: range) -> Iterator[tuple[str, str]]:
    """(year, amount) of a table that lies down (years on its first line) or stands."""
    if _lies(lines, known):
        for line in lines[1:]:
            pairs = zip(lines[0], line, strict=False)
            yield from ((year, amount) for year, amount in pairs if _is_year(year) and amount)
        return
    for line in lines:
        cells = [cell for cell in line if cell] or [""]
        if len(cells) == 1:
            # Pasted from a text: the year is what stands before the first space.
            first, _, rest = cells[0].partition(" ")
            cells = [first, rest.strip()] if _is_year(first) and rest.strip() else cells
        if _is_heading(cells):
            continue
        yield cells[0], cells[1] if len(cells) > 1 else ""


def _lies(lines: Sequence[list[str]], known: range) -> bool:
    """Whether the years stand on the first line. Amounts may look like years: a table of years down its side stands."""
    if len(lines) < 2 or not any(_is_year(cell) for cell in lines[0]):
        return False
    if not _is_year(lines[0][0]):
        return not any(_is_year(line[0]) for line in lines[1:])
    firsts = [YEAR.fullmatch(line[0]) for line in lines]
    stands = all(match is not None and int(match[1]) in known for match in firsts)
    return not stands and sum(_is_year(cell) for cell in lines[0]) > 1


def _is_year(text: str) -> bool:
    return bool(YEAR.fullmatch(text) or ORDINAL.fullmatch(text))


def _is_heading(cells: Sequence[str]) -> bool:
    """A line of words, or a sum: what spreadsheets have around the figures."""
    if TOTAL.fullmatch(cells[0]):
        return True
    return not any(re.search("[0-9]", cell) for cell in cells)


def _take(
    year_text: str,
    amount_text: str,
    start: int,
    unit: Unit,
    most: int,
    amounts: dict[int, Ore],
    faults: list[Note],
) -> None:
    year, ordinal = YEAR.fullmatch(year_text), ORDINAL.fullmatch(year_text)
    if not year and not ordinal:
        faults.append(Note("”%(text)s” är inget år.", {"text": year_text[:40]}))
        return
    offset = int(year[1]) - start if year else int(ordinal[1]) - 1 if ordinal else 0
    if not 0 <= offset < most:
        faults.append(
            Note(
                "%(year)s ligger inte inom %(first)d–%(last)d.",
                {"year": year_text, "first": start, "last": start + most - 1},
            )
        )
        return
    try:
        amount_ore = parse_amount(amount_text, unit)
    except AmountError as error:
        faults.append(Note("%(year)s: %(fault)s", {"year": year_text, "fault": error.note}))
        return
    if offset in amounts:
        faults.append(Note("%(year)s står två gånger.", {"year": year_text}))
        return
    amounts[offset] = amount_ore
