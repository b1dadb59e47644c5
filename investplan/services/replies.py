"""Replies to consultations: drafted, given once and for all, superseded by a new one, and answered by the asker."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from investplan.db.models import (
    Consultation,
    ConsultationParty,
    Proposal,
    Reply,
    ReplyAnswer,
    ReplyCost,
    ReplyDraft,
)
from investplan.domain import consultations as domain
from investplan.domain.consultations import ConsultationState, Outcome, ReplyFacts
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError, StateError
from investplan.services import consultations, reply_rows
from investplan.services import proposal_records as records
from investplan.services.work import Work, once

MAX_DRAFT = 300_000


def party(work: Work, party_id: int) -> ConsultationParty:
    """A party to reply for.

    Raises:
        NotFoundError: there is none, or the actor may not see the proposal.
        NotAllowedError: the actor belongs to another organisation.
    """
    found = work.session.get(ConsultationParty, party_id)
    if found is None:
        raise NotFoundError("consultation party", party_id)
    consultations.find(work, found.consultation_id)
    work.require("reply", organisation_id=found.organisation_id)
    return found


def is_on_behalf(work: Work, asked: ConsultationParty) -> bool:
    """Whether the actor replies for an organisation that is not its own."""
    return work.actor.organisation_id != asked.organisation_id


def earlier(work: Work, asked: ConsultationParty) -> Reply | None:
    """The party's latest reply about the proposal, in this consultation or one before it."""
    query = (
        select(Reply)
        .join(Reply.party)
        .join(ConsultationParty.consultation)
        .where(
            Consultation.proposal_id == asked.consultation.proposal_id,
            ConsultationParty.organisation_id == asked.organisation_id,
        )
        .order_by(Reply.id.desc())
        .limit(1)
    )
    return work.session.scalar(query)


def give(
    work: Work,
    party_id: int,
    facts: ReplyFacts,
    *,
    seen_reply_id: int | None = None,
    on_behalf_note: str = "",
    key: str = "",
) -> Reply:
    """Reply for a party. Its cost rows become part of the proposal, in place of those it has stated before.

    Where the proposal is decided or ended the reply is kept with its rows, but they do not enter it (`rows_entered`).

    Args:
        seen_reply_id: The party's latest reply when the writer began; the new one supersedes it.
        on_behalf_note: Why somebody outside the organisation gives its reply.

    Raises:
        ConflictError: a colleague has replied meanwhile.
        InvalidInputError: one note per field.
        StateError: the consultation is closed.
    """
    asked = party(work, party_id)
    body = {"party": party_id, "on_behalf_note": on_behalf_note, **reply_to_json(facts)}

    def insert() -> int:
        return _insert(work, asked, facts, seen_reply_id, on_behalf_note.strip(), body)

    return work.session.get_one(Reply, once(work, "give reply", key, body, insert))


def _insert(
    work: Work,
    asked: ConsultationParty,
    facts: ReplyFacts,
    seen_reply_id: int | None,
    note: str,
    body: dict[str, Any],
) -> int:
    if asked.consultation.state != ConsultationState.OPEN:
        raise StateError(Note("Remissen är avslutad och tar inte emot fler svar."))
    before = earlier(work, asked)
    if (before.id if before else None) != seen_reply_id:
        stored = to_json(before) if before else {}
        raise ConflictError("reply", asked.id, stored=stored, submitted=body)
    proposal = asked.consultation.proposal
    _refuse_faults(work, asked, proposal, facts, note)
    reply = Reply(
        party_id=asked.id,
        supersedes_id=seen_reply_id,
        stance=facts.stance.value,
        text=facts.text.strip(),
        answers=list(facts.answers),
        decider=facts.decider.value,
        decided_on=facts.decided_on,
        paragraph=facts.paragraph.strip(),
        proposal_version=proposal.version,
        rows_entered=bool(facts.rows) and reply_rows.accepts_rows(proposal),
        on_behalf_note=note if is_on_behalf(work, asked) else "",
        given_by=work.actor.user_id or 0,
        given_by_name=work.actor.name,
        given_at=work.now(),
    )
    reply.party = asked
    reply.rows = [
        ReplyCost(position=position, **{**asdict(row), "kind": row.kind.value})
        for position, row in enumerate(facts.rows)
    ]
    work.session.add(reply)
    if asked.draft is not None:
        work.session.delete(asked.draft)
    work.session.flush()
    work.session.refresh(asked)
    work.record("give reply", "consultation", asked.consultation_id, after=body, reason=reply.on_behalf_note)
    if reply_rows.accepts_rows(proposal):
        reply_rows.enter(work, proposal, reply)
    return reply.id


def _refuse_faults(
    work: Work, asked: ConsultationParty, proposal: Proposal, facts: ReplyFacts, note: str
) -> None:
    faults = domain.faults_in_reply(facts, asked.consultation.questions, work.today)
    codes = {one.code for one in proposal.alternatives}
    for number, row in enumerate(facts.rows):
        if row.alternative is not None and row.alternative not in codes:
            faults[f"rows.{number}.alternative"] = Note("Alternativet finns inte längre i förslaget.")
    if facts.rows and not codes:
        faults["rows"] = Note("Förslaget har inga alternativ ännu att lägga kostnader på.")
    if is_on_behalf(work, asked) and not note:
        faults["on_behalf_note"] = Note("Skriv varför du svarar för %(name)s, och vilket underlag du har.",
                                        {"name": asked.organisation.name})  # fmt: skip
    if len(note) > 400:
        faults["on_behalf_note"] = Note("Texten får vara högst %(most)d tecken.", {"most": 400})
    if faults:
        raise InvalidInputError(faults)


