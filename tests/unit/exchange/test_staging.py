from __future__ import annotations

from investplan.domain.proposals import Category, Stage
from tests.unit.exchange.mapped import HEADER, notes, staged

ONE = ("1", "Skola", "UN", "100", "200", "0")


def test_a_row_becomes_a_project_in_whole_ore() -> None:
    found = staged([ONE])
    (project,) = found.projects
    assert (project.case_number, project.title, project.committee) == ("1", "Skola", "UN")
    assert dict(project.outlays.by_year) == {2027: 10_000_000, 2028: 20_000_000, 2029: 0}
    assert (project.category, project.stage) == (Category.REINVESTMENT, Stage.NEED)
    assert found.rows[0].outcome == "taken"


def test_missing_and_doubled_columns_are_all_told_and_stop_the_file() -> None:
    found = staged([ONE], header=("Nr", "Rubrik", "Rubrik", "a", "b", "c"))
    told = " ".join(str(note) for note in found.problems)
    assert "”Nämnd” (committee.column) finns inte" in told
    assert "”Rubrik” (project.title) finns flera gånger" in told
    assert "amounts.years" in told
    assert found.projects == ()


def test_a_file_without_rows_is_a_problem() -> None:
    assert "inga rader" in str(staged([]).problems[0])


def test_columns_that_are_not_used_are_told() -> None:
    found = staged([(*ONE, "x")], header=(*HEADER, "Anmärkning"))
    assert "Kolumner som inte används: Anmärkning" in [str(note) for note in found.remarks]


def test_text_in_a_number_column_refuses_the_row_and_names_every_such_cell() -> None:
    found = staged([ONE, ("2", "Väg", "UN", "ca 5", "100", "?")])
    assert [row.outcome for row in found.rows] == ["taken", "refused"]
    assert "kolumn 2027: ”ca 5”" in notes(found, 3)
    assert "kolumn 2029: ”?”" in notes(found, 3)
    assert found.reconciliation.outlays.unreadable_cells == 2


def test_negative_amounts_follow_the_policy() -> None:
    row = ("1", "Skola", "UN", "100", "-20", "0")
    kept = staged([row], amounts={"negative": "report_and_keep"})
    zeroed = staged([row], amounts={"negative": "report_and_zero"})
    refused = staged([row])
    assert [kept.rows[0].outcome, zeroed.rows[0].outcome, refused.rows[0].outcome] == [
        "taken",
        "changed",
        "refused",
    ]
    assert kept.projects[0].outlays.by_year[2028] == -2_000_000
    assert zeroed.projects[0].outlays.by_year[2028] == 0
    assert zeroed.projects[0].outlays.zeroed_ore == -2_000_000
    for found in (kept, zeroed, refused):
        assert "kolumn 2028 är negativ" in notes(found, 2)
        sums = found.reconciliation.outlays
        assert (sums.negative_cells, sums.negative_ore, sums.file_ore) == (1, -2_000_000, 8_000_000)


def test_blank_cells_count_as_zero_only_when_the_mapping_says_so() -> None:
    row = ("1", "Skola", "UN", "100", None, "0")
    assert staged([row]).rows[0].outcome == "refused"
    found = staged([row], amounts={"blank": "zero"})
    assert found.rows[0].outcome == "changed"
    assert "2028 är tom" in notes(found, 2)


def test_duplicates_follow_the_policy() -> None:
    rows = [ONE, ("1", "Annan", "UN", "5", "0", "0"), ("1-2", "Tredje", "UN", "1", "0", "0")]
    numbered = staged(rows, project={"duplicate": "number"})
    assert [project.case_number for project in numbered.projects] == ["1", "1-3", "1-2"]
    assert "får 1-3" in notes(numbered, 3)
    assert "står också på rad 3" in notes(numbered, 2)
    kept = staged(rows, project={"duplicate": "keep_first"})
    assert [row.outcome for row in kept.rows] == ["taken", "skipped", "taken"]
    assert [row.outcome for row in staged(rows).rows] == ["taken", "refused", "taken"]


