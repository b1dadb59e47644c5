"""Mentions in plain text, and the order of what waits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.domain import comments
from investplan.domain.waiting import Target, Task, TaskKind, Urgency, in_order
from investplan.errors import Note

KNOWN = {"anna", "planerare.un", "a.b", "ekonomi"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Hej @anna", ["anna"]),
        ("@Anna, @ANNA!", ["anna"]),
        ("Fråga @planerare.un.", ["planerare.un"]),
        ("(@a.b) och @ekonomi-", ["a.b", "ekonomi"]),
        ("namn@anna.se", []),
        ("@@anna", []),
        ("@okänd @annan", []),
        ("@annas förslag", []),
        ("", []),
    ],
)
def test_a_mention_is_a_known_name_after_an_at_sign(text: str, named: list[str]) -> None:
    assert comments.mentioned(text, KNOWN) == named


@given(st.text(st.sampled_from("@anb.-_ ,å\n"), max_size=40))
def test_the_parts_of_a_comment_are_the_comment(text: str) -> None:
    assert "".join(part for part, _ in comments.parts(text, KNOWN)) == text


def test_a_comment_may_be_changed_for_ten_minutes() -> None:
    written = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert comments.may_edit(written, written + timedelta(minutes=10))
    assert not comments.may_edit(written, written + timedelta(minutes=10, seconds=1))


def task(kind: TaskKind, due_on: date | None = None, about: str = "A") -> Task:
    return Task(kind, Note("x"), about, Target("proposal", 1), due_on)


TODAY = date(2026, 5, 20)


@pytest.mark.parametrize(
    ("due_on", "urgency"),
    [
        (None, Urgency.NO_DATE),
        (date(2026, 5, 19), Urgency.OVERDUE),
        (TODAY, Urgency.SOON),
        (date(2026, 5, 27), Urgency.SOON),
        (date(2026, 5, 28), Urgency.LATER),
    ],
)
def test_how_urgent_a_task_is_follows_its_last_day(due_on: date | None, urgency: Urgency) -> None:
    assert task(TaskKind.REPLY, due_on).urgency(TODAY) is urgency


def test_tasks_come_by_last_day_then_what_others_wait_for_first() -> None:
    later, sooner = task(TaskKind.REPLY, date(2026, 6, 1)), task(TaskKind.DEADLINE, date(2026, 5, 1))
    same = task(TaskKind.DEADLINE, date(2026, 6, 1))
    draft, returned, other = task(TaskKind.DRAFT), task(TaskKind.RETURNED), task(TaskKind.DRAFT, None, "B")
    assert in_order([other, draft, same, later, returned, sooner]) == [
        sooner,
        later,
        same,
        returned,
        draft,
        other,
    ]
