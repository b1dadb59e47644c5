"""The rows of `parts/tables.html`: written here, for a table may have ten thousand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

ROW_CLASSES = {"sum": "is-sum", "group": "is-group"}


def table_rows(columns: Sequence[Mapping[str, Any]], rows: Iterable[Any]) -> Markup:
    """`<tr>` after `<tr>`, the first cell of each a row's head.

    Args:
        columns: `label`, and where it has them `unit` and `figure`.
        rows: lists of cells, or mappings with `cells` and perhaps `kind` ("sum", "group") and `id`.
    """
    starts = [_start(column, first=place == 0) for place, column in enumerate(columns)]
    return Markup("\n".join(_row(starts, one) for one in rows))  # noqa: S704 - every part is escaped


def _start(column: Mapping[str, Any], *, first: bool) -> str:
    """How a cell of the column begins; one that is no head goes on within its class."""
    figure = "is-figure" if column.get("figure") else ""
    if first:
        return '<th role="rowheader" scope="row"' + (' class="is-figure">' if figure else ">")
    unit = column.get("unit")
    label = escape(column["label"]) + (Markup(", ") + escape(unit) if unit else "")
    return f'<td role="cell" data-label="{label}" class="{figure}'


def _row(starts: Sequence[str], row: Any) -> str:
    told = row if isinstance(row, Mapping) else {"cells": row}
    kind, key = ROW_CLASSES.get(told.get("kind", "")), told.get("id")
    attributes = (f' class="{kind}"' if kind else "") + (f' id="{escape(key)}"' if key else "")
    parts = [f'<tr role="row"{attributes}>']
    for place, cell in enumerate(told["cells"]):
        if place == 0:
            parts.append(f"{starts[0]}{_text(cell)}</th>")
        elif cell is None:
            parts.append(f'{starts[place]} is-empty"></td>')
        else:
            text = _text(cell)
            parts.append(f'{starts[place]}{"" if text else " is-empty"}"><span>{text}</span></td>')
    return "\n".join([*parts, "</tr>"])


def _text(cell: Any) -> str:
    return cell if type(cell) is Markup else escape(cell)
