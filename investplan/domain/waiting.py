"""What waits for somebody: things to do, each with where it is done and by when, in the order to do them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from investplan.errors import Note

SOON = timedelta(days=7)


class TaskKind(StrEnum):
    REPLY = "reply"
    ANSWER = "answer"
    MENTION = "mention"
    RETURNED = "returned"
    UNSAVED = "unsaved_text"
    DRAFT = "incomplete_draft"
    GATE = "gate"
    DEADLINE = "deadline"


class Urgency(StrEnum):
    OVERDUE = "overdue"
    SOON = "soon"
    LATER = "later"
    NO_DATE = "no_date"


@dataclass(frozen=True)
class Target:
    """Where a task is done: a noun and its id, which the pages turn into an address."""

    noun: str
    id: int
    part: str = ""


@dataclass(frozen=True)
class Task:
    """One thing that waits.

    Args:
        what: What to do, with the facts that name it.
        about: What it is about in its own words (a proposal's title, a comment's beginning), shown as it is.
        waits_for: Whose it is: an organisation or user by name; empty for the reader's own self.
        due_on: The last day; None where there is none.
    """

    kind: TaskKind
    what: Note
    about: str
    target: Target
    due_on: date | None = None
    waits_for: str = ""

    def urgency(self, today: date) -> Urgency:
        """How near the last day is."""
        if self.due_on is None:
            return Urgency.NO_DATE
        if self.due_on < today:
            return Urgency.OVERDUE
        return Urgency.SOON if self.due_on - today <= SOON else Urgency.LATER


ORDER = (
    TaskKind.UNSAVED, TaskKind.RETURNED, TaskKind.MENTION, TaskKind.REPLY, TaskKind.ANSWER, TaskKind.GATE,
    TaskKind.DRAFT, TaskKind.DEADLINE,
)  # fmt: skip


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """Dated tasks by last day, then the undated; on the same day what others wait for comes first."""
    return sorted(
        tasks,
        key=lambda one: (
            one.due_on is None,
            one.due_on or date.max,
            ORDER.index(one.kind),
            one.about,
            one.target.id,
        ),
    )
