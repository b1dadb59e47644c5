"""Calendars as iCalendar files (RFC 5545): all-day events, for subscription in Outlook, Google or Apple Calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MAX_OCTETS = 75
PRODUCT = "-//investplan//investplan//SV"


@dataclass(frozen=True)
class Event:
    """A whole day, or the days up to and with `ends_on`. `uid` stays the same when the event changes; `sequence` grows."""

    uid: str
    name: str
    starts_on: date
    changed_at: datetime
    ends_on: date | None = None
    note: str = ""
    url: str = ""
    sequence: int = 0


def write_calendar(name: str, events: Iterable[Event]) -> bytes:
    """The file in UTF-8, with CRLF line ends and lines folded at 75 octets."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escape(name)}",
        f"X-WR-CALNAME:{escape(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
    ]
    for event in events:
        lines += _event(event)
    lines.append("END:VCALENDAR")
    return "".join(fold(line) + "\r\n" for line in lines).encode()


def _event(event: Event) -> Iterator[str]:
    # The end of a whole day is the day after it (RFC 5545, 3.6.1).
    after = (event.ends_on or event.starts_on) + timedelta(days=1)
    yield "BEGIN:VEVENT"
    yield f"UID:{escape(event.uid)}"
    yield f"DTSTAMP:{event.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"LAST-MODIFIED:{event.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"DTSTART;VALUE=DATE:{event.starts_on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{after:%Y%m%d}"
    yield f"SUMMARY:{escape(event.name)}"
    if event.note:
        yield f"DESCRIPTION:{escape(event.note)}"
    if event.url:
        yield f"URL:{event.url}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def escape(text: str) -> str:
    r"""A text value: backslash, semicolon, comma and line ends are escaped, control characters dropped.

    >>> escape("Nämnder; KS, KF\nsen")
    'Nämnder\\; KS\\, KF\\nsen'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(sign for sign in text if sign in "\n\t" or (ord(sign) >= 32 and ord(sign) != 127))
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(sign, written)
    return text


def fold(line: str) -> str:
    """The line in pieces of at most 75 octets, never cut inside a character; each but the first begins with a space."""
    pieces: list[str] = []
    piece, room = "", MAX_OCTETS
    for sign in line:
        size = len(sign.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", MAX_OCTETS - 1
        piece += sign
        room -= size
    return "\r\n ".join([*pieces, piece])
