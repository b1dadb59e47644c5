"""Any parameter set survives the form: to text and back it is the same set, with the same notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from investplan.domain.parameter_notes import differences, note_of, placeholders, single_values
from investplan.domain.parameters import (
    DEFAULTS,
    Confidence,
    Parameters,
    PoolTenant,
    PriceTag,
    RateTable,
    RentItem,
)
from investplan.domain.proposals import Stage
from web.parameters import sheets
from web.parameters.cells import parse_percent, percent_text
from web.parameters.sheets import Sheet

ORGANISATIONS = {"UN": "Utbildningsnämnden", "KFN": "Kultur", "KS": "Styrelsen"}
YEARS = st.integers(1900, 2199)
SHARES = st.integers(0, 10**12).map(lambda n: Fraction(n, 10**12))
SIGNED = st.integers(-(10**12), 10**12).map(lambda n: Fraction(n, 10**12))
ORE = st.integers(0, 10**12)
CODES = st.sampled_from(sorted(ORGANISATIONS))
NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=20)
TABLES = st.builds(RateTable, SHARES, st.dictionaries(YEARS, SHARES, max_size=4))


@st.composite
def parameter_sets(draw: st.DrawFn) -> Parameters:
    names = draw(st.lists(NAMES, unique=True, max_size=3))
    tags = [
        PriceTag(f"k{i}", name, i, draw(st.none() | st.just(i + 5)), draw(ORE), draw(CODES), draw(SHARES))
        for i, name in enumerate(names)
    ]
    charge = draw(st.booleans())
    return replace(
        DEFAULTS,
        internal_rate=draw(TABLES),
        external_rate=draw(TABLES),
        loan_share=draw(SHARES),
        rent_items=tuple(
            RentItem(f"i{n}", name, draw(ORE), draw(st.booleans())) for n, name in enumerate(names)
        ),
        rent_pool=tuple(
            PoolTenant(code, draw(st.integers(1, 10**8)), draw(ORE)) for code in sorted({draw(CODES)})
        ),
        price_tags=tuple(tags),
        pkv=draw(st.dictionaries(YEARS, SIGNED, max_size=4)),
        pbb_ore_by_year=draw(st.dictionaries(YEARS, ORE, max_size=4)),
        earliest_start_by_stage=draw(
            st.dictionaries(st.sampled_from([s.value for s in Stage]), st.integers(0, 20))
        ),
        premises_in_price_tag=tuple(sorted(draw(st.sets(CODES)))),
        pkv_vintage=draw(st.just("") | NAMES),
        wage_revision_month=draw(st.integers(1, 12)),
        charge_interest_on_wip=charge,
        capitalise_interest=not charge and draw(st.booleans()),
    )


@st.composite
def noted_sets(draw: st.DrawFn) -> tuple[Parameters, dict[str, dict[str, str]]]:
    parameters = draw(parameter_sets())
    names = [name for name in single_values(parameters.to_json()) if not name.startswith("earliest")]
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=6))
    return parameters, {
        name: {"source": draw(NAMES), "confidence": draw(st.sampled_from(Confidence)).value}
        for name in chosen
        if not name.endswith(".default")
    }


@pytest.fixture(scope="module")
def context() -> Iterator[None]:
    app = Flask("sheets")
    Babel(app)
    with app.test_request_context():
        yield


def sent(parameters: Parameters, notes: dict[str, dict[str, str]] | None) -> MultiDict[str, str]:
    """The form of a set, as a browser sends it untouched but for the version's head."""
    typed = sheets.typed_of(parameters.to_json(), notes)
    form: MultiDict[str, str] = MultiDict()
    for name, value in typed.fields.items():
        if value != []:
            form.setlist(name, value if isinstance(value, list) else [value])
    for group, rows in typed.rows.items():
        for i, row in enumerate(rows):
            for name, text in row.items():
                form[f"{group}-{i}-{name}"] = text
    form.update({"name": "Grund", "valid_from": "2027-01-01", "source": "Budgeten"})
    return form


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noted=noted_sets())
def test_a_set_comes_back_from_its_form_unchanged(context: None, noted: tuple[Parameters, Any]) -> None:
    parameters, notes = noted
    sheet = Sheet(sheets.typed_of_form(sent(parameters, notes)), ORGANISATIONS)
    made = sheets.read(sheet)
    assert sheet.faults == {}
    assert made is not None
    assert made.parameters == parameters
    values = parameters.to_json()
    for name, value in single_values(values).items():
        before, after = note_of(name, value, notes), note_of(name, value, made.notes)
        assert (before.source, before.confidence) == (after.source, after.confidence), name


@settings(deadline=None, max_examples=60)
@given(one=parameter_sets(), other=parameter_sets())
def test_two_sets_differ_in_exactly_the_values_that_are_told(one: Parameters, other: Parameters) -> None:
    first, second = one.to_json(), other.to_json()
    told = differences(first, second)
    assert differences(first, first) == []
    assert len({change.name for change in told}) == len(told)
    values = single_values(first), single_values(second)
    for name in values[0].keys() | values[1].keys():
        differs = values[0].get(name) != values[1].get(name)
        assert differs == (name in {change.name for change in told}), name


@given(share=SIGNED)
def test_per_cent_is_read_back_to_the_same_share(share: Fraction) -> None:
    assert parse_percent(percent_text(share)) == share
    assert parse_percent(percent_text(share) + "\u00a0%") == share


@pytest.mark.parametrize("text", ["", "%", "2.5", "1_0", "٣", "2,", ",5", "1e2", "−", "2,5%%", "2 5"])
def test_what_is_no_per_cent_is_refused(text: str) -> None:
    assert parse_percent(text) is None


def test_a_note_about_the_whole_reaches_every_part_that_has_none() -> None:
    notes = {"rent_items": {"source": "Fastighetsenheten", "confidence": "high"}}
    values = DEFAULTS.to_json()
    assert not [name for name in placeholders(values, notes) if name.startswith("rent_items")]
    assert [name for name in placeholders(values, None) if name.startswith("rent_items")]
