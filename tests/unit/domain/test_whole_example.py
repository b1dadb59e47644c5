"""One building with everything at once, in round numbers: every line of both views, computed by hand, word for word.

The building costs 1 440 000 kr in 2027: a frame of 1 200 000 kr over ten years (10 000 kr a month), which the landlord
SN owns, and furniture of 240 000 kr over five (4 000 kr a month), which UN owns. Taken into use in June, charged from
July. Internal rate 3 %, on the opening book value; half is borrowed at 2 %. No price rises.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from investplan.domain.assets import Asset
from investplan.domain.consequences import (
    CommitteeKind,
    CommitteeLine,
    Consequences,
    ConsolidatedKind,
    ConsolidatedLine,
    consequences,
)
from investplan.domain.eliminations import bridge
from investplan.domain.grants import grant_rows, grant_shares
from investplan.domain.parameters import DEFAULTS, Parameters, PoolTenant, RateTable, RentModel
from investplan.domain.placements import place
from investplan.domain.proposals import (
    Alternative,
    AlternativeKind,
    Component,
    Disposal,
    Grant,
    Lease,
    OperatingConsequence,
    OperatingKind,
    Outlay,
    Part,
    Recognition,
)
from investplan.domain.rents import RentItem
from investplan.errors import Note
from investplan.units import NBSP, Month

KR = 100
YEARS = (2027, 2028, 2029)
HOUSE = Alternative(
    code="build",
    title="Huset",
    kind=AlternativeKind.BUILD,
    starts=(2027,),
    price_level_year=2027,
    commissioned_after_months=5,
    landlord="SN",
    area_m2=100,
    outlays=(Outlay(0, 1_440_000 * KR),),
    components=(
        Component("Stomme", 1_200_000 * KR, 120),
        Component("Möbler", 240_000 * KR, 60, Part.USER),
    ),
    grants=(
        Grant("Stat", 0, 120_000 * KR, lowers_interest_base=True),
        Grant("Exploatör", 0, 40_000 * KR, Recognition.AT_COMPLETION),
    ),
    operating=(
        OperatingConsequence("UN", OperatingKind.STAFF, 36_000 * KR, note="Vaktmästare"),
        OperatingConsequence("KFN", OperatingKind.OTHER, 12_000 * KR, note="Måltider", internal=True),
        OperatingConsequence("UN", OperatingKind.RENT, -24_000 * KR, 12, ended=True, note="Paviljonger"),
    ),
    disposals=(Disposal("Gamla huset", "SN", 60_000 * KR, 30),),
    leases=(Lease("Skylten", "UN", 10, 1_200 * KR, lasts_months=18, restoration_ore=5_000 * KR),),
)
NO_RISE = RateTable(Fraction(0))
PARAMETERS = replace(
    DEFAULTS,
    internal_rate=RateTable(Fraction("0.03")),
    external_rate=RateTable(Fraction("0.02")),
    loan_share=Fraction("0.5"),
    construction_index=NO_RISE,
    consumer_price_index=NO_RISE,
    charge_interest_on_wip=True,
    rent_items=(RentItem("media", "Media", 60 * KR), RentItem("own", "Egen drift", 12 * KR, external=False)),
)


def of(
    alternative: Alternative = HOUSE,
    parameters: Parameters = PARAMETERS,
    companies: frozenset[str] = frozenset(),
) -> Consequences:
    return consequences(
        alternative, committee="UN", start=2027, parameters=parameters, years=YEARS, companies=companies
    )


def kronor(amounts_ore: tuple[int, ...]) -> tuple[int, ...]:
    assert all(amount % KR == 0 for amount in amounts_ore)
    return tuple(amount // KR for amount in amounts_ore)


def said(notes: tuple[Note, ...]) -> list[str]:
    return [str(note).replace(NBSP, " ") for note in notes]


# Depreciation 60 000 and then 120 000; interest 3 % of 1 200 000 for half a year, of 1 140 000 and of 1 020 000.
FRAME = (60_000 + 18_000, 120_000 + 34_200, 120_000 + 30_600)
# A tenth of it granted: a tenth of the release, and of the interest on what is not yet released.
GRANT = (-6_000 - 1_800, -12_000 - 3_420, -12_000 - 3_060)
MEDIA, CARETAKER = (3_000, 6_000, 6_000), (600, 1_200, 1_200)
RENT = tuple(sum(parts) for parts in zip(FRAME, GRANT, MEDIA, CARETAKER, strict=True))
# 3 % of 240 000 for half a year, of 216 000 and of 168 000.
FURNITURE = (24_000 + 3_600, 48_000 + 6_480, 48_000 + 5_040)
# The old building: 2 000 a month; 3 % of 60 000 for half a year, of 48 000 and of 24 000.
OLD = (-12_000 - 900, -24_000 - 1_440, -24_000 - 720)
# 240 000 a month for six months: 0 + 1 + … + 5 such months stood at a month's beginning, at a quarter of a per cent.
BUILDING = (9_000, 0, 0)
PAID, RECEIVED, INTEREST, ROW = "rent_paid", "rent_received", "internal_interest", "internal_row"


def test_every_line_of_the_committees_is_the_one_computed_by_hand() -> None:
    told = [
        (
            one.committee, one.kind.value, one.label, one.detail, kronor(one.amounts_ore),
            one.elimination and one.elimination.value, kronor(one.eliminated_ore), one.follows_book_value,
        )
        for one in of().committee_view.lines
    ]  # fmt: skip
    income = tuple(-one for one in RENT)
    assert told == [
        ("UN", "rent", "Internhyra, kapitalkostnad", "Stomme", FRAME, PAID, FRAME, True),
        ("UN", "rent", "Internhyra, upplöst bidrag", "Stat", GRANT, PAID, GRANT, True),
        ("UN", "rent", "Internhyra, drift", "Media", MEDIA, PAID, MEDIA, False),
        ("UN", "rent", "Internhyra, drift", "Egen drift", CARETAKER, PAID, CARETAKER, False),
        ("SN", "capital_cost", "Kapitalkostnad", "Stomme", FRAME, INTEREST, (18_000, 34_200, 30_600), False),
        ("SN", "capital_cost", "Upplöst bidrag", "Stat", GRANT, INTEREST, (-1_800, -3_420, -3_060), False),
        ("SN", "operating", "Drift av lokaler", "Media", MEDIA, None, (), False),
        ("SN", "operating", "Drift av lokaler", "Egen drift", CARETAKER, ROW, CARETAKER, False),
        ("SN", "rent", "Hyresintäkt", "UN", income, RECEIVED, income, False),
        ("UN", "capital_cost", "Kapitalkostnad", "Möbler", FURNITURE, INTEREST, (3_600, 6_480, 5_040), True),
        ("UN", "operating", "Personal", "Vaktmästare", (18_000, 36_000, 36_000), None, (), False),
        ("KFN", "operating", "Övrigt", "Måltider", (6_000, 12_000, 12_000), ROW, (6_000, 12_000, 12_000), False),
        ("UN", "rent", "Hyra", "Paviljonger", (0, -12_000, -24_000), None, (), False),
        ("UN", "rent", "Hyra för inhyrd lokal", "Skylten", (6_000, 12_000, 0), None, (), False),
        ("UN", "one_off", "Återställning av inhyrd lokal", "Skylten", (0, 5_000, 0), None, (), False),
        ("SN", "one_off", "Utrangering", "Gamla huset", (60_000, 0, 0), None, (), False),
        ("SN", "capital_cost", "Kapitalkostnad, upphör", "Gamla huset", OLD, INTEREST, (-900, -1_440, -720), False),
        ("SN", "capital_cost", "Internränta under byggtiden", "Huset", BUILDING, INTEREST, BUILDING, False),
    ]  # fmt: skip
    notes = {one.detail: str(one.note) for one in of().committee_view.lines if one.note is not None}
    assert notes == {"Paviljonger": "Upphör"}


def test_every_line_of_the_municipality_is_the_one_computed_by_hand() -> None:
    told = [
        (one.kind.value, one.label, one.detail, kronor(one.amounts_ore), one.added)
        for one in of().consolidated_view.lines
    ]
    # Half of 1 440 000 less both grants is borrowed when 2028 begins, at 2 %: 12 800.
    assert told == [
        ("depreciation", "Avskrivning", "Stomme", (60_000, 120_000, 120_000), False),
        ("depreciation", "Avskrivning", "Möbler", (24_000, 48_000, 48_000), False),
        ("external_running", "Drift av lokaler", "Media", MEDIA, False),
        ("external_operating", "Personal", "Vaktmästare", (18_000, 36_000, 36_000), False),
        ("external_operating", "Hyra", "Paviljonger", (0, -12_000, -24_000), False),
        ("external_running", "Hyra för inhyrd lokal", "Skylten", (6_000, 12_000, 0), False),
        ("external_running", "Återställning av inhyrd lokal", "Skylten", (0, 5_000, 0), False),
        ("external_interest", "Låneränta", "Huset", (0, 12_800, 12_800), True),
        ("grant_income", "Upplöst bidrag", "Stat", (-6_000, -12_000, -12_000), False),
        ("grant_income", "Bidrag som intäktsförs vid färdigställandet", "Exploatör", (-40_000, 0, 0), True),
        ("disposal", "Utrangering", "Gamla huset", (60_000, 0, 0), False),
        ("depreciation", "Avskrivning, upphör", "Gamla huset", (-12_000, -24_000, -24_000), False),
    ]
    notes = {one.detail: str(one.note) for one in of().consolidated_view.lines if one.note is not None}
    assert notes == {"Paviljonger": "Upphör"}


def test_outlays_grants_and_book_values_are_those_computed_by_hand() -> None:
    found = of()
    assert kronor(found.gross_outlay_ore) == (1_440_000, 0, 0)
    assert kronor(found.grants_ore) == (160_000, 0, 0)
    assert kronor(found.investment_ore) == kronor(found.net_outlay_ore) == (1_280_000, 0, 0)
    assert kronor(found.book_value_ore) == (1_356_000, 1_188_000, 1_020_000)


DEPRECIATED_FRAME = "Avskrivning 1 200 000 kr / 120 mån × 12 mån = 120 000 kr"
INTEREST_FRAME = "Internränta 3 % × 12/12 × ingående bokfört värde 1 140 000 kr = 34 200 kr"
RELEASED = "Bidrag 120 000 kr löses upp i takt med avskrivningen: −12 000 kr"
LEASED = "1 200 kr/m² × 10 m² = 12 000 kr; 100 % av hyran följer konsumentpriserna, 0 % sedan 2027: 12 000 kr per år"
OLD_TEXT = ["Upphör, med ombytt tecken:", "Avskrivning 60 000 kr / 30 mån × 12 mån = 24 000 kr"]


def test_every_line_says_how_its_amount_of_2028_was_computed() -> None:
    told = {
        (one.committee, one.label, one.detail): said(one.explain(2028)) for one in of().committee_view.lines
    }
    assert told == {
        ("UN", "Internhyra, kapitalkostnad", "Stomme"): [DEPRECIATED_FRAME, INTEREST_FRAME],
        ("UN", "Internhyra, upplöst bidrag", "Stat"): [RELEASED, "Lägre internränta: −3 420 kr"],
        ("UN", "Internhyra, drift", "Media"): ["60 kr/m² × 100 m² × 12/12 = 6 000 kr"],
        ("UN", "Internhyra, drift", "Egen drift"): ["12 kr/m² × 100 m² × 12/12 = 1 200 kr"],
        ("SN", "Kapitalkostnad", "Stomme"): [DEPRECIATED_FRAME, INTEREST_FRAME],
        ("SN", "Upplöst bidrag", "Stat"): [RELEASED, "Lägre internränta: −3 420 kr"],
        ("SN", "Drift av lokaler", "Media"): ["60 kr/m² × 100 m² × 12/12 = 6 000 kr"],
        ("SN", "Drift av lokaler", "Egen drift"): ["12 kr/m² × 100 m² × 12/12 = 1 200 kr"],
        ("SN", "Hyresintäkt", "UN"): ["Hyra från UN, lika stor som kostnaderna: 145 980 kr"],
        ("UN", "Kapitalkostnad", "Möbler"): [
            "Avskrivning 240 000 kr / 60 mån × 12 mån = 48 000 kr",
            "Internränta 3 % × 12/12 × ingående bokfört värde 216 000 kr = 6 480 kr",
        ],
        ("UN", "Personal", "Vaktmästare"): ["36 000 kr per år × 12/12 = 36 000 kr"],
        ("KFN", "Övrigt", "Måltider"): ["12 000 kr per år × 12/12 = 12 000 kr"],
        ("UN", "Hyra", "Paviljonger"): ["−24 000 kr per år × 6/12 = −12 000 kr"],
        ("UN", "Hyra för inhyrd lokal", "Skylten"): [LEASED, "× 12/12 = 12 000 kr"],
        ("UN", "Återställning av inhyrd lokal", "Skylten"): ["Återställning när Skylten löper ut: 5 000 kr"],
        ("SN", "Utrangering", "Gamla huset"): [
            "Kvarvarande bokfört värde på Gamla huset kostnadsförs: 0 kr",
        ],
        ("SN", "Kapitalkostnad, upphör", "Gamla huset"): [
            *OLD_TEXT,
            "Internränta 3 % × 12/12 × ingående bokfört värde 48 000 kr = 1 440 kr",
        ],
        ("SN", "Internränta under byggtiden", "Huset"): [
            "En tolftedels årsränta på det som är utlagt vid varje månads början: 0 kr",
        ],
    }  # fmt: skip
    whole = {(one.label, one.detail): said(one.explain(2028)) for one in of().consolidated_view.lines}
    assert whole == {
        ("Avskrivning", "Stomme"): [DEPRECIATED_FRAME],
        ("Avskrivning", "Möbler"): ["Avskrivning 240 000 kr / 60 mån × 12 mån = 48 000 kr"],
        ("Drift av lokaler", "Media"): ["60 kr/m² × 100 m² × 12/12 = 6 000 kr"],
        ("Personal", "Vaktmästare"): ["36 000 kr per år × 12/12 = 36 000 kr"],
        ("Hyra", "Paviljonger"): ["−24 000 kr per år × 6/12 = −12 000 kr"],
        ("Hyra för inhyrd lokal", "Skylten"): [LEASED, "× 12/12 = 12 000 kr"],
        ("Återställning av inhyrd lokal", "Skylten"): ["Återställning när Skylten löper ut: 5 000 kr"],
        ("Låneränta", "Huset"): [
            "Låneandel 50 % × låneränta 2 % × nettoutgift före året 1 280 000 kr = 12 800 kr",
        ],
        ("Upplöst bidrag", "Stat"): [RELEASED],
        ("Bidrag som intäktsförs vid färdigställandet", "Exploatör"): ["Hela bidraget är intäkt 2027: 0 kr"],
        ("Utrangering", "Gamla huset"): ["Kvarvarande bokfört värde på Gamla huset kostnadsförs: 0 kr"],
        ("Avskrivning, upphör", "Gamla huset"): OLD_TEXT,
    }  # fmt: skip


def test_what_happens_once_says_so_in_its_year() -> None:
    committees = {one.label: said(one.explain(2027)) for one in of().committee_view.lines}
    assert committees["Utrangering"] == ["Kvarvarande bokfört värde på Gamla huset kostnadsförs: 60 000 kr"]
    assert committees["Internränta under byggtiden"] == [
        "En tolftedels årsränta på det som är utlagt vid varje månads början: 9 000 kr"
    ]
    whole = {one.label: said(one.explain(2027)) for one in of().consolidated_view.lines}
    assert whole["Bidrag som intäktsförs vid färdigställandet"] == [
        "Hela bidraget är intäkt 2027: −40 000 kr"
    ]
    assert whole["Utrangering"] == committees["Utrangering"]


def test_the_bridge_takes_away_what_is_internal_and_adds_what_only_the_municipality_has() -> None:
    found = bridge(of())
    told = [
        (one.reason and one.reason.value, one.committee, one.label, one.detail, kronor(one.amounts_ore))
        for one in (*found.eliminated, *found.added)
    ]
    paid, received = "Internhyra som betalas inom kommunen", "Internhyra som tas emot inom kommunen"
    between = "Köp mellan kommunens egna delar"
    income = tuple(-one for one in RENT)
    assert told == [
        (PAID, "UN", paid, "Stomme", FRAME),
        (PAID, "UN", paid, "Stat", GRANT),
        (PAID, "UN", paid, "Media", MEDIA),
        (PAID, "UN", paid, "Egen drift", CARETAKER),
        (INTEREST, "SN", "Internränta", "Stomme", (18_000, 34_200, 30_600)),
        (INTEREST, "SN", "Internränta", "Stat", (-1_800, -3_420, -3_060)),
        (ROW, "SN", between, "Egen drift", CARETAKER),
        (RECEIVED, "SN", received, "UN", income),
        (INTEREST, "UN", "Internränta", "Möbler", (3_600, 6_480, 5_040)),
        (ROW, "KFN", between, "Måltider", (6_000, 12_000, 12_000)),
        (INTEREST, "SN", "Internränta", "Gamla huset", (-900, -1_440, -720)),
        (INTEREST, "SN", "Internränta", "Huset", BUILDING),
        (None, "", "Låneränta", "Huset", (0, 12_800, 12_800)),
        (None, "", "Bidrag som intäktsförs vid färdigställandet", "Exploatör", (-40_000, 0, 0)),
    ]
    by_reason = {reason.value: kronor(amounts) for reason, amounts in found.eliminated_by_reason().items()}
    assert by_reason == {
        PAID: RENT,
        INTEREST: (18_000 - 1_800 + 3_600 - 900 + 9_000, 34_200 - 3_420 + 6_480 - 1_440, 30_600 - 3_060 + 5_040 - 720),
        ROW: (6_600, 13_200, 13_200),
        RECEIVED: income,
    }  # fmt: skip
    assert said(found.eliminated[0].explain(2028)) == [
        "Internhyran är en kostnad för den som hyr och en lika stor intäkt för hyresvärden.",
        "Tas bort: 154 200 kr, av:",
        DEPRECIATED_FRAME,
        INTEREST_FRAME,
    ]
    assert said(found.added[0].explain(2028))[0] == (
        "Bärs av kommunen som helhet och finns inte hos någon nämnd."
    )


@pytest.mark.parametrize("committee", ["UN", "KVAB"])
def test_a_company_as_landlord_has_its_rent_paid_for_good_by_a_committee_and_by_itself_not(
    committee: str,
) -> None:
    found = consequences(
        HOUSE, committee=committee, start=2027, parameters=PARAMETERS, years=YEARS,
        companies=frozenset({"SN", "KVAB"}),
    )  # fmt: skip
    paid = [
        one
        for one in found.committee_view.lines
        if one.committee == committee and one.label == "Internhyra, drift"
    ]
    if committee == "KVAB":
        assert [(one.elimination and one.elimination.value) for one in paid] == ["company", "company"]
        assert [kronor(one.eliminated_ore) for one in paid] == [MEDIA, CARETAKER]
        labels = [one.label for one in found.consolidated_view.lines]
        assert "Hyra till kommunalt bolag" not in labels
        assert "Låneränta" not in labels
        return
    assert [(one.elimination, one.eliminated_ore) for one in paid] == [(None, ()), (None, ())]
    rent = [
        (one.kind.value, one.detail, kronor(one.amounts_ore))
        for one in found.consolidated_view.lines
        if one.label == "Hyra till kommunalt bolag"
    ]
    running = "external_running"
    assert rent == [
        (running, "Stomme", FRAME), (running, "Stat", GRANT),
        (running, "Media", MEDIA), (running, "Egen drift", CARETAKER),
    ]  # fmt: skip
    # A sixth of the building is the committee's own, and so of the loan: 1 280 000 / 6, half of it at 2 %.
    (loan,) = [one for one in found.consolidated_view.lines if one.label == "Låneränta"]
    assert loan.amounts_ore == (0, 2_133_33, 2_133_33)
    assert found.net_outlay_ore == (213_333_33, 0, 0)
    assert kronor(found.book_value_ore) == (216_000, 168_000, 120_000)


def test_the_municipality_gets_rent_from_a_company_in_its_building() -> None:
    found = consequences(
        HOUSE, committee="KVAB", start=2027, parameters=PARAMETERS, years=YEARS, companies=frozenset({"KVAB"})
    )
    (income,) = [one for one in found.consolidated_view.lines if one.label == "Hyresintäkt"]
    assert (income.kind.value, income.detail) == ("external_running", "KVAB")
    assert kronor(income.amounts_ore) == tuple(-one for one in RENT)
    assert said(income.explain(2028)) == ["Hyra från KVAB, lika stor som kostnaderna: 145 980 kr"]


def test_capitalised_loan_interest_is_moved_from_the_year_to_what_is_built() -> None:
    """Half of 240 000 a month for six months, 15 months of it, at a sixth of a per cent: 3 000 kr, by cost 5 to 1."""
    capitalised = replace(PARAMETERS, charge_interest_on_wip=False, capitalise_interest=True)
    found = of(replace(HOUSE, grants=()), capitalised)
    (moved,) = [one for one in found.consolidated_view.lines if one.label == "Låneränta som aktiveras"]
    assert (moved.kind.value, moved.detail, moved.added) == ("external_interest", "Huset", True)
    assert kronor(moved.amounts_ore) == (-3_000, 0, 0)
    assert said(moved.explain(2027)) == [
        "En tolftedels årsränta på det som är utlagt vid varje månads början: 3 000 kr"
    ]
    depreciated = {
        one.detail: one.amounts_ore for one in found.consolidated_view.lines if one.label == "Avskrivning"
    }
    assert depreciated["Stomme"][1] == 1_202_500 * KR // 10
    assert depreciated["Möbler"][1] == 240_500 * KR // 5
    assert not any("byggtiden" in one.label for one in found.committee_view.lines)


# The other rent models


def rents(found: Consequences) -> list[tuple[object, ...]]:
    return [
        (one.committee, one.label, one.detail, kronor(one.amounts_ore), one.follows_book_value)
        for one in found.committee_view.lines
        if one.label.startswith(("Internhyra, ", "Hyresintäkt"))
    ]


def explained(found: Consequences, label: str, committee: str, year: int = 2028) -> list[str]:
    (line,) = [one for one in found.committee_view.lines if (one.label, one.committee) == (label, committee)]
    return said(line.explain(year))


def test_a_standard_rent_leaves_the_landlord_with_what_it_is_more_or_less_than_the_cost() -> None:
    standard = replace(PARAMETERS, rent_model=RentModel.STANDARD_PER_M2, standard_rent_ore_per_m2=1_000 * KR)
    found = of(parameters=standard)
    paid = (50_000, 100_000, 100_000)
    short = tuple(cost - rent for cost, rent in zip(RENT, paid, strict=True))
    assert rents(found) == [
        ("UN", "Internhyra, schablon per m²", "Huset", paid, False),
        ("SN", "Hyresintäkt motsvarande självkostnaden", "UN", tuple(-one for one in RENT), False),
        ("SN", "Hyresintäkt utöver självkostnaden", "UN", short, False),
    ]
    assert explained(found, "Internhyra, schablon per m²", "UN", 2027) == [
        "1 000 kr/m² × 100 m² × 6/12 = 50 000 kr"
    ]
    assert explained(found, "Hyresintäkt utöver självkostnaden", "SN") == [
        "Hyra från UN: 100 000 kr; objektets självkostnad: 145 980 kr"
    ]
    kinds = {
        one.label: (one.kind.value, one.elimination and one.elimination.value)
        for one in found.committee_view.lines
    }
    assert kinds["Internhyra, schablon per m²"] == ("rent", PAID)
    assert kinds["Hyresintäkt utöver självkostnaden"] == ("rent", RECEIVED)


def test_a_pool_shares_all_costs_by_area_and_months() -> None:
    """KFN has 300 m² for 300 000 kr. With the building 373 800 / 7, 445 980 / 4 and 442 740 / 4 kr are UN's."""
    pooled = replace(
        PARAMETERS, rent_model=RentModel.POOLED, rent_pool=(PoolTenant("KFN", 300, 300_000 * KR),)
    )
    found = of(parameters=pooled)
    new, more = (53_400, 111_495, 110_685), (20_400, 34_485, 32_055)
    assert rents(found) == [
        ("UN", "Internhyra, hyrespool", "Huset", new, True),
        ("KFN", "Internhyra, ändrad hyra i hyrespoolen", "Huset", more, False),
        ("SN", "Hyresintäkt", "UN", tuple(-one for one in new), False),
        ("SN", "Hyresintäkt", "KFN", tuple(-one for one in more), False),
    ]
    rate = (
        "Poolens hyra: (300 000 kr + objektets självkostnad 145 980 kr) / (300 m² + 100 m² × 12/12)"
        " = 1 114,95 kr/m² och år"
    )
    assert explained(found, "Internhyra, hyrespool", "UN") == [rate, "För 100 m² × 12/12: 111 495 kr"]
    assert explained(found, "Internhyra, ändrad hyra i hyrespoolen", "KFN") == [
        rate,
        "För 300 m²: 334 485 kr − tidigare 300 000 kr = 34 485 kr",
    ]
    assert explained(found, "Internhyra, hyrespool", "UN", 2027) == [
        "Poolens hyra: (300 000 kr + objektets självkostnad 73 800 kr) / (300 m² + 100 m² × 6/12)"
        " = 1 068 kr/m² och år",
        "För 100 m² × 6/12: 53 400 kr",
    ]
    # A committee that is charged what its pool pays stands with no note of its own.
    assert [one.note for one in found.committee_view.lines if one.label.startswith("Internhyra, ")] == [
        None
    ] * 2


