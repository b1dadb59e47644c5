"""What a proposal says beside the money: what is refused, what nobody has to say, and what survives storage as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from investplan.domain.investigations import faults_in, missing_before_submission
from investplan.domain.statements import (
    Impact,
    ImpactCheck,
    PlanStatus,
    Risk,
    SteeringKind,
    SteeringLink,
    Trigger,
)
from investplan.services.proposal_records import facts_from_json, facts_to_json
from tests import factories

YEARS = tuple(range(2027, 2037))
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)
SCALE = st.none() | st.integers(1, 5)
WHOLE = st.none() | st.integers(0, 500)


def test_nothing_of_it_is_needed_to_submit_a_simple_proposal() -> None:
    plain = factories.facts()
    assert (plain.trigger, plain.risks, plain.impacts, plain.steering) == (None, None, (), ())
    assert faults_in(plain, YEARS) == missing_before_submission(plain) == {}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"steering": (SteeringLink(SteeringKind.DOCUMENT, " "),)}, "steering.0.text"),
        ({"risks": (Risk("Tid", 6, 1),)}, "risks.0.probability"),
        ({"risks": (Risk("Tid", 1, 0),)}, "risks.0.consequence"),
        ({"risks": (Risk("Tid"),) * 21}, "risks"),
        ({"impacts": (ImpactCheck(Impact.CHILDREN, True),)}, "impacts.children.text"),
        ({"impacts": (ImpactCheck(Impact.SAFETY, True, "Ja", 4),)}, "impacts.safety.tonnes"),
        ({"impacts": (ImpactCheck(Impact.SAFETY, False),) * 2}, "impacts"),
        ({"need_year": 202}, "need_year"),
        ({"unit": "x" * 121}, "unit"),
    ],
)
def test_what_contradicts_itself_is_refused_by_its_field(changes: dict[str, object], name: str) -> None:
    assert name in faults_in(factories.facts(**changes), YEARS)


def test_a_no_needs_no_words_and_tonnes_may_be_cut() -> None:
    checks = (ImpactCheck(Impact.CHILDREN, False), ImpactCheck(Impact.CLIMATE_EFFECT, True, "Solceller", -40))
    assert faults_in(factories.facts(impacts=checks), YEARS) == {}


def test_a_rejected_alternative_needs_a_reason_and_nothing_more() -> None:
    bare = replace(
        factories.alternative(code="lease"), outlays=(), components=(), grants=None, operating=None
    )
    facts = factories.facts(alternatives=(factories.alternative(), bare))
    assert "alternatives.1.grants" in missing_before_submission(facts)
    unexplained = replace(facts, alternatives=(facts.alternatives[0], replace(bare, rejected=True)))
    assert list(faults_in(unexplained, YEARS)) == ["alternatives.1.rejected_reason"]
    told = replace(bare, rejected=True, rejected_reason="Ingen lokal finns.")
    rejected = replace(facts, alternatives=(facts.alternatives[0], told))
    assert faults_in(rejected, YEARS) == missing_before_submission(rejected) == {}


def test_a_proposal_whose_every_alternative_is_rejected_cannot_compete() -> None:
    told = factories.alternative(rejected=True, rejected_reason="För dyrt.")
    assert list(missing_before_submission(factories.facts(alternatives=(told,)))) == ["alternatives"]


def test_the_outlay_of_a_proposal_is_that_of_its_first_open_alternative() -> None:
    first = factories.alternative(5_00, rejected=True, rejected_reason="Nej")
    facts = factories.facts(alternatives=(first, factories.alternative(7_00, code="rebuild")))
    assert facts.outlay_ore == 7_00
    assert factories.facts(alternatives=(first,)).outlay_ore == 0


def test_the_area_is_what_is_gained_where_that_is_stated_else_what_is_rented() -> None:
    assert factories.alternative(area_m2=1850).size_m2 == 1850
    assert factories.alternative(area_m2=1850, gained_m2=0).size_m2 == 0


links = st.builds(SteeringLink, st.sampled_from(SteeringKind), TEXT, TEXT)
risks = st.builds(Risk, TEXT, SCALE, SCALE, TEXT, TEXT)
checks = st.builds(
    ImpactCheck, st.sampled_from(Impact), st.booleans(), TEXT, st.none() | st.integers(-99, 99)
)
described = st.fixed_dictionaries(
    {
        "object_type": st.none() | TEXT,
        "trigger": st.none() | st.sampled_from(Trigger),
        "need_year": st.none() | st.integers(2000, 2200),
        "unit": TEXT,
        "without_action": TEXT,
        "steering": st.lists(links, max_size=3).map(tuple),
        "risks": st.none() | st.lists(risks, max_size=3).map(tuple),
        "impacts": st.lists(checks, max_size=3).map(tuple),
    }
)
standing = st.fixed_dictionaries(
    {
        "accuracy_percent": WHOLE,
        "reserve_percent": WHOLE,
        "excludes_vat": st.none() | st.booleans(),
        "places": WHOLE,
        "gained_m2": WHOLE,
        "length_m": WHOLE,
        "property_designation": TEXT,
        "plan_status": st.none() | st.sampled_from(PlanStatus),
        "rejected": st.booleans(),
        "rejected_reason": TEXT,
        "template": TEXT,
    }
)


@settings(max_examples=60)
@given(described, standing)
def test_what_is_stated_comes_back_whole_from_json(said: dict[str, object], of: dict[str, object]) -> None:
    facts = factories.facts(alternatives=(factories.alternative(**of),), **said)
    assert facts_from_json(json.loads(json.dumps(facts_to_json(facts)))) == facts


def test_a_snapshot_from_before_it_could_be_said_states_nothing_and_keeps_every_alternative_open() -> None:
    stored = facts_to_json(factories.facts())
    said = {
        "object_type", "unit", "contact_role", "contact_name", "target_group", "trigger", "without_action", "need_year",
        "steering", "risks", "impacts",
    }  # fmt: skip
    old = {name: value for name, value in stored.items() if name not in said}
    newer = {
        "accuracy_percent", "reserve_percent", "excludes_vat", "places", "gained_m2", "length_m",
        "property_designation", "plan_status", "rejected", "rejected_reason", "template",
    }  # fmt: skip
    old["alternatives"] = [
        {name: value for name, value in row.items() if name not in newer} for row in stored["alternatives"]
    ]
    assert facts_from_json(old) == factories.facts()