def reply_to_json(facts: ReplyFacts) -> dict[str, Any]:
    """The reply as the audit keeps it, amounts in whole öre."""
    return {**asdict(facts), "decided_on": facts.decided_on.isoformat(), "rows": [asdict(row) for row in facts.rows]}  # fmt: skip


def facts_of(reply: Reply) -> ReplyFacts:
    """What a given reply says."""
    return ReplyFacts(
        domain.Stance(reply.stance),
        reply.text,
        domain.Decider(reply.decider),
        reply.decided_on,
        reply.paragraph,
        tuple(reply.answers),
        tuple(reply_rows.stated(reply)),
    )


def to_json(reply: Reply) -> dict[str, Any]:
    """A given reply, with who gave it."""
    return {**reply_to_json(facts_of(reply)), "given_by": reply.given_by_name, "reply": reply.id}


def save_draft(work: Work, party_id: int, typed: dict[str, Any], *, seen_version: int) -> ReplyDraft:
    """Keep what is typed so far, whatever it says; nobody but the party and finance sees it.

    Raises:
        ConflictError: a colleague has saved another draft since `seen_version` (0: there was none).
        InvalidInputError: far more text than a form can hold.
        StateError: the consultation is closed.
    """
    asked = party(work, party_id)
    if asked.consultation.state != ConsultationState.OPEN:
        raise StateError(Note("Remissen är avslutad och tar inte emot fler svar."))
    if len(json.dumps(typed)) > MAX_DRAFT:
        raise InvalidInputError({"text": Note("Utkastet är för långt.")})
    draft = asked.draft
    if (draft.version if draft else 0) != seen_version:
        raise ConflictError("reply draft", party_id, stored=dict(draft.typed) if draft else {}, submitted=typed)  # fmt: skip
    if draft is None:
        draft = asked.draft = ReplyDraft(party_id=party_id, typed={}, saved_by_name="", saved_at=work.now(), version=0)  # fmt: skip
    draft.typed, draft.saved_by_name, draft.saved_at = typed, work.actor.name, work.now()
    draft.version += 1
    # The text itself is not decided yet: the log tells that somebody wrote, not what.
    after = {"party": asked.organisation.code, "version": draft.version}
    work.record("save reply draft", "consultation", asked.consultation_id, after=after)
    return draft


def find(work: Work, reply_id: int) -> Reply:
    """A given reply.

    Raises:
        NotFoundError: there is none, or the actor may not see its proposal.
    """
    found = work.session.get(Reply, reply_id)
    if found is None:
        raise NotFoundError("reply", reply_id)
    consultations.find(work, found.party.consultation_id)
    return found


def is_superseded(work: Work, reply: Reply) -> bool:
    """Whether the party has given another reply after it."""
    latest = earlier(work, reply.party)
    return latest is not None and latest.id != reply.id


def wants_answer(reply: Reply) -> bool:
    """Whether the asker owes it an answer: all but a bare "no objection", until there is one."""
    says_something = bool(reply.text or reply.rows or any(reply.answers))
    bare = reply.stance in (domain.Stance.NO_OBJECTION, domain.Stance.SUPPORTS) and not says_something
    return reply.answer is None and not bare


def rows_stand(reply: Reply) -> bool:
    """Whether the proposal's costs hold the reply's rows now."""
    facts = records.facts(reply.party.consultation.proposal)
    return reply.id in reply_rows.entered_ids(facts, reply.party.organisation.code)


def answer(
    work: Work,
    reply_id: int,
    outcome: Outcome,
    text: str,
    *,
    remove_rows: bool = False,
    seen_version: int = 0,
) -> ReplyAnswer:
    """What the asker says of a reply.

    Args:
        remove_rows: Take the party's cost rows out of the proposal; `text` is then the reason.
        seen_version: The answer's version when the writer began; 0 where there was none.

    Raises:
        InvalidInputError: no text where one is owed.
        StateError: the reply is superseded, or its rows are in a proposal that is locked.
    """
    reply = find(work, reply_id)
    proposal = reply.party.consultation.proposal
    work.require("consult", organisation_id=proposal.organisation_id)
    if is_superseded(work, reply):
        raise StateError(Note("Svaret är ersatt av ett nyare. Besvara det i stället."))
    stored = reply.answer
    if (stored.version if stored else 0) != seen_version:
        theirs = _answer_to_json(stored) if stored else {}
        raise ConflictError("reply answer", reply_id, stored=theirs, submitted={"outcome": outcome.value, "text": text})  # fmt: skip
    text = text.strip()
    if len(text) > domain.MAX_TEXT:
        raise InvalidInputError({"text": Note("Texten får vara högst %(most)d tecken.", {"most": domain.MAX_TEXT})})  # fmt: skip
    if not text and (remove_rows or outcome is not Outcome.TAKEN_IN):
        raise InvalidInputError({"text": Note("Skriv skälet: den som har svarat ska få veta varför.")})
    removed = remove_rows and reply_rows.remove(work, proposal, reply, reason=text)
    before = _answer_to_json(stored) if stored else None
    kept = stored or ReplyAnswer(reply_id=reply_id, version=0, rows_removed=False)
    kept.outcome, kept.text = outcome.value, text
    kept.rows_removed = bool(kept.rows_removed) or removed
    kept.answered_by_name, kept.answered_at = work.actor.name, work.now()
    kept.version += 1
    reply.answer = kept
    work.record("answer reply", "consultation", reply.party.consultation_id, before=before, after=_answer_to_json(kept))  # fmt: skip
    return kept


def _answer_to_json(stored: ReplyAnswer) -> dict[str, Any]:
    return {
        "reply": stored.reply_id,
        "outcome": stored.outcome,
        "text": stored.text,
        "rows_removed": bool(stored.rows_removed),
    }