@pytest.mark.parametrize("lowers", [True, False])
def test_a_level_rent_is_an_annuity_of_each_part_and_running_costs_as_they_are(lowers: bool) -> None:
    level = replace(PARAMETERS, rent_model=RentModel.LEVEL_ANNUITY, internal_rate=RateTable(Fraction(0)))
    grant = replace(HOUSE.grants[0], lowers_interest_base=lowers) if HOUSE.grants else None
    assert grant is not None
    found = of(replace(HOUSE, grants=(grant,)), level)
    rent = (60_000 - 6_000 + 3_600, 120_000 - 12_000 + 7_200, 120_000 - 12_000 + 7_200)
    assert rents(found) == [
        ("UN", "Internhyra, utjämnad kapitalkostnad", "Stomme", (60_000, 120_000, 120_000), True),
        ("UN", "Internhyra, utjämnat bidrag", "Stat", (-6_000, -12_000, -12_000), True),
        ("UN", "Internhyra, drift", "Media", MEDIA, False),
        ("UN", "Internhyra, drift", "Egen drift", CARETAKER, False),
        ("SN", "Hyresintäkt motsvarande självkostnaden", "UN", tuple(-one for one in rent), False),
        ("SN", "Hyresintäkt utöver självkostnaden", "UN", (0, 0, 0), False),
    ]
    assert explained(found, "Internhyra, utjämnad kapitalkostnad", "UN") == [
        "Annuitet på 1 200 000 kr, 0 %, 120 mån: 120 000 kr per år × 12/12 = 120 000 kr"
    ]
    assert explained(found, "Internhyra, utjämnat bidrag", "UN") == (
        [
            "Bidraget utjämnas som tillgångarna, med ombytt tecken:",
            "Annuitet på 120 000 kr, 0 %, 120 mån: 12 000 kr per år × 12/12 = 12 000 kr",
        ]
        if lowers
        else [RELEASED]
    )


