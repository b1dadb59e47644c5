"""The municipality's finances year by year: what is stated, what follows from it, and what a plan does to it.

A figure that nobody has stated is None and not zero. A figure that follows from others is computed; when it is stated
as well, the stated one counts and the difference is kept for the reader. Amounts are öre, population is persons.
Source: sections 4.2-4.3 and 10.20 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate

from investplan.domain.consequences import Consequences, ConsolidatedKind
from investplan.domain.labels import N_
from investplan.units import Ore


class Phase(StrEnum):
    """How firm a year's figures are, the firmest first."""

    HISTORY = "history"
    BUDGET = "budget"
    PLAN = "plan"


class Item(StrEnum):
    """What a figure is of. Costs are positive, and so are losses: the formulas give them their sign."""

    TAX = "tax"
    GRANTS = "grants"
    EQUALISATION = "equalisation"
    TAX_AND_GRANTS = "tax_and_grants"
    OPERATIONS = "operations"
    DEPRECIATION = "depreciation"
    IMPAIRMENT = "impairment"
    FINANCIAL_INCOME = "financial_income"
    FINANCIAL_COSTS = "financial_costs"
    RESULT = "result"
    CAPITAL_GAINS = "capital_gains"
    EXEMPT_GAINS = "exempt_gains"
    EXEMPT_LOSSES = "exempt_losses"
    UNREALISED = "unrealised"
    UNREALISED_RETURNED = "unrealised_returned"
    RESERVE_ADDED = "reserve_added"
    RESERVE_USED = "reserve_used"
    RESERVE = "reserve"
    EQUITY = "equity"
    TOTAL_ASSETS = "total_assets"
    PENSION_OBLIGATION = "pension_obligation"
    LOANS = "loans"
    CURRENT_ASSETS = "current_assets"
    CURRENT_LIABILITIES = "current_liabilities"
    NET_INVESTMENT = "net_investment"
    OTHER_CASH = "other_cash"
    POPULATION = "population"


ITEM_LABELS: dict[Item, str] = {
    Item.TAX: N_("Skatteintäkter"),
    Item.GRANTS: N_("Generella statsbidrag"),
    Item.EQUALISATION: N_("Kommunalekonomisk utjämning"),
    Item.TAX_AND_GRANTS: N_("Skatter, bidrag och utjämning"),
    Item.OPERATIONS: N_("Verksamhetens nettokostnad utan avskrivningar"),
    Item.DEPRECIATION: N_("Avskrivningar"),
    Item.IMPAIRMENT: N_("Nedskrivningar och utrangeringar"),
    Item.FINANCIAL_INCOME: N_("Finansiella intäkter"),
    Item.FINANCIAL_COSTS: N_("Finansiella kostnader"),
    Item.RESULT: N_("Årets resultat"),
    Item.CAPITAL_GAINS: N_("Realisationsvinster, samtliga"),
    Item.EXEMPT_GAINS: N_("Realisationsvinster enligt undantagsmöjlighet"),
    Item.EXEMPT_LOSSES: N_("Realisationsförluster enligt undantagsmöjlighet"),
    Item.UNREALISED: N_("Orealiserade vinster i värdepapper, netto"),
    Item.UNREALISED_RETURNED: N_("Återföring av orealiserade vinster, netto"),
    Item.RESERVE_ADDED: N_("Reserverat till resultatreserven"),
    Item.RESERVE_USED: N_("Använt ur resultatreserven"),
    Item.RESERVE: N_("Resultatreserv vid årets slut"),
    Item.EQUITY: N_("Eget kapital"),
    Item.TOTAL_ASSETS: N_("Totala tillgångar"),
    Item.PENSION_OBLIGATION: N_("Ansvarsförbindelse för pensioner, med löneskatt"),
    Item.LOANS: N_("Låneskuld"),
    Item.CURRENT_ASSETS: N_("Omsättningstillgångar"),
    Item.CURRENT_LIABILITIES: N_("Kortfristiga skulder"),
    Item.NET_INVESTMENT: N_("Nettoinvesteringar"),
    Item.OTHER_CASH: N_("Övriga kassaflöden, in positivt"),
    Item.POPULATION: N_("Invånare 31 december"),
}

