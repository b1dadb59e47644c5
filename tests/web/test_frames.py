from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from investplan.domain.frames import AdjustmentKind
from investplan.services import decisions, frames, rounds
from investplan.services.work import Work
from investplan.units import NBSP, format_amount
from tests import prepared_plans
from tests.factories import MNKR
from tests.web.conftest import Site

Opening = Callable[[], AbstractContextManager[Work]]


@pytest.fixture
def run_id(site: Site, writing: Opening) -> int:
    """A finished plan, and one decided row that has nothing to do with it."""
    with writing() as work:
        found = rounds.find(work, site.round_id)
        prepared_plans.fill(work, found)
        decision = decisions.record(
            work, found.id, decided_on=date(2026, 6, 15), paragraph="9", title="Budget"
        )
        frames.add_decided(
            work,
            decision,
            "UN",
            2027,
            AdjustmentKind.PRIORITY,
            -3 * MNKR - 5,
            source="Effektivisering",
            permanent=False,
        )
        return prepared_plans.plan_of(work, prepared_plans.scenario(work, found)).id


def test_no_frames_yet_says_where_they_come_from(council_viewer: FlaskClient) -> None:
    assert "Inga ramar än" in council_viewer.get("/frames").text


def test_decided_frames_come_alone_unless_a_plan_is_asked_for(
    council_viewer: FlaskClient, run_id: int
) -> None:
    page = council_viewer.get("/frames").text
    assert "inte beslutat</span>" not in page
    on_top = council_viewer.get(f"/frames?run={run_id}").text
    assert "Scenario – inte beslutat" in on_top
    assert "Huvudscenario" in on_top
    assert council_viewer.get("/frames?run=999").status_code == 404
    assert council_viewer.get("/frames?run=x").status_code == 404


def test_a_committees_way_from_frame_to_frame_is_told(council_viewer: FlaskClient, run_id: int) -> None:
    page = council_viewer.get(f"/frames/UN?run={run_id}&year=2028").text
    for words in (
        "Ram 2027",
        "Ram 2028",
        "Hyra",
        "Kapitalkostnad",
        "Engångspost",
        "Visa uträkningen",
        "Inte beslutat",
    ):
        assert words in page, words
    told = council_viewer.get("/frames/UN?year=2027").text.replace(NBSP, " ")
    assert "Kommunfullmäktige 2026-06-15 § 9" in told
    assert council_viewer.get("/frames/NEJ").status_code == 404


def _ore(kronor: float) -> int:
    return round(kronor * 100)


@pytest.mark.parametrize("with_plan", [False, True])
def test_page_json_and_excel_show_the_same_frames_to_the_oere(
    council_viewer: FlaskClient, run_id: int, with_plan: bool
) -> None:
    query = f"?run={run_id}" if with_plan else ""
    told: dict[str, Any] = council_viewer.get(f"/frames/export.json{query}").get_json()
    book = openpyxl.load_workbook(
        io.BytesIO(council_viewer.get(f"/frames/export.xlsx{query}").data), data_only=True
    )
    shown = {row[0]: row[3:] for row in book["Ramar"].iter_rows(min_row=2, values_only=True)}
    index = council_viewer.get(f"/frames{query}").text
    for committee in told["committees"]:
        for number, frame in enumerate(committee["frames"]):
            amount_ore = _ore(frame["frame"])
            assert amount_ore == _ore(frame["previous"]) + sum(
                _ore(row["amount"]) for row in frame["adjustments"]
            )
            assert _ore(shown[committee["id"]][number]) == amount_ore
            assert format_amount(amount_ore, "tkr") in index
            page = council_viewer.get(
                f"/frames/{committee['id']}?year={frame['year']}{query.replace('?', '&')}"
            ).text
            if frame["adjustments"]:
                plain = re.sub(r"<[^>]+>", " ", page)
                assert format_amount(amount_ore, "kr", 2) in plain
                for row in frame["adjustments"]:
                    assert format_amount(_ore(row["amount"]), "kr", 2, signed=True) in plain
    rows = [row for c in told["committees"] for frame in c["frames"] for row in frame["adjustments"]]
    assert any(row["decision"] is None for row in rows) is with_plan


def test_parameters_say_what_they_rest_on(council_viewer: FlaskClient) -> None:
    page = council_viewer.get("/parameters").text
    for words in (
        "Internränta",
        "2,5\u00a0%",
        "Platshållare",
        "Grund v1",
        "Prisbasbelopp",
        "59\u00a0200",
        "Planerat underhåll",
    ):
        assert words in page, words


def test_pages_stand_in_english_too(council_viewer: FlaskClient, run_id: int) -> None:
    with council_viewer.session_transaction() as session:
        session["locale"] = "en"
    for path in (
        "/frames",
        f"/frames/UN?run={run_id}",
        "/parameters",
        f"/runs/{run_id}/plan/use",
        "/decisions",
        "/scenarios",
    ):
        assert council_viewer.get(path).status_code == 200
