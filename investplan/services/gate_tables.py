"""The municipality's gates in versions: a table never changes, the newest holds, and each move keeps the one it had."""

from __future__ import annotations

from sqlalchemy import select

from investplan.db.models import GateTableVersion
from investplan.domain import gates
from investplan.domain.gates import GateTable
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError
from investplan.services.work import SYSTEM, Work, once


def versions(work: Work) -> list[GateTableVersion]:
    """Every version, the newest first; empty while the default has not been used yet."""
    work.require("see")
    return list(work.session.scalars(select(GateTableVersion).order_by(GateTableVersion.version.desc())))


def newest(work: Work) -> GateTableVersion | None:
    """The version that holds; None while the default does and has not been used yet."""
    return work.session.scalars(
        select(GateTableVersion).order_by(GateTableVersion.version.desc()).limit(1)
    ).first()


def find(work: Work, version: int) -> GateTableVersion:
    work.require("see")
    found = work.session.scalar(select(GateTableVersion).where(GateTableVersion.version == version))
    if found is None:
        raise NotFoundError("gate table", version)
    return found


def in_force(work: Work) -> GateTable:
    """The gates that hold now."""
    stored = newest(work)
    return gates.DEFAULT_TABLE if stored is None else table_in(stored)


def table_in(stored: GateTableVersion) -> GateTable:
    return gates.from_json(stored.values)


def stored_in_force(work: Work) -> GateTableVersion:
    """The version that holds, for a move to point at: the default is stored as version 1 when it is first used."""
    stored = newest(work)
    if stored is None:
        system = Work(work.session, SYSTEM, work.now)
        stored = _insert(system, gates.DEFAULT_TABLE, 1, "")
    return stored


def _insert(work: Work, table: GateTable, version: int, reason: str) -> GateTableVersion:
    stored = GateTableVersion(
        version=version,
        reason=reason,
        values=gates.to_json(table),
        made_by=work.actor.user_id or 0,
        made_at=work.now(),
    )
    work.session.add(stored)
    work.session.flush()
    work.record(
        "add gate table", "gate_table", version, after={"version": version, **stored.values}, reason=reason
    )
    return stored


def save(work: Work, table: GateTable, *, reason: str, seen_version: int, key: str = "") -> GateTableVersion:
    """A new version that holds from now on. Moves already made keep theirs.

    Args:
        seen_version: The version the form was filled from; 0 where the default held unused.

    Raises:
        InvalidInputError: one note per field; no reason.
        ConflictError: somebody saved another version since.
    """
    work.require("edit gates")
    faults = gates.table_faults(table)
    if not reason.strip() or len(reason) > 300:
        faults["reason"] = Note("Skriv varför grindarna ändras, högst 300 tecken.")
    if faults:
        raise InvalidInputError(faults)

    def insert() -> int:
        stored = newest(work)
        version = stored.version if stored else 0
        if version != seen_version:
            raise ConflictError(
                "gate table",
                version,
                stored=dict(stored.values) if stored else {},
                submitted=gates.to_json(table),
            )
        return _insert(work, table, version + 1, reason.strip()).id

    body = {"table": gates.to_json(table), "reason": reason.strip(), "seen": seen_version}
    return work.session.get_one(GateTableVersion, once(work, "save gate table", key, body, insert))
