"""Jinja filters: amounts from öre, shares, dates and times as Swedes (or readers of English) write them.

Every function takes the value first and a `locale` ("sv" or "en"); `register` binds the reader's locale. A value that
is not known (`None`) is an en dash, never a zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import flask_babel
from babel.dates import format_date
from flask import Flask
from jinja2 import pass_context

from investplan.errors import Note
from investplan.units import MINUS, NBSP, ORE_PER, Month, Ore, Unit, format_amount, round_half_up
from web.tables import table_rows

STOCKHOLM = ZoneInfo("Europe/Stockholm")
UNKNOWN = "–"
ENGLISH_UNITS: dict[Unit, str] = {"kr": "SEK", "tkr": "SEK thousand", "mnkr": "SEK million"}
DEFAULT_DECIMALS: dict[Unit, int] = {"kr": 0, "tkr": 0, "mnkr": 1}
STATUS_SHAPES = {
    "draft": "draft", "queued": "draft", "todo": "draft", "unknown": "draft",
    "submitted": "submitted", "running": "submitted", "active": "submitted", "current": "submitted", "moved": "submitted",
    "decided": "decided", "done": "decided", "succeeded": "decided", "optimal": "decided", "in": "decided", "ok": "decided",
    "dormant": "dormant", "waiting": "dormant", "stale": "dormant", "warning": "dormant", "feasible": "dormant",
    "rejected": "rejected", "failed": "rejected", "infeasible": "rejected", "fault": "rejected", "over": "rejected",
    "cancelled": "cancelled", "out": "cancelled", "closed": "cancelled",
}  # fmt: skip
"""Code of a state -> the shape and colour that show it: ring, triangle, disc, diamond, cross, square."""


def localise_figures(text: str, locale: str) -> str:
    """The Swedish figure text in the reader's signs: `1 234,5` is `1,234.5` in English.

    >>> localise_figures("1\\u00a0234,5", "en")
    '1,234.5'
    """
    return text if locale != "en" else text.translate({ord(","): ".", ord(NBSP): ","})


def unit_name(unit: Unit, locale: str = "sv") -> str:
    """What the unit is called: kr, tkr and mnkr, or SEK, SEK thousand and SEK million.

    >>> unit_name("mnkr"), unit_name("mnkr", locale="en")
    ('mnkr', 'SEK million')
    """
    return ENGLISH_UNITS[unit] if locale == "en" else unit


def amount(
    amount_ore: Ore | None,
    unit: Unit = "tkr",
    decimals: int | None = None,
    *,
    signed: bool = False,
    locale: str = "sv",
) -> str:
    """The figure alone, for a table whose head names the unit. Without `decimals`: kr 0, tkr 0, mnkr 1.

    >>> amount(123_456_789_00, "mnkr")
    '123,5'
    >>> amount(None)
    '–'
    """
    if amount_ore is None:
        return UNKNOWN
    places = DEFAULT_DECIMALS[unit] if decimals is None else decimals
    return localise_figures(format_amount(amount_ore, unit, places, signed=signed), locale)


def amount_with_unit(
    amount_ore: Ore | None,
    unit: Unit,
    decimals: int | None = None,
    *,
    signed: bool = False,
    locale: str = "sv",
) -> str:
    """The figure and its unit, kept together by a no-break space.

    >>> amount_with_unit(-2_50, "kr", 2).replace(NBSP, " ")
    '−2,50 kr'
    """
    figure = amount(amount_ore, unit, decimals, signed=signed, locale=locale)
    return figure if amount_ore is None else f"{figure}{NBSP}{unit_name(unit, locale)}"


def kr(amount_ore: Ore | None, decimals: int = 0, *, signed: bool = False, locale: str = "sv") -> str:
    """Kronor with unit from öre."""
    return amount_with_unit(amount_ore, "kr", decimals, signed=signed, locale=locale)


def tkr(amount_ore: Ore | None, decimals: int = 0, *, signed: bool = False, locale: str = "sv") -> str:
    """Thousands of kronor with unit from öre."""
    return amount_with_unit(amount_ore, "tkr", decimals, signed=signed, locale=locale)


def mnkr(amount_ore: Ore | None, decimals: int = 1, *, signed: bool = False, locale: str = "sv") -> str:
    """Millions of kronor with unit from öre.

    >>> mnkr(1_234_500_000_00, locale="en").replace(NBSP, " ")
    '1,234.5 SEK million'
    """
    return amount_with_unit(amount_ore, "mnkr", decimals, signed=signed, locale=locale)


def input_amount(amount_ore: Ore | None, unit: Unit = "kr") -> str:
    """The exact amount as it stands in an input, with no more decimals than it needs; empty when there is none.

    `investplan.units.parse_amount` reads it back to the same öre, in both languages.

    >>> input_amount(1_234_50), input_amount(2_500_000_00, "mnkr"), input_amount(None)
    ('1\\xa0234,5', '2,5', '')
    """
    if amount_ore is None:
        return ""
    decimals = len(str(ORE_PER[unit])) - 1
    text = format_amount(amount_ore, unit, decimals)
    return text.rstrip("0").rstrip(",") if "," in text else text


def number(
    value: int | Decimal | Fraction | float | None,
    decimals: int = 0,
    *,
    signed: bool = False,
    locale: str = "sv",
) -> str:
    """A plain number with groups of three.

    >>> number(12345.675, 2).replace(NBSP, " ")
    '12 345,68'
    """
    if value is None:
        return UNKNOWN
    hundredths = round_half_up(_exact(value) * 10**decimals)
    whole, rest = divmod(abs(hundredths), 10**decimals)
    text = f"{whole:,}".replace(",", NBSP) + (f",{rest:0{decimals}d}" if decimals else "")
    sign = MINUS if hundredths < 0 else ("+" if signed and hundredths > 0 else "")
    return localise_figures(sign + text, locale)


def percent(
    share: int | Decimal | Fraction | float | None,
    decimals: int = 1,
    *,
    signed: bool = False,
    locale: str = "sv",
) -> str:
    """A share or rate (0.025) in per cent.

    >>> percent(Fraction(1, 40)), percent(0.5, 0, locale="en")
    ('2,5\\xa0%', '50%')
    """
    if share is None:
        return UNKNOWN
    figure = number(_exact(share) * 100, decimals, signed=signed, locale=locale)
    return f"{figure}%" if locale == "en" else f"{figure}{NBSP}%"


def _exact(value: int | Decimal | Fraction | float) -> Fraction:
    """A float means the decimal it prints as: 0.1 is a tenth."""
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def iso_date(day: date | None, *, locale: str = "sv") -> str:
    """2026-11-23, for tables. A moment is told as the day it was in Stockholm."""
    if day is None:
        return UNKNOWN
    return (in_stockholm(day).date() if isinstance(day, datetime) else day).isoformat()


def long_date(day: date | None, *, locale: str = "sv") -> str:
    """23 november 2026, for running text.

    >>> long_date(date(2026, 11, 3))
    '3\\xa0november\\xa02026'
    """
    if day is None:
        return UNKNOWN
    local_day = in_stockholm(day).date() if isinstance(day, datetime) else day
    return format_date(local_day, "d MMMM y", locale=locale).replace(" ", NBSP)


def date_time(moment: datetime | None, *, locale: str = "sv") -> str:
    """2026-11-23 14:32 in Stockholm. A moment without zone is UTC, as the database keeps it.

    >>> date_time(datetime(2026, 7, 1, 22, 5))
    '2026-07-02\\xa000:05'
    """
    return UNKNOWN if moment is None else in_stockholm(moment).strftime(f"%Y-%m-%d{NBSP}%H:%M")


def long_date_time(moment: datetime | None, *, locale: str = "sv") -> str:
    """23 november 2026 kl. 14.32, for running text."""
    if moment is None:
        return UNKNOWN
    local = in_stockholm(moment)
    clock = local.strftime("%H:%M") if locale == "en" else f"kl.{NBSP}{local:%H.%M}"
    return f"{long_date(local, locale=locale)}{',' if locale == 'en' else ''} {clock}"


def in_stockholm(moment: datetime) -> datetime:
    """The same moment by the clock in Stockholm."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(STOCKHOLM)