def test_a_template_asset_says_so_where_it_is_rented_and_where_it_is_owned() -> None:
    note = "Komponenter saknas: hela utgiften skrivs av på schablontiden 396 månader."
    rented = of(replace(HOUSE, components=()))
    noted = [(one.committee, one.label, str(one.note)) for one in rented.committee_view.lines if one.note]
    assert noted == [
        ("UN", "Internhyra, kapitalkostnad", note),
        ("SN", "Kapitalkostnad", note),
        ("UN", "Hyra", "Upphör"),
    ]
    owned = of(replace(HOUSE, components=(), landlord=None))
    noted = [(one.committee, one.label, str(one.note)) for one in owned.committee_view.lines if one.note]
    assert noted == [("UN", "Kapitalkostnad", note), ("UN", "Hyra", "Upphör")]
    assert [one.detail for one in owned.committee_view.lines if one.label == "Kapitalkostnad"] == ["Huset"]


def test_a_committee_that_owns_itself_has_the_grant_as_its_own_relief() -> None:
    """Without a landlord 120 000 is spread over both parts, 5 to 1: 100 000 over ten years, 20 000 over five."""
    found = of(replace(HOUSE, landlord=None))
    lines = {one.label: one for one in found.committee_view.lines if one.detail == "Stat"}
    assert list(lines) == ["Upplöst bidrag"]
    grant = lines["Upplöst bidrag"]
    assert (grant.committee, grant.kind.value, grant.follows_book_value) == ("UN", "capital_cost", True)
    # 5 000 + 2 000 for half a year, then 10 000 + 4 000; interest on 120 000, 113 000 and 99 000.
    assert kronor(grant.amounts_ore) == (-7_000 - 1_800, -14_000 - 3_390, -14_000 - 2_970)
    assert grant.elimination is not None
    assert grant.elimination.value == INTEREST
    assert kronor(grant.eliminated_ore) == (-1_800, -3_390, -2_970)
    assert said(grant.explain(2028)) == [
        "Bidrag 120 000 kr löses upp i takt med avskrivningen: −14 000 kr",
        "Lägre internränta: −3 390 kr",
    ]
    building = [one for one in found.committee_view.lines if "byggtiden" in one.label]
    assert [one.committee for one in building] == ["UN"]


