"""The demonstration's frames in JSON, Excel and SIE: the same to the öre, in every committee and year.

Excel's formulas are evaluated here by an evaluator of its own, SIE is read by a reader of its own.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from investplan.cli.frames import frames_command
from investplan.db.models import PlanningRound
from investplan.db.session import Database
from investplan.exchange import sandbox
from investplan.exchange.sie_reading import interpret
from investplan.exchange.tables import Wanted
from investplan.services import accounts, frames, rounds, scenarios
from investplan.services.work import Work, begin, look
from tests import prepared_plans
from tests.unit.exchange import independent_sie

REFERENCE = re.compile(r"(?:([A-Za-zÅÄÖåäö]+)!)?([A-Z]+)([0-9]+)")
SUM = re.compile(r"SUM\(([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)\)")


@pytest.fixture(scope="module")
def demonstrated(demonstrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demonstration, with a plan of its first scenario."""
    path = tmp_path_factory.mktemp("exports") / "investplan.db"
    path.write_bytes(demonstrated_template.read_bytes())
    opened = Database(f"sqlite:///{path}")
    with begin(opened) as work:
        scenario = scenarios.of_round(work, rounds.find_by_name(work, "Budget 2027").id)[0]
        run = prepared_plans.runs.request(work, scenario.id, gap="0.2")
        prepared_plans.finish(work, run.id, max_seconds=20, break_ties=False)
    yield opened
    opened.close()


@pytest.fixture
def seen(demonstrated: Database) -> Iterator[Work]:
    with look(demonstrated) as work:
        yield work


@pytest.fixture(params=["decided", "scenario"])
def found(seen: Work, request: pytest.FixtureRequest) -> tuple[PlanningRound, list[frames.CommitteeFrames]]:
    planning_round = rounds.find_by_name(seen, "Budget 2027")
    scenario = scenarios.of_round(seen, planning_round.id)[0]
    run_id = prepared_plans.runs.of_scenario(seen, scenario.id)[0].id if request.param == "scenario" else None
    return planning_round, frames.of_round(seen, planning_round.id, run_id=run_id)


def ore(kronor: object) -> int:
    exact = Decimal(str(kronor)) * 100
    rounded = exact.quantize(Decimal(1))
    # A sum of binary fractions may be off by dust, never by a visible part of an öre.
    assert abs(exact - rounded) < Decimal("0.001"), kronor
    return int(rounded)


class Sheet:
    """Evaluates the few formulas that the file may hold, from its numbers alone."""

    def __init__(self, content: bytes) -> None:
        self.formulas = openpyxl.load_workbook(io.BytesIO(content))
        self.values = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
        self.known: dict[tuple[str, str], int] = {}

    def ore_at(self, sheet: str, cell: str) -> int:
        if (sheet, cell) not in self.known:
            self.known[sheet, cell] = self._evaluate(sheet, self.formulas[sheet][cell].value)
        return self.known[sheet, cell]

    def _evaluate(self, sheet: str, value: Any) -> int:
        if not isinstance(value, str):
            return ore(value)
        assert value.startswith("=")
        return sum(self._term(sheet, term) for term in value[1:].split("+"))

    def _term(self, sheet: str, term: str) -> int:
        if summed := SUM.fullmatch(term):
            assert summed[1] == summed[3]
            return sum(
                self.ore_at(sheet, f"{summed[1]}{row}") for row in range(int(summed[2]), int(summed[4]) + 1)
            )
        found = REFERENCE.fullmatch(term)
        assert found, term
        return self.ore_at(found[1] or sheet, f"{found[2]}{found[3]}")


def test_excels_formulas_give_the_jsons_frames_and_so_do_the_stored_values(
    found: tuple[PlanningRound, list[frames.CommitteeFrames]],
) -> None:
    told = frames.to_json(*found)
    sheet = Sheet(frames.xlsx_file(told))
    rows = {row[0].value: row for row in sheet.formulas["Ramar"].iter_rows(min_row=2)}
    assert list(rows) == [*(one["id"] for one in told["committees"]), "Summa"]
    totals = [0] * (len(told["years"]) + 1)
    for committee in told["committees"]:
        expected = [
            ore(committee["frames"][0]["previous"]),
            *(ore(one["frame"]) for one in committee["frames"]),
        ]
        cells = rows[committee["id"]][2:]
        assert all(str(cell.value).startswith("=") for cell in cells)
        assert [sheet.ore_at("Ramar", cell.coordinate) for cell in cells] == expected
        assert [ore(sheet.values["Ramar"][cell.coordinate].value) for cell in cells] == expected
        totals = [one + other for one, other in zip(totals, expected, strict=True)]
    assert [sheet.ore_at("Ramar", cell.coordinate) for cell in rows["Summa"][2:]] == totals
    assert [ore(sheet.values["Ramar"][cell.coordinate].value) for cell in rows["Summa"][2:]] == totals


