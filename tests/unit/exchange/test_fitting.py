from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from investplan.domain.proposals import Category, Outlay, Part, Status
from tests.unit.exchange.mapped import HEADER, ROUND, fitted, notes

ONE = ("1", "Skola", "UN", "0", "100", "200")
COMPLETE = {
    "result": {"status": "submitted", "assume_zero": ["operating", "grants", "disposals"]},
    "project": {"purpose": ["Rubrik"]},
    "place": {"missing_note": "Platsen är inte vald."},
}


def test_the_first_year_with_an_outlay_is_the_start() -> None:
    found = fitted([ONE], result={"may_be_delayed_years": 2})
    alternative = found.proposals[0][0].alternatives[0]
    assert alternative.starts == (2028, 2029)
    assert alternative.outlays == (Outlay(0, 10_000_000), Outlay(1, 20_000_000))
    assert alternative.commissioned_after_months == 24
    assert alternative.price_level_year == 2026


def test_years_and_columns_outside_the_round_are_told_and_accounted_for() -> None:
    header = (*HEADER, "2031", "Senare")
    found = fitted([(*ONE, "40", "60")], header=header, amounts={"outside": ["Senare"]})
    assert "2031: 40000.00, Senare: 60000.00" in notes(found, 2)
    sums = found.reconciliation.outlays
    assert (sums.file_ore, sums.taken_ore, sums.outside_ore) == (40_000_000, 30_000_000, 10_000_000)
    assert sums.difference_ore == 0


def test_committees_are_found_by_code_or_name_and_else_refused() -> None:
    rows = [ONE, ("2", "B", "utbildningsnämnden", "1", "1", "1"), ("3", "C", "Okänd", "1", "1", "1")]
    found = fitted(rows)
    assert [facts.committee for facts, _ in found.proposals] == ["UN", "UN"]
    assert "”Okänd” finns inte" in notes(found, 4)
    translated = fitted(rows, committee={"names": {"Okänd": "UN"}})
    assert [facts.committee for facts, _ in translated.proposals] == ["UN"] * 3


def test_missing_committees_and_districts_are_created_once_where_the_mapping_says_so() -> None:
    header = (*HEADER, "Område")
    rows = [
        ("1", "A", "Södra Parknämnden", "1", "1", "1", "Norr"),
        ("2", "B", "södra parknämnden", "1", "1", "1", "norr"),
    ]
    found = fitted(
        rows,
        header=header,
        committee={"create_missing": True},
        district={"column": "Område", "create_missing": True},
    )
    assert found.new_committees == {"SP": "Södra Parknämnden"}
    assert found.new_districts == {"NORR": "Norr"}
    assert [facts.district for facts, _ in found.proposals] == ["NORR", "NORR"]


def test_nothing_is_created_for_a_refused_row() -> None:
    found = fitted([("1", "A", "Parknämnden", "x", "1", "1")], committee={"create_missing": True})
    assert found.new_committees == {}


def test_a_case_number_that_the_round_has_is_refused() -> None:
    found = fitted(
        [ONE], known=replace(ROUND, case_numbers=frozenset({"1"})), project={"duplicate": "number"}
    )
    assert found.refused
    assert "finns redan i omgången" in notes(found, 2)


def test_currency_and_map_must_be_the_rounds() -> None:
    dollars = fitted([ONE], amounts={"currency": "USD"})
    assert "räknas inte om" in str(dollars.problems[0])
    elsewhere = fitted(
        [(*ONE, "1", "1")],
        header=(*HEADER, "E", "N"),
        place={"east": "E", "north": "N", "crs": "EPSG:4326", "map_crs": "EPSG:32618", "check": "none"},
    )
    assert "EPSG:32618" in str(elsewhere.problems[0])


def test_what_is_not_stated_stays_not_stated() -> None:
    alternative = fitted([ONE]).proposals[0][0].alternatives[0]
    assert (alternative.operating, alternative.grants, alternative.disposals) == (None, None, None)
    assert fitted([ONE]).proposals[0][1] is Status.DRAFT


def test_assumed_zeros_are_told_on_every_row() -> None:
    found = fitted([ONE], **COMPLETE)
    facts, status = found.proposals[0]
    assert status is Status.SUBMITTED
    assert facts.alternatives[0].operating == ()
    assert "Antaget vara noll" in notes(found, 2)


def test_an_incomplete_proposal_stays_a_draft_and_says_why() -> None:
    found = fitted([ONE], result={"status": "submitted"})
    assert found.proposals[0][1] is Status.DRAFT
    assert "Förblir utkast" in notes(found, 2)
    assert found.rows[0].outcome == "changed"


