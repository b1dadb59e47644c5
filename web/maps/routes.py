"""The map: proposals where they are, with the same rows in a table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.organisations import SEES_DRAFTS
from investplan.domain.proposals import Status
from investplan.errors import NotFoundError
from investplan.services import layers as map_layers
from investplan.services import overviews, place_search, places, proposals, rounds, runs
from investplan.services.kept import Kept
from investplan.services.overviews import ChosenStart
from investplan.services.proposals import Placed
from web import access, formatting, sessions
from web.layers.routes import drawn
from web.texts import label

pages = Blueprint("maps", __name__, template_folder="templates", url_prefix="/map")
GEOJSON = "application/geo+json"
JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
# A municipality's usual round fits on one page of the table; ten thousand rows do not fit in a browser.
TABLE_SIZE = 200
_told: Kept[str] = Kept(most=16)
KEPT = ("run", "round", "status", "year", "proposal")


def _whole(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else None


class Selection:
    """What the address asks for: run, round (else the one proposal's own, else the latest), status, start year.

    Attributes:
        planned: What the run chose, by proposal id; without a run, what the council has decided.
    """

    def __init__(self) -> None:
        work = sessions.current()
        run_id, round_id = _whole("run"), _whole("round")
        self.year, self.proposal_id = _whole("year"), _whole("proposal")
        self.run = runs.find(work, run_id) if run_id else None
        self.planning_round: Any
        if self.run is not None:
            self.planning_round = self.run.scenario.round
        elif round_id:
            self.planning_round = rounds.find(work, round_id)
        elif self.proposal_id:
            self.planning_round = proposals.find(work, self.proposal_id).round
        else:
            self.planning_round = rounds.latest(work)
        status = request.args.get("status", "")
        self.status = status if status in list(Status) else ""
        self.planned: Mapping[int, ChosenStart | None] = {}
        if self.run is not None:
            self.planned = overviews.planned_starts(self.run)
        elif self.planning_round is not None:
            self.planned = overviews.decided_starts(work, self.planning_round.id)
        # Ten thousand places share a handful of texts: each is put into the reader's language once.
        self._names: dict[str, str] = {}
        self._told_years: dict[tuple[tuple[int, ...], bool], str] = {}

    def drawn(self) -> list[tuple[Placed, str]]:
        """The selected proposals, each with its geometry as GeoJSON text."""
        if self.planning_round is None:
            return []
        wanted = proposals.Filter(status=self.status)
        work = sessions.current()
        found = places.of_proposals(work, self.planning_round.id, wanted, proposal_id=self.proposal_id)
        return [place for place in found if self._is_wanted(place[0])]

    def listed(self) -> list[Placed]:
        """The same proposals without their geometries."""
        return [one for one, _shape in self.drawn()]

    def _is_wanted(self, one: Placed) -> bool:
        if self.run is not None and one.id not in self.planned:
            return False
        return self.year is None or self.year in self.start_years(one)

    def chosen(self, one: Placed) -> ChosenStart | None:
        return self.planned.get(one.id)

    def start_years(self, one: Placed) -> tuple[int, ...]:
        """The year that is planned, else every year in which some alternative may start."""
        chosen = self.chosen(one)
        if chosen is not None:
            return (chosen.start_year,)
        return () if self.run is not None else one.starts

    def status_of(self, one: Placed) -> tuple[str, str]:
        """Code and name of what the symbol shows: in or out of the run's plan, else the proposal's status."""
        code = one.status if self.run is None else "in" if self.chosen(one) else "out"
        if code not in self._names:
            own = {"in": _("Med i planen"), "out": _("Inte med i planen")}
            self._names[code] = own.get(code) or label(code)
        return code, self._names[code]

    def years_text(self, one: Placed) -> str:
        years, planned = self.start_years(one), self.chosen(one) is not None
        if (years, planned) not in self._told_years:
            told = formatting.years(years)
            text = _("Start %(year)s", year=told) if planned else _("Kan starta %(years)s", years=told)
            self._told_years[years, planned] = str(text) if years else ""
        return self._told_years[years, planned]


@pages.get("")
@access.requires("see")
def show() -> ResponseReturnValue:
    """The map with its filters, and the same places as a table, page by page."""
    selection = Selection()
    listed = selection.listed()
    pages_count = max(1, -(-len(listed) // TABLE_SIZE))
    number = max(1, min(_whole("page") or 1, pages_count))
    kept: dict[str, Any] = {name: request.args[name] for name in KEPT if request.args.get(name)}
    return render_template(
        "maps/show.html",
        selection=selection,
        places=listed[(number - 1) * TABLE_SIZE : number * TABLE_SIZE],
        count=len(listed),
        page=number,
        pages=pages_count,
        is_paging="page" in request.args,
        page_url=lambda wanted: url_for(".show", **kept, page=wanted, _anchor="places"),
        features_url=url_for(".features", **kept),
        outline_url=url_for(".outline")
        if selection.planning_round and places.has_outline(selection.planning_round)
        else None,
        layers=[drawn(one, on=False) for one in map_layers.in_use(sessions.current())],
        statuses=[("", _("Alla")), *((one.value, label(one)) for one in _statuses())],
        years=[
            ("", _("Alla år")),
            *((year, year) for year in (selection.planning_round.years if selection.planning_round else ())),
        ],
        run_choices=_run_choices(selection),
    )


def _statuses() -> list[Status]:
    sees_drafts = sessions.current().actor.role in SEES_DRAFTS
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
    # An address is put together once, not for each of ten thousand places.
    address = url_for("proposals.show", proposal_id=0).removesuffix("0")
    locale = formatting.current_locale()
    if selection.planning_round is None:
        return Response('{"type":"FeatureCollection","features":[]}', content_type=GEOJSON)
    key = (
        *proposals.state(sessions.current(), selection.planning_round.id), locale, request.query_string, address,
        selection.run.id if selection.run is not None else None, tuple(selection.planned.items()),
    )  # fmt: skip

    def tell() -> str:
        told = [_feature(selection, one, shape, address, locale) for one, shape in selection.drawn()]
        return f'{{"type":"FeatureCollection","features":[{",".join(told)}]}}'

    return Response(_told.get(key, tell), content_type=GEOJSON)


def _feature(selection: Selection, one: Placed, shape: str, address: str, locale: str) -> str:
    """GeoJSON text of one place; `address` + id is the proposal's page."""
    status, status_label = selection.status_of(one)
    chosen = selection.chosen(one)
    properties = {
        "id": one.id,
        "title": one.title,
        "status": status,
        "status_label": status_label,
        "organisation": one.organisation,
        "amount_text": formatting.mnkr(one.outlay_ore, locale=locale),
        "years_text": selection.years_text(one),
        "start_year": chosen.start_year if chosen else None,
        "url": f"{address}{one.id}",
    }
    return f'{{"type":"Feature","id":{one.id},"geometry":{shape},"properties":{JSON.encode(properties)}}}'


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


@pages.get("/search.json")
@access.requires("see")
def search() -> ResponseReturnValue:
    """Places whose name has the text `q` in it: kind in words, label, detail, E N."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    found = place_search.search(work, planning_round, request.args.get("q", "")) if planning_round else []
    kinds = {"district": _("Område"), "layer": _("Kartlager"), "proposal": _("Förslag")}
    return jsonify([{**hit._asdict(), "kind": kinds[hit.kind]} for hit in found])