def month(value: Month | None, *, locale: str = "sv") -> str:
    """2028-02, the way months stand in tables and files."""
    return UNKNOWN if value is None else f"{value.year}-{value.month:02d}"


def years(value: int | Iterable[int] | None, *, locale: str = "sv") -> str:
    """Years run together: 2027–2030, with gaps told.

    >>> years([2030, 2027, 2028, 2029]), years([2027, 2029, 2030]), years([2027]), years([])
    ('2027–2030', '2027, 2029–2030', '2027', '–')
    """
    if value is None:
        return UNKNOWN
    spans: list[list[int]] = []
    for year in [value] if isinstance(value, int) else sorted(set(value)):
        if spans and spans[-1][1] == year - 1:
            spans[-1][1] = year
        else:
            spans.append([year, year])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in spans) or UNKNOWN


def duration(seconds: float | None, *, locale: str = "sv") -> str:
    """How long something took: 12 s, 1 min 5 s, 2 h 3 min.

    >>> [duration(s).replace(NBSP, " ") for s in (0.4, 65, 7380)]
    ['0 s', '1 min 5 s', '2 h 3 min']
    """
    if seconds is None:
        return UNKNOWN
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours}{NBSP}h {minutes_left}{NBSP}min"
    return f"{minutes}{NBSP}min {rest}{NBSP}s" if minutes else f"{rest}{NBSP}s"


