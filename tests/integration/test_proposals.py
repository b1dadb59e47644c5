from __future__ import annotations

import json
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from investplan.db.session import Database
from investplan.domain.investigations import missing_before_submission
from investplan.domain.organisations import Role
from investplan.domain.proposals import (
    AlternativeKind,
    Component,
    Lease,
    OperatingConsequence,
    OperatingKind,
    Part,
    Status,
)
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from investplan.services import proposal_records, proposals
from investplan.services.work import Work, begin
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


@pytest.mark.parametrize("named", [0, 500])
def test_a_search_gives_the_same_page_whether_its_finds_are_few_or_many(
    work: Work, round_id: int, monkeypatch: pytest.MonkeyPatch, named: int
) -> None:
    monkeypatch.setattr(proposals, "MOST_NAMED", named)
    assert_the_search_finds(work, round_id)


@pytest.mark.postgres
def test_lists_and_searches_are_the_same_on_postgresql(postgres_database: Database) -> None:
    with begin(postgres_database) as work:
        factories.committee(work)
        factories.committee(work, "SEN", "Servicenämnden", is_landlord=True)
        assert_the_search_finds(work, factories.planning_round(work).id)


def assert_the_search_finds(work: Work, round_id: int) -> None:
    """Four of seven, without regard to case, two pages, sorted and added up."""
    for number in range(1, 8):
        title = f"Förskola {number}" if number % 2 else f"Hall {number}"
        proposals.create(work, round_id, factories.facts(f"KS 2026/000{number}", title=title))
    wanted = proposals.Filter(search="FöRSKOLA", sort="case_number", descending=True)
    page = proposals.page(work, round_id, wanted, number=2, size=3)
    assert (page.count, page.pages, page.outlay_ore) == (4, 2, 4 * 10 * factories.MNKR)
    assert [one.title for one in page.proposals] == ["Förskola 1"]
    assert page.proposals[0].organisation == "Utbildningsnämnden"
    everything = proposals.page(work, round_id, proposals.Filter(sort="outlay"), size=3)
    assert (everything.count, len(everything.proposals)) == (7, 3)


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


STAGE = Component("Etapp 2", 4 * factories.MNKR, 240, Part.PROPERTY, 1_00, 36, None)
FIT_OUT = Component("Anpassning av hyrd lokal", 6 * factories.MNKR, 300, Part.USER, 0, None, 120)
RENTED = Lease("Hus B", "UN", 900, 1_850_50, Fraction("0.875"), -6, 240, False, 9, 250_000_01)
GIVEN_UP = Lease("Paviljong", "SEN", 400, 1_200_00, Fraction(1), 0, None, True, 3)


def staged_facts(**changes: Any) -> Any:
    one = factories.alternative(components=(STAGE, FIT_OUT), leases=(RENTED, GIVEN_UP), **changes)
    return factories.facts(alternatives=(one,))


def test_stages_and_leases_are_read_as_they_were_written(work: Work, round_id: int) -> None:
    for lease in (RENTED, GIVEN_UP):
        assert len(fields(lease)) == 10  # a new member must be written, read and tried here
    made = proposals.create(work, round_id, staged_facts())
    work.session.expire_all()
    read = proposal_records.facts(proposals.find(work, made.id))
    assert read.alternatives[0].components == (STAGE, FIT_OUT)
    assert read.alternatives[0].leases == (RENTED, GIVEN_UP)
    stored = json.loads(json.dumps(proposal_records.facts_to_json(read)))
    assert stored["alternatives"][0]["leases"][0]["index_share"] == "0.875"
    assert proposal_records.facts_from_json(stored) == read


