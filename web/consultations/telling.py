"""How consultations are told: where a party stands, and what has become of a reply's costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from investplan.domain.consultations import ConsultationState, Stance
from investplan.services import consultations, replies, reply_rows
from investplan.services.work import Work
from web.proposals import describing
from web.texts import label

TAG_BY_STANCE = {
    Stance.SUPPORTS: "decided",
    Stance.SUPPORTS_CHANGED: "dormant",
    Stance.OPPOSES: "rejected",
    Stance.NO_OBJECTION: "decided",
}
"""Which of the known shapes a stance is drawn with; the word says it too."""


@dataclass(frozen=True)
class PartyShown:
    """One party with its latest reply: `tag` is (text, code) of its status."""

    party: Any
    reply: Any
    tag: tuple[str, str]
    superseded: list[Any]

    @property
    def name(self) -> str:
        return str(self.party.organisation.name)


def parties(work: Work, consultation: Any) -> list[PartyShown]:
    """Every party with its reply and status, as they were asked."""
    return [
        PartyShown(party, reply, status(work, party), party.replies[1:])
        for party, reply in consultations.current_replies(consultation)
    ]


def status(work: Work, party: Any) -> tuple[str, str]:
    """Where a party stands: its stance, or that it has not replied."""
    consultation = party.consultation
    if party.replies:
        stance = Stance(party.replies[0].stance)
        return label(stance), TAG_BY_STANCE[stance]
    if consultation.state == ConsultationState.CLOSED:
        return str(_("Svarade inte")), "cancelled"
    if consultation.due_on < work.today:
        return str(_("Svaret är försenat")), "over"
    return str(_("Väntar på svar")), "submitted"


def rows_told(work: Work, reply: Any) -> str:
    """What has become of the costs that the reply states."""
    if replies.rows_stand(reply):
        return str(_("Kostnaderna ingår i förslaget."))
    if replies.is_superseded(work, reply):
        return str(_("Kostnaderna är ersatta av ett nyare svar."))
    if reply.answer is not None and reply.answer.rows_removed:
        return str(_("Kostnaderna är borttagna ur förslaget, med det skäl som står i svaret nedan."))
    if not reply.rows_entered:
        return str(_("Kostnaderna ingår inte: förslaget var redan beslutat eller avslutat när svaret kom."))
    return str(_("Kostnaderna ingår inte i förslaget."))


def alternatives(proposal: Any) -> list[tuple[str, str]]:
    """Code and name of the proposal's alternatives, numbered when there are several."""
    rows = proposal.alternatives
    return [
        (
            row.code,
            row.title or label(row.kind) if len(rows) == 1 else f"{number}. {row.title or label(row.kind)}",
        )
        for number, row in enumerate(rows, start=1)
    ]


def cost_rows(reply: Any) -> list[list[Any]]:
    """Cells of the reply's costs: alternative, kind with note, öre per year, when."""
    names = dict(alternatives(reply.party.consultation.proposal))
    told = []
    for row in reply_rows.stated(reply):
        kind = f"{label(row.kind)} ({row.note})" if row.note else label(row.kind)
        which = (
            _("Alla alternativ") if row.alternative is None else names.get(row.alternative, row.alternative)
        )
        told.append([which, kind, row.annual_ore, describing.span(row)])  # type: ignore[arg-type]
    return told


def of_proposal(work: Work, proposal: Any) -> dict[str, Any]:
    """What the proposal's page shows of its consultations."""
    found = consultations.of_proposal(work, proposal.id)
    return {
        "consultations": [(one, parties(work, one)) for one in found],
        "missing_replies": consultations.missing_replies(work, proposal.id),
    }
