"""Nothing that is typed is lost: kept while typing, offered when the step is opened, and carried over a sign-in."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from investplan.db.models import FormDraft
from investplan.db.session import Database
from investplan.services import carrying_over, form_drafts, proposals, rounds
from investplan.services.work import Work, begin
from tests.web.conftest import PASSWORD, Site
from tests.web.test_proposals import form_of, step_url

Working = Callable[[], AbstractContextManager[Work]]
JSON = {"Accept": "application/json"}
NEW = "Sörgården, större än vi trodde"


def keep(client: FlaskClient, proposal_id: int, step: str, form: MultiDict[str, str]) -> TestResponse:
    return client.post(f"/proposals/{proposal_id}/drafts/{step}", data=form, headers=JSON)


def typed_in_need(client: FlaskClient, proposal_id: int) -> MultiDict[str, str]:
    form = form_of(client, step_url(proposal_id, "need"))
    form["title"] = NEW
    return form


def keys(looking: Working) -> list[str]:
    with looking() as work:
        return list(
            work.session.scalars(select(FormDraft.form_key).where(FormDraft.step != form_drafts.CLOSED))
        )


def offered(page: str) -> list[str]:
    return re.findall(r"[?&;]draft=([0-9a-f]+)", page)


def test_what_is_typed_is_kept_offered_and_gone_on_with(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    form = typed_in_need(planner, site.draft_id)
    answer = keep(planner, site.draft_id, "need", form)
    assert re.fullmatch(r"\d\d:\d\d", answer.json["clock"] if answer.json else "")
    url = step_url(site.draft_id, "need")
    page = planner.get(url).text
    assert "Du har text som inte är sparad från" in page
    assert NEW not in page
    (key,) = offered(page)
    assert form["draft_key"] == key
    again = form_of(planner, f"{url}?draft={key}")
    assert (again["title"], again["draft_key"]) == (NEW, key)
    assert "Du har text som inte är sparad" not in planner.get(f"{url}?draft={key}").text
    assert planner.post(url, data=again).status_code == 302
    assert keys(looking) == []
    with looking() as work:
        assert proposals.find(work, site.draft_id).title == NEW


def test_a_step_opened_anew_does_not_write_over_what_was_kept_before(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    first, second = typed_in_need(planner, site.draft_id), typed_in_need(planner, site.draft_id)
    second["title"] = "Något annat"
    keep(planner, site.draft_id, "need", first)
    keep(planner, site.draft_id, "need", second)
    assert len(keys(looking)) == 2
    planner.post(step_url(site.draft_id, "need"), data=second)
    assert keys(looking) == [first["draft_key"]]


def test_a_late_draft_of_what_is_saved_does_not_come_back(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    form = typed_in_need(planner, site.draft_id)
    keep(planner, site.draft_id, "need", form)
    planner.post(step_url(site.draft_id, "need"), data=form)
    answer = keep(planner, site.draft_id, "need", form)
    assert answer.json == {"clock": ""}
    assert keys(looking) == []


def test_a_draft_may_hold_what_could_never_be_saved(planner: FlaskClient, site: Site) -> None:
    form = typed_in_need(planner, site.draft_id)
    form["title"], form["need_year"] = "x" * 5000, "i höstas"
    assert keep(planner, site.draft_id, "need", form).status_code == 200
    again = form_of(planner, f"{step_url(site.draft_id, 'need')}?draft={form['draft_key']}")
    assert (again["title"], again["need_year"]) == ("x" * 5000, "i höstas")


@pytest.mark.parametrize("step", ["need", "alternatives", "outlays", "consequences", "place", "basis"])
def test_every_step_is_kept_as_it_stood(planner: FlaskClient, site: Site, step: str) -> None:
    url = step_url(site.submitted_id, step)
    form = form_of(planner, url)
    name = next(name for name in form if name not in ("csrf_token", "version", "draft_key", "code"))
    form.setlist(name, [f"{form[name]} 7"])
    assert keep(planner, site.submitted_id, step, form).json != {"clock": ""}
    again = planner.get(f"{url}?draft={form['draft_key']}")
    assert again.status_code == 200
    assert f'name="draft_key" value="{form["draft_key"]}"' in again.text


def test_a_draft_is_thrown_away(planner: FlaskClient, site: Site, looking: Working) -> None:
    form = typed_in_need(planner, site.draft_id)
    keep(planner, site.draft_id, "need", form)
    answer = planner.post(f"/proposals/drafts/{form['draft_key']}/discard")
    assert answer.location == step_url(site.draft_id, "need")
    assert keys(looking) == []


def test_another_users_draft_is_never_shown(
    planner: FlaskClient, other_planner: FlaskClient, finance: FlaskClient, site: Site, looking: Working
) -> None:
    form = typed_in_need(planner, site.submitted_id)
    keep(planner, site.submitted_id, "need", form)
    key = form["draft_key"]
    for client in (other_planner, finance):
        assert client.get(f"/proposals/drafts/{key}").status_code == 404
        assert client.post(f"/proposals/drafts/{key}/discard").status_code == 404
        assert NEW not in client.get("/").text
        assert NEW not in client.get(f"{step_url(site.submitted_id, 'need')}?draft={key}").text
    assert keep(other_planner, site.submitted_id, "need", form).status_code == 403
    assert keys(looking) == [key]


def test_a_new_proposal_is_kept_listed_and_created_once(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    form = form_of(planner, "/proposals/new")
    form["title"], form["case_number"], form["purpose"] = NEW, "UN 2026/0777", "Det behövs."
    assert planner.post("/proposals/new/draft", data=form, headers=JSON).status_code == 200
    assert NEW in unescape(planner.get("/").text)
    opened = planner.get(f"/proposals/drafts/{form['key']}")
    again = form_of(planner, opened.location)
    assert (again["title"], again["key"]) == (NEW, form["key"])
    assert planner.post("/proposals/new", data=again).status_code == 302
    assert keys(looking) == []
    assert planner.post("/proposals/new/draft", data=form, headers=JSON).json == {"clock": ""}
    assert keys(looking) == []


def test_a_draft_is_still_there_after_a_conflict_and_goes_when_one_version_is_chosen(
    planner: FlaskClient, finance: FlaskClient, site: Site, looking: Working
) -> None:
    url = step_url(site.draft_id, "need")
    form = typed_in_need(planner, site.draft_id)
    keep(planner, site.draft_id, "need", form)
    theirs = form_of(finance, url)
    theirs["title"] = "Ekonomins rubrik"
    assert finance.post(url, data=theirs).status_code == 302
    conflict = planner.post(url, data=form)
    assert conflict.status_code == 409
    page = planner.get(url).text
    assert offered(page) == [form["draft_key"]]
    # Going on with it still knows which version was before the writer, so nothing is written over unseen.
    again = form_of(planner, f"{url}?draft={form['draft_key']}")
    assert planner.post(url, data=again).status_code == 409
    resent = re.search(r'name="draft_key" value="([0-9a-f]+)"', conflict.text)
    assert resent is not None
    assert resent[1] == form["draft_key"]
    again["version"], again["keep-title"] = "2", "mine"
    assert planner.post(url, data=again).status_code == 302
    assert keys(looking) == []


def kept_in(page: str) -> str:
    found = re.search(r'name="kept" value="([^"]+)"', page)
    assert found
    return unescape(found[1])


def sign_in(
    client: FlaskClient, kept: str, username: str = "planner", password: str = PASSWORD
) -> TestResponse:
    return client.post("/sign-in", data={"username": username, "password": password, "kept": kept})


def test_a_step_sent_after_the_session_ended_stands_there_after_signing_in(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    url = step_url(site.draft_id, "need")
    form = typed_in_need(planner, site.draft_id)
    with planner.session_transaction() as session:
        session["seen"] = int(time.time()) - 24 * 3600
    refused = planner.post(url, data=form)
    assert refused.status_code == 401
    assert "det du skrev är inte sparat än" in refused.text
    assert keys(looking) == []
    wrong = sign_in(planner, kept_in(refused.text), password="fel")
    assert wrong.status_code == 422
    assert "/language" not in wrong.text, "changing language would fetch the page anew and lose the text"
    answer = sign_in(planner, kept_in(wrong.text))
    assert answer.location == f"{url}?draft={form['draft_key']}"
    again = form_of(planner, answer.location)
    del again["csrf_token"], form["csrf_token"]
    assert {name: again.getlist(name) for name in again} == {name: form.getlist(name) for name in form}
    assert planner.post(url, data=again).status_code == 302
    with looking() as work:
        assert proposals.find(work, site.draft_id).title == NEW


def test_a_new_proposal_sent_after_the_session_ended_stands_there_too(
    planner: FlaskClient, visitor: FlaskClient
) -> None:
    form = form_of(planner, "/proposals/new")
    form["title"] = NEW
    answer = sign_in(visitor, kept_in(visitor.post("/proposals/new", data=form).text))
    assert form_of(visitor, answer.location)["title"] == NEW


def test_what_one_user_wrote_is_not_shown_to_the_next(
    planner: FlaskClient, site: Site, looking: Working
) -> None:
    form = typed_in_need(planner, site.submitted_id)
    with planner.session_transaction() as session:
        session["seen"] = 0
    refused = planner.post(step_url(site.submitted_id, "need"), data=form)
    answer = sign_in(planner, kept_in(refused.text), "finance")
    assert answer.location == "/"
    assert keys(looking) == []


@pytest.mark.parametrize("kept", ["x", "WzEsMV0.aaaa.bbbb"])
def test_a_made_up_kept_form_is_refused_and_signing_in_still_works(
    visitor: FlaskClient, looking: Working, kept: str
) -> None:
    assert sign_in(visitor, kept).location == "/"
    assert keys(looking) == []


def test_somebody_elses_proposal_is_not_reached_by_a_kept_form(
    visitor: FlaskClient, site: Site, looking: Working
) -> None:
    refused = visitor.post(step_url(site.other_draft_id, "need"), data={"title": NEW})
    assert sign_in(visitor, kept_in(refused.text)).location == "/"
    assert keys(looking) == []


def test_a_page_with_a_token_of_an_earlier_session_loses_nothing(
    app: Flask, planner: FlaskClient, site: Site, looking: Working
) -> None:
    form = typed_in_need(planner, site.draft_id)
    url = step_url(site.draft_id, "need")
    app.config["WTF_CSRF_ENABLED"] = True
    form["csrf_token"] = "from before"
    assert 'name="kept"' not in planner.post(url, data=form).text
    cross = planner.post(url, data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert (cross.status_code, 'name="kept"' in cross.text) == (403, False)
    refused = planner.post(url, data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert refused.status_code == 403
    app.config["WTF_CSRF_ENABLED"] = False
    answer = planner.post("/kept", data={"kept": kept_in(refused.text)})
    assert form_of(planner, answer.location)["title"] == NEW
    assert keys(looking) == [form["draft_key"]]


@pytest.mark.parametrize("step", ["need", "outlays"])
def test_what_was_typed_in_a_proposal_that_is_closed_meanwhile_stands_to_be_copied(
    planner: FlaskClient, site: Site, site_database: Database, looking: Working, step: str
) -> None:
    url = step_url(site.draft_id, step)
    form = form_of(planner, url)
    form["title" if step == "need" else "outlays-0-amount"] = NEW
    assert keep(planner, site.draft_id, step, form).status_code == 200
    (key,) = keys(looking)
    with begin(site_database) as work:
        one = proposals.find(work, site.draft_id)
        later = rounds.open_next(work, name="Budget 2028", budget_year=2028, horizon_years=10)
        carrying_over.carry(work, later.id, [one.id])
    assert planner.get(url).status_code == 409
    for answer, status in (
        (planner.post(url, data=form), 409),
        (planner.get(f"/proposals/drafts/{key}", follow_redirects=True), 200),
    ):
        assert answer.status_code == status
        page = unescape(answer.text)
        assert NEW in page
        assert "har följt med till Budget 2028" in page
        assert "kan inte sparas" in page
        assert "Spara och stanna kvar" not in page
        assert "data-autosave=" not in page
    assert "Släng texten" in page
    assert planner.post(f"/proposals/drafts/{key}/discard").location == f"/proposals/{site.draft_id}"
    assert keys(looking) == []


def test_nobody_else_is_shown_a_closed_proposals_form(
    other_planner: FlaskClient, site: Site, site_database: Database
) -> None:
    with begin(site_database) as work:
        proposals.find(work, site.draft_id).status = "decided"
    answer = other_planner.post(step_url(site.draft_id, "need"), data={"title": NEW, "version": "1"})
    assert answer.status_code in (403, 404)
    assert NEW not in answer.text


def test_a_draft_sent_by_a_script_after_the_session_ended_is_told_so(
    visitor: FlaskClient, app: Flask, site: Site
) -> None:
    assert keep(visitor, site.draft_id, "need", MultiDict({"title": NEW})).status_code == 401
    app.config["WTF_CSRF_ENABLED"] = True
    assert keep(visitor, site.draft_id, "need", MultiDict({"title": NEW})).status_code == 401


def test_too_much_text_is_told(planner: FlaskClient, site: Site) -> None:
    form = typed_in_need(planner, site.draft_id)
    form["purpose"] = "x" * (form_drafts.MOST_CHARACTERS + 1)
    assert keep(planner, site.draft_id, "need", form).status_code == 422
