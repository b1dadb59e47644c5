"""Committee frames as files: the JSON of the exchange formats, and an Excel file made from that same JSON.

In Excel every frame is a live formula: the sum of last year's frame and the year's rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from investplan.domain.labels import N_
from investplan.exchange.plan_files import Cell, Formula, Money, write_sheets
from investplan.units import Ore, ore_from_kronor

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


FRAMES, ROWS = "Ramar", "Justeringar"
AMOUNT = "E"
"""The column of amounts on the sheet of rows."""

SheetRow = Sequence[Cell | Money | Formula]


def write_xlsx(frames: Mapping[str, Any]) -> bytes:
    """The frames as an Excel file: frame per committee and year, every row behind them, and what they rest on.

    On the second sheet a year begins with last year's frame (a reference, but for the first) and ends with the frame, a
    SUM of the rows above; the first sheet refers to those cells and adds them up per year.
    """
    rows = _Rows()
    for committee in frames["committees"]:
        for frame in committee["frames"]:
            rows.add_year(committee, frame)
    about: list[SheetRow] = [
        ["Planeringsomgång", frames["round"]],
        ["Omgångens parametrar", frames["parameters"]],
    ]
    return write_sheets({FRAMES: _frame_rows(frames, rows), ROWS: rows.lines, "Underlag": about})


class _Rows:
    """The sheet of rows as it grows, and where on it each frame stands."""

    def __init__(self) -> None:
        self.lines: list[SheetRow] = [
            ["Kod", "Nämnd", "År", "Slag", "Belopp, kr", "Källa", "Beslut", "Parametrar"]
        ]
        self.frame_at: dict[tuple[str, int], int] = {}
        self.previous_at: dict[tuple[str, int], int] = {}

    def add_year(self, committee: Mapping[str, Any], frame: Mapping[str, Any]) -> None:
        code, year = committee["id"], frame["year"]
        head: list[Cell | Money | Formula] = [code, committee["name"], year]
        before = self.frame_at.get((code, year - 1))
        previous_ore = _ore(frame["previous"])
        first = self.previous_at[code, year] = len(self.lines) + 1
        self.lines.append(
            [
                *head,
                "Föregående års ram",
                Money(previous_ore) if before is None else Formula(f"={AMOUNT}{before}", previous_ore),
            ]
        )
        for row in frame["adjustments"]:
            self.lines.append(
                [*head, KIND_LABELS[row["kind"]], Money(_ore(row["amount"])), row["source"],
                 row["decision"] or NOT_DECIDED, row["parameters"]]
            )  # fmt: skip
        total = Formula(f"=SUM({AMOUNT}{first}:{AMOUNT}{len(self.lines)})", _ore(frame["frame"]))
        self.lines.append([*head, "Ram", total])
        self.frame_at[code, year] = len(self.lines)


def _ore(kronor: float) -> Ore:
    # A JSON number of kronor has at most two decimals; its shortest text is the exact amount.
    return ore_from_kronor(Decimal(str(kronor)))


def _frame_rows(frames: Mapping[str, Any], rows: _Rows) -> list[SheetRow]:
    years: list[int] = frames["years"]
    lines: list[SheetRow] = [
        ["Kod", "Nämnd", f"Ram {years[0] - 1}, kr", *(f"Ram {year}, kr" for year in years)]
    ]
    sums = [0] * (len(years) + 1)
    for committee in frames["committees"]:
        code, of_years = committee["id"], committee["frames"]
        places = [rows.previous_at[code, years[0]], *(rows.frame_at[code, year] for year in years)]
        amounts = [_ore(of_years[0]["previous"]), *(_ore(frame["frame"]) for frame in of_years)]
        sums = [total + amount_ore for total, amount_ore in zip(sums, amounts, strict=True)]
        lines.append(
            [
                code,
                committee["name"],
                *(
                    Formula(f"={ROWS}!{AMOUNT}{place}", ore)
                    for place, ore in zip(places, amounts, strict=True)
                ),
            ]
        )
    last = len(lines)
    totals = [
        Formula(f"=SUM({column}2:{column}{last})", total)
        for column, total in ((xl_col_to_name(index), total) for index, total in enumerate(sums, start=2))
    ]
    return [*lines, ["Summa", None, *totals]] if last > 1 else lines
