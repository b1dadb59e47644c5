"""Consultations on the pages: asked, drafted, replied to without JavaScript, answered; what is typed is never lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from investplan.domain.consultations import Decider, ReplyFacts, ReplyRow, Stance
from investplan.domain.proposals import OperatingKind, Status
from investplan.services import consultations, proposal_records, proposals, replies
from investplan.services.consultations import Asked
from investplan.services.work import Work
from tests.web.conftest import Site

Writing = Callable[[], AbstractContextManager[Work]]
Looking = Callable[[], AbstractContextManager[Work]]
COST = {
    "costs-0-alternative": "every", "costs-0-kind": "maintenance", "costs-0-amount": "85 000", "costs-0-begins": "0",
    "costs-0-lasts": "", "costs-0-internal": "n", "costs-0-note": "Skötsel",
}  # fmt: skip


@pytest.fixture
def party_id(site: Site, writing: Writing) -> int:
    """KFN is asked about UN's submitted proposal."""
    with writing() as work:
        asked = Asked(
            work.today + timedelta(days=14), {site.organisation_ids["KFN"]: True}, "Vad tycker ni?", questions=("Vad kostar det?",)
        )  # fmt: skip
        return consultations.ask(work, site.submitted_id, asked).parties[0].id


def form_of(page: str, **changes: str) -> dict[str, str]:
    """The hidden fields of the page's form, with what is typed."""
    names = ("key", "seen_reply", "draft_version", "version")
    hidden = {}
    for name in names:
        match = re.search(rf'name="{name}" value="([^"]*)"', page)
        if match:
            hidden[name] = match[1]
    return hidden | changes


def reply_form(client: FlaskClient, party_id: int, **changes: str) -> dict[str, str]:
    page = client.get(f"/consultations/parties/{party_id}/reply")
    assert page.status_code == 200
    fields = {
        "stance": "supports_changed", "text": "Räkna med skötseln.", "answer-0": "Mycket.", "decider": "board",
        "decided_on": "2026-05-20", "paragraph": "§ 12", "action": "give",
    }  # fmt: skip
    return form_of(page.text, **fields) | changes


def test_the_asker_finds_who_to_ask_with_the_reason_and_sends_it_out(
    planner: FlaskClient, site: Site, writing: Writing, looking: Looking
) -> None:
    with writing() as work:
        proposal = proposals.find(work, site.submitted_id)
        proposal.alternatives[0].landlord_id = site.organisation_ids["SEN"]
    page = planner.get(f"/consultations/of-proposal/{site.submitted_id}/new")
    assert "äger lokalerna" in page.text
    sen, kvab = str(site.organisation_ids["SEN"]), str(site.organisation_ids["KVAB"])
    assert re.search(rf'name="ask" value="{sen}" checked', page.text)
    assert not re.search(rf'name="ask" value="{kvab}" checked', page.text)
    form = form_of(page.text, ask=sen, affected=sen, due_on="2099-01-31", questions="Varför?\n\n Hur? ")  # type: ignore[arg-type]
    answer = planner.post(f"/consultations/of-proposal/{site.submitted_id}/new", data=form)
    assert answer.status_code == 302
    again = planner.post(f"/consultations/of-proposal/{site.submitted_id}/new", data=form)
    assert again.headers["Location"] == answer.headers["Location"]
    shown = planner.get(answer.headers["Location"])
    for text in ("Servicenämnden", "Väntar på svar", "Varför?", "31\u00a0januari\u00a02099"):
        assert text in shown.text
    with looking() as work:
        assert consultations.missing_replies(work, site.submitted_id) == ["Servicenämnden"]
    assert (
        "Nästa grind väntar på svar från: Servicenämnden"
        in planner.get(f"/proposals/{site.submitted_id}").text
    )


def test_faults_of_asking_keep_what_was_ticked_and_typed(planner: FlaskClient, site: Site) -> None:
    address = f"/consultations/of-proposal/{site.submitted_id}/new"
    answer = planner.post(address, data={"due_on": "31/1", "text": "Hej <b>"})
    assert answer.status_code == 422
    assert "Skriv datumet som 2027-01-31." in answer.text
    assert "Hej &lt;b&gt;" in answer.text
    nobody = planner.post(address, data={"due_on": "2099-01-01"})
    assert "Välj minst en nämnd" in nobody.text


def test_questions_of_a_set_are_fetched_without_sending_anything(
    planner: FlaskClient, site: Site, looking: Looking
) -> None:
    address = f"/consultations/of-proposal/{site.submitted_id}/new"
    ask = str(site.organisation_ids["KVAB"])
    filled = planner.post(
        address, data={"fill": "1", "question_set": "it", "ask": ask, "due_on": "2099-01-01"}
    )
    assert filled.status_code == 200
    assert "Vilka system, licenser och nät berörs?" in filled.text
    assert re.search(rf'name="ask" value="{ask}" checked', filled.text)
    with looking() as work:
        assert consultations.of_proposal(work, site.submitted_id) == []