def file_size(size_bytes: int | None, *, locale: str = "sv") -> str:
    """A size in kB or MB (thousands of bytes).

    >>> file_size(1_530_000).replace(NBSP, " ")
    '1,5 MB'
    """
    if size_bytes is None:
        return UNKNOWN
    if size_bytes < 1_000_000:
        return f"{number(-(-size_bytes // 1000), locale=locale)}{NBSP}kB"
    return f"{number(Fraction(size_bytes, 1_000_000), 1, locale=locale)}{NBSP}MB"


def change_words(difference: int | Fraction | float) -> str:
    """Which way a difference goes: `up`, `down` or `same`; the sign of the figure tells it too."""
    return "up" if difference > 0 else "down" if difference < 0 else "same"


def status_shape(code: str) -> str:
    """Which of the six shapes shows the state `code`; an unheard-of code is a ring.

    >>> status_shape("infeasible"), status_shape("?")
    ('rejected', 'draft')
    """
    return STATUS_SHAPES.get(code, "draft")


def note_text(note: Note | str | None) -> str:
    """The note in the reader's language; a text that is a text already stays as it is."""
    if note is None:
        return ""
    if not isinstance(note, Note):
        return str(note)
    text = str(flask_babel.gettext(note.text))
    facts = {name: note_text(fact) if isinstance(fact, Note) else fact for name, fact in note.facts.items()}
    return text % facts if facts else text


def current_locale() -> str:
    """`sv` or `en`: the reader's language, Swedish where nothing is known."""
    locale = flask_babel.get_locale()
    return "en" if locale is not None and locale.language == "en" else "sv"


FILTERS: dict[str, Callable[..., str]] = {
    "amount": amount,
    "kr": kr,
    "tkr": tkr,
    "mnkr": mnkr,
    "number": number,
    "percent": percent,
    "date": iso_date,
    "longdate": long_date,
    "datetime": date_time,
    "longdatetime": long_date_time,
    "month": month,
    "years": years,
    "duration": duration,
    "filesize": file_size,
}


def register(app: Flask) -> None:
    """Give the app's templates these filters, bound to the reader's locale at each use, and the globals `now` and
    `table_rows`."""
    for name, function in FILTERS.items():
        app.jinja_env.filters[name] = _bind_locale(function)
    app.jinja_env.filters.update(
        signed=_signed,
        unitname=_unit_name,
        note=note_text,
        statusshape=status_shape,
        inputamount=input_amount,
        changewords=change_words,
    )
    app.jinja_env.globals.update(now=lambda: datetime.now(UTC), table_rows=table_rows)


@pass_context
def _signed(_context: Any, amount_ore: Ore | None, unit: Unit = "tkr", decimals: int | None = None) -> str:
    return amount(amount_ore, unit, decimals, signed=True, locale=current_locale())


@pass_context
def _unit_name(_context: Any, unit: Unit) -> str:
    return unit_name(unit, current_locale())


def _bind_locale(function: Callable[..., str]) -> Callable[..., str]:
    # A filter that takes the context is never folded into the compiled template, where the first reader's language
    # would stay for everyone.
    @pass_context
    def in_current_locale(_context: Any, value: Any, *args: Any, **kwargs: Any) -> str:
        return function(value, *args, **{"locale": current_locale(), **kwargs})

    return in_current_locale
