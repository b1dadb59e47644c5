from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from investplan.domain.populations import PopulationScenario
from investplan.exchange.population_files import Asked, PopulationReading, read_population
from investplan.exchange.tables import Row, Table, read_csv


def read(text: str, **asked: Any) -> PopulationReading:
    table = read_csv(text.encode(), encoding="auto", delimiter="auto", header_row=1)
    return read_population(table, Asked(**asked))


def taken(text: str, **asked: Any) -> PopulationReading:
    found = read(text, **asked)
    assert found.faults == ()
    return found


def refused(text: str, **asked: Any) -> list[tuple[int, str]]:
    found = read(text, **asked)
    assert found.series == {}
    return [(fault.line, str(fault.note)) for fault in found.faults]


def remarks(found: PopulationReading) -> str:
    return "\n".join(map(str, found.remarks))


LONG = """vintage;scenario;area;age;year;count
2026-05;bas;;0;2026;700
2026-05;bas;;0;2027;710,5
2026-05;låg;;0;2026;690
2026-05;låg;;0;2027;1 695
"""


def test_the_long_form_has_vintage_scenario_area_age_year_and_count() -> None:
    found = taken(LONG)
    assert found.vintage == "2026-05"
    assert found.series == {
        "base": {("", 2026): {0: 700_000}, ("", 2027): {0: 710_500}},
        "low": {("", 2026): {0: 690_000}, ("", 2027): {0: 1_695_000}},
    }


def test_the_wide_form_has_a_column_per_year() -> None:
    found = taken(
        "Område,Ålder,2026,X2027\nNorr,0,1,2\nNorr,1,3,4\nHela kommunen,0,5,6\nHela kommunen,1,7,8\n",
        vintage="2026",
    )
    assert found.series["base"] == {
        ("Norr", 2026): {0: 1000, 1: 3000},
        ("Norr", 2027): {0: 2000, 1: 4000},
        ("", 2026): {0: 5000, 1: 7000},
        ("", 2027): {0: 6000, 1: 8000},
    }


def test_sexes_are_summed_and_totals_are_left_out_before_that() -> None:
    text = "ålder;kön;år;antal\n0;män;2026;10\n0;kvinnor;2026;11\n0;totalt;2026;22\ntotalt;män;2026;10\n"
    found = taken(text)
    assert found.series["base"]["", 2026] == {0: 21_000}
    assert "1 redovisade summor skiljer sig" in remarks(found)
    assert "1 rader med summor" in remarks(found)


def test_a_total_over_sexes_counts_where_the_parts_are_not_there() -> None:
    assert taken("ålder;kön;år;antal\n0;TotSa;2026;22\n").series["base"]["", 2026] == {0: 22_000}


def test_sex_and_marital_status_are_not_counted_twice() -> None:
    rows = ["0;män;tot;2026;5", "0;tot;ogifta;2026;9", "0;män;ogifta;2026;4", "0;kvinnor;ogifta;2026;5"]
    found = taken("\n".join(["ålder;kön;civilstånd;år;antal", *rows]))
    assert found.series["base"]["", 2026] == {0: 9_000}


def test_age_classes_are_left_out_and_the_top_age_holds_the_older() -> None:
    rows = ["98;2026;4", "99 år;2026;3", "100+ år;2026;2", "95-99;2026;9", "-4;2026;9", "100+5;2026;2"]
    found = taken("\n".join(["ålder;år;antal", *rows]))
    assert found.series["base"]["", 2026] == {98: 4_000, 99: 3_000, 100: 2_000}


@pytest.mark.parametrize("mark", ["", "..", "NA", "null"])
def test_a_missing_number_is_missing_and_not_zero(mark: str) -> None:
    found = taken(f"ålder;år;antal\n0;2026;{mark}\n1;2026;0\n")
    assert found.series["base"]["", 2026] == {1: 0}
    assert "1 tal saknas i filen. De är inte noll." in remarks(found)


def test_one_missing_sex_makes_the_sum_missing() -> None:
    found = taken("ålder;kön;år;antal\n0;män;2026;10\n0;kvinnor;2026;..\n1;män;2026;1\n1;kvinnor;2026;2\n")
    assert found.series["base"]["", 2026] == {1: 3_000}


def test_the_municipality_is_found_by_code_or_name_and_others_may_be_left_out() -> None:
    text = "region;ålder;kön;X2019\nHögsby;0;män;28\nKalmar;0;män;300\nKalmar;0;kvinnor;301\n"
    found = taken(text, municipality="kalmar", only_municipality=True, scenario=PopulationScenario.OUTCOME)
    assert found.series == {"outcome": {("", 2019): {0: 601_000}}}
    assert "1 andra områden" in remarks(found)
    assert set(taken(text, municipality="Kalmar").series["base"]) == {("", 2019), ("Högsby", 2019)}
    assert refused(text, municipality="0880", only_municipality=True)[0][1].startswith(
        "Kommunen ”0880” finns inte"
    )


def statistics(rows: list[tuple[str, str, str, str, Decimal | None]]) -> Table:
    header = ("Region", "Region label", "Alder", "Kon", "Kon label", "ContentsCode", "Tid", "value")
    return Table(
        header,
        tuple(
            Row(number, (region, region, age, sex, sex, "BE0101N1", time, value))
            for number, (region, age, sex, time, value) in enumerate(rows, start=1)
        ),
    )