def test_a_reply_with_costs_is_given_without_javascript_and_enters_the_proposal(
    other_planner: FlaskClient, planner: FlaskClient, site: Site, party_id: int, looking: Looking
) -> None:
    address = f"/consultations/parties/{party_id}/reply"
    form = reply_form(other_planner, party_id)
    added = other_planner.post(address, data=form | {"add_row": "costs"})
    assert 'name="costs-0-amount"' in added.text
    assert "Räkna med skötseln." in added.text
    answer = other_planner.post(address, data=form | COST)
    assert answer.status_code == 302
    with looking() as work:
        (one,) = proposal_records.facts(proposals.find(work, site.submitted_id)).alternatives
        assert [(row.committee, row.annual_ore) for row in one.from_replies] == [("KFN", 8_500_000)]
    shown = planner.get(answer.headers["Location"].split("#")[0]).text
    for text in (
        "Tillstyrker med ändring",
        "85\u00a0000",
        "Kostnaderna ingår i förslaget.",
        "§ 12",
        "Besvara",
    ):
        assert text in shown
    own = planner.get(f"/proposals/{site.submitted_id}").text
    assert "Kostnader ur remissvar" in own
    step = planner.get(f"/proposals/{site.submitted_id}/edit/consequences").text
    assert "De här har de tillfrågade själva lagt till." in step


def test_a_reply_that_does_not_fit_is_shown_again_with_everything_typed(
    other_planner: FlaskClient, party_id: int
) -> None:
    address = f"/consultations/parties/{party_id}/reply"
    form = reply_form(other_planner, party_id, text="", decided_on="", stance="opposes")
    answer = other_planner.post(address, data=form | COST | {"costs-0-amount": "1.500"})
    assert answer.status_code == 422
    assert "Ange när svaret beslutades." in answer.text
    assert 'value="1.500"' in answer.text
    assert 'href="#costs-0-amount"' in answer.text
    missing = other_planner.post(address, data=form | {"decided_on": "2026-05-20"})
    assert missing.status_code == 422
    assert "varför ni avstyrker" in missing.text
    zero = reply_form(other_planner, party_id) | COST | {"costs-0-amount": "0"}
    assert 'href="#costs-0-amount"' in other_planner.post(address, data=zero).text


def test_a_draft_is_kept_and_two_who_draft_meet(
    other_planner: FlaskClient, finance: FlaskClient, planner: FlaskClient, party_id: int
) -> None:
    address = f"/consultations/parties/{party_id}/reply"
    form = reply_form(other_planner, party_id, text="Halvfärdigt", stance="", action="draft")
    assert other_planner.post(address, data=form | COST).status_code == 302
    page = other_planner.get(address).text
    assert "Halvfärdigt" in page
    assert 'value="85 000"' in page
    assert "Halvfärdigt" in finance.get(address).text
    assert planner.get(address).status_code == 403
    late = other_planner.post(address, data=form | {"text": "Min version"})
    assert late.status_code == 409
    assert "Min version" in late.text
    assert "Halvfärdigt" in late.text
    again = form_of(late.text, text="Min version", action="draft")
    assert other_planner.post(address, data=again).status_code == 302


def test_two_who_reply_at_once_meet_and_the_second_chooses(
    other_planner: FlaskClient, party_id: int, looking: Looking
) -> None:
    address = f"/consultations/parties/{party_id}/reply"
    mine, theirs = (
        reply_form(other_planner, party_id, text="Mitt"),
        reply_form(other_planner, party_id, text="Deras"),
    )
    assert other_planner.post(address, data=theirs).status_code == 302
    answer = other_planner.post(address, data=mine)
    assert answer.status_code == 409
    assert "Deras" in answer.text
    assert "Mitt" in answer.text
    assert other_planner.post(address, data=mine | form_of(answer.text)).status_code == 302
    with looking() as work:
        assert replies.party(work, party_id).replies[0].text == "Mitt"


def test_others_cannot_reply_and_finance_says_why_it_does(
    planner: FlaskClient, council_viewer: FlaskClient, finance: FlaskClient, party_id: int
) -> None:
    address = f"/consultations/parties/{party_id}/reply"
    for client in (planner, council_viewer):
        assert client.get(address).status_code == 403
        assert client.post(address, data={}).status_code == 403
    form = reply_form(finance, party_id)
    refused = finance.post(address, data=form)
    assert refused.status_code == 422
    assert "vilket underlag du har" in refused.text
    assert finance.post(address, data=form | {"on_behalf_note": "E-post"}).status_code == 302


def given(writing: Writing, party_id: int, *rows: ReplyRow) -> int:
    with writing() as work:
        facts = ReplyFacts(
            Stance.OPPOSES, "Nej <i>tack</i>", Decider.DELEGATION, work.today, "D 4", ("Allt.",), rows
        )
        return replies.give(work, party_id, facts, on_behalf_note="Brev").id


ROW = ReplyRow(None, OperatingKind.STAFF, 12_345_67)


