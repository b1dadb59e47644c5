"""Alternatives on the same basis: present values over the same years, in each view by itself.

The municipality's value counts money: outlays less grants when they are paid, costs to others, and at the end of the
period the book value that is left as a credit, and the restoring of premises still rented as a cost. Depreciation and
loan interest are left out: the outlay is counted already, and the discount rate is what money costs.

A committee's value counts what its frame carries: rent, own capital cost, operating. There is no credit at the end,
since capital cost charges only what the period uses up.

Amounts fall at the end of their year. What is paid before the period is brought forward with interest. Exact fractions,
rounded once. Source: sections 1.6, 1.7 and 2.4 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from investplan.domain.capital_costs import percent_text
from investplan.domain.consequences import Consequences, ConsolidatedKind, consequences
from investplan.domain.labels import N_
from investplan.domain.parameters import Parameters
from investplan.domain.proposals import Alternative, Component, Lease
from investplan.errors import Note
from investplan.units import Month, Ore, round_half_up


@dataclass(frozen=True)
class Period:
    """`count` whole years from `first`, and the discount rate."""

    first: int
    count: int
    rate: Fraction

    @property
    def last(self) -> int:
        return self.first + self.count - 1

    def factor(self, year: int) -> Fraction:
        """The value on 1 January of the first year of 1 paid at the end of `year`."""
        return (1 + self.rate) ** (self.first - 1 - year)

    def yearly(self, present: Fraction) -> Fraction:
        """The same amount at the end of every year of the period that has the present value."""
        if not self.rate:
            return present * Fraction(1, self.count)
        return present * self.rate * (1 / Fraction(1 - (1 + self.rate) ** -self.count))


@dataclass(frozen=True)
class ValueLine:
    """One part of a present value: `present_ore` of all lines add up to the total to the öre."""

    label: str
    detail: str
    present_ore: Ore


@dataclass(frozen=True)
class _PresentValue:
    """A present value and what it is a year, whole and per m². Compares only with its own kind over the same period."""

    period: Period
    lines: tuple[ValueLine, ...]
    total_ore: Ore
    yearly_ore: Ore
    yearly_ore_per_m2: Ore | None


@dataclass(frozen=True)
class CommitteeValue(_PresentValue):
    """What an alternative costs one committee's frame."""

    committee: str = ""

    def less(self, other: CommitteeValue) -> Ore:
        """How much more this costs than the other; negative where it costs less.

        Raises:
            ValueError: of different committees or periods.
        """
        if (self.committee, self.period) != (other.committee, other.period):
            raise ValueError("present values of different committees or periods")
        return self.total_ore - other.total_ore


@dataclass(frozen=True)
class ConsolidatedValue(_PresentValue):
    """What an alternative costs the municipality as a whole."""

    def less(self, other: ConsolidatedValue) -> Ore:
        """How much more this costs than the other; negative where it costs less.

        Raises:
            ValueError: of different periods.
        """
        if self.period != other.period:
            raise ValueError("present values of different periods")
        return self.total_ore - other.total_ore


@dataclass(frozen=True)
class Comparison:
    """One alternative from one start over the common period; the two values answer different questions."""

    code: str
    title: str
    start: int
    area_m2: int | None
    committees: tuple[CommitteeValue, ...]
    consolidated: ConsolidatedValue
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class _Part:
    label: str
    detail: str
    present: Fraction


def compare(
    alternatives: Sequence[tuple[Alternative, int]],
    *,
    committee: str,
    parameters: Parameters,
    companies: frozenset[str] = frozenset(),
) -> list[Comparison]:
    """Each alternative with its start year, over `comparison_years` from the year of the earliest commissioning."""
    if not alternatives:
        return []
    commissioned = [Month(start, 1).plus(one.commissioned_after_months) for one, start in alternatives]
    period = Period(min(commissioned).year, parameters.comparison_years, parameters.discount_rate)
    earliest = min(period.first, *(_first_outlay_year(one, start) for one, start in alternatives))
    years = range(earliest, period.last + 1)
    return [
        compared(
            alternative,
            start,
            consequences(
                alternative,
                committee=committee,
                start=start,
                parameters=parameters,
                years=years,
                companies=companies,
            ),
            period,
            companies,
        )
        for alternative, start in alternatives
    ]


def _first_outlay_year(alternative: Alternative, start: int) -> int:
    offsets = [one.year_offset for one in alternative.outlays]
    offsets += [one.year_offset for one in alternative.grants or ()]
    return start + min(offsets, default=0)


def compared(
    alternative: Alternative,
    start: int,
    found: Consequences,
    period: Period,
    companies: frozenset[str] = frozenset(),
) -> Comparison:
    """The present values of consequences whose years reach from the first outlay to the end of the period."""
    area = _area_m2(alternative)
    restoring = restored_at_end(alternative, found, period, companies)
    return Comparison(
        alternative.code,
        alternative.title,
        start,
        area,
        tuple(
            committee_value(found, code, period, area, [one for one in restoring if one.tenant == code])
            for code in found.committee_view.committees
        ),
        present_value_of(found, period, area, restoring),
        tuple(_notes(alternative, period)),
    )