def test_a_statistics_table_keeps_the_municipality_and_its_small_areas_on_31_december() -> None:
    rows = [
        ("0880", "0", "1", "2025M12", Decimal(10)),
        ("0880", "0", "TotSa", "2025M12", Decimal(99)),
        ("0880", "0", "1", "2025M11", Decimal(7)),
        ("0880A0010", "0", "1", "2025M12", Decimal(3)),
        ("08", "0", "1", "2025M12", Decimal(300)),
        ("0880", "TotSA", "1", "2025M12", Decimal(10)),
    ]
    found = read_population(statistics(rows), Asked(vintage="2025", municipality="0880"))
    assert found.faults == ()
    assert found.series["base"] == {("", 2025): {0: 10_000}, ("0880A0010", 2025): {0: 3_000}}
    assert "1 tal gäller en annan dag" in remarks(found)


def test_a_statistics_table_with_only_age_classes_is_refused() -> None:
    found = read_population(
        statistics([("0880", "0-9", "1", "2025", Decimal(5))]), Asked(vintage="2025", municipality="0880")
    )
    assert str(found.faults[0].note) == "Filen har inga tal per den 31 december för ettåriga åldrar."


def test_a_statistics_table_with_two_measures_is_refused() -> None:
    table = statistics([("0880", "0", "1", "2025", Decimal(5)), ("0880", "1", "1", "2025", Decimal(5))])
    other = Row(3, (*table.rows[0].cells[:5], "BE0101N2", "2025", Decimal(1)))
    found = read_population(Table(table.header, (*table.rows, other)), Asked(municipality="0880"))
    assert "flera innehåll" in str(found.faults[0].note)


def test_a_dimension_that_is_not_known_is_refused() -> None:
    table = Table(("Region", "Region label", "Alder", "Tid", "Bakgrund", "Bakgrund label", "value"), ())
    assert "Dimensionen Bakgrund" in str(read_population(table, Asked()).faults[0].note)


HEAD = "ålder;år;antal\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEAD + "0;2026;5\nfem;2026;5\n", 3, "”fem” är inte en ålder"),
        (HEAD + "0;20260;5\n", 2, "är inte ett år"),
        (HEAD + "0;2026;-5\n", 2, "är inte ett antal"),
        (HEAD + "0;2026;-\n", 2, "är inte ett antal"),
        (HEAD + "0;2026;1.234\n", 2, "tusental eller decimaler"),
        (HEAD + "0;2026;3000000\n", 2, "orimligt stort"),
        (HEAD + "0;2026;5\n0;2026;6\n", 3, "finns redan på en tidigare rad"),
        (HEAD + "0;2026;5\n2;2026;6\n", 1, "1 åldrar saknas 2026, den första är 1 år"),
        (HEAD + "0;2026;5\n1;2026;6\n0;2027;5\n", 1, "1 åldrar saknas 2027, den första är 1 år"),
        (HEAD + "90+;2026;5\n91;2026;6\n", 2, "90+ följs av högre åldrar"),
        (HEAD + "0;2026\n", 2, "2 celler men rubriken 3"),
        ("ålder;antal\n0;5\n", 1, "Kolumnerna år och antal saknas"),
        ("år;antal\n2026;5\n", 1, "Kolumnen ålder saknas"),
        ("ålder;år;antal;2026\n0;2026;5;5\n", 1, "Välj en form"),
        ("ålder;år;antal;folkmängd\n0;2026;5;5\n", 1, "Flera kolumner kan vara count"),
        ("scenario;" + HEAD + "kanske;0;2026;5\n", 2, "ska vara låg, bas, hög eller utfall"),
        ("prognos;" + HEAD + "2025;0;2026;5\n2026;1;2026;5\n", 3, "flera prognoser"),
        ("område;" + HEAD + "x" * 61 + ";0;2026;5\n", 2, "mer än 60 tecken"),
        (HEAD + "0;2026;..\n", 1, "inga tal per den 31 december"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_line(text: str, line: int, words: str) -> None:
    faults = refused(text)
    assert faults[0][0] == line
    assert words in faults[0][1]


def test_every_faulty_line_is_told() -> None:
    assert [line for line, _ in refused(HEAD + "x;2026;5\n0;2026;y\n1;2026;3\n2;z;3\n")] == [2, 3, 5]


def test_the_files_vintage_must_be_the_one_that_is_asked_for() -> None:
    assert refused(LONG, vintage="2025")[0] == (2, "Filen är prognosen 2026-05.")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    counts=st.dictionaries(
        st.tuples(st.sampled_from(["", "Norr", "Söder"]), st.integers(2025, 2036)),
        st.lists(st.integers(0, 90_000_000), min_size=3, max_size=3),
        min_size=1,
        max_size=6,
    ),
    is_wide=st.booleans(),
)
def test_long_and_wide_files_give_back_what_was_written(
    counts: dict[tuple[str, int], list[int]], is_wide: bool
) -> None:
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";")
    years = sorted({year for _, year in counts})
    text = {key: [f"{one // 1000},{one % 1000:03d}" for one in row] for key, row in counts.items()}
    if is_wide:
        writer.writerow(["område", "ålder", *years])
        for area in sorted({area for area, _ in counts}):
            for age in range(3):
                writer.writerow([area, age, *(text.get((area, year), [""] * 3)[age] for year in years)])
    else:
        writer.writerow(["område", "ålder", "år", "antal"])
        writer.writerows(
            [area, age, year, row[age]] for (area, year), row in text.items() for age in range(3)
        )
    assert taken(target.getvalue()).series["base"] == {
        key: dict(enumerate(row)) for key, row in counts.items()
    }
