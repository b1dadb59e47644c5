"""Writing a proposal with as little as possible: the shortest way, the panel of consequences, pasted years, doing nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from investplan.db.models import AuditEntry
from investplan.domain.proposals import AlternativeKind, ProposalFacts
from investplan.services import proposal_records, proposals
from investplan.services.work import Work
from tests.web.conftest import Site
from tests.web.test_proposals import FormReader, facts_of, form_of, step_url

Working = Callable[[], AbstractContextManager[Work]]

# What a planner has to type or tick for a simple proposal, beside what stands filled in already.
TYPED = {
    "title": "Ny lekplats i Svensknabben",
    "case_number": "UN 2026/0500",
    "purpose": "Den gamla uppfyller inte säkerhetskraven.",
    "outlay": "1 200",
    "place_note": "Svensknabben",
    "all_zero": "y",
}
MOST_FIELDS, MOST_PAGES = 6, 2


def put(form: MultiDict[str, str], typed: Mapping[str, str]) -> None:
    """Type over what stands in the fields."""
    for name, text in typed.items():
        form[name] = text


def test_a_simple_proposal_takes_two_pages_and_six_answers(planner: FlaskClient, looking: Working) -> None:
    """The first page, and the review where it is submitted. Keep both numbers low."""
    assert len(TYPED) <= MOST_FIELDS
    pages = ["/proposals/new"]
    form = form_of(planner, pages[0])
    assert set(TYPED) - {"all_zero"} <= set(form)
    put(form, TYPED)
    answer = planner.post(pages[0], data=form)
    while answer.status_code == 302 and not answer.location.endswith("/review"):
        answer = planner.get(answer.location)
    pages.append(answer.location)
    assert len(pages) == MOST_PAGES
    proposal_id = int(answer.location.split("/")[2])
    review = planner.get(answer.location)
    assert "Allt som behövs är ifyllt" in review.text
    sent = planner.post(f"/proposals/{proposal_id}/submit", data={"version": "1"})
    assert sent.status_code == 302
    with looking() as work:
        assert proposals.find(work, proposal_id).status == "submitted"


@pytest.mark.parametrize("name", ["title", "case_number", "purpose", "outlay", "place_note"])
def test_every_one_of_the_answers_is_needed(planner: FlaskClient, name: str) -> None:
    form = form_of(planner, "/proposals/new")
    put(form, {**TYPED, name: ""})
    answer = planner.post("/proposals/new", data=form)
    if answer.status_code == 302:
        answer = planner.get(answer.location)
        assert not answer.location.endswith("/review")
    else:
        assert answer.status_code == 422


def test_without_the_short_part_it_goes_on_step_by_step(planner: FlaskClient) -> None:
    form = form_of(planner, "/proposals/new")
    put(form, {**TYPED, "outlay": "", "all_zero": ""})
    del form["all_zero"]
    assert planner.post("/proposals/new", data=form).location.endswith("/edit/alternatives")


def test_the_short_part_states_every_year_from_the_first_and_an_explicit_zero(
    planner: FlaskClient, looking: Working
) -> None:
    form = form_of(planner, "/proposals/new")
    put(form, {**TYPED, "start": "2031"})
    proposal_id = int(planner.post("/proposals/new", data=form).location.split("/")[2])
    facts = facts_of(looking, proposal_id)
    (only,) = facts.alternatives
    assert only.starts == tuple(range(2031, 2037))
    assert (only.outlay_ore, only.grants, only.operating, only.disposals) == (1_200_000_00, (), (), ())


def test_a_row_of_capital_cost_has_a_name_though_the_alternative_has_none(planner: FlaskClient) -> None:
    form = form_of(planner, "/proposals/new")
    put(form, TYPED)
    proposal_id = int(planner.post("/proposals/new", data=form).location.split("/")[2])
    page = planner.get(f"/proposals/{proposal_id}?open=cost-capital-why").text
    assert "Kapitalkostnad per del" in page
    assert "Nybyggnad" in page[page.index("Kapitalkostnad per del") :]
    assert not re.search(r'<th[^>]*scope="row"[^>]*>\s*</th>', page)
    assert not re.search(r"<h4>\s*:", page)


def test_a_bad_outlay_in_the_short_part_is_told_and_nothing_typed_is_lost(planner: FlaskClient) -> None:
    form = form_of(planner, "/proposals/new")
    put(form, {**TYPED, "outlay": "1.500"})
    answer = planner.post("/proposals/new", data=form)
    assert answer.status_code == 422
    assert "har en punkt" in answer.text
    assert "Svensknabben" in answer.text


# The panel


def preview(client: FlaskClient, proposal_id: int, step: str = "outlays", **typed: str) -> str:
    form = form_of(client, step_url(proposal_id, step))
    put(form, typed)
    answer = client.post(f"/proposals/{proposal_id}/preview/{step}", data=form)
    assert answer.status_code == 200
    return answer.text.replace("\u00a0", " ")


def test_the_panel_tells_both_views_of_what_is_typed_and_saves_nothing(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    def rows() -> tuple[int, ProposalFacts]:
        with looking() as work:
            return work.session.query(AuditEntry).count(), proposal_records.facts(
                proposals.find(work, site.draft_id)
            )

    before = rows()
    plain = preview(planner, site.draft_id)
    dearer = preview(planner, site.draft_id, **{"outlays-0-amount": "20 000"})
    assert "Nämndernas ramar" in plain
    assert "Kommunen som helhet" in plain
    assert "Utgift 10 000 tkr" in plain
    assert "Utgift 20 000 tkr" in dearer
    assert plain != dearer
    assert rows() == before


def test_the_panel_says_softly_what_has_to_be_put_right(planner: FlaskClient, site: Site) -> None:
    told = preview(planner, site.draft_id, **{"outlays-0-amount": "1.500"})
    assert "Följderna räknas när det här är rättat" in told
    assert "har en punkt" in told


def test_the_panel_tells_what_components_lack(planner: FlaskClient, site: Site) -> None:
    assert "skiljer sig från utgiften med" in preview(
        planner, site.submitted_id, **{"outlays-0-amount": "20 001"}
    )


def test_the_panel_follows_operating_costs_too(planner: FlaskClient, site: Site) -> None:
    assert "Driftkostnader" in preview(
        planner, site.submitted_id, "consequences", **{"operating-0-amount": "777"}
    )


def test_the_panel_is_only_for_those_who_may_write(other_planner: FlaskClient, site: Site) -> None:
    answer = other_planner.post(f"/proposals/{site.submitted_id}/preview/outlays", data={"code": "build"})
    assert answer.status_code == 403
    assert other_planner.post(f"/proposals/{site.draft_id}/pasted", data={"code": "build"}).status_code == 404


def test_a_panel_of_an_alternative_that_is_gone_is_not_found(planner: FlaskClient, site: Site) -> None:
    answer = planner.post(f"/proposals/{site.draft_id}/preview/outlays", data={"code": "gone"})
    assert answer.status_code == 404


def test_without_scripts_a_button_shows_the_panel_anew(planner: FlaskClient, site: Site) -> None:
    path = step_url(site.draft_id, "outlays")
    form = form_of(planner, path)
    put(form, {"outlays-0-amount": "30 000", "add_row": "preview"})
    answer = planner.post(path, data=form)
    assert answer.status_code == 200
    assert "Utgift 30 000 tkr" in answer.text.replace("\u00a0", " ")
    assert facts_of_outlay(planner, site.draft_id) == "10 000"


def facts_of_outlay(client: FlaskClient, proposal_id: int) -> str:
    return form_of(client, step_url(proposal_id, "outlays"))["outlays-0-amount"].replace("\u00a0", " ")


# Pasting


def test_pasted_years_take_their_places_among_the_rows(planner: FlaskClient, site: Site) -> None:
    path = step_url(site.draft_id, "outlays")
    form = form_of(planner, path)
    put(form, {"pasted": "2027\t5 000 000\n2029\t1 200 000,5", "pasted_unit": "kr", "add_row": "pasted"})
    answer = planner.post(path, data=form)
    filled = FormReader(answer.text).fields
    got = [
        (filled[f"outlays-{i}-offset"], filled[f"outlays-{i}-amount"].replace("\u00a0", " "))
        for i in range(2)
    ]
    assert got == [("0", "5 000"), ("2", "1 200,0005")]
    assert filled["pasted"] == ""


def test_a_point_in_what_was_pasted_is_refused_with_its_reason_and_the_text_stays(
    planner: FlaskClient, site: Site
) -> None:
    path = step_url(site.draft_id, "outlays")
    form = form_of(planner, path)
    put(form, {"pasted": "2027\t1.500", "add_row": "pasted"})
    answer = planner.post(path, data=form)
    assert answer.status_code == 422
    assert "har en punkt" in answer.text
    assert FormReader(answer.text).fields["pasted"] == "2027\t1.500"
    assert facts_of_outlay(planner, site.draft_id) == "10 000"


def test_scripts_get_the_same_rows_and_faults(planner: FlaskClient, site: Site) -> None:
    sent = {"code": "build", "pasted": "2027\t2028\n1 200\t12,5"}
    address = f"/proposals/{site.draft_id}/pasted"
    found = planner.post(address, data=sent).get_json()
    assert [row["offset"] for row in found["rows"]] == ["0", "1"]
    refused = planner.post(address, data={**sent, "pasted": "2027\t1.500"}).get_json()
    assert refused["rows"] == []
    assert "har en punkt" in refused["faults"][0]


# Side by side


def test_doing_nothing_is_one_click_and_is_then_compared(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    page = planner.get(f"/proposals/{site.draft_id}").text
    assert "Lägg till nollalternativ" in page
    answer = planner.post(f"/proposals/{site.draft_id}/zero-alternative", data={"version": "1"})
    assert answer.status_code == 302
    facts = facts_of(looking, site.draft_id)
    zero = facts.alternatives[-1]
    assert (zero.kind, zero.operating, zero.benefit_percent) == (AlternativeKind.NOTHING, (), 0)
    page = planner.get(f"/proposals/{site.draft_id}").text
    assert "Lägg till nollalternativ" not in page
    assert "Alternativen i korthet" in page
    assert "Plats och läge" in page
    planner.post(f"/proposals/{site.draft_id}/zero-alternative", data={"version": "2"})
    assert len(facts_of(looking, site.draft_id).alternatives) == 2


def test_doing_nothing_is_not_added_to_what_somebody_else_has_changed(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    planner.post(f"/proposals/{site.draft_id}/zero-alternative", data={"version": "9"})
    assert len(facts_of(looking, site.draft_id).alternatives) == 1


def test_an_alternative_is_ruled_out_with_its_reason_and_stays_readable(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    planner.post(f"/proposals/{site.draft_id}/zero-alternative", data={"version": "1"})
    path = step_url(site.draft_id, "alternatives")
    form = form_of(planner, path)
    form["alternatives-1-rejected"] = "y"
    refused = planner.post(path, data=form)
    assert refused.status_code == 422
    assert "Skriv varför alternativet är bortvalt" in refused.text
    form["alternatives-1-rejected_reason"] = "Garantin bryts."
    assert planner.post(path, data=form).status_code == 302
    assert facts_of(looking, site.draft_id).open_alternatives[0].code == "build"
    page = planner.get(f"/proposals/{site.draft_id}").text
    assert "Garantin bryts." in page
    assert "bortvalt" in page


def test_two_who_write_of_risks_at_once_choose_field_by_field(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    path = step_url(site.draft_id, "basis")
    mine = form_of(planner, path)
    theirs = form_of(planner, path)
    put(theirs, {"impact_children": "no", "stay": "1"})
    planner.post(path, data=theirs)
    put(mine, {"risks_stated": "zero"})
    conflict = planner.post(path, data=mine)
    assert conflict.status_code == 409
    assert "Inga att nämna" in conflict.text
    assert "Barn och unga: nej" in conflict.text
    put(mine, {"version": "2", "keep-risks": "mine", "keep-impacts": "theirs"})
    assert planner.post(path, data=mine).status_code == 302
    facts = facts_of(looking, site.draft_id)
    assert facts.risks == ()
    assert [check.matters for check in facts.impacts] == [False]
