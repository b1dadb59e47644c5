"""What each committee's frame is counted up from, and the yearly rows that follow: wages, payroll charges, index, streets.

Source: sections 3.2-3.5 and 10.9 of the domain reference. Every amount is rounded once, half up, to whole öre.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from investplan.domain.capital_costs import kronor_text, percent_text
from investplan.domain.frame_rows import FrameRow, amount_part
from investplan.domain.frames import (
    AdjustmentKind,
    index_compensation,
    street_compensation,
    wage_full_year_effect,
    wage_revision,
)
from investplan.domain.labels import N_
from investplan.domain.parameters import Parameters
from investplan.errors import Note
from investplan.units import Ore, round_half_up

WAGES, FULL_YEAR, PAYROLL, INDEX, STREETS = "wages", "wages-full-year", "payroll", "index", "streets"
"""Keys of the rows, and names of the parts of a calculation that can have a gap."""


@dataclass(frozen=True)
class Basis:
    """What a committee's rows are counted from, for frames from `year` on until a later basis takes over.

    Args:
        year: First frame year it is used for. `new_street_m2` is a flow and counts in that year only.
        wages_ore: Yearly wages in the budget of the year before.
        payroll_included: Whether the wages are stated with payroll charges (PO).
        other_costs_ore: Costs that are neither wages, rent nor capital cost, in the budget of the year before; None
            where nobody has stated them.
        new_street_m2: Street area that is new in the year; None where nobody has stated it.
    """

    committee: str
    year: int
    wages_ore: Ore
    payroll_included: bool = True
    other_costs_ore: Ore | None = None
    new_street_m2: int | None = None
    source: str = ""


@dataclass(frozen=True)
class Gap:
    """Rows that could not be computed because something is not stated: `part` names which ("wages", "index" …)."""

    year: int
    part: str
    note: Note
    committee: str = ""


def basis_in(bases: Sequence[Basis], year: int) -> Basis | None:
    """The basis of a committee's frame in a year: its own, or else the latest before it."""
    return max((one for one in bases if one.year <= year), key=lambda one: one.year, default=None)


def basis_rows(
    committee: str, bases: Sequence[Basis], year: int, parameters: Parameters
) -> Iterator[FrameRow | Gap]:
    """The committee's rows for the year's wages, last year's full-year effect, payroll charges, index and streets.

    Args:
        bases: All of the committee's bases, in any order.
    """
    basis = basis_in(bases, year)
    if basis is not None:
        yield from _wage_rows(basis, year, parameters)
        yield from _full_year_rows(basis, year, parameters)
        yield from _payroll_rows(basis, year, parameters)
    yield from _index_rows(committee, basis, year, parameters)
    yield from _street_rows(bases, year, parameters)


def rate_in(rates: Mapping[int, Fraction], year: int) -> tuple[int, Fraction] | None:
    """The rate of the year or, where it has none, of the latest year before it, and which year that is."""
    known = max((one for one in rates if one <= year), default=None)
    return None if known is None else (known, rates[known])


# Wages


def _wage_rows(basis: Basis, year: int, parameters: Parameters) -> Iterator[FrameRow | Gap]:
    """Section 3.3: W × p[t] × (13 − start month) / 12."""
    if year not in parameters.wage_raise:
        yield Gap(year, WAGES, Note("Löneöversynen är inte angiven i parametrarna."), basis.committee)
        return
    sum_of_wages = _wages(basis, year, parameters)
    if isinstance(sum_of_wages, Gap):
        yield sum_of_wages
        return
    raise_rate, month = parameters.wage_raise[year], parameters.wage_revision_month
    amount_ore = wage_revision(sum_of_wages.amount, raise_rate, month)
    label = N_("Löneöversyn")
    yield from _row(
        basis, year, AdjustmentKind.WAGES, amount_ore, WAGES,
        f"Löneöversyn {year}, {percent_text(raise_rate)}", label,
        sum_of_wages.times(raise_rate, 13 - month, amount_ore),
    )  # fmt: skip


def _full_year_rows(basis: Basis, year: int, parameters: Parameters) -> Iterator[FrameRow | Gap]:
    """Section 3.3: the months of last year's revision that last year's frame did not carry."""
    month = parameters.wage_revision_month
    if month == 1:
        return
    if year - 1 not in parameters.wage_raise:
        note = Note("Föregående års löneöversyn är inte angiven i parametrarna.")
        yield Gap(year, FULL_YEAR, note, basis.committee)
        return
    sum_of_wages = _wages(basis, year, parameters)
    if isinstance(sum_of_wages, Gap):
        return
    raise_rate = parameters.wage_raise[year - 1]
    amount_ore = wage_full_year_effect(sum_of_wages.amount, raise_rate, month)
    yield from _row(
        basis, year, AdjustmentKind.WAGES, amount_ore, FULL_YEAR,
        f"Helårseffekt av löneöversyn {year - 1}, {percent_text(raise_rate)}",
        N_("Helårseffekt av föregående års löneöversyn"),
        sum_of_wages.times(raise_rate, month - 1, amount_ore),
    )  # fmt: skip


