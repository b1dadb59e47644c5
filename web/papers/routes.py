"""Papers of a proposal as tagged PDF, and its whole case as one archive."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.services import case_archives, papers, proposals
from investplan.services.papers import Paper
from web import access, sessions
from web.papers import telling
from web.papers.telling import Told

pages = Blueprint("papers", __name__, url_prefix="/proposals/<int:proposal_id>/papers")


@pages.get("/report.pdf")
@access.requires("see")
def report(proposal_id: int) -> ResponseReturnValue:
    """The officer's report."""
    told = _gathered(proposal_id)
    return _pdf(telling.officers_report(told, sessions.current().actor.name), _("tjansteskrivelse"), told)


@pages.get("/sheet.pdf")
@access.requires("see")
def sheet(proposal_id: int) -> ResponseReturnValue:
    """The proposal on one page with its map."""
    told = _gathered(proposal_id)
    return _pdf(telling.sheet(told), _("forslagsblad"), told)


@pages.get("/case.zip")
@access.requires("see")
def case_archive(proposal_id: int) -> ResponseReturnValue:
    """Everything that is known of the proposal as one archive; for those who may see its history."""
    work = sessions.current()
    told = _gathered(proposal_id)
    drawn: dict[str, Callable[[], bytes]] = {
        f"{_('tjansteskrivelse')}.pdf": lambda: papers.to_pdf(telling.officers_report(told, work.actor.name)),
        f"{_('forslagsblad')}.pdf": lambda: papers.to_pdf(telling.sheet(told)),
    }
    packed = case_archives.pack(work, proposal_id, drawn)
    answer = Response(packed, content_type="application/zip")
    answer.headers["Content-Disposition"] = f"attachment; filename={_file_name(told, _('arende'), 'zip')}"
    return answer


def _gathered(proposal_id: int) -> Told:
    work, settings = sessions.current(), sessions.settings()
    proposal = proposals.find(work, proposal_id)
    return telling.gather(work, proposal, settings.municipality, settings.municipality_code)


def _pdf(paper: Paper, name: str, told: Told) -> Response:
    answer = Response(papers.to_pdf(paper), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f"inline; filename={_file_name(told, name, 'pdf')}"
    return answer


def _file_name(told: Told, name: str, ending: str) -> str:
    """Of plain letters alone: `ks-2026-0123-tjansteskrivelse.pdf`."""
    number = re.sub(r"[^a-z0-9]+", "-", told.facts.case_number.lower()).strip("-") or str(told.proposal.id)
    return f"{number}-{name}.{ending}"
