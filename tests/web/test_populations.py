from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from investplan.domain.populations import PopulationScenario
from investplan.services import populations
from investplan.services.demonstration_data import population
from investplan.services.work import Work

Opening = Callable[[], AbstractContextManager[Work]]
FILE = "ålder;2026;2027\n0;700;710\n1;705;701,5\n"


def send(client: FlaskClient, text: str = FILE, name: str = "prognos.csv", **form: str) -> TestResponse:
    data = {"vintage": "2026-05", "file": (io.BytesIO(text.encode()), name), **form}
    return client.post("/populations", data=data, content_type="multipart/form-data")


@pytest.fixture
def forecast_id(writing: Opening) -> int:
    with writing() as work:
        found = [
            populations.add(
                work,
                vintage="2026-05",
                scenario=one,
                series=population.forecast(one),
                source="Fiktiv prognos",
            )
            for one in population.STEPS
        ]
        return found[1].id


def test_without_a_forecast_the_page_says_what_that_means(council_viewer: FlaskClient) -> None:
    page = council_viewer.get("/populations").text
    assert "Ingen befolkningsprognos än" in page
    assert "Läs in en prognos" not in page


def test_finance_reads_in_a_file_and_sees_it(finance: FlaskClient, looking: Opening) -> None:
    answer = send(finance, key="a", source="Statistikbyrån")
    assert answer.status_code == 303
    page = finance.get(answer.headers["Location"]).text
    for words in ("2026-05, Bas", "Statistikbyrån", "700", "710", "Prognosen saknar åldrar"):
        assert words in page, words
    assert "2026-05, Bas" in finance.get("/populations").text
    # The same form sent again leads to the same record.
    assert send(finance, key="a", source="Statistikbyrån").headers["Location"] == answer.headers["Location"]
    with looking() as work:
        assert len(populations.everything(work)) == 1


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        (FILE.replace("705", "sju"), "prognos.csv", "”sju” är inte ett antal invånare."),
        (FILE, "prognos.pdf", "Filen ska vara CSV"),
        ("år;antal\n2026;5\n", "prognos.csv", "Kolumnen ålder saknas."),
        ("", "prognos.csv", "Filen är tom."),
    ],
)
def test_a_file_that_does_not_fit_is_told_line_by_line_and_not_stored(
    finance: FlaskClient, looking: Opening, text: str, name: str, words: str
) -> None:
    answer = send(finance, text, name)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="2026-05"' in answer.text
    with looking() as work:
        assert populations.everything(work) == []


def test_a_form_without_file_or_vintage_is_told(finance: FlaskClient) -> None:
    assert "Välj en fil." in finance.post("/populations", data={"vintage": "2026"}).text
    assert "ska börja med året" in send(finance, vintage="maj").text
    many = "ålder;år;antal\n" + "x;1;1\n" * 60
    assert "De första 50 av 60 felen." in send(finance, many).text


def test_a_forecast_is_shown_by_age_with_its_other_scenarios(
    council_viewer: FlaskClient, forecast_id: int
) -> None:
    page = council_viewer.get(f"/populations/{forecast_id}").text
    for words in ("80+", "65–79", "Låg", "Hög", "Fiktiv prognos", "Ändring sedan 2025", "31 december 2036"):
        assert words in page, words
    assert "Dra tillbaka" not in page
    assert council_viewer.get("/populations/999").status_code == 404
    assert council_viewer.get(f"/populations/{forecast_id}?area=Norr").status_code == 404


def test_an_area_is_chosen_among_those_of_the_forecast(council_viewer: FlaskClient, writing: Opening) -> None:
    with writing() as work:
        series = {("Norr", 2026): {0: 11_000}, ("", 2026): {0: 99_000}}
        found = populations.add(work, vintage="2026", scenario=PopulationScenario.BASE, series=series)
        only_areas = populations.add(
            work, vintage="2025", scenario=PopulationScenario.BASE, series={("Norr", 2026): {0: 11_000}}
        )
    assert "Hela kommunen" in council_viewer.get(f"/populations/{found.id}").text
    assert council_viewer.get(f"/populations/{found.id}?area=Norr").status_code == 200
    assert council_viewer.get(f"/populations/{only_areas.id}").status_code == 200
    assert council_viewer.get("/populations").status_code == 200


def test_finance_withdraws_a_forecast_and_it_stays_readable(
    finance: FlaskClient, forecast_id: int, looking: Opening
) -> None:
    assert finance.post(f"/populations/{forecast_id}/withdraw", data={"reason": "fel"}).status_code == 303
    assert "Tillbakadragen" in finance.get("/populations").text
    assert (
        "Den finns kvar för det som har räknats med den." in finance.get(f"/populations/{forecast_id}").text
    )
    assert finance.post(f"/populations/{forecast_id}/withdraw").status_code == 409
    with looking() as work:
        assert populations.latest(work) is None
