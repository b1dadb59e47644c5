"""From an asked-for way of meeting a need to an alternative: outlay by year, components, premises, consequences.

The tables state a way in one line; what follows from its kind of object stands here and in `profiles.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from investplan.domain.proposals import (
    Alternative,
    AlternativeKind,
    Component,
    Disposal,
    Grant,
    OperatingConsequence,
    OperatingKind,
    Outlay,
    Part,
    Recognition,
)
from investplan.services.demonstration_data.tables import read_table
from investplan.units import Ore

TKR_ORE = 100_000
PRICE_LEVEL_YEAR = 2026
LANDLORD = "SEN"
CLEANING_TKR_PER_1000_M2 = 120
SPREAD_PERMILLE = {1: (1000,), 2: (350, 650), 3: (140, 510, 350), 4: (70, 300, 420, 210)}
"""How an outlay is spread over one to four years of building."""
STEP_TKR = 100
TITLES = {
    AlternativeKind.BUILD: "Nybyggnad",
    AlternativeKind.REBUILD: "Ombyggnad",
    AlternativeKind.LEASE: "Inhyrning",
    AlternativeKind.NOTHING: "Ingen åtgärd",
}
LEASE_OPENS = 8

Row = TypeVar("Row")


@dataclass(frozen=True)
class AskedWay:
    """One line of the tables.

    Args:
        tkr: The whole outlay.
        m2: Area. New premises are rented by it; premises that are rebuilt are rented already, unless `adds`.
        years: Years of outlay, 1-4; it opens in the last of them, in the month of its profile.
        rent: Yearly rent of a lease, tkr.
        owned: The committee owns it itself although there is a landlord.
        ops: `[kind, tkr per year, note, {after, lasts, by}]`; a kind that begins with "ended " is a cost that ends.
        grants: `[name, tkr, year offset]`, with "at_completion" where it is income at once.
        ends: `[name, book value in tkr, months left]` of what is replaced.
    """

    kind: str
    profile: str = ""
    title: str = ""
    tkr: int = 0
    m2: int | None = None
    years: int = 1
    benefit: int | None = None
    rent: int = 0
    lease_years: int = 0
    adds: bool = False
    owned: bool = False
    ops: list[list[Any]] = field(default_factory=list)
    grants: list[list[Any]] = field(default_factory=list)
    ends: list[list[Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Setting:
    """What an alternative takes from its proposal."""

    committee: str
    starts: tuple[int, ...]
    place_wkt: str | None
    is_company: bool
    unstated: frozenset[str] = frozenset()


def build_alternative(way: AskedWay, code: str, setting: Setting) -> Alternative:
    """The alternative; what is named in `setting.unstated` is left out as not stated."""
    kind = AlternativeKind(way.kind)
    landlord = _landlord(way, kind, setting)
    owner = landlord or setting.committee
    opens = read_table("profiles")[way.profile]["opens"] if way.profile else LEASE_OPENS

    def stated(name: str, rows: tuple[Row, ...]) -> tuple[Row, ...] | None:
        return None if name in setting.unstated else rows

    return Alternative(
        code=code,
        title=way.title or TITLES[kind],
        kind=kind,
        starts=setting.starts,
        price_level_year=PRICE_LEVEL_YEAR,
        commissioned_after_months=(way.years - 1) * 12 + opens - 1,
        landlord=landlord,
        area_m2=_rented_m2(way, kind) if landlord else None,
        benefit_percent=_benefit(way, kind),
        place_wkt=setting.place_wkt if kind is not AlternativeKind.NOTHING else None,
        outlays=_outlays(way, kind),
        components=_components(way, kind, has_landlord=landlord is not None),
        operating=stated("operating", tuple(_operating(way, kind, setting))),
        grants=stated("grants", tuple(_grant(row) for row in way.grants)),
        disposals=stated(
            "disposals", tuple(Disposal(name, owner, tkr * TKR_ORE, months) for name, tkr, months in way.ends)
        ),
    )


def _landlord(way: AskedWay, kind: AlternativeKind, setting: Setting) -> str | None:
    premises = way.m2 is not None and kind in (AlternativeKind.BUILD, AlternativeKind.REBUILD)
    own = way.owned or setting.is_company or setting.committee == LANDLORD
    return LANDLORD if premises and not own else None


def _rented_m2(way: AskedWay, kind: AlternativeKind) -> int:
    return way.m2 or 0 if kind is AlternativeKind.BUILD or way.adds else 0


def _benefit(way: AskedWay, kind: AlternativeKind) -> int:
    if kind is AlternativeKind.NOTHING:
        return 0
    return 100 if way.benefit is None else way.benefit


def _outlays(way: AskedWay, kind: AlternativeKind) -> tuple[Outlay, ...]:
    if kind is AlternativeKind.NOTHING:
        return ()
    parts = [way.tkr * share // 1000 // STEP_TKR * STEP_TKR for share in SPREAD_PERMILLE[way.years]]
    parts[-1] += way.tkr - sum(parts)
    return tuple(Outlay(offset, tkr * TKR_ORE) for offset, tkr in enumerate(parts))


def _components(way: AskedWay, kind: AlternativeKind, *, has_landlord: bool) -> tuple[Component, ...]:
    if not way.tkr:
        return ()
    if kind is AlternativeKind.LEASE:
        return (_fitting_out(way),)
    rows = read_table("profiles")[way.profile]["components"]
    amounts_ore = _shared_out(way.tkr, [row[1] for row in rows])
    return tuple(
        Component(
            name=row[0],
            amount_ore=amount_ore,
            life_months=row[2] * 12 or None,
            part=Part.USER if "user" in row[3:] and has_landlord else Part.PROPERTY,
        )
        for row, amount_ore in zip(rows, amounts_ore, strict=True)
    )


def _fitting_out(way: AskedWay) -> Component:
    """What is done to another's property lasts no longer than the lease."""
    return Component("Anpassning av hyrd lokal", way.tkr * TKR_ORE, way.lease_years * 12)


