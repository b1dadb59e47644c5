"""Finished projects to compare with: listed, added by hand or from a file, and taken out of comparisons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from investplan.db.models import ReferenceObject as Row
from investplan.domain.investigations import FIRST_YEAR, LAST_YEAR
from investplan.domain.reference_objects import ReferenceObject
from investplan.errors import InvalidInputError, Note, NotFoundError
from investplan.exchange import reference_files, sandbox
from investplan.exchange.tables import UnreadableError, Wanted
from investplan.services import object_templates
from investplan.services.work import Work, once

Fault = reference_files.Fault
MAX_UNITS = 10_000_000


class RefusedFileError(Exception):
    """A file of reference objects that is not taken; `faults` says why, line by line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(str(fault.note) for fault in self.faults))


def everything(work: Work) -> list[Row]:
    """Every object in comparisons, by type and then the latest first."""
    work.require("see")
    query = select(Row).where(Row.removed_at.is_(None)).order_by(Row.object_type, Row.year.desc(), Row.id)
    return list(work.session.scalars(query))


def of_type(work: Work, code: str | None) -> list[ReferenceObject]:
    """The objects of a type as facts; none for None."""
    work.require("see")
    if code is None:
        return []
    query = select(Row).where(Row.removed_at.is_(None), Row.object_type == code).order_by(Row.id)
    return [facts_of(row) for row in work.session.scalars(query)]


def facts_of(row: Row) -> ReferenceObject:
    return ReferenceObject(
        row.name, row.object_type, row.year, row.outlay_ore, row.price_level_year, row.area_m2, row.places,
        row.length_m, row.source,
    )  # fmt: skip


def faults_in(stated: ReferenceObject, known: Iterable[str]) -> dict[str, Note]:
    """What cannot be saved: one message per field. `known` are the codes of object types."""
    faults: dict[str, Note] = {}
    if not stated.name.strip():
        faults["name"] = Note("Skriv vilket projekt det är.")
    if len(stated.name) > 200:
        faults["name"] = Note("Texten får vara högst %(most)d tecken.", {"most": 200})
    if stated.object_type not in known:
        faults["object_type"] = Note("Välj en objekttyp som har en mall.")
    if stated.outlay_ore <= 0:
        faults["outlay"] = Note("Utgiften måste vara över noll.")
    for name, year in (("year", stated.year), ("price_level_year", stated.price_level_year)):
        if not FIRST_YEAR - 50 <= year <= LAST_YEAR:
            faults[name] = Note("Året är inte rimligt.")
    units = {"area_m2": stated.m2, "places": stated.places, "length_m": stated.metres}
    if not any(units.values()):
        faults["area_m2"] = Note("Ange yta, platser eller längd: annars finns inget att jämföra med.")
    for name, value in units.items():
        if value is not None and not 1 <= value <= MAX_UNITS:
            faults[name] = Note("Skriv ett heltal från %(low)s till %(high)s.", {"low": 1, "high": MAX_UNITS})
    return faults


def add(work: Work, stated: ReferenceObject, *, key: str = "") -> Row:
    """One more object to compare with.

    Raises:
        InvalidInputError: one note per field.
    """
    work.require("edit templates")
    faults = faults_in(stated, object_templates.by_code(work))
    if faults:
        raise InvalidInputError(faults)

    def insert() -> int:
        row = _row(work, stated)
        work.record("add reference object", "reference_object", row.id, after=_to_json(stated))
        return row.id

    return work.session.get_one(Row, once(work, "add reference object", key, _to_json(stated), insert))


def _row(work: Work, stated: ReferenceObject) -> Row:
    row = Row(
        name=stated.name.strip(), object_type=stated.object_type, year=stated.year, outlay_ore=stated.outlay_ore,
        price_level_year=stated.price_level_year, area_m2=stated.m2, places=stated.places, length_m=stated.metres,
        source=stated.source, added_at=work.now(),
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    return row


def _to_json(stated: ReferenceObject) -> dict[str, Any]:
    return dict(vars(stated))


def remove(work: Work, object_id: int) -> Row:
    """Take an object out of comparisons.

    Raises:
        NotFoundError: there is none in use.
    """
    work.require("edit templates")
    row = work.session.get(Row, object_id)
    if row is None or row.removed_at is not None:
        raise NotFoundError("reference object", object_id)
    row.removed_at = work.now()
    work.record("remove reference object", "reference_object", object_id, before=_to_json(facts_of(row)))
    return row


def read_in(work: Work, content: bytes, file_name: str, *, key: str = "") -> int:
    """Add every object of a CSV or Excel file, read in the limited child process: all of it, or nothing.

    Returns:
        How many were added.

    Raises:
        RefusedFileError: what is wrong, line by line.
    """
    work.require("edit templates")
    kind = "xlsx" if file_name.lower().endswith(".xlsx") else "csv"
    try:
        table = sandbox.read_table(content, file_name, Wanted(kind))
    except UnreadableError as error:
        raise RefusedFileError(Fault(1, note) for note in error.notes) from error
    types = object_templates.by_code(work)
    names = {one.name.casefold(): code for code, one in types.items()} | {code: code for code in types}
    found, faults = reference_files.read_objects(table, names)
    for line, stated in found:
        faults += [Fault(line, note) for note in faults_in(stated, types).values()]
    if faults or not found:
        raise RefusedFileError(
            sorted(faults, key=lambda fault: fault.line) or [Fault(1, Note("Filen har inga rader."))]
        )

    def insert() -> int:
        for _line, stated in found:
            _row(work, stated)
        after = {"file": file_name[:200], "objects": [_to_json(stated) for _line, stated in found]}
        work.record("read reference objects", "reference_object", file_name[:60], after=after)
        return len(found)

    body = {"objects": [_to_json(stated) for _line, stated in found]}
    return once(work, "read reference objects", key, body, insert)
