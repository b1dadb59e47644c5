from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from flask.testing import FlaskClient

from investplan.services import frames, rounds
from investplan.services.work import Work
from tests.web.conftest import Site

Opening = Callable[[], AbstractContextManager[Work]]
FILE = "Ansvar;Benämning;Budget 2026\n3100;Norr;1 000\nKFN;Kultur;500\n"


def send(client: FlaskClient, text: str = FILE, name: str = "budget.csv") -> str:
    form = {"file": (io.BytesIO(text.encode()), name), "unit": "tkr"}
    answer = client.post("/budgets", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    return answer.headers["Location"]


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_a_budget_is_looked_at_mapped_and_then_set(
    finance: FlaskClient, site: Site, looking: Opening
) -> None:
    address = send(finance)
    page = finance.get(address)
    assert page.status_code == 200
    for words in ("Ännu är ingenting skrivet.", "Ansvaret 3100 hör inte till någon nämnd", "Saknar regel"):
        assert words in page.text, words
    assert "Sätt utgångsläget" not in page.text
    form = {"unit": "tkr", "rules": "31* = UN", "action": "show"}
    again = finance.post(address.partition("?")[0], data=form)
    assert "Sätt utgångsläget för 2 nämnder" in again.text
    assert "1 500 000,00" in plain(again.text)
    with looking() as work:
        assert frames.of_round(work, site.round_id) == []
    taken = finance.post(address.partition("?")[0], data={**form, "action": "take"})
    assert taken.headers["Location"] == "/frames"
    with looking() as work:
        got = {one.organisation.code: one.base_ore for one in frames.of_round(work, site.round_id)}
    assert got == {"UN": 1_000_000_00, "KFN": 500_000_00}
    assert "budget.csv" in finance.get("/budgets").text
    # The rules are there the next time, and the file that was taken is gone.
    assert "31* = UN" in finance.get(send(finance)).text
    assert finance.get(address).status_code == 404


def test_a_file_with_faults_sets_nothing(finance: FlaskClient, site: Site, looking: Opening) -> None:
    address = send(finance, FILE.replace("500", "femhundra")).partition("?")[0]
    answer = finance.post(address, data={"unit": "tkr", "rules": "31* = UN", "action": "take"})
    assert answer.status_code == 422
    assert "Rad 3: ”femhundra” är inte ett belopp" in plain(answer.text)
    with looking() as work:
        assert frames.of_round(work, site.round_id) == []


def test_many_faults_are_told_by_the_first_fifty(finance: FlaskClient) -> None:
    address = send(finance, "Ansvar;Budget 2026\n" + "".join(f"{n};x\n" for n in range(60)))
    assert "De första 50 av 60 felen." in finance.get(address).text


def test_a_form_without_a_file_is_told(finance: FlaskClient) -> None:
    answer = finance.post("/budgets", data={})
    assert answer.status_code == 422
    assert "Välj en fil." in answer.text


def test_only_the_one_who_sent_the_file_sees_it(finance: FlaskClient, administrator: FlaskClient) -> None:
    assert administrator.get(send(finance)).status_code == 404


def test_finance_is_led_here_from_empty_frames_and_others_are_not(
    finance: FlaskClient, council_viewer: FlaskClient, looking: Opening
) -> None:
    assert "/budgets" in finance.get("/frames").text
    assert 'href="/budgets"' not in council_viewer.get("/frames").text
    assert council_viewer.get("/budgets").status_code == 403
    with looking() as work:
        assert rounds.latest(work) is not None
