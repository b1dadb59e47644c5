"""What the start page holds for each role."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from investplan.domain.organisations import FINANCE, OF_ORGANISATION, Role
from investplan.domain.proposals import Status
from investplan.services import decisions, organisations, overviews, proposals, rounds, runs, scenarios, users
from investplan.services.work import Work
from web.proposals import steps
from web.rounds.routes import waiting_to_follow
from web.start import waiting

MOST_DRAFTS, MOST_ROWS = 20, 10


def for_user(work: Work) -> dict[str, Any]:
    """The parts of the page, by name; a part that the role has no use for is left out."""
    planning_round = rounds.latest(work)
    found: dict[str, Any] = {"planning_round": planning_round, "role": work.actor.role}
    found["to_follow"] = waiting_to_follow(planning_round)
    found |= waiting.of_reader(work, planning_round)
    if work.actor.role is Role.ADMINISTRATOR:
        found |= _administration(work)
    if planning_round is None:
        return found
    if work.actor.role in OF_ORGANISATION:
        return found | _planning(work, planning_round)
    found |= _latest(work, planning_round)
    if work.actor.role in FINANCE:
        found |= _finance(work, planning_round)
    return found


def _administration(work: Work) -> dict[str, Any]:
    return {
        "organisations": organisations.all_valid(work),
        "districts": organisations.districts(work),
        "users": users.everyone(work),
    }


def _planning(work: Work, planning_round: Any) -> dict[str, Any]:
    """The own organisation's proposals, drafts with what is missing in them."""
    own: dict[str, proposals.Page] = {}
    for status in (Status.DRAFT, Status.SUBMITTED, Status.DECIDED):
        wanted = proposals.Filter(
            organisation_id=work.actor.organisation_id or 0,
            status=status.value,
            sort="changed",
            descending=True,
        )
        size = MOST_DRAFTS if status is Status.DRAFT else MOST_ROWS
        own[status.value] = proposals.page(work, planning_round.id, wanted, size=size)
    latest = next(iter(overviews.finished_runs(work, planning_round.id, most=1)), None)
    submitted = [one.case_number for one in own[Status.SUBMITTED.value].proposals]
    drafts = [one.id for one in own[Status.DRAFT.value].proposals]
    continue_urls = {key: url_for("proposals.begin", proposal_id=key) for key in drafts}
    return {
        "own": own,
        "missing": proposals.missing(work, drafts),
        "continue_urls": continue_urls,
        "latest_run": latest,
        "fates": overviews.fates_in(latest, submitted) if latest else {},
        "decided_starts": overviews.decided_starts(work, planning_round.id),
        "step_names": steps.names(),
    }


def _latest(work: Work, planning_round: Any) -> dict[str, Any]:
    """The latest decision and the latest plans: what everybody but planners begins with."""
    finished = overviews.finished_runs(work, planning_round.id, most=MOST_ROWS)
    adopted = {decision.run_id for decision in decisions.of_round(work, planning_round.id)}
    return {
        "decisions": decisions.of_round(work, planning_round.id)[:5],
        "counts": proposals.counts_by_status(work, planning_round.id),
        "plans": [(run, run.id in adopted, url_for("runs.show", run_id=run.id)) for run in finished],
    }


def _finance(work: Work, planning_round: Any) -> dict[str, Any]:
    """What is asked for against the room, and the scenarios with their latest run."""
    of_round = scenarios.of_round(work, planning_round.id)
    latest = [
        (one, next(iter(runs.of_scenario(work, one.id)), None), url_for("scenarios.show", scenario_id=one.id))
        for one in of_round[:MOST_ROWS]
    ]
    asked = overviews.asked_outlay_by_year(work, planning_round)
    # The room that work goes on in: the scenario that ran last, else the first one made.
    shown = max(latest, key=lambda row: (row[1].id if row[1] else 0, -row[0].id))[0] if latest else None
    ceiling = ceiling_of(shown) if shown else {}
    return {
        "scenarios": [
            (one, run, url, url_for("runs.show", run_id=run.id) if run else None) for one, run, url in latest
        ],
        "run_states": _run_states(),
        "asked": asked,
        "ceiling": ceiling,
        "ceiling_name": shown.name if shown and ceiling else "",
        "bars": [
            {"year": year, "series": _("Begärd utgift"), "amount_ore": amount}
            for year, amount in asked.items()
        ],
        "limits": [{"year": year, "amount_ore": amount} for year, amount in ceiling.items()],
    }


def _run_states() -> dict[str, str]:
    return {
        "queued": _("Väntar"),
        "running": _("Räknar"),
        "done": _("Klar"),
        "cancelled": _("Avbruten"),
        "failed": _("Misslyckad"),
    }


def ceiling_of(scenario: Any) -> dict[int, int]:
    """The scenario's investment ceiling per year, öre, the lowest where it has several; without years that have none."""
    found: dict[int, int] = {}
    for limit in scenario.limits:
        if limit.row != "investment" or limit.extra.get("where"):
            continue
        for year in limit.years:
            if year.max_ore is not None:
                found[year.year] = min(year.max_ore, found.get(year.year, year.max_ore))
    return found
