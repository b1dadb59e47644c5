"""Financial targets of a round: stated, changed, taken away, and begun from what the system suggests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select

from investplan.db.models import FinancialTarget
from investplan.domain.financial_room import can_be_limit
from investplan.domain.indicators import DEFINITIONS, Indicator, Scale
from investplan.domain.parameter_descriptions import Confidence
from investplan.domain.parameters import decimal_text
from investplan.domain.targets import SEEDS, Operator, Target
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError, StateError
from investplan.services import rounds
from investplan.services.work import Work, once

ORE_PER_KRONA = 100
MOST_KRONOR = 10_000_000
FINEST_VALUE = Fraction(1, 10**6)
"""Values are read exactly into the optimiser's case: no finer than the sixth decimal of a share."""


def all_of(work: Work, round_id: int) -> list[FinancialTarget]:
    """The round's targets in their order."""
    work.require("see")
    query = select(FinancialTarget).where(FinancialTarget.round_id == round_id)
    return list(work.session.scalars(query.order_by(FinancialTarget.position, FinancialTarget.id)))


def targets_of(work: Work, round_id: int) -> list[Target]:
    """The round's targets as the rules use them."""
    return [to_target(row) for row in all_of(work, round_id)]


def find(work: Work, target_id: int) -> FinancialTarget:
    work.require("see")
    row = work.session.get(FinancialTarget, target_id)
    if row is None:
        raise NotFoundError("financial target", target_id)
    return row


def to_target(row: FinancialTarget) -> Target:
    """What the row says."""
    indicator = Indicator(row.indicator)
    return Target(
        code=row.code,
        name=row.name,
        indicator=indicator,
        operator=Operator(row.operator),
        value=Fraction(row.value) * _factor(indicator),
        average_years=row.average_years,
        first_year=row.first_year,
        last_year=row.last_year,
        decided_by=row.decided_by,
        is_limit=bool(row.is_limit),
        confidence=Confidence(row.confidence),
    )


def _factor(indicator: Indicator) -> int:
    """Kronor per inhabitant are stored as kronor and counted in öre; shares are what they are."""
    return ORE_PER_KRONA if DEFINITIONS[indicator].scale is Scale.KRONOR else 1


def create(work: Work, round_id: int, target: Target, *, key: str = "") -> FinancialTarget:
    """A new target, last in order; an empty code is given one from the name.

    Raises:
        InvalidInputError: one note per field.
    """
    work.require("edit finances")
    rounds.find(work, round_id)
    if faults := _value_faults(target):  # a value that no decimal text holds cannot be remembered either
        raise InvalidInputError(faults)

    def insert() -> int:
        made = replace(target, code=target.code or _free_code(work, round_id, target.name))
        _refuse_faults(work, round_id, made, own_id=None)
        last = work.session.scalar(
            select(func.max(FinancialTarget.position)).where(FinancialTarget.round_id == round_id)
        )
        row = FinancialTarget(round_id=round_id, position=(last or 0) + 1, version=1)
        _write(row, made)
        work.session.add(row)
        work.session.flush()
        work.record("create financial target", "financial_target", row.id, after=to_json(row))
        return row.id

    return find(work, once(work, "create financial target", key, _facts_to_json(target), insert))


def seed(work: Work, round_id: int) -> list[FinancialTarget]:
    """The system's suggestions, for a round that has no targets yet.

    Raises:
        StateError: it has some already.
    """
    work.require("edit finances")
    if all_of(work, round_id):
        raise StateError(Note("Omgången har redan mål. Förslagen läggs bara in där inga mål finns."))
    return [create(work, round_id, one) for one in SEEDS]


def save(work: Work, target_id: int, target: Target, *, seen_version: int) -> FinancialTarget:
    """Replace what a target says; its code stays.

    Raises:
        ConflictError: someone else changed it since; carries both versions.
        InvalidInputError: one note per field.
    """
    work.require("edit finances")
    row = find(work, target_id)
    target = replace(target, code=row.code)
    if faults := _value_faults(target):
        raise InvalidInputError(faults)
    if row.version != seen_version:
        raise ConflictError(
            "financial_target", target_id, stored=to_json(row), submitted=_facts_to_json(target)
        )
    _refuse_faults(work, row.round_id, target, own_id=row.id)
    before = to_json(row)
    _write(row, target)
    row.version += 1
    work.session.flush()
    work.record("save financial target", "financial_target", row.id, before=before, after=to_json(row))
    return row


