"""Delays of decided investments: a formal decision of its own, after which the frames follow (or, if so chosen, do not).

Source: sections 2.6, 3.8 and 10.1 of the domain reference. Plan as decided and latest schedule are both kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import select

from investplan.db.models import (
    DecidedInvestment,
    Decision,
    InvestmentDelay,
    ParameterSet,
    PlanningRound,
)
from investplan.domain.consequences import CommitteeView, Consequences
from investplan.domain.delays import MAX_MONTHS
from investplan.domain.frame_rows import FrameRow, difference_rows
from investplan.domain.parameters import Parameters
from investplan.errors import InvalidInputError, Note, NotFoundError
from investplan.services import decisions, frame_rows, organisations, rounds
from investplan.services.work import Work, once

DELAY = "delay"


def investments_of(work: Work, round_id: int) -> list[DecidedInvestment]:
    """Every investment that decisions of the round hold, in the order they were decided."""
    query = (
        select(DecidedInvestment)
        .join(Decision)
        .where(Decision.round_id == round_id)
        .order_by(DecidedInvestment.id)
    )
    return list(work.session.scalars(query))


def find_investment(work: Work, investment_id: int) -> DecidedInvestment:
    work.require("see")
    found = work.session.get(DecidedInvestment, investment_id)
    if found is None:
        raise NotFoundError("decided investment", investment_id)
    return found


def title_of(decided: DecidedInvestment) -> str:
    """Case number and title as decided."""
    return f"{decided.snapshot['case_number']} {decided.snapshot['title']}"


def months_late(decided: DecidedInvestment) -> int:
    """How much later than first decided the investment is taken into use, by all recorded delays."""
    return sum(one.months for one in decided.delays)


def months_carried(decided: DecidedInvestment, before: InvestmentDelay | None = None) -> int:
    """How much of that the frames carry: up to the last delay that they followed.

    Args:
        before: Count only the delays recorded before this one.
    """
    total = carried = 0
    for one in decided.delays:
        if before is not None and one.id >= before.id:
            break
        total += one.months
        if one.claws_back:
            carried = total
    return carried


def effects_of(
    decided: DecidedInvestment,
    parameters: Parameters,
    years: Sequence[int],
    companies: frozenset[str],
    months: int = 0,
) -> Consequences:
    """What follows from the investment as decided, so many months late."""
    choice = {"alternative": decided.alternative_code, "start": decided.start_year}
    return frame_rows.effects_of_choice(
        decided.snapshot, choice, parameters, years, companies, months_late=months
    )


def view_of(
    decided: DecidedInvestment,
    parameters: Parameters,
    years: Sequence[int],
    companies: frozenset[str],
    months: int = 0,
) -> CommitteeView:
    """The committees' part of `effects_of`."""
    return effects_of(decided, parameters, years, companies, months).committee_view


def parameters_of(work: Work, decided: DecidedInvestment) -> Parameters:
    """The parameters the investment was decided with."""
    return work.session.get_one(ParameterSet, decided.parameter_set_id).parameters


def is_in_frames(work: Work, decided: DecidedInvestment) -> bool:
    """Whether the investment costs any committee anything: a company's own does not, one that it lets to a committee does."""
    years = work.session.get_one(PlanningRound, decided.decision.round_id).years
    companies = organisations.company_codes(work)
    return bool(view_of(decided, parameters_of(work, decided), years, companies).lines)


def rows_of(work: Work, delay: InvestmentDelay) -> Iterator[FrameRow]:
    """The rows that make the frames follow one delay: none where it was recorded that they do not."""
    if not delay.claws_back:
        return
    decided = delay.investment
    planning_round = work.session.get_one(PlanningRound, delay.decision.round_id)
    parameters, companies = parameters_of(work, decided), organisations.company_codes(work)
    years = planning_round.years
    total = sum(one.months for one in decided.delays if one.id <= delay.id)
    carried = months_carried(decided, before=delay)
    yield from difference_rows(
        view_of(decided, parameters, years, companies, carried),
        view_of(decided, parameters, years, companies, total),
        parameters,
        source=f"Senareläggning: {title_of(decided)}, {total} månader efter beslutad tidplan",
        key=f"{DELAY}:{delay.id}",
    )


