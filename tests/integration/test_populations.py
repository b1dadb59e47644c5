from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from investplan.cli.populations import population_command
from investplan.db.models import AuditEntry, PopulationCount, PopulationForecast
from investplan.db.session import Database
from investplan.domain.organisations import Role
from investplan.domain.populations import AGE_CLASSES, PopulationScenario
from investplan.errors import InvalidInputError, NotAllowedError, NotFoundError, StateError
from investplan.services import checks, populations
from investplan.services.demonstration_data import population
from investplan.services.populations import Asked, MissingPopulationError, RefusedPopulationError
from investplan.services.work import Actor, Work, begin, look
from tests import factories

FILE = """prognos;scenario;område;ålder;år;antal
2026-05;bas;;0;2026;700
2026-05;bas;;1;2026;710
2026-05;bas;;0;2027;701,5
2026-05;bas;;1;2027;720
2026-05;hög;;0;2026;700
2026-05;hög;;1;2026;710
2026-05;hög;;0;2027;750
2026-05;hög;;1;2027;760
"""


def stage(text: str = FILE, name: str = "prognos.csv", **asked: Any) -> populations.Staged:
    return populations.stage(text.encode(), name, Asked(**asked))


def count(work: Work, model: type) -> int:
    return work.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_file_becomes_one_forecast_per_scenario(work: Work) -> None:
    found = populations.read_in(work, stage(), source="Statistikbyrån")
    assert [(one.vintage, one.scenario, one.first_year, one.last_year, one.top_age) for one in found] == [
        ("2026-05", "base", 2026, 2027, 1),
        ("2026-05", "high", 2026, 2027, 1),
    ]
    assert found[0].source == "Statistikbyrån"
    assert count(work, PopulationCount) == 8


def test_the_same_file_again_gives_the_same_records_and_no_audit_row(work: Work) -> None:
    first = populations.read_in(work, stage(), key="a")
    audited = count(work, AuditEntry)
    for key in ("a", "b", ""):
        again = populations.read_in(work, stage(name="samma.csv"), key=key)
        assert [one.id for one in again] == [one.id for one in first]
    assert count(work, AuditEntry) == audited
    assert count(work, PopulationForecast) == 2


def test_each_scenario_has_its_audit_row(work: Work) -> None:
    found = populations.read_in(work, stage())
    rows = work.session.scalars(select(AuditEntry).where(AuditEntry.noun == "population_forecast")).all()
    assert [(row.action, row.key) for row in rows] == [
        ("add population forecast", str(one.id)) for one in found
    ]
    assert rows[0].after is not None
    assert (rows[0].after["rows"], rows[0].after["vintage"]) == (4, "2026-05")


def test_a_vintage_with_other_numbers_is_refused_until_the_first_is_withdrawn(work: Work) -> None:
    first = populations.read_in(work, stage())[0]
    changed = stage(FILE.replace("701,5", "702"))
    with pytest.raises(InvalidInputError, match="finns redan med andra tal"):
        populations.read_in(work, changed)
    populations.withdraw(work, first.id, reason="fel fil")
    second = populations.read_in(work, changed)[0]
    assert second.id != first.id
    assert populations.latest(work) == second
    assert populations.counts_by_year(work, first.id)[2027][0] == Fraction("701.5")
    with pytest.raises(StateError, match="redan tillbakadragen"):
        populations.withdraw(work, first.id)


def test_the_average_is_the_mean_of_31_december_before_and_in_the_year(work: Work) -> None:
    base, _ = populations.read_in(work, stage())
    assert populations.average_population(work, base.id, 2027) == {0: Fraction("700.75"), 1: Fraction(715)}


def test_a_missing_year_area_or_age_is_an_error_and_not_zero(work: Work) -> None:
    base, _ = populations.read_in(work, stage())
    for year, words in ((2026, "2025"), (2028, "2028")):
        with pytest.raises(MissingPopulationError, match=f"saknar den 31 december {words}"):
            populations.average_population(work, base.id, year)
    with pytest.raises(MissingPopulationError, match="Norr"):
        populations.average_population(work, base.id, 2027, area="Norr")
    holed = populations.read_in(
        work, stage(FILE.replace("1;2027;720", "1;2027;..").replace("2026-05", "2026-06"))
    )[0]
    with pytest.raises(MissingPopulationError, match="saknar åldern 1 år för året 2027"):
        populations.average_population(work, holed.id, 2027)
    with pytest.raises(NotFoundError):
        populations.average_population(work, 999, 2027)


