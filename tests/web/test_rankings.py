from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from investplan.db.models import AuditEntry, Proposal
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError
from investplan.services import committee_rankings, proposals
from investplan.services.work import Work
from tests import factories
from tests.web.conftest import Site

Writing = Callable[[], AbstractContextManager[Work]]


@pytest.fixture
def three(site: Site, writing: Writing) -> list[int]:
    """Three submitted proposals of UN with points 4, 3 and 1 on every criterion, in that order."""
    with writing() as work:
        keys = [site.submitted_id]
        for number in (1, 2):
            facts = factories.facts(case_number=f"UN 2026/09{number}", title=f"Skola {number}")
            made = proposals.create(work, site.round_id, facts)
            proposals.submit(work, made.id, seen_version=made.version)
            keys.append(made.id)
        for key, points in zip(keys, (4, 3, 1), strict=True):
            version = proposals.find(work, key).version
            proposals.score(work, key, {"behov": points, "risk": points}, seen_version=version)
    return keys


def form(order: list[int], version: int = 0, **more: str) -> dict[str, str]:
    return {"version": str(version)} | {f"place-{key}": str(n) for n, key in enumerate(order, 1)} | more


def test_the_committees_order_is_saved_with_its_motives_and_shown_beside_the_points(
    planner: FlaskClient, finance: FlaskClient, site: Site, three: list[int]
) -> None:
    own = site.organisation_ids["UN"]
    a, b, c = three
    sent = form([c, a, b], motive="Barnen först.") | {f"motive-{c}": "Taket läcker"}
    answer = planner.post(f"/rankings/{own}/edit", data=sent, follow_redirects=True)
    assert answer.status_code == 200
    assert "Barnen först." in answer.text
    assert "Taket läcker" in answer.text
    assert (
        answer.text.index("Skola 2")
        < answer.text.index("Norrskolan, ny matsal")
        < answer.text.index("Skola 1")
    )
    assert "2 högre" in answer.text
    assert "1 lägre" in answer.text
    overview = finance.get("/rankings").text
    assert "Skola 2: nämnden 1, centralt 3" in overview
    assert "33\xa0%" in overview


def test_a_button_moves_a_row_without_saving(planner: FlaskClient, site: Site, three: list[int]) -> None:
    own = site.organisation_ids["UN"]
    answer = planner.post(f"/rankings/{own}/edit", data=form(three) | {"move": f"up-{three[1]}"})
    assert answer.status_code == 200
    assert "Ordningen är inte sparad än" in answer.text
    assert answer.text.index("Skola 1") < answer.text.index("Norrskolan, ny matsal")
    assert "0 av 3 förslag" not in planner.get(f"/rankings/{own}").text
    left_out = {"version": "0", f"place-{three[0]}": "1", "move": f"up-{three[2]}"}
    taken_in = planner.post(f"/rankings/{own}/edit", data=left_out).text
    assert f'name="place-{three[2]}" value="2"' in taken_in


@pytest.mark.parametrize("text", ["0", "-1", "ett", "1,5", "9999999"])
def test_what_is_no_place_is_refused_and_stays_in_its_field(
    planner: FlaskClient, site: Site, three: list[int], text: str
) -> None:
    own = site.organisation_ids["UN"]
    answer = planner.post(f"/rankings/{own}/edit", data={"version": "0", f"place-{three[0]}": text})
    assert answer.status_code == 422
    assert "skriv platsen som ett heltal" in answer.text
    assert f'value="{text}"' in answer.text


def test_two_proposals_on_one_place_are_told_by_name(
    planner: FlaskClient, site: Site, three: list[int]
) -> None:
    sent = {"version": "0", f"place-{three[0]}": "1", f"place-{three[1]}": "1"}
    answer = planner.post(f"/rankings/{site.organisation_ids['UN']}/edit", data=sent)
    assert answer.status_code == 422
    assert "Skola 1 har samma plats som Norrskolan, ny matsal." in answer.text


def test_who_saves_second_sees_that_and_loses_nothing(
    planner: FlaskClient, site: Site, three: list[int]
) -> None:
    own = site.organisation_ids["UN"]
    planner.post(f"/rankings/{own}/edit", data=form(three))
    late = planner.post(f"/rankings/{own}/edit", data=form(three[::-1], motive="Min text"))
    assert late.status_code == 409
    assert "har sparat en annan ordning" in late.text
    assert "Min text" in late.text
    again = planner.post(f"/rankings/{own}/edit", data=form(three[::-1], 1, motive="Min text"))
    assert again.status_code == 303


def test_only_the_committee_itself_sets_its_order(
    planner: FlaskClient, finance: FlaskClient, site: Site, three: list[int]
) -> None:
    other = site.organisation_ids["KFN"]
    assert planner.get(f"/rankings/{other}").status_code == 200
    assert planner.get(f"/rankings/{other}/edit").status_code == 403
    assert planner.post(f"/rankings/{other}/edit", data={"version": "0"}).status_code == 403
    assert finance.post(f"/rankings/{site.organisation_ids['UN']}/edit", data=form(three)).status_code == 403
    assert "Ändra ordningen" not in finance.get(f"/rankings/{site.organisation_ids['UN']}").text


def test_the_service_refuses_others_and_old_versions_and_writes_one_row_per_change(
    site: Site, writing: Writing, three: list[int]
) -> None:
    own = site.organisation_ids["UN"]
    with writing() as work:
        work.actor = site.actors["planner"]
        saved = committee_rankings.save(work, site.round_id, own, three, seen_version=0)
        assert saved.version == 1
        assert committee_rankings.save(work, site.round_id, own, three, seen_version=1).version == 1
        with pytest.raises(ConflictError):
            committee_rankings.save(work, site.round_id, own, three[::-1], seen_version=0)
        with pytest.raises(InvalidInputError):
            committee_rankings.save(work, site.round_id, own, [site.other_id], seen_version=1)
        with pytest.raises(InvalidInputError):
            committee_rankings.save(work, site.round_id, own, [site.draft_id], seen_version=1)
        with pytest.raises(NotAllowedError):
            committee_rankings.save(work, site.round_id, site.organisation_ids["KFN"], [], seen_version=0)
        rows = work.session.scalars(select(AuditEntry).where(AuditEntry.noun == "ranking")).all()
        assert [row.action for row in rows] == ["rank proposals"]
        assert rows[0].after is not None
        assert rows[0].after["order"] == three


def test_a_proposal_that_is_withdrawn_leaves_the_order_and_comes_back_to_its_place(
    site: Site, writing: Writing, three: list[int]
) -> None:
    own = site.organisation_ids["UN"]
    with writing() as work:
        work.actor = site.actors["planner"]
        committee_rankings.save(work, site.round_id, own, three, seen_version=0)
        proposal = work.session.get_one(Proposal, three[0])
        proposals.withdraw(work, proposal.id, seen_version=proposal.version)
        without = committee_rankings.find(work, site.round_id, own)
        assert [row.own for row in without.comparison.rows] == [1, 2]
        proposals.submit(work, proposal.id, seen_version=proposal.version)
        assert committee_rankings.find(work, site.round_id, own).comparison.rows[0].proposal_id == three[0]
