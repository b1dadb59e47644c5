"""Premises and need profiles: taken in from a file, all or nothing, and set by finance."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy import select

from investplan.db.models import NeedProfileRow, Premise
from investplan.domain.needs import NeedProfile
from investplan.domain.premise_uses import PremiseUse
from investplan.errors import ConflictError, InvalidInputError, Note
from investplan.exchange import sandbox
from investplan.exchange.premise_files import Fault, PremiseFacts, read_premises
from investplan.exchange.tables import UnreadableError, Wanted
from investplan.services.work import Work, once

__all__ = ["Fault", "PremiseFacts", "RefusedPremisesError"]

FORMATS = {".csv": "csv", ".txt": "csv", ".tsv": "csv", ".xlsx": "xlsx"}


class RefusedPremisesError(InvalidInputError):
    """Nothing was taken in; `faults` says what is wrong, line by line."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__({f"line {one.line}": one.note for one in faults[:200]})


@dataclass(frozen=True)
class Staged:
    """A file as it was read; nothing is stored yet."""

    file_name: str
    content_sha256: str
    premises: tuple[PremiseFacts, ...]


def stage(content: bytes, file_name: str) -> Staged:
    """The file as it is read in the limited child process; touches no database.

    Raises:
        RefusedPremisesError: every fault, by line.
    """
    file_format = FORMATS.get(Path(file_name).suffix.lower())
    if file_format is None:
        raise RefusedPremisesError([Fault(1, Note("Filen ska vara CSV (.csv) eller Excel (.xlsx)."))])
    try:
        table = sandbox.read_table(content, file_name, Wanted(file_format))
    except UnreadableError as error:
        raise RefusedPremisesError([Fault(1, note) for note in error.notes]) from None
    found, faults = read_premises(table)
    if faults:
        raise RefusedPremisesError(faults)
    return Staged(file_name[:200], hashlib.sha256(content).hexdigest(), tuple(found))


def take(work: Work, staged: Staged, *, key: str = "") -> int:
    """Add the file's premises, and change those that are there by their codes; the others stay. How many it was.

    One audit row tells of the file, with every object that it changed.
    """
    work.require("edit places")

    def write() -> int:
        known = {one.code: one for one in work.session.scalars(select(Premise))}
        changed = []
        for facts in staged.premises:
            row = known.get(facts.code)
            before = None if row is None else _to_json(row)
            if row is None:
                row = Premise(code=facts.code)
                work.session.add(row)
            for name, value in asdict(facts).items():
                setattr(row, name, value.value if isinstance(value, Enum) else value)
            if before != _to_json(row):
                changed.append({"before": before, "after": _to_json(row)})
        after = {
            "file": staged.file_name,
            "sha256": staged.content_sha256,
            "rows": len(staged.premises),
            "changed": changed,
        }
        work.record("import premises", "premises", staged.content_sha256[:12], after=after)
        return len(staged.premises)

    return once(work, "import premises", key, {"content": staged.content_sha256}, write)


def _to_json(row: Premise) -> dict[str, Any]:
    dates = {name: getattr(row, name) for name in ("lease_end", "permit_end", "closes_on")}
    return {
        "code": row.code, "name": row.name, "use": row.use, "area": row.area, "places": row.places,
        "area_m2": row.area_m2, "owner": row.owner, "tenure": row.tenure, "condition": row.condition,
        **{name: None if value is None else value.isoformat() for name, value in dates.items()},
    }  # fmt: skip


def everything(work: Work) -> list[Premise]:
    """All premises by area, use and name."""
    work.require("see")
    return list(work.session.scalars(select(Premise).order_by(Premise.area, Premise.use, Premise.name)))


# --- need profiles -----------------------------------------------------------------------------------------------


def profiles(work: Work) -> dict[PremiseUse, NeedProfileRow]:
    """The profiles that have been set, by use."""
    work.require("see")
    rows = {PremiseUse(one.use): one for one in work.session.scalars(select(NeedProfileRow))}
    return {use: rows[use] for use in PremiseUse if use in rows}


def profile_of(row: NeedProfileRow) -> NeedProfile:
    """The profile as the rules take it."""
    return NeedProfile(
        PremiseUse(row.use), row.age_from, row.age_to, Fraction(row.participation_permille, 1000),
        Fraction(row.municipal_permille, 1000), Fraction(row.fill_permille, 1000),
    )  # fmt: skip


def set_profile(
    work: Work,
    use: PremiseUse,
    *,
    age_from: int,
    age_to: int | None,
    participation_permille: int,
    municipal_permille: int,
    fill_permille: int,
    m2_per_place: int | None = None,
    seen_version: int = 0,
) -> NeedProfileRow:
    """Say how many places a use needs. `seen_version` is 0 where there was none.

    Raises:
        InvalidInputError: one note per field.
        ConflictError: someone else changed it since.
    """
    work.require("edit places")
    given = {
        "age_from": age_from, "age_to": age_to, "participation_permille": participation_permille,
        "municipal_permille": municipal_permille, "fill_permille": fill_permille, "m2_per_place": m2_per_place,
    }  # fmt: skip
    faults = _profile_faults(given)
    if faults:
        raise InvalidInputError(faults)
    row = work.session.get(NeedProfileRow, use.value)
    if (row.version if row else 0) != seen_version:
        stored = {} if row is None else {name: getattr(row, name) for name in given}
        raise ConflictError("need profile", use.value, stored=stored, submitted=given)
    before = None if row is None else {name: getattr(row, name) for name in given}
    if row is None:
        row = NeedProfileRow(use=use.value, version=0)
        work.session.add(row)
    for name, value in given.items():
        setattr(row, name, value)
    row.version += 1
    work.record("set need profile", "need_profile", use.value, before=before, after=given)
    return row


def _profile_faults(given: dict[str, int | None]) -> dict[str, Note]:
    faults = {}
    first, last = given["age_from"], given["age_to"]
    if first is None or not 0 <= first <= 120:
        faults["age_from"] = Note("Skriv en ålder mellan 0 och 120.")
    elif last is not None and not first <= last <= 120:
        faults["age_to"] = Note("Den högsta åldern ska vara minst den lägsta, och högst 120.")
    for name, least in (("participation_permille", 0), ("municipal_permille", 0), ("fill_permille", 1)):
        value = given[name]
        if value is None or not least <= value <= 1000:
            faults[name] = Note("Skriv en andel mellan 0 och 100 procent.")
    return faults
