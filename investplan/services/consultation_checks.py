"""What must hold between replies and the cost rows that they have added to proposals."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from investplan.db.models import (
    Alternative,
    CarryOver,
    Consultation,
    ConsultationParty,
    OperatingConsequence,
    Reply,
)
from investplan.services.work import Work


def breaches(work: Work) -> Iterator[tuple[str, str, str]]:
    """(code, place, message) of every row in a proposal that no reply about it, the party's latest, explains."""
    latest = (
        select(func.max(Reply.id))
        .join(ConsultationParty, ConsultationParty.id == Reply.party_id)
        .join(Consultation, Consultation.id == ConsultationParty.consultation_id)
        .where(
            Consultation.proposal_id == Alternative.proposal_id,
            ConsultationParty.organisation_id == OperatingConsequence.organisation_id,
        )
        .scalar_subquery()
    )
    query = (
        select(OperatingConsequence.id, OperatingConsequence.reply_id, Alternative.proposal_id, latest)
        .join(Alternative, Alternative.id == OperatingConsequence.alternative_id)
        # What goes on in a later round stands as it was: its replies have gone on with the case.
        .outerjoin(CarryOver, CarryOver.from_id == Alternative.proposal_id)
        .where(OperatingConsequence.reply_id.is_not(None), CarryOver.id.is_(None))
    )
    for row_id, reply_id, proposal_id, newest in work.session.execute(query):
        if newest != reply_id:
            place = f"operating_consequence {row_id} of proposal {proposal_id}"
            yield "CON1", place, f"says reply {reply_id}; the party's latest is {newest}"
