"""JSON-stat 2 (Statistics Sweden's PxWebApi 2) as a table: one row per cell, codes and labels as they stand.

Sizes, order and codes are read from the file, never assumed; a null is an empty cell, never zero. Standard library
only: runs in the sandboxed child. Source: section 8.3 of the domain reference, and https://json-stat.org/format/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any

from investplan.errors import Note
from investplan.exchange import code_pages
from investplan.exchange.tables import MAX_CELLS, Cell, Counter, Row, Table, UnreadableError

MAX_DIMENSIONS = 20
LABEL = " label"
VALUE = "value"


@dataclass(frozen=True)
class Dimension:
    """One axis of a dataset. `codes` are in the order of the values; `labels` belong to them."""

    id: str
    label: str
    codes: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """A whole dataset. `values` are row-major, the last dimension fastest; None is missing."""

    label: str
    source: str
    dimensions: tuple[Dimension, ...]
    values: tuple[Decimal | None, ...]


def read_dataset(content: bytes) -> Dataset:
    """The dataset of a JSON-stat 2 file, checked: sizes, codes and number of values agree.

    Raises:
        UnreadableError: not JSON, not a dataset, or parts that contradict each other.
    """
    found = _json(content)
    if not isinstance(found, dict) or found.get("class") != "dataset":
        raise UnreadableError(Note("Filen är inte en JSON-stat-tabell (class ska vara dataset)."))
    try:
        ids, sizes = [str(one) for one in found["id"]], [_whole(size) for size in found["size"]]
        if len(ids) != len(sizes) or not 0 < len(ids) <= MAX_DIMENSIONS or len(set(ids)) < len(ids):
            raise UnreadableError(Note("JSON-stat-tabellens dimensioner och storlekar går inte ihop."))
        dimensions = tuple(
            _dimension(one, found["dimension"][one], size) for one, size in zip(ids, sizes, strict=True)
        )
        values = _values(found["value"], prod(sizes))
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise UnreadableError(
            Note("JSON-stat-tabellen är ofullständig eller skadad (%(fault)s).", {"fault": str(error)[:80]})
        ) from None
    return Dataset(str(found.get("label", "")), str(found.get("source", "")), dimensions, values)


def _json(content: bytes) -> Any:
    try:
        return json.loads(code_pages.decode(content).text, parse_float=Decimal, parse_constant=_refuse)
    except code_pages.UnknownCodePageError as error:
        raise UnreadableError(Note("Rad %(line)d: filen är inte UTF-8.", {"line": error.line})) from None
    except (ValueError, RecursionError):
        raise UnreadableError(Note("Filen är inte JSON, eller så är den avkortad.")) from None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _whole(size: Any) -> int:
    if type(size) is not int or size < 1:
        raise ValueError(f"size {size!r}")
    return size


def _dimension(name: str, stored: Any, size: int) -> Dimension:
    category = stored["category"]
    index, labels = category.get("index"), category.get("label") or {}
    if index is None and size == 1:
        # The standard lets a dimension with one category leave its index out.
        index = list(labels)
    codes = list(index) if isinstance(index, list) else sorted(index, key=lambda code: index[code])
    positions = list(range(size)) if isinstance(index, list) else sorted(index.values())
    if len(codes) != size or positions != list(range(size)):
        raise UnreadableError(
            Note(
                "Dimensionen %(name)s har %(codes)d värden men storleken %(size)d.",
                {"name": name, "codes": len(codes), "size": size},
            )
        )
    texts = tuple(str(code) for code in codes)
    return Dimension(
        name, str(stored.get("label", name)), texts, tuple(str(labels.get(code, code)) for code in texts)
    )


def _values(stored: Any, count: int) -> tuple[Decimal | None, ...]:
    """All values in order; a sparse object (`{"0": 12}`) leaves the others missing."""
    if count > MAX_CELLS:
        raise UnreadableError(Note("Tabellen är för stor: %(count)d celler.", {"count": count}))
    if isinstance(stored, dict):
        places = {int(place): _number(value) for place, value in stored.items()}
        if any(not 0 <= place < count for place in places):
            raise UnreadableError(Note("JSON-stat-tabellen har värden utanför sin storlek."))
        return tuple(places.get(place) for place in range(count))
    if len(stored) != count:
        raise UnreadableError(
            Note(
                "JSON-stat-tabellen har %(found)d värden men storlekarna säger %(count)d.",
                {"found": len(stored), "count": count},
            )
        )
    return tuple(_number(value) for value in stored)


def _number(value: Any) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"value {str(value)[:20]!r}")
    return Decimal(value)


def to_table(dataset: Dataset) -> Table:
    """One row per cell: each dimension's code and label, then the value; numbered by place, from 1.

    Raises:
        UnreadableError: more cells than a table may have.
    """
    header = (*(name for one in dataset.dimensions for name in (one.id, one.id + LABEL)), VALUE)
    return Table(header, tuple(_rows(dataset, len(header))))


def _rows(dataset: Dataset, width: int) -> Iterator[Row]:
    counter = Counter()
    axes = [list(zip(one.codes, one.labels, strict=True)) for one in dataset.dimensions]
    for number, (place, value) in enumerate(zip(product(*axes), dataset.values, strict=True), start=1):
        counter.count(width)
        cells: tuple[Cell, ...] = (*(text for pair in place for text in pair), value)
        yield Row(number, cells)