def remove(work: Work, target_id: int, *, seen_version: int) -> None:
    """Take a target away; limits that scenarios have taken from it stay in them until they fetch the room anew.

    Raises:
        ConflictError: someone else changed it since.
    """
    work.require("edit finances")
    row = find(work, target_id)
    if row.version != seen_version:
        raise ConflictError("financial_target", target_id, stored=to_json(row), submitted={})
    before = to_json(row)
    work.session.delete(row)
    work.session.flush()
    work.record("remove financial target", "financial_target", target_id, before=before)


def _refuse_faults(work: Work, round_id: int, target: Target, *, own_id: int | None) -> None:
    faults: dict[str, Note] = {}
    if not target.name.strip() or len(target.name.strip()) > 120:
        faults["name"] = Note("Namnet ska ha 1–120 tecken.")
    taken = work.session.scalar(
        select(FinancialTarget.id).where(
            FinancialTarget.round_id == round_id, FinancialTarget.code == target.code
        )
    )
    if taken is not None and taken != own_id:
        faults["code"] = Note("Det finns redan ett mål med den beteckningen.")
    if len(target.decided_by.strip()) > 200:
        faults["decided_by"] = Note("Texten får ha högst 200 tecken.")
    faults.update(_value_faults(target))
    faults.update(_year_faults(target))
    if faults:
        raise InvalidInputError(faults)


def _value_faults(target: Target) -> dict[str, Note]:
    if DEFINITIONS[target.indicator].scale is Scale.KRONOR:
        if not 0 <= target.value <= MOST_KRONOR * ORE_PER_KRONA or target.value.denominator != 1:
            return {"value": Note("Skriv kronor per invånare, 0–10 000 000, högst två decimaler.")}
    elif not -10 <= target.value <= 10 or (target.value / FINEST_VALUE).denominator != 1:
        return {"value": Note("Skriv procent mellan −1 000 och 1 000 med högst fyra decimaler.")}
    if target.indicator is Indicator.SELF_FINANCING and target.value <= 0:
        return {"value": Note("Självfinansieringen ska vara större än noll.")}
    return {}


def _year_faults(target: Target) -> dict[str, Note]:
    faults: dict[str, Note] = {}
    first, last = target.first_year, target.last_year
    if not 1 <= target.average_years <= 30:
        faults["average_years"] = Note("Genomsnittet ska gälla 1–30 år.")
    elif target.average_years > 1 and not DEFINITIONS[target.indicator].sums_years:
        faults["average_years"] = Note("Ett genomsnitt över flera år passar bara mått på årets flöden.")
    if any(year is not None and not 1990 <= year <= 2250 for year in (first, last)):
        faults["first_year"] = Note("Skriv årtal med fyra siffror.")
    elif first is not None and last is not None:
        if last < first:
            faults["last_year"] = Note("Det sista året är före det första.")
        elif last - first + 1 < target.average_years:
            faults["last_year"] = Note("Målets år är färre än genomsnittets.")
    may_ask = target.is_limit and "average_years" not in faults
    if may_ask and not can_be_limit(target.indicator, target.average_years):
        faults["is_limit"] = Note("Måttet kan inte lämnas till optimeraren: ingen investering ändrar det.")
    return faults


def _write(row: FinancialTarget, target: Target) -> None:
    row.code, row.name = target.code, target.name.strip()
    row.indicator, row.operator = target.indicator.value, target.operator.value
    row.value = decimal_text(target.value / _factor(target.indicator))
    row.average_years, row.first_year, row.last_year = (
        target.average_years,
        target.first_year,
        target.last_year,
    )
    row.decided_by, row.is_limit = target.decided_by.strip(), target.is_limit
    row.confidence = target.confidence.value


def _free_code(work: Work, round_id: int, name: str) -> str:
    plain = re.sub(r"[^a-zåäö0-9]+", "-", name.casefold()).strip("-")[:30].strip("-") or "mål"
    taken = {row.code for row in all_of(work, round_id)}
    return next(code for n in range(1, 10_000) if (code := plain if n == 1 else f"{plain}-{n}") not in taken)


def _facts_to_json(target: Target) -> dict[str, Any]:
    return {
        "code": target.code,
        "name": target.name.strip(),
        "indicator": target.indicator.value,
        "operator": target.operator.value,
        "value": decimal_text(target.value / _factor(target.indicator)),
        "average_years": target.average_years,
        "first_year": target.first_year,
        "last_year": target.last_year,
        "decided_by": target.decided_by.strip(),
        "is_limit": target.is_limit,
        "confidence": target.confidence.value,
    }


def to_json(row: FinancialTarget) -> Mapping[str, Any]:
    """The target as the audit keeps it; the value as it is stored."""
    return {**_facts_to_json(to_target(row)), "version": row.version}
