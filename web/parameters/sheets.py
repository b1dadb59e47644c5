"""A whole parameter set as the form has it: from what is stored to typed text, and from typed text to a set.

Beside each value stand its source and how sure it is. Empty beside a parameter means the source of the whole version;
empty in a row of a table means as the parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from investplan.domain.parameter_notes import MAX_SOURCE_LENGTH, ValueNote, note_of, part_name
from investplan.domain.parameters import Confidence, Parameters
from investplan.domain.proposals import Stage
from investplan.errors import InvalidInputError, Note
from investplan.services import parameter_sets
from web.parameters.cells import Organisations
from web.parameters.fields import FIELDS, Field, Stages, Table, Words
from web.proposals.typed import Reader, Row, Typed

Faults = dict[str, Note]
Notes = Mapping[str, Mapping[str, str]]
HEADER = ("name", "valid_from", "source")
MAX_ROWS = 200


@dataclass
class Sheet:
    """The form as it stands. `faults` are by the id of the input; `read_rows` what each typed row was read to, by key."""

    typed: Typed
    organisations: Organisations
    faults: Faults = field(default_factory=dict)
    read_rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return str(self.typed.fields.get(name) or "")


@dataclass(frozen=True)
class NewSet:
    """What a form without faults says."""

    name: str
    valid_from: date
    source: str
    parameters: Parameters
    notes: dict[str, dict[str, str]]


# From what is stored to text


def typed_of(values: Mapping[str, Any], notes: Notes | None) -> Typed:
    """The set's values (JSON of the newest schema) and notes as the form's text."""
    typed = Typed()
    for one in FIELDS.values():
        _type_value(typed, one, values[one.key])
        note = note_of(one.key, None, notes)
        typed.fields[f"source-{one.key}"] = source_text(note)
        typed.fields[f"confidence-{one.key}"] = note.confidence.value
        if isinstance(one.kind, Table):
            typed.rows[one.group] = [
                _typed_row(one, one.kind, row, values[one.key], notes)
                for row in one.kind.to_rows(values[one.key])
            ]
    return typed


def source_text(note: ValueNote) -> str:
    """The source in the reader's language; a municipality's own words stay as they are."""
    return note.source if note.own else str(_(note.source))


def _type_value(typed: Typed, one: Field, value: Any) -> None:
    match one.kind:
        case Table():
            if one.kind.default is not None:
                typed.fields[one.key] = one.kind.default.text(value["default"])
        case Words():
            typed.fields[one.key] = list(value)
        case Stages():
            for stage, years in value.items():
                typed.fields[f"{one.key}-{stage}"] = str(years)
        case cell:
            typed.fields[one.key] = cell.text(value)


def _typed_row(one: Field, table: Table, row: Mapping[str, Any], value: Any, notes: Notes | None) -> Row:
    texts: Row = {column.name: column.cell.text(row[column.name]) for column in table.columns}
    note, whole = _row_note(one, table, row, notes), note_of(one.key, None, notes)
    differs = note != whole
    return texts | {
        "key": row.get("key", ""),
        "source": source_text(note) if differs else "",
        "confidence": note.confidence.value if differs else "",
    }


def _row_note(one: Field, table: Table, row: Mapping[str, Any], notes: Notes | None) -> ValueNote:
    value = row["value"] if "value" in row else dict(row)
    return note_of(part_name(one.key, table.key_of(row)), value, notes)


# From text to a set


def typed_of_form(form: MultiDict[str, str]) -> Typed:
    """What was sent, without what the form does not know of."""
    typed = Typed.of_form(form)
    for one in FIELDS.values():
        if isinstance(one.kind, Words):
            typed.fields[one.key] = [text.replace("\x00", "")[:80] for text in form.getlist(one.key)]
    return typed


def read(sheet: Sheet) -> NewSet | None:
    """What the form says; None with every fault noted in the sheet, all at once."""
    reader = Reader(sheet.typed.fields, sheet.faults)
    valid_from = _read_date(reader.raw("valid_from"))
    header = parameter_sets.header_faults(reader.raw("name"), valid_from, reader.raw("source"))
    for name, fault in header.items():
        reader.refuse(name, fault)
    values = {one.key: _read_value(sheet, one, reader) for one in FIELDS.values()}
    notes = _Noting(sheet).notes()
    if values["charge_interest_on_wip"] and values["capitalise_interest"]:
        reader.refuse(
            "capitalise_interest", Note("Ränta under byggtiden kan inte både debiteras och aktiveras.")
        )
    parameters = None if sheet.faults else _parameters(sheet, values)
    if parameters is None or valid_from is None:
        return None
    return NewSet(reader.raw("name"), valid_from, reader.raw("source"), parameters, notes)


def _read_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _parameters(sheet: Sheet, values: dict[str, Any]) -> Parameters | None:
    """The set; should the set itself refuse what every field took, its fault stands by the parameter."""
    try:
        return Parameters.from_json(values)
    except InvalidInputError as refused:
        for place, note in refused.fields.items():
            sheet.faults.setdefault(place.partition(".")[0].partition("[")[0], note)
        return None


def _read_value(sheet: Sheet, one: Field, reader: Reader) -> Any:
    match one.kind:
        case Table():
            return _read_table(sheet, one, one.kind, reader)
        case Words():
            return _read_words(sheet, one, reader)
        case Stages():
            names = {stage.value: f"{one.key}-{stage}" for stage in Stage}
            return {
                stage: one.kind.cell.read(reader, name, sheet.organisations)
                for stage, name in names.items()
                if reader.raw(name)
            }
        case cell:
            return cell.read(reader, one.key, sheet.organisations)


def _read_words(sheet: Sheet, one: Field, reader: Reader) -> list[str]:
    words = [str(word) for word in sheet.typed.fields.get(one.key) or []]
    if any(word not in sheet.organisations for word in words):
        reader.refuse(one.key, Note("Välj bland alternativen."))
    return words


def _read_table(sheet: Sheet, one: Field, table: Table, reader: Reader) -> Any:
    rows = sheet.typed.without_blank(one.group, *_typed_columns(table), "source")
    if len(rows) > MAX_ROWS:
        reader.refuse(one.group, Note("Högst %(most)d rader.", {"most": MAX_ROWS}))
    found: list[dict[str, Any]] = []
    taken: set[tuple[Any, ...]] = set()
    for position, row in enumerate(rows[:MAX_ROWS]):
        read_row = Reader(row, sheet.faults, f"{one.group}-{position}-")
        cells = {c.name: c.cell.read(read_row, c.name, sheet.organisations) for c in table.columns}
        place = tuple(cells[name] for name in table.unique)
        if all(place) and place in taken:
            read_row.refuse(table.unique[0], Note("Finns redan på en annan rad."))
        taken.add(place)
        _refuse_ages(read_row, cells)
        found.append(cells)
    _give_keys(table, rows, found)
    sheet.read_rows[one.key] = found
    value = table.from_rows(found)
    if table.default is not None:
        value = {"default": table.default.read(reader, one.key, sheet.organisations), **value}
    return value


def _typed_columns(table: Table) -> list[str]:
    """The columns in which somebody types: a choice stands filled in a new row."""
    return [column.name for column in table.columns if column.cell.draw in ("figure", "text")]


def _refuse_ages(reader: Reader, cells: Mapping[str, Any]) -> None:
    if cells.get("age_to") is not None and cells["age_to"] < cells["age_from"]:
        reader.refuse("age_to", Note("Sista åldern ska inte vara lägre än den första."))


def _give_keys(table: Table, rows: list[Row], found: list[dict[str, Any]]) -> None:
    """A row keeps the key it has in the set; a new one is known by its name."""
    if table.unique[0] != "label":
        return
    taken = {str(row.get("key") or "") for row in rows}
    for row, cells in zip(rows, found, strict=False):
        key = str(row.get("key") or "")[:80]
        if not key:
            name = cells["label"] or "?"
            key = next(
                k
                for n in range(1, MAX_ROWS + 2)
                if (k := name if n == 1 else f"{name[:70]} {n}") not in taken
            )
            taken.add(key)
        cells["key"] = key
    keys = [cells["key"] for cells in found]
    for position, cells in enumerate(found):
        if keys.index(cells["key"]) < position:
            cells["key"] = f"{cells['key'][:70]} {position}"


# Sources and how sure


class _Noting:
    """Reads what stands beside the values; stores only what the defaults do not say already."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.reader = Reader(sheet.typed.fields, sheet.faults)
        self.found: dict[str, dict[str, str]] = {}

    def notes(self) -> dict[str, dict[str, str]]:
        for one in FIELDS.values():
            whole = self._of_parameter(one)
            if isinstance(one.kind, Table):
                self._of_rows(one, one.kind, whole)
        return self.found

    def _of_parameter(self, one: Field) -> ValueNote:
        source = self.reader.text(f"source-{one.key}", MAX_SOURCE_LENGTH)
        source = source or self.reader.raw("source")[:MAX_SOURCE_LENGTH]
        confidence = self.reader.choice(f"confidence-{one.key}", Confidence)
        return self._keep(one.key, None, source, confidence)

    def _keep(self, name: str, value: Any, source: str, confidence: Confidence) -> ValueNote:
        given = note_of(name, value, self.found)
        if (source_text(given), given.confidence) == (source, confidence):
            return given
        note = ValueNote(source, confidence, own=True)
        if source:
            self.found[name] = note.to_json()
        return note

    def _of_rows(self, one: Field, table: Table, whole: ValueNote) -> None:
        rows = self.sheet.read_rows[one.key]
        for position, typed in enumerate(self.sheet.typed.of_group(one.group)[:MAX_ROWS]):
            reader = Reader(typed, self.sheet.faults, f"{one.group}-{position}-")
            source = reader.text("source", MAX_SOURCE_LENGTH) or source_text(whole)
            confidence = (
                reader.choice("confidence", Confidence) if reader.raw("confidence") else whole.confidence
            )
            value = rows[position]["value"] if "value" in rows[position] else rows[position]
            self._keep(part_name(one.key, table.key_of(rows[position])), value, source, confidence)