def test_a_landlord_whose_land_alone_is_rented_lowers_no_rent_by_a_grant() -> None:
    land = replace(HOUSE, components=(Component("Mark", 1_200_000 * KR, None), HOUSE.components[1]))
    found = of(land)
    (grant,) = [one for one in found.committee_view.lines if one.detail == "Stat"]
    assert (grant.committee, grant.label) == ("UN", "Upplöst bidrag")
    # It follows the furniture: 24 000 a year, half of it in 2027.
    assert kronor(grant.amounts_ore)[0] == -12_000 - 1_800


def test_the_loans_rate_is_the_years_own() -> None:
    dearer = replace(PARAMETERS, external_rate=RateTable(Fraction("0.02"), {2029: Fraction("0.04")}))
    (loan,) = [one for one in of(parameters=dearer).consolidated_view.lines if one.label == "Låneränta"]
    assert kronor(loan.amounts_ore) == (0, 12_800, 25_600)
    assert said(loan.explain(2029)) == [
        "Låneandel 50 % × låneränta 4 % × nettoutgift före året 1 280 000 kr = 25 600 kr"
    ]


def test_a_line_without_an_explanation_says_nothing() -> None:
    assert CommitteeLine("UN", CommitteeKind.RENT, "x", "", (1,)).explain(2027) == ()
    assert ConsolidatedLine(ConsolidatedKind.DISPOSAL, "x", "", (1,)).explain(2027) == ()