def test_every_frame_in_excel_is_the_sum_of_its_rows_and_begins_with_last_years(
    found: tuple[PlanningRound, list[frames.CommitteeFrames]],
) -> None:
    told = frames.to_json(*found)
    sheet = Sheet(frames.xlsx_file(told))
    written = list(sheet.formulas["Justeringar"].iter_rows(min_row=2))
    place = 0
    for committee in told["committees"]:
        for number, frame in enumerate(committee["frames"]):
            block = written[place : place + len(frame["adjustments"]) + 2]
            place += len(block)
            assert {(row[0].value, row[2].value) for row in block} == {(committee["id"], frame["year"])}
            amounts = [sheet.ore_at("Justeringar", row[4].coordinate) for row in block]
            adjustments = [ore(row["amount"]) for row in frame["adjustments"]]
            assert amounts == [ore(frame["previous"]), *adjustments, ore(frame["frame"])]
            assert str(block[-1][4].value).startswith("=SUM(")
            assert str(block[0][4].value).startswith("=") is (number > 0)
            assert all(isinstance(row[4].value, int | float) for row in block[1:-1])
            for row in block:
                assert ore(sheet.values["Justeringar"][row[4].coordinate].value) == sheet.ore_at(
                    "Justeringar", row[4].coordinate
                )
    assert place == len(written)


def test_sie_gives_the_jsons_frames_read_by_a_reader_of_another_make_and_by_our_own(
    seen: Work, found: tuple[PlanningRound, list[frames.CommitteeFrames]]
) -> None:
    told = frames.to_json(*found)
    account_by_kind = {one.kind.value: one.account for one in accounts.everything(seen)}
    for number, year in enumerate(told["years"]):
        written = accounts.sie_file(seen, *found, year, company="Kalmar kommun")
        other = independent_sie.read(written.content)
        ours = interpret(sandbox.read_table(written.content, "ramar.se", Wanted("sie")))
        assert ours.faults == []
        assert other.header["#RAR"] == ["0", f"{year}0101", f"{year}1231"]
        by_account: dict[str, int] = {}
        for committee in told["committees"]:
            frame, code = committee["frames"][number], committee["id"]
            parts = [ore(v) for (_, _, pairs), v in other.parts.items() if ("1", code) in pairs]
            assert sum(parts) == ore(frame["frame"])
            own = [one.amount_ore for one in ours.budgets if (1, code) in one.objects]
            assert sum(own) == ore(frame["frame"])
            rows = [
                ("base", frame["previous"]),
                *((row["kind"], row["amount"]) for row in frame["adjustments"]),
            ]
            for kind, amount in rows:
                account = account_by_kind[kind]
                by_account[account] = by_account.get(account, 0) + ore(amount)
        totals: dict[str, int] = {}
        for (account, _), amount in other.totals.items():
            totals[account] = totals.get(account, 0) + ore(amount)
        assert {a: v for a, v in totals.items() if v} == {a: v for a, v in by_account.items() if v}


def test_projects_in_sie_carry_what_their_rows_say(
    seen: Work, found: tuple[PlanningRound, list[frames.CommitteeFrames]]
) -> None:
    planning_round, of_round = found
    year = planning_round.years[3]
    expected: dict[tuple[str, str], int] = {}
    for one in of_round:
        for row in next(of_year for of_year in one.years if of_year.year == year).rows:
            if row.case_number:
                key = (one.organisation.code, row.case_number)
                expected[key] = expected.get(key, 0) + row.amount_ore
    other = independent_sie.read(accounts.sie_file(seen, *found, year, company="Kalmar kommun").content)
    read: dict[tuple[str, str], int] = {}
    for (_, _, pairs), amount in other.parts.items():
        if "6" in dict(pairs):
            key = (dict(pairs)["1"], dict(pairs)["6"])
            read[key] = read.get(key, 0) + ore(amount)
    assert {k: v for k, v in read.items() if v} == {k: v for k, v in expected.items() if v}
    rows = [row for one in of_round for of_year in one.years for row in of_year.rows]
    assert bool(expected) is any(row.decision is None for row in rows)


def command(database: Database, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setenv("INVESTPLAN_DATABASE_URL", database.url)
    return CliRunner().invoke(frames_command, ["--round", "Budget 2027", *arguments])


def test_the_command_writes_sie_for_the_budget_year_or_the_one_asked_for(
    demonstrated: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "ramar.se"
    assert command(demonstrated, monkeypatch, "--format", "sie", "--out", str(path)).exit_code == 0
    assert independent_sie.read(path.read_bytes()).header["#RAR"] == ["0", "20270101", "20271231"]
    again = command(demonstrated, monkeypatch, "--format", "sie", "--year", "2030")
    assert independent_sie.read(again.stdout_bytes).header["#RAR"][1] == "20300101"
    assert command(demonstrated, monkeypatch, "--format", "json", "--year", "2030").exit_code == 2
    assert command(demonstrated, monkeypatch, "--format", "sie", "--year", "1999").exit_code != 0