def test_an_outlay_below_zero_never_competes() -> None:
    found = fitted([("1", "A", "UN", "-5", "100", "0")], amounts={"negative": "report_and_keep"}, **COMPLETE)
    assert found.proposals[0][1] is Status.DRAFT
    assert "under noll i 2027" in notes(found, 2)


def test_no_outlay_in_the_years_is_a_draft_without_start_or_refused() -> None:
    nothing = [("1", "A", "UN", "0", "0", "0")]
    kept = fitted(nothing, **COMPLETE)
    assert kept.proposals[0][0].alternatives[0].starts == ()
    assert kept.proposals[0][1] is Status.DRAFT
    assert fitted(nothing, result={"without_outlay": "refuse"}).refused


def test_grants_lie_relative_to_the_start_and_have_an_account_of_their_own() -> None:
    header = (*HEADER, "B2027", "B2028", "B2029")
    found = fitted(
        [(*ONE, "0", "10", "20")], header=header, grants={"years": "B{year}", "name": "Statsbidrag"}
    )
    alternative = found.proposals[0][0].alternatives[0]
    assert [(g.year_offset, g.amount_ore) for g in alternative.grants or ()] == [
        (0, 1_000_000),
        (1, 2_000_000),
    ]
    assert found.reconciliation.grants is not None
    assert found.reconciliation.grants.taken_ore == 3_000_000


def test_a_grant_before_the_first_outlay_moves_the_start() -> None:
    header = (*HEADER, "B2027", "B2028", "B2029")
    found = fitted([(*ONE, "5", "0", "0")], header=header, grants={"years": "B{year}", "name": "Statsbidrag"})
    alternative = found.proposals[0][0].alternatives[0]
    assert alternative.starts[0] == 2027
    assert [o.year_offset for o in alternative.outlays] == [1, 2]


def test_useful_life_gives_one_component_over_the_whole_outlay() -> None:
    found = fitted([ONE], life={"default": 30, "by_category": {"reinvestment": 20}, "part": "user"})
    (component,) = found.proposals[0][0].alternatives[0].components
    assert (component.amount_ore, component.life_months, component.part) == (30_000_000, 240, Part.USER)


def test_a_required_category_makes_the_proposal_required() -> None:
    found = fitted([ONE], category={"default": "legal"}, result={"required_categories": ["legal"]})
    assert found.proposals[0][0].required
    assert found.proposals[0][0].category is Category.LEGAL


def test_rows_that_add_up_to_more_than_can_be_stored_are_refused() -> None:
    rows = [(str(n), "A", "UN", "9000000", "0", "0") for n in range(3)]
    assert not fitted([rows[0]], amounts={"unit": "tkr"}).refused
    found = fitted(rows, project={"group_by": ["Rubrik"]})
    assert len(found.refused) == 3
    assert "för stort" in notes(found, 2)


def test_a_zero_that_is_a_number_is_text_in_a_text_column() -> None:
    found = fitted([(Decimal(0), "A", "UN", Decimal(1), Decimal(0), Decimal(0))])
    assert found.proposals[0][0].case_number == "0"


AMOUNT = st.one_of(st.integers(-(10**6), 10**6).map(str), st.sampled_from(["", "x", "1 000,5", None]))
ROW = st.tuples(st.sampled_from(["1", "2", "3", ""]), st.sampled_from(["A", "B", ""]), st.sampled_from(["UN", "?"]),
                AMOUNT, AMOUNT, AMOUNT, AMOUNT)  # fmt: skip


@given(
    st.lists(ROW, min_size=1, max_size=8),
    st.sampled_from(["report_and_keep", "report_and_zero", "refuse"]),
    st.sampled_from(["number", "refuse", "keep_first"]),
    st.sampled_from(["zero", "refuse"]),
    st.booleans(),
)
def test_every_ore_of_the_file_is_accounted_for_whatever_the_file_and_policies(
    rows: list[tuple[str, ...]], negative: str, duplicate: str, blank: str, together: bool
) -> None:
    found = fitted(
        rows,
        header=(*HEADER, "Senare"),
        amounts={"negative": negative, "blank": blank, "outside": ["Senare"]},
        project={"duplicate": duplicate, "group_by": ["Rubrik"] if together else []},
    )
    assert found.problems == ()
    assert found.reconciliation.outlays.difference_ore == 0
    assert sum(found.reconciliation.rows.values()) == len(rows)
    written = sum(facts.alternatives[0].outlay_ore for facts, _ in found.proposals)
    assert found.reconciliation.outlays.taken_ore == written
    assert all(row.notes for row in found.rows if row.outcome in ("refused", "skipped", "changed"))
