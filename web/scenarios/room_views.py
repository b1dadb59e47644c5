"""The room taken from the finances, as the scenario's pages tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

from investplan.domain.labels import N_
from investplan.services import plans
from investplan.services.financial_room import Change, ChangeKind
from investplan.services.scenarios import LimitFacts
from web.errors import say

KINDS = {
    ChangeKind.ADD: (N_("Ny gräns"), "submitted"),
    ChangeKind.CHANGE: (N_("Ändras"), "moved"),
    ChangeKind.SAME: (N_("Oförändrad"), "ok"),
    ChangeKind.REMOVE: (N_("Tas bort: målet finns inte längre"), "out"),
    ChangeKind.REPLACE: (N_("Tas bort: ersätts av rummet"), "out"),
}
"""What happens to a limit, and the shape that shows it."""


@dataclass(frozen=True)
class RoomRow:
    """One limit before and after; `ticked` says whether it is to be taken."""

    change: Change
    label: str
    formula: str
    kind_label: str
    kind_code: str
    ticked: bool

    @property
    def is_open(self) -> bool:
        """Whether there is anything to choose."""
        return self.change.kind is not ChangeKind.SAME


def rows(changes: Sequence[Change], ticked: set[str] | None) -> list[RoomRow]:
    """The limits in order; all are ticked until the reader has said otherwise."""
    return [_row(change, ticked is None or change.code in ticked) for change in changes]


def _row(change: Change, ticked: bool) -> RoomRow:
    limit: Any = change.after or change.before
    text, code = KINDS[change.kind]
    return RoomRow(change, _(limit.label or limit.code), formula(limit), _(text), code, ticked)


def formula(limit: LimitFacts) -> str:
    """What the limit compares with its most, where its name does not say it: rows with weights, and which years."""
    extra = limit.extra
    weights = extra.get("of") or {limit.row: "1"}
    if not any(name in extra for name in ("of", "cumulative", "window", "origin")):
        return ""
    exact = {row: Fraction(weight) for row, weight in weights.items()}
    return say(plans.span_note(exact, cumulative=bool(extra.get("cumulative")), window=extra.get("window")))
