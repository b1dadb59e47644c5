"""The committees' own orders of their proposals, beside the central order by points."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.errors import ConflictError, InvalidInputError, Note
from investplan.services import committee_rankings, overviews, rounds
from investplan.services.committee_rankings import Ranked
from web import access, formatting, sessions
from web.proposals.editing import seen_version

pages = Blueprint("rankings", __name__, template_folder="templates", url_prefix="/rankings")
NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
Row = dict[str, Any]


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """How far each committee's order agrees with the central one."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    found = committee_rankings.of_round(work, planning_round.id) if planning_round else []
    return render_template(
        "rankings/index.html",
        planning_round=planning_round,
        rows=[(one, len(_ranked_ids(one)), _agreement(one), _widest(one)) for one in found],
        own_id=work.actor.organisation_id,
    )


def _ranked_ids(ranked: Ranked) -> list[int]:
    return [row.proposal_id for row in ranked.comparison.rows if row.own is not None]


def _agreement(ranked: Ranked) -> str:
    share = ranked.comparison.agreement
    return "–" if share is None else formatting.percent(share, 0, locale=formatting.current_locale())


def _widest(ranked: Ranked) -> str:
    """The proposal that the two orders set furthest apart, in words."""
    apart = [row for row in ranked.comparison.rows if row.apart]
    if not apart:
        return "–"
    row = max(apart, key=lambda one: abs(one.apart or 0))
    return str(
        _(
            "%(title)s: nämnden %(own)s, centralt %(central)s",
            title=ranked.proposals[row.proposal_id].title,
            own=row.own,
            central=row.central,
        )
    )


@pages.get("/<int:organisation_id>")
@access.requires("see")
def show(organisation_id: int) -> ResponseReturnValue:
    """One committee's order beside the central one, with what the latest plan says."""
    work = sessions.current()
    planning_round = rounds.latest(work)
    if planning_round is None:
        return render_template("rankings/index.html", planning_round=None, rows=[], own_id=None)
    ranked = committee_rankings.find(work, planning_round.id, organisation_id)
    return render_template(
        "rankings/show.html",
        ranked=ranked,
        rows=_shown(ranked, _outcomes(planning_round.id)),
        agreement=_agreement(ranked),
        count=len(_ranked_ids(ranked)),
    )


def _outcomes(round_id: int) -> dict[int, str]:
    """What became of each proposal: decided, or in the latest plan."""
    work = sessions.current()
    finished = overviews.finished_runs(work, round_id, most=1)
    found = {
        key: str(_("plan: start %(year)s", year=start.start_year) if start else _("plan: inte med"))
        for key, start in (overviews.planned_starts(finished[0]).items() if finished else ())
    }
    decided = overviews.decided_starts(work, round_id)
    return found | {
        key: str(_("beslutat, start %(year)s", year=one.start_year)) for key, one in decided.items()
    }


def _shown(ranked: Ranked, outcomes: dict[int, str]) -> list[Row]:
    locale = formatting.current_locale()
    rows = []
    for row in ranked.comparison.rows:
        points = ranked.points.get(row.proposal_id)
        rows.append(
            {
                "proposal": ranked.proposals[row.proposal_id],
                "own": row.own,
                "central": row.central,
                "apart": row.apart,
                "apart_text": _apart_text(row.apart),
                "points": "–" if points is None else formatting.number(points, 2, locale=locale),
                "motive": ranked.motives.get(row.proposal_id, ""),
                "outcome": outcomes.get(row.proposal_id, "–"),
            }
        )
    return rows


def _apart_text(apart: int | None) -> str:
    if apart is None:
        return "–"
    if apart == 0:
        return str(_("samma"))
    return str(_("%(count)s högre", count=apart) if apart > 0 else _("%(count)s lägre", count=-apart))


@pages.get("/<int:organisation_id>/edit")
@access.requires("rank proposals")
def edit(organisation_id: int) -> ResponseReturnValue:
    work = sessions.current()
    work.require("rank proposals", organisation_id=organisation_id)
    planning_round = rounds.latest(work)
    if planning_round is None:
        return redirect(url_for(".index"))
    ranked = committee_rankings.find(work, planning_round.id, organisation_id)
    places = {row.proposal_id: str(row.own or "") for row in ranked.comparison.rows}
    order = [row.proposal_id for row in ranked.comparison.rows]
    return _form(ranked, order, places, dict(ranked.motives), ranked.motive, ranked.version, {})


