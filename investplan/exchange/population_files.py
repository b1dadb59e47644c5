"""Population by age as files: long or wide CSV and Excel, and JSON-stat tables, to counts on 31 December.

One number per area, age and year, with scenario low, base, high or outcome. Sexes are summed and totals are left out
before that; a missing number stays missing. Source: sections 6 and 8.3 of the domain reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from investplan.domain.populations import PopulationScenario
from investplan.errors import Note
from investplan.exchange.population_columns import Columns, find_columns
from investplan.exchange.tables import Cell, Row, Table, clean
from investplan.units import round_half_up

MAX_THOUSANDTHS = 2_000_000_000
MAX_AGE = 130
SCENARIOS = {
    "låg": "low", "lag": "low", "low": "low", "l": "low",
    "bas": "base", "base": "base", "huvud": "base", "huvudalternativ": "base", "huvudprognos": "base",
    "medel": "base", "mellan": "base", "medium": "base", "b": "base",
    "hög": "high", "hog": "high", "high": "high", "h": "high",
    "utfall": "outcome", "outcome": "outcome",
}  # fmt: skip
TOTALS = re.compile(r"(?i)tot.*|summa|alla.*|samtliga.*|båda.*|hela.*|all ages|both.*|\*")
WHOLE = re.compile(r"(?i)|hela kommunen|kommunen|tot.*|summa")
SINGLE_AGE = re.compile(r"([0-9]{1,3})(\+?)(?: år)?")
END_OF_YEAR = re.compile(r"([0-9]{4})(?:-12-31|-12|M12)?")
OTHER_MONTH = re.compile(r"[0-9]{4}(?:M|-)(?:0[1-9]|1[01])(?:-[0-9]{2})?")
NUMBER = re.compile(r"[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+(?:,[0-9]+)?|[0-9]+(?:[.,][0-9]+)?")
AMBIGUOUS = re.compile(r"[0-9]{1,3}\.[0-9]{3}")
MISSING = frozenset(("", "..", ".", "na", "null", "n/a"))

Key = tuple[str, str, int, int]
"""Scenario, area, year, age."""


@dataclass(frozen=True)
class Asked:
    """What the file itself may leave out.

    Args:
        vintage: Which forecast it is, beginning with its year; may stand in a column instead.
        scenario: Of rows without a scenario of their own.
        municipality: Code or name by which the file calls the whole municipality.
        only_municipality: Leave out other areas of the file (other municipalities, say).
    """

    vintage: str = ""
    scenario: PopulationScenario = PopulationScenario.BASE
    municipality: str = ""
    only_municipality: bool = False


@dataclass(frozen=True)
class Fault:
    """What is wrong on a line of the file."""

    line: int
    note: Note


@dataclass(frozen=True)
class PopulationReading:
    """What a file says. `series`: scenario → (area, year) → age → thousandths of inhabitants; nothing if there are faults."""

    vintage: str
    series: Mapping[str, Mapping[tuple[str, int], Mapping[int, int]]] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    remarks: tuple[Note, ...] = ()


@dataclass(frozen=True)
class _Entry:
    """One number of the file. `age` None is a total or an age class; `parts` are its sex and marital status, if any."""

    line: int
    scenario: str
    area: str
    year: int
    age: int | None
    is_top: bool
    parts: tuple[str, ...]
    thousandths: int | None


class _FaultError(Exception):
    def __init__(self, note: Note) -> None:
        self.note = note
        super().__init__(str(note))


@dataclass
class _Counts:
    """What is told about the file as a whole."""

    classes: int = 0
    other_months: int = 0
    is_found: bool = False
    other_areas: set[str] = field(default_factory=set)
    missing: int = 0
    rounded: int = 0
    differing: int = 0
    vintages: dict[str, int] = field(default_factory=dict)


def read_population(table: Table, asked: Asked) -> PopulationReading:
    """The counts of a table, or what is wrong with it, line by line. Never raises for what the file holds."""
    columns = find_columns(table.header)
    if columns.faults:
        return PopulationReading(
            asked.vintage, faults=tuple(Fault(1, note) for note in columns.faults), remarks=table.remarks
        )
    counts = _Counts()
    faults: list[Fault] = []
    entries: list[_Entry] = []
    for row in table.rows:
        try:
            if row.faults:
                raise _FaultError(row.faults[0])
            entries.extend(_entries(row, columns, asked, counts))
        except _FaultError as fault:
            faults.append(Fault(row.number, fault.note))
    vintage = _vintage(asked, counts, faults)
    faults.extend(_several_contents(table, columns))
    series, more = _gather(entries, counts)
    faults.extend(more)
    if not faults:
        faults.extend(_holes(series))
    if not faults and all(value is None for value in series.values()):
        faults.append(Fault(1, _why_empty(asked, counts)))
    remarks = (*table.remarks, *_remarks(columns, counts, series))
    if faults:
        faults.sort(key=lambda fault: fault.line)
        return PopulationReading(vintage, faults=tuple(faults), remarks=remarks)
    return PopulationReading(vintage, _without_missing(series), remarks=remarks)


# --- one row -----------------------------------------------------------------------------------------------------


def _text(row: Row, column: int | None) -> str:
    cell = row.cells[column] if column is not None and column < len(row.cells) else None
    return "" if cell is None else clean(f"{cell:f}" if isinstance(cell, Decimal) else cell)


def _entries(row: Row, columns: Columns, asked: Asked, counts: _Counts) -> Iterator[_Entry]:
    vintage = _text(row, columns.vintage)
    if vintage:
        counts.vintages.setdefault(vintage, row.number)
    area = _area(row, columns, asked, counts)
    if area is None:
        return
    age, is_top = _age(_text(row, columns.age), counts)
    scenario = _scenario(_text(row, columns.scenario), asked)
    parts = tuple(_part(row, pair) for pair in columns.summed)
    cells = columns.years or {_year(_text(row, columns.year), counts): columns.count}
    for year, column in cells.items():
        if year is None:
            continue
        cell = row.cells[column] if column is not None else None
        yield _Entry(row.number, scenario, area, year, age, is_top, parts, _thousandths(cell, counts))


def _part(row: Row, pair: tuple[int, int | None]) -> str:
    """The category, or "" for a total, which its code or its label tells."""
    code, label = _text(row, pair[0]), _text(row, pair[1])
    return "" if TOTALS.fullmatch(code) or TOTALS.fullmatch(label) or code.lower() == "t" else code.lower()


def _area(row: Row, columns: Columns, asked: Asked, counts: _Counts) -> str | None:
    code, label = _text(row, columns.area), _text(row, columns.area_label)
    if columns.area is None:
        return ""
    wanted = clean(asked.municipality).casefold()
    if wanted and wanted in (code.casefold(), label.casefold()):
        counts.is_found = True
        return ""
    is_part = bool(wanted) and code.casefold().startswith(wanted)
    if asked.only_municipality or columns.is_statistics:
        if not is_part:
            counts.other_areas.add(code)
            return None
        return code
    if WHOLE.fullmatch(code):
        return ""
    if len(code) > 60:
        raise _FaultError(Note("Områdets namn har mer än 60 tecken."))
    return code


def _age(text: str, counts: _Counts) -> tuple[int | None, bool]:
    found = SINGLE_AGE.fullmatch(text.removesuffix(".0"))
    if found is not None and int(found[1]) <= MAX_AGE:
        return int(found[1]), bool(found[2])
    if TOTALS.fullmatch(text) or re.search(r"[0-9]", text):
        counts.classes += 1
        return None, False
    raise _FaultError(Note("”%(text)s” är inte en ålder.", {"text": text[:40]}))


def _scenario(text: str, asked: Asked) -> str:
    if not text:
        return asked.scenario.value
    found = SCENARIOS.get(text.casefold())
    if found is None:
        raise _FaultError(
            Note("Scenariot ”%(text)s” ska vara låg, bas, hög eller utfall.", {"text": text[:40]})
        )
    return found


def _year(text: str, counts: _Counts) -> int | None:
    found = END_OF_YEAR.fullmatch(text)
    if found is not None and 1900 <= int(found[1]) <= 2200:
        return int(found[1])
    if OTHER_MONTH.fullmatch(text):
        counts.other_months += 1
        return None
    raise _FaultError(Note("”%(text)s” är inte ett år.", {"text": text[:40]}))


def _thousandths(cell: Cell, counts: _Counts) -> int | None:
    if isinstance(cell, Decimal):
        exact = Fraction(cell)
    else:
        text = (cell or "").strip(" \u00a0\u202f\t")
        if text.casefold() in MISSING:
            counts.missing += 1
            return None
        if AMBIGUOUS.fullmatch(text) and not text.startswith("0"):
            raise _FaultError(
                Note(
                    "”%(text)s” kan vara tusental eller decimaler. Skriv decimaler med komma.",
                    {"text": text[:40]},
                )
            )
        if NUMBER.fullmatch(text) is None:
            raise _FaultError(Note("”%(text)s” är inte ett antal invånare.", {"text": text[:40]}))
        exact = Fraction(re.sub("[ \u00a0\u202f]", "", text).replace(",", "."))
    if not 0 <= exact * 1000 <= MAX_THOUSANDTHS:
        raise _FaultError(Note("Antalet invånare är under noll eller orimligt stort."))
    counts.rounded += (exact * 1000).denominator != 1
    return round_half_up(exact * 1000)


# --- the whole file ----------------------------------------------------------------------------------------------


def _vintage(asked: Asked, counts: _Counts, faults: list[Fault]) -> str:
    stated = [*counts.vintages]
    if len(stated) > 1:
        note = Note(
            "Filen har flera prognoser: %(names)s. Läs in en i taget.", {"names": ", ".join(stated[:5])}
        )
        faults.append(Fault(counts.vintages[stated[1]], note))
    if stated and asked.vintage and asked.vintage != stated[0]:
        faults.append(
            Fault(counts.vintages[stated[0]], Note("Filen är prognosen %(name)s.", {"name": stated[0][:40]}))
        )
    return asked.vintage or (stated[0] if stated else "")


def _several_contents(table: Table, columns: Columns) -> Iterator[Fault]:
    """A statistics table may hold several measures (population, growth …): only one can be read."""
    found = {_text(row, columns.contents) for row in table.rows} if columns.contents is not None else set()
    if len(found) > 1:
        yield Fault(1, Note("Tabellen har flera innehåll. Hämta bara folkmängden."))


def _gather(entries: Sequence[_Entry], counts: _Counts) -> tuple[dict[Key, int | None], list[Fault]]:
    """Numbers by key, sexes and the like summed; a key with a missing part is missing."""
    by_key: dict[Key, dict[tuple[str, ...], int | None]] = {}
    faults: list[Fault] = []
    tops: dict[int, int] = {}
    for entry in entries:
        if entry.age is None:
            continue
        if entry.is_top:
            tops.setdefault(entry.age, entry.line)
        parts = by_key.setdefault((entry.scenario, entry.area, entry.year, entry.age), {})
        if entry.parts in parts:
            faults.append(Fault(entry.line, _twice(entry)))
        parts[entry.parts] = entry.thousandths
    highest = max((key[3] for key in by_key), default=0)
    faults.extend(
        Fault(line, Note("Åldern %(age)d+ följs av högre åldrar.", {"age": age}))
        for age, line in tops.items()
        if age < highest
    )
    return {key: _sum_parts(parts, counts) for key, parts in by_key.items()}, faults


def _twice(entry: _Entry) -> Note:
    return Note(
        "Ålder %(age)d år %(year)d finns redan på en tidigare rad%(where)s.",
        {"age": entry.age, "year": entry.year, "where": f" ({entry.area})" if entry.area else ""},
    )


def _sum_parts(parts: Mapping[tuple[str, ...], int | None], counts: _Counts) -> int | None:
    """The sum over the finest categories there are: a total counts only where its parts are not in the file."""
    masks = {tuple(map(bool, key)) for key in parts}
    finest = max(masks, key=lambda mask: (sum(mask), mask))
    kept = [value for key, value in parts.items() if tuple(map(bool, key)) == finest]
    if any(value is None for value in kept):
        return None
    total = sum(value or 0 for value in kept)
    stated = parts.get(("",) * len(finest))
    counts.differing += stated is not None and stated != total
    return total


def _why_empty(asked: Asked, counts: _Counts) -> Note:
    if counts.other_areas and not counts.is_found:
        facts = {"name": asked.municipality, "areas": ", ".join(sorted(counts.other_areas)[:10])}
        return Note("Kommunen ”%(name)s” finns inte i filen. Filen har: %(areas)s", facts)
    return Note("Filen har inga tal per den 31 december för ettåriga åldrar.")


def _holes(series: Mapping[Key, int | None]) -> Iterator[Fault]:
    """Ages that are in no row, though ages on both sides are; each area has the same ages in every year."""
    ages: dict[tuple[str, str, int], set[int]] = {}
    for scenario, area, year, age in series:
        ages.setdefault((scenario, area, year), set()).add(age)
    every = set().union(*ages.values()) if ages else set()
    wanted = set(range(min(every), max(every) + 1)) if every else set()
    for (_, area, year), found in sorted(ages.items()):
        lacking = sorted(wanted - found)
        if lacking:
            facts = {
                "age": lacking[0],
                "year": year,
                "where": f" {area}" if area else "",
                "count": len(lacking),
            }
            yield Fault(
                1, Note("%(count)d åldrar saknas%(where)s %(year)d, den första är %(age)d år.", facts)
            )


def _without_missing(
    series: Mapping[Key, int | None],
) -> dict[str, dict[tuple[str, int], dict[int, int]]]:
    found: dict[str, dict[tuple[str, int], dict[int, int]]] = {}
    for (scenario, area, year, age), value in sorted(series.items()):
        if value is not None:
            found.setdefault(scenario, {}).setdefault((area, year), {})[age] = value
    return found


def _remarks(columns: Columns, counts: _Counts, series: Mapping[Key, int | None]) -> Iterator[Note]:
    if columns.unread:
        yield Note("Kolumner som inte läses: %(names)s", {"names": ", ".join(columns.unread[:20])})
    if counts.differing:
        yield Note(
            "%(count)d redovisade summor skiljer sig från summan av sina delar. Delarnas summa är läst.",
            {"count": counts.differing},
        )
    if counts.classes:
        yield Note("%(count)d rader med summor eller åldersklasser är inte lästa.", {"count": counts.classes})
    if counts.other_months:
        yield Note("%(count)d tal gäller en annan dag än den 31 december.", {"count": counts.other_months})
    if counts.other_areas:
        yield Note("%(count)d andra områden är inte lästa.", {"count": len(counts.other_areas)})
    if counts.missing:
        yield Note("%(count)d tal saknas i filen. De är inte noll.", {"count": counts.missing})
    if counts.rounded:
        yield Note("%(count)d tal är avrundade till tre decimaler.", {"count": counts.rounded})
    areas = {area for _, area, _, _ in series}
    if areas and "" not in areas:
        yield Note("Filen har inga tal för hela kommunen, bara för områden.")
