"""Imports: a file and a mapping become proposals of a round, all or nothing, with a report of every row.

`stage` reads (in a limited child process), `preview` says what would happen, `take` does it. The web and the
command line use the same three.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import insert, select

from investplan.db.models import (
    Alternative,
    Component,
    Grant,
    ImportBatch,
    Outlay,
    PlanningRound,
    Proposal,
)
from investplan.domain.organisations import OrganisationKind
from investplan.domain.proposals import ProposalFacts, Status
from investplan.errors import InvalidInputError, Note, NotFoundError
from investplan.exchange import fitting, mappings, row_reports, sandbox, staging
from investplan.exchange.amounts import Reconciliation, Sums
from investplan.exchange.tables import UnreadableError, note_from_json, note_to_json
from investplan.services import organisations, rounds
from investplan.services import proposal_records as records
from investplan.services.work import Work, canonical_json, once

Staged = staging.Staged
Preview = fitting.Fitted
RowReport = row_reports.RowReport

MAX_FIELDS = 200
"""How many refused rows an error names; the preview has them all."""


class RefusedImportError(InvalidInputError):
    """Nothing was taken: one note per refused row (`row 12`) or for the file; `preview` has the whole report."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        fields = {
            f"file.{number}" if number > 1 else "file": note
            for number, note in enumerate(preview.problems[:MAX_FIELDS], start=1)
        }
        for row in preview.refused[: MAX_FIELDS - len(fields)]:
            fields[f"row {row.number}"] = row.refusals[0]
        if not fields:
            fields["file"] = Note("Filen innehåller inget förslag som kan tas emot.")
        super().__init__(fields)


@dataclass(frozen=True)
class ReportLine:
    """What the stored report says of one row."""

    row: int
    outcome: str
    case_number: str
    notes: tuple[Note, ...]


def read_mapping(mapping_toml: str) -> mappings.Mapping:
    """The mapping, checked.

    Raises:
        InvalidInputError: one note per place in it, all at once.
    """
    return mappings.read_mapping(mapping_toml)


def stage(source: Path | bytes, file_name: str, mapping_toml: str) -> Staged:
    """The file as the mapping reads it; touches no database. A file that cannot be read comes back with `problems`.

    Args:
        source: A path of our own machine, or the content that was sent.
        file_name: What the sender calls it; its ending must agree with the mapping's format.

    Raises:
        InvalidInputError: the mapping does not fit.
    """
    mapping = mappings.read_mapping(mapping_toml)
    content = source if isinstance(source, bytes) else sandbox.read_capped(source)
    try:
        table = sandbox.read_table(content, file_name, mapping.file)
    except UnreadableError as error:
        sha256 = hashlib.sha256(content).hexdigest()
        return Staged(file_name[:200], sha256, mapping, problems=tuple(error.notes))
    return staging.stage_table(table, mapping, file_name[:200], content)


def preview(work: Work, round_id: int, staged: Staged) -> Preview:
    """What taking the file into the round would do, row by row; writes nothing."""
    work.require("import proposals")
    planning_round = rounds.find(work, round_id)
    people = records.People.of(work)
    taken = work.session.scalars(select(Proposal.case_number).where(Proposal.round_id == round_id))
    known = fitting.RoundFacts(
        planning_round.years,
        planning_round.currency,
        planning_round.map_crs,
        {code: organisation.name for code, organisation in people.organisations.items()},
        {code: district.name for code, district in people.districts.items()},
        frozenset(taken),
    )
    return fitting.fit(staged, known)


def take(
    work: Work, round_id: int, staged: Staged, *, key: str = "", skip_refused: bool = False
) -> ImportBatch:
    """Write the file's proposals into the round: all of them, or nothing.

    Args:
        key: The same key again answers with the same batch.
        skip_refused: Take the rest where some rows are refused; otherwise one refused row stops the whole.

    Raises:
        RefusedImportError: rows are refused, or the file as a whole is.
        NotAllowedError: the actor may not import, or may not create the committees that are missing.
    """
    work.require("import proposals")
    body = {
        "round": round_id,
        "file": staged.file_sha256,
        "mapping": staged.mapping.to_json(),
        "skip_refused": skip_refused,
    }

    def write() -> int:
        fitted = preview(work, round_id, staged)
        if fitted.problems or not fitted.proposals or (fitted.refused and not skip_refused):
            raise RefusedImportError(fitted)
        return _write(work, rounds.find(work, round_id), staged, fitted)

    return find(work, once(work, "import proposals", key, body, write))