def record(
    work: Work,
    investment_id: int,
    *,
    months: int,
    decided_on: date,
    paragraph: str,
    title: str,
    case_number: str = "",
    reason: str = "",
    key: str = "",
) -> InvestmentDelay:
    """Record that a decided investment comes `months` later than the last decision about it said.

    With `claw_back_on_delay` the frames follow by rows of the delay's own decision; without it the delay is recorded
    and no row is written.

    Raises:
        InvalidInputError: no or too many months, a decision before the one that decided the investment.
    """
    work.require("decide")
    decided = find_investment(work, investment_id)
    first = decided.decision

    def insert() -> int:
        _refuse_faults(decided, months, decided_on, paragraph, reason)
        planning_round = rounds.find(work, first.round_id)
        decision = decisions.with_paragraph(work, first.round_id, decided_on, paragraph) or decisions.record(
            work,
            first.round_id,
            decided_on=decided_on,
            paragraph=paragraph,
            title=title,
            case_number=case_number,
        )
        if any(one.decision_id == decision.id for one in decided.delays):
            raise InvalidInputError(
                {"paragraph": Note("Beslutet har redan en senareläggning av investeringen.")}
            )
        delay = InvestmentDelay(
            investment=decided,
            decision=decision,
            months=months,
            reason=reason.strip(),
            claws_back=rounds.parameters_of(planning_round).claw_back_on_delay,
            recorded_by=work.actor.user_id or 0,
            recorded_at=work.now(),
        )
        work.session.add(delay)
        work.session.flush()
        rows = _write(work, delay)
        after = {
            "investment": investment_id,
            "decision": decision.label,
            "months": months,
            "claws_back": delay.claws_back,
            "frame_rows": rows,
        }
        work.record("record delay", "decided_investment", investment_id, after=after, reason=delay.reason)
        return delay.id

    body = {
        "investment": investment_id,
        "months": months,
        "decided_on": decided_on.isoformat(),
        "paragraph": paragraph,
    }
    return work.session.get_one(InvestmentDelay, once(work, "record delay", key, body, insert))


def _write(work: Work, delay: InvestmentDelay) -> int:
    by_code = organisations.by_code(work)
    rows = [
        frame_rows.as_adjustment(
            row,
            by_code,
            round_id=delay.decision.round_id,
            proposal_id=delay.investment.proposal_id,
            decision_id=delay.decision_id,
            parameter_set_id=delay.investment.parameter_set_id,
        )
        for row in rows_of(work, delay)
    ]
    work.session.add_all(rows)
    work.session.flush()
    return len(rows)


def _refuse_faults(
    decided: DecidedInvestment, months: int, decided_on: date, paragraph: str, reason: str
) -> None:
    faults: dict[str, Note] = {}
    total = months_late(decided) + months
    if months == 0:
        faults["months"] = Note("Ange hur många månader senare, till exempel 6.")
    elif not 0 <= total <= MAX_MONTHS:
        faults["months"] = Note("Tillsammans ska förseningen vara 0–%(max)s månader.", {"max": MAX_MONTHS})
    first = decided.decision
    same = (first.decided_on, first.paragraph) == (decided_on, paragraph.strip().removeprefix("§").strip())
    if decided_on < first.decided_on or same:
        faults["decided_on"] = Note(
            "En senareläggning har ett eget beslut, efter %(label)s.", {"label": first.label}
        )
    if len(reason) > 300:
        faults["reason"] = Note("Högst 300 tecken.")
    if faults:
        raise InvalidInputError(faults)
