"""The balance requirement: its statement in the order of the law, the reserve's rules, and when deficits are restored.

Source: sections 4.1, 4.3 and 4.4 of the domain reference (LKBR 11:10, KL 11:12-14, prop. 2022/23:119).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from investplan.domain.finances import Finances, Item
from investplan.domain.labels import N_
from investplan.domain.parameters import Parameters
from investplan.errors import Note
from investplan.units import Ore, format_amount, round_half_up

FIRST_YEAR_OF_NEW_RESERVE = 2024
"""From this year a result reserve (RER) is built up; before it a result equalisation reserve (RUR)."""

ADJUSTMENTS: tuple[tuple[int, Item, str], ...] = (
    (-1, Item.CAPITAL_GAINS, N_("Samtliga realisationsvinster")),
    (1, Item.EXEMPT_GAINS, N_("Realisationsvinster enligt undantagsmöjlighet")),
    (1, Item.EXEMPT_LOSSES, N_("Realisationsförluster enligt undantagsmöjlighet")),
    (-1, Item.UNREALISED, N_("Orealiserade vinster och förluster i värdepapper")),
    (1, Item.UNREALISED_RETURNED, N_("Återföring av orealiserade vinster och förluster i värdepapper")),
)


@dataclass(frozen=True)
class StatementRow:
    """A row of the statement: what is added to or taken from the result; a sum row has the running sum."""

    label: str
    amount_ore: Ore | None
    is_sum: bool = False


@dataclass(frozen=True)
class Statement:
    """The balance-requirement statement of a year, in the layout of LKBR 11:10.

    Attributes:
        adjusted_ore: The year's result after balance-requirement adjustments; None where a figure is missing.
        balance_ore: The year's balance-requirement result, after the reserve.
        missing: The figures that are missing.
    """

    year: int
    rows: tuple[StatementRow, ...]
    adjusted_ore: Ore | None
    balance_ore: Ore | None
    missing: tuple[Item, ...]


def statement(finances: Finances, year: int) -> Statement:
    """The statement: result − gains + exempt gains + exempt losses ∓ unrealised ± returned = adjusted result,
    − reserved + used from the reserve = balance-requirement result."""
    result = finances.value(year, Item.RESULT)
    rows = [StatementRow(N_("Årets resultat enligt resultaträkningen"), result, is_sum=True)]
    adjusted, missing = result, [] if result is not None else [Item.RESULT]
    for sign, item, label in ADJUSTMENTS:
        adjusted = _add_row(rows, missing, finances, year, sign, item, label, adjusted)
    rows.append(StatementRow(N_("Årets resultat efter balanskravsjusteringar"), adjusted, is_sum=True))
    name = reserve_name(year)
    balance = adjusted
    for sign, item, text in (
        (-1, Item.RESERVE_ADDED, RESERVED_TO[name]),
        (1, Item.RESERVE_USED, USED_FROM[name]),
    ):
        balance = _add_row(rows, missing, finances, year, sign, item, text, balance)
    rows.append(StatementRow(N_("Årets balanskravsresultat"), balance, is_sum=True))
    return Statement(year, tuple(rows), adjusted, balance, tuple(missing))


def _add_row(
    rows: list[StatementRow],
    missing: list[Item],
    finances: Finances,
    year: int,
    sign: int,
    item: Item,
    label: str,
    before: Ore | None,
) -> Ore | None:
    value = finances.value(year, item)
    rows.append(StatementRow(label, None if value is None else sign * value))
    if value is None:
        missing.append(item)
        return None
    return None if before is None else before + sign * value


# The reserve


def reserve_name(year: int) -> str:
    """RUR until 2023, RER from 2024; what was saved as RUR is counted in the same balance."""
    return "RER" if year >= FIRST_YEAR_OF_NEW_RESERVE else "RUR"


RESERVED_TO = {
    "RUR": N_("Reservering till resultatutjämningsreserv"),
    "RER": N_("Reservering till resultatreserv"),
}
USED_FROM = {
    "RUR": N_("Användning av medel från resultatutjämningsreserv"),
    "RER": N_("Användning av medel från resultatreserv"),
}


@dataclass(frozen=True)
class Reserve:
    """What the rules of the reserve say about a year. None where a figure is missing.

    Attributes:
        floor_share: What must stay of the result, of tax and grants: larger where equity less pensions is negative.
        floor_ore: The same in öre.
        cap_ore: The most that the reserve may be; None for RUR, which has no cap here.
        may_add_ore: The most that may be reserved in the year.
        faults: What the stated figures break, in words.
        missing: The figures that are missing for `may_add_ore`.
    """

    year: int
    name: str
    floor_share: Fraction | None
    floor_ore: Ore | None
    cap_ore: Ore | None
    may_add_ore: Ore | None
    faults: tuple[Note, ...] = ()
    missing: tuple[Item, ...] = ()
    computation: Note | None = None


def reserve(finances: Finances, year: int, parameters: Parameters) -> Reserve:
    """May reserve min(result, adjusted result) − k × (tax and grants), k by equity less pensions; at most up to the cap.

    k and the cap are parameters: 1 per cent (2 where equity with pensions is negative), 5 per cent from 2024.
    """
    told = statement(finances, year)
    needed = (Item.RESULT, Item.TAX_AND_GRANTS, Item.EQUITY, Item.PENSION_OBLIGATION)
    known = {item: value for item in needed if (value := finances.value(year, item)) is not None}
    missing = [item for item in needed if item not in known]
    missing += [item for _, item, _ in ADJUSTMENTS if item in told.missing]
    name = reserve_name(year)
    income = finances.value(year, Item.TAX_AND_GRANTS)
    cap = None
    if name == "RER" and income is not None:
        cap = round_half_up(parameters.reserve_cap_share * income)
    share = _floor_share(known, parameters)
    floor = None if share is None or income is None else round_half_up(share * income)
    may_add, note = None, None
    if not missing and told.adjusted_ore is not None and floor is not None:
        may_add, note = _may_add(finances, year, min(known[Item.RESULT], told.adjusted_ore), floor, cap)
    faults = tuple(_faults(finances, year, may_add, cap))
    return Reserve(year, name, share, floor, cap, may_add, faults, tuple(missing), note)


def _floor_share(known: Mapping[Item, int], parameters: Parameters) -> Fraction | None:
    if Item.EQUITY not in known or Item.PENSION_OBLIGATION not in known:
        return None
    negative = known[Item.EQUITY] < known[Item.PENSION_OBLIGATION]
    return parameters.reserve_floor_share_negative_equity if negative else parameters.reserve_floor_share


def _may_add(
    finances: Finances, year: int, lower_result: Ore, floor: Ore, cap: Ore | None
) -> tuple[Ore, Note]:
    over_floor = max(0, lower_result - floor)
    facts = {"result": _mnkr(lower_result), "floor": _mnkr(floor), "amount": _mnkr(over_floor)}
    text = N_("%(result)s − %(floor)s = %(amount)s mnkr")
    if lower_result < floor:
        text = N_("%(result)s − %(floor)s är under noll: inget får reserveras")
    opening = finances.value(year - 1, Item.RESERVE)
    used = finances.value(year, Item.RESERVE_USED)
    if cap is None or opening is None or used is None or over_floor <= cap - opening + used:
        return over_floor, Note(text, facts)
    left = max(0, cap - opening + used)
    facts = {"cap": _mnkr(cap), "opening": _mnkr(opening - used), "amount": _mnkr(left)}
    return left, Note(N_("taket %(cap)s − reserven %(opening)s = %(amount)s mnkr"), facts)


def _faults(finances: Finances, year: int, may_add: Ore | None, cap: Ore | None) -> list[Note]:
    added, used = finances.value(year, Item.RESERVE_ADDED), finances.value(year, Item.RESERVE_USED)
    opening, closing = finances.value(year - 1, Item.RESERVE), finances.value(year, Item.RESERVE)
    faults: list[Note] = []
    if added and may_add is not None and added > may_add:
        facts = {"added": _mnkr(added), "most": _mnkr(may_add)}
        faults.append(Note("%(added)s mnkr är reserverat, högst %(most)s får reserveras.", facts))
    if used and opening is not None and used > opening:
        facts = {"used": _mnkr(used), "opening": _mnkr(opening)}
        faults.append(Note("%(used)s mnkr är använt, men reserven var %(opening)s vid årets början.", facts))
    if cap is not None and closing is not None and closing > cap:
        facts = {"closing": _mnkr(closing), "cap": _mnkr(cap)}
        faults.append(Note("Reserven är %(closing)s mnkr, taket är %(cap)s.", facts))
    if added and used:
        faults.append(Note("Reserven både ökar och används samma år."))
    return faults


# Restoring


@dataclass(frozen=True)
class Restoring:
    """A negative balance-requirement result and how it is restored.

    Attributes:
        deficit_ore: The deficit as a positive amount.
        deadline: The last year in which it must be restored.
        parts: What each later surplus restores: (year, amount).
        left_ore: What is not restored by the years that are known.
        unknown: Years up to the deadline whose balance-requirement result is not known; they restore nothing here.
    """

    year: int
    deficit_ore: Ore
    deadline: int
    parts: tuple[tuple[int, Ore], ...]
    left_ore: Ore
    unknown: tuple[int, ...] = ()

    @property
    def restored_in(self) -> int | None:
        """The year in which the last of it is restored."""
        return self.parts[-1][0] if self.parts and not self.left_ore else None

    @property
    def in_time(self) -> bool | None:
        """Whether it is restored by the deadline; None where years that could do so are not known."""
        if self.restored_in is not None:
            return self.restored_in <= self.deadline
        return None if self.unknown else False


def restoring(balances: Mapping[int, Ore | None], restoring_years: int) -> list[Restoring]:
    """When each year's deficit must be restored and is: the oldest first, by the surpluses of the years after it.

    Args:
        balances: Balance-requirement result by year; None where it is not known.
        restoring_years: Years after the deficit in which it must be restored (three by law).

    >>> [(one.deadline, one.parts) for one in restoring({2014: -124, 2015: 100, 2016: 356}, 3)]
    [(2017, ((2015, 100), (2016, 24)))]
    """
    open_deficits: list[tuple[int, Ore, list[tuple[int, Ore]]]] = []
    closed: list[tuple[int, Ore, list[tuple[int, Ore]]]] = []
    for year in sorted(balances):
        balance = balances[year]
        if balance is None:
            continue
        if balance < 0:
            open_deficits.append((year, -balance, []))
        while balance > 0 and open_deficits:
            _, deficit, parts = open_deficits[0]
            part = min(balance, deficit - sum(amount for _, amount in parts))
            parts.append((year, part))
            balance -= part
            if sum(amount for _, amount in parts) == deficit:
                closed.append(open_deficits.pop(0))
    return [
        _restoring(year, deficit, parts, balances, restoring_years)
        for year, deficit, parts in sorted([*closed, *open_deficits])
    ]


def _restoring(
    year: int,
    deficit: Ore,
    parts: Sequence[tuple[int, Ore]],
    balances: Mapping[int, Ore | None],
    restoring_years: int,
) -> Restoring:
    deadline = year + restoring_years
    unknown = tuple(one for one in range(year + 1, deadline + 1) if balances.get(one) is None)
    left = deficit - sum(amount for _, amount in parts)
    return Restoring(year, deficit, deadline, tuple(parts), left, unknown)


def _mnkr(amount_ore: Ore) -> str:
    return format_amount(amount_ore, "mnkr", 1)