def find(work: Work, batch_id: int) -> ImportBatch:
    """One import.

    Raises:
        NotFoundError: there is none.
    """
    work.require("import proposals")
    batch = work.session.get(ImportBatch, batch_id)
    if batch is None:
        raise NotFoundError("import", batch_id)
    return batch


def batches(work: Work, round_id: int) -> list[ImportBatch]:
    """The round's imports, the latest first."""
    work.require("import proposals")
    query = select(ImportBatch).where(ImportBatch.round_id == round_id).order_by(ImportBatch.id.desc())
    return list(work.session.scalars(query))


def report(work: Work, batch_id: int) -> list[ReportLine]:
    """What became of every row, in the file's order."""
    return [
        ReportLine(
            line["row"],
            line["outcome"],
            line["case_number"],
            tuple(note_from_json(note) for note in line["notes"]),
        )
        for line in find(work, batch_id).report
    ]


def lines_of(found: Preview | Staged) -> list[ReportLine]:
    """The same report for what is not (yet) taken."""
    return [ReportLine(row.number, row.outcome, row.case_number, tuple(row.notes)) for row in found.rows]


def reconciliation(batch: ImportBatch) -> Reconciliation:
    """The account of an import as it was stored."""
    counts = batch.counts
    sums = {
        prefix: Sums(
            **{
                name.removeprefix(f"{prefix}_"): value
                for name, value in counts.items()
                if name.startswith(f"{prefix}_")
            }
        )
        for prefix in ("outlay", "grant")
    }
    rows = {name.removeprefix("rows_"): count for name, count in counts.items() if name.startswith("rows_")}
    grants = sums["grant"] if "grant_file_ore" in counts else None
    return Reconciliation(sums["outlay"], grants, rows, counts["projects"])


def _write(work: Work, planning_round: PlanningRound, staged: Staged, fitted: Preview) -> int:
    _create_missing(work, planning_round, fitted)
    people = records.People.of(work)
    _refuse_bad_places(planning_round, fitted)
    proposal_ids = _insert_proposals(work, planning_round.id, fitted, people)
    counts = fitted.reconciliation.to_json() | {
        "committees_created": len(fitted.new_committees),
        "districts_created": len(fitted.new_districts),
    }
    batch = ImportBatch(
        round_id=planning_round.id,
        file_name=staged.file_name,
        file_sha256=staged.file_sha256,
        mapping=staged.mapping.to_json(),
        state="taken",
        counts=counts,
        report=[_line_to_json(row) for row in fitted.rows],
        imported_by=work.actor.user_id or 0,
        imported_at=work.now(),
    )
    work.session.add(batch)
    work.session.flush()
    work.record(
        "import proposals",
        "import",
        batch.id,
        after={
            "round": planning_round.name,
            "file_name": staged.file_name,
            "file_sha256": staged.file_sha256,
            "counts": counts,
            "proposal_ids": proposal_ids,
            "content_sha256": content_hash(fitted),
        },
    )
    return batch.id


def _line_to_json(row: RowReport) -> dict[str, Any]:
    return {
        "row": row.number,
        "outcome": row.outcome,
        "case_number": row.case_number,
        "notes": [note_to_json(note) for note in row.notes],
    }


def content_hash(fitted: Preview) -> str:
    """SHA-256 of what was written: facts and status of every proposal, in order, as the audit row keeps it."""
    content = [{**records.facts_to_json(facts), "status": status.value} for facts, status in fitted.proposals]
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def _create_missing(work: Work, planning_round: PlanningRound, fitted: Preview) -> None:
    valid_from = min(work.today, date(planning_round.budget_year, 1, 1))
    for code, name in fitted.new_committees.items():
        organisations.add(work, code=code, name=name, kind=OrganisationKind.COMMITTEE, valid_from=valid_from)
    for code, name in fitted.new_districts.items():
        organisations.add_district(work, code=code, name=name, valid_from=valid_from)
    work.session.flush()


