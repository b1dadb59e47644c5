"""Pages of need: empty, filled in by finance, and read by everyone."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

from flask.testing import FlaskClient

from investplan.db.models import Proposal
from investplan.services import organisations
from investplan.services.work import Work
from tests.integration.test_needs import FILE, forecast
from tests.web.conftest import Site

Opening = Callable[[], AbstractContextManager[Work]]
RATES = {"age_from": "6", "age_to": "15", "participation_permille": "100", "municipal_permille": "100,0",
         "fill_permille": "95", "version": "0"}  # fmt: skip


def test_each_thing_that_is_lacking_is_said(council_viewer: FlaskClient, writing: Opening) -> None:
    assert "Ingen befolkningsprognos än" in council_viewer.get("/needs").text
    with writing() as work:
        forecast(work)
    assert "Inget behov att räkna än" in council_viewer.get("/needs").text


def test_finance_sets_the_rates_and_reads_in_premises_and_everyone_sees_the_shortage(
    finance: FlaskClient, council_viewer: FlaskClient, writing: Opening
) -> None:
    with writing() as work:
        forecast(work)
    assert finance.post("/needs/profiles/school", data=RATES).status_code == 303
    data = {"key": "a", "file": (io.BytesIO(FILE.encode()), "lokaler.csv")}
    assert finance.post("/needs/premises", data=data, content_type="multipart/form-data").status_code == 303
    page = council_viewer.get("/needs?use=school&area=Norra").text
    for words in ("Grundskola, Norra", "708", "−108", "Paviljongen", "Balans per område", "Södra"):
        assert words in page, words
    assert "Lokaler och andelar" not in page
    assert "95,0" in finance.get("/needs/premises").text


def test_a_proposal_tells_what_its_area_lacks_of_what_it_is_for(
    finance: FlaskClient, council_viewer: FlaskClient, site: Site, writing: Opening
) -> None:
    address = f"/proposals/{site.submitted_id}"
    with writing() as work:
        forecast(work)
        district = organisations.add_district(work, code="NORR", name="Norra", valid_from=date(2020, 1, 1))
        work.session.get_one(Proposal, site.submitted_id).district_id = district.id
    assert "Se behovet" not in council_viewer.get(address).text
    finance.post("/needs/profiles/school", data=RATES)
    for places, key, told in (
        # 640 of 2026 and 712 of 2031 fill 95 per cent of 674 and 750 places; 60 of the 660 end in 2028.
        ("600", "a", ("Norra: 14 platser saknas i grundskola 2026.", "Som mest saknas 150 platser, 2031.")),
        ("900", "b", ("Norra: platserna räcker för grundskola alla år i prognosen.",)),
    ):
        file = (io.BytesIO(FILE.replace("Norra;600", f"Norra;{places}").encode()), "lokaler.csv")
        finance.post("/needs/premises", data={"key": key, "file": file}, content_type="multipart/form-data")
        page = council_viewer.get(address).text
        for words in (*told, "Se behovet"):
            assert words in page, words


def test_what_does_not_fit_is_told_with_what_was_typed(finance: FlaskClient) -> None:
    answer = finance.post("/needs/profiles/school", data={**RATES, "fill_permille": "120", "age_from": "x"})
    assert answer.status_code == 422
    for words in ("mellan 0 och 100 procent", "mellan 0 och 120", 'value="120"'):
        assert words in answer.text, words
    data = {"file": (io.BytesIO(FILE.replace("600", "många").encode()), "lokaler.csv")}
    refused = finance.post("/needs/premises", data=data, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert "”många” är inte ett helt tal" in refused.text
    assert finance.post("/needs/premises").status_code == 422
    assert finance.post("/needs/profiles/bageri", data=RATES).status_code == 404
    assert finance.post("/needs/profiles/school", data={**RATES, "version": "7"}).status_code == 303