def test_snapshots_from_before_stages_and_leases_read_as_they_were_meant(work: Work, round_id: int) -> None:
    made = proposals.create(work, round_id, factories.facts())
    read = proposal_records.facts(made)
    old = proposal_records.facts_to_json(read)
    for alternative in old["alternatives"]:
        del alternative["leases"]
        for component in alternative["components"]:
            del component["commissioned_after_months"], component["lease_months"]
    again = proposal_records.facts_from_json(json.loads(json.dumps(old)))
    assert again == read
    assert again.alternatives[0].leases == ()
    assert again.alternatives[0].components[0].commissioned_after_months is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": " "}, "name"), ({"name": "x" * 121}, "name"), ({"tenant": "XYZ"}, "tenant"), ({"area_m2": -1}, "area_m2"),
     ({"ore_per_m2": -1}, "ore_per_m2"), ({"restoration_ore": -1}, "restoration_ore"), ({"index_share": Fraction(2)}, "index_share"),
     ({"index_share": Fraction(1, 3)}, "index_share"), ({"starts_after_months": 400}, "starts_after_months"),
     ({"lasts_months": 0}, "lasts_months"), ({"notice_months": -1}, "notice_months")],
)  # fmt: skip
def test_a_bad_lease_is_refused_by_its_field(
    work: Work, round_id: int, changes: dict[str, Any], field: str
) -> None:
    bad = factories.alternative(leases=(GIVEN_UP, replace(RENTED, **changes)))
    with pytest.raises(InvalidInputError) as refused:
        proposals.create(work, round_id, factories.facts(alternatives=(bad,)))
    assert set(refused.value.fields) == {f"alternatives.0.leases.1.{field}"}


@pytest.mark.parametrize(
    "changes", [{"commissioned_after_months": -1}, {"commissioned_after_months": 361}, {"lease_months": 0},
                {"lease_months": 12, "life_months": None}],
)  # fmt: skip
def test_a_bad_stage_is_refused(work: Work, round_id: int, changes: dict[str, Any]) -> None:
    bad = factories.alternative(components=(replace(STAGE, **changes),))
    with pytest.raises(InvalidInputError) as refused:
        proposals.create(work, round_id, factories.facts(alternatives=(bad,)))
    assert set(refused.value.fields) == {"alternatives.0.components"}


def test_a_lease_alternative_says_what_it_rents_or_that_the_rent_is_a_sum(work: Work, round_id: int) -> None:
    def missing(**changes: Any) -> set[str]:
        one = factories.alternative(kind=AlternativeKind.LEASE, **changes)
        return set(missing_before_submission(factories.facts(alternatives=(one,))))

    assert missing() == {"alternatives.0.leases"}
    assert missing(leases=(GIVEN_UP,)) == {"alternatives.0.leases"}
    assert missing(leases=(RENTED,)) == set()
    rent = OperatingConsequence("UN", OperatingKind.RENT, 100 * factories.TKR)
    assert missing(operating=(rent,)) == set()
    assert missing(operating=(replace(rent, ended=True),)) == {"alternatives.0.leases"}


def test_leases_of_a_decided_proposal_never_change(work: Work, round_id: int) -> None:
    made = proposals.create(work, round_id, staged_facts())
    made.status = Status.DECIDED.value
    work.session.flush()
    lease_id = made.alternatives[0].leases[0].id
    statements = (
        f"UPDATE lease SET area_m2 = 1 WHERE id = {lease_id}",
        f"DELETE FROM lease WHERE id = {lease_id}",
        f"INSERT INTO lease SELECT 99, alternative_id, 9, name, organisation_id, area_m2, ore_per_m2, index_permille,"
        f" starts_after_months, lasts_months, ended, notice_months, restoration_ore FROM lease WHERE id = {lease_id}",
        "UPDATE component SET lease_months = 1",
    )
    for statement in statements:
        with pytest.raises(IntegrityError, match="frozen"), work.session.begin_nested():
            work.session.execute(text(statement))


@pytest.mark.parametrize(
    "change", ["ore_per_m2 = 1.5", "restoration_ore = -1", "index_permille = 1001", "area_m2 = -1", "notice_months = 999"]
)  # fmt: skip
def test_the_database_refuses_a_lease_that_cannot_be(work: Work, round_id: int, change: str) -> None:
    proposals.create(work, round_id, staged_facts())
    with pytest.raises(IntegrityError), work.session.begin_nested():
        work.session.execute(text(f"UPDATE lease SET {change}"))
