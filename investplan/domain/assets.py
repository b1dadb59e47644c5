"""An asset through its life: taken into use, reconsidered, written down, disposed of; as stretches of straight depreciation.

Between two events the book value falls in a straight line. A change affects the months from it on and no month before:
it starts from the rounded book value of that month, so that what has been charged stands as it was charged.

Source: sections 1.2 and 1.10 of the domain reference; RKR R4 and R6.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from investplan.errors import InvalidInputError, Note
from investplan.units import Month, Ore, round_ratio

FOR_GOOD = 12 * 100_000
"""Ordinal of a month that never comes: where land's only stretch ends."""


class StartRule(StrEnum):
    """The first month that is charged: that of commissioning, or the one after. Disposal ends it in the same way."""

    SAME_MONTH = "same_month"
    NEXT_MONTH = "next_month"

    def first_charged(self, commissioned: Month) -> Month:
        """The first month charged to what is taken into use, and the first not charged to what is disposed of."""
        return commissioned.plus(1 if self is StartRule.NEXT_MONTH else 0)


@dataclass(frozen=True)
class AssetChange:
    """What is reconsidered from `month` on (domain reference 1.10). None: as before.

    Args:
        month: The first month charged on the new terms.
        remaining_months: Useful life left from `month`, >= 1; shorter or longer than before.
        residual_ore: The new residual value, at most the book value in `month`.
        write_down_ore: Lasting loss of value, expensed in the year of `month`, at most the book value then.
    """

    month: Month
    remaining_months: int | None = None
    residual_ore: Ore | None = None
    write_down_ore: Ore = 0


@dataclass(frozen=True)
class Asset:
    """An asset or component taken into use in the month `commissioned`.

    Args:
        cost_ore: Acquisition value, >= 0, nominal and gross of grants.
        residual_ore: Value left at the end of the life, 0 to `cost_ore`; 0 for land.
        life_months: Useful life, >= 1; None is land, which is never depreciated but carries interest for good.
        changes: In order of month, each in a month in which the asset is still charged.
        disposed: The month in which the asset goes: what is left of its book value is expensed in that year, and
            nothing is charged after.

    Raises:
        InvalidInputError: one message per value that does not fit. What depends on the book value of a month is
            found out by `stretches`.
    """

    name: str
    cost_ore: Ore
    residual_ore: Ore
    life_months: int | None
    commissioned: Month
    changes: tuple[AssetChange, ...] = ()
    disposed: Month | None = None

    def __post_init__(self) -> None:
        faults: dict[str, Note] = {}
        if self.cost_ore < 0:
            faults["cost_ore"] = Note("Anskaffningsvärdet får inte vara negativt.")
        if not 0 <= self.residual_ore <= max(self.cost_ore, 0):
            faults["residual_ore"] = Note("Restvärdet ska ligga mellan 0 och anskaffningsvärdet.")
        if self.life_months is not None and self.life_months < 1:
            faults["life_months"] = Note("Nyttjandetiden ska vara minst en månad.")
        if self.life_months is None and self.residual_ore:
            faults["residual_ore"] = Note("Mark skrivs inte av och har därför inget restvärde.")
        if self.disposed is not None and self.disposed < self.commissioned:
            faults["disposed"] = Note("Utrangeringen kan inte ligga före ibruktagandet.")
        for i, (change, before) in enumerate(zip(self.changes, (None, *self.changes), strict=False)):
            note = self._fault_in(change, before)
            if note is not None:
                faults[f"changes[{i}]"] = note
        if faults:
            raise InvalidInputError(faults)

    def _fault_in(self, change: AssetChange, before: AssetChange | None) -> Note | None:
        if change.month < self.commissioned or (before is not None and change.month <= before.month):
            return Note("Ändringar ska komma efter ibruktagandet, i tidsordning och högst en per månad.")
        if change.remaining_months is not None and change.remaining_months < 1:
            return Note("Nyttjandetiden ska vara minst en månad.")
        if change.write_down_ore < 0 or (change.residual_ore or 0) < 0:
            return Note("Nedskrivning och restvärde får inte vara negativa.")
        if self.life_months is None and (change.remaining_months is not None or change.residual_ore):
            return Note("Mark skrivs inte av: av en ändring får den bara en nedskrivning.")
        return None

    @property
    def depreciable_ore(self) -> Ore:
        """What is depreciated over the whole life if nothing changes; 0 for land."""
        return 0 if self.life_months is None else self.cost_ore - self.residual_ore


