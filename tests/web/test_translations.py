"""Every text has an English one, with the same places for facts."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from investplan.domain.labels import LABELS
from investplan.domain.parameters import DESCRIPTIONS
from investplan.exchange.frame_files import KIND_LABELS
from investplan.services import history

ROOT = Path(__file__).resolve().parents[2]
PLACES = re.compile(r"%\([a-z_0-9]+\)[sd]|%%")


@cache
def _english() -> dict[str, str]:
    with (ROOT / "web/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue: Catalog = read_po(file, locale="en")
    texts: dict[str, str] = {}
    for message in catalogue:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        texts.update(zip(ids, strings, strict=True))
    return texts


@cache
def _used() -> frozenset[str]:
    with (ROOT / "web/translations/babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {**DEFAULT_KEYWORDS, "Note": None, "N_": None}
    found: set[str] = set()
    for folder in ("web", "investplan"):
        for *_, message, _comments, _context in extract_from_dir(
            ROOT / folder, methods, options, keywords=keywords
        ):
            found.update(message if isinstance(message, tuple) else (message,))
    return frozenset(text for text in found if text)


def test_every_text_in_the_code_and_pages_has_an_english_one() -> None:
    assert sorted(_used() - {text for text, english in _english().items() if english}) == []


def test_the_catalogue_holds_no_text_that_nothing_says() -> None:
    assert sorted(text for text in _english() if text and text not in _used()) == []


def test_an_english_reader_meets_english(visitor: FlaskClient) -> None:
    page = visitor.get("/sign-in", headers={"Accept-Language": "en-GB"}).text
    assert 'lang="en"' in page
    assert "Password" in page
    assert "Lösenord" not in page


def test_every_action_that_services_record_has_a_name() -> None:
    recorded = set()
    for path in (ROOT / "investplan/services").glob("*.py"):
        recorded.update(re.findall(r"""\.record\(\s*"([a-z ]+)\"""", path.read_text()))
    assert recorded
    assert sorted(recorded - history.ACTION_LABELS.keys()) == []


def test_facts_have_the_same_places_in_both_languages() -> None:
    uneven = [
        text
        for text, english in _english().items()
        if set(PLACES.findall(text)) != set(PLACES.findall(english))
    ]
    assert [text for text in uneven if text] == []


@pytest.mark.parametrize(
    "texts",
    [
        set(LABELS.values()),
        set(KIND_LABELS.values()),
        {one.label for one in DESCRIPTIONS.values()},
    ],
    ids=["labels", "frame kinds", "parameters"],
)
def test_texts_that_tables_hold_are_translated_too(texts: set[str]) -> None:
    assert sorted(texts - _english().keys()) == []
