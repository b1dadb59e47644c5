"""Planning rounds: which there are, opening the next, and carrying proposals over to it."""

from __future__ import annotations

import re
import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from investplan.domain.organisations import OF_ORGANISATION
from investplan.errors import InvalidInputError, Note
from investplan.services import carrying_over, parameter_sets, proposals, rounds
from investplan.services.carrying_over import Candidate
from web import access, formatting, sessions

pages = Blueprint("rounds", __name__, template_folder="templates", url_prefix="/rounds")
ONE = "/<int(max=2147483647):round_id>"
FIELDS = ("name", "budget_year", "horizon_years", "parameter_set")
MOST_CHOSEN = 2000


def waiting_to_follow(planning_round: Any) -> int:
    """How many proposals the reader may carry over to the round; 0 where there is no round or it is not theirs to do."""
    if planning_round is None or not access.allowed("edit proposal"):
        return 0
    return carrying_over.count(sessions.current(), planning_round.id)


@pages.get("")
@access.requires("see")
def index() -> ResponseReturnValue:
    """Every round with its years, what it computes with, and how many proposals it has and may still get."""
    work = sessions.current()
    rows = [
        (one, sum(proposals.counts_by_status(work, one.id).values()), waiting_to_follow(one))
        for one in rounds.everything(work)
    ]
    return render_template("rounds/index.html", rounds=rows)


@pages.get("/new")
@access.requires("edit round")
def new() -> ResponseReturnValue:
    """The form for the next round, with what most would choose filled in."""
    before = rounds.latest(sessions.current())
    year = before.budget_year + 1 if before else sessions.current().today.year + 1
    typed = {
        "name": _("Budget %(year)s", year=year),
        "budget_year": str(year),
        "horizon_years": str(before.horizon_years if before else 10),
        "parameter_set": str(before.parameter_set_id) if before else "",
    }
    return _new(typed, {}, uuid.uuid4().hex)


def _new(typed: dict[str, str], faults: dict[str, Any], key: str) -> str:
    work = sessions.current()
    return render_template(
        "rounds/new.html",
        typed=typed,
        faults=faults,
        key=key,
        before=rounds.latest(work),
        sets=[(str(one.id), one.label) for one in parameter_sets.everything(work)],
    )


@pages.post("/new")
@access.requires("edit round")
def open_next() -> ResponseReturnValue:
    """Open it; then there may be proposals to carry over."""
    work, key = sessions.current(), request.form.get("key", "")[:80]
    typed = {name: request.form.get(name, "").replace("\x00", "").strip() for name in FIELDS}
    faults = _number_faults(typed)
    known = {str(one.id): one.id for one in parameter_sets.everything(work)}
    if typed["parameter_set"] not in known and (known or typed["parameter_set"]):
        faults["parameter_set"] = Note("Välj ett av alternativen.")
    if faults:
        return _new(typed, faults, key), 422
    try:
        made = rounds.open_next(
            work,
            name=typed["name"],
            budget_year=int(typed["budget_year"]),
            horizon_years=int(typed["horizon_years"]),
            parameter_set_id=known.get(typed["parameter_set"]),
            key=key,
        )
    except InvalidInputError as refused:
        return _new(typed, dict(refused.fields), key), 422
    flash(_("%(name)s är öppnad.", name=made.name), "success")
    if carrying_over.count(work, made.id):
        return redirect(url_for(".carry", round_id=made.id))
    return redirect(url_for(".index"))


def _number_faults(typed: dict[str, str]) -> dict[str, Any]:
    return {
        name: Note("Skriv ett heltal.")
        for name in ("budget_year", "horizon_years")
        if not re.fullmatch(r"[0-9]{1,4}", typed[name], re.ASCII)
    }


@pages.get(f"{ONE}/carry-over")
@access.requires("edit proposal")
def carry(round_id: int) -> ResponseReturnValue:
    """What may follow to this round, all of it ticked but what rests."""
    found = carrying_over.candidates(sessions.current(), round_id)
    ticked = {one.proposal.id for one in found if one.fault is None and one.proposal.status != "dormant"}
    return _carry(round_id, found, ticked, {}, uuid.uuid4().hex)


def _carry(round_id: int, found: list[Candidate], ticked: set[int], faults: dict[str, Any], key: str) -> str:
    work = sessions.current()
    return render_template(
        "rounds/carry.html",
        planning_round=rounds.find(work, round_id),
        candidates=found,
        left_out=max(0, carrying_over.count(work, round_id) - len(found)),
        ticked=ticked,
        faults=faults,
        key=key,
        starts_text=_starts_text,
        is_one_organisation=work.actor.role in OF_ORGANISATION,
    )


def _starts_text(one: Candidate) -> str:
    """The start years that change, alternative by alternative."""
    told = [
        _(
            "%(before)s blir %(after)s",
            before=formatting.years(moved.before),
            after=formatting.years(moved.after),
        )
        for moved in one.moved
    ]
    return "; ".join(dict.fromkeys(told))


@pages.post(f"{ONE}/carry-over")
@access.requires("edit proposal")
def carry_chosen(round_id: int) -> ResponseReturnValue:
    """Carry the ticked ones over, all or none."""
    work, key = sessions.current(), request.form.get("key", "")[:80]
    texts = request.form.getlist("proposal")[:MOST_CHOSEN]
    ticked = {int(text) for text in texts if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII)}
    try:
        made = carrying_over.carry(work, round_id, ticked, key=key)
    except InvalidInputError as refused:
        found = carrying_over.candidates(work, round_id)
        return _carry(round_id, found, ticked, dict(refused.fields), key), 422
    name = rounds.find(work, round_id).name
    flash(
        ngettext(
            "%(num)s förslag följde med till %(round)s som utkast. Gå igenom det och lämna in det på nytt.",
            "%(num)s förslag följde med till %(round)s som utkast. Gå igenom dem och lämna in dem på nytt.",
            len(made),
            round=name,
        ),
        "success",
    )
    return redirect(url_for("proposals.index", round=round_id))
