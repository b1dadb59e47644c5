"""Committee frames as files: the JSON of the exchange formats, and an Excel file made from that same JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from investplan.domain.labels import N_
from investplan.exchange.plan_files import Cell, Money, write_sheets
from investplan.units import ore_from_kronor

KIND_LABELS = {
    "wages": N_("Löner"),
    "index": N_("Prisindex"),
    "demography": N_("Demografi"),
    "rent": N_("Hyra"),
    "capital_cost": N_("Kapitalkostnad"),
    "operating": N_("Övrig drift"),
    "technical": N_("Teknisk justering"),
    "priority": N_("Politisk prioritering"),
    "one_off": N_("Engångspost"),
}
NOT_DECIDED = "Scenario, inte beslutat"


def write_json(frames: Mapping[str, Any]) -> bytes:
    """The frames as a UTF-8 JSON file."""
    return (json.dumps(frames, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def write_xlsx(frames: Mapping[str, Any]) -> bytes:
    """The frames as an Excel file with two sheets: frame per committee and year, and every row behind them."""
    return write_sheets({"Ramar": _frame_rows(frames), "Justeringar": _adjustment_rows(frames)})


def _money(kronor: float) -> Money:
    # A JSON number of kronor has at most two decimals; its shortest text is the exact amount.
    return Money(ore_from_kronor(Decimal(str(kronor))))


def _frame_rows(frames: Mapping[str, Any]) -> Iterator[Sequence[Cell | Money]]:
    years: list[int] = frames["years"]
    yield ["Kod", "Nämnd", f"Ram {years[0] - 1}, kr", *(f"Ram {year}, kr" for year in years)]
    for committee in frames["committees"]:
        rows = committee["frames"]
        yield [
            committee["id"],
            committee["name"],
            _money(rows[0]["previous"]),
            *(_money(row["frame"]) for row in rows),
        ]


def _adjustment_rows(frames: Mapping[str, Any]) -> Iterator[Sequence[Cell | Money]]:
    yield ["Kod", "Nämnd", "År", "Slag", "Belopp, kr", "Källa", "Beslut"]
    for committee in frames["committees"]:
        for frame in committee["frames"]:
            yield [
                committee["id"],
                committee["name"],
                frame["year"],
                "Föregående års ram",
                _money(frame["previous"]),
            ]
            for row in frame["adjustments"]:
                yield [
                    committee["id"], committee["name"], frame["year"], KIND_LABELS[row["kind"]],
                    _money(row["amount"]), row["source"], row["decision"] or NOT_DECIDED,
                ]  # fmt: skip
            yield [committee["id"], committee["name"], frame["year"], "Ram", _money(frame["frame"])]
