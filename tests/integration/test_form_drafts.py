"""Text that is not saved yet: each user's own, limited, let go of in time, and never a change of the proposal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from investplan.db.models import AuditEntry, FormDraft, Proposal
from investplan.domain.organisations import Role
from investplan.domain.proposals import Stage
from investplan.errors import InvalidInputError, NotAllowedError, NotFoundError
from investplan.services import daily, form_drafts, proposals, waiting
from investplan.services.form_drafts import Place
from investplan.services.work import Work
from tests import factories

TYPED = [("title", "Ny rubrik"), ("starts", "2028"), ("starts", "2029")]


def make(work: Work) -> tuple[Work, Work, Proposal]:
    """A planner of the committee, one of another, and a draft proposal of the first."""
    own, other = (
        factories.committee(work),
        factories.committee(work, "KFN", "Kultur- och fritidsnämnden"),
    )
    factories.committee(work, "SEN", "Servicenämnden", is_landlord=True)
    planning_round = factories.planning_round(work)
    proposal = proposals.create(work, planning_round.id, factories.facts("KS 2026/0001"))
    planner = factories.user(work, "planner", Role.PLANNER, own)
    colleague = factories.user(work, "other", Role.PLANNER, other)
    return Work(work.session, planner), Work(work.session, colleague), proposal


def rows(work: Work) -> int:
    return work.session.scalar(select(func.count()).select_from(FormDraft)) or 0


def audited(work: Work) -> int:
    return work.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_a_draft_keeps_every_text_and_is_no_change_of_the_proposal(work: Work) -> None:
    mine, _theirs, proposal = make(work)
    before = (proposal.version, proposal.changed_at, audited(work))
    place = Place(proposal.id, "need")
    form_drafts.keep(mine, "a", place, TYPED, seen_version=1)
    form_drafts.keep(mine, "a", place, [*TYPED, ("purpose", "Därför")], seen_version=1)
    (row,) = form_drafts.of_place(mine, place)
    assert [tuple(pair) for pair in row.typed] == [*TYPED, ("purpose", "Därför")]
    assert (proposal.version, proposal.changed_at, audited(work)) == before


def test_nobody_else_finds_or_throws_away_a_draft(work: Work) -> None:
    mine, theirs, proposal = make(work)
    finance = Work(work.session, factories.user(work, "finance", Role.FINANCE, None))
    place = Place(proposal.id, "need")
    form_drafts.keep(mine, "a", place, TYPED)
    for other in (theirs, finance):
        assert form_drafts.find(other, "a") is None
        assert form_drafts.of_place(other, place) == form_drafts.own(other) == []
        form_drafts.discard(other, "a")
    assert rows(work) == 1
    with pytest.raises((NotAllowedError, NotFoundError)):
        form_drafts.keep(theirs, "a", place, TYPED)
    form_drafts.keep(finance, "a", place, [("title", "Ekonomins")])
    assert rows(work) == 2


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("", TYPED),
        ("a/b", TYPED),
        ("a" * 81, TYPED),
        ("a", [("purpose", "x" * form_drafts.MOST_CHARACTERS)]),
        ("a", [("x", "")] * (form_drafts.MOST_FIELDS + 1)),
    ],
)
def test_a_draft_without_key_or_with_too_much_text_is_refused(
    work: Work, key: str, typed: list[tuple[str, str]]
) -> None:
    mine, _theirs, proposal = make(work)
    with pytest.raises(InvalidInputError):
        form_drafts.keep(mine, key, Place(proposal.id, "need"), typed)
    assert rows(work) == 0


def test_what_nobody_touched_for_sixty_days_goes_and_the_rest_stays(work: Work) -> None:
    mine, _theirs, proposal = make(work)
    for key in ("old", "new"):
        form_drafts.keep(mine, key, Place(proposal.id, "need"), TYPED)
    old, new = form_drafts.find(mine, "old"), form_drafts.find(mine, "new")
    assert old is not None
    assert new is not None
    limit = work.now() - timedelta(days=form_drafts.KEPT_DAYS)
    old.saved_at, new.saved_at = limit - timedelta(minutes=1), limit + timedelta(minutes=1)
    work.session.flush()
    daily.carry_out(work, mail_is_on=False)
    assert [row.form_key for row in work.session.scalars(select(FormDraft))] == ["new"]


def test_the_oldest_of_too_many_gives_way(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_drafts, "MOST_DRAFTS", 3)
    mine, _theirs, proposal = make(work)
    for key in "abcd":
        form_drafts.keep(mine, key, Place(proposal.id, "need"), TYPED)
    assert form_drafts.find(mine, "a") is None
    assert rows(work) == 3


def test_a_form_that_has_become_a_proposal_is_no_draft_any_more(work: Work) -> None:
    mine, _theirs, proposal = make(work)
    assert form_drafts.keep(mine, "k", Place(None, "need"), TYPED) is not None
    proposals.create(mine, proposal.round_id, factories.facts("KS 2026/0002", stage=Stage.NEED), key="k")
    form_drafts.close(mine, "k")
    assert form_drafts.keep(mine, "k", Place(None, "need"), TYPED) is None
    assert form_drafts.own(mine) == []


def test_a_late_draft_of_a_saved_form_does_not_come_back_but_later_typing_is_kept(work: Work) -> None:
    mine, _theirs, proposal = make(work)
    place = Place(proposal.id, "need")
    form_drafts.close(mine, "a")
    assert form_drafts.keep(mine, "a", place, TYPED) is None
    later = Work(work.session, mine.actor, lambda: work.now() + form_drafts.LATE)
    assert form_drafts.keep(later, "a", place, TYPED) is not None
    form_drafts.close(later, "a")
    assert form_drafts.of_place(mine, place) == []


def test_what_is_not_saved_waits_for_its_writer_alone(work: Work) -> None:
    mine, theirs, proposal = make(work)
    form_drafts.keep(mine, "a", Place(proposal.id, "need"), TYPED)
    form_drafts.keep(mine, "b", Place(None, "need"), TYPED)
    found = [one for one in waiting.tasks(mine) if one.kind == "unsaved_text"]
    assert {one.about for one in found} == {proposal.title, "Ny rubrik"}
    assert [one for one in waiting.tasks(theirs) if one.kind == "unsaved_text"] == []
