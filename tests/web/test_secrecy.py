"""What is marked secret is nowhere to be found by those who may not read it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from investplan.db.models import AuditEntry
from investplan.domain.proposals import Component, ProposalFacts
from investplan.domain.secrecy import SecretPart, reads_secrets, redacted
from investplan.domain.statements import Risk
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError
from investplan.services import proposals, secrecy_marks
from investplan.services.work import Work
from tests import factories
from tests.web.conftest import ROLES, Site
from tests.web.walking import walk

Writing = Callable[[], AbstractContextManager[Work]]
EAST, NORTH = 583_777, 6_281_333
SECRETS = {
    SecretPart.PLACE: ("Bakom gamla vattentornet", "Vattentornet 7:19", str(EAST), str(NORTH)),
    SecretPart.LAND_PRICE: ("Markförvärv av ägaren", "Stomme särskild"),
    SecretPart.RISKS: ("Leverantören kan gå i konkurs",),
}
EVERYTHING = dict.fromkeys(SecretPart, "19 kap. 3 § OSL")
OUTSIDERS = ("other_planner", "council_viewer", "executive_board")


def secret_facts() -> ProposalFacts:
    alternative = factories.alternative()
    half = alternative.outlay_ore // 2
    build = replace(
        alternative,
        place_wkt=f"POINT ({EAST} {NORTH})",
        property_designation="Vattentornet 7:19",
        components=(
            Component("Markförvärv av ägaren", half, None),
            Component("Stomme särskild", alternative.outlay_ore - half, 600),
        ),
    )
    smaller = replace(build, code="smaller", title="Mindre", property_designation="Vattentornet 7:19")
    return factories.facts(
        case_number="UN 2026/0777",
        title="Reservvattentäkt",
        place_note="Bakom gamla vattentornet",
        risks=(Risk("Leverantören kan gå i konkurs", 3, 4),),
        alternatives=(build, smaller),
    )


@pytest.fixture
def secret_id(site: Site, writing: Writing) -> int:
    """A submitted proposal of UN with a secret place, land price and risks."""
    with writing() as work:
        made = proposals.create(work, site.round_id, secret_facts())
        proposals.submit(work, made.id, seen_version=made.version)
        secrecy_marks.save(work, made.id, EVERYTHING, seen={})
        return made.id


def told(answer: TestResponse) -> str:
    """The answer as a reader gets it: PDF as its text, digits without their spaces."""
    if answer.content_type == "application/pdf":
        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    return answer.get_data().decode("utf-8", "replace")


@pytest.mark.parametrize("username", OUTSIDERS)
def test_no_page_file_map_list_or_search_tells_an_outsider(
    sign_in_as: Callable[[str], FlaskClient], secret_id: int, username: str
) -> None:
    client = sign_in_as(username)
    own = f"/proposals/{secret_id}"
    begin = [
        own, f"{own}?alternative=2", f"{own}?year=2030&open=committee", f"{own}/papers/report.pdf", f"{own}/papers/sheet.pdf",
        f"{own}/papers/case.zip", f"/map/features.json?proposal={secret_id}", "/map/features.json", "/map", "/proposals/export.csv",
        "/proposals?search=Vattentornet", "/proposals?search=konkurs", f"/proposals?box={EAST - 5},{NORTH - 5},{EAST + 5},{NORTH + 5}",
        "/proposals?search=Reservvattent", "/",
    ]  # fmt: skip
    pages = walk(client, username, begin=begin)
    assert any("Reservvattentäkt" in told(page.answer) for page in pages)
    for page in pages:
        if page.answer.status_code < 400:
            shown = told(page.answer)
            without_the_search = shown.replace('value="Vattentornet"', "").replace('value="konkurs"', "")
            for word in (word for words in SECRETS.values() for word in words):
                assert word not in without_the_search, f"{page.address}: {word}"
    assert client.get(f"{own}/papers/case.zip").status_code == 403


def test_a_mark_takes_effect_on_what_was_drawn_before_it(
    council_viewer: FlaskClient, site: Site, writing: Writing
) -> None:
    address = f"/map/features.json?proposal={site.submitted_id}"
    assert "583460" in council_viewer.get(address).text
    with writing() as work:
        secrecy_marks.save(work, site.submitted_id, {SecretPart.PLACE: "18 kap. 8 § OSL"}, seen={})
    assert "583460" not in council_viewer.get(address).text
    assert "583460" not in council_viewer.get("/map/features.json").text


@pytest.mark.parametrize("username", ["planner", "finance", "administrator"])
def test_the_own_committee_and_finance_read_all_of_it(
    sign_in_as: Callable[[str], FlaskClient], secret_id: int, username: str
) -> None:
    client = sign_in_as(username)
    page = client.get(f"/proposals/{secret_id}").text
    features = client.get(f"/map/features.json?proposal={secret_id}").text
    assert all(word in page for words in SECRETS.values() for word in words[:1])
    assert str(EAST) in features


def test_who_is_asked_reads_it_while_the_consultation_is_open_where_the_asker_says_so(
    planner: FlaskClient, other_planner: FlaskClient, council_viewer: FlaskClient, site: Site, secret_id: int
) -> None:
    """A committee cannot tell what it thinks of a place that it may not see."""
    new = f"/consultations/of-proposal/{secret_id}/new"
    assert "får läsa det som är sekretessmarkerat" in planner.get(new).text
    page, features = f"/proposals/{secret_id}", f"/map/features.json?proposal={secret_id}"
    reads = lambda client: (  # noqa: E731 - short, and used four times
        "Bakom gamla vattentornet" in client.get(page).text,
        str(EAST) in client.get(features).text,
    )
    sent = {"due_on": "2099-05-29", "ask": [site.organisation_ids["KFN"]], "key": "a"}
    silent = planner.post(new, data=sent)
    assert silent.status_code == 302
    assert reads(other_planner) == (False, False), "asked, but not told"
    telling = planner.post(new, data={**sent, "key": "b", "discloses": "y"}).location
    assert reads(other_planner) == (True, True)
    assert reads(council_viewer) == (False, False)
    assert "läser det som är sekretessmarkerat" in planner.get(telling).text
    version = re.search(r'name="version" value="(\d+)"', planner.get(telling).text)
    assert version is not None
    assert (
        planner.post(f"{telling}/close", data={"version": version[1], "reason": "Klart"}).status_code == 302
    )
    assert reads(other_planner) == (False, False)


def test_nothing_is_offered_to_tell_where_nothing_is_marked(planner: FlaskClient, site: Site) -> None:
    page = planner.get(f"/consultations/of-proposal/{site.submitted_id}/new").text
    assert 'name="discloses"' not in page


def test_an_outsider_is_told_that_something_is_secret_and_by_which_law_and_sees_the_sums(
    council_viewer: FlaskClient, planner: FlaskClient, secret_id: int
) -> None:
    page = council_viewer.get(f"/proposals/{secret_id}").text
    assert page.count("19 kap. 3 § OSL") >= 4
    own = planner.get(f"/proposals/{secret_id}").text
    sum_row = own[own.index("Summa kommunen") :][:600]
    assert sum_row in page


def test_marks_need_a_law_and_one_who_may_edit_and_are_compared(
    site: Site, secret_id: int, writing: Writing
) -> None:
    with writing() as work:
        with pytest.raises(InvalidInputError):
            secrecy_marks.save(work, secret_id, {SecretPart.PLACE: " "}, seen=EVERYTHING)
        with pytest.raises(ConflictError):
            secrecy_marks.save(work, secret_id, {}, seen={})
        work.actor = site.actors["other_planner"]
        with pytest.raises(NotAllowedError):
            secrecy_marks.save(work, secret_id, {}, seen=EVERYTHING)
        work.actor = site.actors["planner"]
        secrecy_marks.save(
            work, secret_id, {SecretPart.RISKS: "18 kap. 13 § OSL"}, seen=EVERYTHING, reason="Köpt"
        )
        row = work.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "mark secrecy").order_by(AuditEntry.seq.desc())
        ).first()
        assert row is not None
        assert row.after == {"secrecy": {"secret_risks": "18 kap. 13 § OSL"}}
        assert row.reason == "Köpt"


def test_the_page_of_marks_saves_refuses_and_keeps_what_was_typed(planner: FlaskClient, site: Site) -> None:
    address = f"/proposals/{site.submitted_id}/secrecy"
    assert planner.get(address).status_code == 200
    refused = planner.post(address, data={"mark-secret_place": "y", "basis-secret_place": ""})
    assert refused.status_code == 422
    assert "vilken bestämmelse" in refused.text
    sent = {"mark-secret_place": "y", "basis-secret_place": "18 kap. 8 § OSL"}
    assert planner.post(address, data=sent).status_code == 303
    late = planner.post(address, data={"mark-secret_risks": "y", "basis-secret_risks": "19 kap. 1 § OSL"})
    assert late.status_code == 409
    assert "19 kap. 1 § OSL" in late.text
    assert planner.post(f"/proposals/{site.other_id}/secrecy", data={}).status_code == 403


def test_each_part_takes_away_its_own_and_nothing_else() -> None:
    facts = secret_facts()
    assert redacted(facts, ()) == facts
    assert redacted(facts, EVERYTHING).risks is None
    assert redacted(facts, [SecretPart.RISKS]) == replace(facts, risks=None)
    without = redacted(facts, [SecretPart.LAND_PRICE])
    assert [one.outlay_ore for one in without.alternatives] == [one.outlay_ore for one in facts.alternatives]
    assert all(one.components == () and one.place_wkt for one in without.alternatives)


def test_who_reads_secrets() -> None:
    for role, _organisation in ROLES.values():
        assert reads_secrets(role, own=True)
        assert reads_secrets(role, own=False) == (role.value in ("finance", "administrator"))
    assert not reads_secrets(None, own=True)
