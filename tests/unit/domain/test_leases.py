"""Premises rented from outside: the index example of the reference, months, notice and restoration, in both views."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from investplan.domain.capital_costs import RateTable
from investplan.domain.consequences import CommitteeKind, Consequences, ConsolidatedKind, consequences
from investplan.domain.leases import PlacedLease, lease_note
from investplan.domain.parameters import DEFAULTS
from investplan.domain.proposals import Alternative, AlternativeKind, Lease
from investplan.units import NBSP, Month, round_half_up

TKR = 100_000
YEARS = (2026, 2027, 2028, 2029, 2030)
FLAT = RateTable(Fraction(0))
PREMISES = Lease("Skylten", "UN", 900, 1_850_00)


JANUARY = Month(2027, 1)


def placed(lease: Lease, first: Month = JANUARY, prices: RateTable = FLAT) -> PlacedLease:
    return PlacedLease(lease, first, 2026, prices)


def tkr(amount_ore: int) -> Fraction:
    return Fraction(round_half_up(Fraction(amount_ore, TKR // 10)), 10)


@pytest.mark.parametrize(("share", "amount"), [("1", "1698.3"), ("0.8", "1691.6")])
def test_2_4_the_indexed_rent_is_the_printed_one(share: str, amount: str) -> None:
    lease = placed(replace(PREMISES, index_share=Fraction(share)), prices=RateTable(Fraction("0.02")))
    assert tkr(round_half_up(lease.annual(2026))) == Fraction("1665.0")
    assert tkr(lease.rent_ore([2027])[0]) == Fraction(amount)


def test_the_rent_follows_prices_year_by_year_from_the_price_level_year() -> None:
    prices = RateTable(Fraction("0.02"), {2028: Fraction("0.05")})
    rents = placed(PREMISES, Month(2026, 1), prices).rent_ore((2026, 2027, 2028, 2029))
    factor = [Fraction(1), Fraction("1.02"), Fraction("1.02") * Fraction("1.05")]
    factor.append(factor[-1] * Fraction("1.02"))
    assert rents == tuple(round_half_up(1_665 * TKR * one) for one in factor)


def test_the_rent_starts_and_ends_by_month() -> None:
    lease = placed(replace(PREMISES, starts_after_months=6, lasts_months=15))
    year = 1_665 * TKR
    assert lease.rent_ore(YEARS) == (0, year // 2, year * 9 // 12, 0, 0)
    assert lease.runs_out == Month(2028, 9)


def test_restoring_is_due_in_the_year_in_which_the_lease_runs_out() -> None:
    lease = placed(replace(PREMISES, lasts_months=24, restoration_ore=300 * TKR))
    assert lease.restoration_ore(YEARS) == (0, 0, 300 * TKR, 0, 0)
    for_good = placed(replace(PREMISES, restoration_ore=300 * TKR))
    assert for_good.runs_out is None
    assert for_good.restoration_ore(YEARS) == (0,) * 5


def test_an_ended_lease_is_paid_until_the_notice_has_run_out_and_then_falls_away() -> None:
    lease = placed(replace(PREMISES, ended=True, notice_months=9, restoration_ore=50 * TKR))
    year = 1_665 * TKR
    assert lease.rent_ore(YEARS) == (0, -year // 4, -year, -year, -year)
    assert lease.runs_out == Month(2027, 9)
    assert lease.restoration_ore(YEARS) == (0, 50 * TKR, 0, 0, 0)


@pytest.mark.parametrize(("notice", "months"), [(9, (3, 6)), (0, (12, 6)), (24, (0, 0))])
def test_no_more_rent_falls_away_than_the_lease_would_have_cost(notice: int, months: tuple[int, int]) -> None:
    lease = placed(replace(PREMISES, ended=True, notice_months=notice, lasts_months=18))
    monthly = 1_665 * TKR // 12
    assert lease.rent_ore(YEARS)[1:3] == tuple(-monthly * one for one in months)
    assert lease.rent_ore(YEARS)[3:] == (0, 0)


def test_the_year_says_how_the_rent_was_computed() -> None:
    lease = placed(
        replace(PREMISES, index_share=Fraction("0.8"), restoration_ore=TKR, lasts_months=4),
        Month(2027, 9),
        RateTable(Fraction("0.02")),
    )
    notes = [str(note).replace(NBSP, " ") for note in lease.explain(2027)]
    assert notes == [
        "1 850 kr/m² × 900 m² = 1 665 000 kr; 80 % av hyran följer konsumentpriserna, 2 % sedan 2026:"
        " 1 691 640 kr per år",
        "× 4/12 = 563 880 kr",
    ]
    ended = placed(replace(PREMISES, ended=True))
    assert str(ended.explain(2027)[1]).replace(NBSP, " ") == "Faller bort 12 mån: −1 665 000 kr"
    assert str(lease.explain_restoration(2027)[0]).replace(NBSP, " ") == (
        "Återställning när Skylten löper ut: 1 000 kr"
    )


MOVE = Alternative(
    code="lease",
    title="Hyr Skylten",
    kind=AlternativeKind.LEASE,
    starts=(2027,),
    price_level_year=2027,
    commissioned_after_months=5,
    grants=(),
    operating=(),
    disposals=(),
    leases=(
        replace(PREMISES, restoration_ore=200 * TKR, lasts_months=30),
        Lease("Paviljongen", "UN", 400, 1_000_00, ended=True, notice_months=6, restoration_ore=70 * TKR),
    ),
)


def of(alternative: Alternative = MOVE, companies: frozenset[str] = frozenset()) -> Consequences:
    parameters = replace(DEFAULTS, consumer_price_index=FLAT)
    return consequences(
        alternative, committee="UN", start=2027, parameters=parameters, years=YEARS, companies=companies
    )


def test_leases_are_rent_for_the_tenant_and_running_costs_for_the_municipality() -> None:
    found = of()
    kinds = found.committee_view.levels_by_kind("UN")
    whole = found.consolidated_view.levels_by_kind()
    monthly, old = 1_665 * TKR // 12, 400 * TKR // 12
    # The new rent from July 2027 to December 2029, the old one to December 2027: six months of double rent.
    rent = (0, 6 * monthly, 12 * monthly - 400 * TKR, 12 * monthly - 400 * TKR, -400 * TKR)
    assert old * 12 == 400 * TKR - 4
    assert kinds[CommitteeKind.RENT].ore == rent
    assert kinds[CommitteeKind.ONE_OFF].ore == (0, 70 * TKR, 0, 200 * TKR, 0)
    running = whole[ConsolidatedKind.EXTERNAL_RUNNING].ore
    assert running == tuple(
        one + more for one, more in zip(rent, (0, 70 * TKR, 0, 200 * TKR, 0), strict=True)
    )
    assert found.consolidated_view.levels().ore == found.committee_view.levels("UN").ore
    assert found.gross_outlay_ore == (0,) * 5
    assert [line.note is not None for line in found.committee_view.lines] == [False, False, True, False]


def test_a_lease_of_a_company_is_no_cost_of_the_municipality() -> None:
    other = replace(MOVE, leases=(replace(PREMISES, tenant="KVAB"),))
    found = of(other, frozenset({"KVAB"}))
    assert found.committee_view.levels("KVAB").ore[2] == 1_665 * TKR
    assert not found.consolidated_view.levels()


@pytest.mark.parametrize(("lasts", "told"), [(36, False), (37, True), (None, True)])
def test_a_lease_of_more_than_three_years_is_to_be_examined(lasts: int | None, told: bool) -> None:
    found = of(replace(MOVE, leases=(replace(PREMISES, lasts_months=lasts),)))
    assert any("finansiellt leasingavtal" in str(note) for note in found.notes) is told
    ended = of(replace(MOVE, leases=(replace(PREMISES, lasts_months=lasts, ended=True),)))
    assert not ended.notes


def test_what_a_long_lease_is_to_be_examined_for_is_said_with_its_name() -> None:
    assert str(lease_note(PREMISES)) == (
        "Hyresavtalet Skylten är längre än tre år: pröva om det är ett finansiellt leasingavtal (RKR R5)."
    )


def test_an_ended_lease_says_so_in_both_views_and_a_new_one_says_nothing() -> None:
    found = of()
    for lines in (found.committee_view.lines, found.consolidated_view.lines):
        notes = {
            one.detail: one.note and str(one.note) for one in lines if one.label == "Hyra för inhyrd lokal"
        }
        assert notes == {"Skylten": None, "Paviljongen": "Upphör"}
        restored = [one.note for one in lines if one.label == "Återställning av inhyrd lokal"]
        assert restored == [None, None]
