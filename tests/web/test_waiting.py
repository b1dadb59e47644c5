"""Comments with mentions, the calendar, own settings, and what waits on the start page."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from investplan.domain.attachments import DocumentKind
from investplan.domain.consultations import Decider, ReplyFacts, Stance
from investplan.domain.gate_demands import Demand
from investplan.domain.organisations import Role
from investplan.domain.proposals import Stage
from investplan.domain.waiting import TaskKind
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, StateError
from investplan.services import (
    attachments,
    calendars,
    comments,
    consultations,
    gate_tables,
    investigation_requests,
    proposals,
    replies,
    user_settings,
    waiting,
)
from investplan.services.calendars import EntryFacts
from investplan.services.consultations import Asked
from investplan.services.investigation_requests import AskedMoney
from investplan.services.work import Work
from tests.web.conftest import Site

Writing = Callable[[], AbstractContextManager[Work]]
TODAY = date.today()


def by(work: Work, site: Site, username: str) -> Work:
    return Work(work.session, site.actors[username], work.now)


def kinds(work: Work) -> list[TaskKind]:
    return [one.kind for one in waiting.tasks(work)]


def version_of(page: str) -> str:
    match = re.search(r'name="version" value="(\d+)"', page)
    assert match is not None
    return match[1]


def test_a_comment_is_shown_as_plain_text_with_the_mentioned_by_name(
    planner: FlaskClient, site: Site
) -> None:
    address = f"/comments/of-proposal/{site.submitted_id}"
    form = {"text": "Hej @finance <script>alert(1)</script>\nrad två", "key": "k1"}
    assert planner.post(address, data=form).status_code == 302
    assert planner.post(address, data=form).status_code == 302  # sent twice, written once
    page = planner.get(f"/proposals/{site.submitted_id}").text
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;<br>rad två") == 1
    assert '<strong class="mention">@Finance</strong>' in page


def test_whom_a_comment_mentions_has_it_waiting_until_it_is_read(
    planner: FlaskClient, finance: FlaskClient, site: Site
) -> None:
    data = {"text": "Kan du kolla?", "mention": "Finance (finance)"}
    planner.post(f"/comments/of-proposal/{site.submitted_id}", data=data)
    assert "Planner nämner dig i en kommentar" in finance.get("/").text
    assert "nämner dig" not in planner.get("/").text
    finance.get(f"/proposals/{site.submitted_id}")
    assert "nämner dig" in finance.get("/").text  # a page that is only looked at changes nothing
    assert finance.post("/comments/1/read").status_code == 302
    assert "nämner dig" not in finance.get("/").text
    assert planner.post("/comments/1/read").status_code == 404


def test_faults_keep_the_comment_that_was_written(planner: FlaskClient, site: Site) -> None:
    long = "x" * 5001
    answer = planner.post(f"/comments/of-proposal/{site.submitted_id}", data={"text": long})
    assert answer.status_code == 422
    assert long in answer.text
    assert (
        planner.post(f"/comments/of-proposal/{site.other_draft_id}", data={"text": "Hej"}).status_code == 404
    )


def test_ones_own_comment_is_changed_for_ten_minutes_or_deleted_with_a_trace(
    planner: FlaskClient, finance: FlaskClient, site: Site
) -> None:
    planner.post(f"/comments/of-proposal/{site.submitted_id}", data={"text": "Först"})
    version = version_of(planner.get("/comments/1/edit").text)
    assert planner.post("/comments/1/edit", data={"text": "Sedan", "version": version}).status_code == 302
    stale = planner.post("/comments/1/edit", data={"text": "Gammalt", "version": version})
    assert stale.status_code == 409
    assert "Sedan" in stale.text
    assert "Gammalt" in stale.text
    assert planner.post("/comments/1/edit", data={"text": " ", "version": "2"}).status_code == 422
    assert finance.post("/comments/1/edit", data={"text": "Mitt", "version": "2"}).status_code == 403
    assert finance.post("/comments/1/delete", data={"version": "2"}).status_code == 403
    assert planner.post("/comments/1/delete", data={"version": "2"}).status_code == 302
    page = finance.get(f"/proposals/{site.submitted_id}").text
    assert "Sedan" not in page
    assert "Kommentaren togs bort" in page


def test_a_comment_is_not_changed_after_ten_minutes_nor_after_it_is_gone(
    site: Site, writing: Writing
) -> None:
    with writing() as work:
        planner = by(work, site, "planner")
        made = comments.write(planner, site.submitted_id, "Hej @finance @other_planner")
        assert [one.user.username for one in made.mentions] == ["other_planner", "finance"]
        comments.edit(planner, made.id, "Hej @finance", seen_version=1)
        assert [one.user.username for one in made.mentions] == ["finance"]
        late = replace(planner, now=lambda: made.written_at + timedelta(minutes=11))
        with pytest.raises(StateError):
            comments.edit(late, made.id, "Sent", seen_version=2)
        comments.delete(late, made.id, seen_version=2)
        with pytest.raises(StateError):
            comments.delete(late, made.id, seen_version=3)
        assert comments.unread(by(work, site, "finance")) == []
        with pytest.raises(NotAllowedError):
            comments.write(by(work, site, "council_viewer"), site.submitted_id, "Hej")


def ask(work: Work, site: Site, due_on: date = TODAY) -> int:
    asked = Asked(due_on, {site.organisation_ids["KFN"]: True})
    return consultations.ask(by(work, site, "planner"), site.submitted_id, asked).parties[0].id


def test_replies_wait_for_the_asked_and_then_for_the_asker(site: Site, writing: Writing) -> None:
    with writing() as work:
        party_id = ask(work, site)
        assert TaskKind.REPLY in kinds(by(work, site, "other_planner"))
        assert TaskKind.ANSWER not in kinds(by(work, site, "planner"))
        facts = ReplyFacts(Stance.OPPOSES, "Nej", Decider.BOARD, TODAY)
        given = replies.give(by(work, site, "other_planner"), party_id, facts)
        assert TaskKind.REPLY not in kinds(by(work, site, "other_planner"))
        (task,) = [one for one in waiting.tasks(by(work, site, "planner")) if one.kind is TaskKind.ANSWER]
        assert (task.target.noun, task.target.id) == ("reply", given.id)
        again = replies.give(by(work, site, "other_planner"), party_id, facts, seen_reply_id=given.id)
        assert [
            one.target.id for one in waiting.tasks(by(work, site, "planner")) if one.kind is TaskKind.ANSWER
        ] == [again.id]


def test_what_finance_sends_back_waits_for_the_planner_with_the_reason(
    site: Site, writing: Writing, planner: FlaskClient
) -> None:
    with writing() as work:
        proposal = proposals.find(work, site.submitted_id)
        finance = by(work, site, "finance")
        proposals.withdraw(
            finance, proposal.id, seen_version=proposal.version, reason="Kalkylen saknar mark."
        )
        found = {one.kind: str(one.what) for one in waiting.tasks(by(work, site, "planner"))}
        assert found[TaskKind.RETURNED] == "Finance har skickat tillbaka förslaget: Kalkylen saknar mark."
        assert TaskKind.DRAFT in found
    assert "Kalkylen saknar mark." in planner.get("/").text


def test_what_the_planner_takes_back_itself_does_not_wait_as_returned(site: Site, writing: Writing) -> None:
    with writing() as work:
        proposal = proposals.find(work, site.submitted_id)
        planner = by(work, site, "planner")
        proposals.withdraw(planner, proposal.id, seen_version=proposal.version)
        assert TaskKind.RETURNED not in kinds(planner)


def test_deadlines_wait_for_the_roles_that_they_are_for(site: Site, writing: Writing) -> None:
    with writing() as work:
        finance = by(work, site, "finance")
        soon = EntryFacts("Förslagen inne", TODAY + timedelta(days=3), roles=(Role.PLANNER,))
        calendars.add(finance, site.round_id, soon)
        calendars.add(finance, site.round_id, EntryFacts("Långt bort", TODAY + timedelta(days=90)))
        calendars.add(finance, site.round_id, EntryFacts("Pågår", TODAY - timedelta(9), TODAY + timedelta(2)))
        calendars.add(finance, site.round_id, EntryFacts("Har varit", TODAY - timedelta(days=1)))

        def days(username: str) -> list[str]:
            return [
                one.about for one in waiting.tasks(by(work, site, username)) if one.kind is TaskKind.DEADLINE
            ]

        assert days("planner") == ["Pågår", "Förslagen inne"]
        assert days("council_viewer") == ["Pågår"]


def test_finance_keeps_the_calendar_and_everybody_reads_it(
    finance: FlaskClient, planner: FlaskClient, council_viewer: FlaskClient
) -> None:
    assert "Årshjulet är tomt" in planner.get("/calendar").text
    form = {
        "name": "Beredning",
        "starts_on": "2099-05-04",
        "ends_on": "2099-06-12",
        "roles": "planner",
        "key": "k",
    }
    assert finance.post("/calendar/new", data=form).status_code == 302
    assert finance.post("/calendar/new", data=form).status_code == 302
    page = planner.get("/calendar").text
    assert page.count("Beredning") == 1
    assert "2099-05-04" in planner.get("/").text
    assert "Beredning" not in council_viewer.get("/calendar").text
    assert planner.get("/calendar/1/edit").status_code == 403
    edit = finance.get("/calendar/1/edit").text
    changed = form | {"name": "Beredning 2", "version": version_of(edit)}
    assert finance.post("/calendar/1/edit", data=changed).status_code == 302
    stale = finance.post("/calendar/1/edit", data=changed | {"name": "Min"})
    assert stale.status_code == 409
    assert "Beredning 2" in stale.text
    bad = finance.post("/calendar/1/edit", data=changed | {"version": "2", "ends_on": "2099-01-01"})
    assert bad.status_code == 422
    assert "Slutdatumet är före startdatumet." in bad.text
    assert finance.post("/calendar/new", data={"name": "", "starts_on": "x"}).status_code == 422
    assert finance.post("/calendar/1/remove", data={"version": "2"}).status_code == 302
    assert "Årshjulet är tomt" in planner.get("/calendar").text


def test_a_file_has_the_same_identity_after_a_change_and_the_replies_owed(
    site: Site, writing: Writing, other_planner: FlaskClient
) -> None:
    with writing() as work:
        made = calendars.add(by(work, site, "finance"), site.round_id, EntryFacts("KF", date(2026, 11, 23)))
        ask(work, site, date(2099, 2, 1))
        entry_id, uid = made.id, made.uid
    before = other_planner.get("/calendar.ics")
    assert before.content_type == "text/calendar; charset=utf-8"
    assert f"UID:{uid}@investplan" in before.text
    assert "SUMMARY:Remissvar senast: Norrskolan\\, ny matsal" in before.text
    assert "DTSTART;VALUE=DATE:20990201" in before.text
    with writing() as work:
        calendars.save(
            by(work, site, "finance"), entry_id, EntryFacts("KF", date(2026, 11, 24)), seen_version=1
        )
    after = other_planner.get("/calendar.ics").text
    assert f"UID:{uid}@investplan" in after
    assert "SEQUENCE:1" in after


def test_the_secret_address_opens_the_own_calendar_until_it_is_renewed(
    site: Site, writing: Writing, planner: FlaskClient, visitor: FlaskClient
) -> None:
    with writing() as work:
        finance = by(work, site, "finance")
        calendars.add(
            finance, site.round_id, EntryFacts("För planerare", date(2026, 3, 2), roles=(Role.PLANNER,))
        )
        calendars.add(
            finance, site.round_id, EntryFacts("För ekonomi", date(2026, 3, 3), roles=(Role.FINANCE,))
        )

    def new_address() -> str:
        match = re.search(r"/calendar/feed/([\w-]+\.ics)", planner.post("/settings/calendar").text)
        assert match is not None
        return f"/calendar/feed/{match[1]}"

    first = new_address()
    answer = visitor.get(first)
    assert answer.status_code == 200
    assert "För planerare" in answer.text
    assert "För ekonomi" not in answer.text
    second = new_address()
    assert visitor.get(first).status_code == 404
    assert visitor.get(second).status_code == 200
    assert second not in planner.get("/settings").text  # shown once
    planner.post("/settings/calendar/end")
    assert visitor.get(second).status_code == 404
    assert visitor.get("/calendar/feed/guess.ics").status_code == 404


def test_the_address_of_an_ended_user_is_closed(
    site: Site, writing: Writing, administrator: FlaskClient, visitor: FlaskClient
) -> None:
    with writing() as work:
        token = user_settings.renew_feed(by(work, site, "planner"))
    administrator.post(f"/administration/users/{site.actors['planner'].user_id}/end")
    assert visitor.get(f"/calendar/feed/{token}.ics").status_code == 404


def test_own_settings_are_saved_by_who_saw_them_last(
    planner: FlaskClient, site: Site, writing: Writing
) -> None:
    form = {"email": "anna@kommun.se", "wants_digest": "y", "language": "en", "version": "0"}
    assert planner.post("/settings", data=form).status_code == 302
    assert 'value="anna@kommun.se"' in planner.get("/settings").text
    assert planner.post("/settings", data=form).status_code == 409
    bad = planner.post("/settings", data=form | {"version": "1", "email": "anna"})
    assert bad.status_code == 422
    assert "Skriv en e-postadress" in bad.text
    nowhere = planner.post("/settings", data=form | {"version": "1", "email": ""})
    assert "Skriv adressen som sammandraget" in nowhere.text
    with writing() as work, pytest.raises(ConflictError):
        user_settings.save(by(work, site, "planner"), user_settings.SettingFacts(), seen_version=0)
    with writing() as work, pytest.raises(InvalidInputError):
        user_settings.save(
            by(work, site, "finance"), user_settings.SettingFacts(language="de"), seen_version=0
        )
    with writing() as work, pytest.raises(NotFoundError):
        calendars.find(work, 99)


def test_the_start_page_says_when_nothing_waits(finance: FlaskClient) -> None:
    assert "Inget väntar på dig just nu." in finance.get("/").text


def test_a_proposal_with_all_that_the_next_gate_demands_waits_for_whoever_may_move_it(
    planner: FlaskClient, manager: FlaskClient, other_planner: FlaskClient, writing: Writing, site: Site
) -> None:
    """A need may go on to needs analysis as soon as its purpose is described: the committee's own move."""
    with writing() as work:
        proposals.find(work, site.draft_id).stage = Stage.NEED.value
    told = "Ta förslaget vidare: Behovsanalys. Allt som krävs finns"
    for client in (planner, manager):
        page = client.get("/").text
        assert told in page
        assert f"/gates/proposals/{site.draft_id}/moves/needs_analysis" in page
    assert told not in other_planner.get("/").text
    with writing() as work:
        one = proposals.find(work, site.draft_id)
        one.purpose, one.version = "", one.version + 1
    assert told not in planner.get("/").text