@dataclass(frozen=True)
class _Wages:
    """Wages with payroll charges, exact, and how they came about."""

    amount: Fraction
    basis: Basis
    charge: Fraction | None = None
    charge_year: int | None = None

    def times(self, rate: Fraction, months: int, amount_ore: Ore) -> tuple[Note, ...]:
        """The formula of a raise on the wages in some months of a year."""
        facts = {
            "wages": kronor_text(self.basis.wages_ore),
            "rate": percent_text(rate),
            "months": months,
            "result": kronor_text(amount_ore),
        }
        if self.charge is None:
            formula = Note("Löner inkl. PO %(wages)s kr × %(rate)s × %(months)s/12 = %(result)s kr", facts)
        else:
            facts |= {"charge": percent_text(self.charge), "charge_year": self.charge_year}
            formula = Note(
                "Löner exkl. PO %(wages)s kr × (1 + PO %(charge_year)s %(charge)s) × %(rate)s × %(months)s/12"
                " = %(result)s kr",
                facts,
            )
        return formula, _source_note(self.basis)


def _source_note(basis: Basis) -> Note:
    return Note(
        "Underlag från ramår %(year)s: %(source)s", {"year": basis.year, "source": basis.source or "–"}
    )


def _wages(basis: Basis, year: int, parameters: Parameters) -> _Wages | Gap:
    if basis.payroll_included:
        return _Wages(Fraction(basis.wages_ore), basis)
    charge = rate_in(parameters.payroll_charge, year)
    if charge is None:
        note = Note("Lönerna är angivna utan PO, men PO saknas i parametrarna.")
        return Gap(year, WAGES, note, basis.committee)
    return _Wages(basis.wages_ore * (1 + charge[1]), basis, charge[1], charge[0])


def _payroll_rows(basis: Basis, year: int, parameters: Parameters) -> Iterator[FrameRow | Gap]:
    """The change of payroll charges (3.2), where both years' charges are known: a technical row on wages without PO."""
    new, old = parameters.payroll_charge.get(year), parameters.payroll_charge.get(year - 1)
    if new is None or old is None or new == old:
        return
    wages = Fraction(basis.wages_ore) / (1 + old) if basis.payroll_included else Fraction(basis.wages_ore)
    amount_ore = round_half_up(wages * (new - old))
    facts = {
        "wages": kronor_text(round_half_up(wages)),
        "new": percent_text(new),
        "old": percent_text(old),
        "result": kronor_text(amount_ore),
    }
    formula = Note("Löner exkl. PO %(wages)s kr × (PO %(new)s − %(old)s) = %(result)s kr", facts)
    yield from _row(
        basis, year, AdjustmentKind.TECHNICAL, amount_ore, PAYROLL,
        f"Ändrat PO {year}, från {percent_text(old)} till {percent_text(new)}", N_("Ändrat PO"),
        (formula, _source_note(basis)),
    )  # fmt: skip


# Index and streets


def _index_rows(
    committee: str, basis: Basis | None, year: int, parameters: Parameters
) -> Iterator[FrameRow | Gap]:
    """Section 3.4: the other costs of the committees that get it, never a whole frame, and nobody else's."""
    if committee not in parameters.pkv_committees:
        return
    if year not in parameters.pkv:
        yield Gap(year, INDEX, Note("PKV är inte angivet i parametrarna."), committee)
        return
    if basis is None or basis.other_costs_ore is None:
        yield Gap(year, INDEX, Note("Övriga kostnader är inte angivna för nämnden."), committee)
        return
    rate = parameters.pkv[year]
    amount_ore = index_compensation(basis.other_costs_ore, rate)
    facts = {
        "costs": kronor_text(basis.other_costs_ore),
        "rate": percent_text(rate),
        "result": kronor_text(amount_ore),
    }
    formula = Note("Övriga kostnader %(costs)s kr × PKV %(rate)s = %(result)s kr", facts)
    vintage = f", {parameters.pkv_vintage}" if parameters.pkv_vintage else ""
    yield from _row(
        basis, year, AdjustmentKind.INDEX, amount_ore, INDEX,
        f"PKV {year}, {percent_text(rate)} på övriga kostnader{vintage}",
        N_("Prisindex på övriga kostnader"), (formula, _source_note(basis)),
    )  # fmt: skip


def _street_rows(bases: Sequence[Basis], year: int, parameters: Parameters) -> Iterator[FrameRow | Gap]:
    """Section 3.5: new street area × price, in the year that the area is stated for and no other."""
    basis = next((one for one in bases if one.year == year and one.new_street_m2), None)
    if basis is None or basis.new_street_m2 is None:
        return
    if not parameters.street_price_ore_per_m2:
        note = Note("Ny gatuyta är angiven, men pris per kvadratmeter saknas i parametrarna.")
        yield Gap(year, STREETS, note, basis.committee)
        return
    amount_ore = street_compensation(basis.new_street_m2, parameters.street_price_ore_per_m2)
    facts = {
        "area": f"{basis.new_street_m2:,}".replace(",", "\u00a0"),
        "price": kronor_text(parameters.street_price_ore_per_m2),
        "result": kronor_text(amount_ore),
    }
    formula = Note("Ny gatuyta %(area)s m² × %(price)s kr per m² = %(result)s kr", facts)
    yield from _row(
        basis, year, AdjustmentKind.DEMOGRAPHY, amount_ore, STREETS, f"Ny gatuyta {year}",
        N_("Ny gatuyta"), (formula, _source_note(basis)),
    )  # fmt: skip


def _row(
    basis: Basis,
    year: int,
    kind: AdjustmentKind,
    amount_ore: Ore,
    key: str,
    source: str,
    label: str,
    formula: Sequence[Note],
) -> Iterator[FrameRow]:
    if amount_ore:
        detail = (amount_part(label, "", amount_ore, formula),)
        yield FrameRow(basis.committee, year, kind, amount_ore, source, key, detail=detail)
