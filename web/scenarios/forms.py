"""What a scenario's form says: parsed into facts, with one note per field that does not fit; what was typed is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from investplan.domain.labels import LABELS, N_
from investplan.domain.organisations import OrganisationKind
from investplan.domain.parameters import decimal_text
from investplan.errors import Note
from investplan.services.scenarios import LimitFacts, ScenarioFacts
from investplan.units import AmountError, Ore, parse_amount
from web.formatting import input_amount

GIVEN_LIMITS = (
    ("ceiling", "ceiling", N_("Investeringstak"), "investment"),
    ("operating", "operating", N_("Utrymme i driften (koncernvy)"), "operating"),
)
SHARE_BOUNDS = ("min_share", "max_share")


@dataclass(frozen=True)
class GridRow:
    """One row of the room: `key` names its fields, `code` its limit, `row` what the limit is of."""

    key: str
    code: str
    label: str
    row: str
    group: str

    @property
    def limit_label(self) -> str:
        """What the limit is called on its own, where no heading says whose it is."""
        prefix = {"committees": "Ram för ", "companies": "Investeringar i "}.get(self.group, "")
        return prefix + self.label


@dataclass
class ShareRow:
    """One line of "at least or at most so many per cent", as typed. `where` is `category=reinvestment`."""

    code: str = ""
    bound: str = "min_share"
    where: str = ""
    percent: str = ""
    error: Note | None = None


@dataclass
class ScenarioForm:
    """The form as it stands: typed values by field name, and the faults by field name."""

    years: Sequence[int]
    grid: Sequence[GridRow]
    criteria: Sequence[Any]
    values: dict[str, str] = field(default_factory=dict)
    shares: list[ShareRow] = field(default_factory=list)
    errors: dict[str, Note] = field(default_factory=dict)
    stored: ScenarioFacts | None = None

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def weight_sum(self) -> str:
        """What the weights add up to as typed, per cent; a dash where one of them is no figure."""
        found = [parse_percent(self.value(f"weight-{c.code}") or "0") for c in self.criteria]
        if any(one is None for one in found):
            return "–"
        return percent_text(sum((one for one in found if one is not None), Fraction(0)))


def grid_rows(organisations: Iterable[Any], facts: ScenarioFacts | None) -> list[GridRow]:
    """The rows of the room: the ceiling, the operating room, each committee's frame, each company's capacity."""
    rows = [GridRow(key, code, label, row, "municipality") for key, code, label, row in GIVEN_LIMITS]
    for one in organisations:
        company = one.kind == OrganisationKind.COMPANY
        row = f"{'capacity' if company else 'frame'}:{one.code}"
        rows.append(
            GridRow(
                f"limit{one.id}",
                row.replace(":", " "),
                one.name,
                row,
                "companies" if company else "committees",
            )
        )
    known = {limit.row: limit for limit in (facts.limits if facts else ()) if _is_plain(limit)}
    return [replace(row, code=known[row.row].code) if row.row in known else row for row in rows]


def _is_plain(limit: LimitFacts) -> bool:
    return not limit.extra


def _is_share(limit: LimitFacts) -> bool:
    where = limit.extra.get("where", {})
    bounds = [name for name in SHARE_BOUNDS if name in limit.extra]
    return limit.row == "investment" and len(where) == 1 and len(bounds) == 1 and len(limit.extra) == 2


def from_facts(
    facts: ScenarioFacts | None, years: Sequence[int], grid: Sequence[GridRow], criteria: Sequence[Any]
) -> ScenarioForm:
    """The form of a stored scenario, or an empty one with the round's own weights."""
    form = ScenarioForm(years, grid, criteria, stored=facts)
    weights = facts.weights if facts and facts.weights else {c.code: c.weight_permille for c in criteria}
    form.values = {f"weight-{code}": percent_text(Fraction(w, 10)) for code, w in weights.items()}
    form.values["value_basis"] = facts.value_basis if facts else "volume"
    if facts is None:
        return form
    form.values.update(name=facts.name, note=facts.note, previous_run_id=str(facts.previous_run_id or ""))
    by_code = {limit.code: limit for limit in facts.limits}
    for row in grid:
        limit = by_code.get(row.code)
        for year, max_ore in (limit.max_ore_by_year if limit else {}).items():
            form.values[f"{row.key}-{year}"] = input_amount(max_ore, "mnkr")
        if limit and limit.carry_over:
            form.values[f"{row.key}-carry"] = "y"
    form.shares = [_share_row(limit) for limit in facts.limits if _is_share(limit)]
    return form


