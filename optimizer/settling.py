"""Which proposals are settled although a gap is left: in or out in every plan that is better than the one found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from optimizer.models import Model
from optimizer.problem import Choice
from optimizer.relaxing import Relaxation, proposal_spans


@dataclass(frozen=True)
class Settled:
    """Ids of proposals, sorted. What is neither `inside` nor `outside` in every better plan is `open`."""

    inside: tuple[str, ...]
    outside: tuple[str, ...]
    open: tuple[str, ...]


def all_settled(model: Model, chosen: Sequence[Choice]) -> Settled:
    """For a plan that is proven best: no plan is better, so nothing is open."""
    inside = {choice.proposal for choice in chosen}
    out = tuple(p for p in model.variables.of_proposal if p not in inside)
    return Settled(tuple(sorted(inside)), out, ())


def settle(model: Model, relaxation: Relaxation, chosen: Sequence[Choice], value: Fraction) -> Settled:
    """By the losses of the relaxation: what would bring the bound down to the plan's value is in no better plan."""
    inside = {choice.proposal for choice in chosen}
    firsts, ends = proposal_spans(model)
    groups: dict[str, list[str]] = {"inside": [], "outside": [], "open": []}
    for k, proposal in enumerate(model.variables.of_proposal):
        own = relaxation.losses[firsts[k] : ends[k]]
        loss = float(relaxation.losses_out[k] if proposal in inside else own.min(initial=np.inf))
        most = model.aim.rounded_bound(relaxation.bound - loss)
        settled = most is None or most <= value
        groups[("inside" if proposal in inside else "outside") if settled else "open"].append(proposal)
    return Settled(tuple(groups["inside"]), tuple(groups["outside"]), tuple(groups["open"]))
