"""A consultation from asking to the frames: who may what, replies that supersede each other, rows that enter a proposal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from investplan.db.models import Consultation, Organisation, Proposal, Reply
from investplan.domain.consequences import consequences
from investplan.domain.consultations import Decider, Outcome, QuestionRule, ReplyFacts, ReplyRow, Stance
from investplan.domain.organisations import OrganisationKind, Role
from investplan.domain.parameters import DEFAULTS
from investplan.domain.proposals import OperatingKind, Status
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, StateError
from investplan.services import (
    consultation_checks,
    consultations,
    organisations,
    proposal_records,
    proposals,
    question_sets,
    replies,
    reply_rows,
)
from investplan.services.consultations import Asked
from investplan.services.work import Actor, Work
from tests import factories
from tests.factories import TKR

NOW = datetime(2026, 5, 20, 9, tzinfo=UTC)
TODAY = NOW.date()
PIPES = ReplyRow(None, OperatingKind.MAINTENANCE, 85_000_00, note="Ledningar fram till tomten")


@dataclass
class Town:
    """A draft of UN, with a build and a lease alternative, and who takes part."""

    work: Work
    proposal: Proposal
    organisations: dict[str, Organisation]
    actors: dict[str, Actor]

    def by(self, code: str, now: datetime = NOW) -> Work:
        return Work(self.work.session, self.actors[code], lambda: now)

    def ask(self, **changes: Any) -> Consultation:
        parties = {self.organisations["VMN"].id: True, self.organisations["KVAB"].id: False}
        asked = replace(Asked(TODAY + timedelta(days=14), parties, "Vad tycker ni?", questions=("Vad kostar det?",)), **changes)  # fmt: skip
        return consultations.ask(self.by("UN"), self.proposal.id, asked)

    def party_id(self, consultation: Consultation, code: str) -> int:
        return next(one.id for one in consultation.parties if one.organisation.code == code)

    def level(self, code: str, alternative: str = "build", year: int = 2030) -> int:
        """What the committee's frame must carry of the proposal as it stands, öre."""
        facts = proposal_records.facts(self.proposal)
        one = next(a for a in facts.alternatives if a.code == alternative)
        effects = consequences(one, committee="UN", start=2027, parameters=DEFAULTS, years=[year])
        return sum(line.amounts_ore[0] for line in effects.committee_view.lines if line.committee == code)


@pytest.fixture
def town(work: Work) -> Town:
    work.now = lambda: NOW
    made = {
        "UN": factories.committee(work),
        "VMN": factories.committee(work, "VMN", "Vatten- och miljönämnden"),
        "KFN": factories.committee(work, "KFN", "Kultur- och fritidsnämnden"),
        "KVAB": organisations.add(work, code="KVAB", name="Kalmar Vatten AB", kind=OrganisationKind.COMPANY,
                                  valid_from=factories.START_OF_TIME),
    }  # fmt: skip
    found = factories.planning_round(work)
    ways = (factories.alternative(), factories.alternative(code="smaller"))
    proposal = proposals.create(work, found.id, factories.facts(alternatives=ways))
    # Nobody signs in here: hashing passwords would take most of the tests' time.
    actors = {
        code: Actor(number, f"p.{code}", Role.PLANNER, one.id)
        for number, (code, one) in enumerate(made.items(), start=1)
    }
    actors["finance"] = Actor(90, "Ekonomi", Role.FINANCE)
    actors["council"] = Actor(91, "Ledamot", Role.COUNCIL_VIEWER)
    return Town(work, proposal, made, actors)


def reply(*rows: ReplyRow, **changes: Any) -> ReplyFacts:
    made = ReplyFacts(
        Stance.SUPPORTS_CHANGED, "Räkna med ledningar.", Decider.BOARD, TODAY, "§ 34", ("Ja.",), rows
    )
    return replace(made, **changes)


