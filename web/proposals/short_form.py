"""The first page's short part: enough of one alternative for a simple proposal to be submitted at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from investplan.domain.proposals import Alternative, AlternativeKind, Outlay, ProposalFacts
from investplan.errors import Note
from web.proposals.typed import Faults, Reader, Typed

FIELDS = ("kind", "outlay", "start", "place_note", "all_zero")


@dataclass(frozen=True)
class ShortChoices:
    """What the short part counts from: the round's years, its price level, the usual month, and what the stage allows."""

    years: Sequence[int]
    price_level_year: int
    month: int
    earliest: int

    @property
    def starts(self) -> list[int]:
        """Years to choose among; all of them where the stage allows none."""
        return [year for year in self.years if year >= self.earliest] or list(self.years)


def blank(choices: ShortChoices) -> dict[str, str]:
    return {"kind": AlternativeKind.BUILD.value, "start": str(choices.starts[0])}


def read(typed: Typed, facts: ProposalFacts, choices: ShortChoices) -> tuple[ProposalFacts, Faults]:
    """The proposal with its first alternative, where an outlay was typed; without one there is none yet."""
    faults: Faults = {}
    top = Reader(typed.fields, faults)
    facts = replace(facts, place_note=top.text("place_note", 300))
    if not top.raw("outlay"):
        if top.raw("all_zero"):
            top.refuse("outlay", Note("Skriv utgiften. Är den noll, skriv 0."))
        return facts, faults
    kind = top.choice("kind", AlternativeKind)
    start = top.whole("start", choices.years[0], choices.years[-1])
    zero: tuple[()] | None = () if top.raw("all_zero") else None
    first = Alternative(
        code=kind.value,
        title="",
        kind=kind,
        starts=tuple(year for year in choices.years if year >= start),
        price_level_year=choices.price_level_year,
        commissioned_after_months=choices.month - 1,
        outlays=(Outlay(0, top.positive_amount("outlay")),),
        grants=zero,
        operating=zero,
        disposals=zero,
    )
    return replace(facts, alternatives=(first,)), faults
