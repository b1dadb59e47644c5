"""Amounts, shares, dates and times as the pages show them, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import flask_babel
import pytest
from flask import Flask, render_template_string, request
from hypothesis import given
from hypothesis import strategies as st

from investplan.errors import Note
from investplan.units import MAX_AMOUNT_ORE, NBSP, Month, Unit, parse_amount
from web import formatting


@pytest.fixture(scope="module")
def app() -> Flask:
    made = Flask(__name__)
    flask_babel.Babel(made, default_locale="sv", locale_selector=lambda: request.args.get("lang", "sv"))
    formatting.register(made)
    return made


def shown(app: Flask, template: str, lang: str = "sv", **facts: Any) -> str:
    with app.test_request_context(f"/?lang={lang}"):
        return render_template_string(template, **facts).replace(NBSP, "_")


@pytest.mark.parametrize(
    ("template", "swedish", "english"),
    [
        ("{{ 123456789|kr }}", "1_234_568_kr", "1,234,568_SEK"),
        ("{{ 123450|kr(2) }}", "1_234,50_kr", "1,234.50_SEK"),
        ("{{ 123456789|tkr }}", "1_235_tkr", "1,235_SEK thousand"),
        ("{{ -123450000000|mnkr }}", "−1_234,5_mnkr", "−1,234.5_SEK million"),
        ("{{ 123450000000|amount('mnkr', 2) }}", "1_234,50", "1,234.50"),
        ("{{ 1200000|signed }}", "+12", "+12"),
        ("{{ -1200000|signed('tkr', 1) }}", "−12,0", "−12.0"),
        ("{{ 0|signed }}", "0", "0"),
        ("{{ 0.025|percent }}", "2,5_%", "2.5%"),
        ("{{ 12345.675|number(2) }}", "12_345,68", "12,345.68"),
        ("{{ 'mnkr'|unitname }}", "mnkr", "SEK million"),
        ("{{ 1530000|filesize }}", "1,5_MB", "1.5_MB"),
        ("{{ 4200|filesize }}", "5_kB", "5_kB"),
    ],
)
def test_a_filter_follows_the_readers_language(app: Flask, template: str, swedish: str, english: str) -> None:
    assert shown(app, template) == swedish
    assert shown(app, template, "en") == english


@pytest.mark.parametrize("name", [*formatting.FILTERS, "signed"])
def test_what_is_not_known_is_a_dash_and_never_zero(app: Flask, name: str) -> None:
    assert shown(app, f"{{{{ none|{name} }}}}") == "–"


def test_days_and_moments_are_told_as_the_clock_in_stockholm_says(app: Flask) -> None:
    moment = datetime(2026, 7, 1, 22, 5, tzinfo=UTC)
    facts: dict[str, Any] = {"moment": moment, "naive": moment.replace(tzinfo=None), "day": date(2026, 11, 3)}
    assert shown(app, "{{ moment|datetime }}", **facts) == "2026-07-02_00:05"
    assert shown(app, "{{ naive|datetime }}", **facts) == "2026-07-02_00:05"
    assert shown(app, "{{ moment|date }}", **facts) == "2026-07-02"
    assert shown(app, "{{ day|date }}", **facts) == "2026-11-03"
    assert shown(app, "{{ day|longdate }}", **facts) == "3_november_2026"
    assert shown(app, "{{ day|longdate }}", "en", **facts) == "3_November_2026"
    assert shown(app, "{{ moment|longdatetime }}", **facts) == "2_juli_2026 kl._00.05"
    assert shown(app, "{{ moment|longdatetime }}", "en", **facts) == "2_July_2026, 00:05"


def test_winter_and_summer_time_both_hold() -> None:
    assert formatting.date_time(datetime(2026, 1, 1, 12, 0)) == f"2026-01-01{NBSP}13:00"
    assert formatting.date_time(datetime(2026, 10, 25, 0, 59)) == f"2026-10-25{NBSP}02:59"
    assert formatting.date_time(datetime(2026, 10, 25, 1, 1)) == f"2026-10-25{NBSP}02:01"


def test_a_month_and_years_are_short() -> None:
    assert formatting.month(Month(2028, 2)) == "2028-02"
    assert formatting.years(range(2027, 2031)) == "2027–2030"
    assert formatting.years({2030, 2027}) == "2027, 2030"


def test_half_is_rounded_away_from_zero_and_floats_mean_what_they_print() -> None:
    assert formatting.number(Decimal("0.5")) == "1"
    assert formatting.number(Fraction(-1, 2)) == "−1"
    assert formatting.number(1.005, 2) == "1,01"
    assert formatting.percent(Fraction(1, 3), 2) == f"33,33{NBSP}%"
    assert formatting.number(-0.4) == "0"


@given(st.integers(-MAX_AMOUNT_ORE, MAX_AMOUNT_ORE), st.sampled_from(["kr", "tkr", "mnkr"]))
def test_what_stands_in_an_input_is_read_back_to_the_same_ore(amount_ore: int, unit: Unit) -> None:
    assert parse_amount(formatting.input_amount(amount_ore, unit), unit) == amount_ore


def test_a_note_is_shown_with_its_facts(app: Flask) -> None:
    assert shown(app, "{{ x|note }}", x=Note("Högst %(most)s kr", {"most": 5})) == "Högst 5 kr"
    assert shown(app, "{{ x|note }}", x="100 % klart") == "100 % klart"


def test_markup_in_a_note_is_text(app: Flask) -> None:
    assert shown(app, "{{ x|note }}", x=Note("”%(text)s” är fel", {"text": "<b>"})) == "”&lt;b&gt;” är fel"
