"""The totals of the two views are types that do not mix: at run time, and before it for the type checker."""

from __future__ import annotations

import operator
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mypy.api
import pytest

from investplan.domain.series import CommitteeSeries, ConsolidatedSeries

YEARS = (2027, 2028)
ONE, MORE = CommitteeSeries(YEARS, (100, -5)), CommitteeSeries(YEARS, (7, 5))
WHOLE = ConsolidatedSeries(YEARS, (100, -5))


def test_series_of_one_kind_add_subtract_and_turn_sign() -> None:
    assert (ONE + MORE).ore == (107, 0)
    assert (ONE - MORE).ore == (93, -10)
    assert (-ONE).ore == (-100, 5)
    assert ConsolidatedSeries.total([(1, 2), (3, 4)], YEARS) == ConsolidatedSeries(YEARS, (4, 6))
    assert CommitteeSeries.total([], YEARS).ore == (0, 0)


def test_series_of_one_kind_are_compared_year_by_year() -> None:
    assert CommitteeSeries(YEARS, (100, -5)) == ONE
    assert ONE != MORE
    less = CommitteeSeries(YEARS, (99, -5))
    assert less <= ONE
    assert less <= ONE
    assert not ONE <= MORE
    assert not ONE >= MORE
    assert len({ONE, CommitteeSeries(YEARS, (100, -5)), MORE}) == 2
    assert hash(ONE) != hash(WHOLE)


def test_a_series_is_true_where_it_has_an_amount() -> None:
    assert ONE
    assert not CommitteeSeries(YEARS, (0, 0))


@pytest.mark.parametrize(
    "mix", [operator.add, operator.sub, operator.eq, operator.ne, operator.le, operator.ge, operator.lt]
)
@pytest.mark.parametrize("other", [WHOLE, (100, -5), 0, None])
def test_series_do_not_mix_with_the_other_view_nor_with_bare_numbers(
    mix: Callable[[Any, Any], Any], other: object
) -> None:
    with pytest.raises(TypeError):
        mix(ONE, other)


@pytest.mark.parametrize("mix", [operator.add, operator.sub, operator.eq, operator.le])
def test_series_of_other_years_do_not_mix(mix: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(ValueError, match="years"):
        mix(ONE, CommitteeSeries((2028, 2029), (1, 2)))


@pytest.mark.parametrize("use", [list, sum, len, lambda one: one[0], lambda one: 100 in one])
def test_a_series_is_not_taken_for_its_numbers(use: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError):
        use(ONE)


def test_a_series_has_one_amount_per_year_and_travels_between_processes() -> None:
    with pytest.raises(ValueError, match="1 amounts over 2 years"):
        CommitteeSeries(YEARS, (1,))
    copy = pickle.loads(pickle.dumps(WHOLE))
    assert copy == WHOLE


PROGRAM = """
from investplan.domain.cost_views import CommitteeView, ConsolidatedView
committee, consolidated = CommitteeView(()), ConsolidatedView(())
a, b = committee.levels("UN"), consolidated.levels()
c, d = committee.levels_by_kind("UN"), consolidated.levels_by_kind()
good = committee + committee, consolidated + consolidated
better = a + committee.levels_of_all(), b - b, a <= a, b == b, -a
committee + consolidated  # bad
consolidated + committee  # bad
a + b  # bad
b + a  # bad
a - b  # bad
a <= b  # bad
b >= a  # bad
a == b  # bad
a + a.ore  # bad
sum([a, a])  # bad
list(a)  # bad
max(b)  # bad
for one in a: ...  # bad
a[0]  # bad
[*c.values()][0] + [*d.values()][0]  # bad
CommitteeView.of_all([consolidated], ())  # bad
"""


def test_the_type_checker_refuses_every_mixture_and_no_other_line(tmp_path: Path) -> None:
    program = tmp_path / "mixture.py"
    program.write_text(PROGRAM)
    options = ["--no-incremental", "--follow-imports=silent", "--config-file=", f"--cache-dir={tmp_path}"]
    report, _errors, status = mypy.api.run([*options, str(program)])
    assert status == 1, report
    refused = {int(line.split(":")[1]) for line in report.splitlines() if ": error:" in line}
    assert refused == {i for i, line in enumerate(PROGRAM.splitlines(), 1) if "# bad" in line}, report


def test_a_series_is_at_least_and_at_most_itself_and_says_what_it_does_not_mix_with() -> None:
    same = CommitteeSeries(YEARS, (100, -5))
    assert same >= ONE
    assert same <= ONE
    assert CommitteeSeries(YEARS, (100, -4)) >= ONE
    assert not CommitteeSeries(YEARS, (101, -6)) >= ONE
    assert not CommitteeSeries(YEARS, (99, -4)) <= ONE
    with pytest.raises(TypeError, match="CommitteeSeries does not mix with ConsolidatedSeries"):
        operator.add(ONE, WHOLE)
    with pytest.raises(ValueError, match=r"different years: \(2027, 2028\) and \(2028, 2029\)"):
        operator.add(ONE, CommitteeSeries((2028, 2029), (1, 2)))
