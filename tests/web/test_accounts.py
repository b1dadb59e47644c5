from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from flask.testing import FlaskClient

from investplan.services import accounts
from investplan.services.work import Work
from tests.unit.exchange import independent_sie

Opening = Callable[[], AbstractContextManager[Work]]
FORM = {
    "account": "6012",
    "name": "Internhyra",
    "confidence": "high",
    "note": "Kontoplan 2027",
    "version": "0",
}


def test_the_table_says_how_sure_each_account_is(council_viewer: FlaskClient) -> None:
    page = council_viewer.get("/accounts").text
    for words in (
        "6011",
        "Lokalhyra, intern",
        "Platshållare",
        "4 konton är platshållare",
        "Inga ramar än",
    ):
        assert words in page, words
    assert "/accounts/rent" not in page
    assert council_viewer.get("/accounts/rent").status_code == 403


def test_finance_changes_an_account(finance: FlaskClient, looking: Opening) -> None:
    assert 'value="6011"' in finance.get("/accounts/rent").text
    assert finance.post("/accounts/rent", data=FORM).status_code == 303
    assert "Internhyra" in finance.get("/accounts").text
    with looking() as work:
        assert accounts.find(work, "rent").version == 1
    assert finance.get("/accounts/moms").status_code == 404


def test_what_does_not_fit_is_told_at_its_field(finance: FlaskClient) -> None:
    answer = finance.post("/accounts/rent", data={**FORM, "account": "6"})
    assert answer.status_code == 422
    assert "Kontot ska vara 3–10 siffror." in answer.text
    assert 'value="Internhyra"' in answer.text


def test_two_who_change_the_same_account_choose_field_by_field(
    finance: FlaskClient, looking: Opening
) -> None:
    assert finance.post("/accounts/rent", data=FORM).status_code == 303
    late = {**FORM, "account": "6099", "name": "Hyra"}
    conflict = finance.post("/accounts/rent", data=late)
    assert conflict.status_code == 409
    assert "Någon annan hann spara före dig" in conflict.text
    chosen = {**late, "version": "1", "keep-account": "mine", "keep-name": "theirs"}
    assert finance.post("/accounts/rent", data=chosen).status_code == 303
    with looking() as work:
        found = accounts.find(work, "rent")
        assert (found.account, found.name, found.version) == ("6099", "Internhyra", 2)


def test_frames_are_downloaded_as_sie_per_year_with_or_without_a_plan(
    council_viewer: FlaskClient, run_id: int
) -> None:
    assert "export.se" in council_viewer.get("/frames").text
    answer = council_viewer.get("/frames/export.se")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ramar-2027.se"'
    assert independent_sie.read(answer.data).header["#FNAMN"] == ["Provköpings kommun"]
    with_plan = council_viewer.get(f"/frames/export.se?run={run_id}&year=2029")
    assert "ramar-2029-scenario.se" in with_plan.headers["Content-Disposition"]
    assert independent_sie.read(with_plan.data).header["#RAR"][1] == "20290101"
    assert council_viewer.get("/frames/export.se?year=1999").status_code == 404
    page = council_viewer.get("/accounts").text
    assert "/frames/export.se?year=2036" in page


def test_texts_that_sie_cannot_hold_are_told_on_the_page(
    finance: FlaskClient, council_viewer: FlaskClient, run_id: int
) -> None:
    finance.post("/accounts/base", data={**FORM, "account": "4000", "name": "Ram – netto"})
    assert "Texter som ändras i filen för 2027" in council_viewer.get("/accounts").text
