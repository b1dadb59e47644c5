from __future__ import annotations

import pytest
from sqlalchemy import select

from investplan.db.models import AuditEntry, PlanningRound
from investplan.domain.accounts import ACCOUNT, SEEDS, RowKind
from investplan.domain.frames import AdjustmentKind
from investplan.domain.organisations import Role
from investplan.domain.parameter_descriptions import Confidence
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from investplan.exchange.sie_reading import interpret, read_sie_table
from investplan.services import accounts, frames
from investplan.services.work import Actor, Work
from tests import prepared_plans


def save(work: Work, kind: str = "rent", **changes: object) -> accounts.MappedAccount:
    facts = {
        "account": "6012",
        "name": "Internhyra",
        "confidence": "high",
        "note": "Kontoplan 2027",
        "seen_version": 0,
    }
    return accounts.save(work, kind, **(facts | changes))  # type: ignore[arg-type]


def test_every_kind_of_row_has_a_seeded_account_with_its_confidence(work: Work) -> None:
    found = accounts.everything(work)
    assert [one.kind for one in found] == list(RowKind)
    assert {one.value for one in AdjustmentKind} | {"base"} == {one.value for one in RowKind}
    assert all(ACCOUNT.fullmatch(one.account) and one.version == 0 and one.note for one in found)
    by_kind = {one.kind: one for one in found}
    assert by_kind[RowKind.BASE].confidence is Confidence.PLACEHOLDER
    # Groups of Kommun-Bas, section 8.2: 5 labour, 60 rents, 79 depreciation, 6-7 other.
    assert by_kind[RowKind.WAGES].account.startswith("5")
    assert by_kind[RowKind.RENT].account.startswith("60")
    assert by_kind[RowKind.CAPITAL_COST].account.startswith("79")
    assert by_kind[RowKind.OPERATING].account[0] in "67"


def test_seeds_that_share_an_account_share_its_name() -> None:
    names: dict[str, str] = {}
    for seed in SEEDS.values():
        assert names.setdefault(seed.account, seed.name) == seed.name


def test_an_account_is_changed_with_an_audit_row(work: Work) -> None:
    saved = save(work)
    assert (saved.account, saved.version, saved.confidence) == ("6012", 1, Confidence.HIGH)
    assert accounts.find(work, "rent") == saved
    assert save(work, account="6013", seen_version=1).version == 2
    row = work.session.scalars(select(AuditEntry).where(AuditEntry.noun == "account")).first()
    assert row is not None
    assert row.before is not None
    assert row.after is not None
    assert (row.key, row.before["account"], row.after["account"]) == ("rent", "6011", "6012")


def test_saving_what_is_there_changes_nothing(work: Work) -> None:
    save(work)
    assert save(work, seen_version=1).version == 1
    assert len(work.session.scalars(select(AuditEntry).where(AuditEntry.noun == "account")).all()) == 1


def test_two_who_change_the_same_account_do_not_overwrite_each_other(work: Work) -> None:
    save(work)
    with pytest.raises(ConflictError) as caught:
        save(work, account="6099")
    assert (caught.value.stored["account"], caught.value.submitted["account"]) == ("6012", "6099")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account": "60"}, "account"),
        ({"account": "60x1"}, "account"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"confidence": "kanske"}, "confidence"),
        ({"note": "x" * 201}, "note"),
        ({"account": "5000", "name": "Något annat"}, "name"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(work: Work, changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        save(work, **changes)
    assert list(caught.value.fields) == [field]


def test_a_kind_that_is_not_there_is_not_found_and_only_finance_changes(work: Work) -> None:
    with pytest.raises(NotFoundError):
        save(work, "moms")
    planner = Work(work.session, Actor(7, "p", Role.PLANNER))
    assert accounts.everything(planner)
    with pytest.raises(NotAllowedError):
        save(planner)


# --- frames as SIE -----------------------------------------------------------------------------------------------


@pytest.fixture
def found(work: Work) -> PlanningRound:
    return prepared_plans.filled_round(work)


def test_a_changed_account_is_the_one_in_the_file(work: Work, found: PlanningRound) -> None:
    save(work, "base", account="4999", name="Ram – ofördelad")
    written = accounts.sie_file(work, found, frames.of_round(work, found.id), 2028, company="Provköping")
    read = interpret(read_sie_table(written.content))
    assert read.accounts["4999"] == "Ram - ofördelad"
    assert {one.account for one in read.budgets} == {"4999"}
    assert [str(note) for note in written.remarks] == [
        "”Ram – ofördelad” är skrivet ”Ram - ofördelad”: tecknen finns inte i SIE."
    ]
    assert read.years == {0: ("20280101", "20281231")}


def test_projects_of_a_plan_are_objects_and_the_file_says_that_it_is_not_decided(
    work: Work, found: PlanningRound
) -> None:
    run = prepared_plans.plan_of(work, prepared_plans.scenario(work, found))
    of_plan = frames.of_round(work, found.id, run_id=run.id)
    written = accounts.sie_file(work, found, of_plan, 2028, company="Provköping")
    read = interpret(read_sie_table(written.content))
    projects = {number: name for (dimension, number), name in read.objects.items() if dimension == 6}
    assert "KS 2026/0101" in projects
    assert projects["KS 2026/0101"] == "Skolan i norr"
    assert any(dict(one.objects).get(6) == "KS 2026/0101" for one in read.budgets)
    assert all(1 in dict(one.objects) for one in read.budgets if one.objects)
    assert "SCENARIO, INTE BESLUTAT" in written.content.decode("cp437")
    decided = accounts.sie_file(work, found, frames.of_round(work, found.id), 2028, company="Provköping")
    assert "beslutade rader" in decided.content.decode("cp437")


def test_a_year_outside_the_round_is_not_found(work: Work, found: PlanningRound) -> None:
    with pytest.raises(NotFoundError):
        accounts.sie_file(work, found, frames.of_round(work, found.id), 1999, company="Provköping")