def test_areas_are_kept_apart(work: Work) -> None:
    text = "område;ålder;2026;2027\nNorr;0;10;20\nSöder;0;1;2\nhela kommunen;0;11;22\n"
    [found] = populations.read_in(work, stage(text, vintage="2026"))
    assert populations.areas(work, found.id) == ["", "Norr", "Söder"]
    assert populations.average_population(work, found.id, 2027, area="Norr") == {0: Fraction(15)}
    assert populations.average_population(work, found.id, 2027) == {0: Fraction(33, 2)}


def test_the_latest_is_the_newest_vintage_of_the_scenario(work: Work) -> None:
    assert populations.latest(work) is None
    populations.read_in(work, stage(FILE.replace("2026-05", "2025-05")))
    newest = populations.read_in(work, stage())
    assert populations.latest(work) == newest[0]
    assert populations.latest(work, scenario="high") == newest[1]
    assert populations.latest(work, "outcome") is None
    with pytest.raises(ValueError):
        populations.latest(work, "kanske")


def test_faults_are_told_by_line_and_nothing_is_stored(work: Work) -> None:
    with pytest.raises(RefusedPopulationError) as caught:
        populations.read_in(work, stage(FILE.replace("1;2026;710", "1;2026;sju")))
    assert list(caught.value.fields) == ["line 3", "line 7"]
    assert [fault.line for fault in caught.value.faults] == [3, 7]
    assert count(work, PopulationForecast) == 0


def test_files_that_cannot_be_read_are_refused_in_words() -> None:
    for content, name, words in (
        (b"a;b\n", "prognos.pdf", "ska vara CSV"),
        (b"", "prognos.csv", "tom"),
        (b"a;b\n\xc3\xa5\xe5;1\n", "prognos.csv", "Rad 2"),
        (b"inte json", "prognos.json", "inte jsonstat"),
        (b"PK", "prognos.xlsx", "inte xlsx"),
    ):
        with pytest.raises(RefusedPopulationError, match=words):
            populations.stage(content, name, Asked())


@pytest.mark.parametrize("vintage", ["", "maj 2026", "20265", "x" * 50])
def test_a_vintage_begins_with_its_year(work: Work, vintage: str) -> None:
    with pytest.raises(InvalidInputError, match="ska börja med året"):
        populations.read_in(
            work, stage(FILE.replace("2026-05;", ";").replace("prognos;", "x;"), vintage=vintage)
        )


def test_an_empty_forecast_is_refused(work: Work) -> None:
    with pytest.raises(InvalidInputError, match="inga tal"):
        populations.add(work, vintage="2026", scenario=PopulationScenario.BASE, series={})


def test_only_finance_reads_in_and_withdraws(work: Work) -> None:
    found = populations.read_in(work, stage())[0]
    for role in (Role.PLANNER, Role.COUNCIL_VIEWER):
        other = Work(work.session, Actor(7, "someone", role))
        with pytest.raises(NotAllowedError):
            populations.read_in(other, stage())
        with pytest.raises(NotAllowedError):
            populations.withdraw(other, found.id)
        assert populations.latest(other) == found


def test_a_json_stat_file_gives_the_outcome(work: Work) -> None:
    made = {
        "class": "dataset", "id": ["Region", "Alder", "Kon", "Tid"], "size": [1, 3, 2, 2],
        "dimension": {
            "Region": {"category": {"index": ["0880"], "label": {"0880": "Kalmar"}}},
            "Alder": {"category": {"index": ["0", "1+", "tot"]}},
            "Kon": {"category": {"index": ["1", "2"], "label": {"1": "män", "2": "kvinnor"}}},
            "Tid": {"category": {"index": ["2024", "2025"]}},
        },
        "value": [1, 2, 3, 4, 5, 6, 7, 8, 99, 99, 99, 99],
    }  # fmt: skip
    asked = Asked(vintage="2025", scenario=PopulationScenario.OUTCOME, municipality="0880")
    staged = populations.stage(json.dumps(made).encode(), "TAB638.json", asked)
    [found] = populations.read_in(work, staged, source="SCB")
    assert populations.counts_by_year(work, found.id) == {2024: {0: 4, 1: 12}, 2025: {0: 6, 1: 14}}
    assert populations.average_population(work, found.id, 2025) == {0: Fraction(5), 1: Fraction(13)}


@pytest.mark.shared_data
def test_the_countys_population_is_read_with_kalmars_69_467(work: Work, shared_data: Path) -> None:
    path = shared_data / "kalmar_statistics" / "population_age_sex_2019_kalmar_county.csv"
    asked = Asked("2019", PopulationScenario.OUTCOME, "Kalmar", only_municipality=True)
    [found] = populations.read_in(work, populations.stage(path, path.name, asked))
    assert populations.totals(work, found.id) == {2019: Fraction(69_467)}
    by_class = [row.by_year[2019] for row in populations.by_class(work, found.id)]
    # The folder's own README: 1-5 4 034, 6-15 7 921, 16-18 2 175, 19-64 40 594, 65-79 10 109, 80+ 3 824.
    assert by_class[1:] == [4_034, 7_921, 2_175, 40_594, 10_109, 3_824]


