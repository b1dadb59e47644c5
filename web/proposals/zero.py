"""The zero alternative with one click."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.zero_alternative import has_zero_alternative, zero_alternative
from investplan.errors import ConflictError
from investplan.services import proposal_records, proposals
from web import access, sessions
from web.proposals import editing


@access.requires("edit proposal")
def add_zero(proposal_id: int) -> ResponseReturnValue:
    """Add it: nothing is done, and everything is zero until somebody says otherwise."""
    proposal = editing.editable(proposal_id)
    facts, planning_round = proposal_records.facts(proposal), proposal.round
    here = url_for("proposals.show", proposal_id=proposal_id, _anchor="alternative")
    if has_zero_alternative(facts):
        return redirect(here)
    zero = zero_alternative(facts, tuple(planning_round.years), planning_round.budget_year)
    changed = replace(facts, alternatives=(*facts.alternatives, zero))
    try:
        proposals.save(sessions.current(), proposal_id, changed, seen_version=editing.seen_version())
    except ConflictError:
        flash(
            _(
                "Någon annan har ändrat förslaget sedan du öppnade sidan. Läs det en gång till och försök igen."
            ),
            "warning",
        )
    else:
        flash(_("Nollalternativet är tillagt med noll i allt. Ändra det som ändå kostar."), "success")
    return redirect(here)
