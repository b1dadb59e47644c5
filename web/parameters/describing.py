"""A parameter set in words: values with their units, where they come from, what differs between two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

from investplan.domain.labels import N_
from investplan.domain.parameter_notes import (
    ValueChange,
    ValueNote,
    differences,
    note_of,
    part_name,
    part_order,
    parts_of,
)
from investplan.domain.parameters import DESCRIPTIONS, Confidence
from investplan.units import parse_amount
from web.formatting import amount, current_locale, localise_figures, number
from web.parameters import cells
from web.parameters.cells import Organisations
from web.parameters.fields import CHOICES, FIELDS, INPUT_UNITS, SUBJECTS, Field, Stages, Table
from web.parameters.sheets import source_text
from web.texts import label

Notes = Mapping[str, Mapping[str, str]] | None

CONFIDENCES: Mapping[Confidence, tuple[str, str]] = {
    Confidence.HIGH: (N_("Säker"), "ok"),
    Confidence.MEDIUM: (N_("Rimlig"), "submitted"),
    Confidence.LOW: (N_("Osäker"), "warning"),
    Confidence.PLACEHOLDER: (N_("Platshållare"), "fault"),
}
NOTHING = "–"


@dataclass(frozen=True)
class ShownRow:
    """A parameter, or those of its values that share one source: values as (name, text), the name empty for a single."""

    key: str
    label: str
    values: list[tuple[str, str]]
    source: str
    confidence: str
    code: str

    @property
    def is_placeholder(self) -> bool:
        return self.code == "fault"


@dataclass(frozen=True)
class ShownSubject:
    """A subject of the page with its rows."""

    code: str
    name: str
    rows: list[ShownRow]


@dataclass(frozen=True)
class ShownDifference:
    """One value in two sets. `remarks` are what the reader should notice, as texts."""

    name: str
    label: str
    part: str
    before: str
    after: str
    source: str = ""
    confidence: str = ""
    code: str = ""
    remarks: tuple[str, ...] = ()
    differs: bool = True


def subjects(values: Mapping[str, Any], notes: Notes, names: Organisations) -> list[ShownSubject]:
    """The whole set by subject."""
    return [
        ShownSubject(code, str(_(name)), [row for one in fields for row in _rows(one, values, notes, names)])
        for code, (name, fields) in SUBJECTS.items()
    ]


def only_placeholders(found: Iterable[ShownSubject]) -> list[ShownSubject]:
    """Those rows that somebody must replace, without subjects that have none."""
    kept = [ShownSubject(one.code, one.name, [r for r in one.rows if r.is_placeholder]) for one in found]
    return [one for one in kept if one.rows]


def _rows(one: Field, values: Mapping[str, Any], notes: Notes, names: Organisations) -> Iterator[ShownRow]:
    parts = parts_of(one.key, values[one.key])
    by_note: dict[ValueNote, list[tuple[str, str]]] = {}
    for part in part_order(parts):
        note = note_of(part_name(one.key, part), parts[part], notes)
        by_note.setdefault(note, []).append(
            (part_text(one, part, parts[part], names), value_text(one.key, parts[part], names))
        )
    if not parts:
        by_note[note_of(one.key, None, notes)] = [("", NOTHING)]
    for note, shown in by_note.items():
        text, code = CONFIDENCES[note.confidence]
        yield ShownRow(one.key, parameter_label(one.key), shown, source_text(note), str(_(text)), code)


def parameter_label(key: str) -> str:
    return str(_(DESCRIPTIONS[key].label))


def part_text(one: Field, part: str, value: Any, names: Organisations) -> str:
    """What a part is called: a year, other years, a stage, or the item's own name."""
    if part == "default":
        return str(_("övriga år"))
    if isinstance(one.kind, Stages):
        return label(part)
    if isinstance(value, Mapping):
        name = value.get("label") or names.get(part, part)
        return str(name)
    return part


def value_text(key: str, value: Any, names: Organisations) -> str:
    """One single value with its unit, exactly, in the reader's language; a dash where there is none."""
    if value is None:
        return NOTHING
    kind = FIELDS[key].kind
    if isinstance(kind, Table):
        return _table_text(key, kind, value, names)
    if isinstance(value, list):
        return ", ".join(names.get(code, code) for code in value) or NOTHING
    if isinstance(kind, Stages):
        return f"{number(value, locale=current_locale())} {_('år')}"
    return _cell_text(kind, value, DESCRIPTIONS[key].unit, names)  # type: ignore[arg-type]


def _table_text(key: str, table: Table, value: Any, names: Organisations) -> str:
    if not isinstance(value, Mapping):
        cell = next(column.cell for column in table.columns if column.name == "value")
        return _cell_text(cell, value, DESCRIPTIONS[key].unit, names)
    if "kr_per_m2" in value:
        payer = _("betalas externt") if value["external"] else _("inom kommunen")
        return f"{_kronor(value['kr_per_m2'])} {_('kr per m² och år')}, {payer}"
    if "area_m2" in value:
        area = number(value["area_m2"], locale=current_locale())
        return f"{area} m², {_kronor(value['kr'])} {_('kr per år')}"
    ages = _("%(first)s–%(last)s år", first=value["age_from"], last=value["age_to"])
    if value["age_to"] is None:
        ages = _("%(first)s år och äldre", first=value["age_from"])
    committee = names.get(value["committee"], value["committee"])
    price = f"{_kronor(value['kr'])} {_('kr per invånare och år')}"
    return f"{ages}: {price}, {committee} {_percent(value['share'])}"


