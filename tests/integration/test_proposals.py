from __future__ import annotations

from dataclasses import replace

import pytest

from investplan.domain.organisations import Role
from investplan.domain.proposals import AlternativeKind
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from investplan.services import proposal_records, proposals
from investplan.services.work import Work
from tests import factories


@pytest.fixture
def round_id(work: Work) -> int:
    factories.committee(work)
    factories.committee(work, "SEN", "Servicenämnden", is_landlord=True)
    return factories.planning_round(work).id


def test_what_is_written_is_what_is_read(work: Work, round_id: int) -> None:
    facts = factories.facts()
    made = proposals.create(work, round_id, facts)
    work.session.expire_all()
    read = proposal_records.facts(proposals.find(work, made.id))
    assert replace(read.alternatives[0], place_wkt=None) == replace(facts.alternatives[0], place_wkt=None)
    assert replace(read, alternatives=()) == replace(facts, alternatives=())
    assert proposal_records.facts_from_json(proposal_records.facts_to_json(read)) == read


def test_explicit_zero_and_not_stated_are_kept_apart(work: Work, round_id: int) -> None:
    silent = factories.alternative(operating=None, grants=None, disposals=None)
    made = proposals.create(work, round_id, factories.facts(alternatives=(silent,)))
    work.session.expire_all()
    read = proposal_records.facts(proposals.find(work, made.id)).alternatives[0]
    assert (read.operating, read.grants, read.disposals) == (None, None, None)
    with pytest.raises(InvalidInputError) as refused:
        proposals.submit(work, made.id, seen_version=1)
    assert {"alternatives.0.operating", "alternatives.0.grants", "alternatives.0.disposals"} <= set(
        refused.value.fields
    )
    stated = replace(silent, operating=(), grants=(), disposals=())
    proposals.save(work, made.id, factories.facts(alternatives=(stated,)), seen_version=1)
    assert proposals.submit(work, made.id, seen_version=2).status == "submitted"


def test_a_save_from_an_old_version_is_refused_with_both_versions(work: Work, round_id: int) -> None:
    made = proposals.create(work, round_id, factories.facts())
    proposals.save(work, made.id, factories.facts(title="Min rubrik"), seen_version=1)
    with pytest.raises(ConflictError) as conflict:
        proposals.save(work, made.id, factories.facts(title="Din rubrik"), seen_version=1)
    assert conflict.value.stored["title"] == "Min rubrik"
    assert conflict.value.submitted["title"] == "Din rubrik"


def test_a_repeated_create_makes_one_proposal(work: Work, round_id: int) -> None:
    first = proposals.create(work, round_id, factories.facts(), key="abc")
    again = proposals.create(work, round_id, factories.facts(), key="abc")
    assert first.id == again.id
    with pytest.raises(InvalidInputError):
        proposals.create(work, round_id, factories.facts(title="Något annat"), key="abc")


def test_a_planner_edits_only_its_own_committees_proposals(work: Work, round_id: int) -> None:
    other = factories.committee(work, "KFN", "Kultur- och fritidsnämnden")
    made = proposals.create(work, round_id, factories.facts())
    planner = Work(work.session, factories.user(work, "planerare", Role.PLANNER, other))
    with pytest.raises(NotFoundError):  # another committee's draft is not even visible
        proposals.save(planner, made.id, factories.facts(), seen_version=1)
    proposals.submit(work, made.id, seen_version=1)
    with pytest.raises(NotAllowedError):
        proposals.save(planner, made.id, factories.facts(), seen_version=2)
    with pytest.raises(NotAllowedError):
        proposals.create(planner, round_id, factories.facts("KS 2026/0002"))


def test_bad_facts_are_refused_with_one_message_per_field(work: Work, round_id: int) -> None:
    bad = factories.alternative(starts=(1999,), place_wkt="POINT (6280546 583460)", landlord="XYZ")
    with pytest.raises(InvalidInputError) as refused:
        proposals.create(work, round_id, factories.facts(title=" ", district="NORR", alternatives=(bad,)))
    assert set(refused.value.fields) == {
        "title",
        "district",
        "alternatives.0.starts",
        "alternatives.0.landlord",
        "alternatives.0.place_wkt",
    }


def test_the_list_sums_over_all_pages_and_finds_by_words(work: Work, round_id: int) -> None:
    for number in range(1, 8):
        proposals.create(work, round_id, factories.facts(f"KS 2026/000{number}"))
    page = proposals.page(work, round_id, proposals.Filter(), number=2, size=3)
    assert (page.count, page.pages, len(page.proposals)) == (7, 3, 3)
    assert page.outlay_ore == 7 * 10 * factories.MNKR
    assert [
        p.title for p in proposals.page(work, round_id, proposals.Filter(search="skola 5")).proposals
    ] == ["Skola 5"]
    assert proposals.page(work, round_id, proposals.Filter(search="100%")).count == 0
    box = (583_000.0, 6_280_000.0, 584_000.0, 6_281_000.0)
    assert proposals.page(work, round_id, proposals.Filter(box=box)).count == 7


def test_alternatives_can_be_added_changed_and_removed(work: Work, round_id: int) -> None:
    made = proposals.create(work, round_id, factories.facts())
    lease = factories.alternative(0, "lease", kind=AlternativeKind.LEASE, outlays=(), components=())
    proposals.save(
        work, made.id, factories.facts(alternatives=(lease, factories.alternative())), seen_version=1
    )
    work.session.expire_all()
    assert [a.code for a in proposals.find(work, made.id).alternatives] == ["lease", "build"]
    proposals.save(work, made.id, factories.facts(alternatives=(lease,)), seen_version=2)
    work.session.expire_all()
    assert [a.code for a in proposals.find(work, made.id).alternatives] == ["lease"]