def _refuse_bad_places(planning_round: PlanningRound, fitted: Preview) -> None:
    """The rule that forms keep holds for files too; the mapping's own check has normally refused such rows before."""
    in_sweden = planning_round.map_crs == "EPSG:3006"
    faults: dict[str, Note] = {}
    for facts, _ in fitted.proposals:
        for note in records.place_faults(facts, in_sweden=in_sweden).values():
            faults[facts.case_number] = note
    if faults:
        raise InvalidInputError(faults)


def _insert_proposals(work: Work, round_id: int, fitted: Preview, people: records.People) -> list[int]:
    """The new ids, in order. One statement per table: thousands of proposals take seconds."""
    session = work.session
    now = work.now()
    rows = [
        _proposal_row(facts, status, round_id, people) | {"changed_at": now}
        for facts, status in fitted.proposals
    ]
    ids = list(session.scalars(insert(Proposal).returning(Proposal.id, sort_by_parameter_order=True), rows))
    alternatives = [
        _alternative_row(facts) | {"proposal_id": proposal_id}
        for (facts, _), proposal_id in zip(fitted.proposals, ids, strict=True)
    ]
    alternative_ids = session.scalars(
        insert(Alternative).returning(Alternative.id, sort_by_parameter_order=True), alternatives
    )
    parts: dict[Any, list[dict[str, Any]]] = {Outlay: [], Component: [], Grant: []}
    for (facts, _), alternative_id in zip(fitted.proposals, alternative_ids, strict=True):
        for table, entries in _part_rows(facts).items():
            parts[table] += [entry | {"alternative_id": alternative_id} for entry in entries]
    for table, entries in parts.items():
        if entries:
            session.execute(insert(table), entries)
    return ids


def _proposal_row(
    facts: ProposalFacts, status: Status, round_id: int, people: records.People
) -> dict[str, Any]:
    wkt = facts.alternatives[0].place_wkt
    box = shapely.from_wkt(wkt).bounds if wkt else (None, None, None, None)
    return {
        "round_id": round_id,
        "case_number": facts.case_number,
        "title": facts.title,
        "organisation_id": people.organisations[facts.committee].id,
        "category": facts.category.value,
        "purpose": facts.purpose,
        "stage": facts.stage.value,
        "status": status.value,
        "required": facts.required,
        "district_id": people.districts[facts.district].id if facts.district else None,
        "place_note": facts.place_note,
        "source_ref": facts.source_ref,
        "outlay_ore": facts.alternatives[0].outlay_ore,
        "version": 1,
        **dict(zip(("min_e", "min_n", "max_e", "max_n"), box, strict=True)),
    }


def _alternative_row(facts: ProposalFacts) -> dict[str, Any]:
    alternative = facts.alternatives[0]
    geometry = alternative.place_wkt
    return {
        "position": 0,
        "code": alternative.code,
        "title": alternative.title,
        "kind": alternative.kind.value,
        "starts": list(alternative.starts),
        "price_level_year": alternative.price_level_year,
        "commissioned_after_months": alternative.commissioned_after_months,
        "benefit_percent": alternative.benefit_percent,
        "grants_stated": alternative.grants is not None,
        "operating_stated": alternative.operating is not None,
        "disposals_stated": alternative.disposals is not None,
        "geometry": shapely.to_wkb(shapely.from_wkt(geometry)) if geometry else None,
    }


def _part_rows(facts: ProposalFacts) -> Mapping[Any, list[dict[str, Any]]]:
    alternative = facts.alternatives[0]
    return {
        Outlay: [{"year_offset": o.year_offset, "amount_ore": o.amount_ore} for o in alternative.outlays],
        Component: [
            {
                "position": i,
                "name": c.name,
                "amount_ore": c.amount_ore,
                "residual_ore": c.residual_ore,
                "life_months": c.life_months,
                "part": c.part.value,
            }
            for i, c in enumerate(alternative.components)
        ],
        Grant: [
            {
                "position": i,
                "name": g.name,
                "year_offset": g.year_offset,
                "amount_ore": g.amount_ore,
                "recognition": g.recognition.value,
                "lowers_interest_base": g.lowers_interest_base,
            }
            for i, g in enumerate(alternative.grants or ())
        ],
    }
