from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from investplan.exchange import sandbox
from investplan.exchange.statistics import read_dataset, to_table
from investplan.exchange.tables import UnreadableError, Wanted


def dataset(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "class": "dataset",
        "version": "2.0",
        "label": "Folkmängd",
        "source": "SCB",
        "id": ["Region", "Alder", "Tid"],
        "size": [2, 3, 1],
        "dimension": {
            "Region": {
                "label": "region",
                "category": {"index": {"0880": 1, "0881": 0}, "label": {"0880": "Kalmar"}},
            },
            "Alder": {"label": "ålder", "category": {"index": ["0", "1", "100+"]}},
            "Tid": {"label": "år", "category": {"label": {"2025": "2025"}}},
        },
        "value": [1, 2, 3, 4, None, 6],
    }
    return made | changes


def read(found: Any) -> list[tuple[Any, ...]]:
    return [row.cells for row in to_table(read_dataset(json.dumps(found).encode())).rows]


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableError) as caught:
        to_table(read_dataset(content))
    return str(caught.value)


def test_order_and_sizes_are_read_from_the_file_and_null_stays_missing() -> None:
    rows = read(dataset())
    assert rows[0] == ("0881", "0881", "0", "0", "2025", "2025", Decimal(1))
    assert rows[4] == ("0880", "Kalmar", "1", "1", "2025", "2025", None)
    assert rows[5] == ("0880", "Kalmar", "100+", "100+", "2025", "2025", Decimal(6))


def test_values_may_be_sparse() -> None:
    assert [row[-1] for row in read(dataset(value={"0": 7, "5": 1.5}))] == [
        7,
        None,
        None,
        None,
        None,
        Decimal("1.5"),
    ]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"class": "collection"}, "class ska vara dataset"),
        ([], "class ska vara dataset"),
        (dataset(value=[1, 2]), "2 värden men storlekarna säger 6"),
        (dataset(value={"6": 1}), "utanför sin storlek"),
        (dataset(size=[2, 3]), "går inte ihop"),
        (dataset(size=[2, 4, 1], value=[0] * 8), "3 värden men storleken 4"),
        (dataset(size=[2, -3, 1]), "skadad"),
        (dataset(size=[20000, 3000, 1]), "storleken 20000"),
        (dataset(value=[1, 2, "3", 4, 5, 6]), "skadad"),
        (dataset(value=[1, 2, True, 4, 5, 6]), "skadad"),
        ({name: part for name, part in dataset().items() if name != "dimension"}, "ofullständig"),
    ],
)
def test_parts_that_contradict_each_other_are_refused(found: Any, words: str) -> None:
    assert words in refusal(json.dumps(found).encode())


def test_what_is_not_json_is_refused() -> None:
    assert "inte JSON" in refusal(b'{"class": "dataset", ')
    assert "inte JSON" in refusal(json.dumps(dataset(value=[float("nan")] * 6)).encode())
    assert "Rad 1" in refusal('{"label": "Å'.encode() + b'\xe4"}')


def test_a_table_beyond_the_limits_is_refused_before_it_is_built() -> None:
    index = [str(n) for n in range(1500)]
    big = dataset(
        id=["A", "B"], size=[1500, 1500], value={},
        dimension={"A": {"category": {"index": index}}, "B": {"category": {"index": index}}},
    )  # fmt: skip
    assert "för stor" in refusal(json.dumps(big).encode())


def test_the_limited_child_reads_it_too() -> None:
    table = sandbox.read_table(json.dumps(dataset()).encode(), "TAB638.json", Wanted("jsonstat"))
    assert table.header == ("Region", "Region label", "Alder", "Alder label", "Tid", "Tid label", "value")
    assert table.rows[4].cells[-1] is None
    with pytest.raises(UnreadableError, match="class ska vara dataset"):
        sandbox.read_table(b'{"a": 1}', "x.json", Wanted("jsonstat"))


@pytest.mark.shared_data
def test_statistics_swedens_recorded_answer_is_read_whole(shared_data: Path) -> None:
    content = (shared_data / "kalmar_statistics" / "scb_pxwebapi2" / "TAB6471_data.json").read_bytes()
    found = read_dataset(content)
    assert [len(one.codes) for one in found.dimensions] == [21, 11, 3, 1, 4]
    assert len(found.values) == 2772
    table = to_table(found)
    kalmar = {
        (row.cells[2], row.cells[4], row.cells[8]): row.cells[-1]
        for row in table.rows
        if row.cells[0] == "08"
    }
    # The total over sexes is a number of its own: with the noise that protects persons it need not be the sum.
    differences = {
        key: kalmar[key[0], "TotSa", key[2]] - kalmar[key[0], "1", key[2]] - kalmar[key[0], "2", key[2]]  # type: ignore[operator]
        for key in kalmar
    }
    assert len(kalmar) == 132
    assert all(abs(one) < 50 for one in differences.values())
