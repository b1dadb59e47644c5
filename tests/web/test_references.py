"""The pages of templates and reference objects, and what a planner gets out of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from investplan.services import object_templates, reference_objects
from investplan.services.work import Work
from tests.integration.test_references import FILE, KNOWN
from tests.unit.domain.test_object_templates import preschool
from tests.web.conftest import Site
from tests.web.test_proposals import FormReader, facts_of, form_of, step_url
from tests.web.test_writing import put

Working = Callable[[], AbstractContextManager[Work]]


@pytest.fixture
def known(writing: Working) -> None:
    with writing() as work:
        object_templates.save(work, preschool(), seen_version=0)
        reference_objects.add(work, KNOWN)


def test_an_empty_table_says_what_it_is_for(planner: FlaskClient, finance: FlaskClient) -> None:
    assert "Inga mallar ännu" in planner.get("/templates").text
    assert "Lägg till den första mallen" in finance.get("/templates").text
    assert "Lägg först till en mall" in finance.get("/reference-objects").text


def test_a_planner_reads_the_table_and_cannot_change_it(planner: FlaskClient, known: None) -> None:
    assert "43 243" in planner.get("/templates").text.replace("\u00a0", " ")
    page = planner.get("/templates/forskola").text
    assert "Stomme och grund" in page
    assert "Ändra" not in page
    assert planner.get("/templates/forskola/edit").status_code == 403


def test_a_template_sent_back_as_shown_makes_the_same_again(
    finance: FlaskClient, looking: Working, known: None
) -> None:
    answer = finance.post("/templates/forskola/edit", data=form_of(finance, "/templates/forskola/edit"))
    assert answer.status_code == 303
    with looking() as work:
        assert object_templates.by_code(work) == {"forskola": preschool()}
        assert len(object_templates.versions(work, "forskola")) == 2
    assert "Vad platserna är till för: Förskola" in finance.get("/templates/forskola").text


def test_shares_that_miss_the_whole_are_told_and_what_was_typed_stays(
    finance: FlaskClient, known: None
) -> None:
    form = form_of(finance, "/templates/forskola/edit")
    form["parts-0-share"] = "4,9"
    answer = finance.post("/templates/forskola/edit", data=form)
    assert answer.status_code == 422
    assert "De är 99,9 %." in answer.text
    assert 'value="4,9"' in answer.text


def test_a_new_template_is_made_of_rows_added_without_scripts(finance: FlaskClient, looking: Working) -> None:
    form = form_of(finance, "/templates/new")
    put(form, {"name": "Personbil", "basis": "place", "ore_per_unit": "350 000", "add_row": "parts"})
    page = finance.post("/templates/new", data=form)
    assert 'name="parts-0-share"' in page.text
    del form["add_row"]
    put(form,
        {"parts-0-name": "Bil", "parts-0-share": "100", "parts-0-kind": "depreciated", "parts-0-life": "6",
         "parts-0-part": "user"}
    )  # fmt: skip
    assert finance.post("/templates/new", data=form).status_code == 303
    with looking() as work:
        assert object_templates.by_code(work)["personbil"].parts[0].life_months == 72


def test_a_template_changed_by_another_meanwhile_is_not_overwritten(
    finance: FlaskClient, writing: Working, known: None
) -> None:
    form = form_of(finance, "/templates/forskola/edit")
    with writing() as work:
        object_templates.save(work, preschool(source="Ny"), seen_version=1)
    answer = finance.post("/templates/forskola/edit", data=form)
    assert answer.status_code == 409
    assert "Någon annan har ändrat mallen" in answer.text


def test_a_template_is_taken_out_of_use(finance: FlaskClient, planner: FlaskClient, known: None) -> None:
    finance.post("/templates/forskola/withdraw")
    assert "Inga mallar ännu" in planner.get("/templates").text
    assert "tagen ur bruk" in finance.get("/templates/forskola").text


def test_an_object_is_added_by_hand_read_from_a_file_and_taken_away(
    finance: FlaskClient, looking: Working, known: None
) -> None:
    typed = {
        "name": "Förskolan Ny",
        "object_type": "forskola",
        "year": "2024",
        "outlay": "70 000",
        "area_m2": "1 600",
    }
    assert finance.post("/reference-objects", data=typed).status_code == 303
    assert "Förskolan Ny" in finance.get("/reference-objects").text
    sent = {"file": (io.BytesIO(FILE.encode()), "egna.csv")}
    assert finance.post("/reference-objects/file", data=sent).status_code == 303
    with looking() as work:
        assert len(reference_objects.of_type(work, "forskola")) == 4
    assert finance.post("/reference-objects/1/remove").status_code == 303
    assert finance.post("/reference-objects/1/remove").status_code == 303


def test_a_bad_object_and_a_bad_file_are_told_in_place(finance: FlaskClient, known: None) -> None:
    typed = {"name": "X", "object_type": "forskola", "year": "2024", "outlay": "1.500", "area_m2": ""}
    answer = finance.post("/reference-objects", data=typed)
    assert answer.status_code == 422
    assert "har en punkt" in answer.text
    sent = {"file": (io.BytesIO(FILE.replace("1 720", "x").encode()), "egna.csv")}
    answer = finance.post("/reference-objects/file", data=sent)
    assert answer.status_code == 422
    assert "Rad 3" in answer.text
    assert finance.post("/reference-objects/file", data={}).status_code == 422


# What a planner gets out of it


def test_outlay_and_components_come_from_the_template_and_nothing_is_saved(
    planner: FlaskClient, site: Site, looking: Working, known: None
) -> None:
    path = step_url(site.draft_id, "outlays")
    form = form_of(planner, path)
    put(form, {"object_type": "forskola", "gained_m2": "1850", "add_row": "object"})
    answer = planner.post(path, data=form)
    assert answer.status_code == 200
    assert "föreslagna från mallen Förskola 2026" in answer.text
    assert 'value="Stomme och grund"' in answer.text
    assert facts_of(looking, site.draft_id).alternatives[0].template == ""


def test_what_came_from_the_template_is_saved_with_its_name_and_adds_up(
    planner: FlaskClient, site: Site, looking: Working, known: None
) -> None:
    path = step_url(site.draft_id, "outlays")
    form = form_of(planner, path)
    put(form, {"object_type": "forskola", "gained_m2": "1850", "add_row": "object"})
    filled = FormReader(planner.post(path, data=form).text).fields
    assert planner.post(path, data=filled).status_code == 302
    facts = facts_of(looking, site.draft_id)
    first = facts.alternatives[0]
    assert (facts.object_type, first.template, first.gained_m2) == ("forskola", "Förskola 2026", 1850)
    assert first.outlay_ore == sum(one.amount_ore for one in first.components) == 79_999_550_00
    running = step_url(site.draft_id, "consequences")
    form = form_of(planner, running)
    form["add_row"] = "running"
    page = planner.post(running, data=form).text
    assert "från mallen Förskola 2026" in page
    assert 'value="314,5"' in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [({"object_type": ""}, "Välj en objekttyp"), ({"gained_m2": ""}, "Ange storleken"), ({"gained_m2": "x"}, "heltal")],
)  # fmt: skip
def test_what_the_template_lacks_is_asked_for_in_its_field(
    planner: FlaskClient, site: Site, known: None, typed: dict[str, str], told: str
) -> None:
    path = step_url(site.draft_id, "outlays")
    form = form_of(planner, path)
    put(form, {"object_type": "forskola", "gained_m2": "1850", "add_row": "object", **typed})
    answer = planner.post(path, data=form)
    assert answer.status_code == 422
    assert told in answer.text


def test_an_outlay_is_held_against_finished_projects_where_it_is_written_and_read(
    planner: FlaskClient, site: Site, known: None
) -> None:
    path = step_url(site.draft_id, "outlays")
    form = form_of(planner, path)
    put(form, {"object_type": "forskola", "gained_m2": "200", "stay": "1"})
    planner.post(path, data=form)
    for address in (path, f"/proposals/{site.draft_id}", step_url(site.draft_id, "review")):
        page = planner.get(address).text.replace("\u00a0", " ")
        assert "jämförbara objekt av typen förskola (1 objekt, median 40 667 kr/m²" in page
