"""A small Swedish mapping and the table it fits, for tests that change one thing at a time."""

from __future__ import annotations

from typing import Any

from investplan.exchange.fitting import Fitted, RoundFacts, fit
from investplan.exchange.mappings import Mapping
from investplan.exchange.staging import Staged, stage_table
from investplan.exchange.tables import Cell, Row, Table

BASE: dict[str, Any] = {
    "file": {"format": "csv"},
    "amounts": {"unit": "tkr", "years": "{year}"},
    "project": {"case_number": ["Nr"], "title": ["Rubrik"]},
    "committee": {"column": "Nämnd"},
    "category": {"default": "reinvestment"},
    "result": {"price_level_year": 2026},
}
HEADER = ("Nr", "Rubrik", "Nämnd", "2027", "2028", "2029")
ROUND = RoundFacts((2027, 2028, 2029), "SEK", "EPSG:3006", {"UN": "Utbildningsnämnden"}, {"C": "Centrum"})


def mapping(**sections: dict[str, Any]) -> Mapping:
    """The base mapping with settings changed section by section."""
    stated = {name: dict(section) for name, section in BASE.items()}
    for name, section in sections.items():
        stated.setdefault(name, {}).update(section)
    return Mapping.model_validate(stated)


def staged(
    rows: list[tuple[Cell, ...]],
    *,
    header: tuple[str, ...] = HEADER,
    geometries: list[bytes | None] | None = None,
    crs: str | None = None,
    **sections: dict[str, Any],
) -> Staged:
    shapes = geometries or [None] * len(rows)
    numbered = [
        Row(number, cells, shape) for number, (cells, shape) in enumerate(zip(rows, shapes, strict=True), 2)
    ]
    return stage_table(Table(header, tuple(numbered), crs), mapping(**sections), "x.csv", b"content")


def fitted(rows: list[tuple[Cell, ...]], *, known: RoundFacts = ROUND, **options: Any) -> Fitted:
    return fit(staged(rows, **options), known)


def notes(found: Fitted | Staged, row: int) -> str:
    """Everything the report says of the row."""
    report = next(report for report in found.rows if report.number == row)
    return " ".join(str(note) for note in report.notes)