GROUPS: tuple[tuple[str, tuple[Item, ...]], ...] = (
    (N_("Resultaträkning"), (Item.TAX, Item.GRANTS, Item.EQUALISATION, Item.TAX_AND_GRANTS, Item.OPERATIONS,
                             Item.DEPRECIATION, Item.IMPAIRMENT, Item.FINANCIAL_INCOME, Item.FINANCIAL_COSTS,
                             Item.RESULT)),
    (N_("Balanskravets poster, som redan ingår i resultatet"), (
        Item.CAPITAL_GAINS, Item.EXEMPT_GAINS, Item.EXEMPT_LOSSES, Item.UNREALISED, Item.UNREALISED_RETURNED)),
    (N_("Resultatutjämningsreserv och resultatreserv"), (Item.RESERVE_ADDED, Item.RESERVE_USED, Item.RESERVE)),
    (N_("Balansräkning"), (Item.EQUITY, Item.TOTAL_ASSETS, Item.PENSION_OBLIGATION, Item.LOANS,
                           Item.CURRENT_ASSETS, Item.CURRENT_LIABILITIES)),
    (N_("Investeringar och kassaflöde"), (Item.NET_INVESTMENT, Item.OTHER_CASH)),
    (N_("Befolkning"), (Item.POPULATION,)),
)  # fmt: skip
"""The items in the order of the pages; every item stands once."""

Terms = tuple[tuple[int, Item], ...]


@dataclass(frozen=True)
class Rule:
    """How an item follows from others: the signed sum of `terms`, added to its own last year's value if it `carries`."""

    terms: Terms
    carries: bool = False


RULES: dict[Item, Rule] = {
    Item.TAX_AND_GRANTS: Rule(((1, Item.TAX), (1, Item.GRANTS), (1, Item.EQUALISATION))),
    Item.RESULT: Rule(
        (
            (1, Item.TAX_AND_GRANTS),
            (-1, Item.OPERATIONS),
            (-1, Item.DEPRECIATION),
            (-1, Item.IMPAIRMENT),
            (1, Item.FINANCIAL_INCOME),
            (-1, Item.FINANCIAL_COSTS),
        )
    ),
    Item.RESERVE: Rule(((1, Item.RESERVE_ADDED), (-1, Item.RESERVE_USED)), carries=True),
    Item.EQUITY: Rule(((1, Item.RESULT),), carries=True),
    Item.LOANS: Rule(
        (
            (1, Item.NET_INVESTMENT),
            (-1, Item.RESULT),
            (-1, Item.DEPRECIATION),
            (-1, Item.IMPAIRMENT),
            (-1, Item.OTHER_CASH),
        ),
        carries=True,
    ),
}
"""In the order in which they are computed. Loans grow by what own funds and other cash do not cover (section 4.2)."""


@dataclass(frozen=True)
class Stated:
    """A figure as somebody has stated it."""

    amount: int
    source: str = ""


@dataclass(frozen=True)
class YearFigures:
    """What is stated for a year."""

    year: int
    phase: Phase
    stated: Mapping[Item, Stated] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """One item of one year: stated, computed, both or neither.

    Attributes:
        missing: What would have to be stated for it to be computed; empty where it is, or where nothing gives it.
            The year before is meant where the item is its own.
    """

    stated: Stated | None = None
    computed: int | None = None
    missing: tuple[Item, ...] = ()

    @property
    def value(self) -> int | None:
        """What counts: the stated figure before the computed one."""
        return self.computed if self.stated is None else self.stated.amount

    @property
    def difference(self) -> int | None:
        """Stated less computed; None where there are not both."""
        if self.stated is None or self.computed is None:
            return None
        return self.stated.amount - self.computed


@dataclass(frozen=True)
class Finances:
    """All figures of a run of years, each year in its firmest phase."""

    phases: Mapping[int, Phase]
    figures: Mapping[tuple[int, Item], Figure]

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(sorted(self.phases))

    def figure(self, year: int, item: Item) -> Figure:
        """The figure; an empty one for a year or item that nobody has stated."""
        return self.figures.get((year, item), Figure())

    def value(self, year: int, item: Item) -> int | None:
        """The figure's value in öre (persons for the population); None where it is not known."""
        return self.figure(year, item).value

    def differences(self, year: int) -> dict[Item, int]:
        """Items that are stated otherwise than they are computed, with stated less computed."""
        found = {item: self.figure(year, item).difference for item in RULES}
        return {item: difference for item, difference in found.items() if difference}