def test_a_landlord_that_rents_out_nothing_of_it_is_not_charged_for_the_building_of_it() -> None:
    own = replace(HOUSE, components=(HOUSE.components[1],), outlays=(Outlay(0, 240_000 * KR),))
    (building,) = [one for one in of(own).committee_view.lines if "byggtiden" in one.label]
    assert (building.committee, kronor(building.amounts_ore)) == ("UN", (1_500, 0, 0))


def charged(parameters: Parameters, alternative: Alternative = HOUSE) -> list[tuple[str, str]]:
    """Whose rent each charge is and what it pays for."""
    placed = place(alternative, "UN", 2027, parameters, YEARS, frozenset())
    return [(one.tenant, one.part.value) for one in placed.charges]


def test_every_charge_says_what_it_pays_for() -> None:
    pool = (PoolTenant("KFN", 300, 300_000 * KR),)
    models = {
        model: replace(PARAMETERS, rent_model=model, rent_pool=pool, standard_rent_ore_per_m2=KR)
        for model in RentModel
    }
    capital, grant, running = ("UN", "capital_cost"), ("UN", "grant"), ("UN", "running")
    assert charged(models[RentModel.PER_OBJECT_ACTUAL]) == [capital, grant, running, running]
    assert charged(models[RentModel.STANDARD_PER_M2]) == [running]
    assert charged(models[RentModel.POOLED]) == [capital, ("KFN", "running")]
    assert charged(models[RentModel.LEVEL_ANNUITY]) == [capital, grant, running, running]
    assert charged(models[RentModel.POOLED], replace(HOUSE, landlord=None)) == []