def _shared_out(tkr: int, shares_permille: list[int]) -> list[Ore]:
    """Whole tkr; the largest part takes what rounding leaves."""
    parts = [tkr * share // 1000 for share in shares_permille]
    parts[shares_permille.index(max(shares_permille))] += tkr - sum(parts)
    return [part * TKR_ORE for part in parts]


def _operating(way: AskedWay, kind: AlternativeKind, setting: Setting) -> list[OperatingConsequence]:
    rows = [_operating_row(row, setting.committee) for row in way.ops]
    if way.rent:
        lasts = way.lease_years * 12
        rent = OperatingConsequence(
            setting.committee, OperatingKind.RENT, way.rent * TKR_ORE, 0, lasts, note="Hyra enligt avtal"
        )
        rows.insert(0, rent)
    new_premises = kind is AlternativeKind.BUILD or way.adds
    if new_premises and _landlord(way, kind, setting) and way.m2:
        cleaning_ore = way.m2 * CLEANING_TKR_PER_1000_M2 * TKR_ORE // 1000
        rows.append(
            OperatingConsequence(setting.committee, OperatingKind.CLEANING, cleaning_ore, note="Lokalvård")
        )
    return rows


def _operating_row(row: list[Any], committee: str) -> OperatingConsequence:
    kind, tkr, note = row[:3]
    timing: dict[str, Any] = row[3] if len(row) > 3 else {}
    return OperatingConsequence(
        committee=timing.get("by", committee),
        kind=OperatingKind(kind.removeprefix("ended ")),
        annual_ore=tkr * TKR_ORE,
        starts_after_months=timing.get("after", 0),
        lasts_months=timing.get("lasts"),
        ended=kind.startswith("ended "),
        note=note,
    )


def _grant(row: list[Any]) -> Grant:
    name, tkr, year_offset, *recognised = row
    recognition = Recognition(recognised[0]) if recognised else Recognition.OVER_LIFE
    return Grant(name, year_offset, tkr * TKR_ORE, recognition)