@dataclass(frozen=True, slots=True)
class Stretch:
    """The charged months from ordinal `first` to before `until`, over which the book value falls in a straight line.

    It starts at `value_ore`, after `write_down_ore` was expensed in month `first`, and would reach `residual_ore` after
    `life_months` months, had nothing come between. Land (`life_months` None) stays where it is.
    """

    first: int
    until: int
    value_ore: Ore
    residual_ore: Ore
    life_months: int | None
    write_down_ore: Ore = 0

    @property
    def depreciable_ore(self) -> Ore:
        return 0 if self.life_months is None else self.value_ore - self.residual_ore

    def months_before(self, month: int) -> int:
        """How many of the charged months lie before the ordinal `month`."""
        return min(max(month, self.first), self.until) - self.first

    def depreciated_ore(self, months: int) -> Ore:
        """Depreciation over the first `months` months, rounded once."""
        return round_ratio(self.depreciable_ore * months, self.life_months or 1)

    @property
    def left_ore(self) -> Ore:
        """The book value when the stretch has ended."""
        return self.value_ore - self.depreciated_ore(self.until - self.first)


def stretches(asset: Asset, start_rule: StartRule) -> tuple[Stretch, ...]:
    """The asset's charged months as stretches of straight depreciation, in order.

    Raises:
        InvalidInputError: a change in a month in which the asset is no longer charged, or one that leaves a book value
            below the residual value; keyed `changes[i]`.

    >>> [one.until - one.first for one in stretches(Asset("x", 100, 0, 24, Month(2027, 1)), StartRule.SAME_MONTH)]
    [24]
    """
    first = start_rule.first_charged(asset.commissioned).ordinal
    end = FOR_GOOD if asset.disposed is None else start_rule.first_charged(asset.disposed).ordinal
    life = asset.life_months
    until = end if life is None else min(end, first + life)
    current = Stretch(first, until, asset.cost_ore, asset.residual_ore, life)
    if not asset.changes:
        return (current,)
    return tuple(_changed(current, asset.changes, end))


def _changed(current: Stretch, changes: tuple[AssetChange, ...], end: int) -> Iterator[Stretch]:
    for i, change in enumerate(changes):
        month = max(change.month.ordinal, current.first)
        if month >= current.until:
            raise InvalidInputError(
                {f"changes[{i}]": Note("Ändringen ska gälla från en månad då tillgången ännu belastas.")}
            )
        ended = replace(current, until=month)
        yield ended
        current = _after(ended, change, end)
        if not 0 <= current.residual_ore <= current.value_ore and current.life_months is not None:
            raise InvalidInputError(
                {f"changes[{i}]": Note("Det bokförda värdet skulle hamna under restvärdet.")}
            )
        if current.value_ore < 0:
            raise InvalidInputError(
                {f"changes[{i}]": Note("Nedskrivningen är större än det bokförda värdet.")}
            )
    yield current


def _after(ended: Stretch, change: AssetChange, end: int) -> Stretch:
    """The stretch that `change` starts where `ended` ends."""
    month, life = ended.until, ended.life_months
    residual = ended.residual_ore if change.residual_ore is None else change.residual_ore
    value = ended.left_ore - change.write_down_ore
    if life is None:
        return Stretch(month, end, value, residual, None, change.write_down_ore)
    left = change.remaining_months or ended.first + life - month
    return Stretch(month, min(end, month + left), value, residual, left, change.write_down_ore)