def test_a_pool_without_any_square_metre_in_the_year_has_no_rent_and_says_so() -> None:
    """In use from 2027 on, so that 2026 has neither area nor cost."""
    pooled = replace(PARAMETERS, rent_model=RentModel.POOLED, rent_pool=())
    found = consequences(HOUSE, committee="UN", start=2027, parameters=pooled, years=(2026, 2027))
    (rent,) = [one for one in found.committee_view.lines if one.label == "Internhyra, hyrespool"]
    assert kronor(rent.amounts_ore) == (0, 73_800)
    assert said(rent.explain(2026)) == [
        "Poolens hyra: (0 kr + objektets självkostnad 0 kr) / (0 m² + 100 m² × 0/12) = 0 kr/m² och år",
        "För 100 m² × 0/12: 0 kr",
    ]


def test_the_old_building_is_charged_by_its_name_as_if_it_had_stayed() -> None:
    placed = place(HOUSE, "UN", 2027, PARAMETERS, YEARS, frozenset())
    (disposal,) = HOUSE.disposals or ()
    assert placed.old_asset(disposal) == Asset("Gamla huset", 60_000 * KR, 0, 30, Month(2027, 6))
    assert placed.old_asset(replace(disposal, remaining_months=0)) is None
    assert placed.old_asset(replace(disposal, remaining_book_value_ore=0)) is None