def _cell_text(cell: cells.Cell, value: Any, unit: str, names: Organisations) -> str:
    match cell:
        case cells.Percent():
            return _percent(value)
        case cells.Kronor():
            return f"{_kronor(value)} {_(INPUT_UNITS.get(unit, unit))}"
        case cells.YesNo():
            return str(_("ja") if value else _("nej"))
        case cells.Month():
            return str(_(cells.Month.labels[str(value)]))
        case cells.Whole():
            return f"{number(value, locale=current_locale())} {_(INPUT_UNITS.get(unit, unit))}"
        case cells.OneOf():
            return str(_(CHOICES[value]))
        case cells.Organisation():
            return names.get(value, value) or NOTHING
        case _:
            return str(value) or NOTHING


def _percent(share: str) -> str:
    text = localise_figures(cells.percent_text(Fraction(share)), current_locale())
    return f"{text}%" if current_locale() == "en" else f"{text}\u00a0%"


def _kronor(kronor: str) -> str:
    ore = parse_amount(kronor.replace(".", ","))
    return amount(ore, "kr", 2 if ore % 100 else 0, locale=current_locale())


# What differs


def changes(
    before: tuple[Mapping[str, Any], Notes], after: tuple[Mapping[str, Any], Notes], names: Organisations
) -> list[ShownDifference]:
    """What a new version changes, each with its new source and what should be looked at once more."""
    return [_change(one, before[1], after[1], before[0], names) for one in differences(before[0], after[0])]


def _change(
    one: ValueChange, old_notes: Notes, new_notes: Notes, old: Mapping[str, Any], names: Organisations
) -> ShownDifference:
    shown = _difference(one.name, one.before, one.after, (old, old), names)
    if one.after is None:
        return shown
    note = note_of(one.name, one.after, new_notes)
    text, code = CONFIDENCES[note.confidence]
    remarks = []
    if one.before is not None and source_text(note_of(one.name, one.before, old_notes)) == source_text(note):
        remarks.append(str(_("Källan är densamma som för det förra värdet.")))
    if note.confidence is Confidence.PLACEHOLDER:
        remarks.append(str(_("Värdet är fortfarande märkt som platshållare.")))
    return ShownDifference(
        shown.name, shown.label, shown.part, shown.before, shown.after,
        source=source_text(note), confidence=str(_(text)), code=code, remarks=tuple(remarks),
    )  # fmt: skip


def changed_notes(
    before: tuple[Mapping[str, Any], Notes], after: tuple[Mapping[str, Any], Notes], names: Organisations
) -> list[tuple[str, str, str]]:
    """Values that stay but whose source or confidence is another: (value, before, after)."""
    found: list[tuple[str, str, str]] = []
    for key, one in FIELDS.items():
        old, new = parts_of(key, before[0][key]), parts_of(key, after[0][key])
        for part in part_order(new) or [""]:
            name = part_name(key, part)
            was, is_now = note_of(name, old.get(part), before[1]), note_of(name, new.get(part), after[1])
            if old.get(part) == new.get(part) and note_text(was) != note_text(is_now):
                heading = ", ".join(
                    filter(None, (parameter_label(key), part_text(one, part, new.get(part), names)))
                )
                found.append((heading, note_text(was), note_text(is_now)))
    return found


def note_text(note: ValueNote) -> str:
    """Source and confidence in one line."""
    return f"{source_text(note)} ({_(CONFIDENCES[note.confidence][0])})"


def side_by_side(
    first: Mapping[str, Any], second: Mapping[str, Any], names: Organisations, *, everything: bool
) -> list[tuple[str, list[ShownDifference]]]:
    """Two sets by subject, rates of the same year on the same row; only what differs, or `everything`."""
    found: list[tuple[str, list[ShownDifference]]] = []
    for name, fields in SUBJECTS.values():
        rows = [row for one in fields for row in _both(one, first, second, names)]
        shown = [row for row in rows if everything or row.differs]
        if shown:
            found.append((str(_(name)), shown))
    return found


def _both(
    one: Field, first: Mapping[str, Any], second: Mapping[str, Any], names: Organisations
) -> Iterator[ShownDifference]:
    old, new = parts_of(one.key, first[one.key]), parts_of(one.key, second[one.key])
    for part in part_order([*old, *new]) or [""]:
        yield _difference(part_name(one.key, part), old.get(part), new.get(part), (first, second), names)


def _difference(
    name: str,
    before: Any,
    after: Any,
    sets: tuple[Mapping[str, Any], Mapping[str, Any]],
    names: Organisations,
) -> ShownDifference:
    key, _dot, part = name.partition(".")
    one = FIELDS[key]
    return ShownDifference(
        name=name,
        label=parameter_label(key),
        part=part_text(one, part, after if after is not None else before, names),
        before=_or_default(key, before, sets[0], names),
        after=_or_default(key, after, sets[1], names),
        differs=before != after,
    )


def _or_default(key: str, value: Any, values: Mapping[str, Any], names: Organisations) -> str:
    """The value; for a year without a rate of its own, the rate that holds then."""
    table = values[key]
    if value is None and isinstance(table, Mapping) and "default" in table:
        return str(_("%(rate)s (övriga år)", rate=value_text(key, table["default"], names)))
    return value_text(key, value, names)
