"""Points of a proposal by criterion: as its page shows them, and set by finance."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.errors import ConflictError, Note
from investplan.services import proposal_records, proposals, rounds
from web import access, formatting, sessions
from web.errors import say
from web.proposals import editing


def register(pages: Blueprint, one: str) -> None:
    """Give the blueprint its address; `one` is the path of one proposal."""
    pages.add_url_rule(f"{one}/score", view_func=score, methods=["POST"])


def of_proposal(proposal: Any) -> dict[str, Any]:
    """What the page shows: points per criterion, and weighted where all are given."""
    criteria = rounds.criteria(sessions.current(), proposal.round_id)
    points = proposal_records.scores(proposal)
    given = [(one, points.get(one.code)) for one in criteria]
    weighted = sum(one.weight_permille * value for one, value in given if value is not None)
    complete = bool(given) and all(value is not None for _one, value in given)
    return {
        "scores": given,
        "weighted_permille": weighted if complete else None,
        "point_choices": [(number, number) for number in range(6)],
        "score_rows": [
            [
                one.name,
                formatting.percent(Fraction(one.weight_permille, 1000), locale=formatting.current_locale()),
                "–" if value is None else value,
            ]
            for one, value in given
        ],
    }


@access.requires("score proposal")
def score(proposal_id: int) -> ResponseReturnValue:
    """Set the points per criterion; a criterion left without is not scored."""
    work = sessions.current()
    proposal = proposals.find(work, proposal_id)
    points, faults = _read_points(proposal.round_id)
    if faults:
        for note in faults.values():
            flash(say(note), "error")
        return redirect(url_for("proposals.show", proposal_id=proposal_id, _anchor="scores"))
    if any(name.startswith("keep-") for name in request.form):
        points = _kept_points(points, proposal_records.scores(proposal))
    try:
        proposals.score(work, proposal_id, points, seen_version=editing.seen_version())
    except ConflictError as conflict:
        return _score_conflict(proposal_id, points, conflict), 409
    flash(_("Poängen är sparade."), "success")
    return redirect(url_for("proposals.show", proposal_id=proposal_id, _anchor="scores"))


def _read_points(round_id: int) -> tuple[dict[str, int], dict[str, Note]]:
    points: dict[str, int] = {}
    faults: dict[str, Note] = {}
    for criterion in rounds.criteria(sessions.current(), round_id):
        text = request.form.get(f"score-{criterion.code}", "").strip()
        if re.fullmatch(r"[0-5]", text, re.ASCII):
            points[criterion.code] = int(text)
        elif text:
            faults[f"score-{criterion.code}"] = Note(
                "%(name)s: poängen går från 0 till 5.", {"name": criterion.name}
            )
    return points, faults


def _kept_points(mine: dict[str, int], theirs: dict[str, int]) -> dict[str, int]:
    sides = {
        code: mine if request.form.get(f"keep-{code}") == "mine" else theirs for code in {*mine, *theirs}
    }
    return {code: side[code] for code, side in sides.items() if code in side}


def _score_conflict(proposal_id: int, points: dict[str, int], conflict: ConflictError) -> str:
    theirs = conflict.stored["scores"]
    fields = [
        {
            "name": one.code,
            "label": one.name,
            "mine": str(points.get(one.code, "")),
            "theirs": str(theirs.get(one.code, "")),
        }
        for one in rounds.criteria(
            sessions.current(), proposals.find(sessions.current(), proposal_id).round_id
        )
    ]
    hidden = {f"score-{code}": value for code, value in points.items()}
    return editing.render_conflict(
        proposals.find(sessions.current(), proposal_id),
        fields,
        url_for("proposals.score", proposal_id=proposal_id),
        hidden,
        url_for("proposals.show", proposal_id=proposal_id, _anchor="scores"),
    )
