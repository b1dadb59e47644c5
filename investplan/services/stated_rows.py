"""Tables that are saved as a whole: which rows are new, changed or gone, and which somebody else changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from investplan.errors import ConflictError


class Stated(Protocol):
    """A row as it was sent: `id` None is new."""

    @property
    def id(self) -> int | None: ...


class Versioned(Protocol):
    """A stored row."""

    id: Any
    version: Any


S = TypeVar("S", bound=Stated)
V = TypeVar("V", bound=Versioned)


@dataclass
class Changes(Generic[S, V]):
    """What saving the table comes to."""

    new: list[S] = field(default_factory=list)
    changed: list[tuple[V, S]] = field(default_factory=list)
    gone: list[V] = field(default_factory=list)


def changes(
    noun: str,
    stored: Sequence[V],
    rows: Sequence[S],
    seen: Mapping[int, int],
    *,
    stored_json: Callable[[V], Mapping[str, Any]],
    stated_json: Callable[[S], Mapping[str, Any]],
) -> Changes[S, V]:
    """Compare what was sent with what is stored. Rows that were never seen are somebody's new ones, and stay.

    Args:
        seen: Id → version of every row the form was filled with; one that is not among `rows` was taken away.

    Raises:
        ConflictError: rows that are changed or taken away here were changed since; `stored` and `submitted` hold them by
            id ("" in `stored` where the row is gone).
    """
    by_id = {one.id: one for one in stored}
    found: Changes[S, V] = Changes()
    theirs: dict[str, Any] = {}
    mine: dict[str, Any] = {}
    kept = {row.id for row in rows if row.id is not None}
    for row in rows:
        if row.id is None:
            found.new.append(row)
            continue
        known = by_id.get(row.id)
        if known is None:
            theirs[str(row.id)], mine[str(row.id)] = "", dict(stated_json(row))
        elif stored_json(known) != stated_json(row):
            if known.version != seen.get(row.id):
                theirs[str(row.id)], mine[str(row.id)] = dict(stored_json(known)), dict(stated_json(row))
            found.changed.append((known, row))
    for row_id, version in seen.items():
        known = by_id.get(row_id)
        if row_id not in kept and known is not None:
            if known.version != version:
                theirs[str(row_id)], mine[str(row_id)] = dict(stored_json(known)), ""
            found.gone.append(known)
    if theirs:
        raise ConflictError(noun, ", ".join(theirs), stored=theirs, submitted=mine)
    return found
