"""Coordination: pairs of proposals near each other in space and time, and what to do with each."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.errors import InvalidInputError, Note
from investplan.services import neighbours, rounds, scenarios
from investplan.units import AmountError, kronor_from_ore, parse_amount
from web import access, sessions
from web.coordination import telling

pages = Blueprint("coordination", __name__, template_folder="templates", url_prefix="/coordination")
SIZE = 50
KEPT = ("distance", "years")


def _whole(given: Any, name: str, default: int, most: int) -> int:
    text = given.get(name, "")
    return min(int(text), most) if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else default


@pages.get("")
@access.requires("edit scenario")
def index() -> ResponseReturnValue:
    """The latest round's pairs, the nearest first, page by page; dismissed ones last."""
    return _index({})


def _index(errors: dict[str, Note]) -> str:
    work = sessions.current()
    planning_round = rounds.latest(work)
    distance = _whole(request.args, "distance", neighbours.DISTANCE_M, neighbours.MAX_DISTANCE_M)
    years = _whole(request.args, "years", neighbours.GAP_YEARS, neighbours.MAX_GAP_YEARS)
    shared: dict[str, Any] = {
        "planning_round": planning_round,
        "distance": distance,
        "years": years,
        "errors": errors,
    }
    if planning_round is None:
        return render_template("coordination/index.html", count=0, rows=[], **shared)
    away = neighbours.dismissed(work, planning_round.id)
    every = neighbours.pairs(work, planning_round.id, distance_m=distance, gap_years=years)
    found = [one for one in every if (one.first, one.second) not in away]
    pages_count = max(1, -(-len(found) // SIZE))
    number = max(1, min(_whole(request.args, "page", 1, 10**6), pages_count))
    part = found[(number - 1) * SIZE : number * SIZE]
    ids = {key for one in part for key in (one.first, one.second)} | {key for pair in away for key in pair}
    named = neighbours.names(work, planning_round.id, ids)
    kept: dict[str, Any] = {name: request.args[name] for name in KEPT if request.args.get(name)}
    return render_template(
        "coordination/index.html",
        rows=telling.rows(part, named),
        count=len(found),
        away=[(named[a], named[b], one) for (a, b), one in away.items() if a in named and b in named],
        scenarios=[(one.id, one.name) for one in scenarios.of_round(work, planning_round.id)],
        page=number,
        pages=pages_count,
        page_url=lambda wanted: url_for(".index", **kept, page=wanted),
        key=secrets.token_urlsafe(12),
        **shared,
    )


def _pair() -> tuple[int, int]:
    return _whole(request.form, "first", 0, 2**31 - 1), _whole(request.form, "second", 0, 2**31 - 1)


def _key() -> str:
    first, second = _pair()
    return f"{request.form.get('key', '')[:60]}:{first}:{second}" if request.form.get("key") else ""


@pages.post("/rules")
@access.requires("edit scenario")
def add_rule() -> ResponseReturnValue:
    """Give a scenario the rule that the pair is coordinated."""
    try:
        saving = kronor_from_ore(parse_amount(request.form.get("saving", "").strip() or "0", "mnkr"))
        scenario_id = neighbours.coordinate(
            sessions.current(), _whole(request.form, "scenario", 0, 2**31 - 1), *_pair(),
            saving_kronor=saving, key=_key(),
        )  # fmt: skip
    except AmountError as error:
        return _index({"saving": error.note}), 422
    except InvalidInputError as error:
        return _index(error.fields), 422
    flash(_("Scenariot har fått regeln: startar förslagen samma år samordnas de."), "success")
    return redirect(url_for("scenarios.show", scenario_id=scenario_id, _anchor="rules"), 303)


@pages.post("/dismiss")
@access.requires("edit places")
def dismiss() -> ResponseReturnValue:
    """Say that a pair is not to be coordinated, and why."""
    reason = request.form.get("reason", "").replace("\x00", "")
    try:
        neighbours.dismiss(sessions.current(), *_pair(), reason=reason, key=_key())
    except InvalidInputError as error:
        return _index(error.fields), 422
    flash(_("Paret är avfärdat. Det står kvar sist på sidan med sitt skäl."), "success")
    return redirect(url_for(".index"), 303)


@pages.post("/restore")
@access.requires("edit places")
def restore() -> ResponseReturnValue:
    """Take a dismissal back."""
    neighbours.restore(sessions.current(), *_pair())
    flash(_("Paret är tillbaka i listan."), "success")
    return redirect(url_for(".index"), 303)