def finances_of(years: Iterable[YearFigures]) -> Finances:
    """The finances from what is stated, each year in its firmest phase, with all that follows computed.

    >>> made = finances_of([YearFigures(2027, Phase.PLAN, {Item.TAX: Stated(70), Item.GRANTS: Stated(20)})])
    >>> made.value(2027, Item.TAX_AND_GRANTS), made.figure(2027, Item.TAX_AND_GRANTS).missing
    (None, (<Item.EQUALISATION: 'equalisation'>,))
    """
    firmest: dict[int, YearFigures] = {}
    for one in sorted(years, key=lambda one: list(Phase).index(one.phase), reverse=True):
        firmest[one.year] = one
    figures: dict[tuple[int, Item], Figure] = {}
    for year in sorted(firmest):
        for item, stated in firmest[year].stated.items():
            figures[year, item] = Figure(stated)
        for item, rule in RULES.items():
            figures[year, item] = _follow(figures, year, item, rule)
    return Finances({year: one.phase for year, one in firmest.items()}, figures)


def _follow(figures: Mapping[tuple[int, Item], Figure], year: int, item: Item, rule: Rule) -> Figure:
    stated = figures.get((year, item), Figure()).stated
    values = [(sign, term, figures.get((year, term), Figure()).value) for sign, term in rule.terms]
    if rule.carries:
        values.append((1, item, figures.get((year - 1, item), Figure()).value))
    missing = tuple(term for _, term, value in values if value is None)
    if missing:
        return Figure(stated, None, missing)
    return Figure(stated, sum(sign * value for sign, _, value in values if value is not None))


# What a plan does


CAPITALISED_LABEL = "Låneränta som aktiveras"
"""The line of the consolidated view that moves loan interest from the result to the acquisition value."""


@dataclass(frozen=True)
class PlanEffects:
    """What investments do to the municipality's own finances, öre per year of `years`; costs positive.

    Attributes:
        outlay_ore: Gross outlay.
        grants_received_ore: Grants in the year the money comes.
        grants_recognised_ore: Grants in the year they are income.
        running_ore: Everything in the consolidated operating level but the four below.
        depreciation_ore: Of new assets, less that of assets that go.
        disposals_ore: Book value written off when old assets go.
        interest_ore: Loan interest that is a cost: less what is capitalised.
        capitalised_ore: Loan interest moved to the acquisition value.
    """

    years: tuple[int, ...]
    outlay_ore: tuple[Ore, ...]
    grants_received_ore: tuple[Ore, ...]
    grants_recognised_ore: tuple[Ore, ...]
    running_ore: tuple[Ore, ...]
    depreciation_ore: tuple[Ore, ...]
    disposals_ore: tuple[Ore, ...]
    interest_ore: tuple[Ore, ...]
    capitalised_ore: tuple[Ore, ...]

    @property
    def cost_ore(self) -> tuple[Ore, ...]:
        """By how much the result falls: the consolidated operating level."""
        return _signed(
            (1, self.running_ore),
            (1, self.written_off_ore),
            (1, self.interest_ore),
            (-1, self.grants_recognised_ore),
        )

    @property
    def written_off_ore(self) -> tuple[Ore, ...]:
        """Depreciation and disposals: cost, and own funds for investments."""
        return _signed((1, self.depreciation_ore), (1, self.disposals_ore))

    @property
    def noncash_ore(self) -> tuple[Ore, ...]:
        """The part of the cost that is not paid: what is written off, less income that is not received and interest
        that is paid without being a cost."""
        return _signed(
            (1, self.written_off_ore), (-1, self.grants_recognised_ore), (-1, self.capitalised_ore)
        )

    @property
    def net_investment_ore(self) -> tuple[Ore, ...]:
        """Outlay and capitalised interest less grants received."""
        return _signed((1, self.outlay_ore), (1, self.capitalised_ore), (-1, self.grants_received_ore))

    @property
    def borrowing_ore(self) -> tuple[Ore, ...]:
        """By how much loans grow: outlay less grants received, and the part of the cost that is paid."""
        return _signed(
            (1, self.outlay_ore), (-1, self.grants_received_ore), (1, self.cost_ore), (-1, self.noncash_ore)
        )

    @property
    def assets_ore(self) -> tuple[Ore, ...]:
        """By how much book values grow; grants that are not yet income stand among the liabilities."""
        return _signed((1, self.outlay_ore), (1, self.capitalised_ore), (-1, self.written_off_ore))

    def saved(self, outlay_ore: Sequence[Ore], running_ore: Sequence[Ore]) -> PlanEffects:
        """The same with a saving per year taken off the outlay and the running costs (coordination)."""
        return PlanEffects(
            self.years,
            _signed((1, self.outlay_ore), (-1, outlay_ore)),
            self.grants_received_ore,
            self.grants_recognised_ore,
            _signed((1, self.running_ore), (-1, running_ore)),
            self.depreciation_ore,
            self.disposals_ore,
            self.interest_ore,
            self.capitalised_ore,
        )