def test_rows_of_one_group_become_one_project_so_that_negatives_net_out() -> None:
    rows = [
        ("a", "Park", "UN", "100", "0", "0"),
        ("b", "Park", "UN", "-30", "50", "0"),
        ("c", "Bro", "UN", "7", "0", "0"),
    ]
    found = staged(rows, project={"group_by": ["Nämnd", "Rubrik"], "case_number": [], "case_number_prefix": "P-"},
                   amounts={"negative": "report_and_keep"})  # fmt: skip
    assert [(p.case_number, p.outlays.by_year[2027]) for p in found.projects] == [
        ("P-0001", 7_000_000),
        ("P-0002", 700_000),
    ]
    assert [row.case_number for row in found.rows] == ["P-0001", "P-0001", "P-0002"]
    assert "är negativ" in notes(found, 3)
    assert "samma förslag som rad 2" in notes(found, 3)


def test_one_refused_row_refuses_its_whole_project() -> None:
    rows = [("a", "Park", "UN", "100", "0", "0"), ("b", "Park", "UN", "x", "50", "0")]
    found = staged(rows, project={"group_by": ["Rubrik"]})
    assert [row.outcome for row in found.rows] == ["refused", "refused"]
    assert "Rad 3 i samma förslag" in notes(found, 2)


def test_categories_are_translated_and_unknown_ones_refused_or_given_the_default() -> None:
    header = (*HEADER, "Typ")
    rows = [(*ONE, "Ny"), ("2", "B", "UN", "1", "1", "1", "Okänd"), ("3", "C", "UN", "1", "1", "1", "legal")]
    category = {"column": "Typ", "names": {"Ny": "expansion"}}
    strict = staged(rows, header=header, category={**category, "default": None})
    assert [row.outcome for row in strict.rows] == ["taken", "refused", "taken"]
    lenient = staged(rows, header=header, category=category)
    assert [p.category for p in lenient.projects] == [
        Category.EXPANSION,
        Category.REINVESTMENT,
        Category.LEGAL,
    ]
    assert "”Okänd”" in notes(lenient, 3)


def test_rows_that_disagree_take_the_value_with_the_largest_amount() -> None:
    header = (*HEADER, "Typ")
    rows = [("1", "A", "UN", "-500", "0", "0", "legal"), ("2", "A", "UN", "20", "0", "0", "climate")]
    found = staged(rows, header=header, project={"group_by": ["Rubrik"]}, category={"column": "Typ"},
                   amounts={"negative": "report_and_keep"})  # fmt: skip
    assert found.projects[0].category is Category.LEGAL
    assert "Kategorin skiljer" in notes(found, 2)


def test_long_texts_are_cut_and_that_is_told() -> None:
    found = staged([("1", "x" * 300, "UN", "1", "1", "1")])
    assert len(found.projects[0].title) == 200
    assert "avkortad" in notes(found, 2)
    assert found.rows[0].outcome == "changed"


def test_an_empty_title_or_case_number_is_refused() -> None:
    found = staged(
        [("1", " ", "UN", "1", "1", "1"), ("", "B", "UN", "1", "1", "1"), ("3", "C", "", "1", "1", "1")]
    )
    assert [row.outcome for row in found.rows] == ["refused"] * 3


def test_a_total_that_does_not_agree_is_told_and_the_parts_hold() -> None:
    header = (*HEADER, "Summa")
    found = staged(
        [(*ONE, "300"), ("2", "B", "UN", "1", "1", "1", "4")], header=header, amounts={"total": "Summa"}
    )
    assert "Summakolumnen" not in notes(found, 2)
    assert "skiljer 1 tkr" in notes(found, 3)
    assert found.projects[1].outlays.total_ore == 300_000


def test_districts_hold_only_where_all_rows_agree() -> None:
    header = (*HEADER, "Område", "Kod")
    rows = [
        ("1", "A", "UN", "1", "1", "1", "Centrum", "C"),
        ("2", "B", "UN", "1", "1", "1", "Hela kommunen", "HK"),
        ("3", "C", "UN", "1", "1", "1", "Centrum", "C"),
        ("4", "C", "UN", "1", "1", "1", "Norr", "N"),
    ]
    found = staged(rows, header=header, project={"group_by": ["Rubrik"]},
                   district={"column": "Område", "code_column": "Kod", "none": ["Hela kommunen"]})  # fmt: skip
    assert [p.district for p in found.projects] == [("C", "Centrum"), None, None]
    assert "flera områden" in notes(found, 4)