def test_the_asker_answers_and_takes_the_costs_out_with_a_reason(
    planner: FlaskClient,
    other_planner: FlaskClient,
    site: Site,
    party_id: int,
    writing: Writing,
    looking: Looking,
) -> None:
    reply_id = given(writing, party_id, ROW)
    address = f"/consultations/replies/{reply_id}/answer"
    assert other_planner.get(address).status_code == 403
    page = planner.get(address).text
    assert "Nej &lt;i&gt;tack&lt;/i&gt;" in page
    form = form_of(page, outcome="not_taken_in", text="", remove_rows="y")
    refused = planner.post(address, data=form)
    assert refused.status_code == 422
    assert "ska få veta varför" in refused.text
    assert planner.post(address, data=form | {"text": "Ryms i dagens anslag."}).status_code == 302
    with looking() as work:
        (one,) = proposal_records.facts(proposals.find(work, site.submitted_id)).alternatives
        assert one.from_replies == ()
        consultation_id = replies.find(work, reply_id).party.consultation_id
    shown = other_planner.get(f"/consultations/{consultation_id}").text
    assert "Ryms i dagens anslag." in shown
    assert "Kostnaderna är borttagna ur förslaget" in shown
    stale = planner.post(address, data=form | {"text": "Om igen"})
    assert stale.status_code == 409
    assert "Ryms i dagens anslag." in stale.text


def test_a_decided_proposal_says_that_costs_do_not_count(
    other_planner: FlaskClient, site: Site, party_id: int, writing: Writing
) -> None:
    with writing() as work:
        proposals.find(work, site.submitted_id).status = Status.DECIDED.value
    address = f"/consultations/parties/{party_id}/reply"
    assert "kostnader räknas inte in" in other_planner.get(address).text
    answer = other_planner.post(
        address, data=reply_form(other_planner, party_id) | COST, follow_redirects=True
    )
    assert "ingår inte i förslaget, som redan är beslutat" in answer.text


def test_dates_are_moved_reminders_sent_and_the_consultation_closed(
    planner: FlaskClient, other_planner: FlaskClient, party_id: int, looking: Looking
) -> None:
    with looking() as work:
        key = replies.party(work, party_id).consultation_id
    one = f"/consultations/{key}"
    assert (
        "Påminnelse till: Kultur- och fritidsnämnden."
        in planner.post(f"{one}/remind", follow_redirects=True).text
    )
    assert "redan påmints" in planner.post(f"{one}/remind", follow_redirects=True).text
    bad = planner.post(f"{one}/extend", data={"version": "1", "due_on": "2020-01-01"})
    assert bad.status_code == 422
    assert "Svarsdatumet har redan varit." in bad.text
    assert planner.post(f"{one}/extend", data={"version": "1", "due_on": "2099-05-01"}).status_code == 302
    assert planner.post(f"{one}/extend", data={"version": "1", "due_on": "2099-06-01"}).status_code == 409
    assert other_planner.post(f"{one}/close", data={"version": "2"}).status_code == 403
    assert planner.post(f"{one}/close", data={"version": "2"}).status_code == 302
    assert "Svarade inte" in planner.get(one).text
    assert other_planner.get(f"/consultations/parties/{party_id}/reply").status_code == 409


def test_each_finds_what_concerns_it_in_the_list(
    planner: FlaskClient,
    other_planner: FlaskClient,
    finance: FlaskClient,
    council_viewer: FlaskClient,
    party_id: int,
) -> None:
    del party_id
    asked = other_planner.get("/consultations").text
    assert "Ni är tillfrågade" in asked
    assert "Norrskolan, ny matsal" in asked
    sent = planner.get("/consultations").text
    assert "0 av 1" in sent
    assert "Inget är ute på remiss" in sent
    assert "Kultur- och fritidsnämnden" in finance.get("/consultations").text
    assert "Norrskolan, ny matsal" in council_viewer.get("/consultations").text


def test_finance_keeps_the_questions(finance: FlaskClient, planner: FlaskClient) -> None:
    assert planner.get("/consultations/questions").status_code == 403
    assert "Gator, trafik och ledningar" in finance.get("/consultations/questions").text
    address = "/consultations/questions/streets"
    form = form_of(
        finance.get(address).text, name="Gator", questions="Vad kostar vägen?", organisations="KVAB"
    )
    assert finance.post(address, data=form).status_code == 302
    assert "Vatten AB" in finance.get("/consultations/questions").text
    stale = finance.post(address, data=form | {"questions": "Annat?"})
    assert stale.status_code == 409
    assert "Annat?" in stale.text
    assert "Vad kostar vägen?" in stale.text
    blank: dict[str, Any] = {"code": "Å", "name": "", "questions": "", "version": "0"}
    assert finance.post("/consultations/questions/new", data=blank).status_code == 422
    taken = {"code": "it", "name": "It", "questions": "?", "version": "0"}
    assert "används redan" in finance.post("/consultations/questions/new", data=taken | {"version": "5"}).text
    assert finance.get("/consultations/questions/nothing").status_code == 404
