"""The map: proposals where they are, with the same rows in a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.organisations import Role
from investplan.domain.proposals import Status
from investplan.errors import NotFoundError
from investplan.services import overviews, places, proposals, rounds, runs
from investplan.services.overviews import ChosenStart
from web import access, formatting, sessions
from web.proposals import describing

pages = Blueprint("maps", __name__, template_folder="templates", url_prefix="/map")
GEOJSON = "application/geo+json"


def _whole(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else None


class Selection:
    """What the address asks for: round, run, status, start year, one proposal.

    Attributes:
        planned: What the run chose, by proposal id; without a run, what the council has decided.
    """

    def __init__(self) -> None:
        work = sessions.current()
        run_id, round_id = _whole("run"), _whole("round")
        self.run = runs.find(work, run_id) if run_id else None
        if self.run is not None:
            self.planning_round: Any = self.run.scenario.round
        else:
            self.planning_round = rounds.find(work, round_id) if round_id else rounds.latest(work)
        status = request.args.get("status", "")
        self.status = status if status in list(Status) else ""
        self.year, self.proposal_id = _whole("year"), _whole("proposal")
        self.planned: Mapping[int, ChosenStart | None] = {}
        if self.run is not None:
            self.planned = overviews.planned_starts(self.run)
        elif self.planning_round is not None:
            self.planned = overviews.decided_starts(work, self.planning_round.id)

    def places(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        """The selected proposals with their geometries."""
        if self.planning_round is None:
            return
        wanted = proposals.Filter(status=self.status)
        for proposal, geometry in places.of_proposals(sessions.current(), self.planning_round.id, wanted):
            if self._is_wanted(proposal):
                yield proposal, geometry

    def _is_wanted(self, proposal: Any) -> bool:
        if self.proposal_id is not None and proposal.id != self.proposal_id:
            return False
        if self.run is not None and proposal.id not in self.planned:
            return False
        return self.year is None or self.year in self.start_years(proposal)

    def chosen(self, proposal: Any) -> ChosenStart | None:
        return self.planned.get(proposal.id)

    def start_years(self, proposal: Any) -> list[int]:
        """The year that is planned, else every year in which some alternative may start."""
        chosen = self.chosen(proposal)
        if chosen is not None:
            return [chosen.start_year]
        if self.run is not None:
            return []
        return sorted({year for alternative in proposal.alternatives for year in alternative.starts})

    def status_of(self, proposal: Any) -> tuple[str, str]:
        """Code and name of what the symbol shows: in or out of the run's plan, else the proposal's status."""
        if self.run is None:
            return proposal.status, describing.name_of(proposal.status)
        return ("in", _("Med i planen")) if self.chosen(proposal) else ("out", _("Inte med i planen"))

    def years_text(self, proposal: Any) -> str:
        years = self.start_years(proposal)
        if not years:
            return ""
        told = formatting.years(years)
        planned = self.chosen(proposal) is not None
        return str(_("Start %(year)s", year=told) if planned else _("Kan starta %(years)s", years=told))


@pages.get("")
@access.requires("see")
def show() -> ResponseReturnValue:
    """The map with its filters, and the same places as a table."""
    selection = Selection()
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("run", "round", "status", "year") if request.args.get(name)
    }
    return render_template(
        "maps/show.html",
        selection=selection,
        places=list(selection.places()),
        features_url=url_for(".features", **kept),
        outline_url=url_for(".outline")
        if selection.planning_round and places.has_outline(selection.planning_round)
        else None,
        statuses=[("", _("Alla")), *((one.value, describing.name_of(one)) for one in _statuses())],
        years=[
            ("", _("Alla år")),
            *((year, year) for year in (selection.planning_round.years if selection.planning_round else ())),
        ],
        run_choices=_run_choices(selection),
    )


def _statuses() -> list[Status]:
    sees_drafts = sessions.current().actor.role is not Role.COUNCIL_VIEWER
    return [one for one in Status if one is not Status.DRAFT or sees_drafts]


def _run_choices(selection: Selection) -> list[tuple[Any, str]]:
    if selection.planning_round is None:
        return []
    finished = overviews.finished_runs(sessions.current(), selection.planning_round.id)
    names = [
        (one.id, _("%(scenario)s, körning %(number)s", scenario=one.scenario.name, number=one.id))
        for one in finished
    ]
    return [("", _("Ingen: visa status")), *names] if names else []


@pages.get("/features.json")
@access.requires("see")
def features() -> ResponseReturnValue:
    """The selected proposals as GeoJSON, E N in the round's system."""
    selection = Selection()
    body = places.collection(
        _feature(selection, proposal, geometry) for proposal, geometry in selection.places()
    )
    answer = jsonify(body)
    answer.content_type = GEOJSON
    return answer


def _feature(selection: Selection, proposal: Any, geometry: dict[str, Any]) -> dict[str, Any]:
    status, status_label = selection.status_of(proposal)
    chosen = selection.chosen(proposal)
    return {
        "type": "Feature",
        "id": proposal.id,
        "geometry": geometry,
        "properties": {
            "id": proposal.id,
            "title": proposal.title,
            "status": status,
            "status_label": status_label,
            "organisation": proposal.organisation.name,
            "amount_text": formatting.mnkr(proposal.outlay_ore, locale=formatting.current_locale()),
            "years_text": selection.years_text(proposal),
            "start_year": chosen.start_year if chosen else None,
            "url": url_for("proposals.show", proposal_id=proposal.id),
        },
    }


@pages.get("/outline.json")
@access.requires("see")
def outline() -> ResponseReturnValue:
    """The municipality and its districts as GeoJSON, E N in SWEREF 99 TM."""
    work = sessions.current()
    found = places.outline(work, sessions.settings().municipality_code)
    if not found["features"]:
        raise NotFoundError("municipality", sessions.settings().municipality_code)
    answer = jsonify(found)
    answer.content_type = GEOJSON
    return answer