def grant_lines(*companies: str) -> list[str]:
    found = of(companies=frozenset(companies)).consolidated_view.lines
    return [one.detail for one in found if one.kind.value == "grant_income"]


def test_a_grant_is_the_municipalitys_income_where_what_it_paid_for_is_the_municipalitys() -> None:
    """Both grants follow the building, which is the landlord's: the tenant's being a company changes nothing."""
    assert grant_lines() == ["Stat", "Exploatör"]
    assert grant_lines("UN") == ["Stat", "Exploatör"]
    assert grant_lines("SN") == []
    assert grant_lines("UN", "SN") == []


def test_a_residual_value_is_in_the_prices_of_the_outlay() -> None:
    """Ten per cent dearer in 2027 than in the price level year: 1 320 000 less 110 000 over ten years."""
    dearer = replace(PARAMETERS, construction_index=RateTable(Fraction("0.1")))
    frame = replace(HOUSE.components[0], residual_ore=100_000 * KR)
    found = of(replace(HOUSE, price_level_year=2026, components=(frame, HOUSE.components[1])), dearer)
    lines = {
        one.detail: kronor(one.amounts_ore)
        for one in found.consolidated_view.lines
        if one.label == "Avskrivning"
    }
    assert lines == {"Stomme": (60_500, 121_000, 121_000), "Möbler": (26_400, 52_800, 52_800)}


