"""Single values of a parameter set: what each is called, where it comes from, how sure it is, and what differs.

A single value is named by its parameter (`loan_share`) or, inside a table or list, by parameter and part
(`internal_rate.2029`, `rent_items.media`). Every one may carry its own note in the set; what has none is told by the
defaults. Source of the default confidences: section 11 of the domain reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from investplan.domain.labels import N_
from investplan.domain.parameters import DEFAULTS, DESCRIPTIONS, Confidence
from investplan.errors import InvalidInputError, Note

MAX_SOURCE_LENGTH = 300
ITEM_NAMES = {"rent_items": "key", "rent_pool": "committee", "price_tags": "key"}
"""Parameters that are lists of objects, and the member that tells the objects apart."""

_SKR = N_("SKR:s förslag till internränta för året")
_GOVERNMENT = N_("Regeringens beslut")
_UNVERIFIED = N_("Inte kontrollerat mot regeringens beslut")
_OF_PARTS: Mapping[str, tuple[str, Confidence]] = {
    **{f"internal_rate.{year}": (_SKR, Confidence.HIGH) for year in range(2020, 2026)},
    **{f"pbb_ore_by_year.{year}": (_GOVERNMENT, Confidence.HIGH) for year in (2020, 2023, 2025, 2026)},
    **{f"pbb_ore_by_year.{year}": (_UNVERIFIED, Confidence.LOW) for year in (2021, 2022, 2024)},
}
"""Parts of the defaults that are surer, or less sure, than the parameter they belong to."""


@dataclass(frozen=True)
class ValueNote:
    """Where a value comes from and how sure it is. `own`: stated in the set, else a Swedish message id of the defaults."""

    source: str
    confidence: Confidence
    own: bool = False

    def to_json(self) -> dict[str, str]:
        return {"source": self.source, "confidence": self.confidence.value}


@dataclass(frozen=True)
class ValueChange:
    """A single value that differs between two sets; `None` on the side where there is none."""

    name: str
    before: Any
    after: Any

    @property
    def key(self) -> str:
        return self.name.partition(".")[0]


def part_name(key: str, part: str) -> str:
    """The name of a part of a parameter; of the parameter itself where `part` is empty.

    >>> part_name("pkv", "2027"), part_name("loan_share", "")
    ('pkv.2027', 'loan_share')
    """
    return f"{key}.{part}" if part else key


def parts_of(key: str, value: Any) -> dict[str, Any]:
    """The parts of one parameter's JSON value, in order; one with an empty name where it is a single value.

    >>> parts_of("pkv", {"2027": "0.027"}), parts_of("loan_share", "0.3")
    ({'2027': '0.027'}, {'': '0.3'})
    """
    if isinstance(value, Mapping):
        return {str(part): one for part, one in value.items()}
    if key in ITEM_NAMES:
        return {str(one[ITEM_NAMES[key]]): one for one in value}
    return {"": value}


def single_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Every single value of a set (as `Parameters.to_json` gives it) by name, in the order of the descriptions."""
    return {
        part_name(key, part): one for key in DESCRIPTIONS for part, one in parts_of(key, values[key]).items()
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ValueChange]:
    """The single values that are not the same in two sets (as JSON), in the order of the descriptions."""
    found: list[ValueChange] = []
    for key in DESCRIPTIONS:
        old, new = parts_of(key, before[key]), parts_of(key, after[key])
        found += [
            ValueChange(part_name(key, part), old.get(part), new.get(part))
            for part in part_order([*old, *new])
            if old.get(part) != new.get(part)
        ]
    return found


def part_order(parts: Iterable[str]) -> list[str]:
    """Each part once: years in order, then the others as they came, last what holds for other years.

    >>> part_order(["default", "2029", "2027", "2029"])
    ['2027', '2029', 'default']
    """
    once = list(dict.fromkeys(parts))
    years = sorted(part for part in once if part.isdecimal())
    return years + sorted((part for part in once if not part.isdecimal()), key=lambda part: part == "default")


def note_of(name: str, value: Any, notes: Mapping[str, Mapping[str, str]] | None) -> ValueNote:
    """The note of one single value: its own, else its parameter's, else that of the defaults.

    Args:
        value: As JSON; a default's note about a part holds only while the part has the default's value.
        notes: The set's own notes by name; None for a set that has none.
    """
    own, key = notes or {}, name.partition(".")[0]
    if name in own:
        return _own(own[name])
    if name in _OF_PARTS and value == _default_value(name):
        return ValueNote(*_OF_PARTS[name])
    if key in own:
        return _own(own[key])
    return ValueNote(DESCRIPTIONS[key].source, DESCRIPTIONS[key].confidence)


def _own(stored: Mapping[str, str]) -> ValueNote:
    return ValueNote(stored["source"], Confidence(stored["confidence"]), own=True)


def _default_value(name: str) -> Any:
    key, _, part = name.partition(".")
    return parts_of(key, DEFAULTS.to_json()[key]).get(part)


def placeholders(values: Mapping[str, Any], notes: Mapping[str, Mapping[str, str]] | None) -> list[str]:
    """Names of the single values that somebody must replace; an empty table counts under its parameter's name."""
    found: list[str] = []
    for key in DESCRIPTIONS:
        parts = parts_of(key, values[key]) or {"": values[key]}
        found += [
            part_name(key, part)
            for part, one in parts.items()
            if note_of(part_name(key, part), one, notes).confidence is Confidence.PLACEHOLDER
        ]
    return found


def checked_notes(
    notes: Mapping[str, Mapping[str, Any]] | None, values: Mapping[str, Any]
) -> dict[str, dict[str, str]] | None:
    """The notes as they are stored: only of values that are there; None where there are none.

    Raises:
        InvalidInputError: one message per name: an unknown parameter, no source, an unheard-of confidence.
    """
    if not notes:
        return None
    known = {*DESCRIPTIONS, *single_values(values)}
    faults: dict[str, Note] = {}
    kept: dict[str, dict[str, str]] = {}
    for name, stated in notes.items():
        source, confidence = str(stated.get("source", "")).strip(), stated.get("confidence")
        if name not in known:
            faults[f"notes.{name}"] = Note("Det finns ingen parameter med det här namnet.")
        elif not source or len(source) > MAX_SOURCE_LENGTH:
            faults[f"notes.{name}"] = Note(
                "Ange källan med högst %(most)d tecken.", {"most": MAX_SOURCE_LENGTH}
            )
        elif confidence not in list(Confidence):
            faults[f"notes.{name}"] = Note("Ange hur säkert värdet är.")
        else:
            kept[name] = ValueNote(source, Confidence(confidence)).to_json()
    if faults:
        raise InvalidInputError(faults)
    return kept or None