def _share_row(limit: LimitFacts) -> ShareRow:
    ((name, value),) = limit.extra["where"].items()
    bound = next(b for b in SHARE_BOUNDS if b in limit.extra)
    return ShareRow(limit.code, bound, f"{name}={value}", percent_text(Fraction(limit.extra[bound]) * 100))


def from_request(
    data: Mapping[str, str],
    stored: ScenarioFacts | None,
    years: Sequence[int],
    grid: Sequence[GridRow],
    criteria: Sequence[Any],
) -> ScenarioForm:
    """The form as it was sent."""
    form = ScenarioForm(years, grid, criteria, stored=stored)
    form.values = {name: text for name, text in data.items() if not name.startswith("shares-")}
    indices = sorted({int(m[1]) for name in data if (m := re.match(r"shares-(\d{1,3})-", name))})
    form.shares = [
        ShareRow(
            data.get(f"shares-{i}-code", ""),
            data.get(f"shares-{i}-bound", ""),
            data.get(f"shares-{i}-where", ""),
            data.get(f"shares-{i}-percent", ""),
        )
        for i in indices
    ]
    return form


def change_rows(form: ScenarioForm, data: Mapping[str, str]) -> bool:
    """Add or take away a share row as the buttons ask; True when one did, and the form is to be shown again."""
    if data.get("add_row") == "shares":
        form.shares.append(ShareRow())
        return True
    removed = re.fullmatch(r"shares-(\d{1,3})", data.get("remove_row", ""))
    if removed and int(removed[1]) < len(form.shares):
        del form.shares[int(removed[1])]
    return removed is not None


def facts_from(form: ScenarioForm) -> ScenarioFacts | None:
    """What the form says; None with `form.errors` filled when some of it does not fit."""
    limits = [*_grid_limits(form), *_share_limits(form), *_kept_limits(form)]
    facts = ScenarioFacts(
        name=form.value("name"),
        note=form.value("note")[:1000],
        weights=_weights(form),
        value_basis=form.value("value_basis"),
        limits=tuple(limits),
        rules=form.stored.rules if form.stored else (),
        previous_run_id=int(form.value("previous_run_id"))
        if form.value("previous_run_id").isdecimal()
        else None,
    )
    return None if form.errors else facts


def _grid_limits(form: ScenarioForm) -> Iterable[LimitFacts]:
    stored = {limit.code: limit for limit in (form.stored.limits if form.stored else ())}
    for row in form.grid:
        amounts = {year: ore for year in form.years if (ore := _amount(form, row, year)) is not None}
        known = stored.get(row.code)
        if amounts or known:
            label = known.label if known and known.label else row.limit_label
            carry = (
                bool(form.value(f"{row.key}-carry"))
                if row.key == "ceiling"
                else bool(known and known.carry_over)
            )
            yield LimitFacts(row.code, label, row.row, amounts, carry)


def _amount(form: ScenarioForm, row: GridRow, year: int) -> Ore | None:
    name = f"{row.key}-{year}"
    text = form.value(name).strip()
    if not text:
        return None
    try:
        return parse_amount(text, "mnkr")
    except AmountError as error:
        facts = {"place": f"{row.label} {year}", "what": error.note}
        form.errors[name] = Note("%(place)s: %(what)s", facts)
        return None