@pytest.mark.shared_data
def test_statistics_swedens_ten_year_classes_cannot_be_kept_and_that_is_told(shared_data: Path) -> None:
    path = shared_data / "kalmar_statistics" / "scb_pxwebapi2" / "TAB6471_data.json"
    staged = populations.stage(path, path.name, Asked("2026", PopulationScenario.OUTCOME, "08"))
    assert [str(fault.note) for fault in staged.reading.faults] == [
        "Filen har inga tal per den 31 december för ettåriga åldrar."
    ]


# --- the demonstration's own -------------------------------------------------------------------------------------


def test_the_demonstrations_forecast_is_plausible_and_the_same_every_time(work: Work) -> None:
    made = {scenario: population.forecast(scenario) for scenario in population.STEPS}
    assert made == {scenario: population.forecast(scenario) for scenario in population.STEPS}
    stored = {
        scenario: populations.add(work, vintage="2026-05", scenario=scenario, series=series)
        for scenario, series in made.items()
    }
    totals = {scenario: populations.totals(work, one.id) for scenario, one in stored.items()}
    base = totals[PopulationScenario.BASE]
    assert list(base) == list(range(2025, 2037))
    assert 71_000 < (base[2025] or 0) < 73_000
    for year in range(2026, 2037):
        low, middle, high = (totals[one][year] or 0 for one in population.STEPS)
        assert low < middle < high
        assert 200 < middle - (base[year - 1] or 0) < 700
    rows = {
        row.age_class.label: row.by_year
        for row in populations.by_class(work, stored[PopulationScenario.BASE].id)
    }
    assert [row.label for row in AGE_CLASSES] == list(rows)
    assert (rows["80+"][2035] or 0) > Fraction(135, 100) * (rows["80+"][2025] or 0)
    assert (rows["1–5"][2030] or 0) < (rows["1–5"][2025] or 0)
    assert {one.top_age for one in stored.values()} == {100}


def test_checks_hold_the_numbers_against_the_hash(database: Database) -> None:
    with begin(database) as work:
        [forecast, _] = populations.read_in(work, stage())
        assert checks.run(work, database) == []
        row = work.session.scalars(select(PopulationCount).where(PopulationCount.age == 1)).first()
        assert row is not None
        row.thousandths += 1
        work.session.flush()
        assert [(one.code, one.place) for one in checks.run(work, database)] == [
            ("POP1", f"population_forecast {forecast.id}")
        ]


def test_factories_need_no_forecast(work: Work) -> None:
    factories.planning_round(work)
    assert populations.everything(work) == []


# --- the command -------------------------------------------------------------------------------------------------


@pytest.fixture
def command(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("INVESTPLAN_DATABASE_URL", database.url)
    return lambda *arguments: CliRunner().invoke(population_command, list(arguments))


def test_the_command_stores_a_file_and_says_what_it_holds(
    command: Callable[..., Result], database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "prognos.csv"
    path.write_text(FILE, encoding="cp1252")
    found = command(str(path), "--source", "Statistikbyrån")
    assert found.exit_code == 0, found.output
    assert "2026-05 base: 2026-2027" in found.output
    assert "Windows-1252" in found.output
    assert command(str(path)).exit_code == 0
    with look(database) as work:
        assert count(work, PopulationForecast) == 2


def test_the_command_refuses_with_lines_and_status_2(command: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "prognos.csv"
    path.write_text(FILE.replace(";700", ";sju"), encoding="utf-8")
    found = command(str(path))
    assert found.exit_code == 2
    assert "line 2: ”sju” är inte ett antal invånare." in found.output
    assert "nothing was written" in found.output
    path.write_text("ålder;år;antal\n" + "x;1;1\n" * 30, encoding="utf-8")
    assert "… and 10 more." in command(str(path), "--vintage", "2026").output


def test_the_command_fetches_only_with_the_setting(command: Callable[..., Result]) -> None:
    assert "INVESTPLAN_SCB_URL" in command("--scb", "TAB638", "--years", "2024-2025").output
    assert "needs --years" in command("--scb", "TAB638").output
    assert "Give a FILE" in command().output


def test_the_command_tells_how_many_live_there(command: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "alla.csv"
    path.write_text("ålder;2026\n" + "".join(f"{age};10,5\n" for age in range(101)), encoding="utf-8")
    assert (
        "2026 outcome: 2026-2026, 1061 inhabitants"
        in command(str(path), "--vintage", "2026", "--scenario", "outcome").output
    )
