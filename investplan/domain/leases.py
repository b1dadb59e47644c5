"""Premises rented from someone outside the municipality: indexed rent by month, notice, restoration.

Source: section 2.4 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from investplan.domain.capital_costs import MonthSpan, RateTable, kronor_text, percent_text
from investplan.domain.labels import N_
from investplan.domain.proposals import Lease
from investplan.errors import Note
from investplan.units import Month, Ore, round_half_up, round_ratio

LEASE_LABEL = N_("Hyra för inhyrd lokal")
RESTORATION_LABEL = N_("Återställning av inhyrd lokal")
LONG_LEASE_MONTHS = 36
"""A longer lease may have to be treated as an asset and a debt (RKR R5)."""


@dataclass(frozen=True)
class PlacedLease:
    """A lease put in time. An ended one counts the months in which its rent falls away, with negative amounts.

    Args:
        first_charged: The alternative's first charged month, from which the lease's months are counted.
        price_level_year: The year in whose prices the base rent is stated.
        prices: Consumer prices' rise in a year over the year before it.
    """

    lease: Lease
    first_charged: Month
    price_level_year: int
    prices: RateTable

    @property
    def span(self) -> MonthSpan:
        """The months of rent, or of rent that falls away: an ended lease until its own end, where it has one."""
        lease = self.lease
        starts = self.first_charged.plus(lease.starts_after_months)
        if not lease.ended:
            return MonthSpan(starts, lease.lasts_months)
        left = self.first_charged.plus(lease.notice_months)
        if lease.lasts_months is None:
            return MonthSpan(max(left, starts))
        end = starts.plus(lease.lasts_months)
        return MonthSpan(max(left, starts), max(0, end.ordinal - max(left, starts).ordinal))

    @property
    def runs_out(self) -> Month | None:
        """The last month of rent; None where the lease goes on for good."""
        if self.lease.ended:
            return self.first_charged.plus(self.lease.notice_months - 1)
        if self.lease.lasts_months is None:
            return None
        return self.span.first.plus(self.lease.lasts_months - 1)

    def annual(self, year: int) -> Fraction:
        """A whole year's rent in the prices of `year`, exact: the indexed share follows consumer prices."""
        base, share = self.lease.area_m2 * self.lease.ore_per_m2, self.lease.index_share
        return base * (1 - share + share * self.prices.growth(self.price_level_year, year))

    def rent_ore(self, years: Sequence[int]) -> tuple[Ore, ...]:
        """The rent per year, in proportion to its months, rounded once a year; negative where it falls away."""
        span = self.span
        return tuple([self._rent_in(year, span.months_in(year)) for year in years])

    def _rent_in(self, year: int, months: int) -> Ore:
        if not months:
            return 0
        annual = self.annual(year)
        rent = round_ratio(annual.numerator * months, annual.denominator * 12)
        return -rent if self.lease.ended else rent

    def restoration_ore(self, years: Sequence[int]) -> tuple[Ore, ...]:
        """What restoring costs, in the year in which the lease runs out, as stated."""
        last = self.runs_out
        due = None if last is None else last.year
        return tuple([self.lease.restoration_ore if year == due else 0 for year in years])

    def explain(self, year: int) -> tuple[Note, ...]:
        """How the year's rent was computed."""
        lease, months = self.lease, self.span.months_in(year)
        facts = {
            "rate": kronor_text(lease.ore_per_m2),
            "area": lease.area_m2,
            "base": kronor_text(lease.area_m2 * lease.ore_per_m2),
            "share": percent_text(lease.index_share),
            "rise": percent_text(self.prices.growth(self.price_level_year, year) - 1),
            "from": self.price_level_year,
            "annual": kronor_text(round_half_up(self.annual(year))),
            "months": months,
            "result": kronor_text(self._rent_in(year, months)),
        }
        indexed = Note(
            "%(rate)s kr/m² × %(area)s m² = %(base)s kr; %(share)s av hyran följer konsumentpriserna, %(rise)s sedan"
            " %(from)s: %(annual)s kr per år",
            facts,
        )
        ended, paid = N_("Faller bort %(months)s mån: %(result)s kr"), N_("× %(months)s/12 = %(result)s kr")
        text = ended if lease.ended else paid
        return indexed, Note(text, facts)

    def explain_restoration(self, year: int) -> tuple[Note, ...]:
        """What restoring costs in the year."""
        facts = {"name": self.lease.name, "amount": kronor_text(self.restoration_ore([year])[0])}
        return (Note("Återställning när %(name)s löper ut: %(amount)s kr", facts),)


def lease_note(lease: Lease) -> Note | None:
    """What a long new lease must be examined for."""
    if lease.ended or (lease.lasts_months is not None and lease.lasts_months <= LONG_LEASE_MONTHS):
        return None
    return Note(
        "Hyresavtalet %(name)s är längre än tre år: pröva om det är ett finansiellt leasingavtal (RKR R5).",
        {"name": lease.name},
    )