def _area_m2(alternative: Alternative) -> int | None:
    """What is rented or built; of leases those that are not ended."""
    leased = sum(one.area_m2 for one in alternative.leases if not one.ended)
    return (alternative.area_m2 or 0) + leased or None


def restored_at_end(
    alternative: Alternative, found: Consequences, period: Period, companies: frozenset[str] = frozenset()
) -> list[Lease]:
    """The municipality's own leases still open when the period ends: restoring them is counted then."""
    return [
        one for one in alternative.leases if one.tenant not in companies and _open_at_end(one, found, period)
    ]


def _open_at_end(lease: Lease, found: Consequences, period: Period) -> bool:
    """Whether the premises are still rented when the period ends, and have to be restored some time."""
    if lease.ended or not lease.restoration_ore:
        return False
    if lease.lasts_months is None:
        return True
    end = found.first_charged.plus(lease.starts_after_months + lease.lasts_months - 1)
    return end.year > period.last


def present_value_of(
    found: Consequences, period: Period, area_m2: int | None = None, restoring: Sequence[Lease] = ()
) -> ConsolidatedValue:
    """The municipality's present value: money paid to and got from others, less the book value left at the end."""
    cash = (ConsolidatedKind.EXTERNAL_RUNNING, ConsolidatedKind.EXTERNAL_OPERATING)
    parts = [
        _Part(N_("Investeringsutgift efter bidrag"), "", _present(found, found.net_outlay_ore, period)),
        *(
            _Part(line.label, line.detail, _present(found, line.amounts_ore, period))
            for line in found.consolidated_view.lines
            if line.kind in cash
        ),
        _Part(
            N_("Bokfört värde vid periodens slut"),
            "",
            -found.book_value_ore[found.years.index(period.last)] * period.factor(period.last),
        ),
        *_restored(restoring, period),
    ]
    return ConsolidatedValue(period, *_rounded(parts, period, area_m2))


def committee_value(
    found: Consequences,
    committee: str,
    period: Period,
    area_m2: int | None = None,
    restoring: Sequence[Lease] = (),
) -> CommitteeValue:
    """The committee's present value: the levels that its frame carries."""
    parts = [
        _Part(line.label, line.detail, _present(found, line.amounts_ore, period))
        for line in found.committee_view.lines_of(committee)
    ]
    return CommitteeValue(
        period, *_rounded([*parts, *_restored(restoring, period)], period, area_m2), committee
    )


def _present(found: Consequences, amounts_ore: Sequence[Ore], period: Period) -> Fraction:
    return sum(
        (
            amount * period.factor(year)
            for year, amount in zip(found.years, amounts_ore, strict=True)
            if amount and year <= period.last
        ),
        Fraction(0),
    )


def _restored(leases: Iterable[Lease], period: Period) -> Iterable[_Part]:
    for lease in leases:
        amount = lease.restoration_ore * period.factor(period.last)
        yield _Part(N_("Återställning, räknad vid periodens slut"), lease.name, amount)


def _rounded(
    parts: Sequence[_Part], period: Period, area_m2: int | None
) -> tuple[tuple[ValueLine, ...], Ore, Ore, Ore | None]:
    """The lines rounded so that they add up to the total (largest remainder), which is rounded once as the rest is."""
    exact = sum((part.present for part in parts), Fraction(0))
    floors = [part.present.numerator // part.present.denominator for part in parts]
    missing = round_half_up(exact) - sum(floors)
    order = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i].present, i))
    for i in order[:missing]:
        floors[i] += 1
    lines = tuple(
        ValueLine(part.label, part.detail, amount)
        for part, amount in zip(parts, floors, strict=True)
        if part.present
    )
    yearly = period.yearly(exact)
    per_m2 = round_half_up(yearly * Fraction(1, area_m2)) if area_m2 else None
    return lines, round_half_up(exact), round_half_up(yearly), per_m2


def _notes(alternative: Alternative, period: Period) -> Iterable[Note]:
    yield Note(
        "Nuvärde den 1 januari %(first)s av åren %(first)s–%(last)s med kalkylräntan %(rate)s, som inte är internräntan."
        " Det som betalas tidigare räknas upp med samma ränta.",
        {"first": period.first, "last": period.last, "rate": percent_text(period.rate)},
    )
    worn = [one.name for one in alternative.components if _wears_out(one, period)]
    if worn:
        text = "Räknas utan utbyte av det som slits ut under perioden: %(names)s."
        yield Note(text, {"names": ", ".join(worn)})


def _wears_out(component: Component, period: Period) -> bool:
    return component.life_months is not None and component.life_months < 12 * period.count