def test_rows_of_a_reply_enter_every_alternative_and_the_frame_changes_to_the_ore(town: Town) -> None:
    before, version = town.level("VMN"), town.proposal.version
    given = replies.give(town.by("VMN"), town.party_id(town.ask(), "VMN"), reply(PIPES))
    assert before == 0
    assert town.level("VMN") == town.level("VMN", "smaller") == 85_000_00
    assert town.proposal.version == version + 1
    assert given.rows_entered
    assert replies.rows_stand(given)
    assert given.proposal_version == version


def test_rows_may_name_one_alternative(town: Town) -> None:
    row = replace(PIPES, alternative="smaller")
    replies.give(town.by("VMN"), town.party_id(town.ask(), "VMN"), reply(row))
    assert (town.level("VMN"), town.level("VMN", "smaller")) == (0, 85_000_00)


def test_the_planner_saves_the_proposal_and_the_rows_stay(town: Town) -> None:
    replies.give(town.by("VMN"), town.party_id(town.ask(), "VMN"), reply(PIPES))
    facts = factories.facts(title="Ny rubrik", alternatives=(factories.alternative(), factories.alternative(code="smaller")))  # fmt: skip
    saved = proposals.save(town.by("UN"), town.proposal.id, facts, seen_version=town.proposal.version)
    assert saved.title == "Ny rubrik"
    assert town.level("VMN") == 85_000_00
    with pytest.raises(InvalidInputError) as refused:
        proposals.save(town.by("UN"), saved.id, factories.facts(), seen_version=saved.version)
    assert set(refused.value.fields) == {"alternatives"}


def test_what_the_planner_has_not_stated_stays_unstated_though_a_reply_states_costs(town: Town) -> None:
    silent = factories.facts(alternatives=(factories.alternative(operating=None),))
    proposals.save(town.by("UN"), town.proposal.id, silent, seen_version=1)
    replies.give(town.by("VMN"), town.party_id(town.ask(), "VMN"), reply(PIPES))
    (one,) = proposal_records.facts(town.proposal).alternatives
    assert one.operating is None
    assert [row.annual_ore for row in one.from_replies] == [85_000_00]


def test_a_new_reply_supersedes_the_one_before_with_its_rows(town: Town) -> None:
    party_id = town.party_id(town.ask(), "VMN")
    first = replies.give(town.by("VMN"), party_id, reply(PIPES))
    dearer = replace(PIPES, annual_ore=91_000_01)
    second = replies.give(town.by("VMN"), party_id, reply(dearer), seen_reply_id=first.id)
    assert town.level("VMN") == 91_000_01
    assert second.supersedes_id == first.id
    assert replies.is_superseded(town.work, first)
    assert not replies.is_superseded(town.work, second)
    assert not replies.rows_stand(first)
    replies.give(town.by("VMN"), party_id, reply(), seen_reply_id=second.id)
    assert town.level("VMN") == 0


def test_a_reply_to_a_later_consultation_counts_instead_of_the_earlier_not_twice(town: Town) -> None:
    first = replies.give(town.by("VMN"), town.party_id(town.ask(), "VMN"), reply(PIPES))
    replies.give(town.by("VMN"), town.party_id(town.ask(), "VMN"), reply(PIPES), seen_reply_id=first.id)
    assert town.level("VMN") == 85_000_00


def test_two_parties_rows_stand_side_by_side(town: Town) -> None:
    asked = town.ask()
    replies.give(town.by("VMN"), town.party_id(asked, "VMN"), reply(PIPES))
    replies.give(town.by("KVAB"), town.party_id(asked, "KVAB"), reply(replace(PIPES, annual_ore=12_34)))
    assert (town.level("VMN"), town.level("KVAB")) == (85_000_00, 12_34)


def test_two_colleagues_cannot_reply_past_each_other(town: Town) -> None:
    party_id = town.party_id(town.ask(), "VMN")
    replies.give(town.by("VMN"), party_id, reply(text="Först"))
    with pytest.raises(ConflictError) as conflict:
        replies.give(town.by("VMN"), party_id, reply(text="Samtidigt"))
    assert (conflict.value.stored["text"], conflict.value.submitted["text"]) == ("Först", "Samtidigt")


