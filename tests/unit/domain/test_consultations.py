"""Whom to ask and why; what may be given as a reply; how replies' rows live on in a proposal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.domain import consultations as domain
from investplan.domain.consequences import consequences
from investplan.domain.consultations import (
    Decider,
    Neighbour,
    Party,
    QuestionRule,
    ReplyFacts,
    ReplyRow,
    Stance,
)
from investplan.domain.parameters import DEFAULTS
from investplan.domain.proposals import (
    Alternative,
    AlternativeKind,
    Disposal,
    Lease,
    OperatingConsequence,
    OperatingKind,
)
from investplan.services import proposal_records
from tests import factories
from tests.factories import TKR

PARTIES = [
    Party("UN", "Utbildningsnämnden"),
    Party("SEN", "Servicenämnden", is_landlord=True),
    Party("SBN", "Samhällsbyggnadsnämnden"),
    Party("KVAB", "Kalmar Vatten AB", is_company=True),
    Party("KHEM", "Kalmarhem AB", is_company=True, is_landlord=True),
]
TODAY = date(2026, 5, 20)


def suggested(
    one: Alternative,
    rules: tuple[QuestionRule, ...] = (),
    neighbours: tuple[Neighbour, ...] = (),
    **changes: Any,
) -> dict[str, tuple[bool, list[str]]]:
    found = domain.suggest(factories.facts(alternatives=(one,), **changes), PARTIES, rules, neighbours)
    return {one.party.code: (one.affected, [str(reason) for reason in one.reasons]) for one in found}


def test_who_has_costs_premises_leases_or_old_assets_in_the_proposal_is_affected_and_told_why() -> None:
    one = factories.alternative(
        landlord="SEN",
        operating=(
            OperatingConsequence("SBN", OperatingKind.MAINTENANCE, 5 * TKR),
            OperatingConsequence("SBN", OperatingKind.OTHER, 7 * TKR),
        ),
        leases=(Lease("Hus B", "KVAB", 100, 1_000_00),),
        disposals=(Disposal("Gamla huset", "SEN", 0, 0),),
    )
    assert suggested(one) == {
        "KVAB": (True, ["hyr lokaler i förslaget"]),
        "SBN": (True, ["står för drift i förslaget"]),
        "SEN": (True, ["äger lokalerna", "har tillgångar som utrangeras"]),
    }


def test_the_own_committee_is_never_suggested_and_nobody_without_a_reason_is() -> None:
    assert suggested(factories.alternative()) == {}


def test_landlords_are_suggested_where_premises_are_to_be_rented_from_others() -> None:
    one = factories.alternative(kind=AlternativeKind.LEASE, landlord="SEN")
    assert suggested(one) == {
        "SEN": (True, ["äger lokalerna"]),
        "KHEM": (False, ["kan ha egna lokaler i stället för inhyrning"]),
    }


def test_rules_suggest_by_category_and_district_and_neighbours_by_place() -> None:
    streets = QuestionRule("g", "Gator", ("?",), frozenset({"expansion"}), frozenset(), ("SBN", "UN", "XX"))
    north = QuestionRule("n", "Norr", ("?",), frozenset(), frozenset({"N"}), ("KVAB",))
    near = (Neighbour("KHEM", "Nya hus"), Neighbour("KHEM", "Nya hus"), Neighbour("UN", "Skola"))
    found = suggested(factories.alternative(), (streets, north), near, district="N")
    assert found == {
        "KHEM": (False, ["har ett förslag i närheten: Nya hus"]),
        "KVAB": (False, ["svarar på frågorna Norr"]),
        "SBN": (False, ["svarar på frågorna Gator"]),
    }
    assert suggested(factories.alternative(), (north,), district="S") == {}


def test_affected_parties_come_first_then_by_name() -> None:
    one = factories.alternative(landlord="SEN")
    near = (Neighbour("KVAB", "Ledning"), Neighbour("KHEM", "Hus"))
    assert list(suggested(one, (), near)) == ["SEN", "KVAB", "KHEM"]


def reply(**changes: Any) -> ReplyFacts:
    return replace(ReplyFacts(Stance.SUPPORTS, "", Decider.BOARD, TODAY), **changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"stance": Stance.OPPOSES}, "text"),
        ({"stance": Stance.SUPPORTS_CHANGED, "text": "  "}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"decided_on": date(2026, 5, 21)}, "decided_on"),
        ({"paragraph": "§" * 41}, "paragraph"),
        ({"answers": ("a", "b")}, "answers"),
        ({"answers": ("x" * 20_001,)}, "answer-0"),
        ({"rows": (ReplyRow(None, OperatingKind.OTHER, 0),)}, "rows.0.amount"),
        ({"rows": (ReplyRow(None, OperatingKind.OTHER, 1, 361),)}, "rows.0.begins"),
        ({"rows": (ReplyRow(None, OperatingKind.OTHER, 1, 0, 0),)}, "rows.0.lasts"),
        ({"rows": (ReplyRow(None, OperatingKind.OTHER, 1, note="x" * 201),)}, "rows.0.note"),
    ],
)
def test_a_reply_that_cannot_be_given_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    assert set(domain.faults_in_reply(reply(**changes), ["Fråga?"], TODAY)) == {field}


@pytest.mark.parametrize("stance", list(Stance))
def test_a_reply_with_a_text_and_an_answer_can_be_given_whatever_the_stance(stance: Stance) -> None:
    assert domain.faults_in_reply(reply(stance=stance, text="Ja", answers=("Ja",)), ["?"], TODAY) == {}


DUE = date(2026, 6, 10)


@pytest.mark.parametrize(
    ("today", "reminded", "due"),
    [
        (date(2026, 6, 6), [], False),
        (date(2026, 6, 7), [], True),
        (date(2026, 6, 10), [], True),
        (date(2026, 6, 10), [date(2026, 6, 7)], False),
        (date(2026, 6, 8), [date(2026, 5, 30)], True),
        (date(2026, 6, 11), [date(2026, 6, 7)], True),
        (date(2026, 6, 20), [date(2026, 6, 7), date(2026, 6, 11)], False),
    ],
)
def test_a_party_is_reminded_once_before_and_once_after_the_due_date(
    today: date, reminded: list[date], due: bool
) -> None:
    assert domain.reminder_due(DUE, today, reminded) is due


def test_seeded_questions_fit_their_form() -> None:
    assert [one.code for one in domain.DEFAULT_RULES] == ["premises", "streets", "it", "general"]
    assert all(1 <= len(one.questions) <= domain.MAX_QUESTIONS for one in domain.DEFAULT_RULES)


ROWS = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from(["SEN", "KVAB"]), st.sampled_from([None, "build", "lease"]),
              st.integers(-(10**9), 10**9)),
    max_size=6,
)  # fmt: skip


def with_replies(rows: list[tuple[int, str, str | None, int]]) -> Any:
    facts = factories.facts(alternatives=(factories.alternative(), factories.alternative(code="lease")))
    for reply_id, code, alternative, amount in rows:
        row = ReplyRow(alternative, OperatingKind.OTHER, amount)
        facts = domain.with_reply_rows(facts, code, [(reply_id, row)], instead_of=frozenset())
    return facts


@given(ROWS)
def test_facts_with_replies_survive_being_written_as_json_and_read(rows: list[Any]) -> None:
    facts = with_replies(rows)
    assert proposal_records.facts_from_json(proposal_records.facts_to_json(facts)) == facts


@given(ROWS)
def test_whoever_saves_a_proposal_neither_drops_nor_changes_a_row_of_a_reply(rows: list[Any]) -> None:
    stored = with_replies(rows)
    blank = replace(
        stored, title="Nytt", alternatives=tuple(replace(a, from_replies=()) for a in stored.alternatives)
    )
    kept, faults = domain.keep_reply_rows(blank, stored)
    assert faults == {}
    assert kept == replace(stored, title="Nytt")


@given(ROWS)
def test_an_alternative_with_rows_of_a_reply_may_not_be_taken_away(rows: list[Any]) -> None:
    stored = with_replies(rows)
    fewer = replace(stored, alternatives=stored.alternatives[:1])
    _, faults = domain.keep_reply_rows(fewer, stored)
    assert bool(faults) is bool(stored.alternatives[1].from_replies)


@given(ROWS)
def test_a_copy_costs_the_same_though_nobody_has_replied_about_it(rows: list[Any]) -> None:
    facts = with_replies(rows)
    copy = domain.as_own_rows(facts)
    for before, after in zip(facts.alternatives, copy.alternatives, strict=True):
        assert after.from_replies == ()
        assert all(row.reply_id is None for row in after.operating or ())
        assert sum(row.annual_ore for row in after.all_operating) == sum(
            row.annual_ore for row in before.all_operating
        )


def test_a_proposal_without_replies_is_written_as_before_there_were_any() -> None:
    written = proposal_records.facts_to_json(factories.facts())["alternatives"][0]
    assert "from_replies" not in written
    assert "reply_id" not in written["operating"][0]


def test_rows_of_a_reply_count_in_both_views_and_say_where_they_come_from() -> None:
    row = OperatingConsequence("SEN", OperatingKind.MAINTENANCE, 120 * TKR + 7, reply_id=3)
    one = factories.alternative(operating=None, from_replies=(row,), commissioned_after_months=0)
    effects = consequences(one, committee="UN", start=2027, parameters=DEFAULTS, years=[2027, 2028])
    (line,) = [line for line in effects.committee_view.lines if line.committee == "SEN"]
    assert line.amounts_ore[-1] == 120 * TKR + 7
    assert str(line.note) == "Ur remissvar"
    (external,) = [line for line in effects.consolidated_view.lines if line.label == "Drift och underhåll"]
    assert external.amounts_ore[-1] == 120 * TKR + 7
    assert str(external.note) == "Ur remissvar"
    assert effects.not_stated == ("operating",)
