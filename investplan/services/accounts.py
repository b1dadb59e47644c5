"""The table of accounts, and a year's frames as a SIE file made with it.

Each kind of frame row has one account. Committees are responsibilities (dimension 1), investments projects
(dimension 6); every row of the file has a responsibility, and the rows of an investment its project too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from investplan import __version__
from investplan.db.models import AccountMapping, PlanningRound, Proposal
from investplan.domain.accounts import ACCOUNT, SEEDS, RowKind
from investplan.domain.parameter_descriptions import Confidence
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError
from investplan.exchange import sie
from investplan.exchange.sie import PROJECT, RESPONSIBILITY, BudgetRow, Object, SieBudget, Written
from investplan.services.frames import CommitteeFrames, FrameOfYear
from investplan.services.work import Work

__all__ = ["Written"]


@dataclass(frozen=True)
class MappedAccount:
    """The account of one kind of row. `version` 0 is the seeded one, that nobody has changed."""

    kind: RowKind
    account: str
    name: str
    confidence: Confidence
    note: str
    version: int

    def to_json(self) -> dict[str, str]:
        return {
            "account": self.account,
            "name": self.name,
            "confidence": self.confidence.value,
            "note": self.note,
        }


def everything(work: Work) -> list[MappedAccount]:
    """The account of every kind, in the order of the kinds."""
    work.require("see")
    stored = {row.kind: row for row in work.session.scalars(select(AccountMapping))}
    return [_mapped(kind, stored.get(kind.value)) for kind in RowKind]


def _mapped(kind: RowKind, row: AccountMapping | None) -> MappedAccount:
    if row is None:
        seed = SEEDS[kind]
        return MappedAccount(kind, seed.account, seed.name, seed.confidence, seed.note, 0)
    return MappedAccount(kind, row.account, row.name, Confidence(row.confidence), row.note, row.version)


def find(work: Work, kind: str) -> MappedAccount:
    """The account of one kind.

    Raises:
        NotFoundError: no such kind of row.
    """
    for one in everything(work):
        if one.kind.value == kind:
            return one
    raise NotFoundError("account", kind[:40])


def save(
    work: Work, kind: str, *, account: str, name: str, confidence: str, note: str = "", seen_version: int
) -> MappedAccount:
    """Give a kind of row another account.

    Raises:
        InvalidInputError: no account number, no name, a name that the same account has not on other rows.
        ConflictError: somebody else changed it after `seen_version`.
    """
    work.require("edit accounts")
    before = find(work, kind)
    asked = {
        "account": account.strip(), "name": name.strip(), "confidence": confidence, "note": note.strip(),
    }  # fmt: skip
    _refuse_faults(everything(work), before.kind, asked)
    if before.version != seen_version:
        raise ConflictError("account", kind, stored=before.to_json(), submitted=asked)
    if asked == before.to_json():
        return before
    row = work.session.get(AccountMapping, kind) or AccountMapping(kind=kind, version=0)
    row.account, row.name, row.confidence, row.note = (
        asked["account"], asked["name"], asked["confidence"], asked["note"],
    )  # fmt: skip
    row.version = before.version + 1
    work.session.add(row)
    after = _mapped(before.kind, row)
    work.record("save account", "account", kind, before=before.to_json(), after=after.to_json())
    return after


def _refuse_faults(known: Sequence[MappedAccount], kind: RowKind, asked: dict[str, str]) -> None:
    faults: dict[str, Note] = {}
    if not ACCOUNT.fullmatch(asked["account"]):
        faults["account"] = Note("Kontot ska vara 3–10 siffror.")
    if not asked["name"] or len(asked["name"]) > 80:
        faults["name"] = Note("Namnet ska ha 1–80 tecken.")
    if asked["confidence"] not in {one.value for one in Confidence}:
        faults["confidence"] = Note("Välj hur säkert kontot är.")
    if len(asked["note"]) > 200:
        faults["note"] = Note("Anteckningen får ha högst 200 tecken.")
    for other in known:
        if other.kind is not kind and other.account == asked["account"] and other.name != asked["name"]:
            facts = {"account": other.account, "name": other.name}
            faults.setdefault("name", Note("Kontot %(account)s heter redan ”%(name)s”.", facts))
    if faults:
        raise InvalidInputError(faults)


# --- frames as SIE -----------------------------------------------------------------------------------------------


def sie_file(
    work: Work, planning_round: PlanningRound, found: Sequence[CommitteeFrames], year: int, *, company: str
) -> Written:
    """One year's frames as a SIE file of type 3, spread over the months; what could not be written as it was is told.

    Args:
        found: From `frames.of_round`, with or without a scenario's rows.
        company: The municipality's name.

    Raises:
        NotFoundError: the year is not one of the round's.
        InvalidInputError: two projects or committees would become the same object.
    """
    work.require("see")
    if year not in planning_round.years:
        raise NotFoundError("year of the round", year)
    account_by_kind = {one.kind.value: one for one in everything(work)}
    rows = [
        BudgetRow(account_by_kind[kind].account, objects, amount_ore)
        for one in found
        for kind, objects, amount_ore in _rows_of(one, _of_year(one, year))
    ]
    budget = SieBudget(
        company=company,
        year=year,
        generated=work.today,
        accounts={one.account: one.name for one in account_by_kind.values()},
        objects=_objects(work, planning_round, found, rows),
        rows=rows,
        comment=_comment(planning_round, found, year),
        version=__version__,
    )
    return sie.write_budget(budget)


def _comment(planning_round: PlanningRound, found: Sequence[CommitteeFrames], year: int) -> str:
    """What the file is, for whoever opens it: a scenario must not be taken for what is decided."""
    rows = [row for one in found for of_year in one.years if of_year.year <= year for row in of_year.rows]
    decided = all(row.decision is not None for row in rows)
    state = "beslutade rader" if decided else "SCENARIO, INTE BESLUTAT"
    return f"Nämndernas ramar {year}, {planning_round.name}: {state}"


def sie_file_name(year: int, *, scenario: bool) -> str:
    """What the download is called."""
    return f"ramar-{year}{'-scenario' if scenario else ''}.se"


def _of_year(found: CommitteeFrames, year: int) -> FrameOfYear:
    return next(one for one in found.years if one.year == year)


def _rows_of(found: CommitteeFrames, year: FrameOfYear) -> Iterator[tuple[str, tuple[Object, ...], int]]:
    """(kind, objects, amount) of everything that the frame is the sum of."""
    committee: Object = (RESPONSIBILITY, found.organisation.code)
    yield RowKind.BASE.value, (committee,), year.previous_ore
    for row in year.rows:
        project: tuple[Object, ...] = ((PROJECT, row.case_number),) if row.case_number else ()
        yield row.kind.value, (committee, *project), row.amount_ore


def _objects(
    work: Work, planning_round: PlanningRound, found: Sequence[CommitteeFrames], rows: Sequence[BudgetRow]
) -> dict[Object, str]:
    objects = {(RESPONSIBILITY, one.organisation.code): one.organisation.name for one in found}
    used = {number for row in rows for dimension, number in row.objects if dimension == PROJECT}
    titles = work.session.execute(
        select(Proposal.case_number, Proposal.title).where(Proposal.round_id == planning_round.id)
    )
    return objects | {(PROJECT, number): title for number, title in titles if number in used}
