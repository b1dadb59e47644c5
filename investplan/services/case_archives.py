"""The whole case of a proposal as one archive: record, versions, log, decisions, replies, comments, place, files, papers.

An archive for the registrar and for whoever asks to see the documents: plain files that need no program of ours, and a list
of them with their SHA-256.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from typing import Any

import shapely
from sqlalchemy import select

from investplan.db.models import AuditEntry, DecidedInvestment, Decision, Proposal, ReplyAnswer
from investplan.errors import NotAllowedError
from investplan.services import (
    attachments,
    comments,
    consultations,
    decisions,
    history,
    investigation_requests,
    lineages,
    proposal_records,
    proposals,
    replies,
    secrecy,
    stage_moves,
)
from investplan.services.work import Work
from investplan.units import kronor_from_ore

FORMAT = "investplan-case/1"
MOMENT = (1980, 1, 1, 0, 0, 0)  # of every file in the archive, so that the same content gives the same bytes
File = tuple[str, bytes]


def pack(work: Work, proposal_id: int, papers: Mapping[str, Callable[[], bytes]] | None = None) -> bytes:
    """The archive (ZIP) of a proposal's case. The same record gives the same bytes.

    Args:
        papers: File name → how to draw it; they stand in the folder `papper`.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
        NotAllowedError: the actor may not see its history, or something in it is secret to them.
    """
    proposal = proposals.find(work, proposal_id)
    if not history.may_see(work, proposal.organisation_id) or secrecy.hidden(work, proposal):
        raise NotAllowedError("see history of proposal")
    files = [file for part in PARTS for file in part(work, proposal)]
    files += [(f"papper/{name}", draw()) for name, draw in (papers or {}).items()]
    files.append(("innehall.json", _listed(proposal, files)))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, MOMENT), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _record(_work: Work, proposal: Proposal) -> Iterator[File]:
    yield "forslag.json", _json(proposal_records.to_json(proposal))


def _versions(work: Work, proposal: Proposal) -> Iterator[File]:
    """What the record said after each change that is kept whole, by version; earlier rounds in folders of their own."""
    for one in reversed(lineages.of(proposal)):
        folder = "versioner" if one is proposal else f"versioner/omgang-{one.round.budget_year}-{one.id}"
        for entry in reversed(history.of(work, "proposal", one.id)):
            if entry.after and "alternatives" in entry.after and "version" in entry.after:
                yield f"{folder}/{entry.after['version']:04d}.json", _json(entry.after)


def _happenings(work: Work, proposal: Proposal) -> Iterator[File]:
    """The log of the proposal: for spreadsheets, and whole with the hashes that link it to the rest of the log."""
    entries = [
        entry
        for one in reversed(lineages.of(proposal))
        for entry in reversed(history.of(work, "proposal", one.id))
    ]
    written = io.StringIO()
    rows = csv.writer(written, delimiter=";", lineterminator="\r\n")
    rows.writerow(["Nr", "När", "Vem", "Vad", "Skäl"])
    for entry in entries:
        told = history.ACTION_LABELS.get(entry.action, entry.action)
        rows.writerow([entry.seq, _moment(entry), entry.actor_name, told, _harmless(entry.reason)])
    yield "historik.csv", ("\ufeff" + written.getvalue()).encode()
    yield "historik.json", _json([_entry(entry) for entry in entries])


def _entry(entry: AuditEntry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": _moment(entry),
        "actor": entry.actor_name,
        "action": entry.action,
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _decisions(work: Work, proposal: Proposal) -> Iterator[File]:
    """What the council has decided about it, with the facts that were locked."""
    query = (
        select(DecidedInvestment, Decision)
        .join(Decision, DecidedInvestment.decision_id == Decision.id)
        .where(DecidedInvestment.proposal_id == proposal.id)
        .order_by(Decision.id)
    )
    for decided, decision in work.session.execute(query):
        stated = {
            "decision": decisions.to_json(decision),
            "alternative": decided.alternative_code,
            "start": decided.start_year,
            "facts": decided.snapshot,
        }
        yield f"beslut/{decision.decided_on.isoformat()}-{decision.id}.json", _json(stated)


def _moves(work: Work, proposal: Proposal) -> Iterator[File]:
    """Who decided each move between stages, when and on what conditions, through all rounds; amounts in kronor."""
    made = [
        {
            "kind": one.kind,
            "from": [one.from_stage, one.from_status],
            "to": [one.to_stage, one.to_status],
            "body": one.body,
            "decided_on": one.decided_on.isoformat() if one.decided_on else None,
            "paragraph": one.paragraph,
            "amount": _kronor(one.amount_ore),
            "conditions": one.conditions,
            "protocol": one.protocol,
            "reason": one.reason,
            "not_before_year": one.not_before_year,
            "sunk_cost": _kronor(one.sunk_ore),
            "moved_by": one.moved_by_name,
            "moved_at": one.moved_at.astimezone(UTC).isoformat(timespec="seconds"),
        }
        for one in reversed(stage_moves.history(work, proposal))
    ]
    if made:
        yield "beslut/grindar.json", _json(made)


def _money(work: Work, proposal: Proposal) -> Iterator[File]:
    """What was asked for to investigate it, and what was decided, through all rounds; amounts in kronor."""
    asked = [
        {
            "round": one.round.name,
            "year": row.year,
            "amount": _kronor(row.amount_ore),
            "purpose": row.purpose,
            "committee": row.organisation.code,
            "state": row.state,
            "decision": row.decision,
        }
        for one in reversed(lineages.of(proposal))
        for row in investigation_requests.of_proposal(work, one.id)
    ]
    if asked:
        yield "beslut/utredningsmedel.json", _json(asked)


def _comments(work: Work, proposal: Proposal) -> Iterator[File]:
    """What was written beside the proposal; of what was deleted, that it was."""
    written = [
        {
            "by": one.author.display_name,
            "at": one.written_at.astimezone(UTC).isoformat(timespec="seconds"),
            "text": one.text if one.deleted_at is None else None,
        }
        for one in comments.of_proposal(work, proposal.id)
    ]
    if written:
        yield "kommentarer.json", _json(written)


def _kronor(amount_ore: int | None) -> int | float | None:
    return None if amount_ore is None else kronor_from_ore(amount_ore)


def _place(_work: Work, proposal: Proposal) -> Iterator[File]:
    """The places as GeoJSON, E N in the system that it names."""
    features = [
        {
            "type": "Feature",
            "properties": {"alternative": one.code, "title": one.title},
            "geometry": json.loads(shapely.to_geojson(shapely.from_wkb(one.geometry))),
        }
        for one in proposal.alternatives
        if one.geometry is not None
    ]
    if features:
        name = f"urn:ogc:def:crs:EPSG::{proposal.round.map_crs.removeprefix('EPSG:')}"
        crs = {"type": "name", "properties": {"name": name}}
        yield "platser.geojson", _json({"type": "FeatureCollection", "crs": crs, "features": features})


def _consultations(work: Work, proposal: Proposal) -> Iterator[File]:
    """Who was asked what, every reply that was given with its cost rows in kronor, and how each was answered."""
    for one in consultations.of_proposal(work, proposal.id):
        parties = [
            {
                "organisation": party.organisation.code,
                "affected": party.affected,
                "replies": [
                    {**replies.to_json(reply), "answer": _answer(reply.answer)} for reply in party.replies
                ],
            }
            for party in one.parties
        ]
        stated = {
            "asked_by": one.asked_by_name,
            "asked_at": one.asked_at.astimezone(UTC).isoformat(timespec="seconds"),
            "asked_version": one.asked_version,
            "due_on": one.due_on.isoformat(),
            "state": one.state,
            "text": one.text,
            "questions": list(one.questions),
            "discloses": one.discloses,
            "parties": parties,
        }
        yield f"samrad/{one.id:04d}.json", _json(stated)


def _answer(answer: ReplyAnswer | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {
        "outcome": answer.outcome,
        "text": answer.text,
        "rows_removed": answer.rows_removed,
        "answered_by": answer.answered_by_name,
    }


def _attachments(work: Work, proposal: Proposal) -> Iterator[File]:
    """Every version of every file that the actor may read, by document and version."""
    for document in attachments.of(work, proposal.id):
        for row in document.versions:
            if row.content is not None:
                yield f"bilagor/{row.document:02d}-v{row.version:02d}-{row.file_name}", row.content


PARTS: tuple[Callable[[Work, Proposal], Iterator[File]], ...] = (
    _record,
    _versions,
    _happenings,
    _decisions,
    _moves,
    _money,
    _place,
    _consultations,
    _comments,
    _attachments,
)


def _listed(proposal: Proposal, files: list[File]) -> bytes:
    told = {
        "format": FORMAT,
        "case_number": proposal.case_number,
        "title": proposal.title,
        "version": proposal.version,
        "files": [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files
        ],
    }
    return _json(told)


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n").encode()


def _moment(entry: AuditEntry) -> str:
    return entry.at.astimezone(UTC).isoformat(timespec="seconds")


def _harmless(cell: str) -> str:
    # A spreadsheet carries out what begins like a formula.
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and cell else cell