def test_sending_the_same_form_twice_gives_one_reply(town: Town) -> None:
    party_id = town.party_id(town.ask(), "VMN")
    first = replies.give(town.by("VMN"), party_id, reply(PIPES), key="abc")
    assert replies.give(town.by("VMN"), party_id, reply(PIPES), key="abc").id == first.id
    with pytest.raises(InvalidInputError):
        replies.give(town.by("VMN"), party_id, reply(text="Annat"), key="abc")


def test_asking_twice_with_the_same_key_asks_once(town: Town) -> None:
    asked = Asked(TODAY, {town.organisations["VMN"].id: True})
    first = consultations.ask(town.by("UN"), town.proposal.id, asked, key="k")
    assert consultations.ask(town.by("UN"), town.proposal.id, asked, key="k").id == first.id
    assert len(consultations.of_proposal(town.by("UN"), town.proposal.id)) == 1


def test_only_the_asked_organisation_replies(town: Town) -> None:
    party_id = town.party_id(town.ask(), "VMN")
    with pytest.raises(NotAllowedError):
        replies.give(town.by("KVAB"), party_id, reply())
    with pytest.raises(NotFoundError):  # never asked, so the draft is unknown to it
        replies.give(town.by("KFN"), party_id, reply())
    with pytest.raises(NotAllowedError):
        replies.give(town.by("UN"), party_id, reply())
    with pytest.raises(NotAllowedError):
        replies.save_draft(town.by("KVAB"), party_id, {}, seen_version=0)


def test_finance_replies_on_behalf_with_a_note_and_the_costs_are_the_partys(town: Town) -> None:
    party_id = town.party_id(town.ask(), "VMN")
    with pytest.raises(InvalidInputError) as refused:
        replies.give(town.by("finance"), party_id, reply(PIPES))
    assert set(refused.value.fields) == {"on_behalf_note"}
    given = replies.give(town.by("finance"), party_id, reply(PIPES), on_behalf_note="Svar per e-post 12 maj")
    assert given.on_behalf_note == "Svar per e-post 12 maj"
    assert town.level("VMN") == 85_000_00


