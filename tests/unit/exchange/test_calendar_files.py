"""Calendars as RFC 5545 wants them: folding, escaping, whole days, stable identities."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investplan.exchange.calendar_files import Event, escape, fold, write_calendar

CHANGED = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=1)))


def lines_of(content: bytes) -> list[str]:
    """The file's lines, unfolded as a reader does it (RFC 5545, 3.1)."""
    return content.decode().replace("\r\n ", "").split("\r\n")


def event(**changes: object) -> Event:
    return Event(
        **{"uid": "a@b", "name": "KF", "starts_on": date(2026, 11, 23), "changed_at": CHANGED, **changes}
    )  # type: ignore[arg-type]


def test_a_calendar_is_what_rfc_5545_says() -> None:
    assert lines_of(write_calendar("Budget 2027", [event()])) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//investplan//investplan//SV",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Budget 2027",
        "X-WR-CALNAME:Budget 2027",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
        "BEGIN:VEVENT",
        "UID:a@b",
        "DTSTAMP:20260301T083000Z",
        "LAST-MODIFIED:20260301T083000Z",
        "SEQUENCE:0",
        "DTSTART;VALUE=DATE:20261123",
        "DTEND;VALUE=DATE:20261124",
        "SUMMARY:KF",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize(
    ("last", "end"), [(None, "20261124"), (date(2026, 11, 23), "20261124"), (date(2026, 12, 31), "20270101")]
)
def test_the_end_of_whole_days_is_the_day_after_the_last(last: date | None, end: str) -> None:
    assert f"DTEND;VALUE=DATE:{end}" in lines_of(write_calendar("B", [event(ends_on=last)]))


def test_note_and_address_and_sequence_are_told_when_there_are_any() -> None:
    told = lines_of(write_calendar("B", [event(note="Sal A", url="https://x.se/1", sequence=4)]))
    assert {"DESCRIPTION:Sal A", "URL:https://x.se/1", "SEQUENCE:4"} <= set(told)


def test_nothing_typed_can_end_a_line_or_begin_a_property() -> None:
    content = write_calendar("B", [event(name="A\r\nATTENDEE:x\x00\x0b", note="a\rb")])
    assert "SUMMARY:A\\nATTENDEE:x" in lines_of(content)
    assert "DESCRIPTION:a\\nb" in lines_of(content)


@given(
    st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x7f") | st.just("\n"),
        max_size=300,
    )
)
def test_escaping_can_be_undone(text: str) -> None:
    read, signs = "", iter(escape(text))
    for sign in signs:
        read += {"n": "\n"}.get(after := next(signs), after) if sign == "\\" else sign
    assert read == text


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=400))
def test_folded_lines_are_short_whole_characters_and_unfold_to_the_same(text: str) -> None:
    folded = fold(text)
    assert folded.replace("\r\n ", "") == text
    assert all(len(line.encode()) <= 75 for line in folded.split("\r\n"))


def test_a_line_of_exactly_75_octets_is_not_folded_and_one_more_is() -> None:
    assert fold("x" * 75) == "x" * 75
    assert fold("x" * 76) == "x" * 75 + "\r\n x"
    assert fold("x" * 74 + "å") == "x" * 74 + "\r\n å"
    assert CHANGED.astimezone(UTC).hour == 8