def _form(
    ranked: Ranked,
    order: list[int],
    places: dict[int, str],
    motives: dict[int, str],
    motive: str,
    version: int,
    errors: dict[str, Note],
    *,
    moved: int | None = None,
) -> str:
    rows = [
        {"proposal": ranked.proposals[key], "place": places.get(key, ""), "motive": motives.get(key, "")}
        for key in order
        if key in ranked.proposals
    ]
    return render_template(
        "rankings/edit.html",
        ranked=ranked,
        rows=rows,
        motive=motive,
        version=version,
        errors=errors,
        moved=moved,
    )


@pages.post("/<int:organisation_id>/edit")
@access.requires("rank proposals")
def save(organisation_id: int) -> ResponseReturnValue:
    """Save the order; or, for a button that moves a row, show the rows in the new order without saving."""
    work = sessions.current()
    work.require("rank proposals", organisation_id=organisation_id)
    planning_round = rounds.latest(work)
    if planning_round is None:
        return redirect(url_for(".index"))
    ranked = committee_rankings.find(work, planning_round.id, organisation_id)
    typed, faults = _places(ranked)
    motives = {
        key: request.form.get(f"motive-{key}", "").replace("\x00", "")[:3000] for key in ranked.proposals
    }
    motive = request.form.get("motive", "").replace("\x00", "")[:3000]
    order = sorted(
        typed, key=lambda key: (not typed[key], int(typed[key] or 0) if typed[key].isdecimal() else 0)
    )
    version = seen_version_or_none()
    if faults:
        return _form(ranked, order, typed, motives, motive, version, faults), 422
    move = request.form.get("move", "")
    if move:
        moved = _moved([key for key in order if typed[key]], move)
        rest = [key for key in order if key not in moved[0]]
        places = {key: str(place) for place, key in enumerate(moved[0], start=1)}
        return _form(ranked, moved[0] + rest, places, motives, motive, version, {}, moved=moved[1])
    chosen = [key for key in order if typed[key]]
    try:
        committee_rankings.save(
            work,
            planning_round.id,
            organisation_id,
            chosen,
            motives=motives,
            motive=motive,
            seen_version=version,
        )
    except InvalidInputError as refused:
        return _form(ranked, order, typed, motives, motive, version, dict(refused.fields)), 422
    except ConflictError:
        text = Note(
            "%(who)s har sparat en annan ordning sedan du öppnade sidan. Din ordning står kvar här. Spara igen för att "
            "låta den gälla, eller läs den sparade först.",
            {"who": ranked.changed_by},
        )
        return _form(ranked, order, typed, motives, motive, ranked.version, {"order": text}), 409
    flash(_("Nämndens ordning är sparad."), "success")
    return redirect(url_for(".show", organisation_id=organisation_id), 303)


def seen_version_or_none() -> int:
    """The version before the writer; 0 where there was none, which the general reader refuses."""
    return 0 if request.form.get("version") == "0" else seen_version()


def _places(ranked: Ranked) -> tuple[dict[int, str], dict[str, Note]]:
    """What stands in the fields, by proposal: a whole number from 1, or nothing."""
    typed = {key: request.form.get(f"place-{key}", "").strip()[:12] for key in ranked.proposals}
    faults: dict[str, Note] = {}
    for key, text in typed.items():
        if text and not NUMBER.fullmatch(text):
            faults[f"place-{key}"] = Note(
                "%(title)s: skriv platsen som ett heltal, eller lämna tomt.",
                {"title": ranked.proposals[key].title},
            )
    seen: dict[str, int] = {}
    for key, text in typed.items():
        if text and text in seen and f"place-{key}" not in faults:
            faults[f"place-{key}"] = Note(
                "%(title)s har samma plats som %(other)s.",
                {"title": ranked.proposals[key].title, "other": ranked.proposals[seen[text]].title},
            )
        seen.setdefault(text, key)
    return typed, faults


def _moved(order: list[int], move: str) -> tuple[list[int], int | None]:
    """The order with one row a step up or down: `up-12`, `down-12`; one without a place goes last (`up`)."""
    way, _sep, text = move.partition("-")
    key = int(text) if text.isdecimal() and len(text) < 12 else -1
    if key not in order:
        return ([*order, key], key) if key > 0 and way == "up" else (order, None)
    place = order.index(key)
    other = place - 1 if way == "up" else place + 1
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
    return order, key