def test_only_the_proposals_own_organisation_and_finance_ask(town: Town) -> None:
    asked = Asked(TODAY, {town.organisations["VMN"].id: True})
    proposals.submit(town.by("UN"), town.proposal.id, seen_version=town.proposal.version)
    for code in ("VMN", "council"):
        with pytest.raises(NotAllowedError):
            consultations.ask(town.by(code), town.proposal.id, asked)
    assert consultations.ask(town.by("finance"), town.proposal.id, asked).asked_by_name == "Ekonomi"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"due_on": TODAY - timedelta(days=1)}, "due_on"),
        ({"parties": {}}, "parties"),
        ({"parties": {4711: True}}, "parties"),
        ({"text": "x" * 20_001}, "text"),
        ({"questions": ("?",) * 21}, "questions"),
        ({"questions": (" ",)}, "questions"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_field(
    town: Town, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        town.ask(**changes)
    assert set(refused.value.fields) == {field}


def test_nobody_asks_itself(town: Town) -> None:
    with pytest.raises(InvalidInputError):
        town.ask(parties={town.organisations["UN"].id: True})


def test_the_asked_see_a_draft_that_others_do_not(town: Town) -> None:
    with pytest.raises(NotFoundError):
        proposals.find(town.by("VMN"), town.proposal.id)
    asked = town.ask()
    assert proposals.find(town.by("VMN"), town.proposal.id).id == town.proposal.id
    for code in ("KFN", "council"):
        with pytest.raises(NotFoundError):
            consultations.find(town.by(code), asked.id)


def test_a_gate_waits_for_affected_parties_without_a_reply_to_the_latest_consultation(town: Town) -> None:
    def missing() -> list[str]:
        return consultations.missing_replies(town.work, town.proposal.id)

    assert missing() == []
    first = town.ask()
    assert missing() == ["Vatten- och miljönämnden"]
    consultations.close(town.by("UN"), first.id, seen_version=1)
    assert missing() == ["Vatten- och miljönämnden"]
    second = town.ask(
        parties={one.id: True for code, one in town.organisations.items() if code in ("VMN", "KVAB")}
    )
    replies.give(town.by("KVAB"), town.party_id(second, "KVAB"), reply())
    assert missing() == ["Vatten- och miljönämnden"]
    replies.give(town.by("VMN"), town.party_id(second, "VMN"), reply())
    assert missing() == []
    town.ask()
    assert missing() == ["Vatten- och miljönämnden"]
    town.ask(parties={town.organisations["VMN"].id: False})
    assert missing() == []


def test_a_closed_consultation_takes_no_reply_no_draft_and_no_reminder(town: Town) -> None:
    asked = town.ask()
    party_id = town.party_id(asked, "VMN")
    consultations.close(town.by("UN"), asked.id, seen_version=1, reason="Räcker")
    for call in (
        lambda: replies.give(town.by("VMN"), party_id, reply()),
        lambda: replies.save_draft(town.by("VMN"), party_id, {}, seen_version=0),
        lambda: consultations.remind(town.by("UN"), asked.id),
        lambda: consultations.extend(town.by("UN"), asked.id, TODAY, seen_version=2),
    ):
        with pytest.raises(StateError):
            call()


def test_the_due_date_is_moved_by_who_saw_the_latest_version(town: Town) -> None:
    asked = town.ask()
    consultations.extend(town.by("UN"), asked.id, TODAY + timedelta(days=30), seen_version=1)
    assert asked.due_on == TODAY + timedelta(days=30)
    with pytest.raises(ConflictError):
        consultations.extend(town.by("UN"), asked.id, TODAY, seen_version=1)
    with pytest.raises(InvalidInputError):
        consultations.extend(town.by("UN"), asked.id, TODAY - timedelta(days=1), seen_version=2)


def test_reminders_go_to_those_who_have_not_replied_at_most_once_a_day(town: Town) -> None:
    asked = town.ask()
    replies.give(town.by("KVAB"), town.party_id(asked, "KVAB"), reply())
    assert [one.organisation.code for one in consultations.remind(town.by("UN"), asked.id)] == ["VMN"]
    assert consultations.remind(town.by("UN"), asked.id) == []
    assert consultations.remind_due(town.work) == []
    town.work.now = lambda: NOW + timedelta(days=12)
    assert [one.organisation.code for one in consultations.remind_due(town.work)] == ["VMN"]
    assert consultations.remind_due(town.work) == []
    town.work.now = lambda: NOW + timedelta(days=15)
    assert len(consultations.remind_due(town.work)) == 1


@pytest.fixture
def lock(town: Town) -> Callable[[], None]:
    def decide() -> None:
        town.proposal.status = Status.DECIDED.value
        town.work.session.flush()

    return decide


def test_a_decided_proposal_keeps_its_costs_and_the_reply_is_stored_all_the_same(
    town: Town, lock: Callable[[], None]
) -> None:
    party_id = town.party_id(town.ask(), "VMN")
    lock()
    given = replies.give(town.by("VMN"), party_id, reply(PIPES))
    assert not given.rows_entered
    assert [row.annual_ore for row in reply_rows.stated(given)] == [85_000_00]
    assert town.level("VMN") == 0


def test_rows_in_a_decided_proposal_cannot_be_taken_out(town: Town, lock: Callable[[], None]) -> None:
    given = replies.give(town.by("VMN"), town.party_id(town.ask(), "VMN"), reply(PIPES))
    lock()
    with pytest.raises(StateError):
        replies.answer(town.by("UN"), given.id, Outcome.NOT_TAKEN, "Nej", remove_rows=True)
    kept = replies.answer(town.by("UN"), given.id, Outcome.TAKEN_IN, "")
    assert not kept.rows_removed


def test_rows_are_taken_out_only_by_an_answer_with_a_reason(town: Town) -> None:
    given = replies.give(town.by("VMN"), town.party_id(town.ask(), "VMN"), reply(PIPES))
    with pytest.raises(InvalidInputError):
        replies.answer(town.by("UN"), given.id, Outcome.NOT_TAKEN, " ", remove_rows=True)
    with pytest.raises(NotAllowedError):
        replies.answer(town.by("VMN"), given.id, Outcome.TAKEN_IN, "Tack")
    assert replies.wants_answer(given)
    answered = replies.answer(
        town.by("UN"), given.id, Outcome.NOT_TAKEN, "Betalas av exploatören.", remove_rows=True
    )
    assert answered.rows_removed
    assert town.level("VMN") == 0
    assert not replies.wants_answer(given)
    with pytest.raises(ConflictError):
        replies.answer(town.by("UN"), given.id, Outcome.PARTLY, "Ändrat", seen_version=0)
    again = replies.answer(town.by("UN"), given.id, Outcome.PARTLY, "Ändrat", seen_version=1)
    assert (again.version, again.rows_removed) == (2, True)


def test_a_superseded_reply_is_not_answered(town: Town) -> None:
    party_id = town.party_id(town.ask(), "VMN")
    first = replies.give(town.by("VMN"), party_id, reply())
    replies.give(town.by("VMN"), party_id, reply(text="Nytt"), seen_reply_id=first.id)
    with pytest.raises(StateError):
        replies.answer(town.by("UN"), first.id, Outcome.TAKEN_IN, "Tack")


def test_a_bare_no_objection_waits_for_no_answer(town: Town) -> None:
    bare = reply(stance=Stance.NO_OBJECTION, text="", answers=())
    given = replies.give(town.by("VMN"), town.party_id(town.ask(), "VMN"), bare)
    assert not replies.wants_answer(given)


def test_a_row_for_an_alternative_that_is_gone_is_refused(town: Town) -> None:
    party_id = town.party_id(town.ask(), "VMN")
    with pytest.raises(InvalidInputError) as refused:
        replies.give(town.by("VMN"), party_id, reply(replace(PIPES, alternative="gone")))
    assert set(refused.value.fields) == {"rows.0.alternative"}


@pytest.mark.parametrize("statement", ["UPDATE reply SET text = 'x'", "DELETE FROM reply_cost", "UPDATE reply_cost SET annual_ore = 1"])  # fmt: skip
def test_a_given_reply_never_changes_not_even_by_raw_sql(town: Town, statement: str) -> None:
    replies.give(town.by("VMN"), town.party_id(town.ask(), "VMN"), reply(PIPES))
    with pytest.raises(IntegrityError, match="frozen"), town.work.session.begin_nested():
        town.work.session.execute(text(statement))


def test_a_draft_is_kept_until_the_reply_is_given_and_colleagues_meet(town: Town) -> None:
    party_id = town.party_id(town.ask(), "VMN")
    replies.save_draft(town.by("VMN"), party_id, {"fields": {"text": "Hej"}}, seen_version=0)
    with pytest.raises(ConflictError):
        replies.save_draft(town.by("VMN"), party_id, {"fields": {}}, seen_version=0)
    again = replies.save_draft(town.by("finance"), party_id, {"fields": {"text": "Hej då"}}, seen_version=1)
    assert (again.version, again.typed) == (2, {"fields": {"text": "Hej då"}})
    replies.give(town.by("VMN"), party_id, reply())
    assert town.work.session.get(Reply, 1) is not None
    assert replies.party(town.by("VMN"), party_id).draft is None


def test_what_has_changed_since_it_was_sent_out_is_told(town: Town) -> None:
    asked = town.ask()
    assert consultations.changed_since(town.work, asked) == []
    facts = proposal_records.facts(town.proposal)
    proposals.save(town.by("UN"), town.proposal.id, replace(facts, purpose="Nytt"), seen_version=1)
    replies.give(town.by("VMN"), town.party_id(asked, "VMN"), reply(PIPES))
    assert consultations.changed_since(town.work, asked) == ["purpose", "alternatives.from_replies"]


def test_lists_hold_what_was_asked_of_and_by_an_organisation(town: Town) -> None:
    asked = town.ask()
    round_id = town.proposal.round_id
    own = consultations.asked_of(town.by("VMN"), town.organisations["VMN"].id, round_id=round_id)
    assert [one.consultation_id for one in own] == [asked.id]
    sent = consultations.asked_by(town.by("UN"), town.organisations["UN"].id, round_id=round_id)
    assert [one.id for one in sent] == [asked.id]
    assert consultations.asked_of(town.by("council"), None, round_id=round_id) == []
    assert len(consultations.asked_of(town.by("finance"), None, round_id=round_id)) == 2


def test_question_sets_are_seeded_changed_and_added(town: Town) -> None:
    finance = town.by("finance")
    seeds = question_sets.everything(finance)
    assert [(one.rule.code, one.version) for one in seeds][:2] == [("premises", 0), ("streets", 0)]
    changed = replace(seeds[1].rule, organisations=("VMN", "KVAB"))
    assert question_sets.save(finance, changed, seen_version=0).version == 1
    suggested = consultations.suggestions(town.by("UN"), town.proposal.id)
    assert [one.party.code for one in suggested] == ["KVAB", "VMN"]
    with pytest.raises(ConflictError):
        question_sets.save(finance, seeds[1].rule, seen_version=0)
    with pytest.raises(NotAllowedError):
        question_sets.save(town.by("UN"), changed, seen_version=1)
    own = QuestionRule("own", "Egna", ("Varför?",))
    assert question_sets.save(finance, own, seen_version=0).version == 1
    assert question_sets.find(finance, "own").rule == own
    bad = QuestionRule("Å", "", (), frozenset({"x"}), frozenset({"x"}), ("x",))
    with pytest.raises(InvalidInputError) as refused:
        question_sets.save(finance, bad, seen_version=0)
    assert set(refused.value.fields) == {
        "code",
        "name",
        "questions",
        "categories",
        "districts",
        "organisations",
    }


def test_a_neighbours_proposal_is_a_reason_to_ask_it(town: Town) -> None:
    near = factories.alternative(operating=(), place_wkt="POINT (583800 6280546)")
    factories.submitted_proposal(
        town.work, town.proposal.round_id, "KFN 1", title="Konstgräs", committee="KFN", alternatives=(near,)
    )
    far = factories.alternative(operating=(), place_wkt="POINT (590000 6280546)")
    factories.submitted_proposal(
        town.work, town.proposal.round_id, "VMN 1", title="Brunn", committee="VMN", alternatives=(far,)
    )
    (found,) = consultations.suggestions(town.by("UN"), town.proposal.id)
    assert found.party.code == "KFN"
    assert str(found.reasons[0]) == "har ett förslag i närheten: Konstgräs"
    assert not found.affected


def test_a_date_may_be_today(town: Town) -> None:
    assert town.ask(due_on=TODAY).due_on == date(2026, 5, 20)
    assert TKR == 100_000


def test_a_row_that_its_partys_latest_reply_does_not_explain_is_a_breach(town: Town) -> None:
    given = replies.give(town.by("VMN"), town.party_id(town.ask(), "VMN"), reply(PIPES))
    assert list(consultation_checks.breaches(town.work)) == []
    town.work.session.execute(
        text("UPDATE operating_consequence SET organisation_id = :other WHERE reply_id = :reply"),
        {"other": town.organisations["KFN"].id, "reply": given.id},
    )
    assert [code for code, _, _ in consultation_checks.breaches(town.work)] == ["CON1", "CON1"]
