"""A committee's own order of what it has submitted, beside the central order by weighted points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import lazyload

from investplan.db.models import CommitteeRank, CommitteeRanking, Organisation, Proposal
from investplan.domain import rankings
from investplan.domain.proposals import Status
from investplan.errors import ConflictError, InvalidInputError
from investplan.services import organisations, proposal_records, rounds
from investplan.services.work import Work

RANKED = (Status.SUBMITTED, Status.DECIDED)


@dataclass(frozen=True)
class Ranked:
    """A committee's order in a round. `version` 0: it has none yet, and every proposal is unranked.

    Attributes:
        proposals: What it has submitted, by id.
        points: Weighted points by proposal id; None while some criterion is not scored.
    """

    organisation: Organisation
    comparison: rankings.Comparison
    proposals: Mapping[int, Proposal]
    points: Mapping[int, Fraction | None]
    motives: Mapping[int, str]
    motive: str = ""
    version: int = 0
    changed_by: str = ""
    changed_at: Any = None


def of_round(work: Work, round_id: int, *, organisation_id: int | None = None) -> list[Ranked]:
    """Every committee that has submitted something, by name; or one of them."""
    work.require("see")
    # What is submitted everybody may see; what its alternatives say is not asked for.
    query = select(Proposal).where(
        Proposal.round_id == round_id, Proposal.status.in_([one.value for one in RANKED])
    )
    query = query.options(lazyload(Proposal.alternatives)).order_by(Proposal.id)
    orders = select(CommitteeRanking).where(CommitteeRanking.round_id == round_id)
    if organisation_id is not None:
        query = query.where(Proposal.organisation_id == organisation_id)
        orders = orders.where(CommitteeRanking.organisation_id == organisation_id)
    by_owner: dict[int, list[Proposal]] = {}
    for one in work.session.scalars(query):
        by_owner.setdefault(one.organisation_id, []).append(one)
    stored = {row.organisation_id: row for row in work.session.scalars(orders)}
    weights = _weights(work, round_id)
    found = [_ranked(owned, stored.get(key), weights) for key, owned in by_owner.items()]
    return sorted(found, key=lambda one: one.organisation.name)


def find(work: Work, round_id: int, organisation_id: int) -> Ranked:
    """One committee's order.

    Raises:
        NotFoundError: no such organisation.
    """
    work.require("see")
    organisation = organisations.find(work, organisation_id)
    mine = of_round(work, round_id, organisation_id=organisation_id)
    return mine[0] if mine else Ranked(organisation, rankings.compare((), {}, ()), {}, {}, {})


def _weights(work: Work, round_id: int) -> dict[str, Fraction]:
    return {one.code: Fraction(one.weight_permille, 1000) for one in rounds.criteria(work, round_id)}


def _ranked(
    owned: Sequence[Proposal], row: CommitteeRanking | None, weights: Mapping[str, Fraction]
) -> Ranked:
    points = {one.id: _weighted(proposal_records.scores(one), weights) for one in owned}
    places = row.places if row else []
    order = [place.proposal_id for place in places]
    return Ranked(
        owned[0].organisation,
        rankings.compare(order, points, [one.id for one in owned]),
        {one.id: one for one in owned},
        points,
        {place.proposal_id: place.motive for place in places},
        row.motive if row else "",
        row.version if row else 0,
        row.changed_by if row else "",
        row.changed_at if row else None,
    )


def _weighted(scores: Mapping[str, int], weights: Mapping[str, Fraction]) -> Fraction | None:
    if not weights or any(code not in scores for code in weights):
        return None
    return sum((weight * scores[code] for code, weight in weights.items()), Fraction(0))


def save(
    work: Work,
    round_id: int,
    organisation_id: int,
    order: Sequence[int],
    *,
    motives: Mapping[int, str] | None = None,
    motive: str = "",
    seen_version: int,
) -> Ranked:
    """Set the committee's order; what is left out is not ranked.

    Raises:
        InvalidInputError: twice the same, another committee's, or a text that is too long.
        ConflictError: somebody else changed it after `seen_version`.
    """
    work.require("rank proposals", organisation_id=organisation_id)
    rounds.find(work, round_id)
    before = find(work, round_id, organisation_id)
    told = {key: text.strip() for key, text in (motives or {}).items() if key in order}
    faults = rankings.faults_in(order, told | {0: motive.strip()}, list(before.proposals))
    if faults:
        raise InvalidInputError(faults)
    asked = {
        "order": list(order),
        "motives": {str(key): text for key, text in told.items() if text},
        "motive": motive.strip(),
    }
    if before.version != seen_version:
        raise ConflictError("ranking", organisation_id, stored=to_json(before), submitted=asked)
    if asked == to_json(before):
        return before
    _write(work, round_id, organisation_id, asked, told)
    after = find(work, round_id, organisation_id)
    work.record(
        "rank proposals",
        "ranking",
        f"{round_id}/{organisation_id}",
        before=to_json(before),
        after=to_json(after),
    )
    return after


def _write(
    work: Work, round_id: int, organisation_id: int, asked: Mapping[str, Any], told: Mapping[int, str]
) -> None:
    row = work.session.scalars(
        select(CommitteeRanking).where(
            CommitteeRanking.round_id == round_id, CommitteeRanking.organisation_id == organisation_id
        )
    ).one_or_none()
    if row is None:
        row = CommitteeRanking(round_id=round_id, organisation_id=organisation_id, version=0)
        work.session.add(row)
    row.motive, row.version = asked["motive"], row.version + 1
    row.changed_by, row.changed_at = work.actor.name, work.now()
    row.places = []
    work.session.flush()
    row.places = [
        CommitteeRank(proposal_id=key, position=place, motive=told.get(key, ""))
        for place, key in enumerate(asked["order"], start=1)
    ]
    work.session.flush()


def to_json(ranked: Ranked) -> dict[str, Any]:
    """The order as the log keeps it."""
    order = [row.proposal_id for row in ranked.comparison.rows if row.own is not None]
    return {
        "order": order,
        "motives": {str(key): ranked.motives[key] for key in order if ranked.motives.get(key)},
        "motive": ranked.motive,
    }
