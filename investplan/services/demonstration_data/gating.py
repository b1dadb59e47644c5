"""What has happened to some of the fictional proposals' investigations: moves through gates, and money asked for."""

from __future__ import annotations

from datetime import date

from investplan.db.models import PlanningRound
from investplan.services import investigation_requests, proposals, stage_moves
from investplan.services.investigation_requests import AskedMoney
from investplan.services.stage_moves import StatedMove
from investplan.services.work import Work

TKR_ORE = 100_000
ANALYSED, WAITING = "UN 2026/0124", "UN 2026/0125"
DECIDED_ON = date(2026, 2, 10)


def load(planner: Work, board: Work, planning_round: PlanningRound) -> None:
    """A need that is being analysed with money granted for it, and one that waits for money."""
    by_case = {one.case_number: one for one in proposals.all_of(planner, planning_round.id)}
    analysed, waiting = by_case[ANALYSED], by_case[WAITING]
    stage_moves.move(
        planner,
        analysed.id,
        "needs_analysis",
        StatedMove(body="Utbildningsnämnden", reason="Nämnden vill veta vad skolan kan användas till."),
        seen_version=analysed.version,
    )
    year = planning_round.budget_year
    asked = investigation_requests.ask(
        planner, analysed.id, AskedMoney(year, 350 * TKR_ORE, "Behovsanalys och besiktning av skolan", "UN")
    )
    investigation_requests.decide(
        board,
        asked.id,
        granted=True,
        body="Kommunstyrelsens arbetsutskott",
        decided_on=DECIDED_ON,
        paragraph="31",
        seen_version=asked.version,
    )
    investigation_requests.ask(
        planner, waiting.id, AskedMoney(year, 600 * TKR_ORE, "Förstudie av två lägen", "UN")
    )