def _share_limits(form: ScenarioForm) -> Iterable[LimitFacts]:
    stored = {limit.code: limit for limit in (form.stored.limits if form.stored else ())}
    taken = set(stored)
    for index, row in enumerate(form.shares):
        name, _, value = row.where.partition("=")
        percent = parse_percent(row.percent)
        if not value and not row.percent.strip():
            continue
        if row.bound not in SHARE_BOUNDS or name not in ("category", "committee", "district") or not value:
            row.error = Note("Välj vad andelen gäller.")
        elif percent is None or not 0 <= percent <= 100:
            row.error = Note("Skriv andelen som 0–100 procent, till exempel 30 eller 12,5.")
        else:
            code = row.code or _free_code(taken)
            taken.add(code)
            extra = {"where": {name: value}, row.bound: decimal_text(percent / 100)}
            known = stored.get(code)
            same = known is not None and known.extra.get("where") == extra["where"]
            label = known.label if known and same else f"Andel {LABELS.get(value, value)}"
            yield LimitFacts(code, label, "investment", {}, extra=extra)
        if row.error:
            form.errors[f"shares-{index}-percent"] = row.error


def _free_code(taken: set[str]) -> str:
    return next(code for n in range(1, 1000) if (code := f"share {n}") not in taken)


def _kept_limits(form: ScenarioForm) -> Iterable[LimitFacts]:
    """Limits that the form does not show stay as they are."""
    shown = {row.code for row in form.grid}
    for limit in form.stored.limits if form.stored else ():
        if limit.code not in shown and not _is_share(limit):
            yield limit


def _weights(form: ScenarioForm) -> dict[str, int]:
    weights: dict[str, int] = {}
    for criterion in form.criteria:
        name = f"weight-{criterion.code}"
        percent = parse_percent(form.value(name) or "0")
        if percent is None or (percent * 10).denominator != 1:
            form.errors[name] = Note("Skriv vikten i procent med högst en decimal, till exempel 12,5.")
        else:
            weights[criterion.code] = int(percent * 10)
    return weights


def parse_percent(text: str) -> Fraction | None:
    """Per cent as Swedes write it, at most two decimals; None where it is not a figure.

    >>> parse_percent("12,5")
    Fraction(25, 2)
    """
    try:
        return Fraction(parse_amount(text), 100)
    except AmountError:
        return None


def percent_text(percent: Fraction) -> str:
    """Per cent as it stands in an input.

    >>> percent_text(Fraction(25, 2)), percent_text(Fraction(30))
    ('12,5', '30')
    """
    return input_amount(int(percent * 100))


def field_of(name: str, facts: ScenarioFacts, form: ScenarioForm) -> str:
    """The form's field that a service's fault (`limits.0.years.2027`, `weights.risk`) is about."""
    part, _, rest = name.partition(".")
    if part == "weights" and rest:
        return f"weight-{rest}"
    if part == "weights" and form.criteria:
        return f"weight-{form.criteria[0].code}"
    if part == "limits" and rest:
        number, _, where = rest.partition(".")
        code = facts.limits[int(number)].code
        key = next((row.key for row in form.grid if row.code == code), "")
        return (
            f"{key}-{where.removeprefix('years.')}" if key and where.startswith("years.") else key or "limits"
        )
    return name


def merge(mine: ScenarioFacts, theirs: ScenarioFacts, keep: Mapping[str, str]) -> ScenarioFacts:
    """My version with the stored one wherever `keep` says `theirs`; limits are chosen one by one."""
    chosen: dict[str, Any] = {
        name: getattr(theirs, name)
        for name in ("name", "note", "weights", "value_basis", "previous_run_id")
        if keep.get(name) == "theirs"
    }
    limits = {limit.code: limit for limit in mine.limits}
    for code in {limit.code for limit in (*mine.limits, *theirs.limits)}:
        if keep.get(f"limit {code}") == "theirs":
            stored = next((limit for limit in theirs.limits if limit.code == code), None)
            limits.pop(code, None)
            if stored is not None:
                limits[code] = stored
    return replace(mine, limits=tuple(limits.values()), rules=theirs.rules, **chosen)