def test_the_boards_gate_waits_for_the_board_when_the_file_that_it_demands_is_there(
    executive_board: FlaskClient, finance: FlaskClient, writing: Writing, site: Site
) -> None:
    demands = (Demand.PURPOSE, Demand.CALCULATION)
    with writing() as work:
        table = gate_tables.in_force(work)
        changed = tuple(
            replace(one, demands=demands) if one.into is Stage.PRE_STUDY else one for one in table.gates
        )
        gate_tables.save(work, replace(table, gates=changed), seen_version=0, reason="Prov")
        proposals.find(work, site.submitted_id).stage = Stage.NEEDS_ANALYSIS.value
    told = "Besluta om nästa skede: Förstudie. Allt som krävs finns"
    assert told not in executive_board.get("/").text
    with writing() as work:
        attachments.add(work, site.submitted_id, "k.csv", b"a;b\n1;2\n", kind=DocumentKind.CALCULATION)
    assert told in executive_board.get("/").text
    assert told not in finance.get("/").text, (
        "finance may make the move for the board, but it waits for the board"
    )


def test_a_draft_that_the_planner_has_finished_waits_for_the_manager(
    planner: FlaskClient, manager: FlaskClient, writing: Writing, site: Site
) -> None:
    with writing() as work:
        proposals.find(work, site.draft_id).ready = True
    assert "Granska och lämna in: planeraren är klar" in manager.get("/").text
    assert "planeraren är klar" not in planner.get("/").text


def test_money_asked_for_waits_for_the_board(
    executive_board: FlaskClient, planner: FlaskClient, writing: Writing, site: Site
) -> None:
    stated = AskedMoney(2027, 500_000_00, "Geoteknisk undersökning", "UN")
    with writing() as work:
        investigation_requests.ask(work, site.submitted_id, stated)
    told = "Besluta om utredningsmedel: Utbildningsnämnden begär 500 tkr"
    assert told in executive_board.get("/").text.replace("\xa0", " ")
    assert told not in planner.get("/").text.replace("\xa0", " ")