def test_what_is_fitted_out_in_others_property_is_its_users_over_the_lease_at_most() -> None:
    def fitted(life: int | None, lease: int) -> list[tuple[str, str, tuple[int, ...], str]]:
        part = Component("Anpassning", 240_000 * KR, life, Part.USER, lease_months=lease)
        found = of(replace(HOUSE, components=(HOUSE.components[0], part)))
        return [
            (one.committee, one.label, kronor(one.amounts_ore), str(one.note))
            for one in found.committee_view.lines
            if one.detail == "Anpassning"
        ]

    note = "Anpassning skrivs av på hyrestiden 60 månader: förbättring på annans fastighet."
    assert fitted(400, 60) == [("UN", "Kapitalkostnad", FURNITURE, note)]
    assert fitted(None, 60) == [("UN", "Kapitalkostnad", FURNITURE, note)]
    assert fitted(60, 60) == [("UN", "Kapitalkostnad", FURNITURE, "None")]
    assert fitted(60, 400) == [("UN", "Kapitalkostnad", FURNITURE, "None")]


def test_what_is_paid_after_the_last_part_is_in_use_carries_no_interest_of_building() -> None:
    """In use in December, charged from January 2028: 10 000 a month in 2027, 66 such months at a quarter of a per cent."""
    late = replace(
        HOUSE,
        commissioned_after_months=11,
        outlays=(Outlay(0, 120_000 * KR), Outlay(1, 1_320_000 * KR)),
    )
    (building,) = [one for one in of(late).committee_view.lines if "byggtiden" in one.label]
    assert kronor(building.amounts_ore) == (1_650, 0, 0)


def test_components_without_an_outlay_cost_what_they_say_and_an_outlay_of_an_ore_is_an_asset() -> None:
    given = of(replace(HOUSE, outlays=()))
    lines = {
        one.detail: kronor(one.amounts_ore)
        for one in given.consolidated_view.lines
        if one.label == "Avskrivning"
    }
    assert lines["Stomme"] == (60_000, 120_000, 120_000)
    tiny = place(
        replace(HOUSE, components=(), outlays=(Outlay(0, 1),)), "UN", 2027, PARAMETERS, YEARS, frozenset()
    )
    assert [one.asset.cost_ore for one in tiny.holdings] == [1]
    none = place(replace(HOUSE, components=(), outlays=()), "UN", 2027, PARAMETERS, YEARS, frozenset())
    assert none.holdings == ()


def test_a_grant_that_follows_the_committees_own_parts_is_income_whoever_owns_the_land() -> None:
    land = replace(HOUSE, components=(Component("Mark", 1_200_000 * KR, None), HOUSE.components[1]))
    found = of(land, companies=frozenset({"SN"}))
    assert [one.detail for one in found.consolidated_view.lines if one.kind.value == "grant_income"] == [
        "Stat"
    ]


def test_what_the_landlord_fits_out_in_others_property_is_in_the_rent() -> None:
    part = Component("Anpassning", 240_000 * KR, 400, Part.PROPERTY, lease_months=60)
    found = of(replace(HOUSE, components=(HOUSE.components[0], part), grants=()))
    told = [(one.committee, one.label) for one in found.committee_view.lines if one.detail == "Anpassning"]
    assert told == [("UN", "Internhyra, kapitalkostnad"), ("SN", "Kapitalkostnad")]


def test_a_grants_rows_have_their_years_and_the_smallest_depreciable_asset_has_its_share() -> None:
    tiny = Asset("Öre", 1, 0, 12, Month(2027, 1))
    rules = PARAMETERS.capital_cost_rules
    assert [row.year for row in grant_rows(5, [tiny], rules, YEARS)] == list(YEARS)
    assert sum(row.release_ore for row in grant_rows(5, [tiny], rules, YEARS)) == 5


def test_a_grant_for_land_alone_is_one_share_that_is_never_released() -> None:
    lots = [Asset(name, 100, 0, None, Month(2027, 1)) for name in ("Mark 1", "Mark 2")]
    (share,) = grant_shares(5, lots)
    assert (share.name, share.cost_ore, share.life_months) == ("Mark 1", 5, None)