def _signed(*rows: tuple[int, Sequence[Ore]]) -> tuple[Ore, ...]:
    return tuple(
        sum(sign * amount for (sign, _), amount in zip(rows, amounts, strict=True))
        for amounts in zip(*(amounts for _, amounts in rows), strict=True)
    )


def plan_effects(found: Iterable[Consequences], years: Sequence[int]) -> PlanEffects:
    """The effects of many investments together; which of them count is the caller's choice."""
    kinds = {
        ConsolidatedKind.DEPRECIATION: "depreciation",
        ConsolidatedKind.DISPOSAL: "disposals",
        ConsolidatedKind.EXTERNAL_INTEREST: "interest",
        ConsolidatedKind.GRANT_INCOME: "recognised",
    }
    names = (
        "outlay",
        "received",
        "recognised",
        "running",
        "depreciation",
        "disposals",
        "interest",
        "capitalised",
    )
    sums: dict[str, list[Ore]] = {name: [0] * len(years) for name in names}

    def add(name: str, amounts: Sequence[Ore], sign: int = 1) -> None:
        sums[name] = [total + sign * amount for total, amount in zip(sums[name], amounts, strict=True)]

    for one in found:
        add("outlay", one.gross_outlay_ore)
        add("received", one.grants_ore)
        for line in one.consolidated_view.lines:
            name = kinds.get(line.kind, "running")
            add(name, line.amounts_ore, -1 if name == "recognised" else 1)
            if line.label == CAPITALISED_LABEL:
                add("capitalised", line.amounts_ore, -1)
    return PlanEffects(tuple(years), *(tuple(sums[name]) for name in names))


def with_effects(finances: Finances, effects: PlanEffects) -> Finances:
    """The finances with a plan on top: every known figure that a plan changes is changed, the rest stays as it is.

    Result and flows change by the year's effect; equity, loans and assets by the running total of it.
    """
    flows = {
        Item.OPERATIONS: _signed((1, effects.running_ore), (-1, effects.grants_recognised_ore)),
        Item.DEPRECIATION: effects.depreciation_ore,
        Item.IMPAIRMENT: effects.disposals_ore,
        Item.FINANCIAL_COSTS: effects.interest_ore,
        Item.RESULT: _signed((-1, effects.cost_ore)),
        Item.NET_INVESTMENT: effects.net_investment_ore,
    }
    stocks = {
        Item.EQUITY: _signed((-1, effects.cost_ore)),
        Item.LOANS: effects.borrowing_ore,
        Item.TOTAL_ASSETS: effects.assets_ore,
    }
    changes = {**flows, **{item: tuple(accumulate(row)) for item, row in stocks.items()}}
    figures = dict(finances.figures)
    for item, row in changes.items():
        for year, change in zip(effects.years, row, strict=True):
            before = finances.value(year, item)
            if before is not None:
                figures[year, item] = Figure(computed=before + change)
    return Finances(finances.phases, figures)
